"""The lexicon: hard skills, soft skills and concepts, written by hand in ``data/lexicon/*.toml``.

:meth:`Lexicon.from_folder` reads the TOML files (training); a model directory carries the same lexicon compiled
to ``lexicon.json``, patterns spelled out, which :meth:`Lexicon.from_json` reads in milliseconds.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from jobsort.errors import InvalidLexiconError
from jobsort.matching import PhraseMatcher, expand
from jobsort.text import normalize_phrase

if TYPE_CHECKING:
    from collections.abc import Sequence
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
        Pattern -> index of its entry; the entry's form is the pattern without spaces.
    concept_patterns
        Pattern, index of its concept and its group: -1 for a phrase that counts by itself, else the list it belongs to.
    cue_patterns
        Pattern and index of its cue.
    """

    entries: tuple[Entry, ...]
    concepts: tuple[Concept, ...]
    cues: tuple[Cue, ...]
    entry_patterns: dict[bytes, int] = field(repr=False, hash=False)
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
            entry_patterns=dict(zip(_split(data["entry_patterns"]), data["entry_of"], strict=True)),
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
            "entry_patterns": b"\n".join(self.entry_patterns).decode(),
            "entry_of": list(self.entry_patterns.values()),
            "concept_patterns": "\n".join(pattern.decode() for pattern, _, _ in self.concept_patterns),
            "concept_of": [index for _, index, _ in self.concept_patterns],
            "concept_group": [group for _, _, group in self.concept_patterns],
            "cue_patterns": "\n".join(pattern.decode() for pattern, _ in self.cue_patterns),
            "cue_of": [index for _, index in self.cue_patterns],
        }
        parts += [f'"{key}": {json.dumps(value)}' for key, value in columns.items()]
        return "{\n" + ",\n".join(parts) + "\n}\n"

    def extended(self, path: Path) -> Lexicon:
        """Return this lexicon with the skills of a user's TOML file added; see "Your own skills" in ``data/lexicon/README.md``.

        Concepts and cues stay as they are: they belong to the model that learnt from them.

        Raises
        ------
        InvalidLexiconError
            Where the file is missing or does not parse, names an unknown category, or a form twice; the message names the line.
        """
        extension = _Extension(self)
        extension.take(_Source.load(path))
        return extension.lexicon()

    def forms(self, index: int) -> list[str]:
        """Return the forms that an entry is found by, as they stand in normalised text; plain plurals are left out.

        Examples
        --------
        >>> from jobsort import Classifier
        >>> lexicon = Classifier.load().lexicon
        >>> lexicon.forms(lexicon.find("K8s")[0])[:3]
        ['kubernetes', 'k8s', 'k8']
        """
        forms = [pattern.decode().strip() for pattern in self._forms_of.get(index, ())]
        plurals = {plural(form) for form in forms}
        return [form for form in forms if form not in plurals]

    def find(self, name: str) -> list[int]:
        """Return the entries that go by a name or form, case and punctuation aside; empty where there are none."""
        words = normalize_phrase(name)
        found = [index for index, entry in enumerate(self.entries) if normalize_phrase(entry.name) == words]
        found += [index for pattern, index in self.entry_patterns.items() if words and pattern.decode().strip() == words]
        return list(dict.fromkeys(found))

    def look_up(self, names: Sequence[str] = (), *, category: str | None = None) -> tuple[list[int], list[str]]:
        """Return the entries that go by any of `names` (all where there are none), and the names that no entry goes by.

        Raises
        ------
        InvalidLexiconError
            Where no entry is of `category`.
        """
        categories = list(dict.fromkeys(entry.category for entry in self.entries))
        if category is not None and category not in categories:
            raise InvalidLexiconError(f"no skill is of category {category!r}; use one of {', '.join(categories)}")
        found = {name: self.find(name) for name in names}
        every = [index for indices in found.values() for index in indices] if names else range(len(self.entries))
        kept = [index for index in dict.fromkeys(every) if category in {None, self.entries[index].category}]
        return kept, [name for name, indices in found.items() if not indices]

    def similar(self, name: str, most: int = 5) -> list[str]:
        """Return the names of entries that are spelt much like `name`, the nearest first."""
        from difflib import get_close_matches

        names: dict[str, str] = {}
        for pattern, index in self.entry_patterns.items():
            names.setdefault(pattern.decode().strip(), self.entries[index].name)
        near = get_close_matches(normalize_phrase(name), names, n=3 * most, cutoff=0.8)
        return list(dict.fromkeys(names[form] for form in near))[:most]

    def describe(self, index: int) -> dict[str, Any]:
        """Return an entry as plain data: name, category, kind, forms, specializations, and when guarded forms count."""
        entry = self.entries[index]
        guard = {key: value for key, value in asdict(entry.guard).items() if value} if entry.guard else None
        return {
            "name": entry.name,
            "category": entry.category,
            "kind": entry.kind,
            "forms": self.forms(index),
            "specializations": list(entry.specializations),
            "guard": guard,
            "field": entry.field,
            "generic": entry.generic,
        }

    @cached_property
    def specializations_of(self) -> dict[str, tuple[str, ...]]:
        """Skill -> the specialisations it speaks for, where there are any."""
        return {entry.name: entry.specializations for entry in self.entries if entry.specializations}

    @cached_property
    def _forms_of(self) -> dict[int, list[bytes]]:
        forms: dict[int, list[bytes]] = {}
        for pattern, index in self.entry_patterns.items():
            forms.setdefault(index, []).append(pattern)
        return forms

    @property
    def patterns(self) -> list[bytes]:
        """All patterns, in a fixed order; some may come twice."""
        return [*self.entry_patterns, *(pattern for pattern, _, _ in self.concept_patterns), *(p for p, _ in self.cue_patterns)]

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


