"""How much the gradient of the GMM sample costs: to run, and to compile.

Usage: python benchmarks/gmm.py [--data FOLDER] [--rounds N] [--milliseconds N] [-- FLAG...]

Prints, for each instance, the time of the primal as clang alone compiles it, and as ratios to it:
the primal in the file that enzcc has compiled (1 is right), the gradient, and the adjoint that a
person has written. Then how long compiling the sample takes. The exit status is 1 if a limit is
not kept or the gradient is wrong.
"""

import argparse
import math
import random
import sys
import tempfile
from pathlib import Path

from bench import ENZCC, ROOT, Cost, Kernel, clang, compile_times, cost_table, duration, print_table

sys.path.insert(0, str(ROOT / "samples"))
from make_data import make_gmm

SIZES = ((2, 5), (10, 25), (20, 50))
GRADIENT_LIMIT = 12.0  # times the primal
COMPILE_LIMIT = 3.0  # seconds more than clang alone
ERROR_LIMIT = 1e-9


def instances(data: Path | None, folder: Path) -> list[Path]:
    """The three sizes: of `data`, or made with the same shape."""
    names = [f"gmm_d{d}_K{k}.txt" for d, k in SIZES]
    if data:
        return [data / name for name in names]
    numbers = random.Random(1)
    for name, (d, k) in zip(names, SIZES, strict=True):
        (folder / name).write_text(make_gmm(numbers, d, k, 1000).text)
    return [folder / name for name in names]


def gradient_ratio(cost: Cost) -> float:
    """Time of the gradient relative to the primal."""
    ratio = cost.ratio("gradient")
    return ratio.median if ratio else math.inf


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="cost of the gradient of the GMM sample")
    parser.add_argument("--data", type=Path, help="folder with ADBench's instances")
    parser.add_argument("--rounds", type=int, default=7, help="runs of each variant")
    parser.add_argument("--milliseconds", type=int, default=200, help="length of a run")
    parser.add_argument("flags", nargs="*", default=["-O3"], help="for the compilers, after --")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kernel = Kernel.build("gmm", options.flags, folder)
        costs = [
            kernel.measure(instance.stem, [instance], options.rounds, options.milliseconds)
            for instance in instances(options.data, folder)
        ]
        print_table(*cost_table(costs))
        print(f"limits: ratio {GRADIENT_LIMIT:g}, error {ERROR_LIMIT:g}\n")
        kept = all(gradient_ratio(c) <= GRADIENT_LIMIT and c.error <= ERROR_LIMIT for c in costs)

        compilers = {"clang": clang(), "enzcc": ENZCC}
        flags = [*options.flags, f"-I{ROOT / 'include'}"]
        times = compile_times(
            compilers, flags, ROOT / "samples" / "gmm.c", folder / "gmm.o", options.rounds
        )
        more = times["enzcc"].median - times["clang"].median
        kept &= more <= COMPILE_LIMIT
        print_table(
            ("compiling gmm.c", "time", "ratio"),
            (
                (name, duration(t), f"{t.median / times['clang'].median:.1f}")
                for name, t in times.items()
            ),
        )
        print(f"enzcc takes {more:.2f} s more than clang alone; limit {COMPILE_LIMIT:g} s")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
