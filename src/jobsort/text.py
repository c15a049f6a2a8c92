"""Text as a posting has it: cleaned, cut into sections and sentences, and normalised for matching.

A :class:`Document` is what everything after the readers works on. All offsets count characters of ``document.text``.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jobsort.patterns import lazy
from jobsort.stems import Stems, find, group, lower

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from jobsort.types import Posting

MAX_CHARACTERS = 100_000
"""Longer texts are cut here, with a warning: no posting is that long, a cell that swallowed its neighbours is."""

# --- cleaning ---------------------------------------------------------------------------------------------------

_SPACES = dict.fromkeys(map(ord, "\t\v\f\x1c\x1d\x1e\x1f\x85\xa0\u1680\u202f\u205f\u3000"), " ") | dict.fromkeys(
    range(8192, 8203), " "
)
_BREAKS = dict.fromkeys(map(ord, "\u2028\u2029"), "\n")
_GONE = dict.fromkeys([*range(9), *range(14, 28), *range(127, 133), *range(134, 160), 0xAD, 0xFEFF])
_GONE |= dict.fromkeys(range(0xD800, 0xE000))  # halves of characters, which no output can hold
_GONE |= dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFE0F])
_CHARACTERS = _SPACES | _BREAKS | _GONE
_UNUSUAL = lazy(r"[^\n -~]")

# Pairs that UTF-8 read as cp1252 or Latin-1 leaves behind; only then is the (slower) repair asked.
_MOJIBAKE = lazy("[\xc2\xc3][\x80-\xbf\u0152-\u2122]|\xe2[\x80\u20ac]|\xf0\u0178|\xef\xbf")
_MOJIBAKE_SIGNS = "\xc2\xc3\xe2\xf0\xef"

_MARKDOWN_ESCAPE = lazy(r"\\([\\`*_{}\[\]()#+\-.!&~|<>$])")
_MARKDOWN_MARK = lazy(r"\*\*+|__+|(?m:^[ \t]*#{1,6}[ \t]+)|(?m:^[ \t]*(?:[-*_][ \t]*){3,}$)|`+")
_MARKDOWN_LINK = lazy(r"\[([^\[\]\n]{1,200})\]\((?:https?:|mailto:|/)[^()\s]{0,500}\)")
_HAS_MARKDOWN = lazy(r"\\[-+.&_*]|\*\*|^\s{0,3}#{1,6}\s|\]\((?:https?|mailto):", re.MULTILINE)

# "…the end of a sentence.The next one", "…team playerExperience with…": line breaks lost on the way.
# (What these look for comes first and the look back after it: that is ten times as fast as the other way round.)
_GLUED = lazy(r"[A-Z](?:(?<=[a-z0-9)%’'\"][.!?:;].)(?=[a-z]+[ ,])|(?<=[a-z)]{2}.)[a-z]+(?=[ :’']))")
_GLUED_STARTS = frozenset(
    """Ability Able About Act Additional All Analyse Analyze Apply Appreciation Are Assist Attention Bachelor Basic Benefits Bonus
    Build Building Candidate Candidates Clear Coding Collaborate Collaborating Collaborative Comfort Comfortable Communicate
    Communication Company Compensation Competitive Completed Comprehensive Conduct Contribute Coordinate Create Creating
    Curiosity Current Define Degree Deliver Demonstrated Department Deploy Description Design Designing Desired Develop
    Developing Document Drive Duties Education Employment Ensure Ensuring Equal Essential Establish Evaluate Excellent
    Exceptional Experience Experienced Expert Expertise Explore Exposure Familiar Familiarity Flexible Fluency Fluent Focus
    Fully Generous Good Great Hands Have Health Help High Highly How Ideally Identify If Implement Implementing Improve
    Industry Innovative Integrate Interest Job Join Key Know Knowledge Lead Leading Leverage Location Maintain Maintaining
    Make Manage Managing Master Mentor Minimum Monitor Must Nice Only Optimize Other Our Overview Own Paid Participate
    Partner Passion Passionate Perform Perks Plan Position Possess Practical Preferred Prepare Previous Prior Problem
    Produce Professional Proficiency Proficient Proven Provide Providing Qualifications Recent Related Remote Report Reports
    Required Requirement Requirements Research Responsibilities Responsibility Responsible Review Role Roles Salary Senior
    Serve Skilled Skills Solid Some Strong Successful Support Supporting Take Team Technical The Their These They This
    Thorough Those Track Translate Troubleshoot Understand Understanding Use Using Utilize Very We What When Where Who Why
    Willing Willingness With Work Working Write Writing Years You Your""".split()  # noqa: SIM905
)
# A line broken for width: long, and the next goes on in lower case.
_WRAPPED = lazy(r"\n(?=[a-z(])(?<=[^\n]{55}[a-z0-9,;)]\n)")
_RUN_OF_SPACE = lazy(r"  +")


def clean(text: str) -> str:
    r"""Repair and simplify a posting's text without losing a word of it.

    Mojibake is undone (by ftfy), control and invisible characters and NULs go, every kind of space becomes a space, line ends
    become ``\\n``, markdown marks and escapes go, lines broken within a sentence are joined, and sentences glued together where a
    line break was lost are parted.

    Examples
    --------
    >>> clean("You lead **ML\\-Ops** work.Experience with Python is needed.\r\nA must!")
    'You lead ML-Ops work.\nExperience with Python is needed.\nA must!'
    """
    # (Each pattern is tried only where a cheaper look finds what it cannot do without.)
    plain = text.isascii()
    if not plain and any(sign in text for sign in _MOJIBAKE_SIGNS) and _MOJIBAKE.search(text):
        import ftfy

        text = ftfy.fix_encoding(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not plain or not text.replace("\n", "").isprintable():
        for character in set(_UNUSUAL.findall(text)):
            meant = _CHARACTERS.get(ord(character), character)
            if meant != character:
                text = text.replace(character, meant or "")
    if any(mark in text for mark in ("\\", "**", "#", "](")) and _HAS_MARKDOWN.search(text):
        text = _MARKDOWN_ESCAPE.sub(r"\1", _MARKDOWN_LINK.sub(r"\1", _MARKDOWN_MARK.sub("", text)))
    text = _GLUED.sub(_part, text)
    if "  " in text:
        text = _RUN_OF_SPACE.sub(" ", text)
    text = text.replace(" \n", "\n").replace("\n ", "\n")
    text = _WRAPPED.sub(" ", text)
    while "\n\n\n" in text:
        text = text.replace("\n\n\n", "\n\n")
    return text.strip()


def _part(match: re.Match[str]) -> str:
    word = match.group()
    # A capital after a full stop is all that is taken of its sentence; of glued words, the whole one.
    return "\n" + word if len(word) == 1 or word in _GLUED_STARTS else word


# --- normalised text for matching -------------------------------------------------------------------------------


def _byte_of_each_character() -> NDArray[np.uint8]:
    """Map code points 0..0x24F to the byte that stands for them: a lower-case ASCII letter, a digit, ``+ # .`` or space."""
    table = np.full(0x250, ord(" "), dtype=np.uint8)
    for code in range(0x250):
        base = unicodedata.normalize("NFKD", chr(code))[0].lower()
        if base.isascii() and (base.isalnum() or base in "+#."):
            table[code] = ord(base)
    for letters, base in (
        ("ßſ", "s"),
        ("æÆ", "a"),
        ("øØœŒ", "o"),
        ("łŁ", "l"),
        ("đĐðÐ", "d"),
        ("þÞ", "t"),
        ("ıİ", "i"),
    ):
        for letter in letters:
            table[ord(letter)] = ord(base)
    return table


