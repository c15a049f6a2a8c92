"""Which skills of the lexicon a document names, how much it wants each, and their mix over the categories."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobsort.lexicon import SOFT, Guard, Lexicon
from jobsort.text import ABOUT, BENEFITS, DUTIES, LEGAL, PREFERRED, REQUIREMENTS, SECTION_KINDS, TITLE, Document
from jobsort.types import Mention, Need, Skill

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from jobsort.matching import Hits

NEED_WEIGHTS = {Need.REQUIRED: 1.0, Need.PREFERRED: 0.5, Need.MENTIONED: 0.5}
"""What one skill adds to its category's share of the mix, by need."""

_NEED_ORDER = (Need.REQUIRED, Need.PREFERRED, Need.MENTIONED)
_CLAUSE = re.compile(r"[;()\n•–—]|[.!?] |, but |, with |, and (?:ideally|preferably)")


@dataclass(frozen=True, slots=True)
class LexiconReading:
    """What the lexicon finds in one document.

    Attributes
    ----------
    skills
        Hard skills by first mention, then soft skills.
    concepts
        How often each concept of the lexicon occurs in each section kind; float64, shape (concepts, kinds).
    concept_mentions
        Concept index and where one of its phrases stands; not for those that need several phrases together.
    """

    skills: tuple[Skill, ...]
    concepts: NDArray[np.float64]
    concept_mentions: tuple[tuple[int, Mention], ...]


