"""Packages import downwards only, LLVM has one door, and modules stay of a size to read.

    errors < ir < rules, markers < analysis < ad < driver

`rules` and `markers` lie side by side and do not import each other. Modules beside the packages
have a place of their own in the order: see `LAYERS`.
"""

from __future__ import annotations

import ast
import importlib.util
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted((ROOT / "enzcc").rglob("*.py"))
MOST_LINES = 1000

LAYERS = (
    {"patterns"},
    {"enzcc", "data", "demangle", "errors", "settings"},
    {"ir", "llvm", "source"},
    {"rules", "markers"},
    {"analysis"},
    {"ad"},
    {"driver"},
    {"__main__"},
)
"""From the bottom up; a module may import what lies below its own layer, and its own package."""

HOLDS = {layer: height for height, names in enumerate(LAYERS) for layer in names}


def layer_of(module: str) -> str:
    """The part of a dotted name that has a place among the layers."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """All modules that a file imports, also within functions and for type checkers only."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} imports relatively"
            assert node.module is not None
            if node.module == "enzcc":
                yield from (f"enzcc.{a.name}" for a in node.names if a.name != "__version__")
            else:
                yield node.module


def may_import(importer: str, imported: str) -> bool:
    a, b = layer_of(importer), layer_of(imported)
    return a == b or HOLDS[b] < HOLDS[a]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_downwards(path: Path) -> None:
    own = [name for name in imports(path) if name.split(".")[0] == "enzcc"]
    wrong = [name for name in own if not may_import(name_of(path), name)]
    assert not wrong, f"{name_of(path)} must not import {', '.join(wrong)}"


def test_the_order_is_one() -> None:
    """The check itself: a wrong direction is seen."""
    assert may_import("enzcc.ad.modes.reverse", "enzcc.analysis.cfg")
    assert not may_import("enzcc.analysis.cfg", "enzcc.ad.modes.reverse")
    assert not may_import("enzcc.rules.table", "enzcc.markers.names")
    assert {layer_of(name_of(path)) for path in MODULES} <= set(HOLDS)


def test_only_one_module_imports_llvmlite() -> None:
    found = {
        name_of(path)
        for path in MODULES
        for name in imports(path)
        if name.split(".")[0] == "llvmlite"
    }
    assert found == {"enzcc.llvm"}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_modules_can_be_read(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MOST_LINES, f"{name_of(path)} has {lines} lines: it wants to be two modules"


def test_a_file_without_markers_needs_no_heavy_import() -> None:
    """The short road must start fast: what it imports is little, and no llvmlite."""
    code = "import sys, enzcc.driver.main, enzcc.driver.road; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert not loaded & {"llvmlite", "clang", "argparse", "subprocess", "enzcc.ad", "enzcc.ir"}


def tool(name: str) -> list[str]:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    return [sys.executable, "-m", name]


@pytest.mark.parametrize(
    "words",
    [("ruff", "check", "enzcc"), ("ruff", "format", "--check", "enzcc"), ("mypy",)],
    ids=" ".join,
)
def test_the_code_is_as_pyproject_wants_it(words: tuple[str, ...]) -> None:
    name, *arguments = words
    done = subprocess.run(
        [*tool(name), *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
