"""How a posting reads against the documents' role comparison table, and which specialisations it speaks of."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from jobsort.patterns import lazy
from jobsort.skills import is_company_talk
from jobsort.text import ABOUT, DUTIES, INTRO, PREFERRED, REQUIREMENTS, TITLE, Document
from jobsort.types import Aspect, AspectReading, SpecializationEvidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jobsort.lexicon import Lexicon
    from jobsort.skills import LexiconReading
    from jobsort.text import Sentence

# Where the rows of the table are spoken of; elsewhere (legal text, benefits, the title) nothing is quoted.
_HOME = {DUTIES: 1.0, INTRO: 0.9, ABOUT: 0.5}
_HOME_OF_SKILL = {REQUIREMENTS: 1.0, DUTIES: 0.7, INTRO: 0.6, PREFERRED: 0.5}
_LEAST = 0.5
_LONGEST = 240
_LONGEST_SKILL = 320
_SHORTEST = 28
_SHORTEST_SKILL = 12
_SUPPORT = 0.2
"""What each phrase that speaks for the same role adds to a sentence; one that speaks for another role takes half of it away."""
_AGAIN = 0.5
"""What a sentence counts that speaks to another row of the table already: four rows are best shown in four sentences."""
_MOST_ROWS = 2
_OWN_ROLE = 1.5
"""How much more a sentence counts that speaks for the role of the whole posting: a phrase more or less is chance."""
# Demands on the person say what she must know, not what she will do; keeping up and working with others say neither.
_ASKS = lazy(
    r"(?:[\w /&-]{1,40}: )?(?:(?:[\w-]+ ){0,2}?(?:experience|proficien\w+|knowledge|familiar\w*|understanding|expertise|"
    r"background|track record|ability|skills?|exposure|fluen\w+|competenc\w+|degree|certifi\w+|passion\w*|interest(?:ed)?|"
    r"comfort\w*|grasp|"
    r"mastery)\b|(?:strong|solid|excellent|proven|demonstrated|hands.on|deep|minimum|at least|must|have|you have|you[’']ve|you are|"
    r"you understand|able|capable|bachelor|master|ph\.?d|skilled|experienced|extensive|advanced|good|great|\d+\+?|nice to|bonus|"
    r"preferred|ideally|(?:the )?(?:successful|ideal) candidate|built|developed|designed|led|created|shipped|delivered|"
    r"pursuing|you hold|you possess|"
    r"this (?:role|position) is (?:ideal|perfect|for))\b)",
    re.IGNORECASE,
)
_BESIDE = lazy(
    r"(?:(?:you (?:will|can|may)|you[’']ll|also|additionally|and|then)\b[ ,]*)*"
    r"(?:collaborat\w+|partner(?:ing)?|work(?:ing)? (?:closely |hand.in.hand |cross.functionally )?(?:with|alongside|together)|"
    r"work across|stay\w*|keep\w*|communicat\w+|document\w*|participat\w+|mentor\w*|coach\w*|liais\w+|attend\w*|learn\w*|"
    r"train(?:ing)? (?:users|staff|colleagues)|present\w* (?:at|to)|explain\w*|ensure (?:the )?(?:security|compliance|privacy)|"
    r"join|(?:job )?(?:title|position|role) ?:|contribut\w+ to|(?:deeply )?understand|foster|act as|your role|self.motivated)\b",
    re.IGNORECASE,
)
# What begins like this tells of the company or its product, whatever follows.
_OURS = lazy(
    r"(?:Our|It|They|Their|As (?:part of|AI\b|a (?:start-?up|company|team|leader))|With (?:an?|over|more|its)|"
    r"Th(?:ese|ose)|This opportunity|A role|Within (?:the|our)|Here|For (?:example|instance)|"
    r"We(?![’']re (?:looking|seeking|hiring))(?! (?:are (?:looking|seeking|hiring)|need|seek|want|expect)))\b|"
    r"(?:(?:[A-Z][\w.’'&-]*|and|of|the|team|within|at|in|for|by|\([A-Z]+\)) ){1,9}"
    r"(?:is|are|was|helps|builds|provides|develops|delivers|offers|leads|uses|explores|captures|enables|powers|combines|"
    r"has an? (?:\w+ )?(?:opening|opportunity)|trusts?|us(?:es)? our)\b"
    r"(?! (?:looking|seeking|hiring|you\b))"
)
# Lines that ran together: "… driving new productsCreate and ship …".
_RUN_TOGETHER = lazy(r"[a-z]{3}[A-Z][a-z]+ [a-z]")
# A line that breaks off in the middle of its sentence.
_BROKEN_OFF = lazy(
    r"(?:\b(?:our|the|an?|and|or|of|to|in|with|for|by|on|from|as|that|using|advanced|such|including|\w+-(?:powered|based|driven|enabled))|[:(,-])$"
)
# Who works there says nothing of the work: "with our data scientists".
_PEOPLE = lazy(r"(?:scientist|engineer|analyst|stakeholder|leader|executive|partner|audience|colleague|team)s?$")
_DEGREE = lazy(r"\b(?:bachelor|master[’']?s?\b|ph\.?d|degree|bs/ms|b\.?sc|m\.?sc|graduate|[bm]\.?s\.? in)", re.IGNORECASE)
_DEPLOYED = lazy(r"\b(?:deploy|productioni|operationali|into production|implementation)", re.IGNORECASE)
# Demands that stand in the middle of what else is said.
_QUALIFIES = lazy(
    r"\b\d+\+? (?:years|yrs)|\bdegree|\b[bm]\.?s\.?/[bm]\.?s|\b(?:requirements?|qualifications?|salary|compensation):|"
    r"\b(?:strong|solid|good|deep) understanding|\bproficien",
    re.IGNORECASE,
)
# Who leads has people for a product, not the product itself.
_LEADS = lazy(
    r"(?:you will |you[’']ll )?(?:lead|provide|manage|oversee|guide|support|champion|supervise|facilitate)\w*\b", re.IGNORECASE
)
_WE = lazy(r"\b(?:we|our|us)\b(?! (?:are |[’']re )?(?:looking|seeking|hiring))", re.IGNORECASE)
# What is made is said with a word of making, soon.
_MAKES = lazy(
    r"\b(?:build|built|develop|design|creat|implement|deliver|deploy|ship|launch|productioni|operationali|architect|prototyp|engineer|"
    r"integrat|produc|prepar|writ|publish|generat|construct|maintain|own|craft|creation|implementation|set up)",
    re.IGNORECASE,
)
_SOON = 60
# Assistants that help to write the code are no assistants that are built.
_CODING_TOOLS = lazy(r"\b(?:cursor|github copilot|claude code|ai[- ]enhanced tools|ai coding)", re.IGNORECASE)
_LEANS, _LEANS_CLEARLY = 0.1, 0.4
"""By how much, in log-odds, a sentence must lean to the role it is quoted for: the posting's own, or another."""

