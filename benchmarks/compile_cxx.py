"""How long C++ programs take to compile, as a multiple of what clang takes for the same program.

    python benchmarks/compile_cxx.py [-O2 ...]

CPU seconds of all processes, measured one after the other in one run; programs whose headers are
not installed are left out.
"""

from __future__ import annotations

import compileall
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = [
    *(ROOT / "samples" / name for name in ("bundle_eigen.cpp", "odeint_orbit.cpp", "layers.cpp")),
    *sorted((ROOT / "tests" / "programs").glob("library_*.cpp")),
]
INCLUDES = ["-I", str(ROOT / "include"), "-isystem", "/usr/include/eigen3"]


def seconds(words: list[str]) -> float | None:
    """User and system time of a call and of what it starts; None if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        return None
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    clang = shutil.which("clang++-22") or shutil.which("clang++") or "clang++"
    ours = [sys.executable, "-m", "enzcc"]
    os.chdir(ROOT)
    compileall.compile_dir(ROOT / "enzcc", quiet=1)  # as where it is installed
    with tempfile.TemporaryDirectory() as directory:
        output = os.path.join(directory, "it.o")
        for level in sys.argv[1:] or ["-O0", "-O2"]:
            for program in PROGRAMS:
                words = [level, "-w", "-c", str(program), "-o", output, *INCLUDES]
                theirs, mine = seconds([clang, *words]), seconds([*ours, *words])
                if theirs is not None and mine is not None:
                    print(f"{level} {program.name:24} {theirs:6.2f} s  x {mine / theirs:.2f}")


if __name__ == "__main__":
    main()
