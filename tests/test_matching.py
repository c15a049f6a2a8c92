"""Both ways of finding patterns find the same, patterns compile, and a bad row does not take its batch with it."""

from __future__ import annotations

import importlib
import pkgutil
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import jobsort
from jobsort import batch
from jobsort.matching import PhraseMatcher
from jobsort.patterns import _LazyPattern, lazy
from jobsort.text import normalize, read_document

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobsort import Classifier
    from jobsort.postings import LabeledPosting

PATTERNS = [b" sql ", b" sql server ", b" server ", b" deploy", b" deploy model", b" a b c ", b" b ", b" c++ ", b" .net "]
WORDS = ["SQL", "server", "deploy", "deploying", "models", "a", "b", "c", "C++", ".NET", "Ω", "x.", "\n", " ", "sqlserver"]


def found(matcher: PhraseMatcher, data: bytes, *, read: int) -> list[list[int]]:
    matcher._bytes_seen = read
    return [column.tolist() for column in matcher.find(data)]


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_looking_up_finds_what_the_automaton_finds(words: list[str]) -> None:
    matcher, data = PhraseMatcher(PATTERNS), normalize(" ".join(words)).data
    assert found(matcher, data, read=0) == found(matcher, data, read=10**9)


def test_both_ways_agree_on_postings(classifier: Classifier, labeled: list[LabeledPosting]) -> None:
    matcher = PhraseMatcher(list(classifier._matcher.places))
    for item in labeled[::40]:
        data = normalize(item.posting.text).data
        assert found(matcher, data, read=0) == found(matcher, data, read=10**9)


def test_every_pattern_compiles() -> None:
    compiled = 0
    for module in pkgutil.walk_packages(jobsort.__path__, "jobsort."):
        if "engines" in module.name:
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, _LazyPattern):
                re.compile(value.pattern, value.flags)
                compiled += 1
    assert compiled > 100


def test_a_lazy_pattern_has_all_that_a_pattern_has() -> None:
    made = lazy("(?P<first>a)b", re.IGNORECASE)
    assert (made.groups, dict(made.groupindex), made.sub("", "xABy")) == (1, {"first": 1}, "xy")
    with pytest.raises(AttributeError, match="nothing"):
        made.nothing  # type: ignore[attr-defined]  # noqa: B018


def test_a_row_that_cannot_be_read_leaves_its_batch_alone(
    classifier: Classifier, write: Callable[[str, str], Path], tmp_path: Path, monkeypatch: Any
) -> None:
    def breaks(posting: Any) -> Any:
        if posting.title == "Row 41":
            raise RuntimeError("broken row")
        return read_document(posting)

    monkeypatch.setattr("jobsort.classifier.read_document", breaks)
    rows = "".join(f"Row {number},You deploy models with Docker.\n" for number in range(100))
    source = write("in.csv", "title,description\n" + rows)
    counts = batch.score([source], tmp_path / "out.csv", classifier, jobs=1)
    assert (counts.rows, counts.failed) == (100, 1)
    lines = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[0] for line in lines if "broken row" in line] == ["Row 41"]
