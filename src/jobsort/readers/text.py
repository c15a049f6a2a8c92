"""Pasted text: which line is the title, if any, and who hires where."""

from __future__ import annotations

import re
from typing import NamedTuple

from jobsort.errors import UnreadableSourceError
from jobsort.patterns import lazy
from jobsort.readers.titles import clean_title, one_line
from jobsort.text import heading_kind
from jobsort.types import Posting

_LOOKED_AT = 30  # lines from the top among which a title is looked for

_TITLE_LABEL = lazy(
    r"^(?:job title|title|position title|position|role|role title|job|vacancy|job opening|open position|job name|"
    r"now hiring|we(?:'|’)?re hiring|we are hiring|hiring|stelle|jobtitel)\s{0,3}[:–—!]\s{0,3}(?:-\s)?(.{2,150})$",
    re.IGNORECASE,
)
_TITLE_ALONE = lazy(r"^(?:job title|position title|position|title|role)\s?:?$", re.IGNORECASE)
_COMPANY_LABEL = lazy(
    r"^(?:company|company name|employer|organi[sz]ation|hiring company|unternehmen)\s?[:–]\s{0,3}(.{2,100})$",
    re.IGNORECASE,
)
_LOCATION_LABEL = lazy(
    r"^(?:(?:job |work |office )?location|locations|based in|standort|ort)\s?[:–]\s{0,3}(.{2,120})$",
    re.IGNORECASE,
)
_NOUNS = """engineer scientist analyst developer manager architect director lead leader head intern internship
    researcher consultant specialist officer president vp svp evp nurse assistant associate
    administrator coordinator co-ordinator programmer designer teacher professor lecturer technician
    technologist accountant executive representative advisor adviser strategist expert fellow
    statistician mathematician economist actuary quant trainee apprentice apprenticeship graduate chief
    cto ceo cio caio cdo driver clerk worker carer caregiver therapist physician doctor pharmacist chef
    cook electrician plumber recruiter editor writer copywriter author owner founder partner trainer
    tutor instructor supervisor superintendent planner buyer operator mechanic attorney lawyer paralegal
    counsel secretary receptionist agent auditor controller underwriter scrum master evangelist advocate
    modeler modeller annotator labeler postdoc phd werkstudent werkstudentin praktikant praktikantin
    praktikum entwickler entwicklerin ingenieur ingenieurin leiter leiterin wissenschaftler
    wissenschaftlerin berater beraterin ingénieur développeur chercheur analyste stagiaire alternance
    científico ingeniero desarrollador analista engenheiro cientista desenvolvedor swe sde sre mle""".split()  # noqa: SIM905
