"""Bytes as text: whatever a board, an editor or a spreadsheet wrote, decoding never fails."""

from __future__ import annotations

import codecs

ERRORS = "jobsort-cp1252"
"""Name of the codec error handler that reads bytes which are not UTF-8 as Windows-1252."""

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (codecs.BOM_UTF8, "utf-8-sig"),
)


def _cp1252_character(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:  # five bytes are undefined in cp1252
        return chr(byte)


_CP1252 = tuple(_cp1252_character(byte) for byte in range(256))


def _as_cp1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(_CP1252[byte] for byte in error.object[error.start : error.end]), error.end


codecs.register_error(ERRORS, _as_cp1252)


def sniff(head: bytes) -> tuple[str, str]:
    r"""Tell the encoding and the codec error handler from the first bytes of a file.

    Parameters
    ----------
    head
        The first few kilobytes.

    Returns
    -------
    tuple
        Names to hand to :class:`io.TextIOWrapper`.

    Examples
    --------
    >>> sniff(b"\xff\xfeJ\x00o\x00b\x00"), sniff(b"Job")
    (('utf-16', 'replace'), ('utf-8', 'jobsort-cp1252'))
    """
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name, ERRORS if name == "utf-8-sig" else "replace"
    sample = head[:4096]
    pairs = len(sample) // 2
    if pairs >= 2 and b"\0" in sample:
        even, odd = sample[0 : 2 * pairs : 2].count(0), sample[1 : 2 * pairs : 2].count(0)
        # Text of European languages in UTF-16 has a NUL in most pairs, always on the same side.
        if odd > 0.4 * pairs and even < 0.05 * pairs:
            return "utf-16-le", "replace"
        if even > 0.4 * pairs and odd < 0.05 * pairs:
            return "utf-16-be", "replace"
    return "utf-8", ERRORS


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Decode `data` and say what had to be assumed; never raises.

    A byte order mark decides; else UTF-16 is told by its NULs; else it is UTF-8, and bytes that are not are read as
    Windows-1252 one by one, so that a file with one bad byte stays what it is. NULs are dropped.

    Parameters
    ----------
    data
        The bytes of a text file.

    Returns
    -------
    tuple
        The text, and warnings for the user.

    Examples
    --------
    >>> decode("Zürich".encode("cp1252"))
    ('Zürich', ('not UTF-8: read as Windows-1252',))
    >>> decode("Zürich".encode("utf-8-sig"))
    ('Zürich', ())
    """
    name, errors = sniff(data)
    warnings = []
    try:
        text = data.decode(name)
    except UnicodeDecodeError:
        text = data.decode(name, errors)
        if errors == ERRORS:
            warnings.append("not UTF-8: read as Windows-1252")
        else:
            warnings.append(f"not all of it is {name}: unreadable characters replaced")
    else:
        if name in {"utf-16-le", "utf-16-be"}:
            warnings.append(f"no byte order mark: read as {name}")
    if "\0" in text:
        text = text.replace("\0", "")
        warnings.append("NUL characters dropped")
    return text, tuple(warnings)
