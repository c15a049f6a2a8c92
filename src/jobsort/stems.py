"""Cheap looks for the places of a text where something can stand: stems found in one pass, before any pattern is tried there."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

_SURROGATE = re.compile("[\ud800-\udfff]")
_GROUPS: list[tuple[str, ...]] = []


def group(*stems: str) -> tuple[str, ...]:
    """Return stems as a tuple for :func:`places`, which finds those of all groups in the same pass."""
    if stems not in _GROUPS:
        _GROUPS.append(stems)
    _automaton.cache_clear()
    _found.cache_clear()
    return stems


@lru_cache(maxsize=4)
def lower(text: str) -> str:
    """Lower-case without moving a character: a few capitals, such as the Turkish dotted one, become two letters."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


@cache
def _automaton() -> tuple[AhoCorasick, list[list[tuple[str, ...]]]]:
    """Return the automaton of all stems, and the groups that each is of."""
    # Imported here, so that importing this module stays cheap.
    import ahocorasick_rs

    stems = list(dict.fromkeys(stem for stems in _GROUPS for stem in stems))
    return ahocorasick_rs.AhoCorasick(stems), [[stems_ for stems_ in _GROUPS if stem in stems_] for stem in stems]


@lru_cache(maxsize=4)
def _found(text: str) -> dict[tuple[str, ...], list[int]]:
    automaton, groups_of = _automaton()
    try:
        hits = automaton.find_matches_as_indexes(text, overlapping=True)
    except UnicodeEncodeError:
        # Half a surrogate pair, as a broken JSON escape leaves it: no UTF-8 for that.
        hits = automaton.find_matches_as_indexes(_SURROGATE.sub("?", text), overlapping=True)
    found: dict[tuple[str, ...], list[int]] = {stems: [] for stems in _GROUPS}
    for stem, at, _ in hits:
        for stems in groups_of[stem]:
            found[stems].append(at)
    # Hits come by their ends.
    for positions in found.values():
        positions.sort()
    return found


def places(text: str, stems: tuple[str, ...], start: int = 0) -> list[int]:
    """Return where any of the stems of a :func:`group` stands from `start` on, in order.

    Examples
    --------
    >>> degrees = group("phd", "master")
    >>> places("a master of masters, phd", degrees)
    [2, 12, 21]
    """
    found = _found(text)[stems]
    return found[bisect_left(found, start) :] if start else found
