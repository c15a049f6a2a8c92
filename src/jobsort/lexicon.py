"""The lexicon: hard skills, soft skills and concepts, written by hand in ``data/lexicon/*.toml``.

:meth:`Lexicon.from_folder` reads the TOML files (training); a model directory carries the same lexicon compiled
to ``lexicon.json``, patterns spelled out, which :meth:`Lexicon.from_json` reads in milliseconds.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from jobsort.errors import InvalidLexiconError
from jobsort.matching import PhraseMatcher, expand
from jobsort.text import normalize_phrase

if TYPE_CHECKING:
    from pathlib import Path

SOFT = "soft_skills"
CUES = ("preferred", "required", "negated")
FLAGS = ("field", "generic")


@dataclass(frozen=True, slots=True)
class Guard:
    """When a form that is also a word counts as the skill; all conditions given must hold.

    Attributes
    ----------
    forms
        The guarded forms, normalised.
    written
        The guarded forms as they must be written, where `case` was asked for; else empty.
    near_skill
        Another, unguarded hard skill must stand in the same sentence.
    near
        One of these (normalised) must stand in the same sentence.
    not_next, not_previous
        None of these (normalised) may follow or come before.
    """

    forms: tuple[str, ...]
    written: tuple[str, ...] = ()
    near_skill: bool = False
    near: tuple[str, ...] = ()
    not_next: tuple[str, ...] = ()
    not_previous: tuple[str, ...] = ()


class Entry(NamedTuple):
    """A hard or soft skill.

    Attributes
    ----------
    name, category
        Its canonical name and the key of its category.
    specializations
        Keys of the documents' list that it speaks for.
    guard
        When some of its forms count.
    field
        Whether it names a field that roles and teams are called after ("data science"): not a skill in "data science team".
    generic
        Whether it is so general ("scalability") that it counts only where the posting asks for it and names nothing closer.
    """

    name: str
    category: str
    specializations: tuple[str, ...] = ()
    guard: Guard | None = None
    field: bool = False
    generic: bool = False

    @property
    def kind(self) -> str:
        """``hard`` or ``soft``."""
        return "soft" if self.category == SOFT else "hard"


class Concept(NamedTuple):
    """Something people do that tells roles apart; `groups` is how many lists of phrases must meet in a sentence (0: none)."""

    name: str
    role: str | None = None
    aspects: tuple[str, ...] = ()
    specialization: str | None = None
    groups: int = 0


class Cue(NamedTuple):
    """Wording that says how much a skill is wanted; `leading` ones hold forwards, the others backwards."""

    need: str
    leading: bool


@dataclass(frozen=True)
class Lexicon:
    """Skills, concepts and cues with the patterns that find them.

    Attributes
    ----------
    entries, concepts, cues
        What there is to find.
    entry_patterns
        Pattern and index of its entry; the entry's form is the pattern without spaces.
    concept_patterns
        Pattern, index of its concept and its group: -1 for a phrase that counts by itself, else the list it belongs to.
    cue_patterns
        Pattern and index of its cue.
    """

    entries: tuple[Entry, ...]
    concepts: tuple[Concept, ...]
    cues: tuple[Cue, ...]
    entry_patterns: tuple[tuple[bytes, int], ...] = field(repr=False)
    concept_patterns: tuple[tuple[bytes, int, int], ...] = field(repr=False)
    cue_patterns: tuple[tuple[bytes, int], ...] = field(repr=False)

    @classmethod
    def from_folder(cls, folder: Path) -> Lexicon:
        """Read the TOML files of `folder`.

        Raises
        ------
        InvalidLexiconError
            Where a file does not parse, has an unknown key, or names the same form twice.
        """
        return _Reader().read(sorted(folder.glob("*.toml")))

    @classmethod
    def from_json(cls, text: str) -> Lexicon:
        """Read what :meth:`to_json` wrote."""
        data = json.loads(text)
        entries = (
            Entry(name, category, tuple(special) if special else (), _guard_of(guard) if guard else None, field, generic)
            for name, category, special, guard, field, generic in data["entries"]
        )
        return cls(
            entries=tuple(entries),
            concepts=tuple(
                Concept(name, role, tuple(aspects), special, groups) for name, role, aspects, special, groups in data["concepts"]
            ),
            cues=tuple(Cue(need, leading) for need, leading in data["cues"]),
            entry_patterns=tuple(zip(_split(data["entry_patterns"]), data["entry_of"], strict=True)),
            concept_patterns=tuple(zip(_split(data["concept_patterns"]), data["concept_of"], data["concept_group"], strict=True)),
            cue_patterns=tuple(zip(_split(data["cue_patterns"]), data["cue_of"], strict=True)),
        )

    def to_json(self) -> str:
        """Return the compiled lexicon as JSON, one row a line, the same bytes for the same lexicon."""
        rows: dict[str, list[Any]] = {
            "entries": [
                [*entry._replace(guard=asdict(entry.guard) if entry.guard else None)]  # type: ignore[arg-type]
                for entry in self.entries
            ],
            "concepts": [list(concept) for concept in self.concepts],
            "cues": [list(cue) for cue in self.cues],
        }
        parts = [
            f'"{key}": [\n' + ",\n".join(json.dumps(row, ensure_ascii=False) for row in value) + "\n]"
            for key, value in rows.items()
        ]
        # Patterns as one string each: a tenth of the time of parsing a list of them.
        columns: dict[str, Any] = {
            "entry_patterns": "\n".join(pattern.decode() for pattern, _ in self.entry_patterns),
            "entry_of": [index for _, index in self.entry_patterns],
            "concept_patterns": "\n".join(pattern.decode() for pattern, _, _ in self.concept_patterns),
            "concept_of": [index for _, index, _ in self.concept_patterns],
            "concept_group": [group for _, _, group in self.concept_patterns],
            "cue_patterns": "\n".join(pattern.decode() for pattern, _ in self.cue_patterns),
            "cue_of": [index for _, index in self.cue_patterns],
        }
        parts += [f'"{key}": {json.dumps(value)}' for key, value in columns.items()]
        return "{\n" + ",\n".join(parts) + "\n}\n"

    @cached_property
    def patterns(self) -> tuple[bytes, ...]:
        """All patterns, each once, in a fixed order."""
        every = [p for p, _ in self.entry_patterns] + [p for p, _, _ in self.concept_patterns] + [p for p, _ in self.cue_patterns]
        return tuple(dict.fromkeys(every))

    @cached_property
    def matcher(self) -> PhraseMatcher:
        """A matcher of this lexicon's patterns alone."""
        return PhraseMatcher(self.patterns)