_SEVERAL = 2
"""How many phrases must speak for a role where one may be chance."""

SPECIALIZATION_LEAST = 2.0
"""How many weighted mentions make a specialisation."""

# What a mention of a specialisation counts by where it stands; elsewhere nothing.
_SPEAKS = {TITLE: 1.0, DUTIES: 1.0, REQUIREMENTS: 1.0, INTRO: 1.0, PREFERRED: 0.5, ABOUT: 0.2}
_SAME_WORDS = 0.25
"""What the same words count when they come again."""
_MOST_PHRASES = 3
_LONGEST_PHRASE = 60


def read_aspects(
    document: Document,
    reading: LexiconReading,
    lexicon: Lexicon,
    role: str | None = None,
    weights: Mapping[str, Sequence[float]] | None = None,
) -> dict[str, AspectReading | None]:
    """Return, for each row of the comparison table, the sentence that speaks to it most and the role it speaks for.

    Goal, question and product are read from sentences of the duties in which the words of a row meet (``comparison.toml``),
    the core skill from the phrases of skills. What else in the sentence speaks for the same role counts for it, what speaks for
    another role against it. A row without a sentence to the point is None.

    Parameters
    ----------
    document, reading, lexicon
        The posting, what the lexicon found in it, and the lexicon.
    role
        What the whole posting is read as; sentences that speak for it are preferred.
    weights
        Role -> what one mention of each concept adds to its score, in log-odds, as a model has learnt it. With them a sentence is
        quoted only for a role that its concepts lean to.
    """
    support: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    speak: dict[str, dict[tuple[int, str], set[str]]] = {aspect: defaultdict(set) for aspect in Aspect}
    within: dict[int, list[int]] = defaultdict(list)
    for index, start, end, place in reading.concept_mentions:
        concept = lexicon.concepts[index]
        within[place].append(index)
        if concept.role is None:
            continue
        words = document.text[start:end].lower()
        if _names_people(words):
            continue
        support[place][concept.role].add(words)
        for aspect in concept.aspects:
            speak[aspect][place, concept.role].add(words)
    found: dict[str, AspectReading | None] = {}
    used: Counter[int] = Counter()
    for aspect in Aspect:
        candidates: list[tuple[float, int, str]] = []
        for (place, speaks_for), phrases in speak[aspect].items():
            # A sentence that speaks for two roles speaks here for the posting's own.
            if role is not None and speaks_for != role and (place, role) in speak[aspect]:
                continue
            sentence = document.sentences[place]
            score = _home(sentence, aspect, len(phrases)) * _balance(support[place], speaks_for)
            if score < _LEAST or used[place] >= _MOST_ROWS:
                continue
            # One phrase may be chance where neither the posting nor the place speaks for it.
            chance = speaks_for != role or sentence.kind != DUTIES
            if aspect is not Aspect.CORE_SKILL and chance and len(support[place][speaks_for]) < _SEVERAL:
                continue
            score *= (_OWN_ROLE if speaks_for == role else 1.0) * (_AGAIN if used[place] else 1.0)
            candidates.append((-score, place, speaks_for))
        # The form of a sentence takes longer to look at than its place: from the best on, until one will do.
        best = next(
            (
                item
                for item in sorted(candidates)
                if _leans(weights, within[item[1]], item[2], role)
                and _is_quotable(document, item[1], aspect, item[2], speak[aspect][item[1:]])
            ),
            None,
        )
        if best is None:
            found[aspect.value] = None
            continue
        _, place, speaks_for = best
        used[place] += 1
        sentence = document.sentences[place]
        found[aspect.value] = AspectReading(speaks_for, document.text[sentence.start : sentence.end], sentence.start, sentence.end)
    return found


