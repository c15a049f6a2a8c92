"""A real scheduler and two worker processes: the same rows as without them, also when a worker is killed."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from test_cli import jobsort

from jobsort import batch
from jobsort.errors import ClusterError, OutputError

pytest.importorskip("distributed")
pq = pytest.importorskip("pyarrow.parquet")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jobsort import Classifier
    from jobsort.postings import LabeledPosting

ROWS, PART = 400, 25


@pytest.fixture(scope="module")
def export(labeled: list[LabeledPosting], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "export.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "description", "note"])
        writer.writerows([number, item.posting.title, item.posting.text, ""] for number, item in enumerate(labeled[:ROWS]))
    return path


@contextmanager
def process(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        yield started
    finally:
        if started.poll() is None:
            os.killpg(started.pid, signal.SIGKILL)
        started.wait()


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """Start a scheduler and two workers; give its address and the workers."""
    from distributed import Client

    told = folder / "scheduler.json"
    with ExitStack() as stack:
        stack.enter_context(process("scheduler", "--port", "0", "--no-dashboard", "--scheduler-file", str(told)))
        for _ in range(600):
            if told.exists() and told.stat().st_size:
                break
            time.sleep(0.05)
        options = (
            "--scheduler-file",
            str(told),
            "--nthreads",
            "1",
            "--no-nanny",
            "--no-dashboard",
            "--local-directory",
            str(folder),
        )
        workers = [stack.enter_context(process("worker", *options)) for _ in range(2)]
        with Client(scheduler_file=str(told), timeout=30) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(2, timeout=60)
            address = client.scheduler.address
        yield address, workers


def read(folder: Path) -> list[dict[str, object]]:
    return [row for part in sorted(folder.glob("*.parquet")) for row in pq.read_table(part).to_pylist()]


def test_a_cluster_that_loses_a_worker_writes_the_same_rows(export: Path, classifier: Classifier, tmp_path: Path) -> None:
    from jobsort.engines import dask

    batch.score([export], tmp_path / "here.parquet", classifier)
    wanted = pq.read_table(tmp_path / "here.parquet").to_pylist()
    out = tmp_path / "out"
    killed: list[int] = []
    with cluster(tmp_path) as (address, workers):

        def kill_one(_rows: int, _share: float) -> None:
            if not killed:
                killed.append(workers[0].pid)
                os.killpg(workers[0].pid, signal.SIGKILL)

        counts = dask.score([export], out, classifier, address=address, rows=PART, progress=kill_one)
        assert killed
        assert (counts.rows, counts.read, counts.resumed) == (ROWS, ROWS, 0)
        assert read(out) == wanted
        # A rerun finds all parts there; one that is gone is made anew, and only that one.
        parts = sorted(out.iterdir())
        assert len(parts) == ROWS // PART
        before = {part.name: part.stat().st_mtime_ns for part in parts}
        parts[3].unlink()
        again = dask.score([export], out, classifier, address=address, rows=PART)
        assert again.resumed == ROWS - PART
        assert read(out) == wanted
        assert {part.name for part in out.iterdir() if part.stat().st_mtime_ns != before[part.name]} == {parts[3].name}


def test_the_command_starts_a_cluster_of_its_own(export: Path, tmp_path: Path) -> None:
    done = jobsort("score", export, "-o", "out", "--dask", "local", "--jobs", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"{ROWS} rows: {ROWS} read" in done.stderr.decode()
    assert len(read(tmp_path / "out")) == ROWS
    again = jobsort("score", export, "-o", "out", "--dask", "local", cwd=tmp_path)
    assert b"(400 of them by the run before)" in again.stderr


def test_a_changed_input_makes_new_parts(export: Path, classifier: Classifier, tmp_path: Path) -> None:
    from jobsort.engines import dask

    before = dask.plan([export], tmp_path / "out", classifier, rows=100)
    assert [piece.first for piece in before] == [0, 100, 200, 300]
    os.utime(export, (1, 1))
    after = dask.plan([export], tmp_path / "out", classifier, rows=100)
    assert not {piece.output for piece in before} & {piece.output for piece in after}
    # A folder never holds parts of both; a part is of the input that was planned.
    (tmp_path / "out").mkdir(exist_ok=True)
    Path(before[0].output).write_bytes(b"")
    with pytest.raises(OutputError, match="holds 1 parts of other inputs"):
        dask.score([export], tmp_path / "out", classifier, rows=100)
    with pytest.raises(OutputError, match="changed while it was read"):
        dask.score_piece(before[1], classifier, "run")


def test_what_a_dead_worker_left_half_written_goes(
    export: Path, classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jobsort.engines import dask

    out = tmp_path / "out"

    def here(_client: object, pieces: list[dask.Piece], classifier: Classifier, run: str) -> Iterator[batch.Counts]:
        for piece in pieces:
            (out / f".{run}-dead.jobsort").touch()
            (out / ".another-run.jobsort").touch()
            yield dask.score_piece(piece, classifier, run)

    monkeypatch.setattr(dask, "_connected", lambda *_: nullcontext())
    monkeypatch.setattr(dask, "_run", here)
    assert dask.score([export], out, classifier, rows=100).read == ROWS
    assert sorted(path.name for path in out.glob(".*")) == [".another-run.jobsort"]


def test_no_scheduler_and_no_folder(export: Path, classifier: Classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jobsort.engines import dask

    monkeypatch.setattr(dask, "_PATIENCE", 1)
    with pytest.raises(ClusterError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        dask.score([export], tmp_path / "out", classifier, address="tcp://127.0.0.1:9")
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot make the folder"):
        dask.score([export], tmp_path / "file", classifier)
