"""schema.org's JobPosting, which pages carry as JSON-LD for search engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobsort.readers.fields import join_parts
from jobsort.readers.markup import as_text
from jobsort.readers.titles import one_line
from jobsort.readers.values import amount, body_text, company_name, place, schema_salary
from jobsort.types import Posting

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_OBJECTS = 100_000


def is_job_posting(value: object) -> bool:
    """Tell whether an object is a JobPosting, whatever way its type is written.

    Examples
    --------
    >>> is_job_posting({"@type": ["JobPosting"]}), is_job_posting({"@type": "http://schema.org/JobPosting"})
    (True, True)
    """
    if not isinstance(value, dict):
        return False
    types = value.get("@type", value.get("type"))
    names = types if isinstance(types, list) else [types]
    return any(isinstance(name, str) and name.rstrip("/").endswith("JobPosting") for name in names)


def find_job_postings(data: object) -> Iterator[dict[str, Any]]:
    """Yield every JobPosting in `data`, in reading order: in arrays, under ``@graph``, inside other objects.

    Examples
    --------
    >>> [job["title"] for job in find_job_postings({"@graph": [{"@type": "JobPosting", "title": "ML Engineer"}]})]
    ['ML Engineer']
    """
    stack = [data]
    for _ in range(_MAX_OBJECTS):
        if not stack:
            return
        value = stack.pop()
        if is_job_posting(value):
            assert isinstance(value, dict)  # noqa: S101
            yield value
        elif isinstance(value, dict):
            stack.extend(reversed(list(value.values())))
        elif isinstance(value, list):
            stack.extend(reversed(value))


def read_job_posting(job: dict[str, Any], source: str) -> Posting | None:
    """Return the posting that a JobPosting describes, or None where it has neither text nor title.

    Examples
    --------
    >>> job = {"title": "ML Engineer", "description": "<p>Ship models.</p>", "jobLocationType": "TELECOMMUTE"}
    >>> posting = read_job_posting(job, "")
    >>> posting.title, posting.text, posting.location
    ('ML Engineer', 'Ship models.', 'Remote')
    """
    text = join_parts(
        body_text(job.get("description")),
        (
            ("Responsibilities", body_text(job.get("responsibilities"))),
            ("Qualifications", body_text(job.get("qualifications"))),
            ("Skills", body_text(job.get("skills"))),
        ),
    )
    text = join_parts(text, [("Experience", _experience(job, text))])
    title = one_line(body_text(job.get("title") or job.get("name")))
    if not text and not title:
        return None
    location = place(job.get("jobLocation"))
    if "TELECOMMUTE" in str(job.get("jobLocationType", "")).upper():
        where = location or place(job.get("applicantLocationRequirements"))
        location = f"{where} (Remote)" if where else "Remote"
    salary = schema_salary(job.get("baseSalary"), job.get("salaryCurrency"))
    warnings = () if text else ("no description; read from the title alone",)
    return Posting(text, title, company_name(job.get("hiringOrganization")), location, salary, source, warnings)


def _experience(job: dict[str, Any], text: str) -> str:
    """Say the required experience in words where only the structured data has it."""
    required = job.get("experienceRequirements")
    if isinstance(required, str):
        return as_text(required)
    if isinstance(required, list):
        required = next((item for item in required if isinstance(item, dict)), None)
    if not isinstance(required, dict) or "year" in text.lower():
        return ""
    months = amount(required.get("monthsOfExperience"))
    if months is None or not 12 <= months <= 600:
        return ""
    years = int(months // 12)
    return f"At least {years} year{'s' if years > 1 else ''} of experience."
