"""JSON of applicant tracking systems, boards and scrapers: Greenhouse, Lever, Ashby, SmartRecruiters, JobSpy, …."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobsort.errors import UnreadableSourceError
from jobsort.readers.fields import Fields, detect, join_parts
from jobsort.readers.schema_org import find_job_postings, is_job_posting, read_job_posting
from jobsort.readers.titles import one_line
from jobsort.readers.values import body_text, company_name, pay_object, place
from jobsort.types import Posting

if TYPE_CHECKING:
    from collections.abc import Mapping

# Under these keys a wrapper keeps its list of postings.
_WRAPPERS = (
    "jobs", "jobPostings", "job_postings", "postings", "jobs_results", "jobsResults", "results", "data", "items",
    "content", "records", "rows", "hits", "offers", "vacancies", "positions", "value", "@graph", "_source", "job",
    "posting", "jobPosting",
)  # fmt: skip


def records_of(data: object) -> list[Any]:
    """Return the records of a JSON document: a bare or wrapped array, a single object, a table pandas wrote by column.

    Examples
    --------
    >>> records_of({"meta": {"total": 1}, "jobs": [{"title": "ML Engineer"}]})
    [{'title': 'ML Engineer'}]
    >>> records_of({"title": {"0": "ML Engineer"}, "description": {"0": "Ship models."}})
    [{'title': 'ML Engineer', 'description': 'Ship models.'}]
    """
    company = ""
    for _ in range(6):
        if isinstance(data, list):
            records = list(data)
            if company:
                records = [{**record, "company": company} if _lacks_company(record) else record for record in records]
            return records
        if not isinstance(data, dict) or _is_record(data):
            break
        columnar = _from_columns(data)
        if columnar is not None:
            return columnar
        inner = next((data[key] for key in _WRAPPERS if isinstance(data.get(key), list | dict) and data[key] != {}), None)
        if inner is None:
            jobs = list(find_job_postings(data))
            return jobs or [data]
        # Workable's widget names the account beside the list of its jobs.
        name = data.get("name") or data.get("company") or data.get("companyName")
        company = name if isinstance(name, str) and isinstance(inner, list) else company
        data = inner
    return [data]


def _lacks_company(record: object) -> bool:
    return isinstance(record, dict) and not any("company" in str(key).lower() or "organi" in str(key).lower() for key in record)


def _is_record(data: dict[str, Any]) -> bool:
    if is_job_posting(data) or "jobAd" in data or _is_lever(data):
        return True
    if any(isinstance(data.get(key), list) and data[key] for key in ("jobs", "results", "items", "postings", "jobPostings")):
        return False
    fields = detect(list(data))
    return any(isinstance(fields.value(data, field), str) for field in ("text", "title")) and fields.has_text


def _from_columns(data: dict[str, Any]) -> list[Any] | None:
    """Undo pandas' ``to_json``: by column (the default) or split into columns and data."""
    columns, rows = data.get("columns"), data.get("data")
    if isinstance(columns, list) and isinstance(rows, list) and all(isinstance(row, list) for row in rows):
        return [dict(zip(map(str, columns), row, strict=False)) for row in rows]
    values = list(data.values())
    if (
        len(values) < 2
        or not all(isinstance(value, dict) and value for value in values)
        or len({len(value) for value in values}) != 1
    ):
        return None
    first = list(values[0])
    # By row ("index") the inner keys are the columns; by column they are row labels, nearly always numbers.
    if all(str(key).isdigit() for key in first):
        return [{name: column.get(key) for name, column in data.items()} for key in first]
    if all(str(key).isdigit() for key in data):
        return values
    return None


class RecordReader:
    """Reads JSON records one by one; remembers the columns of records alike, since exports leave out empty fields.

    Parameters
    ----------
    chosen
        Columns named by the user, by field.
    """

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self._chosen = dict(chosen or {})
        self._known: dict[tuple[str, ...], Fields] = {}

    def fields(self, record: Mapping[str, Any]) -> Fields:
        """Return the columns that make a posting of `record`."""
        keys = tuple(record)
        fields = self._known.get(keys)
        if fields is None:
            fields = detect(keys, [record], self._chosen)
            if len(self._known) < 10_000:
                self._known[keys] = fields
        return fields

    def read(self, record: Mapping[str, Any], source: str) -> Posting | None:
        """Return the posting that a record holds, or None where it has neither text nor title."""
        if not self._chosen and isinstance(record, dict):
            if is_job_posting(record):
                return read_job_posting(record, source)
            if isinstance(record.get("jobAd"), dict):
                return _smartrecruiters(record, source)
            if _is_lever(record):
                return _lever(record, source)
        return self.fields(record).posting(record, source)


