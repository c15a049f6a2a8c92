"""How a posting reads against the documents' role comparison table, and which specialisations it speaks of."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from typing import TYPE_CHECKING

from jobsort.text import ABOUT, BENEFITS, DUTIES, INTRO, LEGAL, PREFERRED, REQUIREMENTS, TITLE, Document
from jobsort.types import Aspect, AspectReading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobsort.lexicon import Lexicon
    from jobsort.skills import LexiconReading

# Where each row of the table is spoken of; elsewhere a sentence counts less, in legal text and titles not at all.
_HOME = {
    Aspect.MAIN_GOAL: {DUTIES: 1.0, INTRO: 0.8, REQUIREMENTS: 0.4, PREFERRED: 0.2, ABOUT: 0.2},
    Aspect.CORE_SKILL: {REQUIREMENTS: 1.0, DUTIES: 0.7, INTRO: 0.6, PREFERRED: 0.5, ABOUT: 0.1},
    Aspect.PRIMARY_QUESTION: {DUTIES: 1.0, INTRO: 0.8, REQUIREMENTS: 0.6, PREFERRED: 0.3, ABOUT: 0.2},
    Aspect.END_PRODUCT: {DUTIES: 1.0, INTRO: 0.8, REQUIREMENTS: 0.4, PREFERRED: 0.2, ABOUT: 0.3},
}
_LEAST = 1.0
_LONGEST = 400
_AGAIN = 0.5
"""What a sentence counts that speaks to another row of the table already: four rows are best shown in four sentences."""

SPECIALIZATION_LEAST = 2.0
"""How many weighted mentions make a specialisation."""


def read_aspects(document: Document, reading: LexiconReading, lexicon: Lexicon) -> dict[str, AspectReading | None]:
    """Return, for each row of the comparison table, the sentence that speaks to it most and the role it speaks for.

    A sentence scores one point for each different phrase of a concept that belongs to the row, less where it stands away from
    the row's home section. A row whose best sentence stays under one point is None.
    """
    place = {sentence.start: index for index, sentence in enumerate(document.sentences)}
    starts = sorted(place)
    scores: dict[str, dict[tuple[int, str], set[str]]] = {aspect: defaultdict(set) for aspect in Aspect}
    for concept_index, mention in reading.concept_mentions:
        concept = lexicon.concepts[concept_index]
        if not concept.aspects or concept.role is None:
            continue
        at = bisect_right(starts, mention.start) - 1
        if at < 0:
            continue
        for aspect in concept.aspects:
            scores[aspect][place[starts[at]], concept.role].add(mention.text.lower())
    used: set[int] = set()
    return {aspect.value: _best(document, aspect, scores[aspect], used) for aspect in Aspect}


def _best(document: Document, aspect: Aspect, scores: dict[tuple[int, str], set[str]], used: set[int]) -> AspectReading | None:
    """Return the sentence that scores most; one that `used` has for another row stands back, and the one found is added."""
    best: tuple[float, int, str] | None = None
    for (index, role), phrases in scores.items():
        sentence = document.sentences[index]
        if sentence.kind in {LEGAL, BENEFITS, TITLE} or sentence.end - sentence.start > _LONGEST:
            continue
        score = len(phrases) * _HOME[aspect].get(sentence.kind, 0.0)
        if score >= _LEAST and index in used:
            score = max(_LEAST, score * _AGAIN)
        if score >= _LEAST and (best is None or (score, -index) > (best[0], -best[1])):
            best = (score, index, role)
    if best is None:
        return None
    used.add(best[1])
    sentence = document.sentences[best[1]]
    return AspectReading(best[2], document.text[sentence.start : sentence.end], sentence.start, sentence.end)


def read_specializations(counts: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """Return the specialisations with enough weighted mentions, most spoken of first.

    Examples
    --------
    >>> read_specializations([("nlp", 0.5), ("robotics", 2.0), ("computer_vision", 6.0)])
    ('computer_vision', 'robotics')
    """
    enough = [(count, name) for name, count in counts if count >= SPECIALIZATION_LEAST]
    return tuple(name for _, name in sorted(enough, key=lambda item: (-item[0], item[1])))
