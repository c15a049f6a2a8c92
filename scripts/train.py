"""Train the shipped model: data/labeled_postings + data/lexicon -> models/default, the same bytes each time.

python scripts/train.py                  # writes models/default
python scripts/train.py --check          # trains into a scratch folder and compares
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

from jobsort.lexicon import Lexicon
from jobsort.postings import load_labeled
from jobsort.training import export, fit

ROOT = Path(__file__).resolve().parents[1]


def train(folder: Path) -> None:
    """Train from the checkout's data into `folder`."""
    postings = load_labeled(ROOT / "data" / "labeled_postings")
    model = fit(postings, Lexicon.from_folder(ROOT / "data" / "lexicon"))
    export(model, folder, "default")


def differences(one: Path, two: Path) -> list[str]:
    """Say where two model directories differ: labels, lexicon, or weights by more than rounding of another processor."""
    found = [f"{name} differs" for name in ("lexicon.json",) if (one / name).read_bytes() != (two / name).read_bytes()]
    configs = [json.loads((folder / "config.json").read_text(encoding="utf-8")) for folder in (one, two)]
    for config in configs:
        config.pop("sha256")
    if configs[0] != configs[1]:
        found.append("config.json differs")
    with np.load(one / "weights.npz", allow_pickle=False) as a, np.load(two / "weights.npz", allow_pickle=False) as b:
        found += [
            f"weights.npz: {name} differs"
            for name in a.files
            if a[name].shape != b[name].shape or not np.allclose(a[name], b[name], atol=1e-3)
        ]
    return found


def main() -> int:
    """Train, or check that the shipped model is what training gives."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="compare with models/default instead of writing it")
    options = parser.parse_args()
    shipped = ROOT / "models" / "default"
    if not options.check:
        train(shipped)
        print(f"wrote {shipped.relative_to(ROOT)}")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch, "default")
        train(fresh)
        found = differences(shipped, fresh)
    print("\n".join(found) or "models/default is what the data train to")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
