"""Which skills of the lexicon a document names, how much it wants each, and their mix over the categories."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jobsort.lexicon import SOFT, Cue, Entry, Guard, Lexicon
from jobsort.text import ABOUT, BENEFITS, DUTIES, LEGAL, PREFERRED, REQUIREMENTS, SECTION_KINDS, TITLE, Document
from jobsort.types import Mention, Need, Skill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from jobsort.matching import Hits

NEED_WEIGHTS = {Need.REQUIRED: 1.0, Need.PREFERRED: 0.5, Need.MENTIONED: 0.5}
"""What one skill adds to its category's share of the mix, by need."""

_NEED_ORDER = (Need.REQUIRED, Need.PREFERRED, Need.MENTIONED)
# Where one clause ends and the next begins; the full stop of "e.g." is none.
_CLAUSE = re.compile(r"[;\n•–—]|(?<![.ie][.][ge])(?<!etc)[.!?] |, but |, with |, and (?:ideally|preferably)")
_BRACKETS = re.compile(r"\(([^()\n]{0,400})\)")
# Names in a list of fields of study: from the degree to where something else is asked for, or right before the degree.
_DEGREE = re.compile(
    r"\b(?:degrees?|bachelor(?:[’']?s)?|master[’']?s|ph\.?d\.?s?|doctora(?:te|l)|diploma|b\.?sc|m\.?sc|b\.?s\.?/m\.?s|b\.?tech|m\.?tech|"
    r"(?:BS|MS|BA|MA|BE|B\.S\.|M\.S\.)(?= (?:degree|in|or|and)\b)|undergraduate|majoring|majored|graduates? (?:in|of)|studying|"
    r"abschluss|studium|licence|laurea|grado)",
    re.IGNORECASE,
)
_STUDY_ENDS = re.compile(
    r"\b(?:experience|knowledge|years?|understanding|skills?|proficien\w+|familiar\w*|background|expertise|coursework|publications?|"
    r"certifi\w+|exposure|ability|able|fluen\w+|working|hands|projects?|thesis|using|with)\b|[;\n•–—]|[.!?] ",
    re.IGNORECASE,
)
_BEFORE_DEGREE = re.compile(r"[\w ,/&’'-]{0,60}")
# What makes a field's name the name of a role or team.
_ROLE_AFTER = re.compile(
    r"(?:[ /-]| & | and )(?:(?:software|solutions?|research|applied|platform|product|professional|engineering|services?|practice) )?"
    r"(?:engineers?|scientists?|developers?|architects?|analysts?|researchers?|managers?|directors?|leads?|leaders?|leadership|heads?|"
    r"teams?|specialists?|consultants?|consulting|professionals?|practitioners?|experts?|interns?|internships?|trainees?|departments?|"
    r"communit(?:y|ies)|organi[sz]ations?|groups?|division|faculty|roles?|jobs?|degrees?|compan(?:y|ies)|start-?ups?|staff|talent|"
    r"instructors?|tutors?|designers?|testers?|administrators?|technicians?|practice|roadmap|industry)\b",
    re.IGNORECASE,
)
# What a general name is only the heading of: "languages such as Python".
_CLOSER = re.compile(
    r"[ ,]*(?:(?:tools?|frameworks?|libraries|platforms?|languages?|services|technologies|skills?) ?)?"
    r"(?:\(|:|such as|like|including|e\.g\.|i\.e\.|in |using |with |and |or |[,/&])",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s)\]>]+|[\w.+-]{1,64}@[\w.-]{1,255}")
