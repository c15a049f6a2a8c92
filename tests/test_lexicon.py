"""The lexicon: what is read, what is stored with a model, what is refused."""

from __future__ import annotations

import tomllib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

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
        if len(matcher.find(normalize(text))[0])
    ]
    assert found == ["deploys models", "deployed modelling"]
