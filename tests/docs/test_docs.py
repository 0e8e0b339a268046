"""What the pages of docs/ show is what happens.

A fenced block of C, Fortran, make or CMake whose first line is a comment with a file's name is that
file. In a `console` block, a line that begins with `$ ` is a command, and the lines behind it are
all that it prints; a line `...` stands for any lines. One page is one directory, from top to
bottom.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from enzcc.driver.options import MECHANISMS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
TIME_LIMIT = 120

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
FILE_NAME = re.compile(r"^(?:/\*|//|#|!)\s*([\w.-]+\.\w+|Makefile)\b")
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


class Command(NamedTuple):
    """A line that a reader types, and what the page says it prints."""

    line: str
    output: list[str]


def blocks(page: str) -> list[tuple[str, str]]:
    """The fenced blocks of a page: language and text."""
    return FENCE.findall(page)


def commands(text: str) -> list[Command]:
    """The commands of a console block."""
    found: list[Command] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append(Command(line[2:], []))
        else:
            found[-1].output.append(line.rstrip())
    return found


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Is what was printed what the page shows?"""
    pattern = "".join(r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in shown)
    return re.fullmatch(pattern, "".join(line.rstrip() + "\n" for line in printed)) is not None


@pytest.fixture
def shell_environment(tmp_path: Path) -> dict[str, str]:
    """An environment in which `enzcc` is that of this checkout."""
    programs = tmp_path / "programs"
    programs.mkdir()
    start = "import sys; from enzcc.driver.main import {0}; sys.exit({0}())"
    for name, function in (("enzcc", "enzcc"), ("enzcc++", "enzccxx")):
        command = programs / name
        command.write_text(
            f'#!/bin/sh\nexec "{sys.executable}" -c "{start.format(function)}" "$@"\n'
        )
        command.chmod(0o755)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    environment["PATH"] = f"{programs}{os.pathsep}{os.environ['PATH']}"
    for name in ("ENZCC_CLANG", "ENZCC_DEBUG", "PYTHONDONTWRITEBYTECODE", "CC", "CFLAGS"):
        environment.pop(name, None)
    return environment


def can_run(line: str) -> bool:
    """Are the tools there that a command needs beside enzcc?"""
    tools = ("make", "cmake", "flang-22")
    return all(shutil.which(tool) for tool in tools if re.search(rf"\b{tool}\b", line))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_commands_print_what_the_page_shows(
    page: Path, tmp_path: Path, shell_environment: dict[str, str]
) -> None:
    folder = tmp_path / "reader"
    folder.mkdir()
    for language, text in blocks(page.read_text(encoding="utf-8")):
        name = FILE_NAME.match(text)
        if language == "console":
            for command in filter(lambda command: can_run(command.line), commands(text)):
                done = subprocess.run(
                    ["sh", "-c", command.line],
                    cwd=folder,
                    env=shell_environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    timeout=TIME_LIMIT,
                    check=False,
                )
                assert agrees(command.output, done.stdout.splitlines()), (
                    f"{page.name}: $ {command.line}\n{done.stdout}"
                )
        elif name is not None:
            (folder / name.group(1)).write_text(text, encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_every_block_of_c_is_a_file_that_is_built(page: Path) -> None:
    """Nothing is shown that no command has tried."""
    found = blocks(page.read_text(encoding="utf-8"))
    shell = "\n".join(text for language, text in found if language == "console")
    for language, text in found:
        if language in ("c", "cpp", "make", "cmake"):
            name = FILE_NAME.match(text)
            assert name is not None, f"{page.name}: a block without a file name\n{text}"
            assert name.group(1) in shell or language not in ("c", "cpp"), (
                f"{page.name}: {name.group(1)}"
            )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT / "docs")))
def test_links_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(FENCE.sub("", page.read_text(encoding="utf-8"))):
        assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_output_that_differs_is_seen() -> None:
    assert agrees(["a", "...", "c"], ["a", "b", "b", "c"])
    assert agrees(["..."], [])
    assert not agrees(["a"], ["a", "b"])
    assert not agrees(["12.5"], ["1235"])


def test_architecture_names_every_module() -> None:
    """A reader finds each module in the table of docs/architecture.md, and none that is gone."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `((?:enzcc|runtime)/[\w/.]+)`", text, re.M))
    there = {
        str(path.relative_to(ROOT))
        for folder, pattern in (("enzcc", "*.py"), ("runtime", "*.[ch]"))
        for path in (ROOT / folder).rglob(pattern)
        if path.name not in ("__init__.py", "__main__.py")
    }
    assert named == there


def test_contributing_names_every_switch() -> None:
    page = (ROOT / "docs" / "contributing.md").read_text()
    named = re.findall(r"^\| `(-fenzcc-[a-z-]+)` \|", page, re.MULTILINE)
    assert sorted(named) == sorted(MECHANISMS)