_LIST_ITEM = re.compile(
    r"[^\w\n]{0,9}(?:(?:\w+ ){0,2}(?:experience|knowledge|familiarity|proficiency|understanding|background|expertise|exposure|skills?) "
    r"(?:with|in|of|on|using|building|working|leading|developing)\b|certifi\w+ )",
    re.IGNORECASE,
)
_COMPANY = re.compile(r"\b(?:we|we[’']re|our|us|company)\b", re.IGNORECASE)


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
        self._cues_of: dict[int, list[Cue]] = defaultdict(list)
        for pattern, cue in lexicon.cue_patterns:
            self._cues_of[place[pattern]].append(lexicon.cues[cue])
        self._has_cue = np.zeros(len(place), dtype=bool)
        self._has_cue[list(self._cues_of)] = True

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
        context = _Context(place)
        by_entry: dict[int, list[tuple[Mention, Need]]] = {}
        for position, candidate in enumerate([*hard, *soft]):
            guard = candidate.guard
            if guard is not None and guard.near_skill and candidate.sentence not in sure:
                continue
            kind = context.kinds[candidate.sentence]
            if kind == LEGAL or (kind == BENEFITS or (kind == ABOUT and candidate.soft)):
                continue
            if not candidate.soft and context.is_no_skill(candidate, entries[candidate.entry]):
                continue
            need = needs.of(candidate, kind)
            if need is None:
                continue
            if entries[candidate.entry].generic and (
                need is Need.MENTIONED or context.is_heading_of(candidate, hard[position - 1 : position], hard[position + 1 : position + 2])
            ):
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
        cues: dict[int, list[_Spoken]] = defaultdict(list)
        for hit in np.flatnonzero(self._has_cue[place.hits.patterns]):
            both = self._cues_of[int(place.hits.patterns[hit])]
            for cue in both:
                cues[int(place.where[hit])].append(
                    _Spoken(int(place.starts[hit]), int(place.ends[hit]), cue.need, cue.leading, len(both) > 1)
                )
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


class _Context:
    """What stands around a mention: the section as its list reads, degrees, addresses, the names of roles."""

    def __init__(self, place: _Place) -> None:
        self._document = place.document
        self._text = place.document.text
        self.kinds = _kinds(place.document)
        self._addresses = (
            [match.span() for match in _ADDRESS.finditer(self._text)]
            if "://" in self._text or "@" in self._text or "www." in self._text
            else []
        )
        self._studies: dict[int, list[tuple[int, int]]] = {}

    def is_no_skill(self, candidate: _Candidate, entry: Entry) -> bool:
        """Whether the words are part of an address, a field of study or the name of a role."""
        if any(start < candidate.end and candidate.start < end for start, end in self._addresses):
            return True
        if entry.field and _ROLE_AFTER.match(self._text, candidate.end):
            return True
        studies = self._studies.get(candidate.sentence)
        if studies is None:
            studies = self._studies[candidate.sentence] = list(self._study_spans(candidate.sentence))
        return any(start <= candidate.start and candidate.end <= end for start, end in studies)

    def is_heading_of(self, candidate: _Candidate, before: Sequence[_Candidate], after: Sequence[_Candidate]) -> bool:
        """Whether a general name only introduces the skill next to it: "languages such as Python", "the Kotlin language"."""
        for other in after:
            if other.sentence == candidate.sentence and other.start - candidate.end <= 25:
                match = _CLOSER.match(self._text, candidate.end)
                return match is not None and match.end() <= other.start
        return any(candidate.start - other.end <= 1 for other in before)

    def _study_spans(self, sentence: int) -> Iterator[tuple[int, int]]:
        within = self._document.sentences[sentence]
        for degree in _DEGREE.finditer(self._text, within.start, within.end):
            ends = _STUDY_ENDS.search(self._text, degree.end(), within.end)
            yield degree.end(), ends.start() if ends else within.end
            lo = max(within.start, degree.start() - 60)
            last = None
            for last in _STUDY_ENDS.finditer(self._text, lo, degree.start()):
                pass
            lo = last.end() if last else lo
            if _BEFORE_DEGREE.fullmatch(self._text, lo, degree.start()):
                yield lo, degree.start()