_BYTES = _byte_of_each_character()
_DOT, _SPACE = ord("."), ord(" ")
_OTHER_LETTER = ord("~")
_ASCII = {code: chr(_BYTES[code]) for code in range(128)}
_LOOSE_DOT = lazy(r"\.(?=[ .]|$)")


class Normalized(NamedTuple):
    """A text as matching sees it: ASCII words, one space between words, two or more at a line break.

    Attributes
    ----------
    data
        The words; begins and ends with a space, so that the pattern ``b" word "`` matches whole words only.
    positions
        For each byte of `data`, the offset of its character in the original text; int64, shape (len(data),).
    """

    data: bytes
    positions: NDArray[np.int64]


def normalize(text: str) -> Normalized:
    r"""Normalise `text` for matching, in a handful of array operations whatever its length.

    Letters are lower-cased and lose their accents; ``+``, ``#`` and a dot inside or before a word stay ("c++", "c#", "node.js",
    ".net"); everything else is space.

    Examples
    --------
    >>> normalize("Node.js, C++ and CI/CD.\nRésumé").data
    b' node.js c++ and ci cd  resume '
    """
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype=np.uint32)
    bytes_ = _BYTES[np.minimum(codes, 0x24F)]
    high = codes > 0x24F
    if high.any():
        letter = ((codes >= 0x370) & (codes < 0x2000)) | ((codes >= 0x2E80) & (codes < 0xFE00))
        bytes_[high] = np.where(letter[high], _OTHER_LETTER, _SPACE)
    dots = np.flatnonzero(bytes_ == _DOT)
    if dots.size:
        after = bytes_[np.minimum(dots + 1, bytes_.size - 1)]
        bytes_[dots[(after == _SPACE) | (after == _DOT) | (dots == bytes_.size - 1)]] = _SPACE
    breaks = codes == 10
    repeats = np.ones(codes.size, dtype=np.int64)
    repeats[breaks] = 2
    index = np.repeat(np.arange(codes.size), repeats)
    spread = bytes_[index]
    # The second copy of a line break is kept whatever stands before it: a break is at least two spaces wide.
    second = np.zeros(index.size, dtype=bool)
    second[1:] = index[1:] == index[:-1]
    space = spread == _SPACE
    keep = ~space
    keep[1:] |= ~space[:-1]
    keep |= second
    if keep.size:
        keep[0] = not space[0]
    data = spread[keep].tobytes()
    positions = index[keep]
    head = np.zeros(1, dtype=np.int64)
    tail = np.full(1, len(text), dtype=np.int64)
    return Normalized(b" " + data + b" ", np.concatenate((head, positions, tail)))


