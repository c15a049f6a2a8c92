"""Tables of postings: csv, JSON, parquet and Excel exports, row by row."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobsort.errors import UnreadableSourceError
from jobsort.readers.ats import RecordReader
from jobsort.readers.binary import kind_of_binary
from jobsort.readers.fields import Fields, check_columns, detect
from jobsort.readers.files import TABLE_SUFFIXES, check_file, table_suffix
from jobsort.readers.formats import PEEK, Cells, Delimited, Excel, Format, Parquet, Source, open_json, unique_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pandas import DataFrame

    from jobsort.types import Posting


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes
    ----------
    index
        Counts rows from 0, those that cannot be read included.
    values
        The cells as read, by column; empty where the row could not be taken apart.
    posting
        What the row makes, or None.
    error
        Why there is no posting.
    """

    index: int
    values: dict[str, Any]
    posting: Posting | None
    error: str | None


class Table:
    """A table of postings; iterate it for its rows, as often as you like.

    Attributes
    ----------
    path
        The file.
    columns
        The input columns in order, repeated names numbered. For JSON lines, those of the first rows.
    header
        The input columns as they stand in the file.
    fields
        The column found for each field of a posting, at least for ``text``.
    count
        The number of rows where the format tells it beforehand, else None.
    size
        The size of the file in bytes.
    reader
        Makes postings of rows.
    """

    def __init__(self, path: Path, source: Source, rows: Format, reader: Fields | RecordReader, fields: Mapping[str, str]) -> None:
        self.path = path
        self.columns = list(rows.columns)
        self.header = list(rows.header)
        self.fields = dict(fields)
        self.count = rows.count
        self.size = source.size
        self._source = source
        self._rows = rows
        self.reader = RowReader(source.name, reader)

    def __repr__(self) -> str:
        return f"Table({str(self.path)!r}, fields={self.fields})"

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file the current iteration has taken in."""
        return min(self._source.bytes_read, self.size)

    def position(self) -> float:
        """Return how far the current iteration has come, from 0 to 1."""
        return self.bytes_read / self.size if self.size else 1.0

    def cells(self) -> Iterator[Cells]:
        """Yield the rows as they are read, before postings are made of them: all that must be done in order."""
        yield from self._rows.rows()
        self._source.bytes_read = self.size

    def row(self, index: int, cells: Cells) -> Row:
        """Make the row of what :meth:`cells` yielded."""
        return self.reader.row(index, cells)

    def __iter__(self) -> Iterator[Row]:
        for index, cells in enumerate(self.cells()):
            yield self.row(index, cells)


@dataclass(frozen=True)
class RowReader:
    """Makes postings of the rows of one table; small, and may be sent to other processes.

    Attributes
    ----------
    name
        The table, for messages.
    reader
        Which columns make a posting.
    """

    name: str
    reader: Fields | RecordReader

    def row(self, index: int, cells: Cells) -> Row:
        """Make the posting of one row, or say why there is none."""
        if cells.error is not None:
            return Row(index, cells.values, None, cells.error)
        source = f"{self.name} row {index}"
        try:
            if isinstance(self.reader, Fields):
                posting = self.reader.posting(cells.values, source, cells.warnings)
            else:
                posting = self.reader.read(cells.values, source)
        except RecursionError:
            return Row(index, cells.values, None, "the row is nested too deeply")
        return Row(index, cells.values, posting, None if posting else "no text and no title")


def open_table(path: str | os.PathLike[str], *, columns: Mapping[str, str] | None = None) -> Table:
    r"""Open a table of postings.

    Parameters
    ----------
    path
        A file with one of the `TABLE_SUFFIXES`.
    columns
        Names of columns by field (``text``, ``title``, ``company``, ``location``, ``salary`` …), where what they are
        called does not tell.

    Returns
    -------
    Table
        Its rows are read as it is iterated; csv, JSON lines, parquet and Excel in constant memory.

    Raises
    ------
    PostingNotFoundError
        If there is no such file.
    UnreadableSourceError
        If it is a folder, empty, or not what its suffix says.
    MissingColumnError
        If no column holds the postings' text, or one named in `columns` is not there.
    MissingExtraError
        If the format needs a package that is not installed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp(), "jobs.csv")
    >>> _ = path.write_text("id,Job Title,Job Description\n1,ML Engineer,Ship models.\n")
    >>> table = open_table(path)
    >>> table.fields
    {'text': 'Job Description', 'title': 'Job Title'}
    >>> [(row.index, row.values["id"], row.posting.title) for row in table]
    [(0, '1', 'ML Engineer')]
    """
    name = os.fspath(path)
    path = Path(path)
    size = check_file(path, name)
    suffix = table_suffix(name)
    if suffix is None:
        message = f"{name} is no table that can be read; tables end in {', '.join(TABLE_SUFFIXES)}."
        raise UnreadableSourceError(message)
    source = Source(name, lambda: path.open("rb"), size, compressed=suffix.endswith(".gz"))
    return table_of(path, source, suffix.removesuffix(".gz"), columns)


def table_of(path: Path, source: Source, suffix: str, columns: Mapping[str, str] | None) -> Table:
    """Open `source` as the kind of table that `suffix` names."""
    chosen = {field: column for field, column in (columns or {}).items() if column}
    rows: Format
    if suffix == ".parquet":
        rows = Parquet(source)
    elif suffix == ".xlsx":
        rows = Excel(source)
    else:
        kind = kind_of_binary(source.head(4096))
        if kind:
            message = f"{source.name} is {kind}: binary, not text as its suffix says."
            raise UnreadableSourceError(message)
        if suffix in {".csv", ".tsv"}:
            rows = Delimited(source, tabs=suffix == ".tsv")
        else:
            rows = open_json(source, lines=suffix != ".json")
    if not rows.columns and not rows.peeked:
        problem = next((cells.error for cells in rows.rows() if cells.error), "it holds no rows")
        message = f"{source.name} cannot be read: {problem}."
        raise UnreadableSourceError(message)
    fields = detect(rows.columns, rows.peeked, chosen, csv=suffix in {".csv", ".tsv"})
    if suffix in {".csv", ".tsv", ".xlsx"}:
        check_columns(source.name, rows.columns, fields, rows.peeked, chosen)
        return Table(path, source, rows, fields, fields.first)
    reader = RecordReader(chosen)
    # Nested records keep their text in places that no column name tells; one that reads well is proof enough.
    postings = (reader.read(record, "") for record in rows.peeked) if not chosen else ()
    if not any(posting is not None and posting.text for posting in postings):
        check_columns(source.name, rows.columns, fields, rows.peeked, chosen)
    found = fields.first
    if "text" not in found:
        found = {"text": "jobAd" if "jobAd" in rows.columns else "lists"} | found
    return Table(path, source, rows, reader, found)


def frame_postings(frame: DataFrame, *, columns: Mapping[str, str] | None = None) -> Iterator[Row]:
    """Read the rows of a pandas data frame as :func:`open_table` reads those of a file.

    Parameters
    ----------
    frame
        One posting a row.
    columns
        Names of columns by field, as for :func:`open_table`.

    Raises
    ------
    MissingColumnError
        If no column holds the postings' text, or one named in `columns` is not there.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Job Title": ["ML Engineer"], "Job Description": ["Ship models."]})
    >>> [row.posting.title for row in frame_postings(frame)]
    ['ML Engineer']
    """
    names = unique_names([str(name) for name in frame.columns])
    chosen = {field: str(column) for field, column in (columns or {}).items() if column}
    cells = [frame.iloc[:, position].tolist() for position in range(len(names))]
    records = (dict(zip(names, row, strict=True)) for row in zip(*cells, strict=True))
    sample = list(itertools.islice(records, PEEK))
    fields = detect(names, sample, chosen)
    check_columns("the data frame", names, fields, sample, chosen, option="columns={{'text': '{}'}}")
    return _frame_rows(itertools.chain(sample, records), fields)


def _frame_rows(records: Iterable[dict[str, Any]], fields: Fields) -> Iterator[Row]:
    for index, values in enumerate(records):
        posting = fields.posting(values, f"row {index}")
        yield Row(index, values, posting, None if posting else "no text and no title")
