"""Which skills of the lexicon a document names, how much it wants each, and their mix over the categories."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jobsort.lexicon import SOFT, Cue, Entry, Guard, Lexicon
from jobsort.matching import group_equal
from jobsort.patterns import lazy
from jobsort.stems import group
from jobsort.text import ABOUT, BENEFITS, DUTIES, INTRO, LEGAL, PREFERRED, REQUIREMENTS, SECTION_KINDS, TITLE, Corpus, Document
from jobsort.types import Mention, Need, Skill

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jobsort.matching import Hits, PhraseMatcher

NEED_WEIGHTS = {Need.REQUIRED: 1.0, Need.PREFERRED: 0.5, Need.MENTIONED: 0.5}
"""What one skill adds to its category's share of the mix, by need."""

_NEED_ORDER = (Need.REQUIRED, Need.PREFERRED, Need.MENTIONED)
# Where one clause ends and the next begins; the full stop of "e.g." is none.
_CLAUSE = lazy(
    r"[;\n•–—.!?,](?:(?<=[;\n•–—])|(?<=[.!?])(?<![.ie][.][ge].)(?<!etc.) |(?<=\.)(?=[A-Z][a-z])|"
    r"(?<=,) (?:but |with |and (?:ideally|preferably)))"
)
_FILLER = lazy(
    r"(?:[\W\d_]|\b(?:is|are|a|an|but|would|be|very|highly|strongly|also|if|big|huge|great|only|not|strictly|considered)\b)*"
)
# Words on both sides of these are two names, not one: "Kubernetes; Helm", "data, analytics".
_APART = lazy(r"[;:•]|^\w+, \w+$")
# How far, in characters, a cue or a degree speaks at most.
_REACH = 600
_BRACKETS = lazy(r"\(([^()\n]{0,400})\)")
# What begins and ends a list of fields of study, and what may stand between such a list and the degree after it.
_STUDY_BEGINS = lazy(r"\b(?:in|of|en|für)\b|[:(/]")
_STUDY_ENDS = lazy(
    r"\b(?:experience|knowledge|years?|understanding|skills?|proficien\w+|familiar\w*|background|expertise|coursework|publications?|"
    r"certifi\w+|exposure|ability|able|fluen\w+|working|hands|projects?|thesis|using|with)\b|[;\n•–—]|[.!?] ",
    re.IGNORECASE,
)
_BEFORE_DEGREE = lazy(r"[\w ,/&’'-]{0,60}")
# What makes a field's name the name of a role or team.
_ROLE_AFTER = lazy(
    r"(?:[ /-]| & | and )"
    r"(?:(?:software|solutions?|research|applied|platform|product|professional|engineering|services?|practice) )?"
    r"(?:engineers?|scientists?|developers?|architects?|analysts?|researchers?|managers?|directors?|leads?|leaders?|leadership|heads?|"
    r"teams?|specialists?|consultants?|consulting|professionals?|practitioners?|experts?|interns?|internships?|trainees?|departments?|"
    r"communit(?:y|ies)|organi[sz]ations?|groups?|division|faculty|roles?|jobs?|degrees?|compan(?:y|ies)|start-?ups?|staff|talent|"
    r"instructors?|tutors?|designers?|testers?|administrators?|technicians?|practice|roadmap|industry)\b",
    re.IGNORECASE,
)
# What a general name is only the heading of: "languages such as Python".
_CLOSER = lazy(
    r"[ ,]*(?:(?:tools?|frameworks?|libraries|platforms?|languages?|services|technologies|skills?) ?)?"
    r"(?:\(|:|such as|like|including|e\.g\.|i\.e\.|in |using |with )",
    re.IGNORECASE,
)
_ADDRESS_SIGNS = ("://", "www.", "@")
_ADDRESS_EDGE = lazy(r"[\s()<>\[\]\"]")
_LIST_ITEM = lazy(
    r"[^\w\n]{0,9}(?:(?:\w+ ){0,2}"
    r"(?:experience|knowledge|familiarity|proficiency|understanding|background|expertise|exposure|skills?) "
    r"(?:with|in|of|on|using|building|working|leading|developing)\b|certifi\w+ )",
    re.IGNORECASE,
)
# Sentences that tell of the company, and those that tell of the person or the job all the same.
_COMPANY_TALK = lazy(
    r"\b(?:(?:we|our \w+|company|firm|team) "
    r"(?:is|are|was|were|has|ha[dv]e?|helps?|provides?|offers?|builds?|develops?|delivers?|serves?|"
    r"believes?|supports?|uses?|enables?|combines?|empowers?|leads?)|we[’']re|"
    r"(?:our|its|their|whose) (?:mission|vision|platform|clients?|customers?|products?|solutions?|technology|portfolio|services)|"
    r"(?:leader|leading) (?:in|provider|platform|company|of|supplier|manufacturer)|fortune \d+|customers|clients|mission|"
    r"start-?up|offices|founded|headquartered)\b"
)
# What it begins with.
_COMPANY_STEMS = group(
    *("we ", "we'", "we’", "our ", "company ", "firm ", "team ", "its ", "their ", "whose ", "leader ", "leading ", "fortune "),
    *("customers", "clients", "mission", "startup", "start-up", "offices", "founded", "headquartered"),
)
_JOB_TALK = lazy(
    r"\b(?:you|your|you[’']ll|looking for|seeking|hiring|candidates?|experienced?|responsib\w+|this (?:role|position)|the role|"
    r"as (?:a|an|our)|knowledge|skills|proficien\w+|develop(?:ing)? and|design(?:ing)? and)\b"
)
_COMPANY = lazy(r"\b(?:we|we[’']re|our|us|company)\b")


