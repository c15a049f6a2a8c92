"""Training: labelled postings -> scikit-learn pipeline -> model directory.

The pipeline is ordinary scikit-learn: analysis, a union of title n-grams, body n-grams and lexicon concepts, and a logistic
regression whose probabilities are calibrated by temperature scaling (Guo et al., "On Calibration of Modern Neural Networks", ICML
2017) on folds it was not fitted on. :func:`export` writes its numbers where the numpy-only
:class:`~jobsort.classifier.Classifier` reads them; a test holds the two against each other.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tempfile
import tomllib
import zipfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from joblib import Memory, Parallel, delayed
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import FeatureUnion, Pipeline

from jobsort import lexicon as lexicon_module
from jobsort import matching, skills, text, types, vectors
from jobsort._version import __version__
from jobsort.classifier import FORMAT
from jobsort.errors import InvalidLabelError, OutputError
from jobsort.features import ConceptVectorizer, NgramVectorizer, PostingAnalyzer
from jobsort.paths import data_folder
from jobsort.skills import LEAST_SKILLS, skill_mix
from jobsort.types import Posting
from jobsort.vectors import OTHER, SECTION_WEIGHTS, Analyzer, decide

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from jobsort.lexicon import Lexicon
    from jobsort.postings import LabeledPosting
    from jobsort.vectors import Analysis


@dataclass(frozen=True)
class Settings:
    """The settings of :func:`build_pipeline`; the defaults were chosen by cross-validation (see the model card)."""

    strength: float = 10.0
    title_scale: float = 1.5
    body_scale: float = 1.0
    concept_scale: float = 0.05
    min_postings: int = 3
    max_features: int = 12_000
    section_weights: Mapping[str, float] = field(default_factory=lambda: dict(SECTION_WEIGHTS))
    folds: int = 5
    seed: int = 0


DEFAULTS = Settings()

TITLE_THRESHOLD = 0.5
"""A title speaks for a role when that role is at least this probable from the title alone."""

MISMATCH_THRESHOLD = 0.65
"""Title and duties disagree when both are at least this sure."""

SECOND_SHARE = 0.35
"""How much of a posting's weight goes to the second role that a careful reader could defend."""

_CACHE_BYTES = 500_000_000

LEAST_PER_GROUP = 5
"""An adjacent career needs this many postings to be learnt; rarer ones are left out."""


def build_pipeline(lexicon: Lexicon, settings: Settings = DEFAULTS) -> Pipeline:
    """Return the untrained pipeline: sequence of :class:`~jobsort.types.Posting` -> role.

    Parameters
    ----------
    lexicon
        Skills and concepts.
    settings
        Strengths and scales.

    Examples
    --------
    >>> from jobsort.lexicon import Lexicon
    >>> from jobsort.paths import data_folder
    >>> pipeline = build_pipeline(Lexicon.from_folder(data_folder() / "lexicon"))
    >>> [name for name, _ in pipeline.steps]
    ['analyze', 'features', 'classify']
    """
    regression = _regression(settings.strength)
    return Pipeline(
        [
            ("analyze", PostingAnalyzer(lexicon)),
            ("features", build_features(lexicon, settings)),
            ("classify", CalibratedClassifierCV(regression, method="temperature", cv=settings.folds, ensemble=False)),
        ]
    )


def _regression(strength: float) -> LogisticRegression:
    """Multinomial, roles weighed alike however many postings each has."""
    return LogisticRegression(C=strength, class_weight="balanced", max_iter=3000)


def build_features(lexicon: Lexicon, settings: Settings = DEFAULTS) -> FeatureUnion:
    """Return the blocks of a feature row in the order that :mod:`jobsort.vectors` describes."""
    weights = dict(settings.section_weights)
    title = NgramVectorizer(
        "title", section_weights=weights, min_postings=2, max_features=settings.max_features, scale=settings.title_scale
    )
    body = NgramVectorizer(
        "body",
        section_weights=weights,
        min_postings=settings.min_postings,
        max_features=settings.max_features,
        scale=settings.body_scale,
    )
    return FeatureUnion(
        [("title", title), ("body", body), ("concepts", ConceptVectorizer(lexicon, weights, settings.concept_scale))]
    )


