"""Training on data of one's own: any roles, tables, and what is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jobsort import Classifier, Posting
from jobsort.errors import InvalidLabelError, OutputError
from jobsort.evaluation import evaluate
from jobsort.postings import LabeledPosting, load_labeled
from jobsort.training import Settings, export, fit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobsort.lexicon import Lexicon

CHEF = [
    "season sauces",
    "run the grill",
    "plan the menu",
    "order fish",
    "teach apprentices to cook",
    "clean the kitchen at night",
]
PILOT = ["fly the night mail", "check the weather", "brief the crew", "log the hours", "land in fog", "watch the fuel"]
GUARD = [
    "walk the site",
    "open the gate",
    "write the night report",
    "watch the cameras",
    "answer alarms",
    "check badges",
]


def own_roles(names: dict[str, list[str]]) -> list[LabeledPosting]:
    return [
        LabeledPosting(Posting(text=f"You {duty} and do it well.", title=f"Job {place}"), role, name=f"{role}/{place}")
        for role, duties in names.items()
        for place, duty in enumerate(duties)
    ]


@pytest.mark.parametrize("roles", [{"chef": CHEF, "pilot": PILOT}, {"chef": CHEF, "pilot": PILOT, "guard": GUARD}])
def test_any_roles_can_be_learnt(roles: dict[str, list[str]], lexicon: Lexicon, tmp_path: Path) -> None:
    postings = own_roles(roles)
    model = fit(postings, lexicon, Settings(min_postings=1), jobs=1)
    export(model, tmp_path / "mine", "mine")
    loaded = Classifier.load(tmp_path / "mine")
    assert loaded.roles == tuple(sorted(roles))
    wanted = model.pipeline.predict_proba([item.posting for item in postings])
    assert abs(wanted - loaded.predict_proba([item.posting for item in postings])).max() < 1e-6
    reading = loaded.classify(Posting(text="You plan the menu and season sauces.", title=""))
    assert reading.role == "chef"
    assert reading.adjacent is None
    assert reading.model == "mine 0.1.0"
    assert evaluate(loaded, postings).accuracy > 0.9


def test_training_is_the_same_every_time(lexicon: Lexicon, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(
            fit(own_roles({"chef": CHEF, "pilot": PILOT}), lexicon, Settings(min_postings=1), jobs=1),
            tmp_path / name,
            "same",
        )
    for file in ("config.json", "weights.npz", "lexicon.json"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_one_role_is_too_few(lexicon: Lexicon) -> None:
    with pytest.raises(InvalidLabelError, match="at least two roles; found only chef"):
        fit(own_roles({"chef": CHEF}), lexicon)


def test_scarce_roles_are_named(lexicon: Lexicon) -> None:
    with pytest.raises(InvalidLabelError, match=r"at least 5 postings a role; fewer of pilot"):
        fit(own_roles({"chef": CHEF, "pilot": PILOT[:2]}), lexicon)


def test_a_table_of_ones_own(write: Callable[[str, str], Path]) -> None:
    path = write("mine.csv", "Role,title,description\nchef,Cook,Runs the grill\npilot,Captain,Flies the mail\n")
    found = load_labeled(path)
    assert [(item.role, item.posting.title, item.posting.text) for item in found] == [
        ("chef", "Cook", "Runs the grill"),
        ("pilot", "Captain", "Flies the mail"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", "title,description\nCook,Runs the grill\n", "has no role column; found title, description"),
        ("b.csv", "role,title,description\n,Cook,Runs the grill\n", "no role"),
        ("c.md", "Just text", "no front matter"),
        ("d.md", "---\nrole: chef\nrank: 3\n---\ntext", r"unknown fields \['rank'\]"),
        ("e.md", "---\nrole: chef\nseniority: grand\n---\ntext", "seniority 'grand' is unknown"),
        ("f.md", "---\nrole: [\n---\ntext", "front matter does not parse"),
        ("g.txt", "text", "labelled postings are .md files or tables"),
    ],
)
def test_bad_labels_are_named(write: Callable[[str, str], Path], name: str, content: str, says: str) -> None:
    with pytest.raises(InvalidLabelError, match=says):
        load_labeled(write(name, content))


def test_a_model_never_lands_in_a_folder_of_something_else(lexicon: Lexicon, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError, match="no model directory"):
        export(fit(own_roles({"chef": CHEF, "pilot": PILOT}), lexicon, Settings(min_postings=1), jobs=1), tmp_path, "x")