class ConceptMention(NamedTuple):
    """Where a phrase of a concept stands, or the sentence in which those that it needs together meet.

    Attributes
    ----------
    concept
        Its index in the lexicon.
    start, end
        Offsets in the document's text.
    sentence
        The number of the document's sentence that it stands in.
    """

    concept: int
    start: int
    end: int
    sentence: int


class LexiconReading(NamedTuple):
    """What the lexicon finds in one document.

    Attributes
    ----------
    skills
        Hard skills by first mention, then soft skills.
    concepts
        How often each concept of the lexicon occurs in each section kind; float64, shape (concepts, kinds).
    concept_mentions
        Where: the phrases that count by themselves first, then the sentences in which several meet.
    """

    skills: tuple[Skill, ...]
    concepts: NDArray[np.float64]
    concept_mentions: tuple[ConceptMention, ...]


class _Form(NamedTuple):
    """What the hit of a pattern may be: a skill.

    Attributes
    ----------
    entry
        Its index in the lexicon.
    guard
        The conditions of the entry, where they are for this form or may be (see `open_end`).
    open_end
        The pattern finds several words, and whether one of them is guarded is known only where it stands.
    soft
        A soft skill.
    several
        It is a hard skill of several words, which must not be two names.
    """

    entry: int
    guard: _Conditions | None
    open_end: bool
    soft: bool
    several: bool


class _Forms(dict[int, "_Form | None"]):
    """Pattern -> what its hit may be, made when first asked for: a posting has some hundred of the 28,000."""

    def __init__(self, lexicon: Lexicon, place: Mapping[bytes, int]) -> None:
        super().__init__()
        self._lexicon = lexicon
        self.entry_of = np.full(len(place), -1, dtype=np.int64)
        self.entry_of[list(map(place.__getitem__, lexicon.entry_patterns))] = list(lexicon.entry_patterns.values())
        self._pattern_of = tuple(place)
        self._guards: dict[int, _Conditions] = {}

    def __missing__(self, pattern: int) -> _Form | None:
        index = int(self.entry_of[pattern])
        self[pattern] = made = None if index < 0 else self._form(index, self._pattern_of[pattern])
        return made

    def _form(self, index: int, pattern: bytes) -> _Form:
        entry = self._lexicon.entries[index]
        soft = entry.category == SOFT
        open_end = not pattern.endswith(b" ")
        words = pattern.strip()
        conditions = None
        if entry.guard is not None and (open_end or words.decode("ascii") in entry.guard.forms):
            conditions = self._guards.get(index) or self._guards.setdefault(index, _Conditions(entry.guard))
        return _Form(index, conditions, open_end, soft, several=not soft and b" " in words)


