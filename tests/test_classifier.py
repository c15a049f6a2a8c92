"""The classifier: it agrees with scikit-learn, explains itself, and its records keep the contract."""

from __future__ import annotations

import copy
import json
import math
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobsort import Classifier, Posting, Role, Seniority
from jobsort.errors import InvalidModelError, MissingColumnError, ModelNotFoundError
from jobsort.paths import models_folder
from jobsort.training import export, fit
from jobsort.types import Aspect, Need

if TYPE_CHECKING:
    from pathlib import Path

    from jobsort.lexicon import Lexicon
    from jobsort.postings import LabeledPosting

RECORD = """title company location role confidence probabilities title_role title_mismatch adjacent specializations
specialization_evidence seniority seniority_confidence seniority_evidence years_min degree_min salary skills skill_mix aspects
evidence warnings error model""".split()  # noqa: SIM905
TEXT = """ML Engineer, Ranking

You deploy ranking models behind an API and watch them for drift.
Requirements: 4+ years of Python, PyTorch and Kubernetes; a bachelor's degree. Nice to have: Go.
$140,000 - $170,000 a year"""


def test_classifier_agrees_with_scikit_learn(labeled: list[LabeledPosting], lexicon: Lexicon, tmp_path: Path) -> None:
    # A third of them will do: what is compared is the arithmetic.
    model = fit(labeled[::3], lexicon)
    export(model, tmp_path / "fresh", "fresh")
    postings = [item.posting for item in labeled[::3]]
    wanted = model.pipeline.predict_proba(postings)
    loaded = Classifier.load(tmp_path / "fresh")
    assert list(loaded.roles) == list(model.pipeline.classes_)
    got = loaded.predict_proba(postings)
    assert np.abs(wanted - got).max() < 1e-6


def test_shipped_model_knows_its_data(classifier: Classifier, labeled: list[LabeledPosting]) -> None:
    from jobsort.training import hash_postings

    assert classifier.config["training"]["sha256"] == hash_postings(labeled), "run scripts/train.py: the labelled postings changed"


def test_shipped_model_carries_the_lexicon(lexicon: Lexicon) -> None:
    stored = (models_folder() / "default" / "lexicon.json").read_text(encoding="utf-8")
    assert stored == lexicon.to_json(), "run scripts/train.py: the lexicon changed"


def test_record_keeps_the_contract(classifier: Classifier) -> None:
    reading = classifier.classify(TEXT)
    record = reading.asdict()
    assert list(record) == RECORD
    assert json.loads(json.dumps(record)) == record
    assert list(reading.asdict(text=True)) == [*RECORD, "text"]
    assert set(record["probabilities"]) == set(Role)
    assert math.isclose(sum(record["probabilities"].values()), 1, abs_tol=1e-5)
    assert set(record["aspects"]) == set(Aspect)
    assert record["role"] == "ml_engineer"
    assert record["salary"] == {"min": 140000, "max": 170000, "currency": "USD", "period": "year"}
    assert record["years_min"] == 4
    assert record["degree_min"] == "bachelor"
    assert record["seniority"] in set(Seniority)
    needs = {skill["name"]: skill["need"] for skill in record["skills"]}
    assert needs["PyTorch"] == Need.REQUIRED
    assert needs["Go"] == Need.PREFERRED


def spans(value: Any) -> list[dict[str, Any]]:
    """Every {text, start, end} inside a record."""
    if isinstance(value, dict):
        here = [value] if {"text", "start", "end"} <= set(value) else []
        return here + [span for item in value.values() for span in spans(item)]
    return [span for item in value for span in spans(item)] if isinstance(value, list) else []


