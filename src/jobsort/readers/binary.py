"""Files that are no text, told by their first bytes."""

from __future__ import annotations

from jobsort.readers.encoding import sniff

_MAGIC = (
    (b"%PDF", "a PDF (save its text first, for example with pdftotext)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"PK\x03\x04", "a ZIP archive or Office document (save it as text, or a sheet as .xlsx)"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (save it as text, or a sheet as .xlsx)"),
    (b"{\\rtf", "an RTF document (save it as text)"),
    (b"PAR1", "a parquet file (give it the suffix .parquet)"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x1f\x8b", "a gzip file"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"BZh", "a bzip2 file"),
    (b"\xfd7zXZ", "an xz file"),
    (b"\x28\xb5\x2f\xfd", "a zstd file"),
    (b"\x7fELF", "a program"),
)
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1b\x1c\x1d\x1e\x1f\x00")


def kind_of_binary(head: bytes) -> str | None:
    """Say what a file is if it is no text, from its first few kilobytes; None for text.

    Examples
    --------
    >>> kind_of_binary(b"%PDF-1.7"), kind_of_binary(b"ML Engineer"), kind_of_binary(bytes(range(32)) * 9)
    ('a PDF (save its text first, for example with pdftotext)', None, 'a file of unknown kind')
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    encoding, _ = sniff(head)
    if encoding not in {"utf-8", "utf-8-sig"}:
        return None
    sample = head[:4096]
    controls = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in sample)
    # A stray NUL is a flaw of a text; one in ten bytes is none.
    binary = controls * 20 > len(sample) or sample.count(0) * 10 > len(sample)
    return "a file of unknown kind" if sample and binary else None