@dataclass(frozen=True)
class TrainedModel:
    """A fitted pipeline with its two side heads, ready to be exported.

    Attributes
    ----------
    pipeline
        Fitted :func:`build_pipeline`.
    title
        Logistic regression on the title's columns alone.
    title_columns
        Which columns those are.
    adjacent
        Logistic regression of the occupation group of ``other`` postings, or None without any.
    thresholds
        ``other``, ``title`` and ``mismatch``.
    counts
        Postings per role.
    typical_mix
        What :func:`typical_mix` returned.
    """

    pipeline: Pipeline
    title: LogisticRegression
    title_columns: NDArray[np.int64]
    adjacent: LogisticRegression | None
    thresholds: Mapping[str, float | None]
    counts: Mapping[str, int]
    settings: Settings
    lexicon: Lexicon
    data_hash: str
    typical_mix: Mapping[str, Mapping[str, list[float]]]


def fit(
    postings: Sequence[LabeledPosting],
    lexicon: Lexicon,
    settings: Settings = DEFAULTS,
    *,
    groups: Mapping[str, str] | None = None,
    jobs: int | None = None,
) -> TrainedModel:
    """Train on labelled postings.

    Each posting is learnt from with and without its title, so that the duties alone must do, and to a part under its second role.

    Parameters
    ----------
    postings
        At least two roles; any names.
    lexicon
        Skills and concepts.
    settings
        Strengths and scales.
    groups
        Occupation -> group, for the adjacent careers; :func:`occupation_groups` by default.
    jobs
        Processes for the analysis; all cores by default.

    Raises
    ------
    InvalidLabelError
        Where there are fewer than two roles, or too few postings of one.
    """
    counts = Counter(item.role for item in postings)
    if len(counts) < 2:
        raise InvalidLabelError(f"training needs postings of at least two roles; found only {', '.join(counts) or 'none'}")
    scarce = [role for role, count in counts.items() if count < settings.folds]
    if scarce:
        raise InvalidLabelError(f"training needs at least {settings.folds} postings a role; fewer of {', '.join(sorted(scarce))}")
    whole, bare = analyze_all(postings, lexicon, jobs=jobs)
    lesson = lessons(postings)
    folds = grouped_folds(lesson.labels, lesson.postings, sittings(postings), settings)
    pipeline = build_pipeline(lexicon, settings)
    pipeline.set_params(classify__cv=folds)
    # The analysis is done already (in parallel); the steps after it are fitted as they would be inside the pipeline.
    features = pipeline.named_steps["features"]
    rows = features.fit_transform([*whole, *bare])
    pipeline.named_steps["classify"].fit(rows[lesson.places], lesson.labels, sample_weight=lesson.weights)
    names = features.get_feature_names_out()
    columns = np.array([place for place, name in enumerate(_plain(names)) if name.startswith("title")], dtype=np.int64)
    title = _fit_title(postings, rows[: len(postings)], features, columns, lexicon, settings)
    groups = occupation_groups() if groups is None else groups
    adjacent = _fit_adjacent(postings, rows, groups, settings)
    thresholds = {
        OTHER: other_threshold(rows[lesson.places], lesson, folds, settings) if OTHER in counts else None,
        "title": TITLE_THRESHOLD,
        "mismatch": MISMATCH_THRESHOLD,
    }
    return TrainedModel(
        pipeline,
        title,
        columns,
        adjacent,
        thresholds,
        dict(sorted(counts.items())),
        settings,
        lexicon,
        hash_postings(postings),
        typical_mix(postings, whole),
    )


