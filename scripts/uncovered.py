"""List the capitalised or tool-like terms of postings that the lexicon does not know, the most frequent first.

python scripts/uncovered.py exports/*.csv page.html         # any file that jobsort reads
python scripts/uncovered.py skillspan.jsonl --most 500      # SkillSpan: the annotated knowledge that no form covers

A term is one to three words with capitals inside, digits, + # or a dot, abbreviations, or capitalised words that begin neither a
sentence nor a heading. Terms of data/left_out.toml, which were looked at and left out, are not listed again.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from bisect import bisect_right
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobsort.errors import JobsortError
from jobsort.lexicon import Lexicon, plural
from jobsort.matching import PhraseMatcher
from jobsort.readers import read_source
from jobsort.text import BENEFITS, LEGAL, TITLE, heading_kind, normalize, normalize_phrase, read_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jobsort.text import Document, Sentence

ROOT = Path(__file__).resolve().parents[1]
MOST_WORDS = 3
WORD = re.compile(r"(?<![\w@/.#])\.?\w+(?:[.&'’]\w+)*(?:\+\+|[+#])?(?![\w@])")
# Capitals inside, abbreviations, + # . & and digits: "PyTorch", "ETL", "C++", "Node.js", "H2O", "k8s".
TOOL_LIKE = re.compile(
    r"\w*[a-z0-9][A-Z]|[A-Z]{2,7}s?$|[A-Z]{2,}[a-z0-9]|[A-Za-z.]*[A-Za-z][+#]|[A-Za-z]+[.&](?:[a-z]|\w{1,2}(?!\w))|"
    r"\.?[A-Z]\w*\d|[a-z]+\d+[a-z]*$"
)
PLAIN_NUMBER = re.compile(r"\d|(?:[QKH]|FY|CO|BS|COVID)\d+$", re.IGNORECASE)
ADDRESS = re.compile(r"\S*(?:://|www\.|@\w)\S*|\S+\.(?:com|org|net|gov|edu|co|uk|de|in)\b\S*")


class Known:
    """What the lexicon has a form for, or data/left_out.toml a reason against."""

    def __init__(self, lexicon: Lexicon, left_out: Iterable[str]) -> None:
        forms = set(lexicon.entry_patterns)
        names = [name for term in left_out for name in (normalize_phrase(term),) if name]
        forms |= {f" {form} ".encode() for name in names for form in (name, plural(name)) if form}
        self._matcher = PhraseMatcher(sorted(forms))

    def stretches(self, text: str) -> list[tuple[int, int]]:
        """Return where known names stand in `text`, in characters."""
        normalized = normalize(text)
        hits = self._matcher.find(normalized.data)
        places = normalized.positions
        return [(int(places[start]), int(places[end - 1]) + 1) for start, end in zip(hits.starts, hits.ends, strict=True)]


class Terms:
    """Counts terms by the postings they stand in, and remembers how they are written."""

    def __init__(self) -> None:
        self._where: dict[str, set[str]] = defaultdict(set)
        self._spellings: dict[str, Counter[str]] = defaultdict(Counter)
        self.small: Counter[str] = Counter()
        self.large: Counter[str] = Counter()

    def add(self, term: str, posting: str) -> None:
        """Count `term` for a posting."""
        key = normalize_phrase(term)
        self._where[key].add(posting)
        self._spellings[key][" ".join(term.split())] += 1

    def rows(self, least: int) -> list[tuple[int, str]]:
        """Return the number of postings and the usual spelling of the terms that at least `least` postings have."""
        found = []
        for key, where in self._where.items():
            spelling = min(self._spellings[key].items(), key=lambda item: (-item[1], item[0]))[0]
            # A word that is mostly written small was only capitalised for show.
            if len(where) >= least and not all(self.small[word] > self.large[word] for word in spelling.lower().split()):
                found.append((len(where), spelling))
        return sorted(found, key=lambda row: (-row[0], row[1].lower()))


def left_out() -> list[str]:
    """Return the terms that data/left_out.toml lists, whatever the reason."""
    reasons: dict[str, list[str]] = tomllib.loads((ROOT / "data" / "left_out.toml").read_text(encoding="utf-8"))
    return [term for terms in reasons.values() for term in terms]


def is_heading(line: str) -> bool:
    """Whether a sentence is a heading, or written in capitals like one."""
    words = [word for word in re.findall(r"[^\W\d_]+", line) if len(word) > 3]
    capitals = sum(word[0].isupper() for word in words)
    return bool(heading_kind(line)) or line.isupper() or (len(words) > 1 and line.endswith(":") and capitals == len(words))


def runs(document: Document, sentence: Sentence, known: list[tuple[int, int]], terms: Terms) -> Iterator[list[str]]:
    """Yield runs of adjacent words that look like names and are not `known`; count how words are written on the way."""
    text = document.text[sentence.start : sentence.end]
    heading = is_heading(text)
    addresses = [match.span() for match in ADDRESS.finditer(text)]
    starts = [start for start, _ in known]
    run: list[str] = []
    last = -1
    for number, match in enumerate(WORD.finditer(text)):
        word = match.group()
        bare = re.sub(r"['’]s$", "", word)
        if not heading and number:
            (terms.small if bare.islower() else terms.large)[bare.lower()] += 1
        place = bisect_right(starts, sentence.start + match.end() - 1)
        covered = any(end > sentence.start + match.start() for _, end in known[:place])
        address = any(start <= match.start() < end for start, end in addresses)
        tool = bool(TOOL_LIKE.match(bare)) and not line_shouts(text)
        name = tool or (bare[0].isupper() and len(bare) > 1 and number > 0 and not heading)
        fits = name and not covered and not address and not PLAIN_NUMBER.match(bare)
        if run and (not fits or text[last : match.start()] != " "):
            yield run
            run = []
        if fits:
            run.append(bare)
            last = match.end()
    if run:
        yield run


def line_shouts(text: str) -> bool:
    """Whether a line of several words is written in capitals throughout."""
    return text.isupper() and text.count(" ") > 1


def count_postings(path: Path, known: Known, terms: Terms) -> int:
    """Count the unknown terms of a file's postings, and return how many postings it has."""
    postings = read_source(path)
    for number, posting in enumerate(postings):
        document = read_document(posting)
        stretches = sorted(known.stretches(document.text))
        company = set(normalize_phrase(posting.company or "").split())
        for sentence in document.sentences:
            if sentence.kind in {TITLE, LEGAL, BENEFITS}:
                continue
            for run in runs(document, sentence, stretches, terms):
                words = [word for word in run if normalize_phrase(word) not in company]
                for term in [" ".join(words)] if len(words) <= MOST_WORDS else words:
                    if term:
                        terms.add(term, f"{path} {number}")
    return len(postings)


