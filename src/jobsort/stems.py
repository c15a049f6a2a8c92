"""Cheap looks for the places of a text where something can stand: stems found in one pass, before any pattern is tried there."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ahocorasick_rs import AhoCorasick

_SURROGATE = re.compile("[\ud800-\udfff]")


@lru_cache(maxsize=4)
def lower(text: str) -> str:
    """Lower-case without moving a character: a few capitals, such as the Turkish dotted one, become two letters."""
    lowered = text.lower()
    if len(lowered) == len(text):
        return lowered
    return "".join(low if len(low := character.lower()) == 1 else character for character in text)


@cache
def _automaton(stems: tuple[str, ...]) -> AhoCorasick:
    # Imported here, so that importing this module stays cheap.
    import ahocorasick_rs

    return ahocorasick_rs.AhoCorasick(stems)


def places(text: str, stems: tuple[str, ...], start: int = 0) -> list[int]:
    """Return where any of the stems stands from `start` on, in order, in one pass over the text.

    Examples
    --------
    >>> places("a master of masters, phd", ("phd", "master"))
    [2, 12, 21]
    """
    try:
        hits = _automaton(stems).find_matches_as_indexes(text, overlapping=True)
    except UnicodeEncodeError:
        # Half a surrogate pair, as a broken JSON escape leaves it: no UTF-8 for that.
        hits = _automaton(stems).find_matches_as_indexes(_SURROGATE.sub("?", text), overlapping=True)
    return sorted([at for _, at, _ in hits if at >= start])