def _leans(weights: Mapping[str, Sequence[float]] | None, concepts: Sequence[int], speaks_for: str, role: str | None) -> bool:
    """Whether a sentence's concepts lean to a role rather than to any other; clearly so where the posting does not."""
    if weights is None or speaks_for not in weights:
        return True
    sums = {name: sum(weight[index] for index in concepts) for name, weight in weights.items()}
    margin = sums.pop(speaks_for) - max(sums.values())
    return margin > (_LEANS if speaks_for == role else _LEANS_CLEARLY)


@lru_cache(maxsize=20_000)
def _names_people(words: str) -> bool:
    return _PEOPLE.search(words) is not None


def _home(sentence: Sentence, aspect: Aspect, phrases: int) -> float:
    """Return what a sentence counts for a row by where it stands, 0 where it cannot be quoted for it."""
    skill = aspect is Aspect.CORE_SKILL
    shortest, longest = (_SHORTEST_SKILL, _LONGEST_SKILL) if skill else (_SHORTEST, _LONGEST)
    if not shortest <= sentence.end - sentence.start <= longest:
        return 0.0
    if skill:
        return _HOME_OF_SKILL.get(sentence.kind, 0.0) * (1 + _SUPPORT * (phrases - 1))
    return _HOME.get(sentence.kind, 0.0)