def skillspan_records(path: Path) -> list[dict[str, Any]]:
    """Return the records of a SkillSpan file's tech half; empty where the file is something else."""
    if path.suffix not in {".jsonl", ".json"}:
        return []
    with path.open(encoding="utf-8") as file:
        try:
            first = json.loads(file.readline())
        except ValueError:
            return []
        if not isinstance(first, dict) or not {"tokens", "tags_knowledge"} <= first.keys():
            return []
        rest = [json.loads(line) for line in file if line.strip()]
    return [record for record in (first, *rest) if record.get("source", "tech") == "tech"]


def knowledge(record: dict[str, Any]) -> Iterator[str]:
    """Yield the annotated knowledge of a SkillSpan record."""
    span: list[str] = []
    for token, tag in zip([*record["tokens"], ""], [*record["tags_knowledge"], "O"], strict=True):
        if span and not tag.startswith("I"):
            yield " ".join(span)
            span = []
        if tag.startswith("B") or (span and tag.startswith("I")):
            span.append(token)


def count_spans(path: Path, records: list[dict[str, Any]], known: Known, terms: Terms) -> int:
    """Count the annotated spans in which nothing is known, and return how many postings there are."""
    for record in records:
        for span in knowledge(record):
            if not known.stretches(span) and normalize_phrase(span):
                terms.add(span, f"{path} {record.get('idx')}")
    return len({record.get("idx") for record in records})


def main() -> int:
    """Print the list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="exports that jobsort reads, or SkillSpan JSON lines")
    parser.add_argument("--most", type=int, default=200, help="how many terms to print")
    parser.add_argument("--least", type=int, default=3, help="how many postings must have a term")
    options = parser.parse_args()
    known = Known(Lexicon.from_folder(ROOT / "data" / "lexicon"), left_out())
    terms = Terms()
    postings = 0
    for path in options.files:
        try:
            records = skillspan_records(path) if path.is_file() else []
            postings += count_spans(path, records, known, terms) if records else count_postings(path, known, terms)
        except (JobsortError, OSError) as error:
            print(error, file=sys.stderr)
            return 1
    rows = terms.rows(options.least)
    for count, term in rows[: options.most]:
        print(f"{count:6,}  {term}")
    print(f"{min(len(rows), options.most):,} of {len(rows):,} terms that the lexicon does not know, in {postings:,} postings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
