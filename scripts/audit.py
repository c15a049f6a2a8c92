"""List labelled postings to look at again: the model disagrees with the label, or two share wording.

python scripts/audit.py                # cross-validates, then lists
python scripts/audit.py --sure 0.6     # how sure a contrary prediction must be
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from itertools import combinations
from pathlib import Path

import numpy as np

from jobsort.evaluation import cross_validate
from jobsort.lexicon import Lexicon
from jobsort.postings import LabeledPosting, load_labeled

ROOT = Path(__file__).resolve().parents[1]


def disagreements(postings: list[LabeledPosting], lexicon: Lexicon, sure: float) -> list[tuple[float, str]]:
    """Return postings whose prediction on the body alone is another role with at least `sure`, the surest first."""
    _, _, whole, bare = cross_validate(postings, lexicon)
    roles = sorted({item.role for item in postings})
    found = []
    for item, with_title, without in zip(postings, whole, bare, strict=True):
        best = roles[int(without.argmax())]
        if best not in {item.role, item.second} and without.max() >= sure:
            also = f"{roles[int(with_title.argmax())]} {with_title.max():.2f} with its title"
            found.append(
                (
                    float(without.max()),
                    f"{item.name}: labelled {item.role}, reads {best} {without.max():.2f} ({also}): {item.posting.title}",
                )
            )
    return sorted(found, reverse=True)


def shared_wording(postings: list[LabeledPosting], length: int = 6) -> list[tuple[float, str]]:
    """Return pairs that share more than 3 % of their six-word runs, the most alike first, and runs found everywhere."""
    runs = {}
    for item in postings:
        words = re.findall(r"[a-z0-9+#']+", item.posting.text.lower())
        runs[item.name] = {" ".join(words[i : i + length]) for i in range(len(words) - length + 1)}
    where = defaultdict(list)
    for name, found in runs.items():
        for run in found:
            where[run].append(name)
    pairs: Counter[tuple[str, str]] = Counter()
    for names in where.values():
        if len(names) <= 40:
            pairs.update(combinations(sorted(names), 2))
    alike = [(count / max(1, min(len(runs[a]), len(runs[b]))), f"{a} ~ {b}") for (a, b), count in pairs.items()]
    common = [(float(len(names)), f"in {len(names)} postings: {run}") for run, names in where.items() if len(names) > 5]
    return sorted((pair for pair in alike if pair[0] > 0.03), reverse=True) + sorted(common, reverse=True)


def main() -> None:
    """Print both lists."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sure", type=float, default=0.6)
    options = parser.parse_args()
    postings = load_labeled(ROOT / "data" / "labeled_postings")
    doubtful = disagreements(postings, Lexicon.from_folder(ROOT / "data" / "lexicon"), options.sure)
    print(f"{len(doubtful)} of {len(postings):,} postings read as another role (and not as their second)")
    for _, text in doubtful:
        print(f"  {text}")
    alike = shared_wording(postings)
    print(f"{len(alike)} pairs and runs that share wording")
    for share, text in alike[:60]:
        print(f"  {share:.2f} {text}" if np.less(share, 1) else f"  {text}")


if __name__ == "__main__":
    main()
