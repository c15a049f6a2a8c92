"""Tables streamed through a classifier, in chunks and on several cores, into a file that appears whole or not at all.

One process reads rows in order and hands out chunks; each chunk is turned into the bytes of its output wherever a core is free, and
appended to the part of the output in order (:mod:`jobsort.journal`). Memory depends on the size of a chunk, not of the input.
"""

from __future__ import annotations

import itertools
import re
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from jobsort._version import __version__
from jobsort.classifier import BATCH, Classifier, failed
from jobsort.errors import InvalidOutputError, JobsortError, OutputError, UnreadableSourceError, WorkerLostError
from jobsort.journal import Journal, read_lines
from jobsort.outputs import PREFIX, Layout, check_names, encode, finish, header, output_suffix
from jobsort.readers import open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jobsort.readers import Row, Table
    from jobsort.readers.formats import Cells
    from jobsort.readers.tables import RowReader
    from jobsort.types import Posting, Reading

CHUNK_ROWS = 250
"""Rows that are read, scored and written together."""

_SMALL = 3_000_000
"""Inputs of fewer bytes are scored in this process: starting others would take longer."""

_NUMBERS = re.compile(r"\d+")
_IDLE_SECONDS = 20
"""After this long without work a worker process ends; so do those whose run was killed from outside."""


@dataclass
class Counts:
    """What a run did.

    Attributes
    ----------
    rows, read, failed
        Rows met, read, and not read; ``rows == read + failed``.
    roles
        Rows per role.
    errors
        Rows per reason, the numbers in it left out.
    resumed
        How many of the rows an earlier run had done.
    """

    rows: int = 0
    read: int = 0
    failed: int = 0
    roles: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    resumed: int = 0

    def add(self, reading: Reading) -> None:
        """Count one row."""
        self.rows += 1
        if reading.error is None:
            self.read += 1
            self.roles[str(reading.role)] = self.roles.get(str(reading.role), 0) + 1
        else:
            self.failed += 1
            # "line 812 is …" and "line 813 is …" are one reason; the places stand in the records.
            reason = _NUMBERS.sub("N", reading.error)
            self.errors[reason] = self.errors.get(reason, 0) + 1

    def merge(self, other: Counts) -> None:
        """Add what another part of the run did."""
        self.rows += other.rows
        self.read += other.read
        self.failed += other.failed
        for mine, theirs in ((self.roles, other.roles), (self.errors, other.errors)):
            for name, number in theirs.items():
                mine[name] = mine.get(name, 0) + number


class _Task(NamedTuple):
    """A chunk of rows on its way to whoever scores it."""

    classifier: Classifier
    layout: Layout
    reader: RowReader
    first: int
    cells: list[tuple[int, Cells]]


class _Scored(NamedTuple):
    """What became of a chunk: the bytes of its output, the input columns in it beyond those known, the counts."""

    data: bytes
    extra: list[str]
    counts: Counts


