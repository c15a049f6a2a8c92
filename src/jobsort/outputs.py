"""Records as files: flat columns for CSV and Parquet, one JSON object a line, each chunk encoded by itself."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jobsort.errors import InvalidOutputError, MissingExtraError, OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jobsort.journal import Journal
    from jobsort.readers import Row, Table
    from jobsort.types import Reading

OUTPUT_SUFFIXES = (".csv", ".jsonl", ".parquet")
PREFIX = "jobsort_"
_SEPARATOR = "; "
_ROW_GROUP = 20_000


@dataclass(frozen=True)
class Layout:
    """How output is written.

    Attributes
    ----------
    suffix
        One of `OUTPUT_SUFFIXES`.
    packed
        Whether it is compressed.
    columns
        The input columns known from the headers; CSV and Parquet only.
    prefix
        Begins the names of the added columns.
    text
        Whether JSON records carry the cleaned text.
    """

    suffix: str
    packed: bool
    columns: tuple[str, ...]
    prefix: str
    text: bool


# --- flat records -----------------------------------------------------------------------------------------------

_FLAT: dict[str, Callable[[Reading], Any]] = {
    "role": lambda r: r.role,
    "confidence": lambda r: r.confidence,
    "probabilities": lambda r: _SEPARATOR.join(f"{name} {value:.4f}" for name, value in r.probabilities.items()),
    "title_role": lambda r: r.title_role,
    "title_mismatch": lambda r: r.title_mismatch if r.error is None else None,
    "adjacent": lambda r: r.adjacent.role if r.adjacent else None,
    "specializations": lambda r: _SEPARATOR.join(r.specializations),
    "seniority": lambda r: r.seniority.value if r.seniority else None,
    "seniority_confidence": lambda r: r.seniority_confidence,
    "seniority_evidence": lambda r: _SEPARATOR.join(e.text for e in r.seniority_evidence),
    "years_min": lambda r: r.years_min,
    "degree_min": lambda r: r.degree_min.value if r.degree_min else None,
    "salary_min": lambda r: r.salary.min if r.salary else None,
    "salary_max": lambda r: r.salary.max if r.salary else None,
    "salary_currency": lambda r: r.salary.currency if r.salary else None,
    "salary_period": lambda r: r.salary.period if r.salary else None,
    "skills_required": lambda r: _skills(r, "required"),
    "skills_preferred": lambda r: _skills(r, "preferred"),
    "skills_mentioned": lambda r: _skills(r, "mentioned"),
    "soft_skills": lambda r: _SEPARATOR.join(s.name for s in r.skills if s.kind == "soft"),
    "skill_mix": lambda r: _SEPARATOR.join(f"{name} {share:.2f}" for name, share in r.skill_mix.items()),
    "main_goal": lambda r: _aspect(r, "main_goal"),
    "core_skill": lambda r: _aspect(r, "core_skill"),
    "primary_question": lambda r: _aspect(r, "primary_question"),
    "end_product": lambda r: _aspect(r, "end_product"),
    "evidence": lambda r: _SEPARATOR.join(e.text for e in r.evidence),
    "warnings": lambda r: _SEPARATOR.join(r.warnings),
    "error": lambda r: r.error,
    "model": lambda r: r.model,
}


FLAT_COLUMNS = tuple(_FLAT)
"""The names of the flat columns, without prefix."""


def flat_record(reading: Reading, prefix: str = PREFIX) -> dict[str, Any]:
    """Return a reading as flat columns, lists joined with "; "."""
    return {prefix + name: value(reading) for name, value in _FLAT.items()}


def _skills(reading: Reading, need: str) -> str:
    return _SEPARATOR.join(skill.name for skill in reading.skills if skill.kind == "hard" and skill.need == need)


def _aspect(reading: Reading, name: str) -> str | None:
    aspect = reading.aspects.get(name)
    return f"{aspect.role}: {' '.join(aspect.text.split())}" if aspect else None


# --- output -----------------------------------------------------------------------------------------------------


def output_suffix(output: Path) -> str:
    """Return which of `OUTPUT_SUFFIXES` an output has, ``.gz`` aside; raise :class:`InvalidOutputError` where it has none."""
    suffixes = [suffix.lower() for suffix in output.suffixes]
    suffix = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes[-1] if suffixes else "")
    if suffix not in OUTPUT_SUFFIXES or (suffixes[-1] == ".gz" and suffix == ".parquet"):
        raise InvalidOutputError(
            f"cannot write {output.name}: outputs end in {', '.join(OUTPUT_SUFFIXES)} (.csv and .jsonl also with .gz)"
        )
    return suffix


def check_output(output: Path) -> None:
    """Raise :class:`OutputError` where `output` can be seen beforehand not to be writable or of no known kind."""
    if output_suffix(output) == ".parquet":
        _import_arrow()
    if output.is_dir():
        raise OutputError(f"{output} is a folder; pass a file name with -o")
    if not output.absolute().parent.is_dir():
        raise OutputError(f"{output.parent} does not exist; make the folder first")


def encode(rows: Sequence[tuple[int, Row, Reading]], layout: Layout) -> tuple[bytes, list[str]]:
    """Return a chunk of the output, and the input columns in it that no header knew.

    Parameters
    ----------
    rows
        The row's number in the run, the row, its reading.
    layout
        How to write.
    """
    if layout.suffix == ".jsonl":
        lines = (json.dumps({"row": number} | reading.asdict(text=layout.text), ensure_ascii=False) for number, _, reading in rows)
        return _packed("".join(line + "\n" for line in lines), layout), []
    known = set(layout.columns)
    extra = list(dict.fromkeys(name for _, row, _ in rows for name in row.values if name not in known))
    check_names(layout, extra)
    records = [dict(row.values) | flat_record(reading, layout.prefix) for _, row, reading in rows]
    names = _names(layout, extra)
    if layout.suffix == ".csv":
        return _packed(_csv([[record.get(name) for name in names] for record in records]), layout), extra
    return _arrow(records, names, layout.prefix), extra


def _names(layout: Layout, extra: Iterable[str]) -> list[str]:
    return [*layout.columns, *extra, *(layout.prefix + name for name in _FLAT)]


def check_names(layout: Layout, extra: Iterable[str]) -> None:
    """Raise :class:`OutputError` where a column of the input has the name of one that is added."""
    added = {layout.prefix + name for name in _FLAT}
    clash = [name for name in (*layout.columns, *extra) if name in added]
    if clash:
        raise OutputError(f"the input already has columns {', '.join(clash[:3])}; pass another --prefix")


def _packed(text: str, layout: Layout) -> bytes:
    data = text.encode("utf-8", "replace")
    # No name and no time in the header: the same rows give the same bytes. Members in a row are one gzip file.
    return gzip.compress(data, 6, mtime=0) if layout.packed and data else data


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([_csv_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _csv_cell(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return "" if value is None else value


def header(layout: Layout, tables: Sequence[Table], extra: Sequence[str] = ()) -> bytes:
    """Return what stands before the first row."""
    if layout.suffix != ".csv":
        # An empty file is no gzip file; an empty member is.
        return gzip.compress(b"", 6, mtime=0) if layout.packed else b""
    names = _names(layout, extra)
    if len(tables) == 1:
        # A repeated column name was numbered on reading; the header goes back as it stood.
        names = [*tables[0].header, *names[len(tables[0].header) :]]
    return _packed(_csv([names]), layout)


def finish(journal: Journal, layout: Layout, tables: Sequence[Table]) -> None:
    """Give the output its name; where rows brought columns that no header knew, or for Parquet, write it anew from the part."""
    # Ragged rows and sparse records bring columns that the first rows do not know; nothing read is lost.
    extra = list(dict.fromkeys(name for chunk in journal.chunks for name in chunk.notes["extra"]))
    check_names(layout, extra)
    if layout.suffix != ".parquet" and not extra:
        journal.finish()
        return
    # One name, so that a run that is killed here leaves nothing that the next one does not overwrite.
    scratch = journal.output.with_name(journal.output.name + ".new")
    try:
        if layout.suffix == ".csv":
            _widen(journal, layout, tables, extra, scratch)
        else:
            _write_parquet(journal, _names(layout, extra), layout.prefix, scratch)
        sync(scratch)
        journal.replace_by(scratch)
    finally:
        scratch.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Force a finished file to the disk, before another file's name or place is given to it."""
    with open(path, "r+b") as file:
        os.fsync(file.fileno())


