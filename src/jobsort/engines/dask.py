"""Tables scored on a Dask cluster: one part of the output for each stretch of rows, written by the worker that scored it.

The rows are read, scored and encoded as :func:`jobsort.batch.score` does it; only who does it differs. Workers see inputs and
output under the same paths (a shared folder, or one machine). A part appears whole or not at all and its name tells what it was
made of, so that a rerun makes only those that are missing.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import logging
import os
import time
import uuid
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobsort._version import __version__
from jobsort.batch import Counts, input_state, interrupts_ours, open_all, score_rows
from jobsort.errors import ClusterError, MissingExtraError, OutputError
from jobsort.outputs import PREFIX, Layout, check_names, parquet_part, sync
from jobsort.readers import open_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from jobsort.classifier import Classifier

PART_ROWS = 20_000
"""Rows of one part; a worker holds one part in memory."""

_PATIENCE = 10
"""Seconds to wait for a scheduler."""

_STALE = 6 * 3600
"""Seconds after which a half-written part is nobody's."""

LOCAL = "local"
"""The address that stands for a cluster on this machine, started for the run."""


@dataclass(frozen=True)
class Piece:
    """A stretch of rows of one input, and the part it becomes."""

    source: str
    state: list[Any]
    columns: Mapping[str, str]
    start: int
    rows: int
    first: int
    output: str
    layout: Layout


def score(
    inputs: Sequence[Path],
    output: Path,
    classifier: Classifier,
    *,
    address: str = LOCAL,
    columns: Mapping[str, str] | None = None,
    prefix: str = PREFIX,
    jobs: int | None = None,
    rows: int = PART_ROWS,
    progress: Callable[[int, float], None] | None = None,
) -> Counts:
    """Score tables into a folder of Parquet parts on a Dask cluster.

    Parameters
    ----------
    inputs
        Tables that :func:`jobsort.readers.open_table` reads; the workers must see them under the same paths.
    output
        A folder; made where it does not exist. Parts that are there already, of the same inputs, model and options, are kept.
    classifier
        Who reads; travels to the workers by its name.
    address
        Of the scheduler (``tcp://host:8786``), or `LOCAL`.
    columns
        Which column holds what, where names do not tell.
    prefix
        Begins the names of the added columns.
    jobs
        Processes of a local cluster; one for each core by default.
    rows
        Rows of one part.
    progress
        Called after each part with the rows done and the share of all rows (0..1).

    Returns
    -------
    Counts
        Of all parts; `resumed` tells how many rows were done before.

    Raises
    ------
    MissingExtraError
        Where Dask or pyarrow is not installed.
    ClusterError
        Where no scheduler answers at `address`, or workers died time and again over the same part.
    OutputError
        Where `output` cannot be written; parts that are finished stay.
    MissingColumnError
        Where an input has no column with the postings' text.
    """
    _import_dask()
    pieces = plan(inputs, output, classifier, columns=columns, prefix=prefix, rows=rows)
    planned = {Path(piece.output).name for piece in pieces}
    foreign = sorted(part.name for part in output.glob("part-*.parquet") if part.name not in planned)
    if foreign:
        raise OutputError(
            f"{output} holds {len(foreign):,} parts of other inputs, another model or other options ({foreign[0]}, …): "
            "pass another folder with -o, or remove them"
        )
    total = sum(piece.rows for piece in pieces)
    counts = Counts()
    missing = []
    for piece in pieces:
        done = _finished(Path(piece.output))
        if done is None:
            missing.append(piece)
        else:
            counts.merge(done)
            counts.resumed += done.rows
    run = uuid.uuid4().hex
    with ExitStack() as stack:
        stack.callback(_sweep, output, ".*.jobsort", _STALE)
        if missing:
            client = stack.enter_context(_connected(address, jobs))
            for done in _run(client, missing, classifier, run):
                counts.merge(done)
                if progress is not None:
                    progress(counts.rows, counts.rows / total)
            # All parts are there: what this run has left half written is a dead worker's.
            _sweep(output, f".{run}-*.jobsort", 0)
    return counts


