"""The house keeps its shape: who may import whom, and what must not be loaded for nothing."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import jobsort

PACKAGE = Path(jobsort.__file__).parent
LEARNING = {"features", "training", "evaluation"}
# Reader -> Posting -> features -> Classifier -> Reading -> render: no arrow runs back.
FORBIDDEN = {
    "readers": {
        "classifier",
        "training",
        "evaluation",
        "features",
        "vectors",
        "lexicon",
        "skills",
        "render",
        "cli",
        "batch",
    },
    "text": {"classifier", "lexicon", "skills", "readers", "training", "vectors", "facts"},
    "lexicon": {"classifier", "readers", "training", "vectors", "skills", "render"},
    "skills": {"classifier", "readers", "training", "render"},
    "facts": {"classifier", "readers", "training", "render", "lexicon"},
    "seniority": {"classifier", "readers", "training", "render", "lexicon"},
    "types": {"classifier", "readers", "text", "lexicon"},
    "classifier": {"training", "evaluation", "features", "render", "cli"},
    "render": {"training", "cli", "batch"},
    "batch": {"training", "render", "cli", "engines"},
    "stems": {"text", "facts", "lexicon", "classifier", "readers"},
    "journal": {"batch", "classifier", "readers", "outputs", "cli"},
    "outputs": {"batch", "classifier", "training", "render", "cli"},
    "engines": {"training", "render", "cli"},
}


def imports(path: Path, *, at_import: bool = False) -> set[str]:
    """Modules that a file imports; `at_import` leaves out those inside functions and ``if TYPE_CHECKING``."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return
        if at_import and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            return
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(tree)
    return found


@pytest.mark.parametrize("module", sorted(FORBIDDEN))
def test_no_arrow_runs_back(module: str) -> None:
    folder = PACKAGE / module
    for path in sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{module}.py"]:
        used = {name.removeprefix("jobsort.").split(".")[0] for name in imports(path) if name.startswith("jobsort.")}
        assert not used & FORBIDDEN[module], f"{path.name} imports {used & FORBIDDEN[module]}"


def test_only_learning_imports_scikit_learn() -> None:
    users = {path.stem for path in PACKAGE.rglob("*.py") if any(name.split(".")[0] == "sklearn" for name in imports(path))}
    assert users == LEARNING


def test_nothing_unpickles() -> None:
    for path in PACKAGE.rglob("*.py"):
        used = {name.split(".")[0] for name in imports(path)}
        assert not used & {"pickle", "dill", "cloudpickle", "shelve"}, path
        assert "joblib.load" not in path.read_text(encoding="utf-8"), path


def test_the_library_never_prints_nor_configures_logging() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id != "print", path
        assert "basicConfig" not in path.read_text(encoding="utf-8"), path


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import jobsort", {"sklearn", "pandas", "numpy", "bs4", "click"}),
        ("import jobsort.cli", {"sklearn", "pandas", "numpy", "bs4"}),
        ("from jobsort import classify; classify('Data Scientist')", {"sklearn", "pandas", "bs4", "joblib"}),
    ],
)
def test_heavy_packages_load_only_where_used(code: str, absent: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*{{name.split('.')[0] for name in sys.modules}})"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert not absent & set(done.stdout.split())
