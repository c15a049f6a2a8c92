"""Every labelled posting is held to data/labeled_postings/README.md, and all together to the documents."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from jobsort.paths import data_folder
from jobsort.training import occupation_groups
from jobsort.types import Role, Seniority

if TYPE_CHECKING:
    from jobsort.postings import LabeledPosting

LEAST_PER_ROLE = 300
LEAST_PER_CELL = 30
LEAST_PER_HARD_PAIR = 40
LEAST_STYLES = 25
LEAST_OCCUPATIONS = 60
LARGEST_SHARED = 0.08
WORDS = (40, 1000)


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    return tomllib.loads((data_folder() / "documents.toml").read_text(encoding="utf-8"))


def known_keys(documents: dict[str, Any]) -> set[str]:
    keys = {f"comparison.{aspect}.{role}" for aspect in documents["comparison"] for role in documents["roles"]}
    for table in ("skills", "soft_skills", "levels", "specializations", "adjacent"):
        keys |= {f"{table}.{name}" for name in documents[table]}
    return keys


def hard_pairs() -> set[str]:
    return set(tomllib.loads((data_folder() / "hard_pairs.toml").read_text(encoding="utf-8")))


def test_every_file_is_complete(labeled: list[LabeledPosting], documents: dict[str, Any]) -> None:
    keys = known_keys(documents)
    groups = occupation_groups()
    pairs = hard_pairs()
    wrong: list[str] = []
    for item in labeled:
        folder, _, file = item.name.partition("/")
        words = len(item.posting.text.split())
        checks = {
            "role is not its folder": item.role == folder and item.role in set(Role),
            "file name is not NNN-slug.md": re.fullmatch(r"\d{3,4}-[a-z0-9-]+\.md", file) is not None,
            "no seniority": item.seniority in set(Seniority),
            "no title": bool(item.posting.title.strip()),
            "hard pair is not in hard_pairs.toml": item.hard_pair is None or item.hard_pair in pairs,
            "no style": re.fullmatch(r"[a-z0-9_]+", item.style) is not None,
            "second is unknown or the role itself": item.second is None or (item.second in set(Role) and item.second != item.role),
            "occupation is for other, and always there": (item.occupation is not None) == (item.role == Role.OTHER),
            "occupation is in no group of occupations.toml": item.occupation is None or item.occupation in groups,
            f"unknown keys {set(item.drawn_from) - keys}": set(item.drawn_from) <= keys,
            "draws on nothing": bool(item.drawn_from),
            f"{words} words": WORDS[0] <= words <= WORDS[1],
        }
        wrong += [f"{item.name}: {what}" for what, holds in checks.items() if not holds]
    assert not wrong, "\n".join(wrong)


def test_there_are_enough_of_each_kind(labeled: list[LabeledPosting]) -> None:
    roles = Counter(item.role for item in labeled)
    assert set(roles) == set(Role)
    assert min(roles.values()) >= LEAST_PER_ROLE, roles
    levels = Counter((item.role, item.seniority) for item in labeled)
    assert min(levels.values()) >= 20, levels
    assert len({item.style for item in labeled}) >= LEAST_STYLES
    assert len({item.occupation for item in labeled if item.occupation}) >= LEAST_OCCUPATIONS


def test_the_documents_are_covered(labeled: list[LabeledPosting], documents: dict[str, Any]) -> None:
    counts = Counter(key for item in labeled for key in set(item.drawn_from))
    cells = [f"comparison.{aspect}.{role}" for aspect in documents["comparison"] for role in documents["roles"]]
    cells += [f"{table}.{name}" for table in ("skills", "levels") for name in documents[table]]
    # Data scientist is an adjacent career of the ML engineer and a role of its own: its postings are those of the role.
    cells += [f"adjacent.{name}" for name in documents["adjacent"] if name != "data_scientist"]
    thin = {cell: counts[cell] for cell in cells if counts[cell] < LEAST_PER_CELL}
    assert not thin


def test_each_hard_pair_is_there(labeled: list[LabeledPosting]) -> None:
    counts = Counter(item.hard_pair for item in labeled)
    thin = {pair: counts[pair] for pair in hard_pairs() if counts[pair] < LEAST_PER_HARD_PAIR}
    assert not thin


def test_titles_do_not_give_the_role_away(labeled: list[LabeledPosting]) -> None:
    names = {
        "ml_engineer": r"machine learning|\bml\b|mlops",
        "data_scientist": r"data scien",
        "ai_engineer": r"\bai\b|artificial|\bllm|gen ?ai",
    }
    inside = [item for item in labeled if item.role in names]
    silent = [item for item in inside if not re.search(names[item.role], item.posting.title, re.IGNORECASE)]
    assert len(silent) >= 0.2 * len(inside)


def runs(text: str, length: int) -> set[str]:
    words = re.findall(r"[a-z0-9+#']+", text.lower())
    return {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}


def test_no_two_postings_are_alike(labeled: list[LabeledPosting]) -> None:
    seen = {item.name: runs(item.posting.text, 6) for item in labeled}
    where: dict[str, list[str]] = defaultdict(list)
    for name, found in seen.items():
        for run in found:
            where[run].append(name)
    everywhere = [run for run, names in where.items() if len(names) > max(10, 0.03 * len(labeled))]
    assert not everywhere
    shared: Counter[tuple[str, str]] = Counter()
    for names in where.values():
        shared.update(combinations(sorted(names), 2))
    alike = {
        pair: round(count / min(len(seen[pair[0]]), len(seen[pair[1]])), 3)
        for pair, count in shared.items()
        if count > LARGEST_SHARED * min(len(seen[pair[0]]), len(seen[pair[1]]))
    }
    assert not alike