def _fit_title(  # noqa: PLR0917
    postings: Sequence[LabeledPosting],
    rows: Any,  # noqa: ANN401
    features: FeatureUnion,
    columns: NDArray[np.int64],
    lexicon: Lexicon,
    settings: Settings,
) -> LogisticRegression:
    """Learn what a title alone says: from the postings' titles and, where the roles are the shipped ones, from the usual titles."""
    labels = [item.role for item in postings]
    usual = usual_titles()
    if set(usual) != set(labels):
        return _regression(settings.strength).fit(rows[:, columns], labels)
    analyzer = Analyzer(lexicon)
    named = [(title, role) for role, titles in usual.items() for title in titles]
    known = features.transform([analyzer.analyze(Posting(text="", title=title)) for title, _ in named])
    # Together the usual titles weigh as much as all the postings' own.
    weights = np.concatenate((np.ones(len(labels)), np.full(len(named), len(labels) / len(named))))
    both = sparse.vstack([rows[:, columns], known[:, columns]]).tocsr()
    return _regression(settings.strength).fit(both, labels + [role for _, role in named], sample_weight=weights)


def usual_titles() -> dict[str, list[str]]:
    """Return role -> the titles that usually name it, each with every level word, from ``data/titles.toml``."""
    table = tomllib.loads((data_folder() / "titles.toml").read_text(encoding="utf-8"))
    return {
        role: [f"{level} {title}".strip() for title in titles for level in table["levels"]]
        for role, titles in table["roles"].items()
    }


def analyze_all(
    postings: Sequence[LabeledPosting], lexicon: Lexicon, *, jobs: int | None = None
) -> tuple[list[Analysis], list[Analysis]]:
    """Analyse postings with their titles and without, in parallel; results are cached for as long as nothing changes.

    The cache lies in the user's own cache folder, never where a caller says: joblib's caches are pickles.
    """
    memory = _memory()
    analyze = memory.cache(_analyze, ignore=["lexicon"])
    digest = hashlib.sha256(lexicon.to_json().encode()).hexdigest()
    items = [item.posting for item in postings]
    items += [replace(posting, title="") for posting in items]
    chunks = [items[start : start + 100] for start in range(0, len(items), 100)]
    found = Parallel(n_jobs=jobs or -1)(delayed(analyze)(chunk, digest, _code_digest(), lexicon) for chunk in chunks)
    flat = [analysis for chunk in found for analysis in chunk]
    return flat[: len(postings)], flat[len(postings) :]


def _memory() -> Memory:
    """Return the cache, kept under a gigabyte; without a folder that can be written there is none."""
    try:
        memory = Memory(_cache_folder(), verbose=0)
        memory.reduce_size(bytes_limit=_CACHE_BYTES)
    except OSError:
        return Memory(None, verbose=0)
    return memory


def _cache_folder() -> str:
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")  # noqa: PTH111, PTH118
    return os.path.join(base, "jobsort", "training")  # noqa: PTH118


def _code_digest() -> str:
    """Hash the modules that an analysis depends on: what they would now read differently must not come from the cache."""
    modules = (text, matching, lexicon_module, skills, vectors, types)
    sources = b"".join(Path(str(module.__file__)).read_bytes() for module in modules)
    return hashlib.sha256(sources + np.__version__.encode()).hexdigest()


def _analyze(postings: list[Posting], lexicon_digest: str, code_digest: str, lexicon: Lexicon) -> list[Analysis]:  # noqa: ARG001
    analyzer = Analyzer(lexicon)
    return [analyzer.analyze(posting) for posting in postings]


_SITTING = re.compile(r"(\w+)/(\d{3,4})-")


