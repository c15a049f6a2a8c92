"""One door for single sources: a path or the bytes of stdin, told apart by suffix and content."""

from __future__ import annotations

import io
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from jobsort.errors import UnreadableSourceError
from jobsort.patterns import lazy
from jobsort.readers.binary import kind_of_binary
from jobsort.readers.encoding import decode
from jobsort.readers.files import check_file, table_suffix
from jobsort.readers.markup import looks_like_html
from jobsort.readers.text import read_text

if TYPE_CHECKING:
    from jobsort.readers.formats import JsonLines, Source
    from jobsort.readers.tables import Table
    from jobsort.types import Posting

_PAGE = lazy(r"<!doctype html|<html[\s>]|<head[\s>]|<body[\s>]|<meta\s|<script[\s>]", re.IGNORECASE)
_PAGE_SUFFIXES = (".html", ".htm", ".xhtml")
_JSON_START = lazy(r'\{\s*["}]|\[\s*[\[{\]]')


def read_source(source: str | os.PathLike[str]) -> list[Posting]:
    r"""Return the postings of a file: text, Markdown, a saved page, the JSON of a board, or a table.

    Parameters
    ----------
    source
        Path of the file. Every row of a table that can be read makes a posting; :func:`open_table` tells of the others.

    Raises
    ------
    PostingNotFoundError
        If there is no such file.
    UnreadableSourceError
        If it is a folder, empty, binary, or holds no posting.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "posting.txt")
    >>> _ = path.write_text("Senior ML Engineer\n\nYou ship models to production.\n")
    >>> [(posting.title, posting.text) for posting in read_source(path)]
    [('Senior ML Engineer', 'You ship models to production.')]
    """
    name = os.fspath(source)
    path = Path(source)
    check_file(path, name)
    suffix = table_suffix(name)
    if suffix is not None and not suffix.startswith(".json"):
        from jobsort.readers.tables import open_table

        return _postings(open_table(path), name)
    try:
        data = path.read_bytes()
    except OSError as error:
        message = f"{name} cannot be read: {error.strerror or error}."
        raise UnreadableSourceError(message) from error
    return read_bytes(data, name)


def read_bytes(data: bytes, name: str = "<stdin>") -> list[Posting]:
    """Return the postings in `data`, told by content whether it is a page, JSON, JSON lines or plain text.

    Parameters
    ----------
    data
        What was read.
    name
        Where from, for messages; a table of comma- or tab-separated values is one only if the name says so.

    Raises
    ------
    UnreadableSourceError
        If it is empty, binary, or holds no posting.

    Examples
    --------
    >>> read_bytes(b'{"title": "ML Engineer", "description": "<p>Ship models.</p>"}')[0].text
    'Ship models.'
    """
    if data[:2] == b"\x1f\x8b":
        import gzip
        import zlib

        try:
            data = gzip.decompress(data)
        except (OSError, EOFError, zlib.error) as error:
            message = f"{name} breaks off or is not a gzip file ({error}); fetch it again."
            raise UnreadableSourceError(message) from error
        name_inside = name.removesuffix(".gz")
    else:
        name_inside = name
    suffix = table_suffix(name_inside)
    if suffix in {".parquet", ".xlsx"}:
        return _table(data, name, suffix)
    kind = kind_of_binary(data[:4096])
    if kind:
        message = f"{name} is {kind}: binary, not a posting's text."
        raise UnreadableSourceError(message)
    if suffix in {".csv", ".tsv"}:
        return _table(data, name, suffix)
    text, notes = decode(data)
    stripped = text.strip("\ufeff \t\r\n\v\f")
    if not stripped:
        message = f"{name} is empty."
        raise UnreadableSourceError(message)
    if suffix is not None or _JSON_START.match(stripped):
        return _json(data, stripped, name, lines=suffix in {".jsonl", ".ndjson"}, notes=notes)
    if name_inside.lower().endswith(_PAGE_SUFFIXES) or _PAGE.search(stripped[:2000]) or _is_fragment(stripped, name_inside):
        from jobsort.readers.html import decode_page, read_html

        page, notes = decode_page(data)
        return _with(read_html(page, name), notes)
    return _with([read_text(stripped, name)], notes)


def _is_fragment(text: str, name: str) -> bool:
    return looks_like_html(text[:20_000]) and not name.lower().endswith((".md", ".markdown"))


def _json(data: bytes, text: str, name: str, *, lines: bool, notes: tuple[str, ...]) -> list[Posting]:
    from jobsort.readers.ats import read_json
    from jobsort.readers.formats import JsonDocument, load_json, open_json

    rows = open_json(_buffer(data, name), lines=lines)
    if isinstance(rows, JsonDocument):
        return _with(read_json(load_json(text, name), name), notes)
    return _with(_lines(rows, name), notes)


def _table(data: bytes, name: str, suffix: str) -> list[Posting]:
    from jobsort.readers.tables import table_of

    return _postings(table_of(Path(name), _buffer(data, name), suffix, None), name)


def _lines(rows: JsonLines, name: str) -> list[Posting]:
    from jobsort.readers.ats import read_json

    cells = list(rows.rows())
    records = [row.values for row in cells if row.error is None]
    if not records:
        message = f"{name} cannot be read: {next((row.error for row in cells), 'it holds no objects')}."
        raise UnreadableSourceError(message)
    return read_json(records, name)


def _postings(table: Table, name: str) -> list[Posting]:
    postings, problem = [], None
    for row in table:
        if row.posting is not None:
            postings.append(row.posting)
        else:
            problem = problem or f"row {row.index}: {row.error}"
    if not postings:
        message = f"{name} has no row that can be read ({problem or 'there are none below the header'})."
        raise UnreadableSourceError(message)
    return postings


def _with(postings: list[Posting], notes: tuple[str, ...]) -> list[Posting]:
    return [replace(posting, warnings=notes + posting.warnings) for posting in postings] if notes else postings


def _buffer(data: bytes, name: str) -> Source:
    from jobsort.readers.formats import Source

    return Source(name, lambda: io.BytesIO(data), len(data))
