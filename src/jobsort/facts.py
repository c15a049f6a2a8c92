"""Facts that a posting states in figures: years of experience, degree, pay.

Each function reads a :class:`~jobsort.text.Document` once. The way is always the same: a cheap look for the places that
can hold the fact, a compiled pattern at each, and then the words on both sides, which tell a requirement from the
company's age and pay from a training budget.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from jobsort.patterns import lazy
from jobsort.stems import group
from jobsort.types import Degree, Mention, Salary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobsort.text import Document, Sentence

_NUMBER_WORDS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    # German and French, as far as they stand before "Jahre" and "ans" in postings.
    "ein": 1, "einem": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5,
}  # fmt: skip
_NUMBER = rf"\d{{1,2}}(?:\.\d)?|{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))}"


_REACH = 400
"""Characters of a sentence looked at on either side: in a text that lost its line breaks a sentence has no end."""


class _Sentences:
    """Finds the sentence around an offset."""

    __slots__ = ("_document",)

    def __init__(self, document: Document) -> None:
        self._document = document

    def around(self, offset: int) -> tuple[int, Sentence | None]:
        """Return the sentence's number and the sentence itself, cut to what is within reach."""
        index = self._document.sentence_at(offset)
        if index < 0:
            return -1, None
        sentence = self._document.sentences[index]
        if sentence.end - sentence.start > _REACH:
            start, end = max(sentence.start, offset - _REACH), min(sentence.end, offset + _REACH)
            return index, sentence._replace(start=start, end=end)
        return index, sentence


# --- years ------------------------------------------------------------------------------------------------------

_YEAR_WORD = lazy(r"years?(?:\b|of)|yrs?\b|yoe\b|jahren?\b|ans\b|años\b")
# What stands before the word "years", read up to it: "five (5)+", "3 - 5", "two (2) to four (4)", "5 or more".
_QUANTITY = lazy(
    rf"(?:(?<!\d[.,])(?<![\d$£€%/])(?=\d)|"
    rf"\b(?=[a-zü]))(?P<low>{_NUMBER})(?:[ -]?plus\b)?(?: ?\( ?(?:{_NUMBER}) ?\+? ?\))? ?\+?"
    rf"(?: ?(?:-{{1,2}}|–|—|−|~|/|to|or|and|bis|à) ?(?P<high>{_NUMBER})(?: ?\( ?(?:{_NUMBER}) ?\+? ?\))? ?\+?)?"
    r" ?(?:\+|plus|or more|or greater|and above|oder mehr|full|solid|complete|calendar|ou plus)? ?-? ?\Z"
)


class YearsReading(NamedTuple):
    """Years of experience, with what the level needs to know of them.

    Attributes
    ----------
    years
        The minimum required.
    mention
        The words that say so.
    high
        The upper end of a range, or the largest of the alternatives by degree; None where there is none.
    by_degree
        Whether it is the smallest of several figures, one for each degree.
    """

    years: int
    mention: Mention
    high: int | None
    by_degree: bool = False


class _Candidate(NamedTuple):
    low: int
    high: int | None
    start: int
    end: int
    sentence: int
    degree: bool = False
    general: bool = False
    field: int = 0


