"""One small export of each family that users bring, with its traps."""

from __future__ import annotations

import json
from dataclasses import astuple
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobsort.readers import open_table, read_bytes, read_source

if TYPE_CHECKING:
    from jobsort.types import Posting

TESTS = Path(__file__).parents[1]
CASES = json.loads((TESTS / "cases" / "readers_exports.json").read_text("utf-8"))


def check(posting: Posting, expected: dict[str, Any]) -> None:
    for name in ("title", "company", "location", "text"):
        if name in expected:
            assert getattr(posting, name) == expected[name]
    if "salary" in expected:
        found = list(astuple(posting.salary)) if posting.salary else None
        assert found == expected["salary"]
    if "warnings" in expected:
        assert list(posting.warnings) == expected["warnings"]
    for part in expected.get("holds", ()):
        assert part in posting.text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_export(case: dict[str, Any]) -> None:
    table = open_table(TESTS / "exports" / case["file"])
    rows = list(table)
    assert [row.index for row in rows] == list(range(case["rows"]))
    postings = [row.posting for row in rows if row.posting]
    assert len(postings) == case["read"]
    assert all((row.posting is None) == (row.error is not None) for row in rows)
    for index, error in case.get("errors", {}).items():
        assert (rows[int(index)].error or "").startswith(error)
    for posting, expected in zip(postings, case["postings"], strict=False):
        check(posting, expected)
    assert table.position() == 1
    assert set(table.fields.values()) <= set(table.columns)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_single_sources_read_the_same(case: dict[str, Any]) -> None:
    path = TESTS / "exports" / case["file"]
    rows = [row.posting for row in open_table(path) if row.posting]
    found = read_source(path)
    assert [(p.title, p.text, p.salary) for p in found] == [(p.title, p.text, p.salary) for p in rows]
    assert [p.text for p in read_bytes(path.read_bytes(), case["file"])] == [p.text for p in found]


def test_page_with_structured_data() -> None:
    (posting,) = read_source(TESTS / "exports" / "page_jsonld.html")
    assert posting.title == "Staff ML Engineer"
    assert posting.company == "Larch"
    assert posting.location == "Pune, IN (Remote)"
    assert posting.text.startswith("You own the serving layer & its tests.\n- Five years")
    assert "cookies" not in posting.text
    assert posting.salary is not None
    assert astuple(posting.salary) == (150000, 190000, "USD", "year")


def test_page_without_structured_data() -> None:
    (posting,) = read_source(TESTS / "exports" / "page_plain.html")
    assert posting.title == "Data Scientist"
    assert posting.text.startswith("What you'll do\n- Run experiments")
    for chrome in ("cookie", "secret", "Apply", "Other", "tracking", "Home"):
        assert chrome not in posting.text
