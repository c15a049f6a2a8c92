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
from jobsort.skills import LEAST_SKILLS, LexiconReader, LexiconReading, MixDifference, compare_mix, skill_mix
from jobsort.text import MAX_CHARACTERS, SECTION_KINDS, TITLE, Corpus, read_document
from jobsort.types import Adjacent, Evidence, Mention, Posting, Reading
from jobsort.vectors import OTHER, LexiconVectorizer, decide, ngram_rows, weights_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from jobsort.matching import Hits
    from jobsort.text import Document

FORMAT = 1
"""Version of the model directory's layout."""

FILES = ("config.json", "weights.npz", "lexicon.json")
BATCH = 64
"""How many postings are read together at most; more gain nothing and hold more memory."""
_BATCH_CHARACTERS = 500_000

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


class _Features(NamedTuple):
    """The features of postings read together, of some 24,000 a few hundred each; and which n-grams the hits are.

    Attributes
    ----------
    columns, values
        Where in the feature row, and what there; posting after posting, each by column; int64 and float64.
    begins
        Where each posting's begin, and the end; int64, shape (postings + 1,).
    hit_columns
        For each hit of the matcher the column that it counts for, -1 where it is no n-gram; int64.
    hits
        Where each posting's hits begin, and the end; int64, shape (postings + 1,).
    """

    columns: NDArray[np.int64]
    values: NDArray[np.float64]
    begins: NDArray[np.int64]
    hit_columns: NDArray[np.int64]
    hits: NDArray[np.int64]

    def of(self, posting: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the columns and values of one posting."""
        own = slice(self.begins[posting], self.begins[posting + 1])
        return self.columns[own], self.values[own]


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
        self._first_body = len(self._title_vocabulary)
        self._first_lexical = self._first_body + len(self._body_vocabulary)
        self._idf = np.concatenate((arrays["title_idf"], arrays["body_idf"])).astype(np.float64)
        self._scales = np.array([config["title_scale"], config["body_scale"]])
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
        self._kind_weights[_TITLE] = 1.0
        self._vectorizer = LexiconVectorizer(lexicon, config["section_weights"], config["concept_scale"])
        columns = self._first_lexical + len(self._vectorizer.names)
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
        return self._read([_as_posting(posting)])[0]

    def classify_many(self, postings: Iterable[str | Posting]) -> Iterator[Reading]:
        """Read a stream of postings, in order: the same readings as one by one, in two thirds of the time.

        `BATCH` postings are taken before the first of them is read. Where the stream breaks off with an error, what came before it
        is read first; where a posting cannot be read, its batch is lost with it.
        """
        for batch in _batches(postings):
            yield from self._read(batch)

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

        from jobsort.batch import read_rows
        from jobsort.outputs import FLAT_COLUMNS, flat_record
        from jobsort.readers.tables import frame_postings

        records = [flat_record(reading, prefix) for reading in read_rows(self, frame_postings(frame, columns=columns))]
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
        rows = [self._probabilities(self._features(*self._analyze(batch))) for batch in _batches(postings)]
        return np.concatenate([np.zeros((0, len(self.roles))), *rows])

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
        features = self._features(*self._analyze([_as_posting(posting)]))
        chosen = role if role is not None else self._decide(self._probabilities(features))[0]
        if chosen not in self.roles:
            raise ValueError(f"the model has no role {chosen!r}; it has {', '.join(self.roles)}")
        columns, values = features.of(0)
        parts = self._weights[columns, self.roles.index(chosen)] * values
        order = np.argsort(-np.abs(parts), kind="stable")
        contributions = tuple(
            Contribution(self.feature_names[column], value, part)
            for column, value, part in zip(columns[order].tolist(), values[order].tolist(), parts[order].tolist(), strict=True)
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
    def _ngrams(self) -> tuple[list[bytes], list[bytes]]:
        """The patterns of the title's and of the body's n-grams."""
        return _as_patterns(self._title_vocabulary), _as_patterns(self._body_vocabulary)

    @cached_property
    def _matcher(self) -> PhraseMatcher:
        """Finds the lexicon's patterns and the n-grams of the vocabulary in the same pass."""
        return PhraseMatcher([*self.lexicon.patterns, *self._ngrams[0], *self._ngrams[1]])

    @cached_property
    def _lexicon_reader(self) -> LexiconReader:
        return LexiconReader(self.lexicon, self._matcher)

    @cached_property
    def _columns(self) -> NDArray[np.int64]:
        """The feature of each pattern, where it stands in a title and where in a body, -1 for none; shape (2, patterns)."""
        places = self._matcher.places
        columns = np.full((2, len(places)), -1, dtype=np.int64)
        for block, first in enumerate((0, self._first_body)):
            ngrams = self._ngrams[block]
            columns[block, list(map(places.__getitem__, ngrams))] = first + np.arange(len(ngrams))
        return columns

    def _analyze(self, postings: list[Posting]) -> tuple[Corpus, list[LexiconReading], Hits]:
        corpus = Corpus([read_document(posting) for posting in postings])
        hits = self._matcher.find(corpus.data)
        return corpus, self._lexicon_reader.read(corpus, hits), hits

    def _features(self, corpus: Corpus, readings: list[LexiconReading], hits: Hits) -> _Features:
        of_hits = corpus.documents_at(hits.starts)
        kinds = corpus.kinds[corpus.sentences_at(of_hits, corpus.positions[hits.starts])]
        hit_columns = self._columns[(kinds != _TITLE).astype(np.intp), hits.patterns]
        of, ngrams, weights = _summed(of_hits, hit_columns, self._kind_weights[kinds])
        in_body = (ngrams >= self._first_body).astype(np.int64)
        lexical = np.array([self._vectorizer.row(reading) for reading in readings])
        places = lexical.nonzero()
        postings = np.concatenate((of, places[0]))
        columns = np.concatenate((ngrams, places[1] + self._first_lexical))
        # Titles and bodies are rows of their own, of their own length.
        values = np.concatenate((ngram_rows(2 * of + in_body, weights, self._idf[ngrams], self._scales[in_body]), lexical[places]))
        if len(readings) > 1:
            order = postings.argsort(kind="stable")
            postings, columns, values = postings[order], columns[order], values[order]
        each = np.arange(len(readings) + 1)
        return _Features(columns, values, postings.searchsorted(each), hit_columns, of_hits.searchsorted(each))

    def _probabilities(self, features: _Features) -> NDArray[np.float64]:
        """Return the probabilities of the roles; shape (postings, roles)."""
        return _softmax(_scores(features.begins, features.columns, features.values, self._weights) + self._intercept)

    def _decide(self, probabilities: NDArray[np.float64]) -> list[str]:
        roles: list[str] = decide(probabilities, self.roles, self.config["thresholds"].get(OTHER)).tolist()
        return roles

    def _title_roles(self, features: _Features) -> list[tuple[str | None, float]]:
        """What the titles alone say, and how probable that is; None where a title is silent or says nothing clear."""
        places = self._title_places[features.columns]
        told = (places >= 0).nonzero()[0]
        begins = told.searchsorted(features.begins)
        scores = _scores(begins, places[told], features.values[told], self._title_weights)
        said: list[bool] = (np.diff(begins) > 0).tolist()
        probabilities = _softmax(scores + self._title_intercept)
        sure = self.config["thresholds"]["title"]
        roles: list[tuple[str | None, float]] = []
        for speaks, best, confidence in zip(
            said, probabilities.argmax(axis=1).tolist(), probabilities.max(axis=1).tolist(), strict=True
        ):
            roles.append((self.roles[best] if confidence >= sure else None, confidence) if speaks else (None, 0.0))
        return roles

    @cached_property
    def _concept_weights(self) -> dict[str, list[float]]:
        """Role -> what one mention of each concept of the lexicon adds to its score."""
        first = self._first_lexical
        once = float(np.log1p(1.0)) * self.config["concept_scale"]
        return {
            role: (self._weights[first : first + len(self.lexicon.concepts), place] * once).tolist()
            for place, role in enumerate(self.roles)
        }

    @cached_property
    def _title_places(self) -> NDArray[np.int64]:
        """For each feature its place among those that speak of the title (n-grams and concepts), -1 where it is none."""
        names = self._vectorizer.names
        places = np.full(self._first_lexical + len(names), -1, dtype=np.int64)
        columns = [*range(self._first_body)]
        columns += [self._first_lexical + column for column, name in enumerate(names) if name.startswith("title")]
        places[columns] = np.arange(len(columns))
        return places

    def _read(self, postings: list[Posting]) -> list[Reading]:
        # Step by step, not posting by posting: what a step needs stays in the processor's cache.
        corpus, readings, hits = self._analyze(postings)
        features = self._features(corpus, readings, hits)
        probabilities = self._probabilities(features)
        roles = self._decide(probabilities)
        title_roles = self._title_roles(features)
        documents = corpus.documents
        years = [facts.years(document) for document in documents]
        degrees = [facts.degree(document) for document in documents]
        salaries = [facts.salary(document, posting.salary) for document, posting in zip(documents, postings, strict=True)]
        levels = [seniority(document, stated) for document, stated in zip(documents, years, strict=True)]
        fields = [
            read_specializations(document, reading, self.lexicon) for document, reading in zip(documents, readings, strict=True)
        ]
        aspects = [
            read_aspects(document, reading, self.lexicon, role, self._concept_weights)
            for document, reading, role in zip(documents, readings, roles, strict=True)
        ]
        sure = self.config["thresholds"]["mismatch"]
        read = []
        for number, (posting, document, reading, role) in enumerate(zip(postings, documents, readings, roles, strict=True)):
            shares = dict(zip(self.roles, probabilities[number].tolist(), strict=True))
            title_role, title_confidence = title_roles[number]
            degree = degrees[number]
            stated = years[number]
            warnings = [*posting.warnings, *document.warnings]
            if not document.text[document.body_start :].strip():
                warnings.append("no description; read from the title alone" if document.title else "no text")
            read.append(
                Reading(
                    title=document.title,
                    company=posting.company,
                    location=posting.location,
                    role=role,
                    confidence=round(shares[role], 6),
                    probabilities={name: round(share, 6) for name, share in shares.items()},
                    title_role=title_role,
                    title_mismatch=title_role is not None and title_role != role and min(shares[role], title_confidence) >= sure,
                    adjacent=self._adjacent_role(*features.of(number)) if role == OTHER else None,
                    specializations=fields[number][0],
                    specialization_evidence=fields[number][1],
                    seniority=levels[number].level,
                    seniority_confidence=round(levels[number].confidence, 4),
                    seniority_evidence=levels[number].evidence,
                    years_min=stated.years if stated else None,
                    degree_min=degree[0] if degree else None,
                    salary=salaries[number],
                    skills=reading.skills,
                    skill_mix=skill_mix(reading.skills),
                    aspects=aspects[number],
                    evidence=self._evidence(corpus, reading, hits, features, number, role),
                    warnings=tuple(dict.fromkeys(warnings)),
                    error=None,
                    model=self.name,
                    text=document.text,
                )
            )
        return read

    def _adjacent_role(self, columns: NDArray[np.int64], values: NDArray[np.float64]) -> Adjacent | None:
        if not self.adjacent:
            return None
        probabilities = _softmax((values @ self._adjacent_weights[columns] + self._adjacent_intercept)[None])[0]
        best = int(probabilities.argmax())
        return Adjacent(self.adjacent[best], round(float(probabilities[best]), 4))

    def _evidence(  # noqa: PLR0917
        self, corpus: Corpus, reading: LexiconReading, hits: Hits, features: _Features, number: int, role: str
    ) -> tuple[Evidence, ...]:
        """The phrases that moved the score of `role` most, each with the first place where it stands."""
        document = corpus.documents[number]
        columns, values = features.of(number)
        parts = self._weights[columns, self.roles.index(role)] * values
        concepts = len(self.lexicon.concepts)
        first_hit, last_hit = features.hits[number : number + 2].tolist()
        found: list[Evidence] = []
        told = (parts >= _EVIDENCE_LEAST).nonzero()[0]
        told = told[np.argsort(-parts[told], kind="stable")][: 5 * _EVIDENCE]
        for place, part in zip(columns[told].tolist(), parts[told].tolist(), strict=True):
            if len(found) == _EVIDENCE:
                break
            mention: Mention | None = None
            if place < self._first_lexical:
                hit = first_hit + int((features.hit_columns[first_hit:last_hit] == place).argmax())
                start, end = int(corpus.positions[hits.starts[hit]]), int(corpus.positions[hits.ends[hit] - 1]) + 1
                mention = Mention(document.text[start:end], start, end)
            elif place < self._first_lexical + 2 * concepts:
                concept, in_title = (place - self._first_lexical) % concepts, place - self._first_lexical >= concepts
                mention = _concept_mention(document, reading, concept, in_title=in_title)
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


def _batches(postings: Iterable[str | Posting]) -> Iterator[list[Posting]]:
    """Yield postings to be read together: `BATCH`, or fewer long ones."""
    batch: list[Posting] = []
    characters = 0
    try:
        for posting in map(_as_posting, postings):
            batch.append(posting)
            characters += min(len(posting.text), MAX_CHARACTERS)
            if len(batch) == BATCH or characters >= _BATCH_CHARACTERS:
                yield batch
                batch, characters = [], 0
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


def _as_posting(posting: str | Posting) -> Posting:
    if isinstance(posting, Posting):
        return posting
    from jobsort.readers.text import read_text

    return read_text(posting, "")


def _summed(
    documents: NDArray[np.int64], columns: NDArray[np.int64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return which columns (-1 is none) have any weight in each document, by document and column, and the sum of each."""
    counted = ((columns >= 0) & (weights > 0)).nonzero()[0]
    documents, columns, weights = documents[counted], columns[counted], weights[counted]
    if not counted.size:
        return documents, columns, weights
    order, begins = group_equal(documents * (columns.max() + 1) + columns)
    first = order[begins]
    return documents[first], columns[first], np.add.reduceat(weights[order], begins)


def _scores(
    begins: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the sum of value times weights of each posting; shape (postings, weights.shape[1])."""
    sums = np.zeros((begins.size - 1, weights.shape[1]))
    filled = np.diff(begins).nonzero()[0]
    if filled.size:
        # (Each posting's sum for itself, so that it is the same in every batch.)
        sums[filled] = np.add.reduceat(values[:, None] * weights[columns], begins[filled], axis=0)
    return sums


def _concept_mention(document: Document, reading: LexiconReading, concept: int, *, in_title: bool) -> Mention | None:
    text, title_end = document.text, document.title_end
    inside = [
        Mention(text[start:end], start, end)
        for index, start, end, _ in reading.concept_mentions
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


def _as_patterns(ngrams: Sequence[str]) -> list[bytes]:
    return (" " + " \n ".join(ngrams) + " ").encode("ascii").split(b"\n") if ngrams else []


def _words(array: NDArray[np.uint8]) -> tuple[str, ...]:
    text = array.astype(np.uint8).tobytes().decode("ascii")
    return tuple(text.split("\n")) if text else ()


def _softmax(scores: NDArray[Any]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)
