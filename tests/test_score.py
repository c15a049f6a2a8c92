"""Scoring tables: the same output however it comes about, and nothing lost whatever ends the run."""

from __future__ import annotations

import contextlib
import csv
import gzip
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from test_cli import COMMAND, jobsort

from jobsort import Classifier, batch
from jobsort.errors import OutputError, UnreadableSourceError
from jobsort.journal import INDEX, PART, Journal, read_lines

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobsort.postings import LabeledPosting

resource = pytest.importorskip("resource", reason="kills processes and fills disks as POSIX has it")
ROWS = 2400


@pytest.fixture(scope="module")
def export(labeled: list[LabeledPosting], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of a few seconds' work."""
    path = tmp_path_factory.mktemp("export") / "export.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "title", "description"])
        writer.writerows([number, item.posting.title, item.posting.text] for number, item in enumerate([*labeled, *labeled][:ROWS]))
    return path


@pytest.fixture(scope="module")
def scored(export: Path) -> bytes:
    """What scoring the export gives, by one process."""
    done = jobsort("score", export, "-o", export.parent / "whole.csv", "--jobs", "1", cwd=export.parent)
    assert done.returncode == 0, done.stderr
    return (export.parent / "whole.csv").read_bytes()


def small(write: Callable[[str, str | bytes], Path], rows: int = 7, name: str = "in.csv") -> Path:
    lines = [f"{number},ML Engineer {number},You deploy models with Docker." for number in range(rows)]
    return write(name, "\n".join(["id,title,description", *lines]) + "\n")


# --- the same whatever the way ------------------------------------------------------------------------------------


def test_several_processes_write_the_same_bytes(export: Path, scored: bytes, tmp_path: Path) -> None:
    done = jobsort("score", export, "-o", "out.csv", "--jobs", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out.csv").read_bytes() == scored
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_chunks_leave_no_trace(classifier: Classifier, write: Callable[..., Path], tmp_path: Path, monkeypatch: Any) -> None:
    source = small(write)
    written: dict[str, bytes] = {}
    for rows in (250, 3, 1):
        monkeypatch.setattr(batch, "CHUNK_ROWS", rows)
        for suffix in (".csv", ".jsonl", ".csv.gz", ".parquet"):
            output = tmp_path / f"out{rows}{suffix}"
            batch.score([source], output, classifier)
            data = gzip.decompress(output.read_bytes()) if suffix.endswith(".gz") else output.read_bytes()
            assert written.setdefault(suffix, data) == data, (rows, suffix)


def test_columns_that_come_late_are_kept(
    classifier: Classifier, write: Callable[..., Path], tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(batch, "CHUNK_ROWS", 2)
    source = write("in.csv", "title,description\nA,one\nB,two\nC,three,more\nD,four,more,most\nE\n")
    for suffix in (".csv", ".csv.gz", ".parquet"):
        batch.score([source], tmp_path / f"out{suffix}", classifier)
    text = (tmp_path / "out.csv").read_bytes().decode()
    assert gzip.decompress((tmp_path / "out.csv.gz").read_bytes()).decode() == text
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["_extra_1"] for row in rows] == ["", "", "more", "more", ""]
    assert [row["_extra_2"] for row in rows] == ["", "", "", "most", ""]
    assert [row["jobsort_error"] for row in rows] == [""] * 5
    pandas = pytest.importorskip("pandas")
    assert pandas.read_parquet(tmp_path / "out.parquet")["_extra_2"].dropna().to_dict() == {3: "most"}


def test_parquet_keeps_types_and_mixed_columns(
    classifier: Classifier, write: Callable[..., Path], tmp_path: Path, monkeypatch: Any
) -> None:
    pandas = pytest.importorskip("pandas")
    monkeypatch.setattr(batch, "CHUNK_ROWS", 2)
    rows = [{"description": "Ship models.", "n": 1, "mixed": 1}] * 2 + [{"description": "Sell shoes.", "n": 2.5, "mixed": "x"}] * 2
    source = write("in.jsonl", "\n".join(map(json.dumps, rows)))
    batch.score([source], tmp_path / "out.parquet", classifier)
    frame = pandas.read_parquet(tmp_path / "out.parquet")
    assert frame["n"].tolist() == [1.0, 1.0, 2.5, 2.5]
    assert frame["mixed"].tolist() == ["1", "1", "x", "x"]
    assert frame["jobsort_confidence"].dtype == float


def test_patterns_and_folders_name_many(write: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    for name in ("b.csv", "a.csv", "notes.txt"):
        small(write, 2, f"exports/{name}")
    by_pattern = jobsort("score", "exports/*.csv", "-o", "one.jsonl", cwd=tmp_path)
    by_folder = jobsort("score", "exports", "-o", "two.jsonl", cwd=tmp_path)
    assert (by_pattern.returncode, by_folder.returncode) == (0, 0), by_pattern.stderr + by_folder.stderr
    assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
    assert [json.loads(line)["row"] for line in (tmp_path / "one.jsonl").read_text().splitlines()] == [0, 1, 2, 3]
    missing = jobsort("score", "exports/*.parquet", "-o", "three.csv", cwd=tmp_path)
    assert (missing.returncode, b"no table matches exports/*.parquet" in missing.stderr) == (1, True)


# --- cut off ------------------------------------------------------------------------------------------------------


def run_until(chunks: int, export: Path, output: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start scoring and return once this many chunks of rows are in the journal; 0: once the journal is there."""
    process = subprocess.Popen(
        [COMMAND, "score", str(export), "-o", str(output), "--jobs", "2", *words],
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    journal = output.with_name(output.name + INDEX)
    for _ in range(3000):
        # The first line tells the run, the second is the header's.
        if journal.exists() and (not chunks or len(read_lines(output)) >= chunks + 2):
            return process
        assert process.poll() is None, "it ended before it could be cut off"
        time.sleep(0.01)
    raise AssertionError("no progress for half a minute")


def kill(process: subprocess.Popen[bytes], number: int) -> str:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
    return (process.communicate(timeout=60)[1] or b"").decode()


@pytest.mark.parametrize("moments", [[0], [1], [3], [1, 2, 3]], ids=lambda moments: "+".join(map(str, moments)))
def test_a_killed_run_goes_on_to_the_same_bytes(moments: list[int], export: Path, scored: bytes, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    for chunks in moments:
        kill(run_until(chunks, export, output, "--resume"), signal.SIGKILL)
        assert not output.exists()
    done = jobsort("score", export, "-o", output, "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert output.read_bytes() == scored
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_how_to_go_on(number: int, export: Path, scored: bytes, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    process = run_until(1, export, output)
    said = kill(process, number)
    assert process.returncode == 130
    assert "rows are done: the same command with --resume goes on" in said
    assert "Traceback" not in said
    again = jobsort("score", export, "-o", output, cwd=tmp_path)
    assert again.returncode == 1
    assert b"go on with --resume, or start over with --restart" in again.stderr
    other = jobsort("score", export, "-o", output, "--resume", "--prefix", "x_", cwd=tmp_path)
    assert b'prefix differs ("jobsort_" then, "x_" now)' in other.stderr
    assert jobsort("score", export, "-o", output, "--resume", cwd=tmp_path).returncode == 0
    assert output.read_bytes() == scored


def test_an_interrupt_right_after_the_first_chunk_keeps_it(
    classifier: Classifier, write: Callable[..., Path], tmp_path: Path, monkeypatch: Any
) -> None:
    source, output = small(write), tmp_path / "out.csv"
    monkeypatch.setattr(batch, "CHUNK_ROWS", 3)
    batch.score([source], tmp_path / "whole.csv", classifier)
    synced = os.fsync

    def interrupted(number: int) -> None:
        synced(number)
        if sum(line["rows"] for _, line in read_lines(output)[1:]):
            raise KeyboardInterrupt

    monkeypatch.setattr("jobsort.journal.os.fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        batch.score([source], output, classifier)
    assert batch.unfinished(output).startswith("3 rows are done")
    monkeypatch.setattr("jobsort.journal.os.fsync", synced)
    assert batch.score([source], output, classifier, resume=True).resumed == 3
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_restart_begins_anew(export: Path, scored: bytes, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    kill(run_until(1, export, output), signal.SIGKILL)
    done = jobsort("score", export, "-o", output, "--restart", cwd=tmp_path)
    assert done.returncode == 0
    assert b"by the run before" not in done.stderr
    assert output.read_bytes() == scored


def test_a_dead_worker_is_named_and_nothing_lost(export: Path, scored: bytes, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    process = run_until(1, export, output)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("needs /proc to find the workers")
    workers = [int(child) for child in children.read_text().split()]
    os.kill(next(pid for pid in workers if b"LokyProcess" in Path(f"/proc/{pid}/cmdline").read_bytes()), signal.SIGKILL)
    said = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 1
    assert "a worker process died" in said
    assert "Traceback" not in said
    assert jobsort("score", export, "-o", output, "--resume", cwd=tmp_path).returncode == 0
    assert output.read_bytes() == scored


def test_a_full_disk_keeps_what_is_done(export: Path, scored: bytes, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(scored) // 2, len(scored) // 2))

    command = [COMMAND, "score", str(export), "-o", str(output), "--jobs", "1"]
    done = subprocess.run(command, capture_output=True, preexec_fn=limit, check=False)
    assert done.returncode == 1
    assert b"cannot write" in done.stderr
    assert b"finished rows are kept in out.csv.part: go on with --resume" in done.stderr
    assert not output.exists()
    assert jobsort("score", export, "-o", output, "--resume", cwd=tmp_path).returncode == 0
    assert output.read_bytes() == scored


def test_a_folder_that_may_not_be_written(write: Callable[..., Path], tmp_path: Path) -> None:
    # Root may write everywhere but where the system keeps its own.
    folder = Path("/proc/self") if os.geteuid() == 0 else tmp_path / "shut"
    if not folder.exists():
        folder.mkdir(mode=0o500)
    done = jobsort("score", small(write), "-o", folder / "out.csv", cwd=tmp_path)
    assert done.returncode == 1
    assert b"cannot write " in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_input_that_changes_meanwhile(classifier: Classifier, write: Callable[..., Path], tmp_path: Path) -> None:
    source = small(write)

    def meddle(_rows: int, _share: float) -> None:
        source.write_text(source.read_text() + "8,Baker,You bake bread.\n")

    with pytest.raises(OutputError, match=r"in\.csv changed while it was read; score it again with --restart"):
        batch.score([source], tmp_path / "out.csv", classifier, progress=meddle)
    assert not (tmp_path / "out.csv").exists()
    batch.score([source], tmp_path / "out.csv", classifier, restart=True)
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 9


def test_an_input_that_changed_is_not_gone_on_with(classifier: Classifier, write: Callable[..., Path], tmp_path: Path) -> None:
    source, output = small(write), tmp_path / "out.csv"

    def stop(_rows: int, _share: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        batch.score([source], output, classifier, progress=stop)
    assert batch.unfinished(output) == "7 rows are done: the same command with --resume goes on"
    source.write_text(source.read_text() + "8,Baker,You bake bread.\n")
    with pytest.raises(OutputError, match="inputs differs"):
        batch.score([source], output, classifier, resume=True)


def test_a_model_that_changed_is_not_mixed_in(classifier: Classifier, monkeypatch: Any) -> None:
    import copy

    from jobsort.errors import InvalidModelError

    assert copy.copy(classifier).digest == classifier.digest
    monkeypatch.setattr(classifier, "digest", "another")
    with pytest.raises(InvalidModelError, match="not the one that the run began with"):
        copy.copy(classifier)


def test_two_runs_do_not_write_one_output(export: Path, scored: bytes, tmp_path: Path) -> None:
    output = tmp_path / "out.csv"
    process = run_until(1, export, output)
    for words in ((), ("--resume",), ("--restart",)):
        other = jobsort("score", export, "-o", output, *words, cwd=tmp_path)
        assert other.returncode == 1
        assert b"another run is writing" in other.stderr
    process.communicate(timeout=120)
    assert process.returncode == 0
    assert output.read_bytes() == scored


def test_workers_end_with_a_run_that_is_killed(export: Path, tmp_path: Path) -> None:
    process = run_until(1, export, tmp_path / "out.csv")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        pytest.skip("needs /proc to find the workers")
    workers = [int(child) for child in children.read_text().split()]
    process.kill()
    process.communicate(timeout=30)
    for _ in range(100):
        if not any(Path(f"/proc/{pid}/cmdline").exists() for pid in workers):
            return
        time.sleep(0.1)
    raise AssertionError("worker processes outlive their run")


def test_every_input_that_cannot_be_read_is_named(classifier: Classifier, write: Callable[..., Path], tmp_path: Path) -> None:
    inputs = [small(write), write("empty.csv", ""), write("broken.parquet", "no")]
    with pytest.raises(UnreadableSourceError, match=r"(?s)2 of 3 inputs cannot be read.*empty\.csv.*broken\.parquet"):
        batch.score(inputs, tmp_path / "out.csv", classifier)
    assert not list(tmp_path.glob("out.csv*"))


def test_a_late_column_that_clashes_is_found_at_once(classifier: Classifier, write: Callable[..., Path], tmp_path: Path) -> None:
    rows = [{"description": "Ship models."}] * 250 + [{"description": "Sell shoes.", "jobsort_role": "mine"}]
    source = write("in.jsonl", "\n".join(map(json.dumps, rows)))
    with pytest.raises(OutputError, match="already has columns jobsort_role; pass another --prefix"):
        batch.score([source], tmp_path / "out.csv", classifier)


def test_odd_values_of_parquet_and_json_are_written(classifier: Classifier, write: Callable[..., Path], tmp_path: Path) -> None:
    import datetime as dt

    pa = pytest.importorskip("pyarrow")
    table = {"description": ["Ship models."], "days": [[dt.date(2026, 1, 2)]]}
    pytest.importorskip("pyarrow.parquet").write_table(pa.table(table), tmp_path / "in.parquet")
    batch.score([tmp_path / "in.parquet"], tmp_path / "days.csv", classifier)
    assert '[""2026-01-02""]' in (tmp_path / "days.csv").read_text()
    large = write("in.jsonl", "\n".join(json.dumps({"description": "Ship models.", "id": number}) for number in (2**70, 2**60 + 1)))
    batch.score([large], tmp_path / "large.parquet", classifier)
    assert pa.parquet.read_table(tmp_path / "large.parquet")["id"].to_pylist() == [str(2**70), str(2**60 + 1)]


# --- the journal --------------------------------------------------------------------------------------------------


def test_a_journal_cut_anywhere_is_good_up_to_a_line(tmp_path: Path) -> None:
    output = tmp_path / "out"
    journal = Journal(output, {"run": 1}, resume=False)
    for data in (b"one", b"two\n", b"three"):
        journal.add(data, 1, {"note": data.decode()})
    journal.close()
    index, part = (tmp_path / f"out{INDEX}").read_bytes(), (tmp_path / f"out{PART}").read_bytes()
    ends = [end for end, _ in read_lines(output)]
    for cut in range(len(index) + 1):
        (tmp_path / f"out{INDEX}").write_bytes(index[:cut])
        (tmp_path / f"out{PART}").write_bytes(part)
        again = Journal(output, {"run": 1}, resume=True)
        whole = max(sum(end <= cut for end in ends) - 1, 0)
        assert [chunk.notes["note"] for chunk in again.chunks] == ["one", "two\n", "three"][:whole]
        again.add(b"!", 1, {"note": "!"})
        again.close()
        assert (tmp_path / f"out{PART}").read_bytes() == b"".join([b"one", b"two\n", b"three"][:whole]) + b"!"
        assert len(read_lines(output)) == whole + 2
    # A part that is shorter than its journal says is good as far as it goes.
    (tmp_path / f"out{INDEX}").write_bytes(index)
    (tmp_path / f"out{PART}").write_bytes(part[:7])
    short = Journal(output, {"run": 1}, resume=True)
    assert short.rows == 2
    short.discard()
    assert not list(tmp_path.iterdir())