def read_json(data: Any, name: str) -> list[Posting]:  # noqa: ANN401
    r"""Return the postings of a decoded JSON document.

    Parameters
    ----------
    data
        What :func:`json.loads` returned.
    name
        Where it comes from, for messages.

    Raises
    ------
    UnreadableSourceError
        If nothing in it reads like a posting.

    Examples
    --------
    >>> lists = [{"text": "You bring", "content": "<li>Python</li>"}]
    >>> lever = [{"text": "ML Engineer", "descriptionPlain": "Ship models.", "lists": lists}]
    >>> posting, = read_json(lever, "lever.json")
    >>> posting.title, posting.text
    ('ML Engineer', 'Ship models.\n\nYou bring\n- Python')
    """
    records = records_of(data)
    reader = RecordReader()
    postings = []
    for index, record in enumerate(records):
        source = name if len(records) == 1 else f"{name} row {index}"
        posting = reader.read(record, source) if isinstance(record, dict) else None
        if posting is not None:
            postings.append(posting)
    if not postings:
        message = f"{name} is JSON without a posting that can be read; {_found(data, records)}."
        raise UnreadableSourceError(message)
    return postings


def _found(data: object, records: list[Any]) -> str:
    if not records:
        return "the list of postings is empty"
    example = next((record for record in records if isinstance(record, dict)), data)
    if isinstance(example, dict):
        keys = ", ".join(str(key)[:40] for key in list(example)[:20])
        return f"found the keys {keys}; a posting needs a description or a title" if keys else "found an empty object"
    return f"found {type(example).__name__} where an object with a description is needed"


# --- families whose text stands in several places ---------------------------------------------------------------


def _is_lever(record: Mapping[str, Any]) -> bool:
    return isinstance(record.get("text"), str) and (
        isinstance(record.get("lists"), list) or isinstance(record.get("categories"), dict) or "descriptionPlain" in record
    )


def _lever(record: Mapping[str, Any], source: str) -> Posting | None:
    def plain(name: str) -> str:
        return body_text(record.get(f"{name}Plain")) or body_text(record.get(name))

    # "description" holds the opening already; the body alone may be given under another name.
    text = plain("description") or join_parts(plain("opening"), [("", plain("descriptionBody"))])
    lists = record.get("lists")
    parts = [
        (one_line(body_text(item.get("text"))), body_text(item.get("content")))
        for item in (lists if isinstance(lists, list) else ())
        if isinstance(item, dict)
    ]
    text = join_parts(text, [*parts, ("", plain("additional")), ("Salary", plain("salaryDescription"))])
    title = one_line(body_text(record.get("text")))
    if not text and not title:
        return None
    categories = record.get("categories")
    categories = categories if isinstance(categories, dict) else {}
    location = place(categories.get("allLocations")) or place(categories.get("location"))
    salary = pay_object(record.get("salaryRange"))
    company = company_name(record.get("company") or record.get("company_name"))
    warnings = () if text else ("no description; read from the title alone",)
    return Posting(text, title, company, location, salary, source, warnings)


_SECTIONS = (
    ("jobDescription", "Job description"),
    ("qualifications", "Qualifications"),
    ("additionalInformation", "Additional information"),
    # The company's text last, and named for what it is: what a company says of itself is not the job.
    ("companyDescription", "About us"),
)


def _smartrecruiters(record: Mapping[str, Any], source: str) -> Posting | None:
    sections = record["jobAd"].get("sections")
    sections = sections if isinstance(sections, dict) else {}
    parts = []
    for name, heading in _SECTIONS:
        section = sections.get(name)
        text = body_text(section.get("text")) if isinstance(section, dict) else body_text(section)
        parts.append((heading, text))
    text = join_parts("", parts)
    title = one_line(body_text(record.get("name")) or body_text(record.get("title")))
    if not text and not title:
        return None
    company = company_name(record.get("company"))
    salary = pay_object(record.get("salary") or record.get("compensation"))
    warnings = () if text else ("no description; read from the title alone",)
    return Posting(text, title, company, place(record.get("location")), salary, source, warnings)
