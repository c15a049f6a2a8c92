"""Docs cannot rot: examples run, the command reference and the model card say what is."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
import re
import subprocess
import sys

import pytest
from conftest import ROOT

import jobsort

README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(module.name for module in pkgutil.walk_packages(jobsort.__path__, "jobsort."))


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_run(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    assert not result.failed


def test_readme_has_its_two_commands() -> None:
    commands = re.findall(r"^pip install .*$", README, re.MULTILINE)
    assert len(commands) == 2
    assert "jobsort classify examples/" in commands[0]
    assert commands[1].endswith("&& pytest")


def test_command_reference_and_readme_show_what_is() -> None:
    done = subprocess.run([sys.executable, "scripts/docs.py", "--check"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_links_in_the_docs_lead_somewhere() -> None:
    for page in [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("data/**/README.md"),
        *ROOT.glob("models/*/README.md"),
    ]:
        for target in re.findall(r"\]\(([^)#:\s]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


def test_example_programs_compile() -> None:
    programs = sorted((ROOT / "examples").glob("*.py"))
    assert programs
    for program in programs:
        compile(program.read_text(encoding="utf-8"), program.name, "exec")


def test_pages_on_scale_and_speed_have_their_figures() -> None:
    for name in ("scale.md", "performance.md"):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8")
        assert not re.findall(r"\b[A-Z]{3,}_[A-Z]+\b|^BENCH$|^PARTS$", page, re.MULTILINE)
