"""Which column holds what: names of known exports, and the posting that a row makes with them."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobsort.errors import MissingColumnError
from jobsort.readers.titles import one_line
from jobsort.readers.values import (
    body_text,
    cell_text,
    company_name,
    currency_code,
    is_missing,
    join_place,
    make_salary,
    pay_object,
    pay_text,
    place,
    schema_salary,
    unescape_pairs,
)
from jobsort.types import Posting, Salary

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# Names without case, spaces and punctuation, best first.
_NAMES: dict[str, tuple[str, ...]] = {
    field: tuple(names.split())
    for field, names in {
        "text": """fulldescription fulljobdescription jobdescription descriptionplain description descriptiontext
            descriptionhtml descriptionmarkdown jobdesc jobsummary jobad jobadtext jobposting postingtext posting
            jobtext jobdetails jobdetail jobcontent content vacancydescription positiondescription desc details
            adtext text summary""",
        "title": """title jobtitle positiontitle jobname postingtitle vacancytitle jobpositiontitle rolename position
            vacancy designation name role job""",
        "company": """company companyname employer employername hiringorganization hiringorganizationname hiringcompany
            organization organisation organizationname companytitle firm""",
        "location": """location joblocation locationname categorieslocation formattedlocation locations joblocations
            joblocationaddress place workplace locationraw alllocations""",
        "city": "city jobcity town addresslocality",
        "region": "state region jobstate province addressregion",
        "country": "country jobcountry addresscountry",
        "salary": """salary compensation salaryrange basesalary pay payrange salarytext jobsalary payinputranges
            jobbasesalary compensationtext""",
        "salary_min": "minamount minsalary salarymin jobminsalary salaryfrom salaryrangemin basesalarymin minpay",
        "salary_max": "maxamount maxsalary salarymax jobmaxsalary salaryto salaryrangemax basesalarymax maxpay",
        "salary_med": "medsalary salaryavg mediansalary",
        "salary_period": """interval payperiod salaryperiod jobsalaryperiod salaryrate salaryrangeinterval
            salaryinterval salaryunit compensationinterval""",
        "salary_currency": "currency salarycurrency jobsalarycurrency salaryrangecurrency compensationcurrency",
    }.items()
}
# Columns that go on with the text, under the heading they are read with.
_PARTS = {
    "responsibilities": "Responsibilities",
    "jobresponsibilities": "Responsibilities",
    "keyresponsibilities": "Responsibilities",
    "duties": "Responsibilities",
    "requirements": "Requirements",
    "jobrequirements": "Requirements",
    "jobrequirement": "Requirements",
    "qualifications": "Qualifications",
    "jobqualifications": "Qualifications",
    "minimumqualifications": "Minimum qualifications",
    "requiredqualifications": "Required qualifications",
    "requiredqual": "Required qualifications",
    "basicqualifications": "Basic qualifications",
    "preferredqualifications": "Preferred qualifications",
    "skillsdesc": "Skills",
    "requiredskills": "Required skills",
    "preferredskills": "Preferred skills",
    "nicetohave": "Nice to have",
    "additional": "Additional information",
    "additionalplain": "Additional information",
    "additionalinformation": "Additional information",
}
FIELDS = tuple(_NAMES)
"""The fields that a column can be named for."""

_PERIOD_SALARY = frozenset({"salary_min", "salary_max", "salary_med"})


def normalize_name(column: str) -> str:
    """Return a column's name as it is compared: letters and digits, lower case.

    Examples
    --------
    >>> normalize_name("Job Description") == normalize_name("job_description") == normalize_name("jobDescription")
    True
    """
    return re.sub(r"[\W_]+", "", column.lower())


@dataclass(frozen=True, slots=True)
class Fields:
    """The columns of a table that a posting is made of.

    Attributes
    ----------
    columns
        For each field the columns that may hold it, best first: a row without the first is read from the next.
    parts
        Columns that go on with the text, each with its heading.
    csv
        Whether cells went through a csv writer, which may have doubled backslashes.
    """

    columns: Mapping[str, tuple[str, ...]]
    parts: tuple[tuple[str, str], ...] = ()
    csv: bool = False

    @property
    def has_text(self) -> bool:
        """Whether a column holds text, or part of it."""
        return "text" in self.columns or bool(self.parts)

    @property
    def first(self) -> dict[str, str]:
        """The best column of each field."""
        found = {field: columns[0] for field, columns in self.columns.items()}
        if "text" not in found and self.parts:
            found["text"] = self.parts[0][1]
        return found

    def value(self, values: Mapping[str, Any], field: str) -> object:
        """Return the first cell for `field` that holds something, else None."""
        for column in self.columns.get(field, ()):
            cell = values.get(column)
            if cell is None and "." in column:
                cell = dig(values, column)
            if not is_missing(cell):
                return cell
        return None

    def posting(self, values: Mapping[str, Any], source: str, warnings: Iterable[str] = ()) -> Posting | None:
        """Make a posting of a row, or None where it has neither text nor title."""
        text = next(filter(None, (self._text(values, column) for column in self.columns.get("text", ()))), "")
        text = join_parts(text, ((heading, self._text(values, column)) for heading, column in self.parts))
        titles = (one_line(body_text(values.get(column, dig(values, column)))) for column in self.columns.get("title", ()))
        title = next(filter(None, titles), "")
        if not text and not title:
            return None
        notes = tuple(warnings)
        if not text:
            notes += ("no description; read from the title alone",)
        location = self._location(values)
        salary = self._salary(values, location)
        company = company_name(self.value(values, "company"))
        return Posting(text, title, company, location, salary, source, notes)

    def _text(self, values: Mapping[str, Any], column: str) -> str:
        cell = values.get(column)
        if cell is None and "." in column:
            cell = dig(values, column)
        if self.csv and isinstance(cell, str):
            cell = unescape_pairs(cell)
        return body_text(cell)

    def _location(self, values: Mapping[str, Any]) -> str:
        location = place(self.value(values, "location"))
        if location and location.lower() not in {"none", "null"}:
            return location
        return join_place(place(self.value(values, field)) for field in ("city", "region", "country"))

    def _salary(self, values: Mapping[str, Any], location: str) -> Salary | None:
        stated = self.value(values, "salary")
        low, high = self.value(values, "salary_min"), self.value(values, "salary_max")
        if low is None and high is None:
            low = high = self.value(values, "salary_med")
        if low is not None or high is not None:
            currency = self.value(values, "salary_currency") or currency_code(stated if isinstance(stated, str) else None, location)
            salary = make_salary(low, high, currency, self.value(values, "salary_period"))
            if salary or stated is None:
                return salary
        if isinstance(stated, str):
            return pay_text(stated.strip(), location)
        if isinstance(stated, dict | list):
            return pay_object(stated) or schema_salary(stated)
        return None


def dig(values: Mapping[str, Any], path: str) -> object:
    """Return what stands at a dotted path of nested objects, else None.

    Examples
    --------
    >>> dig({"job": {"description": "Python"}}, "job.description")
    'Python'
    """
    found: object = values
    for key in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(key)
    return found


def join_parts(text: str, parts: Iterable[tuple[str, str]]) -> str:
    """Append parts to a text under their headings, unless the text holds them already or they bring their own.

    Examples
    --------
    >>> print(join_parts("Build models.", [("Requirements", "Python"), ("Skills", "Build models.")]))
    Build models.
    <BLANKLINE>
    Requirements
    Python
    """
    pieces = [text] if text else []
    for heading, part in parts:
        if not part or part[:200] in text:
            continue
        first = part.split("\n", 1)[0].strip(" *#:\t")
        headed = normalize_name(first) == normalize_name(heading) or part.lower().startswith(heading.lower())
        pieces.append(part if headed or not heading else f"{heading}\n{part}")
    return "\n\n".join(pieces)


def detect(
    columns: Sequence[str],
    sample: Sequence[Mapping[str, Any]] = (),
    chosen: Mapping[str, str] | None = None,
    *,
    csv: bool = False,
) -> Fields:
    """Find the columns that make a posting.

    Parameters
    ----------
    columns
        Names of the columns, in order.
    sample
        First rows, asked where a name alone does not decide.
    chosen
        Columns named by the user, by field; they are not second-guessed.
    csv
        Whether the cells come from a csv file.

    Examples
    --------
    >>> detect(["id", "Job Title", "Job Description", "Company Name"]).first
    {'text': 'Job Description', 'title': 'Job Title', 'company': 'Company Name'}
    """
    chosen = {field: column for field, column in (chosen or {}).items() if column}
    taken = set(chosen.values())
    by_name: dict[str, list[str]] = {}
    for column in columns:
        if column not in taken:
            by_name.setdefault(normalize_name(column), []).append(column)
    # Lever's title stands in "text", and its text elsewhere.
    lever = "text" in by_name and bool({"descriptionplain", "lists"} & by_name.keys())
    found: dict[str, tuple[str, ...]] = {}
    for field, names in _NAMES.items():
        if field in chosen:
            found[field] = (chosen[field],)
            continue
        if lever and field in {"text", "title"}:
            names = ("text",) if field == "title" else tuple(name for name in names if name != "text")  # noqa: PLW2901
        matches = [column for name in names for column in by_name.get(name, ()) if _fits(field, name, column, sample)]
        if matches:
            found[field] = tuple(matches)
    texts = found.get("text", ())
    if "text" in chosen:
        parts: tuple[tuple[str, str], ...] = ()
    else:
        parts = tuple(
            (_PARTS[name], column) for name, same in by_name.items() if name in _PARTS for column in same if column not in texts
        )
    return Fields(found, parts, csv)


def _fits(field: str, name: str, column: str, sample: Sequence[Mapping[str, Any]]) -> bool:
    """Ask the cells where a name has two meanings: a rank called "position", a label called "role"."""
    cells = [row.get(column) for row in sample if not is_missing(row.get(column))]
    if name == "role" and not any(isinstance(cell, str) and " " in cell for cell in cells):
        return False  # "ml_engineer": a label, which must not leak into what is read
    if field == "title" and name in {"position", "job", "name", "role", "designation", "vacancy"}:
        return all(isinstance(cell, str) and not _is_number(cell) and len(cell) <= 300 for cell in cells)
    if field == "text" and "description" not in name:
        return not cells or not all(_is_number(cell) for cell in cells)
    if field == "salary":
        return not cells or not all(_is_number(cell) for cell in cells)
    return True


def _is_number(cell: object) -> bool:
    if isinstance(cell, int | float):
        return True
    return isinstance(cell, str) and len(cell) < 40 and cell.strip().replace(".", "", 1).lstrip("-").isdigit()


def check_columns(
    name: str,
    columns: Sequence[str],
    fields: Fields,
    sample: Sequence[Mapping[str, Any]],
    chosen: Mapping[str, str],
    *,
    option: str = "--text-column {}",
) -> None:
    """Raise :class:`MissingColumnError` where a table has no text, or not the columns that the user named."""
    for field, column in chosen.items():
        if field not in FIELDS:
            message = f"unknown field {field!r}; a column can be named for {', '.join(FIELDS)}."
            raise MissingColumnError(message)
        if column not in columns and not any(dig(row, column) is not None for row in sample):
            close = difflib.get_close_matches(column, columns, 1, 0.6)
            hint = f" Did you mean {close[0]}?" if close else ""
            message = f"{name} has no column {column!r}; found {_listed(columns)}.{hint}"
            raise MissingColumnError(message)
    if not fields.has_text:
        best = _longest(columns, sample, fields)
        remedy = f"Pass {option.format(_quoted(best) if best else 'NAME')}."
        message = f"{name} has no description column; found {_listed(columns)}. {remedy}"
        raise MissingColumnError(message)


def _quoted(column: str) -> str:
    return f'"{column}"' if " " in column else column


def _listed(columns: Sequence[str]) -> str:
    shown = [column or '""' for column in columns[:20]]
    more = len(columns) - len(shown)
    return (", ".join(shown) or "no columns") + (f" and {more} more" if more > 0 else "")


def _longest(columns: Sequence[str], sample: Sequence[Mapping[str, Any]], fields: Fields) -> str:
    """Return the column whose cells are longest, which is most likely the text; links and titles are not."""
    known = {fields.first.get(field) for field in ("title", "company", "location")}
    best, length = "", 0.0
    for column in columns:
        cells = [text for text in (cell_text(row.get(column)) for row in sample) if text and not text.startswith("http")]
        mean = sum(map(len, cells)) / len(cells) if cells else 0.0
        if column not in known and mean > length:
            best, length = column, mean
    return best