def _kinds(document: Document) -> list[str]:
    """Return the section kind of each sentence; items of a list of wishes that look like headings stay in that list."""
    kinds = [sentence.kind for sentence in document.sentences] or [DUTIES]
    before = ""
    wishes: list[tuple[int, int]] = []
    for section in document.sections:
        kind = section.kind
        if kind == REQUIREMENTS and before == PREFERRED and _LIST_ITEM.match(document.text, section.start):
            kind = PREFERRED
            wishes.append((section.start, section.end))
        before = kind
    for start, end in wishes:
        for place, sentence in enumerate(document.sentences):
            if start <= sentence.start < end and sentence.kind == REQUIREMENTS:
                kinds[place] = PREFERRED
    return kinds


@dataclass(frozen=True, slots=True)
class _Spoken:
    """A cue where it stands; `both` where the same words may lead or trail ("required")."""

    start: int
    end: int
    need: str
    leading: bool
    both: bool


class _Needs:
    """Decides how much a mention is wanted: by the cues of its clause first, by its section else."""

    def __init__(self, document: Document, cues: dict[int, list[_Spoken]]) -> None:
        self._document = document
        self._cues = cues
        self._layouts: dict[int, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {}

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
        if spoken == "required" and kind not in {BENEFITS, TITLE}:
            sentence = self._document.sentences[candidate.sentence]
            if kind != ABOUT or not _COMPANY.search(self._document.text, sentence.start, sentence.end):
                return Need.REQUIRED
        return Need.MENTIONED

    def _layout(self, sentence: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return the brackets of a sentence and the cuts between its clauses outside them."""
        if sentence not in self._layouts:
            within = self._document.sentences[sentence]
            text = self._document.text
            brackets = [match.span() for match in _BRACKETS.finditer(text, within.start, within.end)]
            cuts = [
                cut.span()
                for cut in _CLAUSE.finditer(text, within.start, within.end)
                if not any(start < cut.start() < end for start, end in brackets)
            ]
            self._layouts[sentence] = brackets, cuts
        return self._layouts[sentence]

    def _spoken(self, candidate: _Candidate) -> str | None:
        cues = self._cues.get(candidate.sentence)
        if not cues:
            return None
        sentence = self._document.sentences[candidate.sentence]
        brackets, cuts = self._layout(candidate.sentence)
        clause_start, clause_end = sentence.start, sentence.end
        for start, end in cuts:
            if end <= candidate.start:
                clause_start = end
            elif start >= candidate.end:
                clause_end = start
                break
        inside = _bracket(brackets, candidate.start)
        required = False
        for cue in cues:
            # Cues inside the skill's own name ("experience design") say nothing.
            if cue.start < candidate.end and cue.end > candidate.start:
                continue
            own = _bracket(brackets, cue.start)
            # A cue in brackets speaks of what stands in them, or, alone there, of what stands before: "Kafka (a plus)".
            alone = own is not None and own[1] - own[0] <= cue.end - cue.start + 14
            if own is not None and own != inside and (not alone or candidate.end > own[0] or own[0] - candidate.end > 40):
                continue
            leads = cue.leading and not (alone and own != inside)
            if leads:
                reaches = clause_start <= cue.start and cue.end <= candidate.start
                if cue.both:
                    reaches = reaches and cue.start <= max(clause_start, own[0] if own else 0) + 3
                # A wish at the beginning of a sentence holds on past commas and brackets: "Bonus: Spark, Flink (or Beam)".
                if cue.need == "preferred" and cue.start <= sentence.start + 3 and cue.end <= candidate.start:
                    reaches = True
            else:
                reaches = candidate.end <= cue.start and cue.end <= clause_end and (not cue.leading or alone)
            if not reaches:
                continue
            if cue.need == "negated":
                if (candidate.start - cue.end if leads else cue.start - candidate.end) <= 25:
                    return cue.need
            elif cue.need == "preferred":
                return cue.need
            else:
                required = True
        return "required" if required else None


def _bracket(brackets: list[tuple[int, int]], at: int) -> tuple[int, int] | None:
    return next((span for span in brackets if span[0] <= at < span[1]), None)


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
