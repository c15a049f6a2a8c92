"""scikit-learn transformers: postings -> title n-grams, body n-grams and what the lexicon finds.

They follow scikit-learn's rules (``__init__`` only stores; fitted attributes end with ``_``), so they can be cloned, searched over
and cross-validated. The arithmetic they share with the run-time classifier is in :mod:`jobsort.vectors`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

from jobsort.text import SECTION_KINDS, TITLE
from jobsort.vectors import SECTION_WEIGHTS, Analysis, Analyzer, LexiconVectorizer, ngram_rows, weights_by_kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from jobsort.lexicon import Lexicon
    from jobsort.types import Posting

_TITLE = SECTION_KINDS.index(TITLE)


class PostingAnalyzer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Posting -> :class:`jobsort.vectors.Analysis`; stateless.

    Parameters
    ----------
    lexicon
        What to look up.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon

    def fit(self, X: Sequence[Posting], y: object = None) -> PostingAnalyzer:  # noqa: ARG002, N803
        """Do nothing: there is nothing to learn."""
        return self

    def transform(self, X: Sequence[Posting]) -> list[Analysis]:  # noqa: N803
        """Analyse each posting."""
        analyzer = Analyzer(self.lexicon)
        return [analyzer.analyze(posting) for posting in X]


class NgramVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """TF-IDF of words and word pairs of the title or of the body, occurrences weighed by section.

    Parameters
    ----------
    part
        ``"title"`` or ``"body"``.
    section_weights
        Weight of one occurrence by section kind (body only).
    max_words
        1 for words, 2 for words and pairs.
    min_postings
        An n-gram must occur in so many postings.
    max_features
        How many n-grams to keep, the most widespread first.
    scale
        Euclidean length of each row.

    Attributes
    ----------
    vocabulary_
        The n-grams in column order.
    idf_
        Inverse document frequency, ln((1 + n) / (1 + df)) + 1; shape (n_features,).
    """

    def __init__(
        self,
        part: str = "body",
        *,
        section_weights: Mapping[str, float] | None = None,
        max_words: int = 2,
        min_postings: int = 3,
        max_features: int = 12_000,
        scale: float = 1.0,
    ) -> None:
        self.part = part
        self.section_weights = section_weights
        self.max_words = max_words
        self.min_postings = min_postings
        self.max_features = max_features
        self.scale = scale

    def _weights(self) -> NDArray[np.float64]:
        if self.part == "title":
            weights = np.zeros(len(SECTION_KINDS))
            weights[_TITLE] = 1.0
            return weights
        return weights_by_kind(self.section_weights or SECTION_WEIGHTS)

    def _ngrams(self, analysis: Analysis, weights: NDArray[np.float64]) -> Iterator[tuple[str, float]]:
        words, joined, kinds = analysis.tokens
        for place, (word, kind) in enumerate(zip(words, kinds, strict=True)):
            weight = float(weights[kind])
            if not weight:
                continue
            yield word, weight
            if self.max_words > 1 and place + 1 < len(words) and joined[place + 1]:
                yield f"{word} {words[place + 1]}", weight

    def fit(self, X: Sequence[Analysis], y: object = None) -> NgramVectorizer:  # noqa: ARG002, N803
        """Choose the vocabulary."""
        weights = self._weights()
        spread: Counter[str] = Counter()
        for analysis in X:
            spread.update({ngram for ngram, _ in self._ngrams(analysis, weights)})
        ranked = sorted((-count, ngram) for ngram, count in spread.items() if count >= self.min_postings)
        chosen = sorted((ngram, -count) for count, ngram in ranked[: self.max_features])
        self.vocabulary_ = [ngram for ngram, _ in chosen]
        counts = np.array([count for _, count in chosen], dtype=np.float64)
        self.idf_ = np.log((1 + len(X)) / (1 + counts)) + 1
        self.place_ = {ngram: place for place, ngram in enumerate(self.vocabulary_)}
        return self

    def transform(self, X: Sequence[Analysis]) -> sparse.csr_matrix:  # noqa: N803
        """Return the rows; CSR, float64, shape (len(X), n_features)."""
        weights = self._weights()
        data: list[NDArray[np.float64]] = []
        indices: list[NDArray[np.int64]] = []
        ends = [0]
        for analysis in X:
            counts: dict[int, float] = defaultdict(float)
            for ngram, weight in self._ngrams(analysis, weights):
                place = self.place_.get(ngram)
                if place is not None:
                    counts[place] += weight
            places = np.array(sorted(counts), dtype=np.int64)
            values = np.array([counts[place] for place in places.tolist()], dtype=np.float64)
            data.append(ngram_rows(np.zeros_like(places), values, self.idf_[places], self.scale))
            indices.append(places)
            ends.append(ends[-1] + len(places))
        return sparse.csr_matrix((np.concatenate(data), np.concatenate(indices), ends), shape=(len(X), len(self.vocabulary_)))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ANN401, ARG002
        """Return the column names."""
        return np.array([f"{self.part}:{ngram}" for ngram in self.vocabulary_], dtype=object)


class ConceptVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """What the lexicon finds: concepts of body and title, skill categories, specialisations.

    Parameters
    ----------
    lexicon
        Gives the columns.
    section_weights
        Weight of one occurrence by section kind.
    scale
        See :class:`jobsort.vectors.LexiconVectorizer`.
    """

    def __init__(self, lexicon: Lexicon, section_weights: Mapping[str, float] | None = None, scale: float = 0.3) -> None:
        self.lexicon = lexicon
        self.section_weights = section_weights
        self.scale = scale

    def fit(self, X: Sequence[Analysis], y: object = None) -> ConceptVectorizer:  # noqa: ARG002, N803
        """Prepare the columns; nothing is learnt."""
        self.vectorizer_ = LexiconVectorizer(self.lexicon, self.section_weights or SECTION_WEIGHTS, self.scale)
        return self

    def transform(self, X: Sequence[Analysis]) -> sparse.csr_matrix:  # noqa: N803
        """Return the rows; CSR, float64, shape (len(X), n_features)."""
        return sparse.csr_matrix(np.array([self.vectorizer_.row(analysis.reading) for analysis in X]))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ANN401, ARG002
        """Return the column names."""
        return np.array(self.vectorizer_.names, dtype=object)
