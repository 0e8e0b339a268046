"""How long it takes to read a module's text into the IR model and to print it again.

    python benchmarks/ir_speed.py [FILE.ll ...]

Without files: the C++ file of the tests, at -O0 and -O2, without and with -g. Times are processor
times, the least of five. Exits 1 if 50,000 lines take more than the 3 s that are promised.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from enzcc import llvm
from enzcc.ir import Module

PROMISE = 3.0  # seconds for 50,000 lines
SOURCE = Path(__file__).parent.parent / "tests" / "ir" / "sources" / "library.cpp"


def compiled(level: str, debug: bool, folder: str) -> Path:
    """LLVM text of the C++ file."""
    out = Path(folder, f"library-O{level}{'-g' if debug else ''}.ll")
    clang = shutil.which("clang-22") or "clang"
    options = ["-w", "-std=c++20", "-S", "-emit-llvm", f"-O{level}", *(["-g"] if debug else [])]
    subprocess.run([clang, *options, str(SOURCE), "-o", str(out)], check=True)
    return out


def times(text: str) -> tuple[float, float, float]:
    """Seconds to cut the module, to read every body, and to print it all."""
    begin = time.process_time()
    module = Module.parse(text)
    cut = time.process_time()
    for name in module.functions_with_bodies():
        module.function(name)
    read = time.process_time()
    if module.print() != text:
        raise SystemExit("the module is not printed as it was read")
    return cut - begin, read - cut, time.process_time() - read


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("files", nargs="*", type=Path)
    files: list[Path] = parser.parse_args().files
    slowest = 0.0
    with tempfile.TemporaryDirectory() as folder:
        files = files or [compiled(o, g, folder) for o in "02" for g in (False, True)]
        print(
            f"{'module':24} {'lines':>8} {'cut':>7} {'read':>7} {'print':>7} {'50,000 lines':>13}"
        )
        for file in files:
            text = llvm.normalise(file.read_text())
            cut, read, printed = min((times(text) for _ in range(5)), key=sum)
            lines = text.count("\n")
            per = (cut + read + printed) * 50_000 / lines
            slowest = max(slowest, per)
            row = f"{file.stem:24} {lines:8} {cut:6.2f}s {read:6.2f}s {printed:6.2f}s {per:11.2f} s"
            print(row)
    return int(slowest > PROMISE)


if __name__ == "__main__":
    sys.exit(main())
