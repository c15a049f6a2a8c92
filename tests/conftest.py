"""What the tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from jobsort import Classifier
from jobsort.lexicon import Lexicon
from jobsort.paths import data_folder
from jobsort.postings import LabeledPosting, load_labeled

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
CASES = Path(__file__).parent / "cases"


def load_cases(name: str) -> list[Any]:
    """Return the cases of ``cases/NAME.json`` as pytest parameters; those with ``xfail`` must fail."""
    cases = json.loads((CASES / f"{name}.json").read_text(encoding="utf-8"))
    return [
        pytest.param(
            case,
            id=case["name"],
            marks=[pytest.mark.xfail(reason=case["xfail"], strict=True)] if case.get("xfail") else [],
        )
        for case in cases
    ]


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return Classifier.load("default")


@pytest.fixture(scope="session")
def labeled() -> list[LabeledPosting]:
    return load_labeled(data_folder() / "labeled_postings")


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return Lexicon.from_folder(data_folder() / "lexicon")


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Write a file into a folder of the test's own."""

    def _write(name: str, content: str | bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return _write
