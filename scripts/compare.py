"""Compare ways of telling the roles apart, cross-validated on the labelled postings (and on real ones where they lie beside).

    python scripts/compare.py              # prints a Markdown table; takes some minutes

Every row is fitted and tested on the same folds, which keep the postings of one sitting together. The last columns are measured on
the real development set when `../shared/real` is there; nothing is learnt from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import StackingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.naive_bayes import ComplementNB
from sklearn.svm import LinearSVC

from jobsort.lexicon import Lexicon
from jobsort.postings import LabeledPosting, load_labeled
from jobsort.training import DEFAULTS, Settings, analyze_all, build_features, grouped_folds, lessons, sittings
from jobsort.types import Posting
from jobsort.vectors import OTHER, SECTION_WEIGHTS, Analysis, Analyzer

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from sklearn.pipeline import FeatureUnion

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "real" / "dev.parquet"
FLAT = dict.fromkeys(SECTION_WEIGHTS, 1.0)


def regression(strength: float = DEFAULTS.strength) -> LogisticRegression:
    """Return the shipped kind of classifier."""
    return LogisticRegression(C=strength, class_weight="balanced", max_iter=3000)


class GateFirst(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """First whether it is one of the roles at all, then which: p(role) = p(inside) x p(role | inside)."""

    def fit(self, X: Any, y: NDArray[np.str_], sample_weight: NDArray[np.float64] | None = None) -> GateFirst:  # noqa: ANN401, N803
        """Fit both stages."""
        weight = np.ones(len(y)) if sample_weight is None else sample_weight
        self.classes_ = np.unique(y)
        inside = np.flatnonzero(y != OTHER)
        self.gate_ = regression().fit(X, y == OTHER, sample_weight=weight)
        self.roles_ = regression().fit(X[inside], y[inside], sample_weight=weight[inside])
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: ANN401, N803
        """Multiply the stages."""
        other = self.gate_.predict_proba(X)[:, 1]
        inside = self.roles_.predict_proba(X) * (1 - other)[:, None]
        columns = {role: inside[:, place] for place, role in enumerate(self.roles_.classes_)} | {OTHER: other}
        return np.column_stack([columns[role] for role in self.classes_])


@dataclass(frozen=True)
class Way:
    """One row of the table."""

    name: str
    settings: Settings = DEFAULTS
    blocks: tuple[str, ...] = ("title", "body", "concepts")
    model: Callable[[], Any] = regression
    titles: bool = True
    weigh_pairs: float = 1.0
    seconds: bool = True


WAYS = (
    Way("title n-grams, body n-grams, concepts (shipped)"),
    Way("n-grams alone", blocks=("title", "body")),
    Way("concepts alone", replace(DEFAULTS, concept_scale=0.3, strength=1.0), ("concepts",)),
    Way("title alone", blocks=("title",), titles=False),
    Way("every section weighs the same", replace(DEFAULTS, section_weights=FLAT)),
    Way("without title-less copies", titles=False),
    Way("second roles not learnt", seconds=False),
    Way("hard pairs weigh double", weigh_pairs=2.0),
    Way("gate first, then the role", model=GateFirst),
    Way("complement naive Bayes", model=lambda: ComplementNB(alpha=0.3)),
    Way("linear SVM", model=lambda: LinearSVC(C=0.3, class_weight="balanced")),
    Way(
        "stacking: regression, naive Bayes",
        model=lambda: StackingClassifier(
            [("regression", regression()), ("bayes", ComplementNB(alpha=0.3))], final_estimator=regression(1.0), cv=3
        ),
    ),
    Way("weaker regularisation (C x 10)", model=lambda: regression(10 * DEFAULTS.strength)),
    Way("stronger regularisation (C / 10)", model=lambda: regression(DEFAULTS.strength / 10)),
)


def features(way: Way, lexicon: Lexicon) -> FeatureUnion:
    """Return the blocks that a way uses."""
    union = build_features(lexicon, way.settings)
    union.transformer_list = [(name, block) for name, block in union.transformer_list if name in way.blocks]
    return union


def fitted(way: Way, union: FeatureUnion, postings: list[LabeledPosting], whole: list[Analysis], bare: list[Analysis]) -> Any:  # noqa: ANN401
    """Fit one way."""
    chosen = postings if way.seconds else [replace(item, second=None) for item in postings]
    lesson = lessons(chosen)
    kept = lesson.places < len(postings) if not way.titles else np.ones(len(lesson.places), dtype=bool)
    weights = lesson.weights.copy()
    hard = np.array([item.second is not None for item in postings])
    weights[hard[lesson.postings]] *= way.weigh_pairs
    rows = union.fit_transform([*whole, *bare] if way.titles else whole)
    return way.model().fit(rows[lesson.places[kept]], lesson.labels[kept], sample_weight=weights[kept])


def predict(model: Any, union: FeatureUnion, analyses: list[Analysis]) -> NDArray[np.str_]:  # noqa: ANN401
    """Return the roles said."""
    rows = union.transform(analyses)
    if hasattr(model, "predict_proba"):
        return np.asarray(model.classes_[model.predict_proba(rows).argmax(axis=1)])
    return np.asarray(model.predict(rows))


def measure(
    way: Way,
    postings: list[LabeledPosting],
    twins: tuple[list[Analysis], list[Analysis]],
    real: tuple[list[Analysis], list[Analysis], NDArray[np.str_]] | None,
    lexicon: Lexicon,
) -> list[float]:
    """Return macro-F1 with title and body alone, cross-validated, and accuracy on the real set with title and body alone."""
    whole, bare = twins
    labels = np.array([item.role for item in postings])
    folds = grouped_folds(labels, np.arange(len(labels)), sittings(postings), replace(DEFAULTS, seed=1))
    said = np.empty((2, len(labels)), dtype=labels.dtype)
    for kept, held in folds:
        union = clone(features(way, lexicon))
        model = fitted(way, union, [postings[i] for i in kept], [whole[i] for i in kept], [bare[i] for i in kept])
        said[0, held] = predict(model, union, [whole[i] for i in held])
        said[1, held] = predict(model, union, [bare[i] for i in held])
    found = [float(f1_score(labels, said[part], average="macro")) for part in (0, 1)]
    if real is not None:
        union = clone(features(way, lexicon))
        model = fitted(way, union, postings, whole, bare)
        found += [float((predict(model, union, part) == real[2]).mean()) for part in real[:2]]
    return found


def real_postings(lexicon: Lexicon) -> tuple[list[Analysis], list[Analysis], NDArray[np.str_]] | None:
    """Analyse the real development set, with titles and without, or return None where it is not there."""
    if not REAL.is_file():
        return None
    import pandas as pd

    from jobsort.readers.html import html_to_text, looks_like_html

    frame = pd.read_parquet(REAL)
    texts = [html_to_text(text) if looks_like_html(text) else text for text in frame.description]
    analyzer = Analyzer(lexicon)
    whole = [analyzer.analyze(Posting(text=text, title=title or "")) for text, title in zip(texts, frame.title, strict=True)]
    return whole, [analyzer.analyze(Posting(text=text)) for text in texts], frame.role.to_numpy(dtype=str)


def main() -> None:
    """Print the table."""
    postings = load_labeled(ROOT / "data" / "labeled_postings")
    lexicon = Lexicon.from_folder(ROOT / "data" / "lexicon")
    twins = analyze_all(postings, lexicon)
    real = real_postings(lexicon)
    rows = Parallel(n_jobs=-1)(delayed(measure)(way, postings, twins, real, lexicon) for way in WAYS)
    columns = ["macro-F1", "macro-F1, body alone"] + (["real: accuracy", "real: accuracy, no title"] if real is not None else [])
    print(f"| {len(postings):,} postings | " + " | ".join(columns) + " |\n|---" + "|---" * len(columns) + "|")
    for way, row in zip(WAYS, rows, strict=True):
        print(f"| {way.name} | " + " | ".join(f"{value:.3f}" for value in row) + " |")


if __name__ == "__main__":
    main()
