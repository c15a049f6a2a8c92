"""Scripts of the project that no other test runs."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

from conftest import ROOT

from jobsort.text import normalize_phrase

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jobsort.lexicon import Lexicon

HEADER = "title,company,description\n"
ROWS = (
    'Engineer,Quorvex,"Duties:\nYou keep our Zibblo Grid and plonkDB up at Quorvex, with Python and Docker. Ask HR on Monday."\n',
    'Analyst,Other,"Requirements:\nSolid knowledge of plonkDB, the Zibblo Grid and SQL. Fast learners welcome."\n',
)


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "scripts/uncovered.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


def terms(output: str) -> dict[str, int]:
    rows = [line.split(maxsplit=1) for line in output.splitlines()[:-1]]
    return {term: int(count) for count, term in rows}


def test_uncovered_lists_names_that_the_lexicon_lacks(write: Callable[[str, str], Path]) -> None:
    done = run(write("jobs.csv", HEADER + "".join(ROWS)), "--least", "1")
    assert done.returncode == 0, done.stderr
    assert terms(done.stdout) == {"plonkDB": 2, "Zibblo Grid": 2}
    assert "plonkDB" not in run(write("jobs.csv", HEADER + ROWS[0]), "--least", "2").stdout


def test_uncovered_reads_annotated_spans(write: Callable[[str, str], Path]) -> None:
    tokens, tags = ["Know", "Zibblo", "Grid", "and", "Python"], ["O", "B", "I", "O", "B"]
    records = [
        {"idx": number, "tokens": tokens, "tags_knowledge": tags, "source": source}
        for number, source in enumerate(("tech", "tech", "house"))
    ]
    done = run(write("spans.jsonl", "".join(json.dumps(record) + "\n" for record in records)), "--least", "1")
    assert terms(done.stdout) == {"Zibblo Grid": 2}, done.stderr


def test_uncovered_names_a_file_it_cannot_read(tmp_path: Path) -> None:
    done = run(tmp_path / "none.csv")
    assert done.returncode == 1
    assert "none.csv" in done.stderr


def test_what_is_left_out_is_not_in_the_lexicon(lexicon: Lexicon) -> None:
    reasons: dict[str, list[str]] = tomllib.loads((ROOT / "data" / "left_out.toml").read_text(encoding="utf-8"))
    listed = [term for terms in reasons.values() for term in terms]
    forms = {pattern.decode().strip() for pattern in lexicon.entry_patterns}
    assert not [term for term in listed if normalize_phrase(term) in forms]
    assert len(listed) == len({term.lower() for term in listed})


def test_the_records_of_500_postings_are_the_kept_ones() -> None:
    done = subprocess.run([sys.executable, "scripts/records.py"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
