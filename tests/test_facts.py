"""Years, degree and pay: cases in ``cases/*.json``, and what holds for any text."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobsort.facts import degree, salary, years
from jobsort.stems import find, group, lower
from jobsort.text import read_document
from jobsort.types import Degree, Posting, Salary

if TYPE_CHECKING:
    from jobsort.text import Document

CASES = Path(__file__).parent / "cases"


def cases(name: str) -> list[Any]:
    rows = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return [
        pytest.param(row, id=row["name"], marks=[pytest.mark.xfail(reason=row["xfail"], strict=True)] if "xfail" in row else [])
        for row in rows
    ]


def document(row: dict[str, Any]) -> Document:
    return read_document(Posting(title=row.get("title", ""), text=row["text"]))


@pytest.mark.parametrize("row", cases("years"))
def test_years(row: dict[str, Any]) -> None:
    found = years(document(row))
    assert (None if found is None else found[0]) == row["expected"]


@pytest.mark.parametrize("row", cases("degree"))
def test_degree(row: dict[str, Any]) -> None:
    found = degree(document(row))
    assert (None if found is None else found[0]) == row["expected"]


@pytest.mark.parametrize("row", cases("salary"))
def test_salary(row: dict[str, Any]) -> None:
    found = salary(document(row))
    said = None if found is None else [found.min, found.max, found.currency, found.period]
    assert said == row["expected"]


@pytest.mark.parametrize(("name", "least"), [("years", 40), ("degree", 40), ("salary", 60), ("seniority", 60)])
def test_the_cases_are_many_and_of_every_kind(name: str, least: int) -> None:
    rows = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    assert len(rows) >= least
    assert len({row["name"] for row in rows}) == len(rows)
    assert {row["kind"] for row in rows} == {"wild-like", "negative", "synthetic"}


def test_the_board_knows_better_than_the_text() -> None:
    board = Salary(1.0, 2.0, "CHF", "month")
    assert salary(read_document(Posting("Salary: $100,000 a year")), board) is board


def test_mentions_are_exact() -> None:
    read = read_document(Posting("Requirements\n- PhD or Master’s degree\n- Five (5)+ years of experience", title="Scientist"))
    found = degree(read)
    assert found is not None
    assert found[0] is Degree.MASTER
    assert read.text[found[1].start : found[1].end] == found[1].text == "Master’s"
    span = years(read)
    assert span is not None
    assert read.text[span[1].start : span[1].end] == span[1].text == "Five (5)+ years"


def test_the_upper_end_of_a_range() -> None:
    reading = years(read_document(Posting("Requirements\n- 2-6 years of experience")))
    assert reading is not None
    assert (reading.years, reading.high, reading.by_degree) == (2, 6, False)


def test_the_degrees_with_years_of_their_own() -> None:
    text = "Requirements\n- Bachelor's degree with 5 years of experience or PhD with 2 years of experience"
    reading = years(read_document(Posting(text)))
    assert reading is not None
    assert (reading.years, reading.high, reading.by_degree) == (2, 5, True)


def test_lower_moves_no_character() -> None:
    text = "İstanbul: 5 YEARS"
    assert len(lower(text)) == len(text)
    assert lower(text).endswith("5 years")


def test_places_are_characters_not_bytes() -> None:
    degrees = group("phd", "master")
    assert find("é\U0001f600 phd, a master", written=False)[degrees] == [3, 10]


def test_a_hyphenated_wish_is_a_wish() -> None:
    text = "Requirements:\n- PhD in ML required; a Master's degree in business is nice-to-have."
    found = degree(read_document(Posting(text)))
    assert found is not None
    assert found[0] == "phd"


def test_half_a_surrogate_pair_is_read() -> None:
    read = read_document(Posting("Requirements\n- \ud83d 5+ years of experience\n- Master's degree\nSalary: $90,000 a year"))
    stated, found, pay = years(read), degree(read), salary(read)
    assert stated is not None
    assert found is not None
    assert (stated[0], found[0], pay) == (5, Degree.MASTER, Salary(90_000.0, 90_000.0, "USD", "year"))


@pytest.mark.parametrize("word", ["1 ", "$1,000", "$", "5 years ", "5 years (", "master or bachelor ", "1'", "£5 - "])
def test_a_wall_of_one_word_costs_no_more_than_its_length(word: str) -> None:
    read = read_document(Posting(word * (40_000 // len(word))))
    start = perf_counter()
    years(read), degree(read), salary(read)
    assert perf_counter() - start < 5  # a pattern that looks back over the whole text takes minutes


WORDS = st.sampled_from(
    [
        *(
            "5",
            "years",
            "3-5",
            "yrs",
            "(5)",
            "+",
            "experience",
            "Requirements:",
            "\n",
            "no",
            "minimum",
            "preferred",
            "required",
        ),
        *(
            "Bachelor's",
            "PhD",
            "MS",
            "degree",
            "in",
            "or",
            "BS/MS",
            "High",
            "School",
            "lieu",
            "of",
            "İ",
            "ß",
            ".",
            ",",
            ";",
        ),
        *(
            "$",
            "£",
            "€",
            "100,000",
            "120k",
            "-",
            "to",
            "per",
            "year",
            "hour",
            "Salary:",
            "USD",
            "LPA",
            "lakh",
            "PLN",
            "R600",
        ),
        *("Rs.", "'", "401(k)", "raised", "1 000", "9.99"),
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(), st.lists(WORDS, max_size=40).map(" ".join)), st.text(max_size=20))
def test_any_text_is_read(text: str, title: str) -> None:
    read = read_document(Posting(text, title=title))
    stated = years(read)
    if stated is not None:
        assert 0 <= stated[0] <= 20
        assert read.text[stated[1].start : stated[1].end] == stated[1].text != ""
    found = degree(read)
    if found is not None:
        assert read.text[found[1].start : found[1].end] == found[1].text != ""
    pay = salary(read)
    if pay is not None:
        assert pay.min is not None
        assert pay.max is not None
        assert 0 < pay.min <= pay.max
        assert len(pay.currency) == 3
        assert pay.currency.isupper()
        assert pay.period in {"year", "month", "week", "day", "hour"}