def normalize_phrase(phrase: str) -> str:
    """Return a name or phrase of the lexicon as it stands in normalised text, without the spaces around it.

    Examples
    --------
    >>> normalize_phrase("CI/CD pipelines")
    'ci cd pipelines'
    """
    if not phrase.isascii():
        return " ".join(normalize(phrase).data.decode("ascii").split())
    # The same for the many short ASCII lines, where arrays cost more than they save.
    plain = phrase.translate(_ASCII)
    return " ".join((_LOOSE_DOT.sub(" ", plain) if "." in plain else plain).split())


# --- sections ---------------------------------------------------------------------------------------------------

TITLE, INTRO, ABOUT, DUTIES, REQUIREMENTS, PREFERRED, BENEFITS, LEGAL = (
    "title",
    "intro",
    "about",
    "duties",
    "requirements",
    "preferred",
    "benefits",
    "legal",
)
SECTION_KINDS = (TITLE, INTRO, ABOUT, DUTIES, REQUIREMENTS, PREFERRED, BENEFITS, LEGAL)
_KIND_PLACE = {kind: place for place, kind in enumerate(SECTION_KINDS)}


class Section(NamedTuple):
    """A stretch of a document under one heading (or before the first): ``kind`` is one of `SECTION_KINDS`."""

    kind: str
    start: int
    end: int


class Sentence(NamedTuple):
    """A sentence or list item of a document, and the kind of the section it stands in."""

    start: int
    end: int
    kind: str


