"""The lexicon: what is read, what is stored with a model, what is refused."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from jobsort import Classifier
from jobsort.errors import InvalidLexiconError
from jobsort.lexicon import SOFT, Lexicon
from jobsort.matching import PhraseMatcher, expand
from jobsort.paths import data_folder
from jobsort.text import normalize
from jobsort.types import Aspect, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LEAST_SKILLS = 1_500


def test_stored_lexicon_is_the_lexicon(lexicon: Lexicon) -> None:
    stored = lexicon.to_json()
    assert Lexicon.from_json(stored) == lexicon
    assert Lexicon.from_json(stored).to_json() == stored


def test_lexicon_speaks_the_documents_language(lexicon: Lexicon) -> None:
    documents = tomllib.loads((data_folder() / "documents.toml").read_text(encoding="utf-8"))
    hard = [entry for entry in lexicon.entries if entry.category != SOFT]
    assert len(hard) >= LEAST_SKILLS
    assert {entry.category for entry in hard} == set(documents["skills"])
    assert {entry.name for entry in lexicon.entries if entry.category == SOFT} == set(documents["soft_skills"])
    spoken = {name for entry in hard for name in entry.specializations}
    spoken |= {concept.specialization for concept in lexicon.concepts if concept.specialization}
    assert spoken <= set(documents["specializations"])
    assert {concept.role for concept in lexicon.concepts if concept.role} == set(Role) - {Role.OTHER}
    assert {aspect for concept in lexicon.concepts for aspect in concept.aspects} == set(Aspect)
    names = Counter(entry.name.lower() for entry in lexicon.entries)
    assert not [name for name, count in names.items() if count > 1]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[skills\n", "Expected"),
        ('[colours]\nred = "x"\n', "unknown key 'colours'"),
        ('[skills]\n"A1" = []\n', "no category"),
        ('category = "programming"\n[skills]\n"A1" = { alias = ["x"] }\n', r"'A1' has unknown keys \['alias'\]"),
        ('category = "programming"\n[skills]\n"A1" = { guard = { sure = true } }\n', r"guard of 'A1' has unknown keys \['sure'\]"),
        ('category = "programming"\n[skills]\n"A1" = ["x1"]\n"B1" = ["x1"]\n', "'x1' belongs to 'A1' and to 'B1'"),
        ('category = "programming"\n[skills]\n"…" = []\n', "empty form"),
        ("[concepts.a]\nwords = []\n", r"concept 'a' has unknown keys \['words'\]"),
    ],
)
def test_a_bad_file_is_named(write: Callable[[str, str], Path], content: str, says: str) -> None:
    with pytest.raises(InvalidLexiconError, match=says) as caught:
        Lexicon.from_folder(write("odd.toml", content).parent)
    assert "odd.toml" in str(caught.value)


def test_stars_stand_for_endings() -> None:
    matcher = PhraseMatcher(expand("deploy* model*"))
    found = [
        text
        for text in ("deploys models", "deploying a model", "deployed modelling", "redeploy models")
        if len(matcher.find(normalize(text).data)[0])
    ]
    assert found == ["deploys models", "deployed modelling"]


MINE = """
category = "data_handling"
[skills]
"Zuora" = ["Zuora Billing"]
"Holo Grid" = { aliases = ["HG platform"], category = "ai_integration", specialization = "nlp" }
"Python" = ["CPython"]
"Power BI" = { aliases = ["PBI"], replace = true }
"Jira" = false
[soft_skills.communication]
phrases = ["speak* to the press"]
"""


def test_a_user_adds_and_overrides_skills(write: Callable[[str, str], Path]) -> None:
    text = "Analyst\n\nRequirements\nCPython, Zuora billing, Jira and the HG platform\nPower Query, PBI\nSpeaking to the press"
    plain, mine = Classifier.load("default"), Classifier.load("default", lexicon=write("my.toml", MINE))
    before = {skill.name: skill.category for skill in plain.classify(text).skills}
    after = {skill.name: skill.category for skill in mine.classify(text).skills}
    assert "Jira" in before
    assert "Zuora" not in before
    assert after.items() >= {"Zuora": "data_handling", "Holo Grid": "ai_integration", "Python": "programming"}.items()
    assert {"Power BI", "communication"} <= set(after)
    assert "Jira" not in after
    assert "Power BI" not in {skill.name for skill in mine.classify("Analyst\n\nRequirements: SQL, PowerBI").skills}


def test_added_skills_do_not_move_the_role(write: Callable[[str, str], Path]) -> None:
    text = "Analyst\n\nRequirements: SQL, Zuora, dashboards and A/B tests"
    added = write("my.toml", 'category = "data_handling"\n[skills]\n"Zuora" = []\n')
    plain, mine = (Classifier.load("default", lexicon=file).classify(text) for file in (None, added))
    assert plain.probabilities == mine.probabilities
    assert len(mine.skills) == len(plain.skills) + 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("[skills\n", "line 1"),
        ('\n[skills]\n"A1" = []\n', "line 3: 'A1' has no category; use one of ai_integration"),
        ('category = "x"\n[skills]\n"A1" = []\n', "line 3: 'A1' has unknown category 'x'"),
        ('category = "programming"\n[skills]\n"A1" = { alias = [] }\n', r"line 3: 'A1' has unknown keys \['alias'\]"),
        ('category = "programming"\n[skills]\n"A1" = "x"\n', "line 3: the aliases of 'A1' must be a list"),
        ('category = "programming"\n[skills]\n"A1" = ["x1"]\n"B1" = ["x1"]\n', "line 4: 'x1' belongs to 'A1' and to 'B1'"),
        ('category = "programming"\n[skills]\n"A1" = { specialization = "x" }\n', "line 3: 'A1' has an unknown specialization"),
        ('[skills]\n"Zuorrra" = false\n', "line 2: there is no skill 'Zuorrra'"),
        ("[soft_skills.charm]\nphrases = []\n", "line 1: 'charm' is no soft skill"),
        ("[concepts.a]\nphrases = []\n", "concepts belong to the model"),
        ("[colours]\n", "line 1: unknown key 'colours'"),
        ("skills = 3\n", "line 1: 'skills' is not written as"),
        ('category = "programming"\n[skills]\n"A1" = { specialization = 3 }\n', "line 3: 'A1' is not written as"),
        ('category = "programming"\n[skills]\n"A1" = { guard = { forms = 3 } }\n', "line 3: 'A1' is not written as"),
        ("[soft_skills.communication]\nphrases = 3\n", "line 1: 'communication' is not written as"),
    ],
)
def test_errors_in_a_users_file_name_the_line(write: Callable[[str, str], Path], content: str, says: str) -> None:
    with pytest.raises(InvalidLexiconError, match=says):
        Classifier.load("default", lexicon=write("odd.toml", content))


def test_a_skill_is_looked_up_by_any_name(lexicon: Lexicon) -> None:
    found, missing = lexicon.look_up(["k8s", "Kubernets"])
    assert [lexicon.entries[index].name for index in found] == ["Kubernetes"]
    assert missing == ["Kubernets"]
    assert lexicon.similar("Kubernets") == ["Kubernetes"]
    assert "k8s" in lexicon.describe(found[0])["forms"]
