"""Building and running the samples, for the tests of this folder."""

from __future__ import annotations

import os
import subprocess
from functools import cache
from pathlib import Path

from calling import run_enzcc

ROOT = Path(__file__).resolve().parent.parent.parent
SAMPLES = ROOT / "samples"

LEVELS = ("-O0", "-O3")
SANITIZED = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


def real_data() -> Path:
    """Where the instances of the ADBench suite are, if they are here."""
    return Path(os.environ.get("ENZCC_SHARED_DATA", ROOT.parent / "shared" / "data")) / "adbench"


def enzcc(
    *words: str | Path, stdin: str = "", cxx: bool = False
) -> subprocess.CompletedProcess[str]:
    """Call the compiler of this checkout."""
    return run_enzcc(words, cxx=cxx, stdin=stdin)


@cache
def build(name: str, flags: tuple[str, ...], folder: Path) -> Path:
    """Compile samples/NAME.c, or .cpp, without a warning; the program's path."""
    source = next(path for path in SAMPLES.glob(f"{name}.c*"))
    cxx = source.suffix == ".cpp"
    program = folder / "-".join([name, *(flag.strip("-").split("=")[0] for flag in flags)])
    flags = (*flags, "-Wall", "-Wextra", "-pedantic")
    done = enzcc(*flags, source, "-o", program, "-lm", cxx=cxx)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return program


def run(program: Path, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """Run a sample; its exit status says whether it was satisfied with itself."""
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, check=False, timeout=300
    )
