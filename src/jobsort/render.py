"""Readings for people: a page in the terminal, made with rich."""

from __future__ import annotations

import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jobsort.paths import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jobsort.classifier import Explanation
    from jobsort.evaluation import Figures
    from jobsort.skills import MixDifference
    from jobsort.types import Reading, Salary, Skill

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "INR": "₹"}
_COLOURS = {"ml_engineer": "cyan", "data_scientist": "magenta", "ai_engineer": "green", "other": "yellow"}
_PLAIN: dict[str, Any] = {
    "title_justify": "left",
    "title_style": "dim",
    "show_edge": False,
    "box": None,
    "padding": (0, 2, 0, 0),
}
_BAR = 24
_QUOTE = 110


@cache
def _documents() -> dict[str, Any]:
    return tomllib.loads((data_folder() / "documents.toml").read_text(encoding="utf-8"))


@cache
def _groups() -> dict[str, Any]:
    groups: dict[str, Any] = tomllib.loads((data_folder() / "occupations.toml").read_text(encoding="utf-8"))["groups"]
    return groups


def role_name(role: str) -> str:
    """Return a role as people say it.

    Examples
    --------
    >>> role_name("ml_engineer"), role_name("other"), role_name("web_developer")
    ('ML engineer', 'none of the three', 'web developer')
    """
    if role == "other":
        return "none of the three"
    known = _documents()["roles"].get(role)
    return known["name"] if known else role.replace("_", " ")


def render_reading(reading: Reading, explanation: Explanation | None = None, mix: Sequence[MixDifference] = ()) -> RenderableType:
    """Return one reading as a page of text: role, level, facts, skills, the comparison table, the words that decided.

    `mix` says where the skill mix is not that of the role, as :meth:`~jobsort.classifier.Classifier.compare_mix` returns it.
    """
    parts: list[RenderableType] = [_headline(reading)]
    if reading.error is not None:
        return Group(*parts, Text(f"not read: {reading.error}", style="red"))
    parts += [_roles(reading), _facts(reading), *_skills(reading, mix), _aspects(reading)]
    if reading.evidence:
        parts.append(_evidence(reading))
    if explanation is not None:
        parts.append(_explanation(explanation))
    parts += [Text(f"note: {warning}", style="yellow") for warning in reading.warnings]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def print_readings(readings: Iterable[tuple[Reading, Explanation | None, Sequence[MixDifference]]], console: Console) -> None:
    """Print pages to `console`, with a rule between them."""
    for place, page in enumerate(readings):
        if place:
            console.rule(style="dim")
        console.print(render_reading(*page))


def _headline(reading: Reading) -> Text:
    # Text, never markup: a title like "Engineer [remote]" must come out whole.
    line = Text(reading.title or "(no title)", style="bold")
    for place in (reading.company, reading.location):
        if place:
            line.append(f"  ·  {place}", style="not bold dim")
    return line


def _roles(reading: Reading) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for role, probability in sorted(reading.probabilities.items(), key=lambda item: -item[1]):
        chosen = role == reading.role
        style = f"bold {_COLOURS.get(role, 'blue')}" if chosen else "dim"
        bar = "█" * round(probability * _BAR)
        table.add_row(
            Text("➤" if chosen else " ", style=style),
            Text(role_name(role), style=style),
            Text(f"{probability:4.0%}", style=style),
            Text(bar.ljust(_BAR, "·"), style=style),
        )
    notes: list[Text] = []
    if reading.adjacent is not None:
        group = _groups().get(reading.adjacent.role, {}).get("name", reading.adjacent.role.replace("_", " "))
        notes.append(Text(f"reads like: {group} ({reading.adjacent.confidence:.0%})"))
    if reading.title_mismatch and reading.title_role:
        notes.append(Text(f"the title says {role_name(reading.title_role)}, the duties do not", style="bold yellow"))
    return Group(table, *notes)


def _facts(reading: Reading) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    words = "; ".join(f"“{_short(item.text, 60)}” ({item.source})" for item in reading.seniority_evidence[:3])
    level = f"{reading.seniority}  {reading.seniority_confidence:.0%}" if reading.seniority else "–"
    table.add_row(Text("Seniority", style="dim"), Text(level, style="bold"), Text(words, style="dim"))
    years = "–" if reading.years_min is None else f"{reading.years_min}+"
    table.add_row(Text("Years", style="dim"), Text(years))
    table.add_row(Text("Degree", style="dim"), Text(str(reading.degree_min or "–")))
    table.add_row(Text("Pay", style="dim"), Text(pay(reading.salary)))
    for place, name in enumerate(reading.specializations):
        shown = _documents()["specializations"].get(name, {}).get("name", name)
        phrases = [item.text for item in reading.specialization_evidence if item.specialization == name]
        said = "; ".join(f"“{_short(phrase, 60)}”" for phrase in phrases)
        table.add_row(Text("" if place else "Fields", style="dim"), Text(shown), Text(said, style="dim"))
    return table


