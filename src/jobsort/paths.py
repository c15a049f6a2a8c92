"""Where the project's data lie: in the checkout while developing, inside the package once installed."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_CHECKOUT = _PACKAGE.parents[1]


def _folder(name: str) -> Path:
    """Return ``name`` of the checkout where this is one, else the copy in the package.

    The checkout goes first: an editable install must use the files being edited.
    """
    inside = _CHECKOUT / name
    return inside if (_CHECKOUT / "pyproject.toml").is_file() and inside.is_dir() else _PACKAGE / name


def models_folder() -> Path:
    """The folder of shipped models."""
    return _folder("models")


def data_folder() -> Path:
    """The folder with ``documents.toml``, the lexicon and the labelled postings."""
    return _folder("data")
