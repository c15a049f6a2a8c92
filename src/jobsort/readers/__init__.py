"""Anything a user has, as postings: pasted text, saved pages, the JSON of applicant tracking systems, tables.

Readers know no model. They never stop at a bad row, and say in ``Posting.warnings`` what they had to repair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jobsort.readers.files import TABLE_SUFFIXES
    from jobsort.readers.sources import read_bytes, read_source
    from jobsort.readers.tables import Row, Table, open_table

__all__ = ["TABLE_SUFFIXES", "Row", "Table", "open_table", "read_bytes", "read_source"]


def __getattr__(name: str) -> object:
    """Import a reader when it is first used (PEP 562): a text needs none of what tables need."""
    if name not in __all__:
        raise AttributeError(f"module 'jobsort.readers' has no attribute {name!r}")
    from importlib import import_module

    module = "sources" if name.startswith("read_") else "tables"
    value: object = getattr(import_module(f"jobsort.readers.{module}"), name)
    globals()[name] = value
    return value
