"""Time jobsort beside what else reads postings, in one run: throughput, start, memory by size.

python scripts/benchmark.py              # some three minutes
python scripts/benchmark.py --full       # memory and growth up to 400,000 rows, too: half an hour
python scripts/benchmark.py --markdown   # the tables as docs/performance.md shows them

The input is made by mixing the real postings for evaluation, where they lie beside the project, else the labelled ones, which are
half as long. Beside jobsort run a plain scikit-learn pipeline (TF-IDF of words and pairs, logistic regression; the role only) and,
where installed, honestroles (title words and eight technologies). Rounds are interleaved and medians shown: look at the ratios, not
at the rows a second, which are this machine's.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobsort.paths import data_folder
from jobsort.postings import load_labeled

ROOT = Path(__file__).resolve().parents[1]
REAL = ROOT.parent / "shared" / "real"
JOBSORT = shutil.which("jobsort", path=str(Path(sys.executable).parent)) or "jobsort"
EXAMPLE = ROOT / "examples" / "senior-data-scientist.txt"
ROWS = 4_000
SIZES = (1_000, 10_000)
FULL_SIZES = (1_000, 10_000, 100_000, 400_000)

if TYPE_CHECKING:
    from collections.abc import Callable

Table = tuple[str, list[str], list[list[str]]]


def texts() -> list[tuple[str, str]]:
    """Return title and text of the postings that inputs are mixed of."""
    found = [(item.posting.title, item.posting.text) for item in load_labeled(data_folder() / "labeled_postings")]
    if (REAL / "dev.parquet").exists():
        import pandas as pd

        real: list[tuple[str, str]] = []
        for name in ("dev", "weak_dev"):
            frame = pd.read_parquet(REAL / f"{name}.parquet", columns=["title", "description"])
            real += [(str(title or ""), str(text or "")) for title, text in frame.itertuples(index=False)]
        # Real postings are longer than ours: with them alone the size is the world's.
        found = real
    random.Random(0).shuffle(found)  # noqa: S311
    return found


def make_input(path: Path, rows: int, source: list[tuple[str, str]]) -> float:
    """Write an export of `rows` rows; return the characters of a posting on average."""
    characters = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "company", "description"])
        for number in range(rows):
            title, text = source[number % len(source)]
            characters += len(text)
            writer.writerow([number, title, f"Company {number}", text])
    return characters / rows


# --- throughput -------------------------------------------------------------------------------------------------


def score(source: Path, jobs: int) -> float:
    """Return the seconds of ``jobsort score``, from CSV to CSV with every output, start included."""
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        subprocess.run(
            [JOBSORT, "score", source, "-o", Path(folder, "out.csv"), "--jobs", str(jobs)], check=True, capture_output=True
        )
        return time.perf_counter() - begin


def plain_pipeline() -> Callable[[Path], float]:
    """Train the plain pipeline and return what times it, from CSV to CSV."""
    import pandas as pd
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    labeled = load_labeled(data_folder() / "labeled_postings")
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2), LogisticRegression(max_iter=1000))
    model.fit([f"{item.posting.title}\n{item.posting.text}" for item in labeled], [item.role for item in labeled])

    def run(source: Path) -> float:
        begin = time.perf_counter()
        frame = pd.read_csv(source)
        frame["role"] = model.predict(frame["title"].fillna("") + "\n" + frame["description"].fillna(""))
        with tempfile.TemporaryDirectory() as folder:
            frame.to_csv(Path(folder, "out.csv"), index=False)
        return time.perf_counter() - begin

    return run


def honestroles() -> Callable[[Path], float] | None:
    """Return what times honestroles' labels, from CSV to CSV; None where it is not installed."""
    try:
        import polars as pl
        from honestroles import CANONICAL_SOURCE_FIELDS
        from honestroles.config.models import LabelStageOptions
        from honestroles.domain import JobDataset
        from honestroles.plugins.types import RuntimeExecutionContext
        from honestroles.stages import label_stage
    except ImportError:
        return None
    context = RuntimeExecutionContext(Path("pipeline.toml"), None, {})

    def run(source: Path) -> float:
        begin = time.perf_counter()
        frame = pl.read_csv(source).rename({"description": "description_text"}).with_columns(pl.col("id").cast(pl.String))
        types: dict[str, Any] = {
            "remote": pl.Boolean,
            "salary_min": pl.Float64,
            "salary_max": pl.Float64,
            "skills": pl.List(pl.String),
        }
        empty = [name for name in CANONICAL_SOURCE_FIELDS if name not in frame.columns]
        frame = frame.with_columns(pl.lit(None, dtype=types.get(name, pl.String)).alias(name) for name in empty)
        labeled = label_stage(JobDataset.from_polars(frame), LabelStageOptions(), context).to_polars()
        with tempfile.TemporaryDirectory() as folder:
            labeled.with_columns(pl.col("label_tech_stack").list.join("; ")).drop("skills").write_csv(Path(folder, "out.csv"))
        return time.perf_counter() - begin

    return run


