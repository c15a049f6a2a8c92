"""Which files are tables, and whether a file can be read at all."""

from __future__ import annotations

import glob
from pathlib import Path
from typing import TYPE_CHECKING

from jobsort.errors import PostingNotFoundError, UnreadableSourceError

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLAIN = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
TABLE_SUFFIXES: tuple[str, ...] = (*_PLAIN, ".parquet", ".xlsx", *(f"{suffix}.gz" for suffix in _PLAIN))
"""Suffixes of the files that :func:`open_table` reads."""


def table_suffix(name: str) -> str | None:
    """Return the suffix by which a file is known as a table, in lower case, else None.

    Examples
    --------
    >>> table_suffix("Export.CSV"), table_suffix("jobs.jsonl.gz"), table_suffix("posting.txt")
    ('.csv', '.jsonl.gz', None)
    """
    return next((suffix for suffix in TABLE_SUFFIXES if name.lower().endswith(suffix)), None)


def find_tables(names: Iterable[str]) -> list[Path]:
    """Return the files that names, patterns (``exports/*.csv``, ``**`` for folders at any depth) and folders stand for.

    A pattern or a folder gives its tables by name; what is neither is returned as it is, whether it exists or not.

    Raises
    ------
    PostingNotFoundError
        Where a pattern or a folder gives no table.
    """
    found: dict[Path, None] = {}
    for name in names:
        path = Path(name)
        pattern = glob.has_magic(name) and not path.exists()
        if not pattern and not path.is_dir():
            found[path] = None
            continue
        inside = glob.glob(name, recursive=True) if pattern else [str(item) for item in path.iterdir()]  # noqa: PTH207
        tables = sorted(item for item in inside if table_suffix(item) and Path(item).is_file())
        if not tables:
            kinds = ", ".join(TABLE_SUFFIXES)
            what = f"no table matches {name}" if pattern else f"{name} is a folder without a table"
            raise PostingNotFoundError(f"{what}; tables end in {kinds}.")
        found |= dict.fromkeys(map(Path, tables))
    return list(found)


def check_file(path: Path, name: str) -> int:
    """Return the size of a file, or raise saying why it cannot be read."""
    try:
        if path.is_dir():
            message = f"{name} is a folder; name a file in it."
            raise UnreadableSourceError(message)
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except (FileNotFoundError, NotADirectoryError) as error:
        message = f"{name} does not exist; check the path."
        raise PostingNotFoundError(message) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        if isinstance(error, UnreadableSourceError):
            raise
        message = f"{name} cannot be opened: {getattr(error, 'strerror', None) or error}."
        raise UnreadableSourceError(message) from error
    if size == 0 and path.is_file():
        message = f"{name} is empty."
        raise UnreadableSourceError(message)
    return size
