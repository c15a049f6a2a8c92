r"""jobsort reads job postings: which role the duties describe, how senior, with which skills, and which words say so.

Examples
--------
>>> import jobsort
>>> reading = jobsort.classify("AI Engineer\n\nYou build RAG assistants and agents on top of LLM APIs for our support team.")
>>> reading.role
'ai_engineer'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobsort._version import __version__

if TYPE_CHECKING:
    from jobsort.classifier import Classifier, Contribution, Explanation, classify
    from jobsort.errors import JobsortError
    from jobsort.readers import read_source
    from jobsort.types import (
        Adjacent,
        Aspect,
        AspectReading,
        Degree,
        Evidence,
        Mention,
        Need,
        Posting,
        Reading,
        Role,
        Salary,
        Seniority,
        SeniorityEvidence,
        Skill,
    )

__all__ = [
    "Adjacent",
    "Aspect",
    "AspectReading",
    "Classifier",
    "Contribution",
    "Degree",
    "Evidence",
    "Explanation",
    "JobsortError",
    "Mention",
    "Need",
    "Posting",
    "Reading",
    "Role",
    "Salary",
    "Seniority",
    "SeniorityEvidence",
    "Skill",
    "__version__",
    "classify",
    "read_source",
]

_MODULES = {
    "classifier": ("Classifier", "Contribution", "Explanation", "classify"),
    "errors": ("JobsortError",),
    "readers": ("read_source",),
}
_HOME = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import public names when they are first used (PEP 562), so that ``import jobsort`` costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'jobsort' has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(f"jobsort.{_HOME.get(name, 'types')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
