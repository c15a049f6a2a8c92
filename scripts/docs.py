"""Write what the docs show from the program itself: docs/cli.md from --help, README.md's console blocks by running them.

python scripts/docs.py
python scripts/docs.py --check    # exit 1 where a page is out of date
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from jobsort.cli import main as command

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "cli.md"
README = ROOT / "README.md"
JOBSORT = shutil.which("jobsort", path=str(Path(sys.executable).parent)) or "jobsort"


def reference() -> str:
    """Return the command line reference as Markdown."""
    parts = ["# Command line", "", "Written by `python scripts/docs.py` from `jobsort --help`; a test compares.", ""]
    whole = click.Context(command, info_name="jobsort", max_content_width=100, terminal_width=100)
    pages = [("jobsort", whole, command.get_help(whole))]
    for name, one in sorted(command.commands.items()):
        context = click.Context(one, parent=whole, info_name=name, max_content_width=100, terminal_width=100)
        pages.append((f"jobsort {name}", context, one.get_help(context)))
    for name, _, text in pages:
        parts += [f"## {name}", "", "```text", text, "```", ""]
    parts += [
        "## Exit codes",
        "",
        "| code | meaning |",
        "|---|---|",
        "| 0 | done |",
        "| 1 | something could not be read or written; stderr says what |",
        "| 2 | the command line is wrong |",
        "| 130 | interrupted |",
        "",
        "Data go to stdout, everything else to stderr.",
        "",
    ]
    return "\n".join(parts)


def run(line: str, folder: str) -> str:
    """Run one command of a console block in `folder` and return what it prints, trailing spaces cut."""
    words = shlex.split(line)
    if words[0] != "jobsort":
        sys.exit(f"README.md: a console block runs {words[0]!r}; only jobsort commands can be checked")
    environment = {key: value for key, value in os.environ.items() if key != "JOBSORT_MODEL"}
    done = subprocess.run([JOBSORT, *words[1:]], cwd=folder, capture_output=True, text=True, check=False, env=environment)
    return "\n".join(text.rstrip() for text in (done.stdout + done.stderr).splitlines()).rstrip() + "\n"


def readme() -> str:
    """Return the README with the output of its console blocks as it is now."""

    def refreshed(match: re.Match[str]) -> str:
        lines = re.findall(r"^\$ (.+)$", match.group(1), re.MULTILINE)
        return "```console\n" + "".join(f"$ {line}\n{run(line, folder)}" for line in lines) + "```"

    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "examples").symlink_to(ROOT / "examples")
        return re.sub(r"```console\n(.*?)```", refreshed, README.read_text(encoding="utf-8"), flags=re.DOTALL)


def main() -> int:
    """Write or check the pages."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    stale = []
    for page, content in ((REFERENCE, reference()), (README, readme())):
        if not page.is_file() or page.read_text(encoding="utf-8") != content:
            stale.append(str(page.relative_to(ROOT)))
            if not options.check:
                page.write_text(content, encoding="utf-8")
    if options.check:
        print(f"out of date: {', '.join(stale)}; run python scripts/docs.py" if stale else "the docs are up to date")
        return 1 if stale else 0
    print(f"wrote {', '.join(stale)}" if stale else "nothing to write")
    return 0


if __name__ == "__main__":
    sys.exit(main())
