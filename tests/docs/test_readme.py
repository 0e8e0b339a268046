"""The README says what is so: the sample prints that, the commands work, links lead somewhere."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from calling import ROOT, command, environment

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, re.M | re.S)
PROSE = re.sub(r"^```.*?^```$", "", README, flags=re.M | re.S)
INDENTED = re.findall(r"^    (\S.*)$", PROSE, re.M)


def test_the_sample(tmp_path: Path) -> None:
    (source,) = (text for language, text in BLOCKS if language == "c")
    (session,) = (text for language, text in BLOCKS if language == "console")
    name = re.match(r"/\* (\S+) \*/", source)
    assert name is not None
    (tmp_path / name[1]).write_text(source)
    (tmp_path / "enzcc").write_text(f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n')
    (tmp_path / "enzcc").chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    said = ""
    for line in session.splitlines():
        if not line.startswith("$ "):
            assert said.splitlines()[0] == line
            said = said.partition("\n")[2]
            continue
        assert said == ""
        said = subprocess.run(
            ["sh", "-c", line[2:]],
            cwd=tmp_path,
            env=environment(PATH=path),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=True,
        ).stdout
    assert said == ""


def test_the_five_lines() -> None:
    """What it is, in five lines, before anything else."""
    first = README.split("\n\n")[1]
    assert len(first.splitlines()) <= 5


def _copy(tmp_path: Path) -> Path:
    """A checkout as a newcomer has it."""
    copy = tmp_path / "checkout"
    ignore = shutil.ignore_patterns(".venv", ".git", "__pycache__", ".*_cache", ".hypothesis")
    shutil.copytree(ROOT, copy, ignore=ignore)
    return copy


def test_the_command_that_runs_a_sample(tmp_path: Path) -> None:
    (line,) = (line for line in INDENTED if line.startswith("sh samples/run"))
    done = subprocess.run(
        shlex.split(line),
        cwd=_copy(tmp_path),
        env={key: value for key, value in os.environ.items() if key != "ENZCC_VENV"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert "df/dx[0] =  0.918216819549" in done.stdout


def test_the_command_that_runs_the_tests_is_that_of_ci() -> None:
    """It cannot run within itself; that CI runs it is what shows that it works."""
    (line,) = (line for line in INDENTED if line.startswith("sh tests/run"))
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == line
    script = (ROOT / "tests/run").read_text()
    assert script.splitlines()[-1].startswith("python -m pytest")


def test_the_package_holds_what_it_needs(tmp_path: Path) -> None:
    """`pip install .`: both commands, and the header, found away from the checkout."""
    site = tmp_path / "site"
    copy = _copy(tmp_path)
    subprocess.run(
        [*command()[:1], "-m", "pip", "install", "-q", "--no-deps", "--target", site, "."],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    shutil.rmtree(copy)
    (tmp_path / "a.c").write_text(
        "#include <enzyme.h>\n"
        "static double f(double x) { return x * x; }\n"
        "int main(void) { return (int)__enzyme_autodiff((void *)f, enzyme_out, 21.0); }\n"
    )
    env = {**os.environ, "PYTHONPATH": str(site)}
    for name, source in (("enzcc", "a.c"), ("enzcc++", "-xc++"), ("enzcc", "a.c")):
        words = [site / "bin" / name, source] if source == "a.c" else [site / "bin" / name, "-v"]
        subprocess.run([*words], cwd=tmp_path, env=env, check=True, capture_output=True)
    assert subprocess.run([tmp_path / "a.out"], check=False).returncode == 42


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target