def _pieces(journal: Journal) -> Iterator[tuple[bytes, list[str]]]:
    """Yield the finished chunks behind the header: their bytes and their extra columns."""
    with open(journal.part, "rb") as part:
        part.seek(journal.chunks[0].end)
        for before, chunk in itertools.pairwise(journal.chunks):
            yield part.read(chunk.end - before.end), chunk.notes["extra"]


def _widen(journal: Journal, layout: Layout, tables: Sequence[Table], extra: Sequence[str], path: Path) -> None:
    """Write all rows with all columns."""
    width = len(layout.columns)
    # Cells of any length: they were written by us. (The limit is the module's own, and a C long.)
    csv.field_size_limit(2**31 - 1)
    with open(path, "wb") as file:
        file.write(header(layout, tables, extra))
        for data, own in _pieces(journal):
            text = (gzip.decompress(data) if layout.packed else data).decode("utf-8")
            place = {name: width + number for number, name in enumerate(own)}
            rows = (
                [*row[:width], *(row[place[name]] if name in place else "" for name in extra), *row[width + len(own) :]]
                for row in csv.reader(io.StringIO(text, newline=""))
            )
            file.write(_packed(_csv(rows), layout))


# --- parquet ----------------------------------------------------------------------------------------------------

_NUMBERS = {"confidence", "seniority_confidence", "salary_min", "salary_max"}


