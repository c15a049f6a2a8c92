"""The classifier: a model directory loaded with numpy alone, and the readings it makes.

A model directory holds ``config.json`` (labels, thresholds, feature settings, hashes), ``weights.npz`` (numbers and vocabulary,
no pickled objects), ``lexicon.json`` (the compiled lexicon) and a model card. Nothing in it is code.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jobsort import facts
from jobsort.aspects import read_aspects, read_specializations
from jobsort.errors import InvalidModelError, ModelNotFoundError
from jobsort.lexicon import Lexicon
from jobsort.matching import PhraseMatcher, group_equal
from jobsort.paths import models_folder
from jobsort.seniority import seniority
from jobsort.skills import LEAST_SKILLS, LexiconReader, MixDifference, compare_mix, skill_mix
from jobsort.text import SECTION_KINDS, TITLE, read_document
from jobsort.types import Adjacent, Evidence, Mention, Posting, Reading
from jobsort.vectors import OTHER, Analysis, LexiconVectorizer, decide, ngram_row, weights_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pandas as pd
    from numpy.typing import NDArray

    from jobsort.matching import Hits
    from jobsort.text import Document

FORMAT = 1
"""Version of the model directory's layout."""

FILES = ("config.json", "weights.npz", "lexicon.json")
_TITLE = SECTION_KINDS.index(TITLE)
_EVIDENCE = 8
_EVIDENCE_CHARACTERS = 160
_EVIDENCE_LEAST = 0.1


