"""What can go wrong, as exceptions that name what, where and what to do."""

from __future__ import annotations


class JobsortError(Exception):
    """Base of every error that jobsort raises on purpose."""


class PostingNotFoundError(JobsortError, FileNotFoundError):
    """A source that does not exist."""


class UnreadableSourceError(JobsortError, ValueError):
    """A source that exists but holds no readable posting: empty, binary, a folder, a page without text."""


class MissingColumnError(JobsortError, KeyError):
    """A table without a column that holds the postings' text."""

    def __str__(self) -> str:
        # KeyError shows the repr of its argument; a message is meant to be read.
        return str(self.args[0]) if self.args else ""


class ModelNotFoundError(JobsortError, FileNotFoundError):
    """A model directory that does not exist or lacks one of its files."""


class InvalidModelError(JobsortError, ValueError):
    """A model directory whose files do not fit together or were written by another version."""


class InvalidLexiconError(JobsortError, ValueError):
    """A lexicon file that does not parse or holds an unknown key."""


class InvalidLabelError(JobsortError, ValueError):
    """A labelled posting or a table of them with a missing or unknown label."""


class OutputError(JobsortError, OSError):
    """An output that could not be written; what was finished is kept beside it where there is any, and else nothing."""


class InvalidOutputError(OutputError):
    """An output by a name that cannot be meant: with no suffix that is known, or the input's own."""


class WorkerLostError(JobsortError, RuntimeError):
    """A process that scored died; what was done is kept."""


class ClusterError(JobsortError, ConnectionError):
    """A cluster that does not answer, or whose workers keep dying."""


class MissingExtraError(JobsortError, ImportError):
    """A feature whose optional packages are not installed."""
