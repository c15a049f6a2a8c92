"""Cross-validate the labelled postings: figures, learning curve, the gate of continuous integration, the model card's numbers.

python scripts/evaluate.py                     # print the figures, with the title and on the body alone
python scripts/evaluate.py --curve             # and those of 25 and 50 % of the postings
python scripts/evaluate.py --gate              # exit 1 where a figure is under its floor or data and model do not fit the floors
python scripts/evaluate.py --update            # raise the floors to the present figures; --lower allows lowering them
python scripts/evaluate.py --card              # write figures and pictures into models/default/README.md
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from jobsort.evaluation import Figures, cross_validate, cross_validate_adjacent
from jobsort.lexicon import Lexicon
from jobsort.postings import LabeledPosting, load_labeled
from jobsort.training import DEFAULTS, hash_postings

ROOT = Path(__file__).resolve().parents[1]
MODEL = ROOT / "models" / "default"
CARD = MODEL / "README.md"
FLOORS = MODEL / "floors.json"
REAL = ROOT.parent / "shared" / "real" / "evaluate.py"
MARGIN = 0.01


@dataclass(frozen=True)
class Result:
    """Figures with the title and on the body alone."""

    whole: Figures
    bare: Figures

    def gated(self) -> dict[str, float]:
        """The figures that have a floor; all are better when larger."""
        return {
            "macro_f1": self.whole.macro_f1,
            "macro_f1_body_alone": self.bare.macro_f1,
            "one_minus_calibration_error": 1 - self.whole.calibration_error,
            "one_minus_calibration_error_body_alone": 1 - self.bare.calibration_error,
        }


def cross(postings: list[LabeledPosting], lexicon: Lexicon) -> Result:
    """Cross-validate."""
    whole, bare, _, _ = cross_validate(postings, lexicon)
    return Result(whole, bare)


def thinned(postings: list[LabeledPosting], share: float) -> list[LabeledPosting]:
    """Return a share of the postings of each role, drawn by a fixed seed."""
    random = np.random.default_rng(DEFAULTS.seed)
    kept: list[LabeledPosting] = []
    for role in sorted({item.role for item in postings}):
        items = [item for item in postings if item.role == role]
        chosen = sorted(random.permutation(len(items))[: round(share * len(items))])
        kept += [items[place] for place in chosen]
    return kept


def hashes(postings: list[LabeledPosting], lexicon: Lexicon) -> dict[str, str]:
    """What the floors were set on."""
    return {
        "postings": hash_postings(postings),
        "lexicon": hashlib.sha256(lexicon.to_json().encode()).hexdigest(),
        "model": hashlib.sha256((MODEL / "weights.npz").read_bytes()).hexdigest(),
    }


def gate(result: Result, now: dict[str, str]) -> list[str]:
    """Return what is wrong."""
    stored = json.loads(FLOORS.read_text(encoding="utf-8"))
    wrong = [
        f"{name} changed since the floors were set; run scripts/evaluate.py --update"
        for name in now
        if stored["sha256"][name] != now[name]
    ]
    for name, value in result.gated().items():
        if value < stored["floors"][name]:
            wrong.append(f"{name} is {value:.4f}, under its floor {stored['floors'][name]:.4f}")
    return wrong


def update(result: Result, now: dict[str, str], *, lower: bool) -> list[str]:
    """Set the floors a little under the present figures; refuse to lower one unless told."""
    floors = {name: round(value - MARGIN, 4) for name, value in result.gated().items()}
    if FLOORS.is_file() and not lower:
        stored = json.loads(FLOORS.read_text(encoding="utf-8"))["floors"]
        falls = [
            f"{name} would fall from {stored[name]} to {floors[name]}; pass --lower if that is meant"
            for name in floors
            if floors[name] + MARGIN < stored.get(name, 0)
        ]
        if falls:
            return falls
        floors = {name: max(value, stored.get(name, 0)) for name, value in floors.items()}
    FLOORS.write_text(json.dumps({"floors": floors, "sha256": now}, indent=2) + "\n", encoding="utf-8")
    return []


def line(name: str, figures: Figures) -> str:
    """One row of the table of figures."""
    inside, auroc = figures.in_scope_accuracy or 0.0, figures.in_scope_auroc or 0.0
    return (
        f"| {name} | {figures.accuracy:.3f} | {figures.macro_f1:.3f} | {figures.acceptable:.3f} | {inside:.3f} | {auroc:.3f} "
        f"| {figures.calibration_error:.3f} |"
    )


HEAD = (
    "| | accuracy | macro-F1 | acceptable | inside the roles | in-scope AUROC | calibration error |\n|---|---|---|---|---|---|---|"
)


def tables(result: Result, curve: dict[str, Result]) -> dict[str, str]:
    """Return the card's blocks of cross-validated figures."""
    blocks = {"cross-validation": "\n".join([HEAD, line("with the title", result.whole), line("body alone", result.bare)])}
    roles = ["| role | precision | recall | F1 | postings |", "|---|---|---|---|---|"]
    roles += [
        f"| {name} | {r.precision:.3f} | {r.recall:.3f} | {r.f1:.3f} | {r.postings} |" for name, r in result.whole.roles.items()
    ]
    blocks["roles"] = "\n".join(roles)
    if curve:
        rows = ["| postings | accuracy | macro-F1 | macro-F1, body alone |", "|---|---|---|---|"]
        rows += [
            f"| {one.whole.postings:,} ({name}) | {one.whole.accuracy:.3f} | {one.whole.macro_f1:.3f} | {one.bare.macro_f1:.3f} |"
            for name, one in curve.items()
        ]
        blocks["learning-curve"] = "\n".join(rows)
    return blocks


