"""Labelled postings: Markdown files with front matter, or a table of the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from jobsort.errors import InvalidLabelError, PostingNotFoundError
from jobsort.readers.files import TABLE_SUFFIXES, table_suffix
from jobsort.types import Posting, Seniority

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

FIELDS = frozenset({"role", "second", "occupation", "seniority", "title", "drawn_from", "style", "hard_pair"})


@dataclass(frozen=True, slots=True)
class LabeledPosting:
    """A posting and what a reader decided about it.

    Attributes
    ----------
    posting
        What a classifier gets to see.
    role
        The label.
    second
        A role that could be defended too, or None.
    occupation
        For ``other``: what it is instead, lower snake case; else None.
    seniority
        The level, or None where the data have none.
    drawn_from
        Keys of ``data/documents.toml``.
    style
        The house style, for coverage.
    hard_pair
        Which of the cases that are easily taken for each other it is: a key of ``data/hard_pairs.toml``, or None.
    name
        Where it stands, for messages: ``ml_engineer/021-….md``, ``my.csv row 7``.
    """

    posting: Posting
    role: str
    second: str | None = None
    occupation: str | None = None
    seniority: Seniority | None = None
    drawn_from: tuple[str, ...] = ()
    style: str = ""
    hard_pair: str | None = None
    name: str = ""


def load_labeled(source: Path) -> list[LabeledPosting]:
    """Read labelled postings from a folder of Markdown files, one such file, or a table.

    Parameters
    ----------
    source
        A folder (read with its subfolders, in order of name), a ``.md`` file, or a table with a ``role`` column beside the
        posting's own (any format that ``jobsort score`` reads).

    Raises
    ------
    PostingNotFoundError
        Where `source` does not exist or holds no labelled posting.
    InvalidLabelError
        Where a label is missing or unknown.
    """
    if source.is_dir():
        paths = sorted(path for path in source.rglob("*.md") if path.name != "README.md")
        found = [read_labeled(path, name=path.relative_to(source).as_posix()) for path in paths]
    elif source.suffix == ".md" and source.is_file():
        found = [read_labeled(source)]
    elif table_suffix(source.name) and source.is_file():
        found = list(_from_table(source))
    elif not source.exists():
        raise PostingNotFoundError(f"{source} does not exist; pass a folder of labelled .md files or a table with a role column")
    else:
        raise InvalidLabelError(f"{source}: labelled postings are .md files or tables ({', '.join(TABLE_SUFFIXES)})")
    if not found:
        raise PostingNotFoundError(f"{source} holds no labelled posting; expected .md files with front matter")
    return found


def read_labeled(path: Path, name: str | None = None) -> LabeledPosting:
    """Read one Markdown file: front matter between two lines of ``---``, then the posting's text."""
    where = name or path.name
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (UnicodeDecodeError, OSError) as error:
        raise InvalidLabelError(f"{where} cannot be read as UTF-8 text: {error}") from error
    if not text.startswith("---\n") or "\n---\n" not in text[4:]:
        raise InvalidLabelError(f"{where}: no front matter; the file must begin with --- and close it with ---")
    head, _, body = text[4:].partition("\n---\n")
    try:
        fields = yaml.safe_load(head)
    except yaml.YAMLError as error:
        raise InvalidLabelError(f"{where}: front matter does not parse: {error}") from error
    if not isinstance(fields, dict):
        raise InvalidLabelError(f"{where}: front matter is no table of fields")
    unknown = set(fields) - FIELDS
    if unknown:
        raise InvalidLabelError(f"{where}: unknown fields {sorted(unknown)}; known are {sorted(FIELDS)}")
    if not isinstance(fields.get("drawn_from") or [], list):
        raise InvalidLabelError(f"{where}: drawn_from must be a list of keys, like [levels.entry]")
    return _labeled(fields, Posting(text=body.strip("\n"), title=str(fields.get("title") or ""), source=where), where)


def _labeled(fields: Mapping[str, Any], posting: Posting, where: str) -> LabeledPosting:
    role = _text(fields.get("role"))
    if not role:
        raise InvalidLabelError(f"{where}: no role; every labelled posting needs one")
    level = _text(fields.get("seniority"))
    if level and level not in set(Seniority):
        raise InvalidLabelError(f"{where}: seniority {level!r} is unknown; use one of {', '.join(Seniority)}")
    second = _text(fields.get("second"))
    return LabeledPosting(
        posting=posting,
        role=role,
        second=None if second in {"", "none"} else second,
        occupation=_text(fields.get("occupation")) or None,
        seniority=Seniority(level) if level else None,
        drawn_from=tuple(fields.get("drawn_from") or ()),
        style=_text(fields.get("style")),
        hard_pair=_text(fields.get("hard_pair")) or None,
        name=where,
    )


def _text(value: Any) -> str:  # noqa: ANN401
    return "" if value is None or value != value else str(value).strip()  # noqa: PLR0124


def _from_table(path: Path) -> Iterable[LabeledPosting]:
    from jobsort.readers import open_table

    table = open_table(path)
    names = {str(name).strip().lower(): name for name in table.columns}
    if "role" not in names:
        found = ", ".join(map(str, table.columns))
        raise InvalidLabelError(f"{path} has no role column; found {found}. Name the column with the labels 'role'.")
    for row in table:
        if row.posting is not None:
            fields = {key: row.values.get(names.get(key, key)) for key in ("role", "second", "occupation", "seniority")}
            yield _labeled(fields, row.posting, f"{path.name} row {row.index}")
