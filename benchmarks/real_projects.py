"""Code that we did not write: builds C projects with CC=enzcc and runs their own tests.

    python benchmarks/real_projects.py [PROJECT ...]

Fetches Debian's source packages with `apt-get source` into a temporary directory (root is not
needed, `dpkg-dev` is). A project passes if its build and its own tests do, and if what enzcc
compiled is, object for object, what clang compiles with the same words.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple


class Project(NamedTuple):
    """How a project is built and tested, by its own words."""

    build: list[str]
    test: list[str]


PROJECTS = {
    "zlib": Project(["./configure", "make -j2"], ["make test"]),
    "bzip2": Project(["make -j2 CC=$CC"], ["make test CC=$CC"]),
    "lz4": Project(["make -j2 default"], ["make -C tests fuzzer frametest", "tests/fuzzer -T10s"]),
}


def fetch(name: str, place: Path) -> Path:
    """The source tree, from where the machine's packages come from."""
    targets = subprocess.check_output(
        [
            "apt-get",
            "indextargets",
            "--format",
            "$(REPO_URI) $(RELEASE) $(COMPONENT)",
            "Created-By: Packages",
        ],
        text=True,
    )
    lists = place / "apt"
    (lists / "state/partial").mkdir(parents=True, exist_ok=True)
    lines = [f"deb-src [trusted=yes] {line}\n" for line in targets.splitlines()]
    (lists / "sources.list").write_text("".join(line for line in lines if "debian" in line))
    options = [
        f"-oDir::Etc::SourceList={lists / 'sources.list'}",
        "-oDir::Etc::SourceParts=/dev/null",
        f"-oDir::State::lists={lists / 'state'}",
        "-oAPT::Sandbox::User=",
        f"-oDir::Cache={lists}",
    ]
    subprocess.run(["apt-get", *options, "-qq", "update"], check=True)
    where = place / name
    where.mkdir()
    done = subprocess.run(
        ["apt-get", *options, "-qq", "source", name],
        cwd=where,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"apt-get source {name}: {done.stderr}")
    (tree,) = (path for path in where.iterdir() if path.is_dir())
    return tree


def run(lines: list[str], tree: Path, compiler: str, log: Path) -> bool:
    """Run the lines one after the other; False at the first that fails."""
    env = {**os.environ, "CC": compiler, "CFLAGS": "-O2 -w", "ENZCC_DEBUG": "1"}
    with log.open("a") as out:
        return all(
            subprocess.run(
                ["sh", "-c", line], cwd=tree, env=env, stdout=out, stderr=out, check=False
            ).returncode
            == 0
            for line in lines
        )


def objects(tree: Path) -> dict[str, str]:
    """What the build made: names and contents."""
    return {
        str(path.relative_to(tree)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(tree.rglob("*"))
        if path.suffix in {".o", ".lo", ".so"} and path.is_file()
    }


def try_project(name: str, enzcc: str, clang: str, place: Path) -> bool:
    project = PROJECTS[name]
    tree = fetch(name, place)
    spare = tree.with_name("spare")
    shutil.copytree(tree, spare, symlinks=True)
    log = place / f"{name}.log"
    made, seconds = {}, {}
    for compiler in (clang, enzcc):
        # In the same directory, since debug information and __FILE__ hold it.
        shutil.rmtree(tree)
        shutil.copytree(spare, tree, symlinks=True)
        begin = time.perf_counter()
        if not run(project.build, tree, compiler, log):
            print(log.read_text()[-3000:], file=sys.stderr)
            print(f"{name}: does not build with {compiler}")
            return False
        seconds[compiler] = time.perf_counter() - begin
        made[compiler] = objects(tree)
    same = made[clang] == made[enzcc]
    passed = run(project.test, tree, enzcc, log)
    if not passed:
        print(log.read_text()[-3000:], file=sys.stderr)
    print(
        f"{tree.name:14} {len(made[enzcc]):3} objects {'like' if same else 'UNLIKE'} clang's, "
        f"tests {'passed' if passed else 'FAILED'}, "
        f"built in {seconds[enzcc]:.1f} s (clang: {seconds[clang]:.1f} s)"
    )
    return same and passed


def main() -> int:
    names = sys.argv[1:] or list(PROJECTS)
    beside = Path(sys.executable).with_name("enzcc")
    enzcc = str(beside) if beside.exists() else shutil.which("enzcc")
    clang = shutil.which("clang-22")
    if enzcc is None or clang is None:
        print("needs clang-22 and an installed enzcc", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as place:
        results = [try_project(name, enzcc, clang, Path(place)) for name in names]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