_EXPERIENCE = lazy(
    r"experien|\bexp\b|\byoe\b|\bpqe\b|background|hands.on|\bwork(?:ing|ed)?\b|industry|professional|proven|"
    r"demonstrated|track record|"
    r"expertise|practice|erfahrung|expérience|experiencia|development|engineering|building|leading|relevant|related|"
    r"\bas an?\b"
)
_STRONG_EXPERIENCE = lazy(r"experien|\bexp\b|\byoe\b|\bpqe\b|erfahrung|expérience")
# Words right before the figure that make it something else than a requirement.
_NOT_BEFORE = lazy(
    r"(?:\b(?:past|last|previous|next|coming|recent|first|every|after|within|in just|ago|age|aged|founded|celebrat\w+|"
    r"spann\w+|history|"
    r"legacy|heritage|tradition|contract|term|duration|additional|another|combined|total of|vest\w*|over the|"
    r"during the|for the|"
    r"investigation|valid|retain\w*|of the)(?: of| the| over| more than| about| almost| nearly| around| approximately|"
    r" a)*|"
    r"\b(?:for|since|spanning|with) (?:over|more than|almost|nearly|about|around)) \Z"
)
_COMPANY_BEFORE = lazy(
    r"\b(?:for|with|has|have|over|more than|nearly|almost|of|our|we(?:'|’)ve) (?:over |more than |nearly |almost |"
    r"about |our )?\Z"
)
# Words right after "years" that do so.
_NOT_AFTER = lazy(
    r"[ ,’'-]*(?:old\b|of age\b|ago\b|degree|college|university|institution|contract|fixed|term\b|ftc\b|plan\b|"
    r"program|track record|in business|"
    r"of excellence|of combined|combined|of innovation|of success|of history|of service|of employment|of continuous|"
    r"of change|of growth|"
    r"of tenure|of tax|appointment|anniversary|warranty|maternity|paternity|parental|vesting|project|period|agreement|"
    r"minimum background|"
    r"background investigation|of additional|history\b|legacy|running|in a row|strong\b|from now|from the|to come|"
    r"visa|roadmap|"
    r"since\b|and (?:counting|today)|and older|or older|later|young\b|completed|olds?\b|of (?:school|study|university|"
    r"college|coursework)|"
    r"of our|of (?:helping|serving|delivering|making|building)\b)"
)
_COMPANY = lazy(
    r"\b(?:we|our|us|company|founded|clients|firm|team|brand|startup|is an?|has been|have been|inc|ltd|gmbh|"
    r"customers)\b"
)
_APPLICANT = lazy(
    r"\b(?:you|your|candidates?|must|require[ds]?|requirements?|minimum|at least|applicants?|need|looking for|seeking|"
    r"should|someone|ideally|"
    r"qualif\w+|mindestens|equivalent)\b"
)
_PREFERRED_AFTER = lazy(
    r"(?:\b(?:preferred|desired|desirable|(?:plus|bonus|advantage|asset)\b|nice to have|beneficial|advantageous|not required|"
    r"of advantage)|von vorteil|wünschenswert)(?! to| of| by| qualif)"
)
# Without one of these there is none.
_PREFERENCES = (
    *("prefer", "desir", "plus", "bonus", "advantage", "asset", "nice", "benefi", "not required", "vorteil"),
    *("wünschens", "a +", "welcome", "helpful", "ideally"),
)
_PREFERRED_BEFORE = lazy(
    r"\b(?:preferred|preferably|ideally|desired|desirable|nice to have|bonus|a plus|prefer(?:ence)?)\b[^.;)]{0,25}\Z"
)
_PREFERRED_PART = lazy(
    r"\b(?:preferred|desired|additional|bonus) (?:qualifications?|experience|skills|requirements?)\b|\bnice to haves?\b"
)
_ASIDE = lazy(r"\((?!preferred|desired|nice)[^()]{0,120}\)")
_GENERAL_AFTER = lazy(
    r"[’' -]*(?:of |in )?(?:[\w-]+[, /]+){0,2}?(?:professional|relevant|related|industry|industrial|work|overall|"
    r"total|commercial|progressive|applicable|"
    r"similar|full.time|non.internship|experience(?=[.;,)\n]| in | as | required|\Z))\b"
)
# "3+ years of Python": the thing done follows directly.
_DOING_AFTER = lazy(
    r"[’']? (?:of|with|in|using|on|as|writing|coding|programming|designing|managing|working)\b(?! (?:a|our|the) (?:row|market))"
)
# (Begins with the letters that all begin with: that is five times as fast.)
_DEGREE_NEAR = lazy(
    r"[bdgmp](?:(?<=b)achelor|(?<=m)aster|(?<=d)(?:octora|iploma)|(?<=g)raduate|"
    r"(?<!\w.)(?:(?<=p)h\.? ?d|(?<=b)\.?(?:s|a|sc)\b|(?<=m)(?:\.?(?:s|a|sc)|ba)\b|(?<=d)egree|(?<=g)ed\b))"
)
_CLAUSE = lazy(r"[.;•]|\((?!preferred|desired|nice)| \+ ")
_NO_DEGREE = lazy(r"\bhigh school|\bged\b|\bassociate|\bno degree|\bin lieu of (?:an? |the )?(?:\w+ )?degree\b")
_HEADER = lazy(
    r"(?:\A|\n|\| ?)[ \t•*-]*(?:required |total |work |overall |relevant |min(?:imum)? )*exp(?:erience)?(?: required|"
    r" needed)? ?[:–-]? ?\Z"
)
_BY_DEGREE = lazy(
    r"\b(?:b\.?[as]\.?|m\.?[as]\.?|ph\.?d\.?|bachelor(?:['’]?s)?|"
    r"master(?:['’]?s)?) ?[:+/]? ?(\d{1,2})(?: ?[-–] ?\d{1,2}\b|\+)(?! ?(?:years?|yrs?))"
)
_INCLUDING = lazy(r"\b(?:includ\w+|of which|of them|focus\w*|plus at least)\b[^.;]{0,20}\Z")
_UP_TO = lazy(r"\b(?:up to|less than|under|fewer than|max(?:imum)?(?: of)?|entry.level (?:to|-)|bis zu|no more than|upto) \Z")
_WITH_DEGREE = lazy(
    r"\b(\d{1,2})\+? (?:years? )?(?:with|w/) (?:an? )?(?:\w+ )?(?:master|ph\.?d|doctor|advanced|m\.?s\b|bachelor|"
    r"b\.?s\b)"
)
_NO_EXPERIENCE = lazy(
    r"\b(?:no (?:prior |previous |work |professional |industry |relevant )*experience (?:is )?(?:required|needed|"
    r"necessary)|"
    r"no experience(?= ?(?:[.;,)\n]|$))|experience (?:is )?not (?:required|necessary|needed)|freshers?\b(?!\w)|"
    r"keine berufserfahrung)"
)
_MONTHS = lazy(
    rf"(?<![\w.,])(?P<low>{_NUMBER})(?: ?\( ?\d{{1,2}} ?\))? ?\+? ?"
    r"(?P<word>months)['’]?(?: of)? (?:\w+ ){0,2}?experience"
)
_FIELD_LINE = lazy(r"[ \t•*-]*[\w#+./& -]{1,40}: \Z")
_YEARS_FIRST = lazy(
    r"years? of (?:\w+ ){0,3}experience(?: required| needed)? ?[:=–-] ?(?:minimum |at least )?(\d{1,2})(?![\d,.]*\d)"
)


def _number(word: str) -> int:
    known = _NUMBER_WORDS.get(word)
    return known if known is not None else int(float(word))


def years(document: Document) -> YearsReading | None:
    r"""Return the minimum years of professional experience that the posting requires, and the words that say so.

    The main requirement counts, not a sub-clause ("including 2 years with AWS"); of a range its lower end, of
    alternatives by degree the smallest. The company's age, contract lengths, benefits and preferences do not count.

    Examples
    --------
    >>> from jobsort.text import read_document
    >>> from jobsort.types import Posting
    >>> text = "For over 30 years we lead.\nRequirements\n- At least three (3) to five years of experience with ML"
    >>> reading = years(read_document(Posting(text)))
    >>> reading.years, reading.high, reading.mention.text
    (3, 5, 'three (3) to five years')
    """
    candidates = list(_year_candidates(document, document.lowered))
    if not candidates:
        return None
    chosen = _choose_years(candidates)
    tied = [candidate for candidate in candidates if candidate.degree] if chosen.degree else []
    high = max([chosen.high or 0, *(max(item.low, item.high or 0) for item in tied)])
    mention = Mention(document.text[chosen.start : chosen.end], chosen.start, chosen.end)
    return YearsReading(chosen.low, mention, high if high > chosen.low else None, len(tied) > 1)


_YEAR_STEMS = group(
    *("year", "yr", "yoe", "jahr", "ans d", "años", "months"),
    *("no ", "experience not", "experience is not", "fresher", "keine berufs"),
)