class LexiconReader:
    """Turns the hits of a lexicon's patterns into skills and concept counts.

    Parameters
    ----------
    lexicon
        What to look for.
    matcher
        The matcher whose hits will be read; the lexicon's own by default. May find other patterns too (the classifier finds its
        n-grams in the same pass).
    """

    def __init__(self, lexicon: Lexicon, matcher: PhraseMatcher | None = None) -> None:
        self.lexicon = lexicon
        place = (matcher if matcher is not None else lexicon.matcher).places
        self._forms = _Forms(lexicon, place)
        self._cues_of: dict[int, list[Cue]] = defaultdict(list)
        for pattern, cue in lexicon.cue_patterns:
            self._cues_of[place[pattern]].append(lexicon.cues[cue])
        alone: dict[int, list[tuple[int, int]]] = defaultdict(list)
        meeting: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for pattern, concept, number in lexicon.concept_patterns:
            (alone if number < 0 else meeting)[place[pattern]].append((concept, number))
        self._alone, self._meeting = _Lists(alone, len(place)), _Lists(meeting, len(place))
        self._all_groups = np.array([(1 << concept.groups) - 1 for concept in lexicon.concepts], dtype=np.int64)
        self._lexical = (self._alone.sizes > 0) | (self._meeting.sizes > 0)
        # Which patterns speak of skills or of how much they are wanted.
        self._tells = np.zeros(len(place), dtype=bool)
        self._tells[list(self._cues_of)] = True
        self._tells |= self._forms.entry_of >= 0
        self._lexical |= self._tells

    def read(self, corpus: Corpus, hits: Hits) -> list[LexiconReading]:
        """Read documents together; `hits` come from a matcher of the patterns given at construction."""
        # Of all hits (most are n-grams) those of the lexicon.
        chosen = self._lexical[hits.patterns].nonzero()[0]
        first, last = hits.starts[chosen], hits.ends[chosen]
        documents, starts = corpus.documents_at(first), corpus.positions[first]
        # A phrase ends after its last word's last character.
        ends = corpus.positions[last - 1] + 1
        found = _Found(hits.patterns[chosen], first, last, starts, ends, documents, corpus.sentences_at(documents, starts))
        tables, mentions = self._concepts(corpus, found)
        told = self._tells[found.patterns].nonzero()[0]
        begins = documents[told].searchsorted(np.arange(len(corpus.documents) + 1)).tolist()
        columns = (told, found.patterns[told], starts[told], ends[told], found.sentences[told])
        rows = list(zip(*(column.tolist() for column in columns), strict=True))
        return [
            LexiconReading(self._skills(_Place(corpus, number, found), rows[begins[number] : begins[number + 1]]), *rest)
            for number, rest in enumerate(zip(tables, mentions, strict=True))
        ]

    # --- skills -------------------------------------------------------------------------------------------------

    def _skills(self, place: _Place, rows: list[tuple[int, int, int, int, int]]) -> tuple[Skill, ...]:
        """Read a document's skills off its hits: their number, pattern, start, end and sentence, counted over the corpus."""
        entries = self.lexicon.entries
        document = place.document
        text, first_sentence = document.text, place.first_sentence
        forms, cues_of = self._forms, self._cues_of
        hard_found: list[tuple[int, int, bool, _Candidate]] = []
        soft_found: list[tuple[int, int, bool, _Candidate]] = []
        spoken: list[tuple[int, int, int, list[Cue]]] = []
        for hit, pattern, start, end, of_all in rows:
            sentence = of_all - first_sentence
            form = forms[pattern]
            if form is not None and not (form.several and _APART.search(text, start, end)):
                guard = form.guard
                if guard is not None and form.open_end and place.words(hit) not in guard.forms:
                    guard = None
                if guard is None or guard.hold(place, hit, sentence, start, end):
                    candidate = _Candidate(start, end, form.entry, sentence, guard, form.soft)
                    (soft_found if form.soft else hard_found).append((start, -end, guard is not None, candidate))
            cues = cues_of.get(pattern)
            if cues is not None:
                spoken.append((sentence, start, end, cues))
        if not hard_found and not soft_found:
            return ()
        hard, soft = _longest(hard_found), _longest(soft_found)
        needs = _needs(document, spoken, {candidate.sentence for candidate in (*hard, *soft)})
        # A skill near by is one in the same line or in the next one up or down: lists have one skill a line.
        sure = {
            candidate.sentence + step
            for candidate in hard
            if candidate.guard is None or not candidate.guard.near_skill
            for step in (-1, 0, 1)
        }
        context = _Context(document, needs.degrees)
        # What reads as benefits but names many skills is a list of skills under a heading of pay.
        benefits_ask = sum(context.kinds[candidate.sentence] == BENEFITS for candidate in hard) > 5
        by_entry: dict[int, list[tuple[Mention, Need]]] = {}
        for position, candidate in enumerate([*hard, *soft]):
            guard = candidate.guard
            if guard is not None and guard.near_skill and candidate.sentence not in sure:
                continue
            kind = context.kinds[candidate.sentence]
            if kind == LEGAL or (kind == BENEFITS and not benefits_ask) or (candidate.soft and kind in {ABOUT, BENEFITS}):
                continue
            entry = entries[candidate.entry]
            if not candidate.soft and context.is_no_skill(candidate, entry):
                continue
            need = needs.of(candidate, kind)
            if need is None or (need is Need.MENTIONED and not candidate.soft and context.is_company_talk(candidate.sentence)):
                continue
            if entry.generic and (
                need is Need.MENTIONED
                or context.is_heading_of(candidate, hard[position - 1 : position], hard[position + 1 : position + 2])
            ):
                continue
            mention = Mention(text[candidate.start : candidate.end], candidate.start, candidate.end)
            by_entry.setdefault(candidate.entry, []).append((mention, need))
        skills = []
        for index, mentions in by_entry.items():
            entry = entries[index]
            need = mentions[0][1] if len(mentions) == 1 else min((need for _, need in mentions), key=_NEED_ORDER.index)
            skills.append(Skill(entry.name, entry.category, entry.kind, need, tuple(mention for mention, _ in mentions)))
        return tuple(skills)

    # --- concepts -----------------------------------------------------------------------------------------------

    def _concepts(self, corpus: Corpus, found: _Found) -> tuple[NDArray[np.float64], list[tuple[ConceptMention, ...]]]:
        """Return how often each concept occurs, shape (documents, concepts, kinds), and each document's mentions."""
        # (One sentence where there is none, so that the arithmetic holds.)
        sentences = max(1, corpus.kinds.size)
        mentions: list[list[ConceptMention]] = [[] for _ in corpus.documents]
        begins = corpus.sentence_begins
        # Phrases that count by themselves.
        hits, concepts, _ = self._alone.of(found.patterns)
        where, of = found.sentences[hits], found.documents[hits]
        for number, concept, start, end, place in zip(
            of.tolist(), concepts.tolist(), found.starts[hits].tolist(), found.ends[hits].tolist(), where.tolist(), strict=True
        ):
            mentions[number].append(ConceptMention(concept, start, end, place - begins[number]))
        # Phrases that count where one of each group meets in a sentence.
        hits, meeting, groups = self._meeting.of(found.patterns)
        if hits.size:
            keys = meeting * sentences + found.sentences[hits]
            order, runs = group_equal(keys)
            first = order[runs]
            met = np.bitwise_or.reduceat(1 << groups[order], runs) == self._all_groups[meeting[first]]
            first = np.sort(first[met])
            together, there = np.divmod(keys[first], sentences)
            numbers = found.documents[hits[first]]
            for number, concept, place in zip(numbers.tolist(), together.tolist(), there.tolist(), strict=True):
                within = corpus.documents[number].sentences[place - begins[number]]
                mentions[number].append(ConceptMention(concept, within.start, within.end, place - begins[number]))
            concepts, where, of = (
                np.concatenate((concepts, together)),
                np.concatenate((where, there)),
                np.concatenate((of, numbers)),
            )
        shape = len(corpus.documents), len(self._all_groups), len(SECTION_KINDS)
        cells = (of * shape[1] + concepts) * shape[2] + corpus.kinds[where]
        counts = np.bincount(cells, minlength=shape[0] * shape[1] * shape[2])
        return counts.reshape(shape).astype(np.float64), [tuple(items) for items in mentions]