def test_offsets_point_into_the_cleaned_text(classifier: Classifier, labeled: list[LabeledPosting]) -> None:
    for item in labeled[::7]:
        record = classifier.classify(item.posting).asdict(text=True)
        found = spans(record)
        assert found
        for span in found:
            assert record["text"][span["start"] : span["end"]] == span["text"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(title=st.text(max_size=60), text=st.text(max_size=400))
def test_any_text_is_read(classifier: Classifier, title: str, text: str) -> None:
    record = classifier.classify(Posting(text=text, title=title)).asdict(text=True)
    assert record["error"] is None
    for span in spans(record):
        assert record["text"][span["start"] : span["end"]] == span["text"]


def test_explanation_adds_up(classifier: Classifier, labeled: list[LabeledPosting]) -> None:
    for item in labeled[::31]:
        reading = classifier.classify(item.posting)
        scores = {}
        for role in classifier.roles:
            explanation = classifier.explain(item.posting, role)
            total = explanation.intercept + sum(part.contribution for part in explanation.contributions)
            assert math.isclose(total, explanation.score, abs_tol=1e-9)
            scores[role] = explanation.score
        powers = {role: math.exp(score - max(scores.values())) for role, score in scores.items()}
        for role, power in powers.items():
            assert math.isclose(power / sum(powers.values()), reading.probabilities[role], abs_tol=2e-6)
        assert classifier.explain(item.posting).role == reading.role


def test_explaining_an_unknown_role(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="no role 'chef'; it has"):
        classifier.explain(TEXT, "chef")


def test_three_ways_in_agree(classifier: Classifier) -> None:
    postings = [Posting(text=TEXT, title="A"), Posting(text="Care for patients on the ward.", title="Nurse")]
    one_by_one = [classifier.classify(posting) for posting in postings]
    assert list(classifier.classify_many(postings)) == one_by_one
    frame = pd.DataFrame({"title": ["A", "Nurse"], "description": [p.text for p in postings]}, index=[7, 3])
    scored = classifier.classify_frame(frame)
    assert list(scored.index) == [7, 3]
    assert list(scored["jobsort_role"]) == [reading.role for reading in one_by_one]


def test_frame_without_text_says_what_to_do(classifier: Classifier) -> None:
    with pytest.raises(MissingColumnError, match="co"):
        classifier.classify_frame(pd.DataFrame({"co": ["x"], "n": [1]}))


def test_classifier_travels_to_other_processes(classifier: Classifier) -> None:
    there = pickle.loads(pickle.dumps(classifier))
    assert there.classify(TEXT) == classifier.classify(TEXT)
    assert copy.deepcopy(classifier).classify(TEXT) == classifier.classify(TEXT)


def test_title_and_duties_may_disagree(classifier: Classifier) -> None:
    reading = classifier.classify(
        Posting(
            title="Data Scientist",
            text="You build LLM agents and RAG assistants: prompts, tool calling, LangChain, vector databases, evals. "
            "You integrate the assistant into our CRM and keep an eye on OpenAI API cost and latency.",
        )
    )
    assert (reading.role, reading.title_role, reading.title_mismatch) == ("ai_engineer", "data_scientist", True)


def test_a_posting_of_none_of_the_roles_has_a_neighbour(classifier: Classifier) -> None:
    reading = classifier.classify(
        Posting(
            title="Data Engineer",
            text="Build dbt models and Airflow pipelines into Snowflake; own the data warehouse and its ETL jobs.",
        )
    )
    assert reading.role == "other"
    assert reading.adjacent is not None
    assert reading.adjacent.role in {"data_engineer", "analytics_engineer"}


def test_company_praise_does_not_decide(classifier: Classifier) -> None:
    reading = classifier.classify(
        Posting(
            title="Accountant",
            text="About us\nWe build autonomous AI agents on large language models.\n\nResponsibilities\n"
            "- Close the books at month end\n- Reconcile accounts and prepare VAT returns\n\nRequirements\n- ACCA, Excel",
        )
    )
    assert reading.role == "other"


def test_loading_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelNotFoundError, match=r"no model .*nowhere; pass a model directory"):
        Classifier.load(tmp_path / "nowhere")
    with pytest.raises(ModelNotFoundError, match=r"config\.json, weights\.npz, lexicon\.json missing"):
        Classifier.load(tmp_path)
    monkeypatch.setenv("JOBSORT_MODEL", str(tmp_path / "elsewhere"))
    with pytest.raises(ModelNotFoundError, match="elsewhere"):
        Classifier.load()


@pytest.mark.parametrize("file", ["config.json", "weights.npz", "lexicon.json"])
@pytest.mark.parametrize("damage", ["empty", "cut", "other bytes", "flipped"])
def test_broken_models_are_refused(tmp_path: Path, file: str, damage: str) -> None:
    shipped = models_folder() / "default"
    for name in ("config.json", "weights.npz", "lexicon.json"):
        content = (shipped / name).read_bytes()
        if name == file:
            flipped = bytearray(content)
            flipped[len(content) // 2] ^= 0xFF
            content = {
                "empty": b"",
                "cut": content[: len(content) // 2],
                "other bytes": b"\x80\x04pickle",
                "flipped": bytes(flipped),
            }[damage]
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidModelError, match="train it again"):
        Classifier.load(tmp_path)


def test_a_pickle_in_a_model_is_never_loaded(tmp_path: Path) -> None:
    import hashlib

    shipped = models_folder() / "default"
    config = json.loads((shipped / "config.json").read_text(encoding="utf-8"))
    with np.load(shipped / "weights.npz", allow_pickle=False) as stored:
        arrays = dict(stored)
    arrays["title_idf"] = np.array([object()], dtype=object)
    np.savez(tmp_path / "weights.npz", **arrays)
    (tmp_path / "lexicon.json").write_bytes((shipped / "lexicon.json").read_bytes())
    config["sha256"]["weights.npz"] = hashlib.sha256((tmp_path / "weights.npz").read_bytes()).hexdigest()
    (tmp_path / "config.json").write_text(json.dumps(config), encoding="utf-8")
    with pytest.raises(InvalidModelError, match="broken"):
        Classifier.load(tmp_path)
