"""How senior a posting is, and which words say so.

Evidence in order of trust: words of the title; years of experience; duties (ownership, mentoring, guidance); the people
one reports to or manages; grade codes. The title wins where they disagree: it is where the employer states the level.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from jobsort.patterns import lazy
from jobsort.stems import group
from jobsort.types import Seniority, SeniorityEvidence

if TYPE_CHECKING:
    from jobsort.facts import YearsReading
    from jobsort.stems import Stems
    from jobsort.text import Document

ENTRY, MID, SENIOR, LEADERSHIP = Seniority.ENTRY, Seniority.MID, Seniority.SENIOR, Seniority.LEADERSHIP


class SeniorityReading(NamedTuple):
    """The level of a posting, how sure that is, and the words that say so.

    Attributes
    ----------
    level
        One of the four levels; mid where nothing speaks for another.
    confidence
        The share of postings with such evidence that are of this level, as measured on real postings.
    evidence
        The words that decided first, then what else speaks for a level; ``document.text[start:end] == text``.
    """

    level: Seniority
    confidence: float
    evidence: tuple[SeniorityEvidence, ...]


# --- the title --------------------------------------------------------------------------------------------------

# Phrases whose words are no levels; blanked before the title is read, so that offsets stay.
_TITLE_TRAPS = lazy(
    r"\blead[- ]gen(?:eration)?\b|\b(?:member of )?(?:the )?technical staff\b|\bmts\b|\bchief of staff's\b|"
    r"\boffice of (?:the )?[\w ]+|"
    r"\b(?:reports?|reporting) to (?:the )?[\w ]+|(?<=assistant) to (?:the )?[\w ]+|\bstaff (?:nurse|accountant|"
    r"auditor|attorney|writer|pharmacist|photographer|assistant|"
    r"sergeant|physician|therapist|training|development|services|support|counsel|psychologist|midwife|radiographer)\b|"
    r"\bstaffing\b|(?<![,(/–-] )\bstaff(?= ?$| (?:member|wanted))|\b(?:ai|virtual|voice|digital) assistants?\b|"
    r"\bgraduate (?:school|studies|admissions?|education|medical|recruit\w+)\b|\bstudent (?:success|services|affairs|"
    r"support|recruitment|life|loans?)\b|"
    r"\b(?:internship|graduate|apprenticeship|student|intern|trainee|placement|early careers?)(?= (?:program(?:me)?|"
    r"recruitment|talent|scheme) (?:manager|lead|coordinator|director|head))|"
    r"\bexecutive assistant\b(?= to)|\bsenior (?:living|care|citizens?|services|housing)\b|\blead (?:management|"
    r"scoring|poisoning|time)\b|\bhead ?(?:count|quarters?|hunter)\b|"
    r"\bprincipal (?:investment|component)s?\b|\bmanager(?:ial)? accounting\b|\b(?:landscape|junior) (?:school|high)\b"
)
_TRAINING = lazy(
    r"\b(?:intern(?:s|ship)?|praktik(?:um|ant\w*)|werkstudent\w*|working[- ]student|studentische\w*|students?|"
    r"trainees?|apprentice(?:ship)?s?|azubi|ausbildung|stagiaire|"
    r"stage\b(?= |$)|alternan(?:ce|t)|co-?op|placement|fresher|new grad(?:uate)?s?|graduates?|entry[- ]level|"
    r"(?<!data )entry|junior|jr|jnr|juniors|early[- ]careers?|academy|"
    r"thesis|abschlussarbeit|berufseinsteiger\w*|volontariat|débutant|becari[oa]|residency)\b"
)
_LEADS = lazy(
    r"\b(?:directors?|head|(?:e|s)?vp|vice[- ]president|president|chief|c[teifdmoa]o|ciso|caio|manager|mgr|managing|"
    r"supervisor|superintendent|foreman|partner(?= ?$)|"
    r"\w*leiter(?:in)?|directeur|directrice|gerente|dean|founder)\b"
)
_SENIOR = lazy(
    r"\b(?:senior|sr|snr|lead|leader|principal|staff|architect|distinguished|founding|expert|techlead|professor|"
    r"fellow(?= ?$)|seasoned|experienced|confirmé)\b"
)
_MIDDLE = lazy(
    r"\b(?:mid|middle|mid[- ]?level|medior|intermediate|post-?doc(?:toral)?|post doc(?:toral)?|research fellow|"
    r"mid-?career)\b"
)
_LOW = lazy(r"\b(?:assistant|associate|aide|helper|avp)\b")
_CRAFT_MANAGER = lazy(
    r"\b(?:product|project|program(?:me)?|account|accounts|community|success|case|category|brand|content|media|"
    r"campaign|release|partner(?:ship)?s?|"
    r"property|portfolio|relationship|territory|change|incident|vendor|crm|seo|growth|engagement|process|proposal|"
    r"contract|contracts|bid|event|events|"
    r"marketing|communications|delivery|implementation|solutions?|research|risk|claims|compliance|configuration|"
    r"problem|records|grants?|alliance|"
    r"business development|talent|onboarding|offering|service|transition|quality|data|model risk|analytics|pricing|"
    r"insights?|policy|scrum|asset) (?:\w+ )?(?:manager|mgr)\b"
)
_ROMAN = lazy(r"(?<=[a-z)] )(?P<roman>iv|iii|ii|i|v|vi)(?=$|[ ,)/:(|–-])(?![ ]?&)")
_DIGIT = lazy(r"(?<=[a-z)] )(?:level |lvl )?(?P<digit>[1-6])(?=$| ?[,)(|–-])")
_GRADE = lazy(
    r"\b(?:l(?P<l>[1-9])|ic-?(?P<ic>[1-8])|e(?P<e>[3-8])|band (?P<band>[2-9])[a-d]?|grade (?P<g>[67])|"
    r"t(?P<t>[2-6])(?= ?\)))\b"
)
_SLASH_SENIOR = lazy(r"(?P<left>\w+)\)? ?(?:/|\bor\b|&|\bto\b) ?(?:a )?(?:sr|senior|snr)\b")
_BANK = lazy(
    r"\bbank(?:ing|s)?\b|j\.?p\.? ?morgan|goldman|morgan stanley|\bciti\b|citigroup|barclays|\bhsbc\b|\bubs\b|"
    r"wells fargo|deutsche bank|asset management|"
    r"hedge fund|capital markets|blackrock|state street|bny"
)
_PEOPLE = lazy(
    r"\b(?:direct reports|line.manage\w*|people manage\w*|(?:manage|managing|lead|leading|supervis\w+|build|hire|"
    r"grow) (?:and \w+ )?(?:an? |the |our |your )?(?:\w+ ){0,3}teams? of\b|"
    r"(?:manag|supervis)\w+ (?:and (?:mentor|coach|develop)\w* )?(?:an? |the |our |your )?(?:\w+ ){0,2}(?:team|staff|"
    r"employees|engineers|scientists|analysts|people|associates|personnel)\b|"
    r"hiring,? (?:and )?(?:firing|developing|coaching|managing|mentoring)|recruit(?:ing)?,? (?:and )?(?:develop|coach|"
    r"manage|train|retain)\w*|performance (?:reviews|appraisals|evaluations) of|"
    r"personalverantwortung|disciplinary (?:leadership|responsib\w+))"
)


class _Found(NamedTuple):
    level: Seniority
    confidence: float
    start: int
    end: int
    source: str = "title"


class _TitleWords(NamedTuple):
    title: str
    training: re.Match[str] | None
    leads: re.Match[str] | None
    senior: re.Match[str] | None
    middle: re.Match[str] | None
    slash: re.Match[str] | None


@lru_cache(maxsize=4096)
def _title_words(title: str) -> _TitleWords:
    """Look for words of level in a title; worth remembering, for titles come again from posting to posting."""
    title = _TITLE_TRAPS.sub(lambda match: "." * (match.end() - match.start()), title)
    patterns = (_TRAINING, _LEADS, _SENIOR, _MIDDLE, _SLASH_SENIOR)
    return _TitleWords(title, *(pattern.search(title) for pattern in patterns))


def _title_level(document: Document, low: str, years: int | None) -> _Found | None:
    title = low[: document.title_end]
    if not title:
        return None
    title, training, leads, senior, middle, slash = _title_words(title)
    if training is not None and not (
        leads is not None and training.group() in {"graduate", "graduates", "student", "students", "academy", "placement"}
    ):
        return _Found(ENTRY, 0.95, *training.span())
    if middle is not None and leads is None:
        # "Middle/Senior" names two levels: the lower one gets in.
        return _Found(MID, 0.9 if senior is None else 0.75, *middle.span())
    if slash is not None and leads is None and not (_SENIOR.fullmatch(slash["left"]) or slash["left"] == "principal"):
        return _Found(MID, 0.7, *slash.span())
    if leads is not None:
        found = _leader(document, low, title, leads, years)
        if found is not None:
            return found
    if senior is not None:
        return _senior(title, senior, years)
    low_word = _LOW.search(title)
    if low_word is not None:
        return _low(low, title, low_word, years)
    return _graded(title, years)


_ABOVE = lazy(r"\b(?:senior|sr|snr|principal|lead|staff)\b")


def _leader(document: Document, low: str, title: str, leads: re.Match[str], years: int | None) -> _Found | None:
    word = leads.group()
    if "vice" in word or word in {"vp", "president"}:
        manages = _distinct(_PEOPLE, _PEOPLE_STEMS, document, document.title_end)
        if _BANK.search(low) and not manages and not re.search(r"\bhead\b|\bmanag|director|[es]vp|\bof\b", title):
            return _Found(SENIOR, 0.75, *leads.span())
        if re.search(r"assistant vice|\bavp\b", title) and not manages:
            return _Found(SENIOR, 0.6, *leads.span())
        return _Found(LEADERSHIP, 0.9, *leads.span())
    if word == "founder" and "co" not in title[: leads.start()]:
        return _Found(LEADERSHIP, 0.7, *leads.span())
    if word in {"manager", "mgr"} and not re.search(r"\b(?:directors?|head of|vp|chief)\b", title):
        craft = _CRAFT_MANAGER.search(title)
        senior = _ABOVE.search(title)
        if craft is not None:
            if re.search(
                r"\b(?:data science|analytics|data|machine learning|ai|ml|engineering) (?:engineering )?manager", title
            ) and _strict_people(document, 1):
                return _Found(LEADERSHIP, 0.85, *leads.span())
            if senior is not None:
                return _Found(SENIOR, 0.9, *senior.span())
            if re.search(r"\bgroup\b|\bassistant\b.*\bstore\b", title):
                return _Found(LEADERSHIP, 0.7, *leads.span())
            if _strict_people(document, 2):
                return _Found(LEADERSHIP, 0.6, *leads.span())
            return _Found(SENIOR, 0.65, *leads.span()) if (years or 0) >= 6 else _Found(MID, 0.75, *leads.span())
        return _Found(LEADERSHIP, 0.9, *leads.span())
    if re.search(r"\bteam (?:lead|leader)\b", title) and word not in {"director", "head"}:
        return None
    return _Found(LEADERSHIP, 0.95, *leads.span())


def _strict_people(document: Document, wordings: int) -> bool:
    return len(_distinct(_PEOPLE, _PEOPLE_STEMS, document, document.title_end)) >= wordings


def _senior(title: str, senior: re.Match[str], years: int | None) -> _Found:
    word = senior.group()
    if word == "staff":
        if "associate" in title[: senior.start()]:
            return _Found(MID, 0.6, *senior.span())
        if years is not None and years <= 1 and re.match(r"staff (?:engineer|consultant)", title[senior.start() :]):
            # Firms of engineers and accountants call their beginners staff.
            return _Found(ENTRY, 0.6, *senior.span())
    if word == "professor":
        return _Found(MID if "assistant" in title else SENIOR, 0.6, *senior.span())
    if word in {"expert", "experienced", "seasoned", "founding", "leader", "fellow"}:
        return _Found(SENIOR, 0.75, *senior.span())
    return _Found(SENIOR, 0.95, *senior.span())


def _low(low: str, title: str, word: re.Match[str], years: int | None) -> _Found:
    if word.group() == "avp":
        return _Found(SENIOR, 0.6, *word.span())
    if word.group() == "associate":
        if years is not None and years >= 2:
            return _Found(MID if years < 6 else SENIOR, 0.6, *word.span())
        if re.search(
            r"\bassociate\b(?! (?:data|machine|software|ml|ai|engineer|scientist|analyst|developer|product))", title
        ) and _BANK.search(low):
            return _Found(MID, 0.6, *word.span())
        return _Found(ENTRY, 0.7, *word.span())
    return _Found(ENTRY if years is None or years <= 2 else MID, 0.75, *word.span())


_ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}


def _graded(title: str, years: int | None) -> _Found | None:
    code = _GRADE.search(title)
    if code is not None:
        name = code.lastgroup or "l"
        step = int(code[name])
        floor, top = {"l": (3, 5), "ic": (1, 4), "e": (3, 5), "band": (4, 7), "g": (5, 6), "t": (2, 4)}[name]
        level = ENTRY if step <= floor else SENIOR if step >= top else MID
        return _Found(level, 0.65, *code.span(), "grade")
    roman = _ROMAN.search(title)
    digit = _DIGIT.search(title) if roman is None else None
    match = roman or digit
    if match is None:
        return None
    step = _ROMANS[match["roman"]] if roman is not None else int(match["digit"])
    if step == 1:
        level = ENTRY
    elif step == 2:
        level = MID
    else:
        level = MID if step == 3 and years is not None and years <= 3 else SENIOR
    return _Found(level, 0.8 if roman is not None else 0.7, *match.span(), "grade")


# --- the text ---------------------------------------------------------------------------------------------------

_OPENING = 1500
_WORD = (
    r"(?P<word>senior|sr|lead|principal|staff|founding|junior|jr|entry[- ]level|interns?|graduate|mid[- ]level|mid|"
    r"trainee|director|head of|manager|student|apprentice)\b(?! (?:stakeholder|leader|management|executive|team|"
    r"member|of (?:the )?staff|school|to\b|the\b|in\b|with\b))"
)
_CALL = lazy(
    r"\b(?:looking for|look for|seeking|seeks|hiring|hire|recruiting|searching for|search for|opening for|"
    r"opportunity for|join (?:us|our team|the team|\w+) as|role of|"
    r"position of|need|needs|as|for|suchen|is|become) (?:an?|our|the|your|eine?n?|multiple|several|talented|"
    r"one) (?:[\w/&+'’-]+,? ){0,4}?"
    rf"{_WORD}"
)
_LEVEL_WORD = lazy(rf"\b{_WORD}")
_LEVEL_STEMS = group(
    "senior", "sr", "lead", "principal", "staff", "founding", "junior", "jr", "entry", "intern", "graduate", "mid", "trainee",
    "director", "head of", "manager", "student", "apprentice",
)  # fmt: skip
_FIRST_LINE = lazy(
    r"^(?<!seniority level\n)[ \t*•#-]*(?:(?:job |position |role )?title ?[:–-] ?|position ?[:–-] ?|role ?[:–-] ?|"
    r"job ?[:–-] ?)?(?P<word>senior|sr|lead|principal|staff|junior|jr|graduate|mid[- ]level|entry[- ]level|"
    r"intern|internship|director|head of|vp|vice president|chief|trainee)\b(?! (?:living|generation|stakeholder|to\b|"
    r"the\b|an?\b|and\b|by\b|with\b|cross))[^\n]{0,70}$",
    re.MULTILINE,
)
# Beginnings of what the patterns of the same name find; the rarer the stem, the faster.
_SENIOR_ROLE = lazy(
    r"(?P<word>senior)(?:[- ]level (?:role|position|individual|hire|\w+ role)| (?:role|position|hire|"
    r"individual contributor))\b"
)
_ENTRY_STEMS = group(
    "entry", "recent ", "new grad", " internship", "fresh", "enrolled", "pursuing ", "early", "no experience",
    "no prior",
    "no previous",
    "junior ", "trainee", "guidance of", "supervision of", "first job", "your career", "graduate ", "this apprentice",
)  # fmt: skip
_SENIOR_STEMS = group(
    "mentor", "coach", "technical ", "thought ", " set", " own", " drive ", " define ", " lead", " guid", "extensive e",
    "deep e",
    "proven track", "subject matter", "significant ", "senior", "architect", "principal l", "highly ", "strong track",
)  # fmt: skip
_PEOPLE_STEMS = group(
    "direct reports", "line", "people manage", "manag", " lead", "supervis", "hiring", "recruit", "performance ",
    "personalverantwortung",
    "disciplinary ",
)  # fmt: skip
_ENTRY_TEXT = lazy(
    r"\b(?:entry[- ]level\b|recent (?:\w+ ){0,2}grad(?:uate)?s?\b|new grad(?:uate)?s?\b|internship(?= (?:is|will|role|"
    r"position|offers|program|you|with|for|at|we|lasts|runs))|"
    r"fresh (?:graduates?|out of)|freshers\b|enrolled (?:in|at|as)\b|pursuing (?:an? )?(?:bs|ms|b\.s|degree|bachelor|"
    r"master|ph)|early[- ]career|"
    r"no (?:prior |previous )?experience (?:is )?(?:required|needed|necessary)|junior (?:level|role|position|profile|"
    r"staff)|"
    r"trainee(?:ship)?\b|(?:guidance|supervision) of (?:an? |the |our |more )?(?:senior|experienced|lead|mentor)|"
    r"first job|your career (?:in|as|with)\b|"
    r"graduate (?:scheme|program(?:me)?)\b|this apprenticeship\b)"
)
_LEARNER_STEMS = group(
    "basic ",
    "some e",
    "exposure",
    "university projects",
    "academic project",
    "internship",
    "eager",
    " assist",
    " learn",
    "supported as",
    "direct supervision",
)
_LEARNER = lazy(
    r"\b(?:basic (?:understanding|knowledge|experience|familiarity|programming|skills)|some (?:experience|exposure)|"
    r"exposure to\b|university projects|academic projects?|"
    r"internships?\b|eager(?:ness)? to learn|assist(?:s|ing)? (?:in|with|the|senior)\b|learn(?:ing)? (?:from|new|"
    r"quickly|and grow)\b|supported as|direct supervision)"
)
_SENIOR_TEXT = lazy(
    r"\b(?:mentor(?:ing|s)? (?:and \w+ )?(?:\w+ ){0,3}?(?:junior|engineers|scientists|team|others|developers|peers|"
    r"colleagues|staff|analysts|members)|mentorship|coach(?:ing)? (?:junior|team|engineers|other)|"
    r"technical (?:leadership|direction|vision|lead)\b|thought leader(?:ship)?|"
    r"set(?:ting)? (?:the )?(?:technical )?(?:direction|strategy|vision|standards)|"
    r"(?:own|owning|ownership of|drive|define|lead) (?:the )?(?:\w+ ){0,2}(?:end[- ]to[- ]end|architecture|roadmap|"
    r"strategy|vision)|lead (?:the )?(?:design|development|architecture|technical|projects|efforts|initiatives|teams?|"
    r"a team|cross)|"
    r"(?:leading|guide|guiding) (?:a |the |our )?(?:team|junior|teams)|extensive experience|deep expertise|"
    r"proven track record|subject matter expert|significant experience|"
    r"senior[- ](?:level|role|position|engineer|individual|member|data|developer)|architect\b|principal level|"
    r"lead engineer|highly experienced|strong track record)"
)
_REPORT_STEMS = group("report")
_REPORTS = lazy(r"\breport(?:s|ing)?(?: directly)? (?:in)?to (?:the |our )?(?P<who>[\w&, ]{2,40})")


def _text_level(document: Document, low: str, years: int | None) -> _Found | None:
    """Read the level off the first lines, where a title is often repeated, or off whom the posting looks for."""
    start = document.body_start
    stop = min(len(low), start + _OPENING)
    found = _FIRST_LINE.search(low, start, min(len(low), start + 600)) or _call(document, start, stop)
    if found is None and "senior" in low and (years is None or years > 1):
        found = _SENIOR_ROLE.search(low, start)
    if found is None:
        return None
    word = found["word"]
    if word in {"junior", "jr", "graduate", "trainee", "student", "apprentice"} or word.startswith(("intern", "entry")):
        level = ENTRY
    elif word.startswith("mid"):
        level = MID
    elif word in {"director", "head of", "vp", "vice president", "chief", "manager"}:
        if word == "manager" and _CRAFT_MANAGER.search(low, found.start(), found.end("word")):
            return None
        level = LEADERSHIP
    else:
        level = SENIOR
    return _Found(level, 0.8, *found.span("word"), "duties")


def _call(document: Document, start: int, stop: int) -> re.Match[str] | None:
    """Find whom the posting looks for: the first word of level that a call stands before."""
    low = document.lowered
    if not any(_LEVEL_WORD.match(low, at, stop) for at in document.places(_LEVEL_STEMS, start, stop)):
        return None
    return _CALL.search(low, start, stop)


def _years_level(stated: YearsReading, signs: int) -> tuple[Seniority, float]:
    years, high = stated.years, stated.high
    if years >= 5:
        return (SENIOR, 0.85) if years >= 6 or signs else (SENIOR, 0.7)
    if years <= 1:
        enough = 2 if stated.by_degree else 3
        return (MID, 0.65) if high is not None and high >= enough else (ENTRY, 0.7)
    if high is not None and high >= 6 and signs:
        return SENIOR, 0.6
    return (MID, 0.85) if signs < 3 else (MID, 0.7)


def seniority(document: Document, stated: YearsReading | None) -> SeniorityReading:
    """Return the level of a posting, with the words that say so.

    Parameters
    ----------
    document
        The posting.
    stated
        The years of experience it requires, from :func:`jobsort.facts.years`; None where it states none.

    Examples
    --------
    >>> from jobsort.text import read_document
    >>> from jobsort.types import Posting
    >>> posting = Posting("We ship models.", title="Senior ML Engineer, International Payments")
    >>> reading = seniority(read_document(posting), None)
    >>> reading.level, reading.evidence[0].text
    (<Seniority.SENIOR: 'senior'>, 'Senior')
    """
    text = document.text
    low = document.lowered
    years = stated.years if stated is not None else None
    title = _title_level(document, low, years)
    signs = _distinct(_SENIOR_TEXT, _SENIOR_STEMS, document, document.body_start)
    beginner = _distinct(_ENTRY_TEXT, _ENTRY_STEMS, document, document.body_start)
    people = _distinct(_PEOPLE, _PEOPLE_STEMS, document, document.body_start)
    opening = _text_level(document, low, years)
    if title is not None:
        level, confidence = title.level, title.confidence
    elif opening is not None and not (opening.level is ENTRY and (years or 0) >= 3):
        level, confidence = opening.level, opening.confidence
    elif stated is not None:
        level, confidence = _years_level(stated, len(signs))
        if level is MID and stated.years <= 2 and beginner and not signs:
            level, confidence = ENTRY, 0.6
    elif beginner and len(beginner) >= len(signs):
        level, confidence = ENTRY, 0.65
    elif len(signs) >= 3:
        level, confidence = SENIOR, 0.6
    else:
        learner = _distinct(_LEARNER, _LEARNER_STEMS, document, document.body_start)
        beginner = learner if len(learner) >= 3 and not signs else []
        level, confidence = (ENTRY, 0.6) if beginner else (MID, 0.8 if not signs else 0.65)
    found = [item for item in (title, opening if title is None else None) if item is not None]
    if stated is not None:
        found.append(_Found(MID, 0, stated.mention.start, stated.mention.end, "years"))
    if opening is not None and title is not None:
        found.append(opening)
    found += [_Found(SENIOR, 0, *span, "duties") for span in signs[:3]] + [
        _Found(ENTRY, 0, *span, "duties") for span in beginner[:2]
    ]
    found += [_Found(LEADERSHIP, 0, *span, "reporting") for span in people[:1]]
    found += [_Found(MID, 0, *span, "reporting") for span in _distinct(_REPORTS, _REPORT_STEMS, document, document.body_start)[:1]]
    evidence = tuple(SeniorityEvidence(text[item.start : item.end], item.start, item.end, item.source) for item in found)
    return SeniorityReading(level, confidence, evidence)


def _distinct(pattern: re.Pattern[str], stems: Stems, document: Document, start: int) -> list[tuple[int, int]]:
    """Return the spans of the first finding of each wording; `stems` are the beginnings of what `pattern` finds."""
    spans: dict[str, tuple[int, int]] = {}
    low = document.lowered
    for at in document.places(stems, start):
        match = pattern.match(low, at + (low[at] == " "))
        if match is not None and not low.endswith("seniority level\n", 0, match.start()):
            spans.setdefault(match.group(), match.span())
    return list(spans.values())