def score(
    inputs: Sequence[Path],
    output: Path,
    classifier: Classifier,
    *,
    columns: Mapping[str, str] | None = None,
    prefix: str = PREFIX,
    text: bool = False,
    jobs: int | None = None,
    resume: bool = False,
    restart: bool = False,
    progress: Callable[[int, float], None] | None = None,
) -> Counts:
    """Score tables into one output file.

    Parameters
    ----------
    inputs
        Tables that :func:`jobsort.readers.open_table` reads.
    output
        ``.csv`` and ``.parquet`` keep every input column and add flat ones; ``.jsonl`` has one record of the contract a row. With
        ``.gz`` behind ``.csv`` and ``.jsonl`` it is compressed.
    classifier
        Who reads.
    columns
        Which column holds what, where names do not tell.
    prefix
        Begins the names of the added columns.
    text
        Put the cleaned text into JSONL records.
    jobs
        Processes; by default all cores, or one where the input is small. The output is the same whatever their number.
    resume
        Go on where an earlier run with the same inputs, model and options was cut off.
    restart
        Start over even where an earlier run was cut off.
    progress
        Called after each chunk with the rows done and the share of the input (0..1).

    Raises
    ------
    MissingColumnError
        Where an input has no column with the postings' text.
    OutputError
        Where `output` cannot be written, an input changed meanwhile, or an unfinished run stands in the way. Rows that are done
        are kept beside the output, and the message says how to go on.
    WorkerLostError
        Where one of the processes died; what was done is kept.
    """
    if any(path.exists() and output.exists() and path.samefile(output) for path in inputs):
        raise InvalidOutputError(f"{output} is also an input; pass another name with -o")
    tables = open_all(inputs, columns)
    suffix = output_suffix(output)
    known = tuple(dict.fromkeys(name for table in tables for name in table.columns)) if suffix != ".jsonl" else ()
    layout = Layout(suffix, output.suffix == ".gz", known, prefix, text)
    check_names(layout, ())
    states = [input_state(path) for path in inputs]
    run = {
        "jobsort": __version__,
        "model": classifier.digest[:64],
        "lexicon": classifier.digest[64:],
        "inputs": states,
        "columns": dict(columns or {}),
        "prefix": prefix,
        "text": text,
        "chunk": CHUNK_ROWS,
    }
    journal = Journal(output, run, resume=resume, restart=restart)
    counts = Counts(resumed=journal.rows)
    for chunk in journal.chunks:
        counts.merge(Counts(**chunk.notes["counts"]))
    try:
        if not journal.chunks:
            journal.add(header(layout, tables), 0, {"extra": [], "counts": vars(Counts())})
        tasks = itertools.islice(_tasks(tables, classifier, layout), len(journal.chunks) - 1, None)
        size = sum(table.size for table in tables)
        with closing(_scored(tasks, jobs if jobs is not None else _jobs(size))) as results:
            for result in results:
                journal.add(result.data, result.counts.rows, {"extra": result.extra, "counts": vars(result.counts)})
                counts.merge(result.counts)
                if progress is not None:
                    progress(counts.rows, sum(table.position() * table.size for table in tables) / max(size, 1))
        changed = [path.name for path, before in zip(inputs, states, strict=True) if input_state(path) != before]
        if changed:
            raise OutputError(f"{', '.join(changed)} changed while it was read; score it again with --restart")
        finish(journal, layout, tables)
    except OSError as error:
        journal.close()
        if isinstance(error, JobsortError):
            raise
        raise OutputError(f"cannot write {output}: {error.strerror or error}{_kept(journal)}") from error
    except BaseException:
        journal.close()
        # What the file says counts: an interrupt may come between the line that vouches for a chunk and our own note of it.
        if not unfinished(output):
            journal.discard()
        raise
    return counts


def open_all(inputs: Sequence[Path], columns: Mapping[str, str] | None) -> list[Table]:
    """Open all inputs, or say of each that cannot be opened why."""
    tables: list[Table] = []
    problems: list[JobsortError] = []
    for path in inputs:
        try:
            tables.append(open_table(path, columns=columns))
        except JobsortError as error:
            problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        told = "\n  ".join(str(problem) for problem in problems[:20])
        raise UnreadableSourceError(f"{len(problems)} of {len(inputs)} inputs cannot be read; leave them out:\n  {told}")
    return tables


def unfinished(output: Path) -> str:
    """Return, for a message, how much an unfinished run of `output` left behind and how to go on; empty where it left nothing."""
    rows = sum(line["rows"] for _, line in read_lines(output)[1:])
    return f"{rows:,} rows are done: the same command with --resume goes on" if rows else ""


def _kept(journal: Journal) -> str:
    if journal.rows:
        return f"; {journal.rows:,} finished rows are kept in {journal.part.name}: go on with --resume"
    journal.discard()
    return "; nothing was written"


def input_state(path: Path) -> list[Any]:
    """Return what tells whether a file is still the same: its path, size and time of change."""
    status = path.stat()
    return [str(path.absolute()), status.st_size, status.st_mtime_ns]


def _jobs(size: int) -> int:
    if size < _SMALL:
        return 1
    from joblib import cpu_count

    return int(cpu_count())