def plan(
    inputs: Sequence[Path],
    output: Path,
    classifier: Classifier,
    *,
    columns: Mapping[str, str] | None = None,
    prefix: str = PREFIX,
    rows: int = PART_ROWS,
) -> list[Piece]:
    """Return the parts of an output, in order; the same inputs, model and options always make the same ones.

    Raises
    ------
    OutputError
        Where `output` is a file or its folder cannot be made.
    """
    tables = open_all(inputs, columns)
    known = tuple(dict.fromkeys(name for table in tables for name in table.columns))
    layout = Layout(".parquet", False, known, prefix, False)
    check_names(layout, ())
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {output}: {error.strerror or error}") from error
    pieces: list[Piece] = []
    first = 0
    for path, table in zip(inputs, tables, strict=True):
        state = input_state(path)
        count = table.count if table.count is not None else sum(1 for _ in table.cells())
        for start in range(0, count, rows):
            size = min(rows, count - start)
            # By its own input, not by its place among all: files may be added later.
            made_of = [__version__, classifier.digest, state, dict(columns or {}), prefix, known, rows]
            digest = hashlib.sha256(json.dumps(made_of).encode()).hexdigest()[:12]
            name = f"part-{digest}-{start // rows:05d}.parquet"
            pieces.append(
                Piece(
                    source=str(path.absolute()),
                    state=state,
                    columns=dict(columns or {}),
                    start=start,
                    rows=size,
                    first=first + start,
                    output=str(output.absolute() / name),
                    layout=layout,
                )
            )
        first += count
    return pieces


def score_piece(piece: Piece, classifier: Classifier, run: str) -> Counts:
    """Score one piece of a run and write its part; runs on a worker."""
    table = open_table(piece.source, columns=piece.columns)
    cells = itertools.islice(enumerate(table.cells()), piece.start, piece.start + piece.rows)
    counts = Counts()
    scored = score_rows(classifier, table.reader, list(cells), piece.first, counts)
    if counts.rows != piece.rows or input_state(Path(piece.source)) != piece.state:
        raise OutputError(f"{piece.source} changed while it was read; finished parts are kept: score it again into a new folder")
    # Its own name, since a part may be written twice: a worker thought dead may still be at it.
    scratch = Path(piece.output).with_name(f".{run}-{uuid.uuid4().hex}.jobsort")
    try:
        parquet_part(scored, piece.layout, scratch, {"jobsort": json.dumps(vars(counts))})
        sync(scratch)
        os.replace(scratch, piece.output)  # noqa: PTH105
    except OSError as error:
        raise OutputError(f"cannot write {piece.output}: {error.strerror or error}") from error
    finally:
        scratch.unlink(missing_ok=True)
    return counts


def _finished(part: Path) -> Counts | None:
    """Return what a part that is there holds, as its footer tells, or None."""
    if not part.exists():
        return None
    pq = _import_dask()[1]
    try:
        notes = pq.read_metadata(part).metadata or {}
    except (OSError, ValueError):
        return None
    return Counts(**json.loads(notes[b"jobsort"])) if b"jobsort" in notes else None


def _import_dask() -> tuple[Any, Any]:
    try:
        import distributed
        import pyarrow.parquet as pq
    except ImportError as error:
        raise MissingExtraError("--dask needs Dask and pyarrow; install jobsort[dask]") from error
    return distributed, pq


@contextmanager
def _connected(address: str, jobs: int | None) -> Iterator[Any]:
    distributed = _import_dask()[0]
    with ExitStack() as stack:
        try:
            scheduler: Any = address
            if address == LOCAL:
                with interrupts_ours():
                    cluster = distributed.LocalCluster(
                        n_workers=jobs, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
                    )
                scheduler = stack.enter_context(cluster)
            client = stack.enter_context(distributed.Client(scheduler, timeout=_PATIENCE))
        except (OSError, ValueError) as error:
            raise ClusterError(f"no Dask scheduler answers at {address} ({error}); start one with: dask scheduler") from error
        yield client


def _run(client: Any, pieces: Sequence[Piece], classifier: Classifier, run: str) -> Iterator[Counts]:  # noqa: ANN401
    """Yield what became of each piece, as they come; a part whose worker dies is made anew on another."""
    distributed = _import_dask()[0]
    futures = client.map(score_piece, list(pieces), classifier=classifier, run=run, pure=False, retries=0)
    try:
        for future in distributed.as_completed(futures):
            yield future.result()
    except distributed.KilledWorker as error:
        raise ClusterError(
            f"{error}; workers died over the same part, perhaps for want of memory; finished parts are kept"
        ) from error
    finally:
        client.cancel(futures)


def _sweep(output: Path, names: str, age: float) -> None:
    """Remove what workers that died left half written, so many seconds ago: what is younger may still be written."""
    for scratch in output.glob(names):
        with suppress(OSError):
            if time.time() - scratch.stat().st_mtime >= age:
                scratch.unlink()