class _Lists:
    """For each pattern a list of pairs, laid end to end so that those of many hits are looked up at once."""

    def __init__(self, pairs: Mapping[int, Sequence[tuple[int, int]]], patterns: int) -> None:
        self.sizes = np.zeros(patterns, dtype=np.int64)
        for pattern, items in pairs.items():
            self.sizes[pattern] = len(items)
        self._begins = np.cumsum(self.sizes) - self.sizes
        flat = np.array([pair for pattern in sorted(pairs) for pair in pairs[pattern]], dtype=np.int64).reshape(-1, 2)
        self._first, self._second = flat[:, 0].copy(), flat[:, 1].copy()

    def of(self, patterns: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Return all pairs of these patterns in order: the number of the pattern among those given, and the pair's halves."""
        sizes = self.sizes[patterns]
        hits = np.repeat(np.arange(sizes.size), sizes)
        places = np.arange(hits.size) + (self._begins[patterns] - np.cumsum(sizes) + sizes)[hits]
        return hits, self._first[places], self._second[places]


class _Candidate(NamedTuple):
    start: int
    end: int
    entry: int
    sentence: int
    guard: _Conditions | None
    soft: bool


class _Found(NamedTuple):
    """The lexicon's hits in a corpus, parallel; int64.

    Attributes
    ----------
    patterns
        Which pattern.
    first, last
        Where in the normalised words of all documents.
    starts, ends
        Where in the document's text.
    documents, sentences
        In which document, and in which of all documents' sentences.
    """

    patterns: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    documents: NDArray[np.int64]
    sentences: NDArray[np.int64]


class _Place:
    """One document of a corpus, with where its sentences begin among those of all."""

    def __init__(self, corpus: Corpus, number: int, found: _Found) -> None:
        self.document = corpus.documents[number]
        self.first_sentence = corpus.sentence_begins[number]
        self.data = corpus.data
        self.found = found

    def words(self, hit: int) -> bytes:
        return self.data[self.found.first[hit] : self.found.last[hit]]


class _Conditions:
    """A guard as bytes of normalised text, ready to be compared."""

    def __init__(self, guard: Guard) -> None:
        self.forms = frozenset(form.encode("ascii") for form in guard.forms)
        self.near_skill = guard.near_skill
        self._written = frozenset(guard.written)
        self._near = tuple(f" {word} ".encode("ascii") for word in guard.near)
        self._not_next = tuple(f"{word} ".encode("ascii") for word in guard.not_next)
        self._not_previous = tuple(f" {word}".encode("ascii") for word in guard.not_previous)

    def hold(self, place: _Place, hit: int, sentence: int, start: int, end: int) -> bool:
        """Whether the conditions that need no other skill hold for a hit."""
        document, data = place.document, place.data
        if self._written and document.text[start:end] not in self._written:
            return False
        if self._not_next:
            last = int(place.found.last[hit])
            if (data[last + 1 : last + 41] + b" ").startswith(self._not_next):
                return False
        if self._not_previous:
            first = int(place.found.first[hit])
            if (b" " + data[max(0, first - 41) : first - 1]).endswith(self._not_previous):
                return False
        if self._near:
            within, normalized = document.sentences[sentence], document.normalized
            lo, hi = normalized.positions.searchsorted((within.start, within.end)).tolist()
            words = b" " + normalized.data[lo:hi] + b" "
            return any(word in words for word in self._near)
        return True


def _longest(candidates: list[tuple[int, int, bool, _Candidate]]) -> list[_Candidate]:
    """Keep the leftmost, of those that begin together the longest, and of those the one without conditions."""
    kept: list[_Candidate] = []
    end = -1
    for *_, candidate in sorted(candidates, key=itemgetter(0, 1, 2)):
        if candidate.start >= end:
            kept.append(candidate)
            end = candidate.end
    return kept


class _Context:
    """What stands around a mention: the section as its list reads, degrees, addresses, the names of roles."""

    def __init__(self, document: Document, degrees: dict[int, list[tuple[int, int]]]) -> None:
        self._document = document
        self._text = document.text
        self.kinds = _kinds(document)
        self._addresses = _merged(_address_spans(self._text))
        self._degrees = degrees
        self._studies: dict[int, list[tuple[int, int]]] = {}
        self._company: dict[int, bool] = {}

    def is_company_talk(self, sentence: int) -> bool:
        """Whether a sentence outside duties and requirements tells of the company: "we are the leading platform for …"."""
        if self.kinds[sentence] not in {ABOUT, INTRO, BENEFITS}:
            return False
        if sentence not in self._company:
            within = self._document.sentences[sentence]
            self._company[sentence] = is_company_talk(self._document, within.start, within.end)
        return self._company[sentence]

    def is_no_skill(self, candidate: _Candidate, entry: Entry) -> bool:
        """Whether the words are part of an address, a field of study or the name of a role."""
        if self._addresses and _span_around(self._addresses, candidate.start):
            return True
        if entry.field and _ROLE_AFTER.match(self._text, candidate.end):
            return True
        if candidate.sentence not in self._degrees:
            return False
        studies = self._studies.get(candidate.sentence)
        if studies is None:
            studies = self._studies[candidate.sentence] = _merged(self._study_spans(candidate.sentence))
        study = _span_around(studies, candidate.start)
        return study is not None and candidate.end <= study[1]

    def is_heading_of(self, candidate: _Candidate, before: Sequence[_Candidate], after: Sequence[_Candidate]) -> bool:
        """Whether a general name only introduces the skill next to it: "languages such as Python", "the Kotlin language"."""
        for other in after:
            if other.sentence == candidate.sentence and other.start - candidate.end <= 25:
                match = _CLOSER.match(self._text, candidate.end)
                return match is not None and match.end() <= other.start
        return any(candidate.start - other.end <= 1 for other in before)

    def _study_spans(self, sentence: int) -> Iterator[tuple[int, int]]:
        within = self._document.sentences[sentence]
        for start, end in self._degrees.get(sentence, ()):
            begin = _STUDY_BEGINS.search(self._text, end, min(within.end, end + 60))
            if begin:
                hi = min(within.end, begin.end() + _REACH)
                ends = _STUDY_ENDS.search(self._text, begin.end(), hi)
                yield begin.end(), ends.start() if ends else hi
            lo = max(within.start, start - 60)
            lo = max((cut.end() for cut in _STUDY_ENDS.finditer(self._text, lo, start)), default=lo)
            if _BEFORE_DEGREE.fullmatch(self._text, lo, start):
                yield lo, start


def is_company_talk(document: Document, start: int, end: int) -> bool:
    """Whether a stretch of text tells of the company ("we are the leading platform for …") and not of the person or the job."""
    low = document.lowered
    return (
        any(_COMPANY_TALK.match(low, at, end) for at in document.places(_COMPANY_STEMS, start, end))
        and _JOB_TALK.search(low, start, end) is None
    )


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


class _Spoken(NamedTuple):
    """A cue where it stands; `both` where the same words may lead or trail ("required")."""

    start: int
    end: int
    need: str
    leading: bool
    both: bool


def _needs(document: Document, spoken: list[tuple[int, int, int, list[Cue]]], sentences: set[int]) -> _Needs:
    """Sort what speaks of needs and degrees into the sentences where skills stand."""
    cues: dict[int, list[_Spoken]] = defaultdict(list)
    degrees: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for sentence, start, end, both in spoken:
        if sentence not in sentences:
            continue
        for cue in both:
            if cue.need == "study":
                degrees[sentence].append((start, end))
            else:
                cues[sentence].append(_Spoken(start, end, cue.need, cue.leading, len(both) > 1))
    for found in cues.values():
        found.sort(key=itemgetter(0))
    return _Needs(document, cues, degrees)


class _Needs:
    """Decides how much a mention is wanted: by the cues of its clause first, by its section else."""

    def __init__(self, document: Document, cues: dict[int, list[_Spoken]], degrees: dict[int, list[tuple[int, int]]]) -> None:
        self.degrees = degrees
        self._document = document
        self._cues = cues
        self._layouts: dict[int, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {}
        self._ours: dict[int, bool] = {}

    def of(self, candidate: _Candidate, kind: str) -> Need | None:
        """Return the need, or None where the mention is negated ("no Java needed")."""
        cues = self._cues.get(candidate.sentence)
        # Where the section asks already, a demand says nothing more.
        asked = kind in {REQUIREMENTS, PREFERRED}
        spoken = None if cues is None or (asked and all(cue.need == "required" for cue in cues)) else self._spoken(candidate, cues)
        if spoken == "negated":
            return None
        if spoken == "preferred":
            return Need.PREFERRED
        if kind == PREFERRED:
            return Need.PREFERRED
        if kind == REQUIREMENTS:
            return Need.REQUIRED
        if spoken == "required" and kind not in {BENEFITS, TITLE} and not self._of_company(candidate.sentence, kind):
            return Need.REQUIRED
        return Need.MENTIONED

    def _of_company(self, sentence: int, kind: str) -> bool:
        """Whether "strong", "able to" and their like speak of the company and not of the person."""
        if sentence not in self._ours:
            within, low = self._document.sentences[sentence], self._document.lowered
            ours = _COMPANY.search(low, within.start, within.end) is not None
            self._ours[sentence] = ours and (kind == ABOUT or not _JOB_TALK.search(low, within.start, within.end))
        return self._ours[sentence]

    def _layout(self, sentence: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Return the brackets of a sentence and the cuts between its clauses outside them."""
        if sentence not in self._layouts:
            within = self._document.sentences[sentence]
            text = self._document.text
            brackets = [match.span() for match in _BRACKETS.finditer(text, within.start, within.end)]
            cuts = [
                cut.span() for cut in _CLAUSE.finditer(text, within.start, within.end) if not _span_around(brackets, cut.start())
            ]
            self._layouts[sentence] = brackets, cuts
        return self._layouts[sentence]

    def _fills(self, bracket: tuple[int, int], cue: _Spoken) -> bool:
        text = self._document.text
        before, after = (bracket[0], cue.start), (cue.end, bracket[1])
        return _FILLER.fullmatch(text, *before) is not None and _FILLER.fullmatch(text, *after) is not None

    def _spoken(self, candidate: _Candidate, cues: list[_Spoken]) -> str | None:
        near = cues[bisect_left(cues, (candidate.start - _REACH,)) : bisect_left(cues, (candidate.end + _REACH,))]
        if not near:
            return None
        sentence = self._document.sentences[candidate.sentence]
        brackets, cuts = self._layout(candidate.sentence)
        place = bisect_right(cuts, (candidate.start, 0))
        while place and cuts[place - 1][1] > candidate.start:
            place -= 1
        clause_start = cuts[place - 1][1] if place else sentence.start
        after = bisect_left(cuts, (candidate.end, 0))
        clause_end = cuts[after][0] if after < len(cuts) else sentence.end
        inside = _span_around(brackets, candidate.start) if brackets else None
        required = False
        for cue in near:
            # Cues inside the skill's own name ("experience design") say nothing.
            if cue.start < candidate.end and cue.end > candidate.start:
                continue
            own = _span_around(brackets, cue.start) if brackets else None
            # A cue in brackets speaks of what stands in them, or, alone there, of what stands before: "Kafka (a plus)".
            alone = own is not None and self._fills(own, cue)
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
                if cue.need == "preferred" and any(
                    other.need == "required" and not other.leading and candidate.end <= other.start < cue.start for other in near
                ):
                    # "Python required, Scala a plus": the wish is for what stands after the demand.
                    continue
            if not reaches:
                continue
            if cue.need == "negated":
                # "No" speaks of the next word only.
                far = 25 if cue.end - cue.start > 2 else 1
                if (candidate.start - cue.end if leads else cue.start - candidate.end) <= far:
                    return cue.need
            elif cue.need == "preferred":
                return cue.need
            else:
                required = True
        return "required" if required else None


def _span_around(spans: list[tuple[int, int]], at: int) -> tuple[int, int] | None:
    """Return which of these spans, disjoint and in order, holds an offset."""
    place = bisect_right(spans, (at, 1 << 60)) - 1
    return spans[place] if place >= 0 and at < spans[place][1] else None


def _address_spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield where addresses of pages and people stand: what is written in one piece around their signs."""
    for sign in _ADDRESS_SIGNS:
        at = text.find(sign)
        while at >= 0:
            after = at + len(sign)
            start = at
            while start and at - start < 64 and not _ADDRESS_EDGE.match(text, start - 1):
                start -= 1
            end = _ADDRESS_EDGE.search(text, after, after + 2048)
            # "@" alone says "at"; in an address a name stands on both sides.
            if sign != "@" or (start < at and text[after : after + 1].isalnum()):
                yield start, end.start() if end else min(len(text), after + 2048)
            at = text.find(sign, after)


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


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


LEAST_SKILLS = 5
"""With fewer hard skills the shares of a mix are chance, and are not compared."""


class MixDifference(NamedTuple):
    """A category whose share in a posting lies outside the middle half of a role's postings.

    Attributes
    ----------
    category
        A technical category.
    share, typical
        Its share in the posting, and the median share among the role's labelled postings.
    """

    category: str
    share: float
    typical: float


def compare_mix(mix: Mapping[str, float], typical: Mapping[str, Sequence[float]]) -> tuple[MixDifference, ...]:
    """Return the categories that a posting has more of, or less, than three in four of a role's postings; the farthest first.

    Parameters
    ----------
    mix
        Category -> share, as :func:`skill_mix` returns it.
    typical
        Category -> quartiles (25, 50, 75 %) of its share among postings of the role.

    Examples
    --------
    >>> compare_mix({"programming": 0.5, "data_handling": 0.5}, {"programming": (0.1, 0.2, 0.3), "data_handling": (0.2, 0.4, 0.6)})
    (MixDifference(category='programming', share=0.5, typical=0.2),)
    """
    outside = [
        MixDifference(category, mix.get(category, 0.0), middle)
        for category, (low, middle, high) in typical.items()
        if not low <= mix.get(category, 0.0) <= high
    ]
    return tuple(sorted(outside, key=lambda item: (-abs(item.share - item.typical), item.category)))
