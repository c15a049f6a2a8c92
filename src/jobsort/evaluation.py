"""Figures: how right, how sure, and how sure with reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.metrics import confusion_matrix, log_loss, precision_recall_fscore_support, roc_auc_score

from jobsort.training import (
    DEFAULTS,
    Settings,
    adjacent_groups,
    adjacent_regression,
    analyze_all,
    build_pipeline,
    grouped_folds,
    lessons,
    occupation_groups,
    other_threshold,
    sittings,
)
from jobsort.vectors import OTHER, decide

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jobsort.classifier import Classifier
    from jobsort.lexicon import Lexicon
    from jobsort.postings import LabeledPosting

BINS = 10


@dataclass(frozen=True)
class RoleFigures:
    """The figures of one role."""

    precision: float
    recall: float
    f1: float
    postings: int


@dataclass(frozen=True)
class Bin:
    """Predictions of about the same confidence: what they claimed and how many were right."""

    confidence: float
    accuracy: float
    postings: int


@dataclass(frozen=True)
class Figures:
    """How a model reads labelled postings.

    Attributes
    ----------
    accuracy, macro_f1
        Over all roles.
    acceptable
        Share whose role is the label or its defensible second.
    in_scope_accuracy
        Accuracy among the postings that are not ``other``, of the best role that is not; None without ``other``.
    in_scope_auroc
        How well 1 - p(other) tells the roles from ``other``; None without ``other``.
    calibration_error
        Expected calibration error over ten bins of confidence.
    log_loss
        Mean negative log-likelihood, natural logarithm.
    seniority_accuracy
        Share of right levels among the postings that have one, or None.
    roles
        Figures of each role.
    confusion
        Rows are labels, columns predictions, in the order of `roles`.
    reliability
        The bins behind `calibration_error`.
    """

    postings: int
    accuracy: float
    macro_f1: float
    acceptable: float
    in_scope_accuracy: float | None
    in_scope_auroc: float | None
    calibration_error: float
    log_loss: float
    seniority_accuracy: float | None
    roles: dict[str, RoleFigures]
    confusion: list[list[int]]
    reliability: list[Bin]

    def asdict(self) -> dict[str, Any]:
        """Return plain dicts and lists."""
        return asdict(self)


def figures(  # noqa: PLR0917
    roles: Sequence[str],
    labels: NDArray[np.str_],
    probabilities: NDArray[np.float64],
    predicted: NDArray[np.str_],
    seconds: Sequence[str | None] | None = None,
    seniority: Sequence[bool] | None = None,
) -> Figures:
    """Compute the figures of predictions.

    Parameters
    ----------
    roles
        In the order of the columns of `probabilities`.
    labels, predicted
        shape (postings,).
    probabilities
        shape (postings, roles), rows sum to 1.
    seconds
        Roles that could be defended too.
    seniority
        Whether each level was right, where there are levels.
    """
    names = list(roles)
    precision, recall, f1, support = precision_recall_fscore_support(labels, predicted, labels=names, zero_division=0)
    right = predicted == labels
    also = [said == second for said, second in zip(predicted, seconds, strict=True)] if seconds else [False] * len(labels)
    inside = labels != OTHER
    in_scope_accuracy = in_scope_auroc = None
    if OTHER in names and inside.any():
        columns = [place for place, name in enumerate(names) if name != OTHER]
        best = np.array([names[place] for place in columns])[probabilities[:, columns].argmax(axis=1)]
        in_scope_accuracy = float((best[inside] == labels[inside]).mean())
        if not inside.all():
            in_scope_auroc = float(roc_auc_score(inside, 1 - probabilities[:, names.index(OTHER)]))
    confidence = probabilities.max(axis=1)
    bins = reliability(confidence, right)
    return Figures(
        postings=len(labels),
        accuracy=float(right.mean()),
        macro_f1=float(np.mean(f1)),
        acceptable=float(np.mean(right | np.array(also, dtype=bool))),
        in_scope_accuracy=in_scope_accuracy,
        in_scope_auroc=in_scope_auroc,
        calibration_error=float(sum(abs(b.confidence - b.accuracy) * b.postings for b in bins) / len(labels)),
        log_loss=float(log_loss(labels, probabilities[:, np.argsort(names)], labels=sorted(names))),
        seniority_accuracy=float(np.mean(seniority)) if seniority else None,
        roles={
            name: RoleFigures(float(precision[i]), float(recall[i]), float(f1[i]), int(support[i])) for i, name in enumerate(names)
        },
        confusion=confusion_matrix(labels, predicted, labels=names).tolist(),
        reliability=bins,
    )


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[Bin]:
    """Return the non-empty ones of ten equal bins of confidence.

    Examples
    --------
    >>> reliability(np.array([0.92, 0.98, 0.55]), np.array([True, False, True]))
    [Bin(confidence=0.55, accuracy=1.0, postings=1), Bin(confidence=0.95, accuracy=0.5, postings=2)]
    """
    place = np.minimum((confidence * BINS).astype(int), BINS - 1)
    return [
        Bin(round(float(confidence[place == b].mean()), 6), float(right[place == b].mean()), int((place == b).sum()))
        for b in range(BINS)
        if (place == b).any()
    ]


def evaluate(classifier: Classifier, postings: Sequence[LabeledPosting]) -> Figures:
    """Read labelled postings with a model and compare.

    Raises
    ------
    InvalidLabelError
        Where a label is no role of the model.
    """
    from jobsort.errors import InvalidLabelError

    unknown = sorted({item.role for item in postings} - set(classifier.roles))
    if unknown:
        raise InvalidLabelError(f"labels {', '.join(unknown)} are no roles of the model; it has {', '.join(classifier.roles)}")
    readings = list(classifier.classify_many(item.posting for item in postings))
    probabilities = np.array([[reading.probabilities[role] for role in classifier.roles] for reading in readings])
    levels = [
        reading.seniority == item.seniority for reading, item in zip(readings, postings, strict=True) if item.seniority is not None
    ]
    return figures(
        classifier.roles,
        np.array([item.role for item in postings]),
        probabilities / probabilities.sum(axis=1, keepdims=True),
        np.array([str(reading.role) for reading in readings]),
        [item.second for item in postings],
        levels,
    )


def cross_validate_adjacent(
    postings: Sequence[LabeledPosting], lexicon: Lexicon, settings: Settings = DEFAULTS, *, jobs: int | None = None
) -> dict[str, float]:
    """Train and test the adjacent careers of ``other`` postings on stratified folds (one career is one sitting at times).

    Returns
    -------
    dict
        ``postings``, ``groups``, ``accuracy`` and ``accuracy_of_three`` (the right one among the three most probable), with titles;
        ``accuracy_body_alone``.
    """
    kept, names = adjacent_groups(postings, occupation_groups())
    chosen = [postings[place] for place in kept]
    whole, bare = analyze_all(chosen, lexicon, jobs=jobs)
    numbers = np.arange(len(chosen))
    folds = grouped_folds(names, numbers, numbers.astype(str), settings)
    right, among, alone = np.zeros(len(chosen)), np.zeros(len(chosen)), np.zeros(len(chosen))
    for train, test in folds:
        features = clone(build_pipeline(lexicon, settings).named_steps["features"])
        rows = features.fit_transform([whole[i] for i in train] + [bare[i] for i in train])
        model = adjacent_regression(settings).fit(rows, np.concatenate((names[train], names[train])))
        order = np.argsort(-model.predict_proba(features.transform([whole[i] for i in test])), axis=1)
        right[test] = model.classes_[order[:, 0]] == names[test]
        among[test] = (model.classes_[order[:, :3]] == names[test][:, None]).any(axis=1)
        alone[test] = model.predict(features.transform([bare[i] for i in test])) == names[test]
    return {
        "postings": float(len(chosen)),
        "groups": float(len(set(names.tolist()))),
        "accuracy": float(right.mean()),
        "accuracy_of_three": float(among.mean()),
        "accuracy_body_alone": float(alone.mean()),
    }


def cross_validate(
    postings: Sequence[LabeledPosting], lexicon: Lexicon, settings: Settings = DEFAULTS, *, jobs: int | None = None
) -> tuple[Figures, Figures, NDArray[np.float64], NDArray[np.float64]]:
    """Train and test on folds of the postings, those of one sitting kept together; the threshold of ``other`` is chosen in each.

    Returns
    -------
    whole, bare
        Figures with the title and on the body alone.
    whole_probabilities, bare_probabilities
        Out-of-fold probabilities, shape (postings, roles), columns sorted by role.
    """
    whole, bare = analyze_all(postings, lexicon, jobs=jobs)
    labels = np.array([item.role for item in postings])
    roles = sorted(set(labels.tolist()))
    count = len(labels)
    groups = sittings(postings)
    numbers = np.arange(count)
    folds = grouped_folds(labels, numbers, groups, replace(settings, seed=settings.seed + 1))
    pipeline = build_pipeline(lexicon, settings)

    def fold(kept: NDArray[np.int64], held: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64], float | None]:
        lesson = lessons([postings[place] for place in kept])
        features = clone(pipeline.named_steps["features"])
        rows = features.fit_transform([whole[place] for place in kept] + [bare[place] for place in kept])
        inner = grouped_folds(lesson.labels, lesson.postings, groups[kept], settings)
        model = clone(pipeline.named_steps["classify"]).set_params(cv=inner)
        model.fit(rows[lesson.places], lesson.labels, sample_weight=lesson.weights)
        return (
            model.predict_proba(features.transform([whole[place] for place in held])),
            model.predict_proba(features.transform([bare[place] for place in held])),
            other_threshold(rows[lesson.places], lesson, inner, settings) if OTHER in roles else None,
        )

    with_title, without = np.zeros((count, len(roles))), np.zeros((count, len(roles)))
    said, said_without = np.zeros(count, dtype=labels.dtype), np.zeros(count, dtype=labels.dtype)
    results_of_folds = Parallel(n_jobs=jobs or -1)(delayed(fold)(kept, held) for kept, held in folds)
    for (_, held), (one, two, threshold) in zip(folds, results_of_folds, strict=True):
        with_title[held], without[held] = one, two
        said[held], said_without[held] = decide(one, roles, threshold), decide(two, roles, threshold)
    seconds = [item.second for item in postings]
    results = [
        figures(roles, labels, probabilities, decided, seconds)
        for probabilities, decided in ((with_title, said), (without, said_without))
    ]
    return results[0], results[1], with_title, without