# What headings say, tried in this order; compared with the normalised line. The longest texts of postings are not headings.
_HEADINGS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, lazy(pattern))
    for kind, pattern in (
        (DUTIES, r"\bget to do\b|\b(duties|responsibilities)\b.*\b(duties|responsibilities)\b"),
        (
            BENEFITS,
            r"\b(sign(ing| on)|performance|annual|referral|retention|yearly) bonus\b|\bbonus (pay|opportunities|scheme|plan)\b",
        ),
        (
            PREFERRED,
            r"\b(preferred|nice to haves?|good to haves?|bonus|desirable|desired|a plus|pluses|plus points|extra credit|great to have|"
            r"ideally|not required|optional|additional (skills|qualifications|experience)|even better|advantageous|beneficial|lovely|"
            r"brownie points|stand ?out|set you apart|(?:thrilled|delighted|impressed|over the moon|bonus points|love it|extra happy) if|icing|wish ?list|von vorteil|assets?|helpful|nice extras|would be great|"
            r"not essential|not expected|don t worry|we d love|value ?add)\b",
        ),
        (
            LEGAL,
            r"\b(equal opportunit\w*|eeo\w*|diversity|inclusi\w+|accommodations?|privacy|disclaimer|legal|notice to|fraud|e verify|affirmative|"
            r"background checks?|pay transparency|gdpr|data protection|recruitment agencies|agencies)\b",
        ),
        (
            BENEFITS,
            r"\b(benefits?|perks?|what we offer|we offer|our offer|what you(?: wi)? ?ll (get|receive|enjoy)|compensation|salary|pay( range)?|remuneration|"
            r"what s in it for you|in it for you|total rewards|rewards?|wir bieten|why (you ll|you will) love|package|ctc|our promise|in return|"
            r"what you get|we provide|time off)\b",
        ),
        (
            REQUIREMENTS,
            r"\b(requirements?|required|qualifications?|what you(?: wi)? ?ll (need|bring)|what you (need|bring)|you(?: wi)? ?ll need|you (have|bring|are)|who you are|"
            r"about you|your profile|your background|your experience|your skills|must haves?|skills?|experience|education|competenc\w+|"
            r"what we(?: a)? ?re looking for|we(?: a)? ?re looking for|we look for|looking for|what it takes|profile|essentials?|essential criteria|person specification|"
            r"selection criteria|dein profil|ihr profil|you might be|you may be|criteria|eligibility|"
            r"to (succeed|be successful)|need to have|you should have|ideal candidate|candidate|we expect|we d like|certifications?|ksa)\b",
        ),
        # What a team works with is named, not asked for.
        (DUTIES, r"\b(tech stack|our stack|(?:the|your|our) (?:technolog\w+|tools)|stack)\b"),
        (REQUIREMENTS, r"\b(technolog\w+|tools)\b"),
        (
            DUTIES,
            r"\b(responsibilit\w+|duties|what you(?: wi)? ?ll (do|be doing|work on|build|own)|what you do|you(?: wi)? ?ll|you will|your role|"
            r"the role|this role|role|key accountabilities|accountabilities|your tasks|tasks|day to day|a day in|deine aufgaben|ihre aufgaben|what we need|"
            r"job description|job summary|position summary|summary|overview|the job|the work|the position|the opportunity|opportunity|in this (role|position)|your (mission|impact|job)|mission|"
            r"how you(?: wi)? ?ll|what s the job|purpose|objectives?|deliverables|scope|work you|projects?|impact|essential functions|key areas|first \w+ (days|months))\b",
        ),
        (
            ABOUT,
            r"\b(about|who we are|our (company|story|team|culture|values|mission|vision)|company (description|overview|profile)|the (team|company)|"
            r"why (us|join|work)|meet|background|team|über uns|wer wir sind|our client|the organi[sz]ation|at a glance|life at)\b",
        ),
    )
)
_ABOUT_US = lazy(r"^(about (us|the company|our company|the team|[a-z0-9.]+)|who we are|company (description|overview|profile))\b")
_ABOUT_WORK = lazy(r"^about (the (role|job|position|opportunity)|this (role|job|position)|you|your)\b")
_HEADING_WORDS = lazy(
    r"\b(requirements?|qualifications?|responsibilit\w+|duties|skills|benefits|experience|nice to haves?|good to haves?|preferred|what you|"
    r"what we|about|who (you|we) are|your (profile|tasks|role)|overview|summary|description|opportunit\w+|perks|must haves?|education)\b"
)
# A heading that runs on into its text: "Responsibilities: The applicant will …", also inside a wall of text.
_INLINE_HEADING = lazy(
    r"(?:(?<=^)|(?<=[.!?\n)•:] )|(?<=\n))"
    r"((?:Key |Main |Core |Primary |Essential |Minimum |Basic |Preferred |Required |Desired |Additional |Technical |Job |Your |The |Role |Position |Nice |Good |Education )"
    r"?(?:Responsibilities|Duties|Requirements|Qualifications|Skills|Skills Required|Required Skills|Description|Summary|Overview|Benefits|"
    r"to have|to haves|to Have|Nice to Have|Nice to have|Bonus|Bonus points|Experience|Education|Role|Tasks|Profile|Compensation|About us|About Us|What You'll Do|"
    r"What you'll do|What You Will Do|What You'll Bring|Who You Are|Who We Are|What We Offer|What we offer))(?:: ?| - )",
)
# One that lost its colon, too: "… of the team. Preferred Qualifications 3+ years of …".
_BARE_HEADING_WORDS = ("Qualifications", "Requirements", "Skills", "Experience", "Responsibilities")
_BARE_INLINE_HEADING = lazy(
    r"(?<=[.!?\n)•;] )((?:Preferred|Desired|Minimum|Basic|Required|Additional|Key) "
    rf"(?:{'|'.join(_BARE_HEADING_WORDS)})(?: (?:and|&) (?:Qualifications|Skills|Experience))?)"
    r" (?=\d|[A-Z•])"
)
_INLINE_SIGNS, _BARE_SIGNS = group(":", " - ", written=True), group(*_BARE_HEADING_WORDS, written=True)
_LONGEST_HEADING = 64
"""More characters than such a heading has, its sign included."""
_KEY_AND_VALUE = lazy(r"[^\n:]{1,60}:[^\S\n]*[^\s:]")
# Sentences of these kinds turn up anywhere and are no part of the job.
_LEGAL_TEXT = lazy(
    r"\b(?:equal[- ]opportunit|regardless of|without regard to|protected (?:veteran|characteristic|class|status)|sexual orientation|"
    r"gender identity|reasonable accommodation|affirmative action|e-verify|background check|criminal (?:record|histor)|"
    r"privacy (?:policy|notice)|personal data|unsolicited (?:resumes|cvs)|applicants with disabilit|fair chance)"
)
_BENEFITS_TEXT = lazy(
    r"\b(?:401\(?k|(?:medical|health|dental|vision),? (?:and |& )?(?:medical|dental|vision|life|insurance|cover)|"
    r"paid (?:time off|holidays?|parental|leave)|"
    r"parental leave|pension|stock options|equity package|gym membership|wellness|annual leave|private medical|"
    r"life (?:assurance|insurance)|"
    r"unlimited (?:pto|vacation)|provident fund|health insurance|tuition reimbursement|employee discount)"
)
# What these begin with.
_LEGAL_STEMS = group(
    *("equal opportunit", "equal-opportunit", "regardless of", "without regard to", "protected ", "sexual orientation"),
    *("gender identity", "reasonable accommodation", "affirmative action", "e-verify", "background check", "criminal "),
    *("privacy ", "personal data", "unsolicited ", "applicants with disabilit", "fair chance"),
)
_BENEFITS_STEMS = group(
    *("401", "medical", "health", "dental", "vision", "paid ", "parental leave", "pension", "stock options", "equity package"),
    *("gym membership", "wellness", "annual leave", "private medical", "life assurance", "life insurance", "unlimited "),
    *("provident fund", "tuition reimbursement", "employee discount"),
)
_SENTENCE_END = lazy(r"[.!?;…\n•·▪●◦✓✔→➤►*](?:(?<=[.!?;…])[ )]+(?=[A-Z(•\-*\"“‘])|(?<=\n)\n*|(?<= [•·▪●◦✓✔→➤►*]) )")
_SENTENCE_SIGNS = frozenset(".!?;…")
_BEFORE_SENTENCE = " \n-*•·▪●◦–—\t"
_ABBREVIATION = lazy(r"(?:\b(?:e\.g|i\.e|etc|incl|approx|vs|Inc|Ltd|Co|Corp|Dr|Mr|Ms|St|No|Sr|Jr|Ph\.D|M\.Sc|B\.Sc|U\.S|U\.K)\.)$")


