"""Anything a user has, as postings: pasted text, saved pages, the JSON of applicant tracking systems, tables.

Readers know no model. They never stop at a bad row, and say in ``Posting.warnings`` what they had to repair.
"""

from jobsort.readers.sources import read_bytes, read_source
from jobsort.readers.tables import TABLE_SUFFIXES, Row, Table, open_table

__all__ = ["TABLE_SUFFIXES", "Row", "Table", "open_table", "read_bytes", "read_source"]
