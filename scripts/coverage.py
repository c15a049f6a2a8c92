"""Print how many labelled postings draw on each key of data/documents.toml and belong to each hard pair, and their spread.

python scripts/coverage.py
python scripts/coverage.py --least 30    # exit 1 where a cell of the tables has fewer
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from jobsort.postings import LabeledPosting, load_labeled

ROOT = Path(__file__).resolve().parents[1]


def document_keys() -> dict[str, list[str]]:
    """Return the keys that postings may draw on, by table."""
    documents: dict[str, Any] = tomllib.loads((ROOT / "data" / "documents.toml").read_text(encoding="utf-8"))
    roles = list(documents["roles"])
    return {
        "comparison": [f"comparison.{aspect}.{role}" for aspect in documents["comparison"] for role in roles],
        "skills": [f"skills.{name}" for name in documents["skills"]],
        "levels": [f"levels.{name}" for name in documents["levels"]],
        "adjacent": [f"adjacent.{name}" for name in documents["adjacent"]],
        "specializations": [f"specializations.{name}" for name in documents["specializations"]],
        "soft_skills": [f"soft_skills.{name}" for name in documents["soft_skills"]],
    }


def drawn(postings: list[LabeledPosting]) -> Counter[str]:
    """Count the postings that draw on each key; a data scientist's posting draws on that adjacent career by its role."""
    counts = Counter(key for item in postings for key in set(item.drawn_from))
    counts["adjacent.data_scientist"] = sum(
        item.role == "data_scientist" or "adjacent.data_scientist" in item.drawn_from for item in postings
    )
    return counts


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--least", type=int, default=0, help="how many postings each cell must have")
    options = parser.parse_args()
    postings = load_labeled(ROOT / "data" / "labeled_postings")
    counts = drawn(postings)
    short = 0
    for table, keys in document_keys().items():
        print(f"\n{table}")
        for key in keys:
            low = counts[key] < options.least and table in {"comparison", "skills", "levels", "adjacent"}
            short += low
            print(f"  {key.removeprefix(table + '.'):<36}{counts[key]:6,}{'  too few' if low else ''}")
    for label, spread in (
        ("hard pair", Counter(item.hard_pair for item in postings if item.hard_pair)),
        ("role", Counter(item.role for item in postings)),
        ("seniority", Counter(str(item.seniority) for item in postings)),
        ("role and seniority", Counter(f"{item.role} {item.seniority}" for item in postings)),
    ):
        print(f"\n{label}")
        for name, number in sorted(spread.items()):
            print(f"  {name:<36}{number:6,}")
    print(
        f"\n{len(postings):,} postings, {len({item.style for item in postings}):,} styles, "
        f"{len({item.occupation for item in postings if item.occupation}):,} occupations of other"
    )
    return 1 if short else 0


if __name__ == "__main__":
    sys.exit(main())