def pay(salary: Salary | None) -> str:
    """Return pay as people write it.

    Examples
    --------
    >>> from jobsort.types import Salary
    >>> pay(Salary(120000, 150000, "USD", "year")), pay(Salary(45.5, 45.5, "EUR", "hour")), pay(None)
    ('$120,000 – $150,000 a year', '€45.50 an hour', '–')
    """
    if salary is None:
        return "–"
    symbol = _SYMBOLS.get(salary.currency, salary.currency + " ")
    ends = [
        f"{symbol}{end:,.0f}" if float(end).is_integer() else f"{symbol}{end:,.2f}"
        for end in (salary.min, salary.max)
        if end is not None
    ]
    amount = " – ".join(dict.fromkeys(ends))
    return f"{amount} {'an' if salary.period == 'hour' else 'a'} {salary.period}"


def _skills(reading: Reading, mix: Sequence[MixDifference]) -> list[RenderableType]:
    table = Table(title="Skills", title_justify="left", title_style="dim", show_edge=False, box=None, padding=(0, 2, 0, 0))
    for heading in ("", "required", "preferred", "mentioned"):
        table.add_column(
            heading,
            style="dim" if not heading else None,
            header_style="dim",
            overflow="fold",
            ratio=None if not heading else 1,
        )
    names = _documents()["skills"]
    hard = [skill for skill in reading.skills if skill.kind == "hard"]
    for category, share in reading.skill_mix.items():
        label = f"{names.get(category, {}).get('name', category.replace('_', ' '))} {share:.0%}"
        table.add_row(label, *(_names(hard, category, need) for need in ("required", "preferred", "mentioned")))
    found: list[RenderableType] = [table] if reading.skill_mix else []
    more = [item for item in mix if item.share > item.typical][:2]
    less = [item for item in mix if item.share < item.typical][:2]
    if reading.role in _documents()["roles"] and (more or less):
        said = [f"{word} {_categories(items)}" for word, items in (("more", more), ("less", less)) if items]
        found.append(Text(f"Has {' and '.join(said)} than most {role_name(str(reading.role))} postings", style="italic"))
    soft = [skill.name.replace("_", " ") for skill in reading.skills if skill.kind == "soft"]
    if soft:
        found.append(Text.assemble(("Soft skills  ", "dim"), ", ".join(soft)))
    return found


def _categories(differences: Sequence[MixDifference]) -> str:
    names = _documents()["skills"]
    return ", ".join(
        f"{names.get(item.category, {}).get('name', item.category)} ({item.share:.0%}, typically {item.typical:.0%})"
        for item in differences
    )


def _names(skills: list[Skill], category: str, need: str) -> Text:
    return Text(", ".join(skill.name for skill in skills if skill.category == category and skill.need == need))


def _aspects(reading: Reading) -> RenderableType:
    """The documents' table, the cell that the posting speaks for in colour, and the posting's own words as a column more."""
    documents = _documents()
    table = Table(title="The role comparison table, with this posting", **_PLAIN | {"padding": (0, 2, 1, 0)}, expand=True)
    table.add_column("", style="dim", width=8)
    for role in documents["roles"]:
        table.add_column(Text(role_name(role), style=_COLOURS[role] if role == reading.role else "dim"), min_width=16, ratio=4)
    table.add_column("this posting", ratio=9)
    for key, row in documents["comparison"].items():
        aspect = reading.aspects.get(key)
        spoken = aspect.role if aspect else None
        cells = [Text(row[role], style=f"bold {_COLOURS[role]}" if role == spoken else "dim") for role in documents["roles"]]
        words = (
            Text(f"“{_short(aspect.text, 2 * _QUOTE)}”", style=_COLOURS.get(aspect.role, "blue"))
            if aspect
            else Text("–", style="dim")
        )
        if aspect:
            words = Text.assemble((f"{role_name(aspect.role)}: ", "dim"), words)
        table.add_row(row["name"], *cells, words)
    return table


def _evidence(reading: Reading) -> RenderableType:
    line = Text("Decided by  ", style="dim")
    for place, item in enumerate(reading.evidence):
        line.append("" if not place else "  ")
        line.append(f"“{_short(item.text, 60)}”", style="bold")
        line.append(f" {item.weight:+.2f}", style="dim")
    return line