class _Source(NamedTuple):
    """A TOML file of the lexicon, and where in it a name stands."""

    path: Path
    lines: list[str]
    data: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> _Source:
        import tomllib

        try:
            text = path.read_text(encoding="utf-8-sig")
            return cls(path, text.splitlines(), tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise InvalidLexiconError(f"{path}: {error}") from error
        except UnicodeDecodeError as error:
            raise InvalidLexiconError(f"{path} is not UTF-8: {error}") from error
        except OSError as error:
            raise InvalidLexiconError(f"cannot read the lexicon {path}: {error.strerror or error}") from error

    def at(self, name: str) -> str:
        """Return the file and the line that begins with a key of this name, or has it in a table's header."""
        for number, line in enumerate(self.lines, 1):
            key, sign, _ = line.partition("=")
            words = [key] if sign else line.strip().strip("[]").split(".")
            if name in (word.strip().strip("\"'") for word in words):
                return f"{self.path}, line {number}"
        return str(self.path)


_SKILL_KEYS = frozenset({"aliases", "guard", "specialization", *FLAGS})


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
        self.name = ""  # what is being read, for messages

    def read(self, paths: list[Path]) -> Lexicon:
        for path in paths:
            self.take(_Source.load(path))
        self.plurals()
        return Lexicon(
            entries=tuple(self.entries),
            concepts=tuple(self.concepts),
            cues=tuple(self.cues),
            entry_patterns=dict(self.entry_patterns),
            concept_patterns=tuple(self.concept_patterns),
            cue_patterns=tuple(self.cue_patterns),
        )

    def take(self, source: _Source) -> None:
        """Take in one file; what is there but of the wrong shape (a number for a list) is named by its line, too."""
        parts = {"skills": self.skills, SOFT: self.soft, "concepts": self.concepts_, "cues": self.cues_}
        for key, value in source.data.items():
            self.name = key
            if key == "category":
                continue
            if key not in parts:
                raise InvalidLexiconError(f"{source.at(key)}: unknown key {key!r}; expected category, {', '.join(parts)}")
            try:
                parts[key](source, value)
            except (TypeError, AttributeError) as error:
                raise InvalidLexiconError(
                    f"{source.at(self.name)}: {self.name!r} is not written as data/lexicon/README.md has it ({error})"
                ) from error

    def skills(self, source: _Source, table: dict[str, Any]) -> None:
        category = str(source.data.get("category", ""))
        if not category:
            raise InvalidLexiconError(f'{source.at("skills")}: no category; put category = "…" above [skills]')
        for name, value in table.items():
            self.name = name
            options = self.options(source, name, value, _SKILL_KEYS)
            guard = self.guard(source, name, options.get("guard"))
            special = _names(options.get("specialization", ()))
            self.entries.append(Entry(name, category, special, guard, *(bool(options.get(flag)) for flag in FLAGS)))
            for words in self.words(source, name, options):
                self.entry_patterns.setdefault(_pattern(words), len(self.entries) - 1)

    def options(self, source: _Source, name: str, value: Any, known: frozenset[str]) -> dict[str, Any]:  # noqa: ANN401
        """Return what is said of a skill as a table; a bare list is its aliases."""
        options = value if isinstance(value, dict) else {"aliases": value}
        unknown = set(options) - known
        if unknown:
            raise InvalidLexiconError(f"{source.at(name)}: {name!r} has unknown keys {sorted(unknown)}; known are {sorted(known)}")
        aliases = options.get("aliases", [])
        if not isinstance(aliases, list) or not all(isinstance(alias, str) for alias in aliases):
            raise InvalidLexiconError(f'{source.at(name)}: the aliases of {name!r} must be a list of names, like ["{name} 2"]')
        return options

    def words(self, source: _Source, name: str, options: dict[str, Any]) -> list[str]:
        """Return the normalised forms of a skill, each claimed for it."""
        found = []
        for form in (name, *options.get("aliases", ())):
            words = normalize_phrase(form)
            if not words:
                raise InvalidLexiconError(f"{source.at(name)}: {name!r} has an empty form {form!r}")
            if self.forms.setdefault(words, name) != name:
                raise InvalidLexiconError(f"{source.at(name)}: {form!r} belongs to {self.forms[words]!r} and to {name!r}")
            found.append(words)
        return found

    def plurals(self) -> None:
        """Add plain plurals; last, so that a form of its own wins over the plural of another."""
        for pattern, index in list(self.entry_patterns.items()):
            more = plural(pattern.decode()[1:-1]) if self.entries[index].category != SOFT else None
            if more:
                self.entry_patterns.setdefault(_pattern(more), index)

    def guard(self, source: _Source, name: str, options: dict[str, Any] | None) -> Guard | None:
        if options is None:
            return None
        unknown = set(options) - {"forms", "case", "near", "not_next", "not_previous"}
        if unknown:
            raise InvalidLexiconError(f"{source.at(name)}: the guard of {name!r} has unknown keys {sorted(unknown)}")
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

    def soft(self, source: _Source, table: dict[str, Any]) -> None:
        for name, options in table.items():
            self.name = name
            self.entries.append(Entry(name, SOFT))
            for pattern in self.phrases(source, name, options):
                self.entry_patterns.setdefault(pattern, len(self.entries) - 1)

    def phrases(self, source: _Source, name: str, options: dict[str, Any]) -> list[bytes]:
        """Return the patterns of a soft skill's phrases."""
        unknown = set(options) - {"phrases"}
        if unknown:
            raise InvalidLexiconError(f"{source.at(name)}: {name!r} has unknown keys {sorted(unknown)}; known are ['phrases']")
        if not all(normalize_phrase(phrase) for phrase in options.get("phrases", ())):
            raise InvalidLexiconError(f"{source.at(name)}: {name!r} has an empty phrase")
        return [pattern for phrase in options.get("phrases", ()) for pattern in expand(phrase)]

    def concepts_(self, source: _Source, table: dict[str, Any]) -> None:
        for name, options in table.items():
            self.name = name
            unknown = set(options) - {"phrases", "together", "role", "aspects", "specialization"}
            if unknown:
                raise InvalidLexiconError(f"{source.at(name)}: concept {name!r} has unknown keys {sorted(unknown)}")
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

    def cues_(self, source: _Source, table: dict[str, Any]) -> None:
        for need, options in table.items():
            self.name = need
            for side, phrases in options.items():
                if side not in {"leading", "trailing"}:
                    raise InvalidLexiconError(f"{source.at(side)}: a cue is leading or trailing, not {side!r}")
                self.cues.append(Cue(need, side == "leading"))
                for phrase in phrases:
                    self.cue_patterns.extend((pattern, len(self.cues) - 1) for pattern in expand(phrase))


class _Extension(_Reader):
    """A user's skills on top of a lexicon: theirs win, entry by entry and form by form."""

    def __init__(self, base: Lexicon) -> None:
        super().__init__()
        self.base = base
        self.entries = list(base.entries)
        self.entry_patterns = dict(base.entry_patterns)
        self.places = {entry.name: index for index, entry in enumerate(base.entries)}

    def lexicon(self) -> Lexicon:
        return replace(self.base, entries=tuple(self.entries), entry_patterns=dict(self.entry_patterns))

    def concepts_(self, source: _Source, table: dict[str, Any]) -> None:  # noqa: ARG002
        raise InvalidLexiconError(
            f"{source.at(self.name)}: {self.name} belong to the model that learnt from them; train one with jobsort train"
        )

    cues_ = concepts_

    def skills(self, source: _Source, table: dict[str, Any]) -> None:
        categories = sorted({entry.category for entry in self.base.entries} - {SOFT})
        fields = sorted({name for entry in self.base.entries for name in entry.specializations})
        for name, value in table.items():
            self.name = name
            known = self.places.get(name)
            if value is False:
                known = known if known is not None else next(iter(self.base.find(name)), None)
                if known is None:
                    raise InvalidLexiconError(f"{source.at(name)}: there is no skill {name!r} to leave out")
                self.forget(known)
                continue
            options = self.options(source, name, value, _SKILL_KEYS | {"category", "replace"})
            old = self.base.entries[known] if known is not None else None
            category = str(options.get("category") or (old.category if old else source.data.get("category", "")))
            if category not in categories:
                said = f"unknown category {category!r}" if category else "no category"
                raise InvalidLexiconError(f"{source.at(name)}: {name!r} has {said}; use one of {', '.join(categories)}")
            special = _names(options.get("specialization", old.specializations if old else ()))
            if not set(special) <= set(fields):
                raise InvalidLexiconError(
                    f"{source.at(name)}: {name!r} has an unknown specialization; use one of {', '.join(fields)}"
                )
            guard = self.guard(source, name, options.get("guard")) or (old.guard if old else None)
            flags = (bool(options.get(flag, getattr(old, flag, False))) for flag in FLAGS)
            entry = Entry(name, category, special, guard, *flags)
            if known is None:
                known = len(self.entries)
                self.entries.append(entry)
            else:
                self.entries[known] = entry
            if options.get("replace"):
                self.forget(known)
            for words in self.words(source, name, options):
                self.entry_patterns[_pattern(words)] = known
                more = plural(words)
                if more:
                    self.entry_patterns.setdefault(_pattern(more), known)

    def soft(self, source: _Source, table: dict[str, Any]) -> None:
        for name, options in table.items():
            self.name = name
            known = self.places.get(name)
            if known is None or self.base.entries[known].category != SOFT:
                names = ", ".join(entry.name for entry in self.base.entries if entry.category == SOFT)
                raise InvalidLexiconError(f"{source.at(name)}: {name!r} is no soft skill; use one of {names}")
            for pattern in self.phrases(source, name, options):
                self.entry_patterns[pattern] = known

    def forget(self, index: int) -> None:
        for pattern in [pattern for pattern, of in self.entry_patterns.items() if of == index]:
            del self.entry_patterns[pattern]


def _pattern(words: str) -> bytes:
    return f" {words} ".encode()


def _names(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