def _is_quotable(document: Document, place: int, aspect: Aspect, role: str, phrases: set[str]) -> bool:
    """Whether a sentence is, by its form, one to quote for a row."""
    sentence = document.sentences[place]
    text, start, end = document.text, sentence.start, sentence.end
    if not text[start].isalnum():
        return False
    if _BESIDE.match(text, start, end) or _OURS.match(text, start, end) or _BROKEN_OFF.search(text[max(start, end - 20) : end]):
        return False
    if text[start : start + 2].islower() or text.count("(", start, end) != text.count(")", start, end):
        return False
    if end - start > _LONGEST // 2 and _RUN_TOGETHER.search(text, start, end):
        return False
    asks = _ASKS.match(text, start, end) is not None
    if aspect is Aspect.CORE_SKILL:
        # Outside the requirements a sentence must ask for a skill, or name several.
        if not asks and sentence.kind not in {REQUIREMENTS, PREFERRED} and len(phrases) < _SEVERAL:
            return False
        if _DEGREE.search(text, start, end):
            return False
    elif asks or text[start].islower() or "?" in text[start:end] or _QUALIFIES.search(text, start, end):
        return False
    # What is deployed is no report and no insight, whatever model it is.
    if role == "data_scientist" and aspect is not Aspect.CORE_SKILL and _DEPLOYED.search(text, start, end):
        return False
    if aspect is Aspect.END_PRODUCT and (_LEADS.match(text, start, end) or not _MAKES.search(text, start, min(end, start + _SOON))):
        return False
    if role == "ai_engineer" and _CODING_TOOLS.search(text, start, end):
        return False
    # Among the duties "our customers" are whom the work is for; elsewhere "we" tells of ourselves.
    if sentence.kind in {DUTIES, REQUIREMENTS, PREFERRED}:
        return True
    return not _WE.search(text, start, end) and not is_company_talk(document, start, end)


def _balance(support: dict[str, set[str]], role: str) -> float:
    others = max((len(words) for name, words in support.items() if name != role), default=0)
    if others > len(support[role]):
        return 0.0
    return max(0.0, 1 + _SUPPORT * (len(support[role]) - 1) - _SUPPORT / 2 * others)


def read_specializations(
    document: Document, reading: LexiconReading, lexicon: Lexicon
) -> tuple[tuple[str, ...], tuple[SpecializationEvidence, ...]]:
    """Return the specialisations that a posting speaks of, most spoken of first, and for each the phrases that say so most.

    Skills and concepts of the lexicon say which specialisation they speak for. A mention counts by the section it stands in,
    and less when its words have been counted; a specialisation is said from `SPECIALIZATION_LEAST` on.
    """
    text, fields = document.text, lexicon.specializations_of
    spoken = [
        (name, start, end)
        for index, start, end, _ in reading.concept_mentions
        if (name := lexicon.concepts[index].specialization) is not None
    ]
    spoken += [
        (name, mention.start, mention.end)
        for skill in reading.skills
        for name in fields.get(skill.name, ())
        for mention in skill.mentions
    ]
    weights: dict[str, float] = defaultdict(float)
    phrases: dict[str, dict[str, tuple[float, int, int]]] = defaultdict(dict)
    for name, start, end in spoken:
        place = document.sentence_at(start)
        weight = _SPEAKS.get(document.sentences[place].kind, 0.0) if place >= 0 else 0.0
        words = text[start:end].lower()
        known = phrases[name].get(words)
        weights[name] += weight if known is None else weight * _SAME_WORDS
        if known is None or weight > known[0]:
            phrases[name][words] = (weight, start, end)
    enough = [name for name, weight in weights.items() if weight >= SPECIALIZATION_LEAST]
    said = sorted(enough, key=lambda name: (-weights[name], name))
    return tuple(said), tuple(
        SpecializationEvidence(text[start:end], start, end, name)
        for name in said
        for _, start, end in sorted(phrases[name].values(), key=_telling)[:_MOST_PHRASES]
    )


def _telling(phrase: tuple[float, int, int]) -> tuple[float, bool, int]:
    """Order phrases: the heaviest first, whole sentences after phrases, then as they are read."""
    weight, start, end = phrase
    return -weight, end - start > _LONGEST_PHRASE, start