def _tasks(tables: Sequence[Table], classifier: Classifier, layout: Layout) -> Iterator[_Task]:
    """Yield chunks of rows, in order; the same rows always make the same chunks."""
    first = 0
    for table in tables:
        cells = enumerate(table.cells())
        while rows := list(itertools.islice(cells, CHUNK_ROWS)):
            yield _Task(classifier, layout, table.reader, first, rows)
            first += len(rows)


def _scored(tasks: Iterator[_Task], jobs: int) -> Generator[_Scored]:
    """Score chunks here or in other processes; yield the results in order."""
    if jobs == 1:
        yield from map(_score_chunk, tasks)
        return
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    pool = Parallel(
        n_jobs=jobs,
        return_as="generator",
        pre_dispatch=2 * jobs,
        batch_size=1,
        max_nbytes=None,
        idle_worker_timeout=_IDLE_SECONDS,
        initializer=_begin_worker,
    )
    try:
        with interrupts_ours():
            results = pool(delayed(_score_chunk)(task) for task in tasks)
        yield from results
    except BrokenProcessPool as error:
        if "un-serialize" in str(error):
            raise WorkerLostError(
                "the model or lexicon changed while it was used; finished rows are kept: start anew with --restart"
            ) from error
        raise WorkerLostError(
            "a worker process died, perhaps for want of memory; finished rows are kept: go on with --resume, and with fewer --jobs"
        ) from error


def _begin_worker() -> None:
    """Leave Ctrl-C and SIGTERM to the first process, end when it is gone, and look for garbage seldom: a chunk leaves none."""
    import gc
    import os
    import signal
    import threading
    import time

    # Both are sent to all processes of a terminal or a service at once; the first one says how to go on.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    gc.set_threshold(100_000, 20, 20)
    first = os.getppid()

    def watch() -> None:
        # Who is killed from outside cannot tell its workers.
        while os.getppid() == first:
            time.sleep(2)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def interrupts_ours() -> Iterator[None]:
    """Start processes that leave Ctrl-C, which reaches all of a terminal's, to this one; they inherit what holds now."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _score_chunk(task: _Task) -> _Scored:
    counts = Counts()
    return _Scored(*encode(score_rows(task.classifier, task.reader, task.cells, task.first, counts), task.layout), counts)


def score_rows(
    classifier: Classifier, reader: RowReader, cells: Iterable[tuple[int, Cells]], first: int, counts: Counts
) -> list[tuple[int, Row, Reading]]:
    """Read rows of one table; return each with its number in the run, and count them.

    Parameters
    ----------
    classifier
        Who reads.
    reader
        Makes postings of the table's rows.
    cells
        The rows, each with its number in the table.
    first
        The number in the run of the first of them.
    counts
        Added to.
    """
    rows = [reader.row(index, values) for index, values in cells]
    readings = list(read_rows(classifier, rows))
    for reading in readings:
        counts.add(reading)
    return list(zip(range(first, first + len(rows)), rows, readings, strict=True))


def read_rows(classifier: Classifier, rows: Iterable[Row]) -> Iterator[Reading]:
    """Read rows, `BATCH` at a time; whatever goes wrong with one becomes its error, never the run's."""
    left = iter(rows)
    while some := list(itertools.islice(left, BATCH)):
        read = iter(_read_all(classifier, [row.posting for row in some if row.posting is not None]))
        for row in some:
            yield failed(row.error or "not read", classifier.name) if row.posting is None else next(read)


def _read_all(classifier: Classifier, postings: list[Posting]) -> list[Reading]:
    try:
        return list(classifier.classify_many(postings))
    except Exception as error:  # noqa: BLE001 - a row must never stop a run; the error is kept in its record
        if len(postings) == 1:
            return [failed(f"{type(error).__name__}: {error}", classifier.name, postings[0])]
        # One of them is to blame: which, the halves tell.
        middle = len(postings) // 2
        return [*_read_all(classifier, postings[:middle]), *_read_all(classifier, postings[middle:])]
