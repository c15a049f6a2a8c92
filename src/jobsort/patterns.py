"""Regular expressions compiled when they are first used: to compile all takes longer than to read a posting."""

from __future__ import annotations

import re
from typing import AnyStr, Generic, cast

_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "split", "sub", "subn")


class _LazyPattern(Generic[AnyStr]):
    """Stands for a compiled pattern; its methods are the pattern's own from the first use on, so that a use costs no more."""

    def __init__(self, source: AnyStr, flags: int) -> None:
        self.pattern: AnyStr = source
        self.flags = flags

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        compiled = re.compile(self.pattern, self.flags)
        for method in _METHODS:
            setattr(self, method, getattr(compiled, method))
        return getattr(compiled, name)


def lazy(source: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return what works like ``re.compile(source, flags)``, which is called at the first use.

    Examples
    --------
    >>> words = lazy(r"[a-z]+")
    >>> words.findall("only now")
    ['only', 'now']
    """
    return cast("re.Pattern[AnyStr]", _LazyPattern(source, flags))