def throughput(rows: int, rounds: int, source: list[tuple[str, str]]) -> Table:
    """Rows a second, interleaved."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "in.csv")
        average = make_input(path, rows, source)
        ways: dict[str, Callable[[Path], float]] = {
            "jobsort, one process": lambda file: score(file, 1),
            "jobsort, two processes": lambda file: score(file, 2),
            "plain scikit-learn (role only)": plain_pipeline(),
        }
        other = honestroles()
        if other is not None:
            ways["honestroles (title words, 8 technologies)"] = other
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, run in ways.items():
                seconds[name].append(run(path))
    median = {name: rows / statistics.median(times) for name, times in seconds.items()}
    base = median["plain scikit-learn (role only)"]
    lines = [[name, f"{speed:,.0f}", f"{speed / base:.2f}"] for name, speed in median.items()]
    kind = "real" if (REAL / "dev.parquet").exists() else "labelled"
    return (
        f"Throughput: {rows:,} {kind} postings of {average:,.0f} characters, CSV to CSV",
        ["", "rows/s", "against scikit-learn"],
        lines,
    )


# --- start and one posting ----------------------------------------------------------------------------------------


def _time(command: tuple[str | Path, ...], environment: dict[str, str]) -> float:
    begin = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, capture_output=True, env=environment)
    return time.perf_counter() - begin


def start(rounds: int) -> Table:
    """Wall time of the command against the import of scikit-learn."""
    commands: dict[str, tuple[str | Path, ...]] = {
        "import sklearn": (sys.executable, "-c", "import sklearn"),
        "import jobsort": (sys.executable, "-c", "import jobsort"),
        "jobsort --help": (JOBSORT, "--help"),
        "jobsort classify FILE": (JOBSORT, "classify", EXAMPLE),
        "jobsort classify FILE --format json": (JOBSORT, "classify", EXAMPLE, "--format", "json"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        # As installed: modules are compiled once, here in the first round, which does not count.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        environment["PYTHONPYCACHEPREFIX"] = folder
        for command in commands.values():
            _time(command, environment)
        for _ in range(rounds):
            for name, command in commands.items():
                seconds[name].append(_time(command, environment))
    median = {name: statistics.median(times) for name, times in seconds.items()}
    lines = [[name, f"{value * 1000:,.0f}", f"{value / median['import sklearn']:.2f}"] for name, value in median.items()]
    return "Start", ["", "ms", "against import sklearn"], lines


def one_posting() -> Table:
    """Loading, and classifying a posting when warm."""
    code = (
        "import time, statistics\n"
        "from jobsort import Classifier\n"
        "import jobsort.classifier\n"
        "from jobsort.paths import data_folder\n"
        "from jobsort.postings import load_labeled\n"
        "begin = time.perf_counter(); classifier = Classifier.load(); load = time.perf_counter() - begin\n"
        "items = load_labeled(data_folder() / 'labeled_postings')\n"
        "for item in items[:400]: classifier.classify(item.posting)\n"
        "times = []\n"
        "for item in items:\n"
        "    begin = time.perf_counter(); classifier.classify(item.posting); times.append(time.perf_counter() - begin)\n"
        "characters = sum(len(item.posting.text) for item in items) / len(items)\n"
        "begin = time.perf_counter(); readings = sum(1 for _ in classifier.classify_many(item.posting for item in items))\n"
        "stream = (time.perf_counter() - begin) / readings\n"
        "print(load, statistics.median(times), statistics.quantiles(times, n=20)[-1], stream, characters)"
    )
    found = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
        found.append([float(word) for word in done.stdout.split()])
    load, median, high, stream, characters = (statistics.median(column) for column in zip(*found, strict=True))
    lines = [
        ["Classifier.load()", f"{load * 1000:.0f}"],
        [f"classify(), median over the labelled postings ({characters:,.0f} characters on average)", f"{median * 1000:.2f}"],
        ["classify(), 95 % of them within", f"{high * 1000:.2f}"],
        ["classify_many(), one of them on average", f"{stream * 1000:.2f}"],
    ]
    return "One posting", ["", "ms"], lines


# --- memory and growth ------------------------------------------------------------------------------------------


def memory(sizes: tuple[int, ...], source: list[tuple[str, str]]) -> Table:
    """Peak private memory of all processes, and rows a second, by size."""
    import psutil

    lines = []
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "in.csv")
            make_input(path, rows, source)
            begin = time.perf_counter()
            process = psutil.Popen(
                [JOBSORT, "score", str(path), "-o", str(Path(folder, "out.csv")), "--jobs", "2"], stderr=subprocess.DEVNULL
            )
            peak = [0.0]

            def watch(process: psutil.Popen = process, peak: list[float] = peak) -> None:
                while process.poll() is None:
                    private = 0.0
                    for each in [process, *_children(process)]:
                        try:
                            private += each.memory_full_info().uss / 2**20
                        except psutil.Error:
                            continue
                    peak[0] = max(peak[0], private)
                    time.sleep(0.2)

            thread = threading.Thread(target=watch)
            thread.start()
            code = process.wait()
            thread.join()
            if code:
                sys.exit(f"scoring {rows:,} rows ended with exit code {code}")
            seconds = time.perf_counter() - begin
            lines.append([f"{rows:,}", f"{path.stat().st_size / 2**20:,.0f}", f"{peak[0]:,.0f}", f"{rows / seconds:,.0f}"])
    return "Memory and growth (two processes)", ["rows", "input MB", "peak private MB, all processes", "rows/s"], lines


def _children(process: object) -> list[object]:
    import psutil

    try:
        return list(process.children(recursive=True))  # type: ignore[attr-defined]
    except psutil.Error:
        return []


# --- showing ----------------------------------------------------------------------------------------------------


def show(table: Table, *, markdown: bool) -> None:
    """Print a table."""
    title, names, rows = table
    widths = [max(len(row[place]) for row in [names, *rows]) for place in range(len(names))]
    print(f"\n{'### ' if markdown else ''}{title}\n")
    lines = [names, ["-" * width for width in widths], *rows] if markdown else [names, *rows]
    for row in lines:
        cells = [
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print(f"| {' | '.join(cells)} |" if markdown else "  ".join(cells))


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="memory and growth up to 400,000 rows")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"rows of the throughput table (default {ROWS:,})")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of each (default 3)")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    arguments = parser.parse_args()
    # What is compared uses one thread each, as jobsort's processes do.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    source = texts()
    print(f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}, {os.cpu_count()} cores")
    show(throughput(arguments.rows, arguments.rounds, source), markdown=arguments.markdown)
    show(start(2 * arguments.rounds + 1), markdown=arguments.markdown)
    show(one_posting(), markdown=arguments.markdown)
    show(memory(FULL_SIZES if arguments.full else SIZES, source), markdown=arguments.markdown)


if __name__ == "__main__":
    main()
