"""From a document to numbers, in numpy alone: what the scikit-learn transformers and the classifier share.

A feature row is made of blocks, in this order: title n-grams, body n-grams, concepts of the body, concepts of the title, skill
categories, specialisations. How often something occurs is weighed by the kind of section it stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from jobsort.skills import LexiconReader, LexiconReading
from jobsort.text import SECTION_KINDS, TITLE, Corpus, Document, read_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from jobsort.lexicon import Lexicon
    from jobsort.types import Posting

SECTION_WEIGHTS = {
    "title": 0.0,
    "intro": 1.0,
    "about": 0.6,
    "duties": 1.0,
    "requirements": 1.0,
    "preferred": 0.8,
    "benefits": 0.2,
    "legal": 0.1,
}
"""How much an occurrence in each kind of section counts for the body; the title has blocks of its own."""

OTHER = "other"
"""The role of a posting that is none of the others; the only one with a threshold of its own."""

_TITLE = SECTION_KINDS.index(TITLE)


@dataclass(frozen=True)
class Analysis:
    """A document and what the lexicon finds in it: all that features are made from."""

    document: Document
    reading: LexiconReading

    @cached_property
    def tokens(self) -> tuple[list[str], NDArray[np.int64], NDArray[np.uint8]]:
        """The words, whether each follows the one before in the same line (0/1), and the section kind of each."""
        normalized = self.document.normalized
        words: list[str] = []
        places: list[int] = []
        joined: list[int] = []
        at = 0
        for word in normalized.data.decode("ascii").split(" "):
            if word:
                joined.append(int(bool(words) and normalized.data[at - 2 : at - 1] != b" " and at > 1))
                words.append(word)
                places.append(at)
            at += len(word) + 1
        corpus, starts = Corpus([self.document]), np.array(places, dtype=np.int64)
        kinds = corpus.kinds[corpus.sentences_at(np.zeros_like(starts), corpus.positions[starts])]
        return words, np.array(joined, dtype=np.int64), kinds


class Analyzer:
    """Reads postings with one lexicon: Posting -> Analysis."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._reader = LexiconReader(lexicon)

    def analyze(self, posting: Posting) -> Analysis:
        """Clean a posting and look up the lexicon in it."""
        corpus = Corpus([read_document(posting)])
        return Analysis(corpus.documents[0], self._reader.read(corpus, self.lexicon.matcher.find(corpus.data))[0])


def weights_by_kind(section_weights: Mapping[str, float]) -> NDArray[np.float64]:
    """Return section weights in the order of `SECTION_KINDS`, that of the title set to 0; shape (kinds,)."""
    weights = np.array([section_weights[kind] for kind in SECTION_KINDS], dtype=np.float64)
    weights[_TITLE] = 0.0
    return weights


def ngram_rows(
    rows: NDArray[np.int64], counts: NDArray[np.float64], idf: NDArray[np.float64], scale: float | NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the TF-IDF values of weighted counts: log(1 + count) x idf, each row of Euclidean length `scale`.

    Parameters
    ----------
    rows, counts, idf
        For each value its row, how often its n-gram occurs there, and the n-gram's inverse document frequency.
    scale
        The length of each row; one number, or one for each value.
    """
    values = np.log1p(counts) * idf
    lengths = np.sqrt(np.bincount(rows, values * values))
    return np.asarray(values * (scale / lengths[rows]))


def decide(probabilities: NDArray[np.float64], roles: Sequence[str], threshold: float | None) -> NDArray[np.str_]:
    """Return the role of each row: `other` where it is at least as probable as `threshold`, else the most probable of the rest.

    Parameters
    ----------
    probabilities
        Shape (postings, roles).
    roles
        In the order of the columns.
    threshold
        None: the most probable role wins, whichever it is.

    Examples
    --------
    >>> decide(np.array([[0.1, 0.48, 0.42], [0.3, 0.3, 0.4]]), ["cook", "waiter", "other"], 0.41).tolist()
    ['other', 'cook']
    """
    names: NDArray[np.str_] = np.array(roles)
    if threshold is None or OTHER not in roles:
        return np.asarray(names[probabilities.argmax(axis=1)])
    other = list(roles).index(OTHER)
    inside = probabilities.copy()
    inside[:, other] = -1.0
    names = names[inside.argmax(axis=1)]
    return np.asarray(np.where(probabilities[:, other] >= threshold, OTHER, names), dtype=np.str_)


def category_names(lexicon: Lexicon) -> list[str]:
    """The skill categories of a lexicon, sorted."""
    return sorted({entry.category for entry in lexicon.entries})


def specialization_names(lexicon: Lexicon) -> list[str]:
    """The specialisations that a lexicon's skills and concepts speak for, sorted."""
    names = {name for entry in lexicon.entries for name in entry.specializations}
    return sorted(names | {concept.specialization for concept in lexicon.concepts if concept.specialization})


class LexiconVectorizer:
    """The lexicon's blocks of a feature row: log(1 + weighted count) each, times `scale`.

    Parameters
    ----------
    lexicon
        Gives the columns.
    section_weights
        See `SECTION_WEIGHTS`.
    scale
        Length of one unit against the n-gram blocks, whose rows have length 1.
    """

    def __init__(self, lexicon: Lexicon, section_weights: Mapping[str, float], scale: float) -> None:
        self.scale = scale
        self._weights = weights_by_kind(section_weights)
        self._categories = {name: place for place, name in enumerate(category_names(lexicon))}
        self._specializations = {name: place for place, name in enumerate(specialization_names(lexicon))}
        self._columns_of = {
            entry.name: (self._categories[entry.category], [self._specializations[name] for name in entry.specializations])
            for entry in lexicon.entries
        }
        special = [(place, name) for place, concept in enumerate(lexicon.concepts) if (name := concept.specialization) is not None]
        self._speaking = np.array([place for place, _ in special], dtype=np.int64)
        self._spoken = np.array([self._specializations[name] for _, name in special], dtype=np.int64)
        concepts = [concept.name for concept in lexicon.concepts]
        self.names = [
            *(f"concept:{name}" for name in concepts),
            *(f"title concept:{name}" for name in concepts),
            *(f"category:{name}" for name in self._categories),
            *(f"specialization:{name}" for name in self._specializations),
        ]

    def row(self, reading: LexiconReading) -> NDArray[np.float64]:
        """Return the row of one document; float64, shape (len(names),)."""
        body = reading.concepts @ self._weights
        title = reading.concepts[:, _TITLE]
        categories = np.zeros(len(self._categories))
        special = np.zeros(len(self._specializations))
        for skill in reading.skills:
            # A skill that a user added has no column: the model did not learn from it.
            known = self._columns_of.get(skill.name)
            if known is not None:
                categories[known[0]] += 1
                for place in known[1]:
                    special[place] += 1
        np.add.at(special, self._spoken, body[self._speaking])
        return np.asarray(np.log1p(np.concatenate((body, title, categories, special))) * self.scale)
