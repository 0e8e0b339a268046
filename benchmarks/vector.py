"""What N directions at once cost, relative to one: `enzyme_width` in both modes.

    python benchmarks/vector.py [--flags="-O3 -march=native"] [--rounds N]

Ratios of best times in one process. The first columns are one direction relative to the primal.
"""

from __future__ import annotations

import argparse
import shlex
import tempfile
from pathlib import Path

from bench import ENZCC, run

SOURCE = Path(__file__).resolve().parent / "vector.c"


def measure(flags: list[str], rounds: int) -> dict[tuple[str, str, int], float]:
    """Seconds by kernel, mode and width."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "vector")
        run([*ENZCC, *flags, SOURCE, "-o", program, "-lm"])
        lines = run([program, str(rounds)]).splitlines()
    rows = [line.split() for line in lines]
    return {(kernel, mode, int(width)): float(s) for kernel, mode, width, s in rows}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--flags", default="-O3", help="how to compile")
    parser.add_argument("--rounds", type=int, default=15, help="how often everything is timed")
    options = parser.parse_args()
    seconds = measure(shlex.split(options.flags), options.rounds)
    kernels = list(dict.fromkeys(kernel for kernel, _, _ in seconds))
    widths = sorted({width for _, _, width in seconds} - {1})
    for mode in ("forward", "reverse"):
        print(f"| {mode} | 1 / primal | " + " | ".join(f"{w} / 1" for w in widths) + " |")
        print("|---|" + "---|" * (1 + len(widths)))
        for kernel in kernels:
            one = seconds[kernel, mode, 1]
            cells = [one / seconds[kernel, "primal", 1]]
            cells += [seconds[kernel, mode, width] / one for width in widths]
            print(f"| {kernel} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |")
        print()


if __name__ == "__main__":
    main()
