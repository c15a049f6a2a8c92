"""The installed command, from another folder, as its users run it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT, load_cases

if TYPE_CHECKING:
    from collections.abc import Callable

COMMAND = shutil.which("jobsort", path=str(Path(sys.executable).parent)) or shutil.which("jobsort") or "jobsort"
POSTING = "AI Engineer\n\nYou build RAG assistants and agents with LangChain and wire them into our CRM. 3+ years of Python."


def jobsort(*words: str | Path, cwd: Path, stdin: bytes = b"", **variables: str) -> subprocess.CompletedProcess[bytes]:
    environment = {key: value for key, value in os.environ.items() if key != "JOBSORT_MODEL"} | variables
    return subprocess.run([COMMAND, *map(str, words)], cwd=cwd, input=stdin, capture_output=True, env=environment, check=False)


def test_version_names_package_and_model(tmp_path: Path) -> None:
    done = jobsort("--version", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.decode().startswith("jobsort 0.1.0, model default 0.1.0")


def test_classify_reads_a_file_for_people(tmp_path: Path) -> None:
    done = jobsort("classify", ROOT / "examples" / "senior-data-scientist.txt", cwd=tmp_path)
    page = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert "Senior Data Scientist" in page
    assert "AI engineer" in page
    assert "the title says Data scientist" in page
    assert "\x1b" not in page, "no colours when piped"
    assert max(map(len, page.splitlines())) <= 100


def test_classify_reads_stdin_and_prints_json(tmp_path: Path) -> None:
    done = jobsort("classify", "-", "--format", "json", cwd=tmp_path, stdin=POSTING.encode())
    record = json.loads(done.stdout)
    assert (record["title"], record["role"], record["years_min"]) == ("AI Engineer", "ai_engineer", 3)
    assert "text" not in record


def test_skills_are_listed_and_explained(tmp_path: Path) -> None:
    every = jobsort("skills", cwd=tmp_path)
    assert every.returncode == 0
    assert "LangChain" in every.stdout.decode()
    one = jobsort("skills", "golang", cwd=tmp_path)
    assert "only written Go" in " ".join(one.stdout.decode().split())
    described = json.loads(jobsort("skills", "golang", "--format", "json", cwd=tmp_path).stdout)
    assert [skill["name"] for skill in described] == ["Go"]
    unknown = jobsort("skills", "Kubernets", cwd=tmp_path)
    assert unknown.returncode == 1
    assert "similar are Kubernetes" in unknown.stderr.decode()


def test_own_skills_are_scored(tmp_path: Path) -> None:
    (tmp_path / "my.toml").write_text('category = "programming"\n[skills]\n"Quibble" = []\n')
    (tmp_path / "in.csv").write_text("title,description\nEngineer,Requirements: Quibble and Python\n")
    done = jobsort("score", "in.csv", "-o", "out.csv", "--lexicon", "my.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Quibble" in (tmp_path / "out.csv").read_text()
    (tmp_path / "my.toml").write_text('[skills]\n"Quibble" = []\n')
    failed = jobsort("score", "in.csv", "-o", "out.csv", "--lexicon", "my.toml", cwd=tmp_path)
    assert failed.returncode == 1
    assert "my.toml, line 2: 'Quibble' has no category" in failed.stderr.decode()


def test_explain_shows_the_sum(tmp_path: Path) -> None:
    done = jobsort("classify", "-", "--format", "json", "--explain", cwd=tmp_path, stdin=POSTING.encode())
    record = json.loads(done.stdout)
    assert record["text"].startswith("AI Engineer\n")
    explanation = record["explanation"]
    total = explanation["intercept"] + sum(part["contribution"] for part in explanation["contributions"])
    assert abs(total - explanation["score"]) < 1e-9
    page = jobsort("classify", "-", "--explain", cwd=tmp_path, stdin=POSTING.encode()).stdout.decode()
    assert "intercept" in page


def test_several_sources_and_one_bad(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(POSTING, encoding="utf-8")
    done = jobsort(
        "classify",
        "a.txt",
        "missing.txt",
        ROOT / "examples" / "ml-platform-engineer.html",
        "--format",
        "jsonl",
        cwd=tmp_path,
    )
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["title"] for record in records] == ["AI Engineer", "Platform Engineer, Models"]
    assert records[1]["salary"] == {"min": 58000.0, "max": 66000.0, "currency": "GBP", "period": "year"}
    assert records[1]["company"] == "Larkfield Rail"
    assert done.returncode == 1
    assert b"missing.txt" in done.stderr


def test_score_keeps_every_column_and_row(tmp_path: Path) -> None:
    done = jobsort("score", ROOT / "examples" / "export.csv", "-o", "out.csv", cwd=tmp_path)
    with open(ROOT / "examples" / "export.csv", encoding="utf-8", newline="") as file:
        before = list(csv.DictReader(file))
    with open(tmp_path / "out.csv", encoding="utf-8", newline="") as file:
        after = list(csv.DictReader(file))
    assert [{key: row[key] for key in before[0]} for row in after] == before
    assert [row["jobsort_role"] for row in after] == [
        "other",
        "ml_engineer",
        "data_scientist",
        "ai_engineer",
        "other",
        "",
    ]
    assert after[5]["jobsort_error"]
    assert all(not row["jobsort_error"] for row in after[:5])
    assert done.returncode == 1
    assert b"6 rows: 5 read" in done.stderr
    assert done.stdout == b""


def test_score_writes_the_records_of_the_contract(tmp_path: Path) -> None:
    jobsort("score", ROOT / "examples" / "export.csv", "-o", "out.jsonl", cwd=tmp_path)
    records = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [record["row"] for record in records] == list(range(6))
    assert list(records[0])[:4] == ["row", "title", "company", "location"]
    assert records[5]["role"] is None
    one = jobsort("classify", ROOT / "examples" / "export.csv", "--format", "jsonl", cwd=tmp_path)
    assert [json.loads(line) for line in one.stdout.splitlines()] == [
        {key: value for key, value in record.items() if key != "row"} for record in records[:5]
    ]


def test_score_several_inputs_compressed(tmp_path: Path) -> None:
    packed = tmp_path / "more.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps({"title": "Nurse", "description": "Care for patients"}).encode()))
    done = jobsort("score", ROOT / "examples" / "export.csv", packed, "-o", "out.csv.gz", cwd=tmp_path)
    rows = list(csv.DictReader(io.StringIO(gzip.decompress((tmp_path / "out.csv.gz").read_bytes()).decode())))
    assert len(rows) == 7
    assert rows[6]["title"] == "Nurse"
    assert done.returncode == 1


def test_prefix_and_text_column(tmp_path: Path) -> None:
    (tmp_path / "odd.csv").write_text("id,co,body\n1,Acme,You care for patients on the ward\n", encoding="utf-8")
    done = jobsort("score", "odd.csv", "-o", "out.csv", "--text-column", "body", "--prefix", "js_", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    header = (tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert header[:5] == ["id", "co", "body", "js_role", "js_confidence"]


def test_train_and_evaluate_on_ones_own_roles(tmp_path: Path) -> None:
    duties = {
        "chef": ["grill", "sauces", "menu", "fish", "kitchen", "bread"],
        "pilot": ["mail", "crew", "fuel", "fog", "hours", "gate"],
    }
    with open(tmp_path / "mine.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["role", "title", "description"])
        for role, words in duties.items():
            writer.writerows([role, f"{role} {word}", f"A {role} who looks after the {word} every day"] for word in words)
    done = jobsort("train", "mine.csv", "-o", "mine", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = jobsort("evaluate", "mine.csv", "--model", "mine", "--format", "json", cwd=tmp_path)
    assert json.loads(done.stdout)["roles"]["chef"]["postings"] == 6
    page = jobsort("evaluate", "mine.csv", "--model", "mine", cwd=tmp_path).stdout.decode()
    assert "Confusion" in page
    done = jobsort(
        "classify",
        "-",
        "--format",
        "json",
        cwd=tmp_path,
        stdin=b"A chef who looks after the grill",
        JOBSORT_MODEL="mine",
    )
    assert json.loads(done.stdout)["role"] == "chef"


@pytest.mark.parametrize("case", load_cases("bad_input"))
def test_bad_input_gets_a_clear_error(case: dict[str, Any], tmp_path: Path, write: Callable[[str, str | bytes], Path]) -> None:
    for name, content in case.get("files", {}).items():
        write(name, bytes.fromhex(content["hex"]) if isinstance(content, dict) else content)
    for name in case.get("folders", []):
        (tmp_path / name).mkdir()
    done = jobsort(*case["command"], cwd=tmp_path, stdin=case.get("stdin", "").encode(), **case.get("environment", {}))
    message = done.stderr.decode()
    assert done.returncode == case["exit"], message
    assert "Traceback" not in message
    for part in case["says"]:
        assert part in message
    left = {path.name for path in tmp_path.iterdir()} - set(case.get("files", {})) - set(case.get("folders", []))
    assert left <= set(case.get("leaves", [])), "nothing half-written is left behind"


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "many.jsonl").write_text(
        (json.dumps({"title": "Nurse", "description": "Care for patients"}) + "\n") * 300, encoding="utf-8"
    )
    with subprocess.Popen(
        [COMMAND, "classify", "many.jsonl", "--format", "jsonl"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


@pytest.mark.skipif(os.name != "posix", reason="closes streams as a POSIX shell does")
@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_command_without_a_stream_ends_well(closed: str, tmp_path: Path) -> None:
    done = subprocess.run(["/bin/sh", "-c", f"{COMMAND} --version {closed}"], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