def _explanation(explanation: Explanation) -> RenderableType:
    table = Table(
        title=f"Why {role_name(explanation.role)}: score {explanation.score:+.3f}"
        f" = intercept {explanation.intercept:+.3f} + contributions",
        title_justify="left",
        title_style="dim",
        show_edge=False,
        box=None,
        padding=(0, 2, 0, 0),
    )
    table.add_column("feature")
    table.add_column("value", justify="right")
    table.add_column("contribution", justify="right")
    shown = explanation.contributions[:20]
    for item in shown:
        table.add_row(Text(item.feature), f"{item.value:.3f}", f"{item.contribution:+.3f}")
    rest = explanation.contributions[20:]
    if rest:
        table.add_row(Text(f"{len(rest)} more features", style="dim"), "", f"{sum(item.contribution for item in rest):+.3f}")
    return table


def render_skill_list(skills: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Return all skills by category, the names alone."""
    known = _documents()["skills"]
    by_category: dict[str, list[str]] = {}
    for skill in skills:
        by_category.setdefault(skill["category"], []).append(skill["name"])
    parts: list[RenderableType] = []
    for category, names in by_category.items():
        heading = known.get(category, {}).get("name", category.replace("_", " "))
        parts.append(Text.assemble((heading, "bold"), (f"  {category}, {len(names):,}", "dim")))
        parts.append(Padding(Text(", ".join(sorted(names, key=str.lower))), (0, 0, 1, 2)))
    return Group(*parts)


def render_skills(skills: Sequence[Mapping[str, Any]]) -> RenderableType:
    """Return how each of some skills is found."""
    return Group(*(Padding(_skill(skill), (0, 0, 1, 0)) for skill in skills))


def _skill(skill: Mapping[str, Any]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_row(Text("category", style="dim"), Text(skill["category"]))
    table.add_row(Text("found by", style="dim"), Text(", ".join(skill["forms"]) or "nothing: it was left out"))
    if skill["specializations"]:
        table.add_row(Text("speaks for", style="dim"), Text(", ".join(skill["specializations"])))
    guard = skill["guard"]
    if guard:
        table.add_row(Text("guarded", style="dim"), Text(", ".join(guard["forms"]) + ": " + "; ".join(_conditions(guard))))
    if skill["field"]:
        table.add_row(Text("field", style="dim"), Text("does not count in the name of a role or team"))
    if skill["generic"]:
        table.add_row(Text("general", style="dim"), Text("counts only where it is asked for and nothing closer is named"))
    return Group(Text(skill["name"], style="bold"), Padding(table, (0, 0, 0, 2)))


def _conditions(guard: Mapping[str, Any]) -> Iterator[str]:
    if guard.get("written"):
        yield f"only written {', '.join(guard['written'])}"
    if guard.get("near_skill"):
        yield "another hard skill must stand nearby"
    if guard.get("near"):
        yield f"in the sentence must stand {' or '.join(guard['near'])}"
    if guard.get("not_next"):
        yield f"not before {', '.join(guard['not_next'])}"
    if guard.get("not_previous"):
        yield f"not after {', '.join(guard['not_previous'])}"


def _short(text: str, length: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def render_figures(figures: Figures) -> RenderableType:
    """Return the figures of an evaluation: the whole, each role, the confusion matrix, the calibration."""
    whole = Table.grid(padding=(0, 2))
    for label, value in (
        ("postings", f"{figures.postings:,}"),
        ("accuracy", _share(figures.accuracy)),
        ("macro-F1", _share(figures.macro_f1)),
        ("label or defensible second", _share(figures.acceptable)),
        ("accuracy inside the roles", _share(figures.in_scope_accuracy)),
        ("in-scope AUROC", _share(figures.in_scope_auroc)),
        ("calibration error", _share(figures.calibration_error)),
        ("log loss", _share(figures.log_loss)),
        ("seniority accuracy", _share(figures.seniority_accuracy)),
    ):
        whole.add_row(Text(label, style="dim"), value)
    roles = Table("role", "precision", "recall", "F1", "postings", title="By role", **_PLAIN)
    for name, role in figures.roles.items():
        roles.add_row(name, *map(_share, (role.precision, role.recall, role.f1)), f"{role.postings:,}")
    confusion = Table("label", *figures.roles, title="Confusion (rows: labels, columns: predictions)", **_PLAIN)
    for name, row in zip(figures.roles, figures.confusion, strict=True):
        confusion.add_row(name, *map(str, row))
    bins = Table("claimed", "right", "postings", title="Calibration (by confidence)", **_PLAIN)
    for entry in figures.reliability:
        bins.add_row(_share(entry.confidence), _share(entry.accuracy), f"{entry.postings:,}")
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in (whole, roles, confusion, bins)))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
