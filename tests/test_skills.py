"""Which skills are found and how much each is wanted: cases in ``cases/*.json``, and what holds for any text."""

from __future__ import annotations

from itertools import pairwise
from time import perf_counter
from typing import TYPE_CHECKING, Any

import pytest
from conftest import load_cases
from hypothesis import given, settings
from hypothesis import strategies as st

from jobsort.lexicon import Lexicon
from jobsort.paths import data_folder
from jobsort.types import Posting
from jobsort.vectors import Analyzer

if TYPE_CHECKING:
    from jobsort import Classifier
    from jobsort.types import Skill

WORDS = (
    *(
        "Python",
        "SQL",
        "SQL Server",
        "Azure OpenAI",
        "machine learning",
        "AI/ML",
        "data science team",
        "R&D",
        "Go",
        "go",
        "C-level",
    ),
    *(
        "Bachelor's degree in statistics,",
        "(",
        ")",
        ";",
        ",",
        ". ",
        "\n",
        "- ",
        "Requirements\n",
        "Nice to have\n",
        "About us\n",
        "Benefits\n",
    ),
    *(
        "is a plus",
        "required",
        "no need for",
        "ideally",
        "experience with",
        "such as",
        "https://example.org/docker",
        "a@b.example",
        "É",
        "🙂",
    ),
)


@pytest.fixture(scope="module")
def analyzer(lexicon: Lexicon) -> Analyzer:
    return Analyzer(lexicon)


def read(analyzer: Analyzer, row: dict[str, Any], kind: str) -> dict[str, Skill]:
    skills = analyzer.analyze(Posting(title=row.get("title", ""), text=row["text"])).reading.skills
    return {skill.name: skill for skill in skills if skill.kind == kind}


@pytest.mark.parametrize("row", load_cases("skills"))
def test_hard_skills(analyzer: Analyzer, row: dict[str, Any]) -> None:
    names = set(read(analyzer, row, "hard"))
    assert set(row["finds"]) <= names
    assert not set(row["not"]) & names


@pytest.mark.parametrize("row", load_cases("soft_skills"))
def test_soft_skills(analyzer: Analyzer, row: dict[str, Any]) -> None:
    names = set(read(analyzer, row, "soft"))
    assert set(row["finds"]) <= names
    assert not set(row["not"]) & names


@pytest.mark.parametrize("row", load_cases("needs"))
def test_needs(analyzer: Analyzer, row: dict[str, Any]) -> None:
    skills = read(analyzer, row, "hard")
    assert {name: str(skills[name].need) if name in skills else None for name in row["needs"]} == row["needs"]


@pytest.mark.parametrize("name", ["skills", "needs", "soft_skills"])
def test_cases_name_skills_of_the_lexicon(lexicon: Lexicon, name: str) -> None:
    known = {entry.name for entry in lexicon.entries}
    rows = [case.values[0] for case in load_cases(name)]
    assert {skill for row in rows for skill in [*row.get("finds", ()), *row.get("needs", ())]} <= known


def test_abbreviation_and_long_form_are_one_skill(analyzer: Analyzer) -> None:
    skills = read(analyzer, {"text": "Requirements\n- Kubernetes (K8s), LLMs and large language models"}, "hard")
    assert [mention.text for mention in skills["Kubernetes"].mentions] == ["Kubernetes", "K8s"]
    assert [mention.text for mention in skills["Large language models"].mentions] == ["LLMs", "large language models"]


ANALYZER = Analyzer(Lexicon.from_folder(data_folder() / "lexicon"))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.one_of(st.sampled_from(WORDS), st.text(max_size=8)), max_size=40).map(" ".join))
def test_mentions_are_exact_and_do_not_overlap(text: str) -> None:
    analysis = ANALYZER.analyze(Posting(text=text))
    spans = []
    for skill in analysis.reading.skills:
        assert skill.mentions
        for mention in skill.mentions:
            assert analysis.document.text[mention.start : mention.end] == mention.text
            if skill.kind == "hard":
                spans.append((mention.start, mention.end))
    assert all(first[1] <= second[0] for first, second in pairwise(sorted(spans)))


@pytest.mark.parametrize(
    "piece", ["degree in Python experience with SQL or ", "(Python a plus) ", "python required ", "http://", "a@", "degree python "]
)
def test_reading_is_linear(analyzer: Analyzer, piece: str) -> None:
    posting = Posting(text=piece * (100_000 // len(piece)))
    begun = perf_counter()
    analyzer.analyze(posting)
    assert perf_counter() - begun < 5


def test_compiled_lexicon_keeps_fields_and_general_names(lexicon: Lexicon) -> None:
    again = Lexicon.from_json(lexicon.to_json())
    assert again == lexicon
    assert any(entry.field for entry in again.entries)
    assert any(entry.generic for entry in again.entries)


def test_the_mix_is_compared_with_the_role(classifier: Classifier) -> None:
    text = "Data Scientist\n\nYou run A/B tests, forecast demand and explain churn.\n\nRequirements\nSQL, R, statistics\n"
    usual = classifier.classify(text)
    assert classifier.compare_mix(usual) == (), "too few skills to compare"
    heavy = classifier.classify(text + "Docker, Kubernetes, Terraform, Jenkins, Helm, Ansible, GitLab CI\n")
    differences = {item.category: item for item in classifier.compare_mix(heavy, "data_scientist")}
    assert differences["model_deployment"].share > differences["model_deployment"].typical
    for role, mix in classifier.typical_mix.items():
        assert role in classifier.roles
        assert all(low <= middle <= high for low, middle, high in mix.values())