def sittings(postings: Sequence[LabeledPosting]) -> NDArray[np.str_]:
    """Return for each posting the sitting it was written in: the block of forty numbers of its file name.

    Postings of one sitting have a writer and a theme in common. Kept together in cross-validation, they do not flatter the
    figures nor the calibration. A row of a table is a sitting of its own.

    Examples
    --------
    >>> from jobsort.postings import LabeledPosting
    >>> from jobsort.types import Posting
    >>> names = ["chef/021-a.md", "chef/060-b.md", "chef/061-c.md", "mine.csv row 7"]
    >>> [str(name) for name in sittings([LabeledPosting(Posting(""), "chef", name=name) for name in names])]
    ['chef 1', 'chef 1', 'chef 2', 'mine.csv row 7']
    """
    blocks = []
    for item in postings:
        match = _SITTING.match(item.name)
        blocks.append(f"{match.group(1)} {(int(match.group(2)) - 21) // 40 + 1}" if match else item.name)
    return np.array(blocks)


@dataclass(frozen=True)
class Lessons:
    """What the classifier is fitted on: each posting with its title and without, and once more under its defensible second role.

    Attributes
    ----------
    places
        Row among the analyses (first all with their titles, then all without); shape (lessons,).
    labels, weights
        The role and how much it counts: the label and the second of a posting share its weight, so that doubt is learnt as doubt.
    postings
        Which posting each is of.
    """

    places: NDArray[np.int64]
    labels: NDArray[np.str_]
    weights: NDArray[np.float64]
    postings: NDArray[np.int64]


def lessons(postings: Sequence[LabeledPosting]) -> Lessons:
    """Return what to fit on."""
    count = len(postings)
    roles = np.array([item.role for item in postings])
    # A second role that nothing is labelled with cannot be learnt.
    known = set(roles.tolist())
    doubtful = np.array([place for place, item in enumerate(postings) if item.second in known], dtype=np.int64)
    seconds = np.array([postings[place].second for place in doubtful], dtype=roles.dtype)
    numbers = np.arange(count)
    weights = np.ones(count)
    weights[doubtful] = 1 - SECOND_SHARE
    once = np.concatenate((numbers, doubtful))
    share = np.concatenate((weights, np.full(len(doubtful), SECOND_SHARE)))
    named = np.concatenate((roles, seconds))
    return Lessons(
        np.concatenate((once, once + count)),
        np.concatenate((named, named)),
        np.concatenate((share, share)),
        np.concatenate((once, once)),
    )


