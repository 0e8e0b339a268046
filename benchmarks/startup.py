"""What enzcc costs over clang for a file without markers: the median of pairs.

    python benchmarks/startup.py [--pairs N] [COMPILER]

A pair is one compile by clang and one by enzcc, one right after the other, so that whatever else
the machine does meets both. Exits 1 if the median is more than the 60 ms that are promised.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROMISE = 0.060  # seconds

SOURCE = """
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) { return printf("%d %s\\n", argc, argv[0]) < 0; }
"""


def seconds(command: list[str], directory: str) -> float:
    begin = time.perf_counter()
    subprocess.run(command, cwd=directory, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begin


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clang", nargs="?", default="clang-22", help="what to compare with")
    parser.add_argument("--pairs", type=int, default=40)
    options = parser.parse_args()
    clang = shutil.which(options.clang)
    beside = Path(sys.executable).with_name("enzcc")
    enzcc = str(beside) if beside.exists() else shutil.which("enzcc")
    if clang is None or enzcc is None:
        print("needs clang and an installed enzcc", file=sys.stderr)
        return 2
    os.environ["ENZCC_CLANG"] = clang
    worst = 0.0
    with tempfile.TemporaryDirectory() as directory:
        Path(directory, "plain.c").write_text(SOURCE)
        for what, words in (
            ("compile", ["-O2", "-c", "plain.c", "-o", "plain.o"]),
            ("compile and link", ["-O2", "plain.c", "-o", "plain"]),
        ):
            times = []
            for _ in range(options.pairs + 1):
                alone = seconds([clang, *words], directory)
                times.append((alone, seconds([enzcc, *words], directory)))
            alone = statistics.median(pair[0] for pair in times[1:])
            extra = statistics.median(pair[1] - pair[0] for pair in times[1:])
            least = min(pair[1] for pair in times) - min(pair[0] for pair in times)
            worst = max(worst, extra)
            print(
                f"{what:18} clang {alone * 1e3:6.1f} ms   enzcc {extra * 1e3:+6.1f} ms"
                f"   (fastest runs: {least * 1e3:+.1f} ms)"
            )
    return 0 if worst <= PROMISE else 1


if __name__ == "__main__":
    sys.exit(main())
