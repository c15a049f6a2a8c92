"""A table streamed through a classifier, row by row, into a file that appears whole or not at all."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from jobsort.classifier import Classifier, failed
from jobsort.errors import JobsortError, MissingExtraError, OutputError
from jobsort.readers import open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jobsort.readers import Row
    from jobsort.types import Reading

OUTPUT_SUFFIXES = (".csv", ".jsonl", ".parquet")
PREFIX = "jobsort_"
_SEPARATOR = "; "


@dataclass
class Counts:
    """What a run did.

    Attributes
    ----------
    rows, read, failed
        Rows met, read, and not read; ``rows == read + failed``.
    roles
        Rows per role.
    errors
        Rows per reason.
    """

    rows: int = 0
    read: int = 0
    failed: int = 0
    roles: dict[str, int] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)

    def add(self, reading: Reading) -> None:
        """Count one row."""
        self.rows += 1
        if reading.error is None:
            self.read += 1
            self.roles[str(reading.role)] = self.roles.get(str(reading.role), 0) + 1
        else:
            self.failed += 1
            self.errors[reading.error] = self.errors.get(reading.error, 0) + 1


def score(
    inputs: Sequence[Path],
    output: Path,
    classifier: Classifier,
    *,
    columns: Mapping[str, str] | None = None,
    prefix: str = PREFIX,
    text: bool = False,
    progress: Callable[[float], None] | None = None,
) -> Counts:
    """Score tables into one output file.

    Parameters
    ----------
    inputs
        Tables that :func:`jobsort.readers.open_table` reads.
    output
        ``.csv`` and ``.parquet`` keep every input column and add flat ones; ``.jsonl`` has one record of the contract a row. With
        ``.gz`` behind ``.csv`` and ``.jsonl`` it is compressed.
    classifier
        Who reads.
    columns
        Which column holds what, where names do not tell.
    prefix
        Begins the names of the added columns.
    text
        Put the cleaned text into JSONL records.
    progress
        Called with the share done (0..1) after each row.

    Raises
    ------
    MissingColumnError
        Where an input has no column with the postings' text.
    OutputError
        Where `output` cannot be written; nothing is left behind then.
    """
    if any(path.exists() and output.exists() and path.samefile(output) for path in inputs):
        raise OutputError(f"{output} is also an input; pass another name with -o")
    tables = [open_table(path, columns=columns) for path in inputs]
    counts = Counts()

    def readings() -> Iterator[tuple[int, Row, Reading]]:
        for place, table in enumerate(tables):
            for row in table:
                reading = read_row(classifier, row)
                counts.add(reading)
                yield counts.rows - 1, row, reading
                if progress is not None:
                    progress((place + table.position()) / len(tables))

    suffix = _suffix(output)
    if suffix == ".jsonl":
        with open_whole(output) as file:
            for index, _, reading in readings():
                record = {"row": index} | reading.asdict(text=text)
                file.write(json.dumps(record, ensure_ascii=False) + "\n")
        return counts
    # Ragged rows and sparse records may bring columns that the first rows do not know; nothing read is lost.
    names = list(dict.fromkeys(name for table in tables for name in table.every_column()))
    added = [prefix + name for name in _FLAT]
    clash = [name for name in added if name in names]
    if clash:
        raise OutputError(f"the input already has columns {', '.join(clash[:3])}; pass another --prefix")
    rows = ((dict(row.values) | flat_record(reading, prefix)) for _, row, reading in readings())
    if suffix == ".csv":
        # A repeated column name was numbered on reading; the header goes back as it stood.
        header = tables[0].header + names[len(tables[0].header) :] if len(tables) == 1 else names
        with open_whole(output, newline="") as file:
            _write_csv(file, rows, [*header, *added], [*names, *added])
    else:
        _write_parquet(output, rows, [*names, *added])
    return counts


def read_row(classifier: Classifier, row: Row) -> Reading:
    """Read one row; whatever goes wrong with it becomes its error, never the run's."""
    if row.posting is None:
        return failed(row.error or "not read", classifier.name)
    try:
        return classifier.classify(row.posting)
    except Exception as error:  # noqa: BLE001 - a row must never stop a run; the error is kept in its record
        return failed(f"{type(error).__name__}: {error}", classifier.name, row.posting)


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


def _suffix(output: Path) -> str:
    suffixes = [suffix.lower() for suffix in output.suffixes]
    suffix = suffixes[-2] if suffixes[-1:] == [".gz"] and len(suffixes) > 1 else (suffixes[-1] if suffixes else "")
    if suffix not in OUTPUT_SUFFIXES or (suffixes[-1] == ".gz" and suffix == ".parquet"):
        raise OutputError(
            f"cannot write {output.name}: outputs end in {', '.join(OUTPUT_SUFFIXES)} (.csv and .jsonl also with .gz)"
        )
    return suffix


def check_output(output: Path) -> None:
    """Raise :class:`OutputError` where `output` can be seen beforehand not to be writable or of no known kind."""
    _suffix(output)
    if output.is_dir():
        raise OutputError(f"{output} is a folder; pass a file name with -o")
    if not output.absolute().parent.is_dir():
        raise OutputError(f"{output.parent} does not exist; make the folder first")


@contextmanager
def open_whole(path: Path, newline: str | None = "\n") -> Iterator[IO[str]]:
    """Open a text file for writing that takes its name only once all is written; UTF-8, gzip by suffix."""
    try:
        handle, scratch = tempfile.mkstemp(dir=path.absolute().parent, prefix=f".{path.name}-")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    try:
        with open(handle, "wb") as raw:
            if path.suffix == ".gz":
                # No name and no time in the header: the same rows give the same bytes.
                with (
                    gzip.GzipFile("", "wb", 6, raw, 0) as packed,
                    io.TextIOWrapper(packed, "utf-8", "replace", newline) as file,
                ):
                    yield file
            else:
                with io.TextIOWrapper(raw, "utf-8", "replace", newline) as file:
                    yield file
        os.chmod(scratch, 0o666 & ~_umask())  # noqa: PTH101
        os.replace(scratch, path)  # noqa: PTH105
    except OSError as error:
        if isinstance(error, JobsortError):
            raise
        raise OutputError(f"cannot write {path}: {error.strerror or error}; nothing was written") from error
    finally:
        if os.path.exists(scratch):  # noqa: PTH110
            os.unlink(scratch)  # noqa: PTH108


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_csv(file: IO[str], rows: Iterable[dict[str, Any]], header: list[str], names: list[str]) -> None:
    writer = csv.writer(file)
    writer.writerow(header)
    for row in rows:
        writer.writerow([_csv_cell(row.get(name)) for name in names])


def _csv_cell(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return "" if value is None else value


def _write_parquet(output: Path, rows: Iterable[dict[str, Any]], names: list[str]) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("writing .parquet needs pyarrow; install jobsort[parquet]") from error
    columns: dict[str, list[Any]] = {name: [] for name in names}
    for row in rows:
        for name, cells in columns.items():
            cells.append(_arrow_cell(row.get(name)))
    arrays = []
    for cells in columns.values():
        try:
            arrays.append(pa.array(cells))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            # A column of several types is kept as text.
            arrays.append(pa.array([None if cell is None else str(cell) for cell in cells]))
    scratch = output.absolute().parent / f".{output.name}-{os.getpid()}"
    try:
        pq.write_table(pa.table(arrays, names=names), scratch)
        os.replace(scratch, output)  # noqa: PTH105
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}; nothing was written") from error
    finally:
        scratch.unlink(missing_ok=True)


def _arrow_cell(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value