def real_table() -> str | None:
    """Measure on the real postings beside the project, where they are, by their own script."""
    if not REAL.is_file():
        return None
    done = subprocess.run([sys.executable, str(REAL), "--json"], capture_output=True, text=True, check=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    rows = ["| set | figure | value |", "|---|---|---|"]
    for group, values in figures.items():
        if isinstance(values, dict):
            rows += [f"| {group} | {name.replace('_', ' ')} | {value:.3f} |" for name, value in values.items()]
    return "\n".join(rows)


def write_card(blocks: dict[str, str]) -> None:
    """Replace the card's blocks; the words around them are written by hand."""
    card = CARD.read_text(encoding="utf-8")
    for name, block in blocks.items():
        pattern = rf"(<!-- {name} -->\n).*?(\n<!-- end -->)"
        if not re.search(pattern, card, re.DOTALL):
            sys.exit(f"{CARD} has no block {name}")
        before, after = re.split(pattern, card, maxsplit=1, flags=re.DOTALL)[0::3]
        card = f"{before}<!-- {name} -->\n{block}\n<!-- end -->{after}"
    CARD.write_text(card, encoding="utf-8")


def draw(result: Result) -> None:
    """Draw the reliability diagram and the confusion matrix beside the card."""
    import matplotlib as mpl

    mpl.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams["svg.hashsalt"] = "jobsort"
    plt.rcParams["font.size"] = 11
    figure, axes = plt.subplots(figsize=(5, 4.4), layout="constrained")
    axes.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
    for name, figures, colour in (("with the title", result.whole, "#1f6f8b"), ("body alone", result.bare, "#c8553d")):
        sizes = [30 + 250 * one.postings / figures.postings for one in figures.reliability]
        claimed, right = [b.confidence for b in figures.reliability], [b.accuracy for b in figures.reliability]
        axes.plot(claimed, right, color=colour, linewidth=1)
        axes.scatter(claimed, right, s=sizes, color=colour, label=f"{name} (error {figures.calibration_error:.3f})", alpha=0.8)
    axes.set(
        xlim=(0.2, 1.02),
        ylim=(0, 1.05),
        xlabel="confidence claimed",
        ylabel="share right",
        title="Reliability, cross-validated",
    )
    axes.legend(frameon=False, loc="upper left", markerscale=0.5)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(MODEL / "reliability.svg", metadata={"Date": None})
    names = list(result.whole.roles)
    counts = np.array(result.whole.confusion)
    figure, axes = plt.subplots(figsize=(5, 4.4), layout="constrained")
    axes.imshow(counts / counts.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*counts.shape):
        axes.text(
            column,
            row,
            str(counts[row, column]),
            ha="center",
            va="center",
            color="white" if row == column else "#222222",
        )
    labels = [name.replace("_", "\n") for name in names]
    axes.set_xticks(range(len(names)), labels)
    axes.set_yticks(range(len(names)), labels)
    axes.set(xlabel="predicted", ylabel="labelled", title="Confusion, cross-validated")
    figure.savefig(MODEL / "confusion.svg", metadata={"Date": None})


def main() -> int:
    """Do what the options ask."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    for option in ("curve", "gate", "update", "lower", "card"):
        parser.add_argument(f"--{option}", action="store_true")
    options = parser.parse_args()
    postings = load_labeled(ROOT / "data" / "labeled_postings")
    lexicon = Lexicon.from_folder(ROOT / "data" / "lexicon")
    result = cross(postings, lexicon)
    curve = {}
    if options.curve or options.card:
        curve = {f"{share:.0%}": cross(thinned(postings, share), lexicon) for share in (0.25, 0.5)} | {"100%": result}
    blocks = tables(result, curve)
    if options.curve or options.card:
        adjacent = cross_validate_adjacent(postings, lexicon)
        rows = [f"| {name.replace('_', ' ')} | {value:,.3f} |".replace(".000 |", " |") for name, value in adjacent.items()]
        blocks["adjacent"] = "\n".join(["| figure | value |", "|---|---|", *rows])
    for name, block in blocks.items():
        print(f"\n{name}\n{block}")
    problems: list[str] = []
    if options.update:
        problems = update(result, hashes(postings, lexicon), lower=options.lower)
    if options.gate:
        problems += gate(result, hashes(postings, lexicon))
    if options.card:
        draw(result)
        real = real_table()
        write_card(blocks | ({"real": real} if real else {}))
    if problems:
        print("\n" + "\n".join(problems), file=sys.stderr)
        return 1
    if options.gate:
        print("\nthe gate is open: every figure is at or over its floor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
