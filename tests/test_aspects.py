"""The comparison table and the specialisations read from a posting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from conftest import load_cases

from jobsort.aspects import read_aspects, read_specializations
from jobsort.types import Posting
from jobsort.vectors import Analyzer

if TYPE_CHECKING:
    from jobsort.lexicon import Lexicon


@pytest.fixture(scope="module")
def analyzer(lexicon: Lexicon) -> Analyzer:
    return Analyzer(lexicon)


@pytest.mark.parametrize("case", load_cases("aspects"))
def test_aspects(analyzer: Analyzer, lexicon: Lexicon, case: dict[str, Any]) -> None:
    found = analyzer.analyze(Posting(case["text"]))
    aspects = read_aspects(found.document, found.reading, lexicon, case["role"])
    for row, wanted in case["aspects"].items():
        quoted = aspects[row]
        if wanted is None:
            assert quoted is None, row
            continue
        assert quoted is not None, row
        assert found.document.text[quoted.start : quoted.end] == quoted.text
        assert [quoted.role, quoted.text[: len(wanted[1])]] == wanted


@pytest.mark.parametrize("case", load_cases("specializations"))
def test_specializations(analyzer: Analyzer, lexicon: Lexicon, case: dict[str, Any]) -> None:
    found = analyzer.analyze(Posting(case["text"]))
    fields, evidence = read_specializations(found.document, found.reading, lexicon)
    assert set(case["fields"]) <= set(fields)
    assert not set(case["not"]) & set(fields)
    assert {item.specialization for item in evidence} == set(fields)
    assert all(found.document.text[item.start : item.end] == item.text for item in evidence)


@pytest.mark.parametrize("leaning", [1.0, -1.0])
def test_a_sentence_is_quoted_for_a_role_that_its_concepts_lean_to(analyzer: Analyzer, lexicon: Lexicon, leaning: float) -> None:
    found = analyzer.analyze(Posting("Duties\n- Build and run the ranking models behind search in production."))
    weights = {"ml_engineer": [leaning] * len(lexicon.concepts), "other": [0.0] * len(lexicon.concepts)}
    quoted = read_aspects(found.document, found.reading, lexicon, "ml_engineer", weights)["main_goal"]
    assert (quoted is not None) == (leaning > 0)


@pytest.mark.parametrize("filler", [", " * 170, "," * 170, "and " * 60, "you will " * 30, "- " * 100, "a" * 230, "A " * 110])
def test_no_filler_stalls_a_pattern(analyzer: Analyzer, lexicon: Lexicon, filler: str) -> None:
    # With a pattern that is not linear this would take minutes.
    text = "Duties\n" + "\n".join([filler + "deploy machine learning models to production"] * 300)
    found = analyzer.analyze(Posting(text))
    assert set(read_aspects(found.document, found.reading, lexicon, "ml_engineer"))