def _import_arrow() -> Any:  # noqa: ANN401
    try:
        import pyarrow as pa
        import pyarrow.compute
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtraError("writing .parquet needs pyarrow; install jobsort[parquet]") from error
    return pa


def _arrow(records: Sequence[Mapping[str, Any]], names: Sequence[str], prefix: str) -> bytes:
    """Return rows as an Arrow stream; a column of several types as text."""
    pa = _import_arrow()
    flat = {prefix + name: pa.float64() if name in _NUMBERS else pa.string() for name in _FLAT}
    flat |= {prefix + "years_min": pa.int64(), prefix + "title_mismatch": pa.bool_()}
    arrays = []
    for name in names:
        cells = [_arrow_cell(record.get(name)) for record in records]
        try:
            arrays.append(pa.array(cells, flat.get(name)))
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
            arrays.append(pa.array([None if cell is None else str(cell) for cell in cells]))
    table = pa.table(arrays, names=list(names))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def _arrow_cell(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def parquet_part(rows: Sequence[tuple[int, Row, Reading]], layout: Layout, path: Path, notes: Mapping[str, str]) -> None:
    """Write rows as a Parquet file of their own, `notes` in its footer; columns without a value are text."""
    pa = _import_arrow()
    table = pa.ipc.open_stream(encode(rows, layout)[0]).read_all()
    schema = pa.schema([(column.name, pa.string() if pa.types.is_null(column.type) else column.type) for column in table.schema])
    pa.parquet.write_table(_cast(pa, table, schema).replace_schema_metadata(notes), path)


def _write_parquet(journal: Journal, names: Sequence[str], prefix: str, path: Path) -> None:
    """Bring the chunks to one schema and write them; two passes, one chunk in memory at a time."""
    pa = _import_arrow()
    types: dict[str, set[Any]] = {name: set() for name in names}
    large: set[str] = set()
    for data, _ in _pieces(journal):
        table = pa.ipc.open_stream(data).read_all()
        for column in table.schema:
            types[column.name].add(column.type)
            if column.type == pa.int64() and _is_large(pa, table.column(column.name)):
                large.add(column.name)
    schema = pa.schema([(name, _common(pa, found, large=name in large)) for name, found in types.items()])
    if not any(types.values()):
        schema = pa.ipc.open_stream(_arrow([], names, prefix)).schema
    with pa.parquet.ParquetWriter(path, schema) as writer:
        waiting: list[Any] = []
        for data, _ in _pieces(journal):
            waiting.append(_cast(pa, pa.ipc.open_stream(data).read_all(), schema))
            if sum(table.num_rows for table in waiting) >= _ROW_GROUP:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting))


def _is_large(pa: Any, numbers: Any) -> bool:  # noqa: ANN401
    """Whether whole numbers go beyond what broken ones tell apart."""
    ends = pa.compute.min_max(numbers).as_py()
    return any(end is not None and abs(end) > 2**53 for end in ends.values())


def _common(pa: Any, types: set[Any], *, large: bool) -> Any:  # noqa: ANN401
    """Return the type that holds all of a column's: the only one, a number for whole and broken ones, else text."""
    found = {kind for kind in types if not pa.types.is_null(kind)}
    if not found:
        return pa.null() if types else pa.string()
    if len(found) == 1:
        return found.pop()
    return pa.float64() if found == {pa.int64(), pa.float64()} and not large else pa.string()


def _cast(pa: Any, table: Any, schema: Any) -> Any:  # noqa: ANN401
    columns = []
    for column in schema:
        if column.name not in table.column_names:
            columns.append(pa.nulls(table.num_rows, column.type))
            continue
        cells = table.column(column.name)
        if cells.type != column.type and pa.types.is_string(column.type):
            cells = pa.array([None if cell is None else str(cell) for cell in cells.to_pylist()], column.type)
        columns.append(cells.cast(column.type))
    return pa.table(columns, schema=schema)
