"""Cheap looks for the places of a text where something can stand: stems found in one pass, before any pattern is tried there."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

_SURROGATE = re.compile("[\ud800-\udfff]")


class Stems:
    """Stems that are looked for together; made by :func:`group`.

    Attributes
    ----------
    stems
        What to find.
    written
        Whether it is found in texts as they are written, not in lower-cased ones.
    """

    __slots__ = ("stems", "written")

    def __init__(self, stems: tuple[str, ...], *, written: bool) -> None:
        self.stems = stems
        self.written = written


_GROUPS: list[Stems] = []


def group(*stems: str, written: bool = False) -> Stems:
    """Make a group of stems: those of all groups for lower-cased texts, or for texts as written, are found in the same pass."""
    made = Stems(stems, written=written)
    _GROUPS.append(made)
    _automaton.cache_clear()
    return made


def lower(text: str) -> str:
    """Lower-case without moving a character: a few capitals, such as the Turkish dotted one, become two letters."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


@cache
def _automaton(*, written: bool) -> tuple[AhoCorasick, list[list[Stems]]]:
    """Return the automaton of all stems for such texts, and the groups that each is of."""
    # Imported here, so that importing this module stays cheap.
    import ahocorasick_rs

    groups = [made for made in _GROUPS if made.written == written]
    stems = list(dict.fromkeys(stem for made in groups for stem in made.stems))
    return ahocorasick_rs.AhoCorasick(stems), [[made for made in groups if stem in made.stems] for stem in stems]


def find(text: str, *, written: bool) -> dict[Stems, list[int]]:
    """Return where the stems of each group for such texts stand, in order; groups of which none does are left out.

    Examples
    --------
    >>> degrees = group("phd", "master")
    >>> find("a master of masters, phd", written=False)[degrees]
    [2, 12, 21]
    """
    automaton, groups_of = _automaton(written=written)
    try:
        hits = automaton.find_matches_as_indexes(text, overlapping=True)
    except UnicodeEncodeError:
        # Half a surrogate pair, as a broken JSON escape leaves it: no UTF-8 for that.
        hits = automaton.find_matches_as_indexes(_SURROGATE.sub("?", text), overlapping=True)
    found: dict[Stems, list[int]] = defaultdict(list)
    for stem, at, _ in hits:
        for made in groups_of[stem]:
            found[made].append(at)
    # Hits come by their ends.
    for positions in found.values():
        positions.sort()
    return found
