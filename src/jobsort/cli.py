"""The command line: thin, over the public API. Data on stdout, all else on stderr."""

from __future__ import annotations

import gc
import json
import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from jobsort._version import __version__
from jobsort.errors import InvalidOutputError, JobsortError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jobsort.classifier import Classifier, Explanation
    from jobsort.skills import MixDifference
    from jobsort.types import Posting, Reading

DONE, NOT_READ, USAGE, INTERRUPTED = 0, 1, 2, 130


class _Commands(click.Group):
    """Turns the errors that jobsort raises on purpose into a message and an exit code; never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401
        try:
            return super().invoke(ctx)
        except JobsortError as error:
            click.echo(f"jobsort: {error}", err=True)
            ctx.exit(USAGE if isinstance(error, InvalidOutputError) else NOT_READ)
        except (KeyboardInterrupt, click.Abort):
            click.echo("jobsort: interrupted", err=True)
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            # The reader of a pipe went away (| head): nothing is wrong.
            sys.stderr.close()
            ctx.exit(DONE)
        except OSError as error:
            click.echo(f"jobsort: cannot go on: {error.strerror or error}", err=True)
            ctx.exit(NOT_READ)


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    from jobsort.classifier import Classifier

    try:
        click.echo(f"jobsort {__version__}, model {Classifier.load().name}")
    except JobsortError as error:
        click.echo(f"jobsort: {error}", err=True)
        ctx.exit(NOT_READ)
    ctx.exit()


def model_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--model`` to a command."""
    return click.option(
        "--model",
        metavar="DIR",
        envvar="JOBSORT_MODEL",
        show_envvar=True,
        help="Model directory, or the name of a shipped model.  [default: default]",
    )(command)


def format_option(*kinds: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--format`` with these choices to a command; the first is the default."""
    return click.option(
        "--format", "output_format", type=click.Choice(kinds), default=kinds[0], show_default=True, help="How to print."
    )


def lexicon_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--lexicon`` to a command."""
    return click.option("--lexicon", metavar="TOML", help="File with skills of your own, beside or instead of the model's.")(
        command
    )


def column_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which column holds what."""
    for name, what in (
        ("location", "the place"),
        ("company", "the employer"),
        ("title", "the title"),
        ("text", "the posting's text"),
    ):
        command = click.option(f"--{name}-column", metavar="NAME", help=f"Column that holds {what}.")(command)
    return command


def _columns(options: dict[str, str | None]) -> dict[str, str]:
    return {name.removesuffix("_column"): value for name, value in options.items() if value}


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show package and model.")
def main() -> None:
    """Read job postings: ML engineer, data scientist, AI engineer or none of them; how senior; which skills; and why."""
    # Loading a model makes many small objects that stay: looking for garbage among them would take a tenth of a short run.
    gc.set_threshold(200_000, 20, 20)


@main.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@format_option("table", "json", "jsonl")
@click.option("--explain", is_flag=True, help="Say what each feature adds to the score; records carry the cleaned text.")
@lexicon_option
@model_option
def classify(sources: tuple[str, ...], output_format: str, explain: bool, model: str | None, lexicon: str | None) -> None:
    """Read postings from SOURCE: a text or HTML file, a table, a job board's JSON, or - for stdin (the default)."""
    from jobsort.classifier import Classifier

    classifier = Classifier.load(model, lexicon=lexicon)
    failures: list[str] = []
    found = _read_sources(sources or ("-",), failures)
    if output_format == "table":
        _print_tables(classifier, found, explain=explain)
    else:
        _print_json(classifier, found, explain=explain, lines=output_format == "jsonl")
    for failure in failures:
        click.echo(f"jobsort: {failure}", err=True)
    if failures:
        sys.exit(NOT_READ)


def _read_sources(sources: tuple[str, ...], failures: list[str]) -> Iterator[Posting]:
    """Yield what can be read and note what cannot; one bad source does not stop the others."""
    from jobsort.readers import read_bytes, read_source
    from jobsort.readers.files import table_suffix

    for source in sources:
        try:
            if source == "-":
                yield from read_bytes(sys.stdin.buffer.read())
            elif (table_suffix(source) or ".json").startswith(".json") and not (table_suffix(source) or "").startswith(".jsonl"):
                yield from read_source(source)
            else:
                yield from _read_rows(source, failures)
        except JobsortError as error:
            failures.append(str(error))


def _read_rows(source: str, failures: list[str]) -> Iterator[Posting]:
    """Yield the postings of a table and note the rows that cannot be read."""
    from jobsort.readers import open_table

    for row in open_table(source):
        if row.posting is not None:
            yield row.posting
        else:
            failures.append(f"{source} row {row.index}: {row.error}")


def _print_tables(classifier: Classifier, postings: Iterator[Posting], *, explain: bool) -> None:
    from rich.console import Console

    from jobsort.render import print_readings

    console = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 100)

    def pages() -> Iterator[tuple[Reading, Explanation | None, Sequence[MixDifference]]]:
        for posting in postings:
            reading = classifier.classify(posting)
            yield reading, classifier.explain(posting) if explain else None, classifier.compare_mix(reading)

    print_readings(pages(), console)


