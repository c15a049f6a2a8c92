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
    from collections.abc import Iterable

    from jobsort.classifier import Explanation
    from jobsort.evaluation import Figures
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


def render_reading(reading: Reading, explanation: Explanation | None = None) -> RenderableType:
    """Return one reading as a page of text: role, level, facts, skills, the comparison table, the words that decided."""
    parts: list[RenderableType] = [_headline(reading)]
    if reading.error is not None:
        return Group(*parts, Text(f"not read: {reading.error}", style="red"))
    parts += [_roles(reading), _facts(reading), *_skills(reading), _aspects(reading)]
    if reading.evidence:
        parts.append(_evidence(reading))
    if explanation is not None:
        parts.append(_explanation(explanation))
    parts += [Text(f"note: {warning}", style="yellow") for warning in reading.warnings]
    return Group(*(Padding(part, (0, 0, 1, 0)) for part in parts))


def print_readings(readings: Iterable[tuple[Reading, Explanation | None]], console: Console) -> None:
    """Print pages to `console`, with a rule between them."""
    for place, (reading, explanation) in enumerate(readings):
        if place:
            console.rule(style="dim")
        console.print(render_reading(reading, explanation))


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
    if reading.specializations:
        names = (_documents()["specializations"].get(name, {}).get("name", name) for name in reading.specializations)
        table.add_row(Text("Fields", style="dim"), Text(", ".join(names)))
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


def _skills(reading: Reading) -> list[RenderableType]:
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
    soft = [skill.name.replace("_", " ") for skill in reading.skills if skill.kind == "soft"]
    if soft:
        found.append(Text.assemble(("Soft skills  ", "dim"), ", ".join(soft)))
    return found


def _names(skills: list[Skill], category: str, need: str) -> Text:
    return Text(", ".join(skill.name for skill in skills if skill.category == category and skill.need == need))


def _aspects(reading: Reading) -> RenderableType:
    documents = _documents()
    table = Table(
        title="The posting against the role comparison table",
        title_justify="left",
        title_style="dim",
        show_edge=False,
        padding=(0, 1),
    )
    table.add_column("", style="dim")
    table.add_column("speaks for", no_wrap=True)
    table.add_column("in its own words", overflow="fold")
    for key, row in documents["comparison"].items():
        aspect = reading.aspects.get(key)
        if aspect is None:
            table.add_row(row["name"], Text("–", style="dim"), "")
            continue
        colour = _COLOURS.get(aspect.role, "blue")
        table.add_row(row["name"], Text(role_name(aspect.role), style=colour), Text(f"“{_short(aspect.text, 2 * _QUOTE)}”"))
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