def grouped_folds(
    labels: NDArray[np.str_], postings: NDArray[np.int64], groups: NDArray[np.str_], settings: Settings
) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return stratified folds over lessons: all of one posting, and all postings of one group, fall into the same fold.

    Where a role has fewer groups than there are folds, only the lessons of one posting are kept together.
    """
    of_each = groups[postings]
    per_role = min(len(set(of_each[labels == role].tolist())) for role in set(labels.tolist()))
    together = of_each if per_role >= settings.folds else postings.astype(str)
    splitter = StratifiedGroupKFold(settings.folds, shuffle=True, random_state=settings.seed)
    return list(splitter.split(np.zeros(len(labels)), labels, together))


def typical_mix(postings: Sequence[LabeledPosting], analyses: Sequence[Analysis]) -> dict[str, dict[str, list[float]]]:
    """Return, for each role and technical category, the quartiles (25, 50, 75 %) of its share among the postings' hard skills.

    Postings with fewer than `LEAST_SKILLS` hard skills are left out: their shares are chance.
    """
    categories = sorted({skill.category for analysis in analyses for skill in analysis.reading.skills if skill.kind == "hard"})
    mixes: dict[str, list[list[float]]] = {}
    for item, analysis in zip(postings, analyses, strict=True):
        if sum(skill.kind == "hard" for skill in analysis.reading.skills) >= LEAST_SKILLS:
            mix = skill_mix(analysis.reading.skills)
            mixes.setdefault(item.role, []).append([mix.get(category, 0.0) for category in categories])
    return {
        role: {
            category: [round(float(value), 4) for value in np.quantile(shares, (0.25, 0.5, 0.75))]
            for category, shares in zip(categories, np.array(rows).T, strict=True)
        }
        for role, rows in sorted(mixes.items())
    }


def adjacent_groups(postings: Sequence[LabeledPosting], groups: Mapping[str, str]) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
    """Return which postings have an occupation whose group is learnt, and the groups; see `LEAST_PER_GROUP`."""
    named = [groups.get(item.occupation or "") for item in postings]
    spread = Counter(name for name in named if name)
    kept = [index for index, name in enumerate(named) if name and spread[name] >= LEAST_PER_GROUP]
    return np.array(kept, dtype=np.int64), np.array([str(named[index]) for index in kept])


def _fit_adjacent(
    postings: Sequence[LabeledPosting],
    rows: Any,  # noqa: ANN401
    groups: Mapping[str, str],
    settings: Settings,
) -> LogisticRegression | None:
    """Learn the group of those whose occupation belongs to one, with and without title."""
    kept, chosen = adjacent_groups(postings, groups)
    if len(set(chosen.tolist())) < 2:
        return None
    return adjacent_regression(settings).fit(rows[[*kept, *(kept + len(postings))]], np.concatenate((chosen, chosen)))


def adjacent_regression(settings: Settings) -> LogisticRegression:
    """Return the untrained classifier of adjacent careers."""
    return _regression(3 * settings.strength)


def other_threshold(
    rows: Any,  # noqa: ANN401
    lesson: Lessons,
    folds: list[tuple[NDArray[np.int64], NDArray[np.int64]]],
    settings: Settings,
) -> float:
    """Return how probable ``other`` must be to be said, by accuracy on folds not fitted on."""
    weights = {"sample_weight": lesson.weights}
    model = _regression(settings.strength)
    probabilities = cross_val_predict(model, rows, lesson.labels, cv=folds, method="predict_proba", params=weights)
    roles = np.unique(lesson.labels).tolist()
    scores = {}
    for threshold in np.arange(0.30, 0.71, 0.05):
        said = decide(probabilities, roles, float(threshold))
        scores[round(float(threshold), 2)] = float(np.average(said == lesson.labels, weights=lesson.weights))
    # The plateau is flat: stay near the middle unless it costs a noticeable share of the postings.
    return max(scores, key=lambda value: (round(scores[value], 2), -abs(value - 0.45)))


def occupation_groups() -> dict[str, str]:
    """Return occupation -> adjacent career or far group, from ``data/occupations.toml``."""
    path = data_folder() / "occupations.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {occupation: group for group, row in table["groups"].items() for occupation in row["occupations"]}


def hash_postings(postings: Iterable[LabeledPosting]) -> str:
    """Return a SHA-256 over texts and labels, the same whatever the order."""
    rows = sorted(
        json.dumps([item.name, item.posting.title, item.posting.text, item.role, item.second, item.occupation, item.seniority])
        for item in postings
    )
    return hashlib.sha256("\n".join(rows).encode()).hexdigest()


def _plain(names: Iterable[str]) -> list[str]:
    """Undo FeatureUnion's prefixes: ``title__title:ml`` -> ``title:ml``."""
    return [str(name).split("__", 1)[1] for name in names]


# --- export -----------------------------------------------------------------------------------------------------


