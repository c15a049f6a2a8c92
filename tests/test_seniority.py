"""The level: cases in ``cases/seniority.json``, and what holds for any text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobsort.facts import years
from jobsort.seniority import SeniorityReading, seniority
from jobsort.text import Document, read_document
from jobsort.types import Posting, Seniority

ROWS = json.loads((Path(__file__).parent / "cases" / "seniority.json").read_text(encoding="utf-8"))
SOURCES = {"title", "years", "duties", "reporting", "grade"}


def read(title: str, text: str) -> tuple[Document, SeniorityReading]:
    document = read_document(Posting(title=title, text=text))
    return document, seniority(document, years(document))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row["name"], marks=[pytest.mark.xfail(reason=row["xfail"], strict=True)] if "xfail" in row else [])
        for row in ROWS
    ],
)
def test_seniority(row: dict[str, Any]) -> None:
    _, reading = read(row["title"], row["text"])
    assert reading.level == row["expected"]


def test_the_evidence_comes_in_order_of_trust() -> None:
    document, reading = read(
        "Senior Data Engineer (L5)",
        "Reporting to the CTO, you mentor junior engineers.\nRequirements\n- 6+ years of experience with pipelines",
    )
    assert reading.level is Seniority.SENIOR
    assert [item.source for item in reading.evidence] == ["title", "years", "duties", "reporting"]
    assert [item.text for item in reading.evidence][:2] == ["Senior", "6+ years"]
    assert all(document.text[item.start : item.end] == item.text for item in reading.evidence)


def test_a_title_is_surer_than_years_and_years_than_nothing() -> None:
    by_title = read("Senior Engineer", "We build.")[1].confidence
    by_years = read("Engineer", "Requirements\n- 5+ years of experience")[1].confidence
    assert by_title > 0.9 > by_years > 0.5


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(st.text(max_size=60), st.sampled_from([row["title"] for row in ROWS])),
    st.one_of(st.text(), st.sampled_from([row["text"] for row in ROWS])),
    st.one_of(st.none(), st.integers(0, 20)),
)
def test_any_text_is_read(title: str, text: str, stated: int | None) -> None:
    document = read_document(Posting(title=title, text=text))
    found = years(document)
    reading = seniority(document, found and found._replace(years=found.years if stated is None else stated))
    assert reading.level in Seniority
    assert 0.5 <= reading.confidence <= 1
    for item in reading.evidence:
        assert document.text[item.start : item.end] == item.text != ""
        assert item.source in SOURCES
