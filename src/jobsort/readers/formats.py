"""The file formats of tables: each opens a source, shows its first rows, and streams all of them as cells by column."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import warnings
import zlib
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Protocol, cast

from jobsort.errors import MissingExtraError, UnreadableSourceError
from jobsort.readers.ats import records_of
from jobsort.readers.encoding import decode, sniff

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

PEEK = 200
"""Rows looked at before the first is handed out: to find columns, and those that a sparse JSON record leaves out."""

_LARGEST_CELL = 32 * 1024 * 1024  # larger ones are a quote that never closes
_BROKEN_STREAM = (EOFError, gzip.BadGzipFile, zlib.error, OSError)
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Cells:
    """One row as read: its cells by column, or why there are none, and what had to be repaired."""

    values: dict[str, Any]
    error: str | None = None
    warnings: tuple[str, ...] = ()


_HEAD = 65_536


class Source:
    """Bytes that can be opened more than once: a file or a buffer, compressed or not."""

    def __init__(self, name: str, opener: Callable[[], IO[bytes]], size: int, *, compressed: bool = False) -> None:
        self.name = name
        self.size = size
        self.compressed = compressed
        self.bytes_read = 0
        self._opener = opener
        self._raw: IO[bytes] | None = None

    def open(self) -> IO[bytes]:
        """Open for reading, from the start."""
        self._raw = self._opener()
        self.bytes_read = 0
        return cast("IO[bytes]", _Gzip(self._raw)) if self.compressed else self._raw

    def read(self) -> bytes:
        """Return all of it."""
        try:
            with self.open() as stream:
                data = stream.read()
        except _BROKEN_STREAM as error:
            message = f"{self.name} breaks off or is not a gzip file ({error}); fetch it again."
            raise UnreadableSourceError(message) from error
        self.bytes_read = self.size
        return data

    def head(self, size: int = _HEAD) -> bytes:
        """Return its first bytes."""
        try:
            with self.open() as stream:
                return stream.read(size)
        except _BROKEN_STREAM as error:
            message = f"{self.name} breaks off or is not a gzip file ({error}); fetch it again."
            raise UnreadableSourceError(message) from error

    def text(self, newline: str | None) -> io.TextIOWrapper:
        """Open for reading text, in the encoding that its first bytes show."""
        encoding, errors = sniff(self.head())
        return io.TextIOWrapper(self.open(), encoding=encoding, errors=errors, newline=newline)

    def note_position(self) -> None:
        """Remember how far reading has come, for a progress bar."""
        if self._raw is not None and not self._raw.closed:
            self.bytes_read = self._raw.tell()


class _Gzip(gzip.GzipFile):
    """A gzip file that closes the file below it, too."""

    def __init__(self, raw: IO[bytes]) -> None:
        super().__init__(fileobj=raw, mode="rb")
        self._below = raw

    def close(self) -> None:
        super().close()
        self._below.close()


class Format(Protocol):
    """What a table needs of a file format."""

    header: list[str]
    columns: list[str]
    peeked: list[dict[str, Any]]
    count: int | None

    def rows(self) -> Iterator[Cells]:
        """Yield the rows, from the first."""
        ...


def unique_names(header: list[str]) -> list[str]:
    """Return `header` with repeated names numbered, so that no cell hides another.

    Examples
    --------
    >>> unique_names(["", "title", "title"])
    ['', 'title', 'title_2']
    """
    names: list[str] = []
    taken = set(header)
    seen: set[str] = set()
    for name in header:
        unique, number = name, 2
        while unique in seen or (unique != name and unique in taken):
            unique, number = f"{name}_{number}", number + 1
        seen.add(unique)
        names.append(unique)
    return names


# --- csv --------------------------------------------------------------------------------------------------------


class Delimited:
    """A .csv or .tsv file: delimiter from the header, line ends of any kind, ragged rows kept."""

    count: int | None = None

    def __init__(self, source: Source, *, tabs: bool = False) -> None:
        self._source = source
        csv.field_size_limit(max(csv.field_size_limit(), _LARGEST_CELL))
        sample, _ = decode(source.head(256 * 1024))
        self._skip = 0
        first = next((line for line in sample.splitlines() if line.strip()), "")
        if first[:4].lower() == "sep=" and len(first) == 5:  # a hint that Excel writes above the header
            self._delimiter, self._skip = first[4], 1
        else:
            self._delimiter = _delimiter(first, tabs=tabs)
        self._escape = _escape(sample, self._delimiter)
        self.header = next(self._records(), [])
        self.columns = unique_names(self.header)
        self.peeked = [cells.values for cells in itertools.islice(self.rows(), PEEK) if cells.error is None]

    def _records(self) -> Iterator[list[str]]:
        """Yield the records that hold anything; errors of the csv module and of the stream come through."""
        with self._source.text(newline="") as stream:
            ended: list[bool] = []

            def lines() -> Iterator[str]:
                for line in stream:
                    yield line.replace("\0", "") if "\0" in line else line
                ended.append(True)

            reader = csv.reader(lines(), delimiter=self._delimiter, escapechar=self._escape, skipinitialspace=False)
            for _ in range(self._skip):
                next(reader, None)
            while True:
                before = reader.line_num
                try:
                    record = next(reader)
                except StopIteration:
                    return
                except csv.Error:
                    # The reader goes on with the next line; what it swallowed is lost, and said to be.
                    self._source.note_position()
                    yield [_SWALLOWED, str(reader.line_num)]
                    continue
                if record:
                    self._source.note_position()
                    # A record that needed the end of the file to end was still inside a quote.
                    yield [_OPEN, str(before + 1), str(reader.line_num - before), *record] if ended else record

    def rows(self) -> Iterator[Cells]:
        """Yield the rows, from the first."""
        records = self._records()
        try:
            next(records, None)
            for record in records:
                if record[0] == _SWALLOWED:
                    yield Cells(
                        {},
                        f"a cell of over {_LARGEST_CELL // 2**20} MB up to line {record[1]}: an open quote?",
                    )
                elif record[0] == _OPEN:
                    problem = f"a quote that opens from line {record[1]} on is never closed: {record[2]} lines are in one row"
                    yield replace(self._cells(record[3:]), error=problem)
                else:
                    yield self._cells(record)
        except _BROKEN_STREAM as error:
            yield Cells({}, f"the file breaks off here: {error}")

    def _cells(self, record: list[str]) -> Cells:
        width = len(self.columns)
        notes: tuple[str, ...] = ()
        if len(record) < width:
            notes = (f"row has {len(record)} cells of {width}: the others are taken as empty",)
            record += [""] * (width - len(record))
        values = dict(zip(self.columns, record, strict=False))
        if len(record) > width:
            surplus = record[width:]
            values |= {f"_extra_{number}": cell for number, cell in enumerate(surplus, 1)}
            notes = (f"row has {len(surplus)} cells more than the header: kept as _extra_1 to _extra_{len(surplus)}",)
            if not any(surplus):
                notes = ()
        return Cells(values, None, notes)


_SWALLOWED = "\x00swallowed"
_OPEN = "\x00open quote"


def _delimiter(header: str, *, tabs: bool) -> str:
    counts = {mark: len(next(csv.reader([header], delimiter=mark), [])) for mark in ",\t;|"}
    if tabs and counts["\t"] > 1:
        return "\t"
    best = max(counts, key=counts.__getitem__)
    return best if counts[best] > 1 else ("\t" if tabs else ",")


def _escape(sample: str, delimiter: str) -> str | None:
    """Tell whether quotes are escaped by a backslash: only if reading them so makes the rows even, and else not.

    A backslash before the closing quote of a cell, or doubled by the writer, is no such sign.
    """
    if '\\"' not in sample:
        return None
    ragged = []
    for escape in (None, "\\"):
        reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, escapechar=escape)
        try:
            widths = [len(record) for record in reader if record][:-1] or [1]
        except csv.Error:
            return None
        ragged.append(sum(width != widths[0] for width in widths[1:]) / len(widths) - len(widths) * 1e-9)
    return "\\" if ragged[1] < ragged[0] - 1e-6 else None


# --- JSON -------------------------------------------------------------------------------------------------------


class JsonLines:
    """A .jsonl file: one object a line, though some lines hold two and some none."""

    count: int | None = None

    def __init__(self, source: Source) -> None:
        self._source = source
        self.peeked = [cells.values for cells in itertools.islice(self.rows(), PEEK) if cells.error is None]
        self.header = list(dict.fromkeys(key for values in self.peeked for key in values))
        self.columns = self.header

    def rows(self) -> Iterator[Cells]:
        """Yield the rows, from the first."""
        try:
            with self._source.text(newline=None) as stream:
                for number, line in enumerate(stream, 1):
                    if line.strip(" \t\r\n\0\ufeff\x1e,"):
                        self._source.note_position()
                        yield from _line(line, number)
        except _BROKEN_STREAM as error:
            yield Cells({}, f"the file breaks off here: {error}")


_DECODER = json.JSONDecoder(strict=False)


def _line(line: str, number: int) -> Iterator[Cells]:
    line = line.replace("\0", "").strip("\ufeff \t\r\n\x1e")
    at = 0
    while at < len(line):
        try:
            value, at = _DECODER.raw_decode(line, at)
        except RecursionError:
            yield Cells({}, f"line {number} is nested too deeply")
            return
        except ValueError as error:
            yield Cells(
                {},
                f"line {number} is not JSON ({getattr(error, 'msg', error)}, column {getattr(error, 'pos', at) + 1})",
            )
            return
        for item in value if isinstance(value, list) else (value,):
            yield _record(item, f"line {number}")
        while at < len(line) and line[at] in " \t,\r\n":
            at += 1


def _record(item: object, where: str) -> Cells:
    if isinstance(item, dict):
        return Cells(item)
    return Cells({}, f"{where} holds {type(item).__name__}, not an object")


class JsonDocument:
    """A .json file: read whole; an array of objects, or an object around one."""

    def __init__(self, source: Source, data: object) -> None:
        self._records = records_of(data)
        self._source = source
        self.count: int | None = len(self._records)
        self.peeked = [record for record in self._records[:PEEK] if isinstance(record, dict)]
        self.header = list(dict.fromkeys(key for record in self._records if isinstance(record, dict) for key in record))
        self.columns = self.header

    def rows(self) -> Iterator[Cells]:
        """Yield the rows, from the first."""
        for index, record in enumerate(self._records):
            self._source.bytes_read = self._source.size * (index + 1) // len(self._records)
            yield _record(record, f"item {index}")


def load_json(text: str, name: str) -> object:
    """Decode a JSON document, or say where it breaks.

    Examples
    --------
    >>> load_json('{"title": "ML Engineer"}', "job.json")
    {'title': 'ML Engineer'}
    """
    try:
        return _DECODER.decode(text.strip("\ufeff \t\r\n"))
    except RecursionError as error:
        message = f"{name} is nested too deeply to be a posting."
        raise UnreadableSourceError(message) from error
    except json.JSONDecodeError as error:
        message = f"{name} is not valid JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        raise UnreadableSourceError(message) from error
    except ValueError as error:
        message = f"{name} is not valid JSON: {error}."
        raise UnreadableSourceError(message) from error


def open_json(source: Source, *, lines: bool) -> JsonLines | JsonDocument:
    """Open a JSON file as lines or as one document, whichever it is: the suffix is often wrong.

    Parameters
    ----------
    source
        The file.
    lines
        Whether its suffix says that it holds one object a line.
    """
    first_bytes = source.head()
    whole = len(first_bytes) < _HEAD
    head, _ = decode(first_bytes)
    head = head.lstrip("\ufeff \t\r\n\x1e")
    first, _, rest = head.partition("\n")
    # A document all the same: an array, an object over several lines, or the only line, which may be a wrapper.
    document = head.startswith("[") or first.strip() == "{" or (whole and head.startswith("{") and not rest.strip())
    if lines and not document:
        return JsonLines(source)
    text, _ = decode(source.read())
    try:
        return JsonDocument(source, load_json(text, source.name))
    except UnreadableSourceError:
        try:
            value, _ = _DECODER.raw_decode(first)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict) or (lines and isinstance(value, list)):
            return JsonLines(source)
        raise


# --- formats of optional packages -------------------------------------------------------------------------------


class Parquet:
    """A .parquet file, read batch by batch."""

    def __init__(self, source: Source) -> None:
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError as error:
            message = "reading .parquet needs pyarrow; install jobsort[parquet]"
            raise MissingExtraError(message) from error
        self._source, self._open, self._broken = source, pq.ParquetFile, (pa.ArrowException, OSError, ValueError)
        try:
            with source.open() as stream, self._open(stream) as file:
                self.header = list(map(str, file.schema_arrow.names))
                self.count: int | None = file.metadata.num_rows
        except self._broken as error:
            message = f"{source.name} is not a parquet file that can be read: {error}"
            raise UnreadableSourceError(message) from error
        self.columns = unique_names(self.header)
        self.peeked = [cells.values for cells in itertools.islice(self.rows(), PEEK) if cells.error is None]

    def rows(self) -> Iterator[Cells]:
        """Yield the rows, from the first."""
        done, total = 0, self.count or 1
        try:
            with self._source.open() as stream, self._open(stream) as file:
                for batch in file.iter_batches(batch_size=_BATCH):
                    cells = [column.to_pylist() for column in batch.columns]
                    for row in zip(*cells, strict=True):
                        done += 1
                        self._source.bytes_read = self._source.size * done // total
                        yield Cells(dict(zip(self.columns, row, strict=True)))
        except self._broken as error:
            yield Cells({}, f"the file cannot be read on from here: {error}")


class Excel:
    """The first sheet of an .xlsx workbook."""

    count: int | None = None

    def __init__(self, source: Source) -> None:
        try:
            import openpyxl
        except ImportError as error:
            message = "reading .xlsx needs openpyxl; install jobsort[excel]"
            raise MissingExtraError(message) from error
        self._source, self._load = source, openpyxl.load_workbook
        try:
            records = self._records()
            header = next(records, ())
            records.close()
        except Exception as error:  # openpyxl lets through whatever zip, XML and its own classes raise
            message = f"{source.name} is not an .xlsx workbook that can be read: {error}"
            raise UnreadableSourceError(message) from error
        while header and header[-1] is None:
            header = header[:-1]
        self.header = ["" if cell is None else str(cell) for cell in header]
        self.columns = unique_names(self.header)
        self.peeked = [cells.values for cells in itertools.islice(self.rows(), PEEK) if cells.error is None]

    def _records(self) -> Generator[tuple[Any, ...]]:
        with self._source.open() as stream, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions, which hold no text
            workbook = self._load(stream, read_only=True, data_only=True)
            try:
                sheet = workbook.worksheets[0]
                sheet.reset_dimensions()  # which other writers than Excel get wrong
                for record in sheet.iter_rows(values_only=True):
                    if any(cell is not None for cell in record):
                        yield record
            finally:
                workbook.close()

    def rows(self) -> Iterator[Cells]:
        """Yield the rows, from the first."""
        width = len(self.columns)
        records = self._records()
        next(records, None)
        for record in records:
            self._source.note_position()
            cells = list(record[:width]) + [None] * (width - len(record))
            values = dict(zip(self.columns, cells, strict=True))
            surplus = [cell for cell in record[width:] if cell is not None]
            notes: tuple[str, ...] = ()
            if surplus:
                values |= {f"_extra_{number}": cell for number, cell in enumerate(surplus, 1)}
                notes = (f"row has {len(surplus)} cells more than the header: kept as _extra_1 to _extra_{len(surplus)}",)
            yield Cells(values, None, notes)