def export(model: TrainedModel, folder: Path, name: str) -> None:
    """Write a model directory: the same bytes for the same training data, settings and versions.

    Parameters
    ----------
    model
        What :func:`fit` returned.
    folder
        Where to; an existing model directory is replaced, its card (``README.md``) kept. Written whole or not at all.
    name
        The model's name in records.

    Raises
    ------
    OutputError
        Where `folder` cannot be written or is a folder of something else.
    """
    arrays, adjacent = _arrays(model)
    lexicon = model.lexicon.to_json().encode("utf-8")
    weights = _npz(arrays)
    config = {
        "format": FORMAT,
        "name": name,
        "version": __version__,
        "roles": [str(role) for role in model.pipeline.named_steps["classify"].classes_],
        "adjacent": adjacent,
        "thresholds": dict(model.thresholds),
        "typical_mix": model.typical_mix,
        "section_weights": dict(model.settings.section_weights),
        "title_scale": model.settings.title_scale,
        "body_scale": model.settings.body_scale,
        "concept_scale": model.settings.concept_scale,
        "training": {
            "postings": dict(model.counts),
            "sha256": model.data_hash,
            "strength": model.settings.strength,
            "min_postings": model.settings.min_postings,
            "max_features": model.settings.max_features,
            "folds": model.settings.folds,
            "seed": model.settings.seed,
        },
        "sha256": {
            "weights.npz": hashlib.sha256(weights).hexdigest(),
            "lexicon.json": hashlib.sha256(lexicon).hexdigest(),
        },
    }
    files = {
        "config.json": (json.dumps(config, indent=2, ensure_ascii=False) + "\n").encode(),
        "weights.npz": weights,
        "lexicon.json": lexicon,
    }
    _write_folder(folder, files)


def _arrays(model: TrainedModel) -> tuple[dict[str, NDArray[Any]], list[str]]:
    features = dict(model.pipeline.named_steps["features"].transformer_list)
    calibrated = model.pipeline.named_steps["classify"].calibrated_classifiers_[0]
    regression, inverse_temperature = calibrated.estimator, float(calibrated.calibrators[0].beta_)
    weights, intercept = two_sided(regression, half=False)
    title_weights, title_intercept = two_sided(model.title, half=True)
    columns = weights.shape[1]
    adjacent: list[str] = []
    adjacent_weights, adjacent_intercept = np.zeros((0, columns)), np.zeros(0)
    if model.adjacent is not None:
        adjacent = [str(name) for name in model.adjacent.classes_]
        adjacent_weights, adjacent_intercept = two_sided(model.adjacent, half=True)
    arrays = {
        "title_vocabulary": np.frombuffer("\n".join(features["title"].vocabulary_).encode(), dtype=np.uint8),
        "body_vocabulary": np.frombuffer("\n".join(features["body"].vocabulary_).encode(), dtype=np.uint8),
        "title_idf": features["title"].idf_,
        "body_idf": features["body"].idf_,
        "role_weights": (weights * inverse_temperature).astype(np.float32),
        "role_intercept": intercept * inverse_temperature,
        "title_weights": title_weights.astype(np.float32),
        "title_intercept": title_intercept,
        "adjacent_weights": adjacent_weights.astype(np.float32),
        "adjacent_intercept": adjacent_intercept,
    }
    return arrays, adjacent


def two_sided(regression: LogisticRegression, *, half: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return one row of weights a class, also for two classes, where scikit-learn keeps one row for both.

    `half`: softmax over the rows then gives predict_proba; otherwise it gives what temperature scaling expects, scores of
    ``(-x, x)``.
    """
    weights, intercept = regression.coef_, regression.intercept_
    if len(regression.classes_) > 2:
        return weights, intercept
    share = 0.5 if half else 1.0
    return np.vstack((-share * weights, share * weights)), np.concatenate((-share * intercept, share * intercept))


def _npz(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Like numpy.savez, but without the time of day in it; packed, it would be a quarter smaller and take twice as long to load."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), content.getvalue())
    return buffer.getvalue()


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "config.json").is_file())):
        raise OutputError(f"{folder} exists and is no model directory; pass a new folder with -o")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as scratch:
            for name, content in files.items():
                with open(os.path.join(scratch, name), "wb") as file:  # noqa: PTH118
                    file.write(content)
            folder.mkdir(exist_ok=True)
            # The config goes last: it holds the hashes, so that a model cut off half-way is refused on loading.
            for name in sorted(files, key=lambda name: name == "config.json"):
                os.replace(os.path.join(scratch, name), folder / name)  # noqa: PTH105, PTH118
    except OSError as error:
        raise OutputError(f"cannot write the model to {folder}: {error.strerror or error}") from error