def _year_candidates(document: Document, low: str) -> Iterator[_Candidate]:
    stated = document.places(_YEAR_STEMS)
    finder = _Sentences(document)
    for at in stated:
        word = _YEAR_WORD.match(low, at)
        quantity = _QUANTITY.search(low, max(0, at - 48), at) if word is not None else None
        if word is not None and quantity is not None:
            yield from _year_candidate(low, finder, quantity, word.end())
        else:
            yield from _other_candidate(low, finder, at)
    if "bs " in low and len(pairs := list(_BY_DEGREE.finditer(low))) > 1:
        for match in pairs:
            yield _Candidate(int(match.group(1)), None, match.start(), match.end(), -1, degree=True)


def _other_candidate(low: str, finder: _Sentences, at: int) -> Iterator[_Candidate]:
    """Read what does not name a number before the word "years": a field, months, no experience."""
    index, sentence = finder.around(at)
    if sentence is None or sentence.kind == "preferred":
        return
    if low[at] in "yja":
        field = _YEARS_FIRST.match(low, at)
        if field is not None:
            yield _Candidate(int(field.group(1)), None, at, field.end(), index, general=True)
        return
    if sentence.kind in {"legal", "benefits"}:
        return
    if low[at] == "m":
        months = _MONTHS.search(low, max(0, at - 24), at + 60)
        if months is not None and months.start("word") == at and sentence.kind != "about":
            yield _Candidate(_number(months["low"]) // 12, None, months.start(), at + 6, index)
        return
    none = _NO_EXPERIENCE.match(low, at)
    if none is not None:
        degree = _DEGREE_NEAR.search(low, sentence.start, none.start()) is not None
        yield _Candidate(0, None, none.start(), none.end(), index, degree, general=True)


def _year_candidate(low: str, finder: _Sentences, quantity: re.Match[str], end: int) -> Iterator[_Candidate]:
    start = quantity.start()
    index, sentence = finder.around(start)
    if sentence is None:
        return
    minimum = _number(quantity["low"])
    high = _number(quantity["high"]) if quantity["high"] else None
    if minimum > 20 or (high is not None and high <= minimum and quantity["high"]):
        if minimum > 20:
            return
        high = None
    stop = max(sentence.end, end)
    before = low[max(sentence.start, start - 70) : start]
    after = low[end : min(stop, end + 130)]
    kind = sentence.kind
    applicant = _APPLICANT.search(low, sentence.start, stop) is not None
    if _NOT_BEFORE.search(before) or _NOT_AFTER.match(after):
        return
    if kind == "preferred" and "(required)" not in after[:14]:
        return
    if "(required)" not in after[:14]:
        clause = _CLAUSE.split(_ASIDE.sub("", low[end : min(stop, end + 200)]), maxsplit=1)[0][:130]
        if _says_preference(clause) and _PREFERRED_AFTER.search(clause):
            return
        if _PREFERRED_BEFORE.search(before):
            return
        if start - sentence.start > 60 and any(
            "minimum" not in low[part.end() : start] for part in _PREFERRED_PART.finditer(low, sentence.start, start)
        ):
            return
    if kind in {"about", "intro", "benefits", "legal", "duties"}:
        # Outside of the requirements a figure needs to be about experience, and about the applicant's.
        if not _STRONG_EXPERIENCE.search(low, max(sentence.start, start - 70), min(stop, end + 110)) and not (
            kind in {"intro", "duties"}
            and (applicant or "+" in quantity.group())
            and (_DOING_AFTER.match(after) or _EXPERIENCE.search(after))
        ):
            return
        if not applicant and _COMPANY.search(before) and (_COMPANY_BEFORE.search(before) or kind == "about"):
            return
    field = 0
    if _FIELD_LINE.match(low, sentence.start, start) and ("(required)" in after[:14] or "(preferred)" in after[:14]):
        field = 1
    elif start == sentence.start and end == sentence.end:
        field = 2
    if _HEADER.search(low, max(0, start - 40), start):
        field = 3
    if _UP_TO.search(before):
        high, minimum = minimum, 0
    if _INCLUDING.search(before):
        return
    ahead = _DEGREE_NEAR.search(low, sentence.start, start) or _DEGREE_NEAR.search(after[:60])
    degree = ahead is not None and not field
    if ahead is not None and _NO_DEGREE.search(low, max(sentence.start, start - 120), start):
        # What suffices without a degree is never less than what is asked with one.
        return
    general = _GENERAL_AFTER.match(after) is not None
    yield _Candidate(minimum, high, start, end, index, degree, general, field)
    if "with" in after:
        for other in _WITH_DEGREE.finditer(low, end, min(stop, end + 160)):
            yield _Candidate(int(other.group(1)), None, other.start(1), other.end(1), index, degree=True, general=True)


def _says_preference(clause: str) -> bool:
    return any(word in clause for word in _PREFERENCES)


def _choose_years(candidates: list[_Candidate]) -> _Candidate:
    header = next((candidate for candidate in candidates if candidate.field == 3), None)
    if header is not None:
        return header
    plain = [candidate for candidate in candidates if not candidate.field]
    if not plain:
        lines = [candidate for candidate in candidates if candidate.field == 2]
        return min(lines, key=lambda item: item.low) if lines else max(candidates, key=lambda item: item.low)
    tied = [candidate for candidate in plain if candidate.degree]
    if tied:
        return min(tied, key=lambda item: item.low)
    # The first figure of a sentence is its own; what follows in the same sentence narrows it down.
    first: dict[int, _Candidate] = {}
    for candidate in plain:
        first.setdefault(candidate.sentence, candidate)
    # The first general figure ("of industry experience") closes the search, though not below what stood before it.
    upto: list[_Candidate] = []
    for candidate in first.values():
        upto.append(candidate)
        if candidate.general:
            break
    return max(upto, key=lambda item: item.low)


# --- degree -----------------------------------------------------------------------------------------------------

_LEVELS = {"bachelor": Degree.BACHELOR, "master": Degree.MASTER, "phd": Degree.PHD}
_RANK = {Degree.BACHELOR: 1, Degree.MASTER: 2, Degree.PHD: 3}
# Where a degree can stand; each place is then judged.
_STEMS = group(
    "degree", "bachelor", "master", "doctora", "ph.d", "phd", "ph. d", "ph d", "diplom", "studium", "abschluss",
    "undergraduate", "postgraduate", "post-graduate", "high school", "associate", "licence en", "-year student",
    "year bsc",
    "promotion in",
)  # fmt: skip
_STEM_LEVEL = lazy(
    r"(?P<phd>ph\.? ?d\b\.?(?:['’]?s\b)?|doctora(?:te|l)\b|promotion in )"
    r"|(?P<master>master(?:['’]?s\b(?! of (?:the|their|your))| (?:degree|of (?:science|arts|engineering|business|"
    r"technology|public)|level|"
    r"studium|student)\b| in (?:computer|data|stat|math|engineering|science|physics|business)| ?(?:/|or\b|and\b|,|"
    r"oder\b) ?(?:ph\.? ?d|doctor|bachelor))|post-?graduate (?:degree|qualification|studies)|"
    r"diplom-?(?:ingenieur|informatik|studium))"
    r"|(?P<bachelor>bachelor(?:['’]?s)?\b|undergraduate (?:degree|stud|qualification|level)|(?:hoch)?studium\b|"
    r"abschluss\b|licence en|-year student|year bsc)"
    r"|(?P<none>high school (?:diploma|graduate|degree|or)|associate(?:['’]?s?)?['’]? (?:degree|or bachelor)|"
    r"associate['’]?s in\b)"
    r"|(?P<any>degrees?\b(?! of\b))",
)
# Two capitals are much else, too: "BA" is a business analyst, "MS" Microsoft. Dots, or what follows, tell.
_SHORT_DEGREE = lazy(
    r"(?P<bachelor>(?<![A-Za-z.])(?:B\.S\.?|B\.A\.?|B\.E\.|B\. ?Sc\.?|BSc|BSC|BEng|B\.Eng|B\.? ?Tech|BTECH|"
    r"BCA)(?![a-z])|"
    r"(?<![A-Z])B[SAE](?= ?/ ?(?:BS|BA|B|M|Ph)| ?(?:or|and|,) ?(?:BS|BA|M|Ph|an? |higher|above|equiv)| in [A-Za-z]|"
    r" [Dd]egree| with \d| preferred| required|\)| \d+[-+]))"
    r"|(?P<master>(?<![A-Za-z.])(?:M\.S\.?|M\.A\.?|M\.E\.|M\. ?Sc\.?|MSc|MSC|MEng|M\.Eng|M\.? ?Tech|MTECH|MBA|"
    r"MCA)(?![a-z])|"
    r"(?<![A-Z])M[SA](?= ?/ ?(?:MA|MS|M|Ph|PH)| ?(?:or|and|,) ?(?:[Pp][Hh]|M[AS]|BS|higher|above|equiv)|"
    r" in [A-Z][a-z]| in an? | [Dd]egree| with \d| preferred| required|\)|,? Ph| \d+[-+]| in )|(?<=/)MS\b)"
    r"|(?P<none>\bGED\b)"
)
_CAPITALS = lazy(r"[BM](?:\.|[ASE]\b|Sc|SC|Tech|TECH|Eng|T|BA|CA)|GED\b")
_BEFORE_DEGREE = lazy(
    r"(?P<master>(?:advanced|\bpost-?graduate|\b(?<!under)graduate|\bhigher)(?: \w+)? )\Z"
    r"|(?P<bachelor>\b(?:college|university|four[- ]year|4[- ]year|honou?rs|first|undergraduate) )\Z"
    r"|(?P<none>\bno )\Z|(?P<trap>\b(?:high|some|certain|varying|large|great|greater|360|\d+|any|greatest|highest|"
    r"minimal|relevant|right)[- ]?)\Z",
)
_DEGREE_PREFERRED = lazy(
    r"\b(?:preferred|desired|desirable|(?:a|an|strong|big|huge|definite|is) (?:plus|bonus|advantage|asset)|"
    r"nice[- ]to[- ]have|beneficial|"
    r"advantageous|of advantage|ideally|von vorteil|wünschenswert|a \+|welcome|helpful)"
)
_DEGREE_PREFERRED_BEFORE = lazy(
    r"\b(?:preferred|preferably|ideally|desired|prefer|bonus|nice to have|plus)\b[^.;()]{0,25}\Z", re.IGNORECASE
)
_NOT_REQUIRED = lazy(r"not (?:strictly |necessarily )?(?:required|necessary|needed)", re.IGNORECASE)
_DEGREE_COMPANY = lazy(
    r"\b(?:our (?:team|people|engineers|scientists|founders|staff|group)|team members|we are an?|whose|tuition|"
    r"scholarship|reimbursement|assistance|programs? range|"
    r"employees|pursue (?:a|your)|faculty|degree programs?|sponsor\w*|thesis|theses|founded by|students? (?:in|at|"
    r"from))\b",
    re.IGNORECASE,
)
_DEGREE_SOLID = lazy(
    r"degrees? (?:in|required|or|from|level|qualified)\b|\b(?:hold|have|require|must|pursuing|educat|qualification|"
    r"minimum|completed|drawing on|with an?)",
    re.IGNORECASE,
)
_CLAUSE_END = lazy(r"[;\n]|(?<!\.[A-Za-z])\. (?=[A-Z])|\.\Z")


def _degree_places(document: Document) -> list[tuple[int, int, str]]:
    text, low = document.text, document.lowered
    found: list[tuple[int, int, str]] = []
    for at in document.places(_STEMS):
        match = _STEM_LEVEL.match(low, at)
        if match is None:
            continue
        name = match.lastgroup or "any"
        start = at
        if name == "any":
            kind = _BEFORE_DEGREE.search(low, max(0, at - 30), at)
            if kind is not None:
                name, start = kind.lastgroup or name, kind.start()
        elif name in {"phd", "none"} and at and (low[at - 1].isalpha() or low[max(0, at - 5) : at] in {"post-", "post "}):
            continue
        if name != "trap":
            found.append((start, match.end(), name))
    for letter in "BMG":
        at = text.find(letter)
        while at >= 0:
            match = _SHORT_DEGREE.match(text, at) if _CAPITALS.match(text, at) else None
            if match is not None:
                found.append((at, match.end(), match.lastgroup or "any"))
            at = text.find(letter, at + 1)
    found.sort()
    return found


def degree(document: Document) -> tuple[Degree, Mention] | None:
    r"""Return the lowest degree that the posting requires, and the words that say so.

    A degree that is only preferred counts where it stands among the requirements and nothing else is asked; one under
    "nice to have" does not. A degree without a level is a bachelor's; a high school diploma or an associate degree
    that suffices means that none of the three is required.

    Examples
    --------
    >>> from jobsort.text import read_document
    >>> from jobsort.types import Posting
    >>> text = "Requirements\n- BS/MS/PhD in Computer Science\n- You master SQL and MS Office"
    >>> degree(read_document(Posting(text)))
    (<Degree.BACHELOR: 'bachelor'>, Mention(text='BS', start=15, end=17))
    """
    text = document.text
    named = _degree_places(document)
    if not named:
        return None
    finder = _Sentences(document)
    required: list[tuple[int, int, int]] = []
    weak: list[tuple[int, int, int]] = []
    levelled: set[int] = set()
    unlevelled: list[tuple[int, bool, tuple[int, int, int]]] = []
    for start, end, name in named:
        index, sentence = finder.around(start)
        if sentence is None or start >= sentence.end or sentence.kind in {"preferred", "title"}:
            continue
        if name == "none":
            if _suffices(text, sentence, start, end):
                return None
            continue
        if sentence.kind != "requirements" and not _asks(text, sentence, start, name):
            continue
        verdict = _wanted(text, sentence, start, end)
        if verdict is None:
            continue
        if name == "any":
            unlevelled.append((index, verdict, (1, start, end)))
            continue
        levelled.add(index)
        (required if verdict else weak).append((_RANK[_LEVELS[name]], start, end))
    for index, verdict, place in unlevelled:
        # "A master's or another STEM degree": the named level is the sentence's.
        if index not in levelled:
            (required if verdict else weak).append(place)
    found = required or weak
    if not found:
        return None
    rank, start, end = min(found)
    level = next(level for level, value in _RANK.items() if value == rank)
    return level, Mention(text[start:end], start, end)


def _suffices(text: str, sentence: Sentence, start: int, end: int) -> bool:
    """Tell whether a school diploma or associate degree is asked here, and not merely mentioned."""
    if sentence.kind not in {"requirements", "intro", "duties"}:
        return False
    before = text[sentence.start : start]
    clause = re.split(r"[,;.(]", text[end : min(sentence.end, end + 60)].lower(), maxsplit=1)[0]
    if _DEGREE_PREFERRED.search(clause) or "considered" in clause:
        return False
    return len(before) < 16 or before[-16:].lower().endswith(
        ("bachelor's or ", "bachelor’s or ", "bachelors or ", "minimum of a ", "at least a ")
    )


def _asks(text: str, sentence: Sentence, start: int, name: str) -> bool:
    """Tell whether a sentence outside of the requirements asks for a degree, or tells of people who have one."""
    if sentence.kind in {"benefits", "legal"} and start - sentence.start > 60:
        return False
    if _DEGREE_COMPANY.search(text, sentence.start, sentence.end):
        return False
    return name != "any" or _DEGREE_SOLID.search(text, sentence.start, sentence.end) is not None


def _wanted(text: str, sentence: Sentence, start: int, end: int) -> bool | None:
    """Return True for required, False for preferred among the requirements, None for neither."""
    after = text[end : min(sentence.end, end + 130)]
    inside = after.find(")")
    if 0 <= inside < (after.find("(") if "(" in after else len(after)):
        # "BS (MS preferred)": said of the degree within the brackets alone.
        aside = after[:inside]
        after = aside if _DEGREE_PREFERRED.search(aside.lower()) or "equired" in aside else aside + after[inside + 1 :]
    else:
        after = _ASIDE.sub("", after)
    clause = _CLAUSE_END.split(after, maxsplit=1)[0]
    lowered = clause.lower()
    preferred = _DEGREE_PREFERRED.search(lowered) if _says_preference(lowered) else None
    before = text[max(sentence.start, start - 40) : start]
    if preferred is None and not _DEGREE_PREFERRED_BEFORE.search(before):
        return True
    # "Master's required, PhD preferred": the nearer word is this degree's.
    required = lowered.find("required")
    if preferred is not None and 0 <= required < preferred.start() and not _NOT_REQUIRED.search(clause):
        return True
    if sentence.kind != "requirements" or _NOT_REQUIRED.search(clause):
        return None
    return False


# --- salary -----------------------------------------------------------------------------------------------------

_SYMBOLS = {
    "us$": "USD", "usd$": "USD", "c$": "CAD", "ca$": "CAD", "cad$": "CAD", "a$": "AUD", "au$": "AUD", "aud$": "AUD",
    "s$": "SGD", "sg$": "SGD", "nz$": "NZD", "hk$": "HKD", "r$": "BRL", "mx$": "MXN", "£": "GBP", "€": "EUR",
    "₹": "INR", "¥": "JPY", "rs": "INR", "rs.": "INR", "zł": "PLN", "r": "ZAR", "euro": "EUR", "euros": "EUR",
}  # fmt: skip
_CODE = "USD|GBP|EUR|INR|CAD|AUD|SGD|CHF|AED|SEK|NOK|DKK|PLN|CZK|JPY|BRL|MXN|ZAR|NZD|HKD"
_PRE = (
    rf"(?:\b(?:US|USD|CA?|CAD|AU?|AUD|SG?|NZ|HK|R|MX) ?)?\$|[£€₹¥]|"
    rf"\b(?:{_CODE})\b\)?|\bRs\.?(?= ?\d)|\bR(?=\d{{2,3}}[ ,]\d{{3}})"
)
_POST = rf"€|£|(?<=\d)\$|\b(?:{_CODE}|zł|PLN|[Ee]uros?|EURO?)\b"
_AMOUNT = (
    r"\d{1,3}(?:[,.'’ ]\d{2,3})*[,.]\d{3}(?:[.,]\d{1,2})?(?!\d)|"
    r"\d{1,3}(?:['’ ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d{1,7}(?:[.,]\d{1,2})?(?!\d)"
)
_SUFFIX = (
    r" ?(?:[kK]\b|[Ll]akhs?\b|[Ll]acs?\b|LPA\b|lpa\b|L\b|[Cc]rores?\b|[Cc]r\b|[Mm]illion\b|[Mm]io\b|MM?\b|"
    r"m\b|[Bb]illion\b|bn\b|[BT]\b|[Tt]rillion\b)"
)
_PER = r" ?(?:/|per |a |an |p\.? ?)(?:hour|hr|h|day|week|month|year|yr|annum|a\.?)\b\.?"
_DASH = r"[ \n]?(?:-{1,3}|–|—|−|‐|‑|~|to|and|bis|until|till|TO|up to|à|through)[ \n]{0,2}-? ?"
_MONEY = lazy(
    rf"(?P<pre>{_PRE}) ?(?P<a>{_AMOUNT})(?P<as>{_SUFFIX})?(?P<code>(?: ?(?:{_CODE})\b)?)(?:{_PER})?"
    rf"(?:{_DASH}(?:{_PRE})? ?(?P<b>{_AMOUNT})(?P<bs>{_SUFFIX})?(?P<code2>(?: ?(?:{_CODE})\b)?))?"
)
_LPA = lazy(
    rf"(?<![\d.,])(?P<a>\d{{1,3}}(?:\.\d{{1,2}})?)(?P<as>{_SUFFIX})?"
    rf"(?:{_DASH}(?P<b>\d{{1,3}}(?:\.\d{{1,2}})?))? ?(?P<post>LPA|lpa|[Ll]akhs?|[Ll]acs?)\b"
)
_BARE_K = lazy(rf"(?<![\d.,$£€])(?P<a>\d{{2,3}})(?P<as>[kK])?{_DASH}(?P<b>\d{{2,3}})(?P<bs>[kK])\b")
_BEFORE_POST = lazy(
    rf"(?<![\d.,])(?P<a>{_AMOUNT})(?P<as>{_SUFFIX})?(?: ?(?:{_POST}))?"
    rf"(?:{_DASH}(?P<b>{_AMOUNT})(?P<bs>{_SUFFIX})?)? ?\Z"
)
_POST_WORD = lazy(_POST)
_SIGNS = group("$", "£", "€", "₹", "¥", written=True)
_THOUSANDS = group("0k", "5k", "0K", "5K", written=True)
_NAMES = group(
    *_CODE.split("|"), "zł", " euro", "Euro", "Rs", " R1", " R2", " R3", " R4", " R5", " R6", " R7", " R8", " R9",
    written=True,
)  # fmt: skip
_PREFIX = lazy(r"\b(?:US|USD|CA?|CAD|AU?|AUD|SG?|NZ|HK|R|MX) ?\Z")
_PAY_CUE = lazy(
    r"salar(?:y|ies)|\bpay\b|\bpaid\b|compensation|\bbase\b|wages?\b|remuneration|\bctc\b|\bearn|hourly|hiring range|"
    r"\brate\b|gehalt|"
    r"vergütung|package|rémunération|salaire|annual(?:ly|ized)?\b|\bote\b|on.target|per annum|budget of|"
    r"starting (?:at|from)|lohn\b|stipend of|salario"
)
_PAY_AFTER = lazy(
    r"[^\n]{0,28}?(?:per (?:hour|day|week|month|year|annum)|/ ?(?:hour|hr|h|day|week|month|mo|year|yr|annum|y)\b|"
    r"hourly|annual|p\.? ?a\.?\b|p/?a\b|"
    r"a year|an hour|a day|a month|yearly|monthly|gross|brutto|salary|base\b|doe\b|depending on|dependent on|"
    r"\+ ?(?:bonus|equity|benefits)|ctc|pro jahr|"
    r"pro monat|an?nuel)"
)
_NOT_PAY_NEAR = lazy(
    r"\b(?:raised|raise|funding|fund(?:ed)?|series [a-h]|revenues?|arr|valuation|valued|budgets?|assets|aum|customers|"
    r"clients|spend(?:ing)?|sales of|"
    r"turnover|market cap|investments?|invested|investors|backed|portfolio|transactions|saved|savings of|grants?|"
    r"prizes?|expenditures?|processing|deals?|quota)\b"
)
_NOT_PAY_CLOSE = lazy(
    r"\b(?:stipend|allowance|reimburse\w*|bonus(?:es)?|referr?al|refer|sign.?on|signing|relocation|tuition|training|"
    r"learning (?:budget|and|&|allowance|fund)|education|wellness|"
    r"wellbeing|gym|home office|equipment|insurance|coverage|top.up|deductible|premium|401|match\w*|voucher|gift|"
    r"per diem|commission|development (?:budget|fund)|"
    r"contribution|credit|donation|discount|check for|scholarship|equity|stock|rsus?|conference|fitness|internet|"
    r"phone|lunch|meal|childcare|caregiver|wifi|remote work)\b"
)
_PERIODS = (
    ("hour", lazy(r"/ ?h(?:ou)?r?\b|per hour|an hour|hourly|p\.?h\.?\b|pro stunde|/std")),
    ("day", lazy(r"/ ?day|per day|a day\b|daily|day rate|p\.?d\.?\b|pro tag|tagessatz")),
    ("week", lazy(r"/ ?week|per week|a week\b|weekly|/wk\b")),
    ("month", lazy(
        r"/ ?mo(?:nth)?\b|per month|a month\b|monthly|pro monat|p\.?m\.\b|/mth\b|monatlich|mensuel|par mois"
    )),
    (
        "year",
        lazy(
            r"/ ?y(?:ea)?r?\b|per (?:year|annum)|a year\b|annual\w*|yearly|p\.? ?a\.?\b|p/a\b|pro jahr|jährlich|"
            r"jahresgehalt|par an|annuel"
        ),
    ),
)  # fmt: skip


@dataclass(slots=True)
class _Pay:
    low: float
    high: float
    single: bool
    currency: str
    period: str
    score: int
    start: int
    end: int


def salary(document: Document, board: Salary | None = None) -> Salary | None:
    """Return the pay stated for the job: the board's own where it has some, else what the text says.

    Of one number, `min` and `max` are equal. Bonuses, stipends, funding and budgets are not pay. A dollar is a US
    dollar unless Canada, Australia, Singapore or New Zealand stands nearby.

    Examples
    --------
    >>> from jobsort.text import read_document
    >>> from jobsort.types import Posting
    >>> salary(read_document(Posting("We raised $50M. Salary range: $121,500 - $163,500 plus a $5,000 sign-on bonus.")))
    Salary(min=121500.0, max=163500.0, currency='USD', period='year')
    """
    if board is not None:
        return board
    found = _find_pay(document)
    return None if found is None else Salary(found.low, found.high, found.currency, found.period)


def _amount(number: str, suffix: str | None) -> float | None:
    digits = re.sub(r"['’ ]", "", number)
    # The last mark is a decimal one when two digits or one follow it and not three.
    if re.search(r"[.,]\d{1,2}$", digits):
        whole, fraction = re.split(r"[.,](?=\d{1,2}$)", digits)
        value = float(f"{re.sub(r'[.,]', '', whole)}.{fraction}")
    else:
        value = float(re.sub(r"[.,]", "", digits))
    factor = _factor(suffix)
    if factor == 1e3 and value >= 1000:
        factor = 1.0  # "$50,000-60,000k"
    return None if factor is None else round(value * factor, 2)


def _factor(suffix: str | None) -> float | None:
    word = (suffix or "").strip().lower()
    if not word:
        return 1.0
    if word == "k":
        return 1e3
    if word in {"lpa", "l", "lakh", "lakhs", "lac", "lacs"}:
        return 1e5
    if word in {"cr", "crore", "crores"}:
        return 1e7
    return None


_DOLLAR = lazy(
    r"(?P<CAD>(?:CAD|Canad(?:a|ian)|Toronto|Vancouver|Montr[eé]al|Ontario|British Columbia|RRSP)\b)|"
    r"(?P<AUD>(?:AUD|Australian?|Sydney|Melbourne|Brisbane|superannuation|super)\b)|"
    r"(?P<SGD>(?:SGD|Singapore)\b)|"
    r"(?P<NZD>(?:NZD|New Zealand|Auckland)\b)|"
    r"(?P<USD>USD?\b|U\.S\.|(?:United States|California|New York)\b|401)"
)
_DOLLAR_STEMS = group(
    "CAD", "Canad", "Toronto", "Vancouver", "Montr", "Ontario", "British C", "RRSP", "AUD", "Australia", "Sydney", "Melbourne",
    "Brisbane", "super", "SGD", "Singapore", "NZD", "New Zealand", "Auckland", "US", "U.S.", "United States", "California",
    "New York", "401",
    written=True,
)  # fmt: skip
_DOLLAR_CODES = ("CAD", "AUD", "SGD", "NZD", "USD")


def _dollar(document: Document, start: int, end: int) -> str:
    """Tell whose dollar it is: what stands nearest to the pay decides, then the beginning of the posting."""
    near = [(abs(at - start), code) for at, code in _dollars(document, max(0, start - 120), end + 60)]
    if near:
        return min(near)[1]
    return min((code for _, code in _dollars(document, 0, 300)), key=_DOLLAR_CODES.index, default="USD")


def _dollars(document: Document, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield where names of countries with dollars stand, and whose."""
    text = document.text
    for at in document.places(_DOLLAR_STEMS, start, end):
        match = None if at and (text[at - 1].isalnum() or text[at - 1] == "_") else _DOLLAR.match(text, at)
        if match is not None and match.lastgroup is not None and match.end() <= end:
            yield at, match.lastgroup


def _at_marks(document: Document, marks: list[int]) -> list[_Pay]:
    text = document.text
    found = []
    done = -1
    for mark in marks:
        at = mark + (text[mark] == " ")
        if at < done:
            continue
        prefix = _PREFIX.search(text, max(0, at - 4), at) if text[at] == "$" else None
        match = _MONEY.match(text, prefix.start() if prefix else at)
        if match is not None:
            done = match.end()
            pay = _pay(document, match, match["pre"])
        else:
            after = _POST_WORD.match(text, at)
            match = _BEFORE_POST.search(text, max(0, at - 40), at) if after else None
            if match is None or after is None:
                continue
            pay = _pay(document, match, after.group(), end=after.end())
        if pay is not None:
            found.append(pay)
    return found


def _find_pay(document: Document) -> _Pay | None:
    text = document.text
    # Signs first: most pay has one, and the many codes cost more to look up.
    found = _at_marks(document, document.places(_SIGNS)) or _at_marks(document, document.places(_NAMES))
    if "LPA" in text or "lpa" in text or "akh" in text or "acs" in text:
        found += [pay for match in _LPA.finditer(text) if (pay := _pay(document, match, "inr", lakh=True))]
    if not found and document.places(_THOUSANDS):
        found += [pay for match in _BARE_K.finditer(text) if (pay := _pay(document, match, "$", bare=True))]
    if not found:
        return None
    found = _join(text, sorted(found, key=lambda pay: pay.start))
    best = max(pay.score for pay in found)
    return next(pay for pay in found if pay.score == best)


_BETWEEN = lazy(
    r"\A[^$£€\n]{0,45}\b(?:up to|and|to|through)\b[^$£€\d\n]{0,20}\Z|\A[^$£€\d]{0,30}\b(?:[Mm]aximum|"
    r"[Mm]ax)\b[^$£€\d]{0,40}\Z"
)


def _join(text: str, found: list[_Pay]) -> list[_Pay]:
    """Make one range of two figures that name its ends apart: "$90,000 in one place up to $120,000 in another"."""
    joined: list[_Pay] = []
    for pay in found:
        last = joined[-1] if joined else None
        if last is not None and pay.start < last.end:
            if (pay.score, not pay.single, pay.end - pay.start) > (last.score, not last.single, last.end - last.start):
                joined[-1] = pay
            continue
        if (
            last is not None
            and last.single
            and pay.single
            and last.currency == pay.currency
            and last.period == pay.period
            and last.low < pay.high <= last.low * 4
            and pay.start - last.end < 110
            and (
                _BETWEEN.search(text[last.end : pay.start])
                or re.search(r"(?i)\A.{0,70}\b(?:or|midpoint)\b.{0,20}\Z", text[last.end : pay.start], re.DOTALL)
            )
        ):
            joined[-1] = _Pay(
                last.low,
                pay.high,
                "idpoint" in text[last.end : pay.start],
                last.currency,
                last.period,
                max(last.score, pay.score) + 1,
                last.start,
                pay.end,
            )
            continue
        joined.append(pay)
    return joined


def _pay(
    document: Document, match: re.Match[str], currency: str, *, end: int = 0, lakh: bool = False, bare: bool = False
) -> _Pay | None:
    first, second = match["a"], match["b"]
    groups = match.groupdict()
    suffix, suffix2 = groups.get("as"), groups.get("bs")
    if lakh:
        suffix = suffix2 = "lakh"
    elif second and suffix2 and not suffix:
        suffix = suffix2
    high = _amount(second, suffix2) if second else None
    low = _amount(first, suffix)
    if low is None or (second and high is None):
        return None
    if high is None:
        high = low
    elif suffix and not suffix2 and high < low:
        high = _amount(second, suffix) or high
    if high < low:
        # What follows was no second end: "$20 - 10 positions".
        high, second = low, None
    start, end = match.start(), end or match.end()
    pay = _Pay(low, high, second is None, _currency(document, currency, groups, (start, end)), "", 0, start, end)
    return pay if _weigh(document.text, pay, match.group().lower(), bare=bare) else None


def _currency(document: Document, mark: str, groups: dict[str, str | None], span: tuple[int, int]) -> str:
    written = (groups.get("code2") or groups.get("code") or "").strip()
    if written:
        return written
    key = mark.lower().replace(" ", "").rstrip(")")
    if key == "$":
        return _dollar(document, *span)
    return _SYMBOLS.get(key) or key.upper()


_SAID_OF_PAY = lazy(r"salary|base|pay\b|wage")
_BARE_CUE = lazy(r"salar|\bpay\b|compensation|\bbase\b")
_PART = lazy(r"[.;!|(–—•] ?|, ")
_GOES_ON = lazy(r"[^a-z]{0,4}(?:\+|plus|and|with|,|per|a year|/|annual|base|salary|inclu|depending|\Z)")
_AND_MORE = lazy(r"[^a-z\n]{0,3}(?:plus|and|with|annual|salary|base|inclu)")
_IS_EXTRA = lazy(r"[ a-z/]{0,14}(?:stipend|allowance|reimburse|towards?|referral|sign|bonus|in equity|to use|to spend|to cover)")
_SENTENCE = lazy(r"[.!?] ")
_PER_INSIDE = lazy(_PER)


def _weigh(text: str, pay: _Pay, inner: str, *, bare: bool) -> bool:
    """Set the period and score of what may be pay; False where the words around say that it is none."""
    before = text[max(0, pay.start - 110) : pay.start].lower()
    after = text[pay.end : pay.end + 60].lower()
    line = before.rsplit("\n", 1)[-1]
    close = _SENTENCE.split(line[-45:])[-1]
    broken = after.startswith("\n")
    rest = "" if broken else after.split("\n", 1)[0].split(". ", 1)[0][:34]
    if broken:
        # The period may stand on a line of its own.
        after = " " + after[1:]
    if _NOT_PAY_CLOSE.search(_PART.split(close)[-1]) and not _SAID_OF_PAY.search(close):
        return False
    small = pay.single and pay.high < 10_000
    if small and _NOT_PAY_CLOSE.search(line[-70:]) and not _SAID_OF_PAY.search(before[-70:]):
        return False
    if not _GOES_ON.match(rest) and _NOT_PAY_CLOSE.search(rest):
        return False
    if not _AND_MORE.match(rest) and _IS_EXTRA.match(rest):
        return False
    if _NOT_PAY_NEAR.search(close) or _NOT_PAY_NEAR.search(rest[:25]):
        return False
    if bare and not _BARE_CUE.search(before[-60:]):
        return False
    period = _period(pay, inner, before[-70:], after)
    if period is None or not _plausible(pay, period):
        return False
    cue = _PAY_CUE.search(before[-90:]) is not None
    per = _PAY_AFTER.match(after) is not None or _PER_INSIDE.search(inner) is not None
    if not cue and not per and (pay.single or period != "year"):
        return False
    pay.period = period
    # In the first line, the title, a figure needs no word to be pay.
    pay.score = 3 * (cue or text.find("\n", 0, pay.start) < 0) + 2 * per + (not pay.single)
    if "estimated" in after[:30]:
        # The board's guess; what the employer says elsewhere counts for more.
        pay.score -= 3
    return True


_SMALL_UNITS = {"INR", "JPY", "CZK", "MXN", "ZAR", "SEK", "NOK", "DKK", "HKD"}
_LIMITS = {
    "year": (8_000, 3_000_000),
    "month": (400, 100_000),
    "week": (100, 30_000),
    "day": (40, 10_000),
    "hour": (5, 1_000),
}
_HOURLY = lazy(r"\brate\b|\bpay\b|wage|hour")
_MONTHLY = lazy(r"month|gross|brutto|net")


def _period(pay: _Pay, inner: str, lead: str, after: str) -> str | None:
    tail = after.split("\n", maxsplit=1)[0][:30]
    said: list[tuple[int, str]] = []
    for name, pattern in _PERIODS:
        match = pattern.search(inner) or pattern.search(tail)
        if match and _plausible(pay, name):
            said.append((match.start(), name))
    if said:
        return min(said)[1]
    for name, pattern in _PERIODS:
        said += [(match.end(), name) for match in pattern.finditer(lead)]
    if said and _plausible(pay, max(said)[1]):
        return max(said)[1]
    if pay.low >= 10_000:
        return "year"
    if 8 <= pay.low <= 300 and _HOURLY.search(lead):
        return "hour"
    if 1000 <= pay.low < 10_000 and _MONTHLY.search(lead + tail):
        return "month"
    return None


def _plausible(pay: _Pay, period: str) -> bool:
    floor, ceiling = _LIMITS[period]
    if pay.currency in _SMALL_UNITS:
        ceiling *= 100
    return floor <= pay.low and pay.high <= ceiling and pay.high <= pay.low * 8