def _split(patterns: str) -> list[bytes]:
    return patterns.encode().split(b"\n") if patterns else []


def _guard_of(data: dict[str, Any]) -> Guard:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    return Guard(**fields)


def plural(form: str) -> str | None:
    """Return the plain plural of a normalised form, or None where it has none.

    Examples
    --------
    >>> plural("data pipeline"), plural("c++"), plural("graph library"), plural("aws")
    ('data pipelines', None, 'graph libraries', None)
    """
    last = form.rsplit(" ", 1)[-1]
    if len(last) < 3 or not last.isalpha() or last.endswith("s"):
        return None
    if last.endswith("y") and last[-2] not in "aeiou":
        return form[:-1] + "ies"
    return form + "s"


class _Reader:
    """Collects the TOML files into one lexicon and says where they are wrong."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.concepts: list[Concept] = []
        self.cues: list[Cue] = []
        self.entry_patterns: dict[bytes, int] = {}
        self.concept_patterns: dict[tuple[bytes, int, int], None] = {}
        self.cue_patterns: list[tuple[bytes, int]] = []
        self.forms: dict[str, str] = {}

    def read(self, paths: list[Path]) -> Lexicon:
        for path in paths:
            try:
                data = tomllib.loads(path.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise InvalidLexiconError(f"{path}: {error}") from error
            for key, value in data.items():
                if key == "skills":
                    self.skills(path, str(data.get("category", "")), value)
                elif key == SOFT:
                    self.soft(path, value)
                elif key == "concepts":
                    self.concepts_(path, value)
                elif key == "cues":
                    self.cues_(value)
                elif key != "category":
                    raise InvalidLexiconError(f"{path}: unknown key {key!r}; expected category, skills, {SOFT}, concepts or cues")
        self.plurals()
        return Lexicon(
            entries=tuple(self.entries),
            concepts=tuple(self.concepts),
            cues=tuple(self.cues),
            entry_patterns=tuple(self.entry_patterns.items()),
            concept_patterns=tuple(self.concept_patterns),
            cue_patterns=tuple(self.cue_patterns),
        )

    def skills(self, path: Path, category: str, table: dict[str, Any]) -> None:
        if not category:
            raise InvalidLexiconError(f'{path}: no category; put category = "…" above [skills]')
        for name, value in table.items():
            options = value if isinstance(value, dict) else {"aliases": value}
            unknown = set(options) - {"aliases", "guard", "specialization", *FLAGS}
            if unknown:
                raise InvalidLexiconError(f"{path}: {name!r} has unknown keys {sorted(unknown)}")
            special = options.get("specialization", [])
            special = [special] if isinstance(special, str) else special
            forms = [name, *options.get("aliases", [])]
            guard = self.guard(path, name, options.get("guard"))
            entry = Entry(name, category, tuple(special), guard, *(bool(options.get(flag)) for flag in FLAGS))
            self.entries.append(entry)
            for form in forms:
                words = normalize_phrase(form)
                if not words:
                    raise InvalidLexiconError(f"{path}: {name!r} has an empty form {form!r}")
                if self.forms.setdefault(words, name) != name:
                    raise InvalidLexiconError(f"{path}: {form!r} belongs to {self.forms[words]!r} and to {name!r}")
                self.entry_patterns.setdefault(f" {words} ".encode(), len(self.entries) - 1)

    def plurals(self) -> None:
        """Add plain plurals; last, so that a form of its own wins over the plural of another."""
        for pattern, index in list(self.entry_patterns.items()):
            more = plural(pattern.decode()[1:-1]) if self.entries[index].category != SOFT else None
            if more:
                self.entry_patterns.setdefault(f" {more} ".encode(), index)

    def guard(self, path: Path, name: str, options: dict[str, Any] | None) -> Guard | None:
        if options is None:
            return None
        unknown = set(options) - {"forms", "case", "near", "not_next", "not_previous"}
        if unknown:
            raise InvalidLexiconError(f"{path}: the guard of {name!r} has unknown keys {sorted(unknown)}")
        written = tuple(options.get("forms", [name]))
        near = options.get("near")
        forms = list(dict.fromkeys(normalize_phrase(form) for form in written))
        # Plurals are guarded like their singulars; only those of abbreviations ("LLMs") may be written with a small s.
        forms += [more for form in forms if (more := plural(form))]
        written += tuple(f"{form}s" for form in written if form.isupper())
        return Guard(
            forms=tuple(forms),
            written=written if options.get("case") else (),
            near_skill=near == "skill",
            near=tuple(normalize_phrase(word) for word in near) if isinstance(near, list) else (),
            not_next=tuple(normalize_phrase(word) for word in options.get("not_next", ())),
            not_previous=tuple(normalize_phrase(word) for word in options.get("not_previous", ())),
        )

    def soft(self, path: Path, table: dict[str, Any]) -> None:
        for name, options in table.items():
            self.entries.append(Entry(name, SOFT))
            for phrase in options.get("phrases", ()):
                if not normalize_phrase(phrase):
                    raise InvalidLexiconError(f"{path}: {name!r} has an empty phrase")
                for pattern in expand(phrase):
                    self.entry_patterns.setdefault(pattern, len(self.entries) - 1)

    def concepts_(self, path: Path, table: dict[str, Any]) -> None:
        for name, options in table.items():
            unknown = set(options) - {"phrases", "together", "role", "aspects", "specialization"}
            if unknown:
                raise InvalidLexiconError(f"{path}: concept {name!r} has unknown keys {sorted(unknown)}")
            together = options.get("together", [])
            self.concepts.append(
                Concept(
                    name,
                    options.get("role"),
                    tuple(options.get("aspects", ())),
                    options.get("specialization"),
                    len(together),
                )
            )
            index = len(self.concepts) - 1
            for group, phrases in enumerate([options.get("phrases", []), *together], start=-1):
                for phrase in phrases:
                    for pattern in expand(phrase):
                        self.concept_patterns.setdefault((pattern, index, group))

    def cues_(self, table: dict[str, Any]) -> None:
        for need, options in table.items():
            for side, phrases in options.items():
                self.cues.append(Cue(need, side == "leading"))
                for phrase in phrases:
                    self.cue_patterns.extend((pattern, len(self.cues) - 1) for pattern in expand(phrase))