@dataclass(frozen=True, slots=True)
class Contribution:
    """One feature's part of a role's score: `value` of the feature times its weight, in log-odds."""

    feature: str
    value: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a role got its score: ``intercept + sum(contributions) == score``, and softmax over the scores is the probability.

    Attributes
    ----------
    role
        Whose score it is.
    intercept
        The score of a posting without any known word.
    contributions
        All features that occur, the strongest (by absolute contribution) first.
    score
        The role's score, in log-odds; calibrated, so its softmax with those of the other roles is a probability.
    """

    role: str
    intercept: float
    contributions: tuple[Contribution, ...]
    score: float


class _Row(NamedTuple):
    """The features of one posting, of some 24,000 a few hundred; and which n-grams its hits are.

    Attributes
    ----------
    columns, values
        Where in the feature row, ascending, and what there; int64 and float64.
    title, body
        For each hit of the matcher the column in the title's and in the body's vocabulary, -1 where it is none; int64.
    """

    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    title: NDArray[np.int64]
    body: NDArray[np.int64]


class Classifier:
    r"""Reads postings with one model.

    Make one with :meth:`load`; it may be used from several threads and pickled to worker processes.

    Examples
    --------
    >>> from jobsort import Classifier
    >>> classifier = Classifier.load()
    >>> reading = classifier.classify("ML Engineer\n\nYou will deploy and monitor our ranking models with Docker and MLflow.")
    >>> reading.role, reading.title
    ('ml_engineer', 'ML Engineer')
    >>> [skill.name for skill in reading.skills if skill.kind == "hard"][-2:]
    ['Docker', 'MLflow']
    """

    def __init__(self, config: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], lexicon: Lexicon, name: str) -> None:
        self.config = config
        self.name = name
        self.digest = ""
        self._origin: tuple[str, str | None] | None = None
        self.lexicon = lexicon
        self.roles: tuple[str, ...] = tuple(config["roles"])
        self._title_vocabulary = _words(arrays["title_vocabulary"])
        self._body_vocabulary = _words(arrays["body_vocabulary"])
        self._title_idf = arrays["title_idf"].astype(np.float64)
        self._body_idf = arrays["body_idf"].astype(np.float64)
        # One row a feature: those that a posting has are picked at once.
        self._weights = np.ascontiguousarray(arrays["role_weights"].T, dtype=np.float64)
        self._intercept = arrays["role_intercept"].astype(np.float64)
        self._title_weights = np.ascontiguousarray(arrays["title_weights"].T, dtype=np.float64)
        self._title_intercept = arrays["title_intercept"].astype(np.float64)
        self.adjacent: tuple[str, ...] = tuple(config["adjacent"])
        self._adjacent_weights = arrays["adjacent_weights"].T
        self._adjacent_intercept = arrays["adjacent_intercept"].astype(np.float64)
        self.typical_mix: Mapping[str, Mapping[str, list[float]]] = config.get("typical_mix", {})
        self._kind_weights = weights_by_kind(config["section_weights"])
        self._vectorizer = LexiconVectorizer(lexicon, config["section_weights"], config["concept_scale"])
        columns = len(self._title_vocabulary) + len(self._body_vocabulary) + len(self._vectorizer.names)
        if self._weights.shape != (columns, len(self.roles)):
            raise InvalidModelError(
                f"model {name}: weights of shape {self._weights.shape[::-1]} do not fit {len(self.roles)} roles and "
                f"{columns} features; the files belong to different models"
            )

    # --- loading ------------------------------------------------------------------------------------------------

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None, *, lexicon: str | os.PathLike[str] | None = None) -> Classifier:
        """Load a model directory.

        Parameters
        ----------
        path
            A model directory, or the name of a shipped model. By default what the environment variable ``JOBSORT_MODEL`` names,
            else the shipped model ``default``.
        lexicon
            A TOML file of your own skills, which are reported beside the model's or instead of them. The role is still read from
            what the model learnt: skills that you add do not count for it.

        Raises
        ------
        ModelNotFoundError
            Where there is no such model or one of its files is missing.
        InvalidModelError
            Where its files are broken, do not fit together or have a layout of another version.
        InvalidLexiconError
            Where `lexicon` cannot be read; the message names the line.
        """
        asked = os.fspath(path) if path is not None else os.environ.get("JOBSORT_MODEL") or "default"
        # Without a wish the shipped model, even where a folder of its name happens to lie.
        folder = _find_model(asked) if path is not None or os.environ.get("JOBSORT_MODEL") else models_folder() / asked
        try:
            contents = {file: (folder / file).read_bytes() for file in FILES}
            config = json.loads(contents["config.json"])
            if config.get("format") != FORMAT:
                raise InvalidModelError(
                    f"model {folder} has layout {config.get('format')!r}, this version reads {FORMAT}; "
                    "train it again with jobsort train"
                )
            for file, digest in config["sha256"].items():
                if hashlib.sha256(contents[file]).hexdigest() != digest:
                    raise InvalidModelError(
                        f"model {folder}: {file} is not the one its config.json was written with; train it again"
                    )
            with np.load(io.BytesIO(contents["weights.npz"]), allow_pickle=False) as stored:
                arrays = dict(stored)
            learnt = Lexicon.from_json(contents["lexicon.json"].decode("utf-8"))
            classifier = cls(config, arrays, learnt, name=f"{config['name']} {config['version']}")
            classifier.digest = hashlib.sha256(contents["config.json"]).hexdigest()
        except InvalidModelError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile, EOFError, OSError) as error:
            raise InvalidModelError(f"model {folder} is broken ({type(error).__name__}: {error}); train it again") from error
        if lexicon is not None:
            lexicon = Path(lexicon).absolute()
            classifier.lexicon = learnt.extended(lexicon)
            classifier.digest += hashlib.sha256(lexicon.read_bytes()).hexdigest()
        shipped = folder == models_folder() / asked
        classifier._origin = asked if shipped else str(folder.absolute()), str(lexicon) if lexicon is not None else None
        return classifier

    def __reduce__(self) -> Any:  # noqa: ANN401
        # What was loaded travels as its name: each process loads it once, not with every chunk that it is sent.
        return object.__reduce_ex__(self, 2) if self._origin is None else (_loaded, (*self._origin, self.digest))

    # --- reading ------------------------------------------------------------------------------------------------

    def classify(self, posting: str | Posting) -> Reading:
        """Read one posting.

        Parameters
        ----------
        posting
            A :class:`~jobsort.types.Posting`, or pasted text, whose title is guessed from its first lines.
        """
        return self._read(_as_posting(posting))

    def classify_many(self, postings: Iterable[str | Posting]) -> Iterator[Reading]:
        """Read postings one by one, in order, as they come."""
        for posting in postings:
            yield self._read(_as_posting(posting))

    def classify_frame(
        self, frame: pd.DataFrame, *, columns: Mapping[str, str] | None = None, prefix: str = "jobsort_"
    ) -> pd.DataFrame:
        """Read the postings of a DataFrame.

        Parameters
        ----------
        frame
            One posting a row. Columns are recognised by name as ``jobsort score`` does.
        columns
            Which column holds what (``{"text": "body"}``), where names do not tell.
        prefix
            Begins the names of the columns returned.

        Returns
        -------
        pandas.DataFrame
            The flat columns of ``jobsort score``, with the index of `frame`.

        Raises
        ------
        MissingColumnError
            Where no column with the postings' text is found.
        """
        import pandas as pd

        from jobsort.batch import read_row
        from jobsort.outputs import FLAT_COLUMNS, flat_record
        from jobsort.readers.tables import frame_postings

        records = [flat_record(read_row(self, row), prefix) for row in frame_postings(frame, columns=columns)]
        return pd.DataFrame(records, index=frame.index, columns=[prefix + name for name in FLAT_COLUMNS])

    def compare_mix(self, reading: Reading, role: str | None = None) -> tuple[MixDifference, ...]:
        """Return where the skill mix of a reading is not typical of a role, the farthest first; empty where it is, or is too small.

        Parameters
        ----------
        reading
            What :meth:`classify` returned.
        role
            Whose labelled postings to compare with; by default the reading's own.
        """
        role = role if role is not None else reading.role
        if role is None or sum(skill.kind == "hard" for skill in reading.skills) < LEAST_SKILLS:
            return ()
        return compare_mix(reading.skill_mix, self.typical_mix.get(role, {}))

    def predict_proba(self, postings: Iterable[str | Posting]) -> NDArray[np.float64]:
        """Return the probabilities of `roles`; float64, shape (postings, roles), rows sum to 1."""
        rows = [self._probabilities(self._features(*self._analyze(_as_posting(posting)))) for posting in postings]
        return np.array(rows, dtype=np.float64).reshape(-1, len(self.roles))

    def explain(self, posting: str | Posting, role: str | None = None) -> Explanation:
        """Return how the score of a role comes about.

        Parameters
        ----------
        posting
            As for :meth:`classify`.
        role
            Whose score; by default that of the role the posting is read as.

        Raises
        ------
        ValueError
            Where the model has no such role.
        """
        analysis, hits = self._analyze(_as_posting(posting))
        row = self._features(analysis, hits)
        chosen = role if role is not None else self._decide(self._probabilities(row))
        if chosen not in self.roles:
            raise ValueError(f"the model has no role {chosen!r}; it has {', '.join(self.roles)}")
        parts = self._weights[row.columns, self.roles.index(chosen)] * row.values
        order = np.argsort(-np.abs(parts), kind="stable")
        contributions = tuple(
            Contribution(self.feature_names[column], value, part)
            for column, value, part in zip(
                row.columns[order].tolist(), row.values[order].tolist(), parts[order].tolist(), strict=True
            )
        )
        intercept = float(self._intercept[self.roles.index(chosen)])
        return Explanation(chosen, intercept, contributions, intercept + sum(item.contribution for item in contributions))

    @cached_property
    def feature_names(self) -> tuple[str, ...]:
        """The features in the order of their weights."""
        return (
            *(f"title:{ngram}" for ngram in self._title_vocabulary),
            *(f"body:{ngram}" for ngram in self._body_vocabulary),
            *self._vectorizer.names,
        )

    # --- inside -------------------------------------------------------------------------------------------------

    @cached_property
    def _patterns(self) -> tuple[bytes, ...]:
        """The lexicon's patterns and the n-grams of the vocabulary, each once: all are found in the same pass."""
        ngrams = (f" {ngram} ".encode("ascii") for ngram in (*self._title_vocabulary, *self._body_vocabulary))
        return tuple(dict.fromkeys((*self.lexicon.patterns, *ngrams)))

    @cached_property
    def _matcher(self) -> PhraseMatcher:
        return PhraseMatcher(self._patterns)

    @cached_property
    def _lexicon_reader(self) -> LexiconReader:
        return LexiconReader(self.lexicon, self._patterns)

    @cached_property
    def _columns(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """For each pattern its column in the title and in the body vocabulary, -1 where it is none."""
        place = {pattern: index for index, pattern in enumerate(self._patterns)}
        columns = []
        for vocabulary in (self._title_vocabulary, self._body_vocabulary):
            column = np.full(len(place), -1, dtype=np.int64)
            column[[place[f" {ngram} ".encode("ascii")] for ngram in vocabulary]] = np.arange(len(vocabulary))
            columns.append(column)
        return columns[0], columns[1]

    def _analyze(self, posting: Posting) -> tuple[Analysis, Hits]:
        document = read_document(posting)
        hits = self._matcher.find(document.normalized)
        return Analysis(document, self._lexicon_reader.read(document, hits)), hits

    def _features(self, analysis: Analysis, hits: Hits) -> _Row:
        document = analysis.document
        kinds = document.kinds_at(document.sentences_at(document.normalized.positions[hits.starts]))
        title_column, body_column = (column[hits.patterns] for column in self._columns)
        title, counts = _summed(title_column, np.where(kinds == _TITLE, 1.0, 0.0))
        body, weighted = _summed(body_column, self._kind_weights[kinds])
        lexical = self._vectorizer.row(analysis.reading)
        told = lexical.nonzero()[0]
        first_body, first_lexical = len(self._title_vocabulary), len(self._title_vocabulary) + len(self._body_vocabulary)
        return _Row(
            np.concatenate((title, body + first_body, told + first_lexical)),
            np.concatenate(
                (
                    ngram_row(counts, self._title_idf[title], self.config["title_scale"]),
                    ngram_row(weighted, self._body_idf[body], self.config["body_scale"]),
                    lexical[told],
                )
            ),
            title_column,
            body_column,
        )

    def _probabilities(self, row: _Row) -> NDArray[np.float64]:
        return _softmax(row.values @ self._weights[row.columns] + self._intercept)

    def _decide(self, probabilities: NDArray[np.float64]) -> str:
        return str(decide(probabilities[None], self.roles, self.config["thresholds"].get(OTHER))[0])

    def _title_role(self, row: _Row) -> tuple[str | None, float]:
        """What the title alone says, and how probable that is; None where it is silent or says nothing clear."""
        columns = self._title_places[row.columns]
        of_title = columns >= 0
        if not of_title.any():
            return None, 0.0
        probabilities = _softmax(row.values[of_title] @ self._title_weights[columns[of_title]] + self._title_intercept)
        best = int(probabilities.argmax())
        confidence = float(probabilities[best])
        return (self.roles[best] if confidence >= self.config["thresholds"]["title"] else None), confidence

    @cached_property
    def _concept_weights(self) -> dict[str, list[float]]:
        """Role -> what one mention of each concept of the lexicon adds to its score."""
        first = len(self._title_vocabulary) + len(self._body_vocabulary)
        once = float(np.log1p(1.0)) * self.config["concept_scale"]
        return {
            role: (self._weights[first : first + len(self.lexicon.concepts), place] * once).tolist()
            for place, role in enumerate(self.roles)
        }

    @cached_property
    def _title_places(self) -> NDArray[np.int64]:
        """For each feature its place among those that speak of the title (n-grams and concepts), -1 where it is none."""
        places = np.full(len(self.feature_names), -1, dtype=np.int64)
        columns = [column for column, name in enumerate(self.feature_names) if name.startswith("title")]
        places[columns] = np.arange(len(columns))
        return places

    def _read(self, posting: Posting) -> Reading:
        analysis, hits = self._analyze(posting)
        document, reading = analysis.document, analysis.reading
        row = self._features(analysis, hits)
        probabilities = self._probabilities(row)
        role = self._decide(probabilities)
        confidence = float(probabilities[self.roles.index(role)])
        title_role, title_confidence = self._title_role(row)
        sure = self.config["thresholds"]["mismatch"]
        years = facts.years(document)
        degree = facts.degree(document)
        years_min = years[0] if years else None
        level = seniority(document, years_min)
        fields = read_specializations(document, reading, self.lexicon)
        warnings = [*posting.warnings, *document.warnings]
        if not document.text[document.body_start :].strip():
            warnings.append("no description; read from the title alone" if document.title else "no text")
        return Reading(
            title=document.title,
            company=posting.company,
            location=posting.location,
            role=role,
            confidence=round(confidence, 6),
            probabilities={name: round(float(value), 6) for name, value in zip(self.roles, probabilities, strict=True)},
            title_role=title_role,
            title_mismatch=title_role is not None and title_role != role and min(confidence, title_confidence) >= sure,
            adjacent=self._adjacent_role(row) if role == OTHER else None,
            specializations=fields[0],
            specialization_evidence=fields[1],
            seniority=level.level,
            seniority_confidence=round(level.confidence, 4),
            seniority_evidence=level.evidence,
            years_min=years_min,
            degree_min=degree[0] if degree else None,
            salary=facts.salary(document, posting.salary),
            skills=reading.skills,
            skill_mix=skill_mix(reading.skills),
            aspects=read_aspects(document, reading, self.lexicon, role, self._concept_weights),
            evidence=self._evidence(analysis, hits, row, role),
            warnings=tuple(dict.fromkeys(warnings)),
            error=None,
            model=self.name,
            text=document.text,
        )

    def _adjacent_role(self, row: _Row) -> Adjacent | None:
        if not self.adjacent:
            return None
        probabilities = _softmax(row.values @ self._adjacent_weights[row.columns] + self._adjacent_intercept)
        best = int(probabilities.argmax())
        return Adjacent(self.adjacent[best], round(float(probabilities[best]), 4))

    def _evidence(self, analysis: Analysis, hits: Hits, row: _Row, role: str) -> tuple[Evidence, ...]:
        """The phrases that moved the score of `role` most, each with the first place where it stands."""
        parts = self._weights[row.columns, self.roles.index(role)] * row.values
        first_title, first_body = len(self._title_vocabulary), len(self._title_vocabulary) + len(self._body_vocabulary)
        concepts = len(self.lexicon.concepts)
        found: list[Evidence] = []
        told = (parts >= _EVIDENCE_LEAST).nonzero()[0]
        told = told[np.argsort(-parts[told], kind="stable")][: 5 * _EVIDENCE]
        for place, part in zip(row.columns[told].tolist(), parts[told].tolist(), strict=True):
            if len(found) == _EVIDENCE:
                break
            mention: Mention | None = None
            if place < first_body:
                in_title = place < first_title
                of_hits, column = (row.title, place) if in_title else (row.body, place - first_title)
                mention = _ngram_mention(analysis.document, hits, (of_hits == column).nonzero()[0], in_title=in_title)
            elif place < first_body + 2 * concepts:
                concept, in_title = (place - first_body) % concepts, place - first_body >= concepts
                mention = _concept_mention(analysis, concept, in_title=in_title)
            if mention is None or any(mention.start < other.end and other.start < mention.end for other in found):
                continue
            text = mention.text[:_EVIDENCE_CHARACTERS]
            found.append(Evidence(text, mention.start, mention.start + len(text), role, round(part, 4)))
        return tuple(found)


@lru_cache(maxsize=4)
def _loaded(path: str, lexicon: str | None, digest: str) -> Classifier:
    """Load what another process loaded; refuse what has changed since."""
    classifier = Classifier.load(path, lexicon=lexicon)
    if classifier.digest != digest:
        raise InvalidModelError(f"model {path} is not the one that the run began with; start the run anew")
    return classifier


def failed(error: str, model: str, posting: Posting | None = None) -> Reading:
    """Return the record of a row that could not be read."""
    return Reading(
        title=posting.title if posting else "",
        company=posting.company if posting else "",
        location=posting.location if posting else "",
        role=None,
        confidence=None,
        probabilities={},
        title_role=None,
        title_mismatch=False,
        adjacent=None,
        specializations=(),
        specialization_evidence=(),
        seniority=None,
        seniority_confidence=None,
        seniority_evidence=(),
        years_min=None,
        degree_min=None,
        salary=None,
        skills=(),
        skill_mix={},
        aspects={},
        evidence=(),
        warnings=(),
        error=error,
        model=model,
    )


def classify(posting: str | Posting) -> Reading:
    """Read one posting with the default model, loaded once a process.

    Examples
    --------
    >>> from jobsort import classify
    >>> classify("Data Scientist. You run A/B tests and explain what drives churn to our marketing team.").role
    'data_scientist'
    """
    global _default  # noqa: PLW0603
    if _default is None:
        _default = Classifier.load()
    return _default.classify(posting)


_default: Classifier | None = None


def _as_posting(posting: str | Posting) -> Posting:
    if isinstance(posting, Posting):
        return posting
    from jobsort.readers.text import read_text

    return read_text(posting, "")


def _summed(columns: NDArray[np.int64], weights: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the columns that have any weight, ascending, and the sum of each; a column of -1 is none."""
    counted = ((columns >= 0) & (weights > 0)).nonzero()[0]
    if not counted.size:
        return columns[:0], weights[:0]
    columns, weights = columns[counted], weights[counted]
    order, begins = group_equal(columns)
    return columns[order[begins]], np.add.reduceat(weights[order], begins)


def _ngram_mention(document: Document, hits: Hits, found: NDArray[np.int64], *, in_title: bool) -> Mention | None:
    """The first of these hits that stands in the title, or in the body."""
    positions = document.normalized.positions
    for hit in found.tolist():
        start = int(positions[hits.starts[hit]])
        if (start < document.title_end) == in_title:
            end = int(positions[hits.ends[hit] - 1]) + 1
            return Mention(document.text[start:end], start, end)
    return None


def _concept_mention(analysis: Analysis, concept: int, *, in_title: bool) -> Mention | None:
    text, title_end = analysis.document.text, analysis.document.title_end
    inside = [
        Mention(text[start:end], start, end)
        for index, start, end, _ in analysis.reading.concept_mentions
        if index == concept and (start < title_end) == in_title
    ]
    if not inside:
        return None
    # Of several phrases the one that stands most often, then the longer one, speaks for the concept.
    counts = Counter(mention.text.lower() for mention in inside)
    return max(inside, key=lambda m: (counts[m.text.lower()], min(len(m.text), 40), -m.start))


def _find_model(asked: str) -> Path:
    folder = Path(asked)
    shipped = models_folder()
    if not folder.is_dir() and os.sep not in asked and (shipped / asked).is_dir():
        folder = shipped / asked
    if not folder.exists():
        names = ", ".join(sorted(path.name for path in shipped.iterdir() if path.is_dir())) if shipped.is_dir() else "none"
        raise ModelNotFoundError(f"there is no model {asked}; pass a model directory or one of the shipped models: {names}")
    missing = [file for file in FILES if not (folder / file).is_file()]
    if missing:
        raise ModelNotFoundError(f"{asked} is no model directory: {', '.join(missing)} missing; make one with jobsort train")
    return folder


def _words(array: NDArray[np.uint8]) -> tuple[str, ...]:
    text = array.astype(np.uint8).tobytes().decode("ascii")
    return tuple(text.split("\n")) if text else ()


def _softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum(), dtype=np.float64)
