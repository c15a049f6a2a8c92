"""Many phrases found in one pass over normalised text (Aho–Corasick).

Patterns are bytes as they stand in :attr:`jobsort.text.Normalized.data`: ``b" sql server "`` matches these two words and nothing
longer; a pattern without the closing space (``b" deploy"``) matches any word that begins so.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain, product
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import ahocorasick_rs
import numpy as np

from jobsort.text import normalize_phrase

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


class Hits(NamedTuple):
    """Where patterns stand: parallel int64 arrays, ordered by end; `starts` and `ends` delimit the words, spaces left out."""

    patterns: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


class PhraseMatcher:
    """Finds all occurrences of all patterns, overlapping ones included.

    Parameters
    ----------
    patterns
        Each begins with a space; see the module's docstring. One that comes again counts once.

    Attributes
    ----------
    places
        Each pattern's number, in their order.

    Examples
    --------
    >>> from jobsort.text import normalize
    >>> matcher = PhraseMatcher([b" sql ", b" sql server ", b" deploy"])
    >>> [int(pattern) for pattern in matcher.find(normalize("Deploying SQL Server").data).patterns]
    [2, 0, 1]
    """

    def __init__(self, patterns: Sequence[bytes]) -> None:
        unique = dict.fromkeys(patterns)
        self.places = dict(zip(unique, range(len(unique)), strict=True))
        self._bytes_seen = 0

    def __reduce__(self) -> tuple[type[PhraseMatcher], tuple[list[bytes]]]:
        # Automatons are not picklable, and quickly built anew.
        return PhraseMatcher, (list(self.places),)

    @cached_property
    def _automaton(self) -> ahocorasick_rs.BytesAhoCorasick:
        return ahocorasick_rs.BytesAhoCorasick(list(self.places), implementation=ahocorasick_rs.Implementation.ContiguousNFA)

    @cached_property
    def _shape(self) -> tuple[NDArray[np.bool_], int]:
        """Which patterns are closed, and how many words the longest of them has."""
        joined = np.frombuffer(b"\n".join(self.places) + b"\n", dtype=np.uint8)
        spaces = joined == _SPACE
        ends = (joined == _BREAK).nonzero()[0]
        words = np.diff(spaces.cumsum()[ends], prepend=0) - 1
        return np.asarray(spaces[ends - 1]), int(words.max())

    @cached_property
    def _open(self) -> tuple[ahocorasick_rs.BytesAhoCorasick, list[int]]:
        """An automaton of the open patterns alone, and their numbers."""
        numbers = np.flatnonzero(~self._shape[0]).tolist()
        patterns = list(self.places)
        return ahocorasick_rs.BytesAhoCorasick([patterns[number] for number in numbers]), numbers

    def find(self, data: bytes) -> Hits:
        """Return every occurrence in normalised text, by its end."""
        if not self.places:
            nothing = np.zeros(0, dtype=np.int64)
            return Hits(nothing, nothing, nothing)
        # The automaton of all patterns takes 70 ms to build: it pays from the hundredth text or so on.
        self._bytes_seen += len(data)
        found = (
            self._looked_up(data)
            if self._bytes_seen < _MUCH_TEXT
            else self._automaton.find_matches_as_indexes(data, overlapping=True)
        )
        table = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
        patterns, starts, ends = table[:, 0], table[:, 1] + 1, table[:, 2]
        closed = self._shape[0][patterns]
        ends[closed] -= 1
        # An open pattern ends with its word.
        spaces = _spaces(data)
        ends[~closed] = spaces[spaces.searchsorted(ends[~closed])]
        return Hits(patterns, starts, ends)

    def _looked_up(self, data: bytes) -> list[tuple[int, int, int]]:
        """Return what the automaton of all patterns would, by looking up each run of words."""
        spaces = _spaces(data)
        # A word begins after a space that no other follows.
        first = spaces[:-1][np.diff(spaces) > 1].tolist()
        last = spaces[1:][np.diff(spaces) > 1].tolist()
        number_of = self.places.get
        found = [
            (number, start, end + 1)
            for words in range(self._shape[1])
            for start, end in zip(first, last[words:], strict=False)
            if (number := number_of(data[start : end + 1])) is not None
        ]
        automaton, numbers = self._open
        found += [(numbers[index], start, end) for index, start, end in automaton.find_matches_as_indexes(data, overlapping=True)]
        found.sort(key=itemgetter(2, 1))
        return found


def _spaces(data: bytes) -> NDArray[np.int64]:
    return np.asarray((np.frombuffer(data, dtype=np.uint8) == _SPACE).nonzero()[0], dtype=np.int64)


def group_equal(values: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the stable order that sorts `values`, and where in it each run of equal ones begins; int64.

    What ``numpy.unique`` does, at a third of its time for the few hundred numbers of a posting.

    Examples
    --------
    >>> import numpy as np
    >>> order, begins = group_equal(np.array([7, 3, 7]))
    >>> order.tolist(), begins.tolist()
    ([1, 0, 2], [0, 1])
    """
    order = values.argsort(kind="stable")
    ranked = values[order]
    first = np.empty(ranked.size, dtype=np.bool_)
    first[:1] = True
    np.not_equal(ranked[1:], ranked[:-1], out=first[1:])
    return order, first.nonzero()[0]


_SPACE, _BREAK = ord(" "), ord("\n")
_MUCH_TEXT = 400_000

# What a `*` inside a phrase stands for; at a phrase's end it stands for any ending.
_INFLECTIONS = (
    "",
    "e",
    "s",
    "es",
    "d",
    "ed",
    "ing",
    "ling",
    "led",
    "er",
    "ers",
    "or",
    "ion",
    "ions",
    "ment",
    "ation",
    "ations",
)


def expand(phrase: str) -> list[bytes]:
    """Return the patterns of a phrase of the lexicon.

    Examples
    --------
    >>> expand("CI/CD")
    [b' ci cd ']
    >>> expand("data pipeline*")
    [b' data pipeline']
    >>> b" deploying model" in expand("deploy* model*")
    True
    >>> expand("visuali*e")
    [b' visualise ', b' visualize ', b' visualie ']
    """
    choices: list[tuple[str, ...]] = []
    raw = phrase.split()
    open_end = bool(raw) and raw[-1].endswith("*")
    for position, word in enumerate(raw):
        # Inside a word the star stands for the s or z of the two spellings, or nothing.
        before, star, after = word.rstrip("*").partition("*")
        spellings = (f"{before}s{after}", f"{before}z{after}", before + after) if star else (before,)
        stems = tuple(stem for stem in map(normalize_phrase, spellings) if stem)
        if not stems:
            continue
        inflected = word.endswith("*") and position < len(raw) - 1
        choices.append(tuple(stem + ending for stem in stems for ending in _INFLECTIONS) if inflected else stems)
    if not choices:
        return []
    end = "" if open_end else " "
    return [(" " + " ".join(words) + end).encode("ascii") for words in product(*choices)]