class LexiconReader:
    """Turns the hits of a lexicon's patterns into skills and concept counts.

    Parameters
    ----------
    lexicon
        What to look for.
    patterns
        The patterns of the matcher whose hits will be read; the lexicon's own by default. May hold others too (the classifier
        finds its n-grams in the same pass).
    """

    def __init__(self, lexicon: Lexicon, patterns: Sequence[bytes] | None = None) -> None:
        self.lexicon = lexicon
        place = {pattern: index for index, pattern in enumerate(lexicon.patterns if patterns is None else patterns)}
        self._entry_of = np.full(len(place), -1, dtype=np.int64)
        for pattern, entry in lexicon.entry_patterns:
            self._entry_of[place[pattern]] = entry
        self._concepts_of: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for pattern, concept, group in lexicon.concept_patterns:
            self._concepts_of[place[pattern]].append((concept, group))
        self._has_concept = np.zeros(len(place), dtype=bool)
        self._has_concept[list(self._concepts_of)] = True
        self._cue_of = {place[pattern]: lexicon.cues[cue] for pattern, cue in lexicon.cue_patterns}
        self._has_cue = np.zeros(len(place), dtype=bool)
        self._has_cue[list(self._cue_of)] = True

    def read(self, document: Document, hits: Hits) -> LexiconReading:
        """Read one document whose `hits` come from a matcher of the patterns given at construction."""
        positions = document.normalized.positions
        sentences = document.sentences
        sentence_starts = np.array([sentence.start for sentence in sentences], dtype=np.int64)
        # Character offsets; a phrase ends after its last word's last character.
        starts = positions[hits.starts]
        ends = positions[hits.ends - 1] + 1
        where = np.maximum(np.searchsorted(sentence_starts, starts, side="right") - 1, 0)
        place = _Place(document, hits, starts, ends, where)
        needs = self._needs(place)
        return LexiconReading(self._skills(place, needs), *self._concepts(place))

    # --- skills -------------------------------------------------------------------------------------------------

    def _skills(self, place: _Place, needs: _Needs) -> tuple[Skill, ...]:
        entries = self.lexicon.entries
        entry_of = self._entry_of[place.hits.patterns]
        found: list[_Candidate] = []
        for hit in np.flatnonzero(entry_of >= 0):
            entry = int(entry_of[hit])
            guard = entries[entry].guard
            form = place.hits_text(int(hit))
            guarded = guard is not None and (form in guard.forms)
            if guard is not None and guarded and not _stands(guard, place, int(hit)):
                continue
            found.append(
                _Candidate(
                    int(place.starts[hit]),
                    int(place.ends[hit]),
                    entry,
                    int(place.where[hit]),
                    guard if guarded else None,
                    entries[entry].category == SOFT,
                )
            )
        hard = _longest(candidate for candidate in found if not candidate.soft)
        soft = _longest(candidate for candidate in found if candidate.soft)
        # A skill near by is one in the same line or in the next one up or down: lists have one skill a line.
        sure = {candidate.sentence + step for candidate in hard if candidate.guard is None for step in (-1, 0, 1)}
        by_entry: dict[int, list[tuple[Mention, Need]]] = {}
        for candidate in [*hard, *soft]:
            guard = candidate.guard
            if guard is not None and guard.near_skill and candidate.sentence not in sure:
                continue
            kind = place.kind(candidate.sentence)
            if candidate.soft and kind in {ABOUT, BENEFITS, LEGAL}:
                continue
            if kind == LEGAL:
                continue
            need = needs.of(candidate, kind)
            if need is None:
                continue
            text = place.document.text[candidate.start : candidate.end]
            by_entry.setdefault(candidate.entry, []).append((Mention(text, candidate.start, candidate.end), need))
        return tuple(
            Skill(
                name=entries[entry].name,
                category=entries[entry].category,
                kind=entries[entry].kind,
                need=min((need for _, need in mentions), key=_NEED_ORDER.index),
                mentions=tuple(mention for mention, _ in mentions),
            )
            for entry, mentions in by_entry.items()
        )

    def _needs(self, place: _Place) -> _Needs:
        cues: dict[int, list[tuple[int, int, str, bool]]] = defaultdict(list)
        for hit in np.flatnonzero(self._has_cue[place.hits.patterns]):
            cue = self._cue_of[int(place.hits.patterns[hit])]
            cues[int(place.where[hit])].append((int(place.starts[hit]), int(place.ends[hit]), cue.need, cue.leading))
        return _Needs(place.document, cues)

    # --- concepts -----------------------------------------------------------------------------------------------

    def _concepts(self, place: _Place) -> tuple[NDArray[np.float64], tuple[tuple[int, Mention], ...]]:
        concepts = self.lexicon.concepts
        counts = np.zeros((len(concepts), len(SECTION_KINDS)), dtype=np.float64)
        mentions: list[tuple[int, Mention]] = []
        met: dict[tuple[int, int], int] = defaultdict(int)
        text = place.document.text
        for hit in np.flatnonzero(self._has_concept[place.hits.patterns]):
            sentence = int(place.where[hit])
            for concept, group in self._concepts_of[int(place.hits.patterns[hit])]:
                if group >= 0:
                    met[concept, sentence] |= 1 << group
                    continue
                counts[concept, SECTION_KINDS.index(place.kind(sentence))] += 1
                start, end = int(place.starts[hit]), int(place.ends[hit])
                mentions.append((concept, Mention(text[start:end], start, end)))
        for (concept, sentence), groups in met.items():
            if groups == (1 << concepts[concept].groups) - 1:
                counts[concept, SECTION_KINDS.index(place.kind(sentence))] += 1
                within = place.document.sentences[sentence]
                mentions.append((concept, Mention(text[within.start : within.end], within.start, within.end)))
        return counts, tuple(mentions)


@dataclass(frozen=True, slots=True)
class _Candidate:
    start: int
    end: int
    entry: int
    sentence: int
    guard: Guard | None
    soft: bool


@dataclass(frozen=True, slots=True)
class _Place:
    """The hits of one document with their character offsets and sentences; parallel arrays."""

    document: Document
    hits: Hits
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    where: NDArray[np.int64]

    def kind(self, sentence: int) -> str:
        sentences = self.document.sentences
        return sentences[sentence].kind if sentences else DUTIES

    def hits_text(self, hit: int) -> str:
        return self.document.normalized.data[self.hits.starts[hit] : self.hits.ends[hit]].decode("ascii")