_JOB = lazy(rf"\b(?:{'|'.join(sorted(_NOUNS, key=len, reverse=True))})s?\b", re.IGNORECASE)
_SECTION_START = lazy(
    r"^(?:about|what|who|why|how|your|our|the role|this role|job description|job summary|responsibilit|requirement|"
    r"qualification|duties|we |you |as an? |in this |join |"
    r"(?:key|overview|summary|description|benefits|skills|experience|education)\b(?!.{0,60}\b(?:manager|specialist|engineer|designer|analyst|consultant|officer|lead)))",
    re.IGNORECASE,
)
_CHROME = lazy(
    r"^(?:(?:go )?back(?: to\b.{0,60})?|"
    r"(?:easy )?apply(?: now| for this (?:job|position|role)| here| on company (?:web)?site| today| online)?|"
    r"saved?(?: (?:this )?(?:job|search|for later))?|share(?: this)?(?: (?:job|role|position|link))?|"
    r"(?:re)?posted\b.{0,60}|published\b.{0,40}|updated\b.{0,40}|promoted\b.{0,60}|report (?:this )?job|"
    r"print(?: this (?:job|page))?|(?:email|copy)(?: (?:this )?(?:job|link))?|follow|menu|home|jobs?|careers?|all jobs|"
    r"view (?:all )?(?:jobs|company|profile)\b.{0,40}|show (?:more|less)(?: options)?|see (?:who|all|more)\b.{0,60}|"
    r"skip to\b.{0,40}|sign (?:in|up)\b.{0,60}|log ?in\b.{0,40}|join now|search(?: jobs)?|job search|"
    r"linkedin|indeed|glassdoor|be an early applicant|early applicant|actively (?:hiring|recruiting)|new|featured|"
    r"close|next|previous|no longer accepting applications|"
    r"(?:over )?\d[\d,]* (?:\w+ )?(?:applicants?|views?|reviews?)\b.{0,40}|"
    r"\d+ (?:minutes?|hours?|days?|weeks?|months?) ago\b.{0,60}|"
    r"(?:job|req(?:uisition)?|reference|posting)\s?(?:id|no\.?|number|#|ref)\b.{0,40}|"
    r"(?:full|part)[- ]time\b.{0,60}|contract|permanent|temporary|internship|remote|hybrid|on-?site|in-?office|"
    r"entry level|mid[- ]?senior level|associate|senior level|not applicable)$",
    re.IGNORECASE,
)
_COOKIES = lazy(r"\b(?:cookies?|privacy policy|your privacy|accept all|javascript)\b", re.IGNORECASE)
_CRUMBS = lazy(r"\s[>›»]\s|^(?:home|jobs|careers)\s?[/>›»|]", re.IGNORECASE)
_SENTENCE_WORDS = lazy(r"\b(?:we|you|our|your|is|are|will|has|have|was|this|these|they|it|us|i|my)\b|[’']re\b|[’']ll\b")
_NOT_A_TITLE = lazy(r"https?:|www\.|@\w|^[\W\d_]+$|^[$€£]|\b\d{1,3}[kK]\b\s?[-–]|^\d{4}-\d\d-\d\d")
_MARKS = " \t*#_>`~=|\u00a0"
_AT_COMPANY = lazy(r"^(.{3,100}?) (?:at|@|bei|chez) ((?:the )?[A-Z0-9][^,|]{0,60})$")
_FENCE = lazy(r"\A\s{0,20}---[ \t]*\n")
_FENCE_END = lazy(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE)


class _Line(NamedTuple):
    number: int
    text: str