def _print_json(classifier: Classifier, postings: Iterator[Posting], *, explain: bool, lines: bool) -> None:
    def record(posting: Posting) -> dict[str, Any]:
        reading = classifier.classify(posting).asdict(text=explain)
        if explain:
            reading["explanation"] = _plain_explanation(classifier, posting)
        return reading

    if lines:
        for posting in postings:
            click.echo(json.dumps(record(posting), ensure_ascii=False))
        return
    records = [record(posting) for posting in postings]
    if records:
        click.echo(json.dumps(records[0] if len(records) == 1 else records, ensure_ascii=False, indent=2))


def _plain_explanation(classifier: Classifier, posting: Posting) -> dict[str, Any]:
    explanation = classifier.explain(posting)
    return {
        "role": explanation.role,
        "score": explanation.score,
        "intercept": explanation.intercept,
        "contributions": [
            {"feature": item.feature, "value": item.value, "contribution": item.contribution} for item in explanation.contributions
        ],
    }


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="Where to: .csv, .jsonl (also .gz) or .parquet; with --dask a folder.",
)
@click.option("--prefix", default="jobsort_", show_default=True, help="Begins the names of the added columns.")
@click.option("--text", is_flag=True, help="Put the cleaned text into JSONL records.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Processes.  [default: one for each core]")
@click.option("--resume", is_flag=True, help="Go on where the same run was cut off.")
@click.option("--restart", is_flag=True, help="Start over, whatever a run that was cut off has done.")
@click.option(
    "--dask", metavar="ADDRESS", help="Score on a Dask cluster (tcp://host:8786, or local) into a folder of .parquet parts."
)
@column_options
@lexicon_option
@model_option
def score(  # noqa: PLR0917
    inputs: tuple[str, ...],
    output: Path,
    prefix: str,
    text: bool,
    jobs: int | None,
    resume: bool,
    restart: bool,
    dask: str | None,
    model: str | None,
    lexicon: str | None,
    **columns: str | None,
) -> None:
    """Score the tables INPUT row by row: .csv, .tsv, .jsonl, .json, .parquet, .xlsx, also .gz; a folder or a pattern names many."""
    from jobsort.batch import score as score_tables
    from jobsort.batch import unfinished
    from jobsort.classifier import Classifier
    from jobsort.outputs import check_output
    from jobsort.readers.files import find_tables

    if resume and restart:
        raise click.UsageError("--resume goes on, --restart starts over: pass one of them")
    if dask and (text or restart):
        raise click.UsageError("--dask writes .parquet parts and goes on by itself: --text and --restart do not go with it")
    if dask and output.suffix in {".csv", ".jsonl", ".parquet", ".gz"}:
        raise click.UsageError(f"with --dask the output is a folder of .parquet parts: {output} looks like a file")
    if dask is None:
        check_output(output)
    tables = find_tables(inputs)
    classifier = Classifier.load(model, lexicon=lexicon)
    options: dict[str, Any] = {"columns": _columns(columns), "prefix": prefix, "jobs": jobs}
    try:
        with _terminable(), _progress() as advance:
            if dask is None:
                options |= {"text": text, "resume": resume, "restart": restart, "progress": advance}
                counts = score_tables(tables, output, classifier, **options)
            else:
                from jobsort.engines.dask import score as score_on_cluster

                counts = score_on_cluster(tables, output, classifier, address=dask, **options, progress=advance)
    except KeyboardInterrupt:
        left = "finished parts are kept: the same command goes on" if dask else unfinished(output)
        click.echo("jobsort: interrupted" + (f"; {left}" if left else ""), err=True)
        sys.exit(INTERRUPTED)
    roles = ", ".join(f"{role} {number:,}" for role, number in sorted(counts.roles.items(), key=lambda item: -item[1]))
    click.echo(
        f"{counts.rows:,} rows: {counts.read:,} read ({roles or 'none'}), {counts.failed:,} with an error -> {output}"
        + (f" ({counts.resumed:,} of them by the run before)" if counts.resumed else ""),
        err=True,
    )
    for reason, number in sorted(counts.errors.items(), key=lambda item: -item[1])[:10]:
        click.echo(f"  {number:,} × {reason}", err=True)
    if counts.failed:
        sys.exit(NOT_READ)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a polite kill end the run as Ctrl-C does: with finished rows kept and a word on how to go on."""
    import signal

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextmanager
def _progress() -> Iterator[Callable[[int, float], None] | None]:
    """A progress bar on stderr where a person looks at it: share, rows, rows a second, time left."""
    if not sys.stderr.isatty():
        yield None
        return
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("scoring"), BarColumn(), TaskProgressColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("scoring", total=1.0, rate="")
        begun: list[tuple[float, int]] = []

        def advance(rows: int, share: float) -> None:
            begun.append((time.monotonic(), rows)) if not begun else None
            seconds, since = time.monotonic() - begun[0][0], rows - begun[0][1]
            speed = f", {since / seconds:,.0f} a second" if seconds > 0 else ""
            bar.update(task, completed=share, rate=f"{rows:,} rows{speed}")

        yield advance


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--category", metavar="KEY", help="List only the skills of one category.")
@format_option("table", "json")
@lexicon_option
@model_option
def skills(names: tuple[str, ...], category: str | None, output_format: str, model: str | None, lexicon: str | None) -> None:
    """List the skills that are known, or say how each skill NAME is found: its category, its other names, when it counts."""
    from jobsort.classifier import Classifier

    known = Classifier.load(model, lexicon=lexicon).lexicon
    found, missing = known.look_up(names, category=category)
    if output_format == "json":
        click.echo(json.dumps([known.describe(index) for index in found], ensure_ascii=False, indent=2))
    else:
        from rich.console import Console

        from jobsort.render import render_skill_list, render_skills

        console = Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 100)
        descriptions = [known.describe(index) for index in found]
        console.print((render_skills if names else render_skill_list)(descriptions))
    for name in missing:
        near = known.similar(name)
        hint = f"; similar are {', '.join(near)}" if near else ""
        click.echo(f"jobsort: no skill goes by {name!r}{hint}. Add it in a file of your own with --lexicon.", err=True)
    if missing:
        sys.exit(NOT_READ)


@main.command()
@click.argument("data", nargs=-1, type=click.Path(path_type=Path), metavar="[DATA]...")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="DIR", help="Model directory to write.")
@click.option("--name", help="The model's name in records.  [default: the directory's]")
def train(data: tuple[Path, ...], output: Path, name: str | None) -> None:
    """Train a model on DATA: folders of labelled Markdown files or tables with a role column (default: the labelled postings)."""
    from jobsort.lexicon import Lexicon
    from jobsort.paths import data_folder
    from jobsort.postings import load_labeled
    from jobsort.training import export, fit

    folder = data_folder()
    postings = [item for source in data or (folder / "labeled_postings",) for item in load_labeled(source)]
    model = fit(postings, Lexicon.from_folder(folder / "lexicon"))
    export(model, output, name or output.resolve().name)
    counts = ", ".join(f"{role} {number:,}" for role, number in model.counts.items())
    click.echo(f"trained on {len(postings):,} postings ({counts}) -> {output}", err=True)


@main.command()
@click.argument("data", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="DATA...")
@format_option("table", "json")
@model_option
def evaluate(data: tuple[Path, ...], output_format: str, model: str | None) -> None:
    """Read labelled postings DATA with a model and say how right and how sure it is."""
    from jobsort.classifier import Classifier
    from jobsort.evaluation import evaluate as evaluate_postings
    from jobsort.postings import load_labeled

    postings = [item for source in data for item in load_labeled(source)]
    figures = evaluate_postings(Classifier.load(model), postings)
    if output_format == "json":
        click.echo(json.dumps(figures.asdict(), indent=2))
        return
    from rich.console import Console

    from jobsort.render import render_figures

    Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 100).print(render_figures(figures))


def run() -> None:
    """Run the command, and end without taking the model apart object by object: that is a tenth of a short run."""
    try:
        main()
    except SystemExit as end:
        # Worker processes have something to tidy up.
        if "joblib" in sys.modules or not isinstance(end.code, int):
            raise
        try:
            for stream in (sys.stdout, sys.stderr):
                # (None where the command was started without one.)
                if stream is not None:
                    stream.flush()
        except (OSError, ValueError):
            # Nobody reads on: the interpreter's own end knows how to go about that.
            raise end from None
        os._exit(end.code)


if __name__ == "__main__":
    run()