def _stands(guard: Guard, place: _Place, hit: int) -> bool:
    """Whether the conditions of a guard that need no other skill hold."""
    start, end = int(place.starts[hit]), int(place.ends[hit])
    text = place.document.text
    if guard.written and text[start:end] not in guard.written:
        return False
    data = place.document.normalized.data
    first, last = int(place.hits.starts[hit]), int(place.hits.ends[hit])
    if guard.not_next and _begins_with(data[last + 1 : last + 41].decode("ascii") + " ", guard.not_next):
        return False
    if guard.not_previous and _ends_with(" " + data[max(0, first - 41) : first - 1].decode("ascii"), guard.not_previous):
        return False
    if guard.near:
        sentence = place.document.sentences[place.where[hit]]
        lo, hi = np.searchsorted(place.document.normalized.positions, (sentence.start, sentence.end))
        words = f" {data[lo:hi].decode('ascii')} "
        if not any(f" {word} " in words for word in guard.near):
            return False
    return True


def _begins_with(text: str, words: tuple[str, ...]) -> bool:
    return any(text.startswith(word + " ") for word in words)


def _ends_with(text: str, words: tuple[str, ...]) -> bool:
    return any(text.endswith(" " + word) for word in words)


def _longest(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Keep the leftmost, and of those that begin together the longest."""
    kept: list[_Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.start, -c.end, c.guard is not None)):
        if not kept or candidate.start >= kept[-1].end:
            kept.append(candidate)
    return kept


class _Needs:
    """Decides how much a mention is wanted: by the cues of its clause first, by its section else."""

    def __init__(self, document: Document, cues: dict[int, list[tuple[int, int, str, bool]]]) -> None:
        self._document = document
        self._cues = cues

    def of(self, candidate: _Candidate, kind: str) -> Need | None:
        """Return the need, or None where the mention is negated ("no Java needed")."""
        spoken = self._spoken(candidate)
        if spoken == "negated":
            return None
        if spoken == "preferred":
            return Need.PREFERRED
        if kind == PREFERRED:
            return Need.PREFERRED
        if kind == REQUIREMENTS:
            return Need.REQUIRED
        if spoken == "required" and kind not in {ABOUT, BENEFITS, TITLE}:
            return Need.REQUIRED
        return Need.MENTIONED

    def _spoken(self, candidate: _Candidate) -> str | None:
        cues = self._cues.get(candidate.sentence)
        if not cues:
            return None
        sentence = self._document.sentences[candidate.sentence]
        text = self._document.text
        clause_start, clause_end = sentence.start, sentence.end
        for cut in _CLAUSE.finditer(text, sentence.start, sentence.end):
            if cut.end() <= candidate.start:
                clause_start = cut.end()
            elif cut.start() >= candidate.end:
                clause_end = cut.start()
                break
        required = False
        for start, end, need, leading in cues:
            # Cues inside the skill's own name ("experience design") say nothing.
            if start < candidate.end and end > candidate.start:
                continue
            reaches = clause_start <= start and end <= candidate.start if leading else candidate.end <= start and end <= clause_end
            # A leading cue of preference holds on past commas and brackets: "Bonus: Spark, Flink (or Beam)".
            if (
                leading
                and need == "preferred"
                and sentence.start <= start
                and end <= candidate.start
                and start <= sentence.start + 3
            ):
                reaches = True
            if not reaches:
                continue
            if need == "negated":
                if (candidate.start - end if leading else start - candidate.end) <= 25:
                    return need
            elif need == "preferred":
                return need
            else:
                required = True
        return "required" if required else None


def skill_mix(skills: Iterable[Skill]) -> dict[str, float]:
    """Return the share of each technical category among a posting's hard skills, weighted by need; largest first, sum 1.

    Examples
    --------
    >>> skill = lambda name, category, need: Skill(name, category, "hard", need, ())
    >>> skill_mix([skill("SQL", "data_handling", Need.REQUIRED), skill("Git", "programming", Need.PREFERRED)])
    {'data_handling': 0.6667, 'programming': 0.3333}
    """
    totals: dict[str, float] = defaultdict(float)
    for skill in skills:
        if skill.kind == "hard":
            totals[skill.category] += NEED_WEIGHTS[skill.need]
    whole = sum(totals.values())
    return {name: round(value / whole, 4) for name, value in sorted(totals.items(), key=lambda item: (-item[1], item[0]))}
