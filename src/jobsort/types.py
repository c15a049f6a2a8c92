"""The words of the domain, as types: a :class:`Posting` goes in, a :class:`Reading` comes out.

Everything here is frozen and free of behaviour but for :meth:`Reading.asdict`, the only source of JSON and CSV.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """The roles of the shipped model; a model of your own may have others, so readings carry plain strings."""

    ML_ENGINEER = "ml_engineer"
    DATA_SCIENTIST = "data_scientist"
    AI_ENGINEER = "ai_engineer"
    OTHER = "other"


class Seniority(StrEnum):
    """How senior a posting is, lowest first."""

    ENTRY = "entry"
    MID = "mid"
    SENIOR = "senior"
    LEADERSHIP = "leadership"


class Need(StrEnum):
    """How much a posting wants a skill, strongest first."""

    REQUIRED = "required"
    PREFERRED = "preferred"
    MENTIONED = "mentioned"


class Degree(StrEnum):
    """A degree, lowest first."""

    BACHELOR = "bachelor"
    MASTER = "master"
    PHD = "phd"


class Aspect(StrEnum):
    """The rows of the documents' role comparison table."""

    MAIN_GOAL = "main_goal"
    CORE_SKILL = "core_skill"
    PRIMARY_QUESTION = "primary_question"
    END_PRODUCT = "end_product"


@dataclass(frozen=True, slots=True)
class Salary:
    """Pay stated for the job.

    Attributes
    ----------
    min, max
        The ends of the range in `currency` per `period`; equal where one number is stated, None where an end is open.
    currency
        ISO 4217 code.
    period
        ``year``, ``month``, ``week``, ``day`` or ``hour``.
    """

    min: float | None
    max: float | None
    currency: str
    period: str


@dataclass(frozen=True, slots=True)
class Posting:
    """One job posting, as a reader hands it over.

    Attributes
    ----------
    text
        The posting's text, without markup. Need not be clean: :func:`jobsort.text.read_document` sees to that.
    title, company, location
        Empty where unknown.
    salary
        What the board's own pay fields say; wins over pay found in the text.
    source
        Where the posting comes from, for messages: a path, ``<stdin>``, ``export.csv row 12``.
    warnings
        What the reader had to repair or guess.
    """

    text: str
    title: str = ""
    company: str = ""
    location: str = ""
    salary: Salary | None = None
    source: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of the cleaned text: ``document.text[start:end] == text``."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SeniorityEvidence:
    """Words that speak for the level; `source` is ``title``, ``years``, ``duties``, ``reporting`` or ``grade``."""

    text: str
    start: int
    end: int
    source: str


@dataclass(frozen=True, slots=True)
class Skill:
    """A skill of the lexicon found in a posting.

    Attributes
    ----------
    name
        Canonical name (hard skills) or key of the documents' list (soft skills).
    category
        A key of ``[skills]`` in the documents' data, or ``soft_skills``.
    kind
        ``hard`` or ``soft``.
    need
        The strongest need of its mentions.
    mentions
        Where it stands, in reading order.
    """

    name: str
    category: str
    kind: str
    need: Need
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class AspectReading:
    """The sentence of a posting that speaks most to one row of the role comparison table, and the role it speaks for."""

    role: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SpecializationEvidence:
    """Words of the posting that speak for a specialisation."""

    text: str
    start: int
    end: int
    specialization: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A phrase that moved the decision: `weight` is its share of the score of `role`, in log-odds."""

    text: str
    start: int
    end: int
    role: str
    weight: float


@dataclass(frozen=True, slots=True)
class Adjacent:
    """For a posting that is none of the roles: the adjacent career or occupation group it reads like."""

    role: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a posting says: the record of the output contract.

    Offsets count characters of the cleaned text (`text`), whose first line is the title where one is known.
    """

    title: str
    company: str
    location: str
    role: str | None
    confidence: float | None
    probabilities: dict[str, float]
    title_role: str | None
    title_mismatch: bool
    adjacent: Adjacent | None
    specializations: tuple[str, ...]
    specialization_evidence: tuple[SpecializationEvidence, ...]
    seniority: Seniority | None
    seniority_confidence: float | None
    seniority_evidence: tuple[SeniorityEvidence, ...]
    years_min: int | None
    degree_min: Degree | None
    salary: Salary | None
    skills: tuple[Skill, ...]
    skill_mix: dict[str, float]
    aspects: dict[str, AspectReading | None]
    evidence: tuple[Evidence, ...]
    warnings: tuple[str, ...]
    error: str | None
    model: str
    text: str = field(default="", repr=False)

    def asdict(self, *, text: bool = False) -> dict[str, Any]:
        """Return the record as plain dicts, lists, strings and numbers, keys in the order of the contract.

        Parameters
        ----------
        text
            Keep the cleaned text, which the offsets count in.
        """
        record = {entry.name: _plain(getattr(self, entry.name)) for entry in fields(self)}
        if not text:
            del record["text"]
        return record


def _plain(value: Any) -> Any:  # noqa: ANN401
    """Turn enums, tuples and dataclasses into what JSON knows; faster than dataclasses.asdict, which copies deeply."""
    if value is None or type(value) in {str, int, float, bool}:
        return value
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