def read_text(text: str, name: str) -> Posting:
    r"""Return the posting that a pasted text makes; its title, where one is found, is taken off the text.

    Parameters
    ----------
    text
        The text, with or without Markdown and front matter.
    name
        Where it comes from, for messages.

    Raises
    ------
    UnreadableSourceError
        If there is nothing in it.

    Examples
    --------
    >>> pasted = "Back to search\nSenior Data Scientist at Northwind\nLocation: Graz\n\nYou run experiments."
    >>> posting = read_text(pasted, "")
    >>> posting.title, posting.company, posting.location
    ('Senior Data Scientist', 'Northwind', 'Graz')
    >>> read_text("We are looking for somebody who ships models.", "").title
    ''
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").replace("\ufeff", "")
    meta, text = _front_matter(text)
    lines = text.split("\n")
    found = _Found(meta.get("title", ""), meta.get("company", ""), meta.get("location", ""), None)
    found = _labels(lines, found)
    if not found.title:
        found = _guess(lines, found)
    if found.line is not None:
        del lines[found.line]
    elif found.title:
        _drop_repeated(lines, found.title)
    body = "\n".join(lines).strip()
    if not body and not found.title:
        message = f"{name or 'the text'} is empty."
        raise UnreadableSourceError(message)
    warnings = () if body else ("no description; read from the title alone",)
    return Posting(body, found.title, found.company, found.location, None, name, warnings)


class _Found(NamedTuple):
    title: str
    company: str
    location: str
    line: int | None


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    opening = _FENCE.match(text)
    closing = _FENCE_END.search(text, opening.end()) if opening else None
    if opening is None or closing is None:
        return {}, text
    block = text[opening.end() : closing.start()]
    meta = {}
    for line in block.split("\n"):
        key, colon, value = line.partition(":")
        if colon and re.fullmatch(r"[A-Za-z][\w -]{0,40}", key):
            meta[key.strip().lower()] = one_line(value.strip().strip("'\""))
    # A text that begins with a rule has no keys below it.
    return (meta, text[closing.end() :]) if meta else ({}, text)


def _labels(lines: list[str], found: _Found) -> _Found:
    """Take what lines such as "Job Title: ML Engineer" say."""
    title, company, location, at = found
    top = _top(lines)
    for position, line in enumerate(top):
        label = _TITLE_LABEL.match(line.text)
        if not title and label and _short(label.group(1)) and not label.group(1).rstrip().endswith("."):
            title, at = one_line(label.group(1).strip(_MARKS + "!")), line.number
            parts = _AT_COMPANY.match(title)
            if parts and _JOB.search(parts.group(1)) and not _JOB.search(parts.group(2)):
                title, company = parts.group(1), company or parts.group(2)
        elif not title and _TITLE_ALONE.match(line.text) and position + 1 < len(top) and _is_title(top[position + 1].text):
            title, at = top[position + 1].text, top[position + 1].number
        hires = _COMPANY_LABEL.match(line.text)
        where = _LOCATION_LABEL.match(line.text)
        if hires and not company:
            company = one_line(hires.group(1).strip(_MARKS))
        if where and not location:
            location = one_line(where.group(1).strip(_MARKS))
    return _Found(title, company, location, at)


def _top(lines: list[str]) -> list[_Line]:
    top = []
    for index, line in enumerate(lines):
        stripped = one_line(line.strip(_MARKS))
        if stripped:
            top.append(_Line(index, stripped[:400]))
            if len(top) == _LOOKED_AT:
                break
    return top


def _guess(lines: list[str], found: _Found) -> _Found:
    weak: _Line | None = None
    short = 0
    for line in _top(lines):
        if _is_chrome(line.text):
            continue
        title, company, location = _split(line.text)
        if _JOB.search(title) and _is_title(title):
            return _Found(title, found.company or company, found.location or location, line.number)
        labelled = _COMPANY_LABEL.match(line.text) or _LOCATION_LABEL.match(line.text)
        if not labelled and (len(line.text) > 120 or _is_sentence(line.text) or _opens_section(line.text)):
            break
        short += 1
        if short > 8:
            break
        if weak is None and short == 1 and not labelled and _is_title(line.text) and line.text[0].isupper():
            weak = line
    # A short first line that names no occupation may still be a title ("Machine Learning"), if a text follows.
    if weak is not None and len([line for line in lines if line.strip()]) > 1:
        return found._replace(title=weak.text, line=weak.number)
    return found


def _split(line: str) -> tuple[str, str, str]:
    """Split "ML Engineer at Northwind" and the forms of page titles; other dashes belong to the title."""
    if " | " in line or " hiring " in line:
        title, company, location = clean_title(line)
        if company or _JOB.search(title):
            return title, company, location
    parts = _AT_COMPANY.match(line)
    if parts and _JOB.search(parts.group(1)) and not _JOB.search(parts.group(2)) and len(parts.group(2).split()) <= 6:
        return parts.group(1).strip(), parts.group(2).strip(), ""
    return line, "", ""


def _is_chrome(line: str) -> bool:
    return bool(_CHROME.match(line) or _COOKIES.search(line) or _CRUMBS.search(line))


def _is_sentence(line: str) -> bool:
    return line[-1] in ".!?;" and len(line.split()) > 3


def _short(title: str) -> bool:
    return len(title) <= 120 and len(title.split()) <= 14


def _opens_section(line: str) -> bool:
    return heading_kind(line) is not None or bool(_SECTION_START.match(line))


def _is_title(line: str) -> bool:
    if not 2 <= len(line) <= 120 or not _short(line) or line[-1] in ".!?;:" or _NOT_A_TITLE.search(line):
        return False
    if line[0] in "-•·●▪◦✓✔→➤►" or _SECTION_START.match(line) or _is_chrome(line):
        return False
    if _SENTENCE_WORDS.search(line):  # in lower case: "IT", "US" and "AI for You" are no sentences
        return False
    return bool(_JOB.search(line)) or heading_kind(line) is None


def _drop_repeated(lines: list[str], title: str) -> None:
    """Front matter's title often stands again as the first line of the text."""
    for line in _top(lines)[:1]:
        if line.text.casefold() == title.casefold():
            del lines[line.number]