@dataclass(frozen=True)
class Document:
    """A posting ready to be read: its cleaned text with the title as first line, sections, sentences and normalised words.

    Attributes
    ----------
    text
        The cleaned text: the title, a line break, the body; or the body alone where there is no title.
    title_end
        Offset where the title ends; 0 without a title.
    warnings
        What cleaning had to give up.
    """

    text: str
    title_end: int
    warnings: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The cleaned title, empty where unknown."""
        return self.text[: self.title_end]

    @property
    def body_start(self) -> int:
        """Offset of the first character after the title line."""
        return self.title_end + 1 if self.title_end else 0

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The sections, gapless and in order; the first is the title's where there is one."""
        return tuple(_sections(self))

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences and list items, in order; those of legal and benefits wording are marked as such wherever they stand."""
        return tuple(_sentences(self))

    @cached_property
    def sentence_starts(self) -> list[int]:
        """Where each of the sentences begins."""
        return [sentence.start for sentence in self.sentences]

    def sentence_at(self, offset: int) -> int:
        """Return the number of the sentence that an offset lies in or behind, -1 before the first."""
        return bisect_right(self.sentence_starts, offset) - 1

    @cached_property
    def lowered(self) -> str:
        """The text in lower case, each character in its place."""
        return lower(self.text)

    @cached_property
    def _lowered_places(self) -> dict[Stems, list[int]]:
        return find(self.lowered, written=False)

    @cached_property
    def _written_places(self) -> dict[Stems, list[int]]:
        return find(self.text, written=True)

    def places(self, stems: Stems, start: int = 0, end: int | None = None) -> list[int]:
        """Return where any of the stems stands between two offsets, in order: cheap looks before patterns are tried there.

        Examples
        --------
        >>> degrees = group("phd", "master")
        >>> Document("A Master of masters, PhD", 0).places(degrees, start=3)
        [12, 21]
        """
        found = (self._written_places if stems.written else self._lowered_places).get(stems)
        if not found:
            return []
        first = bisect_left(found, start) if start else 0
        return found[first : bisect_left(found, end)] if end is not None else found[first:]

    @cached_property
    def normalized(self) -> Normalized:
        """The words for matching."""
        return normalize(self.text)


class Corpus:
    """Documents read together: their words laid end to end, so that each step goes through all of them at once.

    Parameters
    ----------
    documents
        One or more. That arrays and automatons are used for many documents in a row, and not a few times for each, is what makes
        reading a batch a third faster than reading its postings one by one: they stay in the processor's cache.

    Attributes
    ----------
    data
        The documents' :attr:`Normalized.data`, one after the other; no phrase reaches from one into the next.
    positions
        For each byte of `data`, the offset of its character in its own document; int64, shape (len(data),).
    kinds
        The section kind of each sentence as an index into `SECTION_KINDS`, document by document; uint8.
    sentence_begins
        How many sentences stand in the documents before each, and in all.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = tuple(documents)
        starts: list[int] = []
        kinds: list[int] = []
        self.sentence_begins = [0]
        texts = [0]
        for document in self.documents:
            starts += [texts[-1] + start for start in document.sentence_starts]
            kinds += [_KIND_PLACE[sentence.kind] for sentence in document.sentences]
            self.sentence_begins.append(len(starts))
            texts.append(texts[-1] + len(document.text) + 1)
        self.kinds = np.array(kinds, dtype=np.uint8)
        self._sentence_starts = np.array(starts, dtype=np.int64)
        self._first_sentences = np.array(self.sentence_begins, dtype=np.int64)
        self._texts = np.array(texts, dtype=np.int64)
        normalized = [document.normalized for document in self.documents]
        self.data = b"".join([words.data for words in normalized])
        self.positions = np.concatenate([words.positions for words in normalized])
        self._begins = np.cumsum([0, *(len(words.data) for words in normalized)])

    def documents_at(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number of the document that each place of `data` is of; int64, of their shape."""
        if len(self.documents) == 1:
            return np.zeros(places.size, dtype=np.int64)
        return self._begins.searchsorted(places, side="right") - 1

    def sentences_at(self, documents: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the number, among those of all documents, of the sentence that a word at an offset of a document stands in."""
        places = offsets if len(self.documents) == 1 else self._texts[documents] + offsets
        found = self._sentence_starts.searchsorted(places, side="right") - 1
        # (No word stands before the first sentence; were there one, it would count to its own document.)
        return np.maximum(found, self._first_sentences[documents])


def read_document(posting: Posting) -> Document:
    r"""Clean a posting's title and text and join them into a :class:`Document`.

    Examples
    --------
    >>> from jobsort.types import Posting
    >>> document = read_document(Posting(title="ML Engineer", text="What you'll do\n- Ship models."))
    >>> document.text
    "ML Engineer\nWhat you'll do\n- Ship models."
    >>> [section.kind for section in document.sections]
    ['title', 'duties']
    """
    warnings = []
    text = posting.text
    if len(text) > MAX_CHARACTERS:
        warnings.append(f"text cut from {len(text):,} to {MAX_CHARACTERS:,} characters")
        text = text[:MAX_CHARACTERS]
    title = " ".join(clean(posting.title[:1000]).split())
    body = clean(text)
    if title and body.startswith(title) and body[len(title) : len(title) + 1] in {"", "\n"}:
        body = body[len(title) :].lstrip()
    if not title:
        return Document(body, 0, tuple(warnings))
    return Document(f"{title}\n{body}" if body else title, len(title), tuple(warnings))


def heading_kind(line: str) -> str | None:
    """Return the kind of section that a line opens, or None where it is no heading.

    Examples
    --------
    >>> heading_kind("Nice to have:"), heading_kind("## Who you are"), heading_kind("- Python and SQL")
    ('preferred', 'requirements', None)
    """
    stripped = line.strip(" *#:-–—_•\t")
    if not stripped or len(stripped) > 70 or stripped[-1] in ".,;" or line.lstrip()[:1] in "•·▪●◦✓✔→➤►":
        return None
    if line.lstrip()[:2] in {"- ", "* ", "+ "}:
        return None
    return _kind_of_heading(line, stripped)


@lru_cache(maxsize=4096)
def _kind_of_heading(line: str, stripped: str) -> str | None:
    """The part of :func:`heading_kind` worth remembering: headings repeat from posting to posting."""
    words = normalize_phrase(stripped)
    count = words.count(" ") + 1
    if count > 9 or not words:
        return None
    marked = line.rstrip().endswith((":", "?")) or stripped.isupper() or line != stripped
    if _ABOUT_WORK.match(words):
        return REQUIREMENTS if words.startswith("about you") else DUTIES
    if _ABOUT_US.match(words) and count <= 6:
        return ABOUT
    if not marked and count > 6:
        return None
    if not marked and not (stripped[0].isupper() or stripped[0].isdigit()) and not _HEADING_WORDS.match(words):
        return None
    for kind, pattern in _HEADINGS:
        found = pattern.search(words)
        # A long line that merely holds such a word is text; a heading is mostly made of it.
        if found and (count <= 4 or marked or found.start() <= 4 or (found.end() - found.start()) * 3 >= len(words)):
            return kind
    return None


def _sections(document: Document) -> Iterator[Section]:
    text, title_end = document.text, document.title_end
    start = 0
    if title_end:
        start = min(title_end + 1, len(text))
        yield Section(TITLE, 0, start)
    kind = INTRO
    opened = start
    # Only around these can a heading stand that runs on into its text.
    hints = sorted(document.places(_INLINE_SIGNS, start) + document.places(_BARE_SIGNS, start))
    line_end = start - 1
    for line in text[start:].split("\n"):
        line_start, line_end = line_end + 1, line_end + 1 + len(line)
        if not line:
            continue
        found = None if len(line) > 70 and line[0].isalpha() and line[-1].isalpha() else heading_kind(line)
        cuts = [(line_start, found)] if found else []
        if not found and len(line) > 20 and _within(hints, line_start, line_end):
            cuts = _inline_headings(document, line, line_start)
        if not cuts:
            continue
        after = kind
        for at, new in cuts:
            if at > opened:
                yield Section(kind, opened, at)
            kind, opened = new, at
        # "Compensation: 90k" says one thing; the next line goes on with what was spoken of before.
        runs_on = _KEY_AND_VALUE.match(line) if found else cuts
        if runs_on and kind in {BENEFITS, LEGAL} and after != kind:
            end = min(line_end + 1, len(text))
            yield Section(kind, opened, end)
            kind, opened = (cuts[-2][1] if len(cuts) > 1 else after), end
    if opened < len(text):
        yield Section(kind, opened, len(text))


def _inline_headings(document: Document, line: str, start: int) -> list[tuple[int, str]]:
    """Return where in a line headings stand that run on into their text, and what they open."""
    found: dict[int, str] = {}
    for pattern, stems in ((_INLINE_HEADING, _INLINE_SIGNS), (_BARE_INLINE_HEADING, _BARE_SIGNS)):
        for hint in document.places(stems, start, start + len(line)):
            for match in pattern.finditer(line, max(0, hint - start - _LONGEST_HEADING), hint - start + _LONGEST_HEADING):
                found[match.start()] = match.group(1)
    kinds = ((start + at, heading_kind(heading + ":")) for at, heading in found.items())
    return sorted((at, kind) for at, kind in kinds if kind)


def _sentences(document: Document) -> Iterator[Sentence]:
    text, low = document.text, document.lowered
    wording = [
        (kind, [match.span() for at in document.places(stems) if (match := pattern.match(low, at))])
        for kind, stems, pattern in ((LEGAL, _LEGAL_STEMS, _LEGAL_TEXT), (BENEFITS, _BENEFITS_STEMS, _BENEFITS_TEXT))
    ]
    wording = [(kind, spans) for kind, spans in wording if spans]
    for section in document.sections:
        start, kind = section.start, section.kind
        told = [] if kind in {TITLE, LEGAL} else [other for other in wording if other[0] != kind]
        for match in _SENTENCE_END.finditer(text, start, section.end):
            end, following = match.span()
            # The sign that ends a sentence is its own.
            end += text[end] in _SENTENCE_SIGNS
            if text[end] == " " and _ABBREVIATION.search(text, max(start, end - 8), end):
                continue
            first, last = _trimmed(text, start, end)
            if first < last:
                yield Sentence(first, last, _kind_of(first, last, kind, told) if told else kind)
            start = following
        first, last = _trimmed(text, start, section.end)
        if first < last:
            yield Sentence(first, last, _kind_of(first, last, kind, told) if told else kind)


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the stretch without bullets and space at its edges."""
    while start < end and text[start] in _BEFORE_SENTENCE:
        start += 1
    while end > start and text[end - 1] in " \n":
        end -= 1
    return start, end


def _kind_of(start: int, end: int, kind: str, wording: list[tuple[str, list[tuple[int, int]]]]) -> str:
    """Return the kind of a sentence: its section's, unless its own wording is legal or of benefits."""
    for other, spans in wording:
        for place in range(bisect_left(spans, (start, start)), len(spans)):
            first, last = spans[place]
            if first >= end:
                break
            if last <= end:
                return other
    return kind


def _within(places_: list[int], start: int, end: int) -> bool:
    """Whether one of these places, in order, lies within a stretch."""
    after = bisect_left(places_, start)
    return after < len(places_) and places_[after] < end
