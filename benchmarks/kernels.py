"""What gradients cost: every kernel of `kernels/`, on instances made here.

Usage: python benchmarks/kernels.py [--rounds N] [--milliseconds N] [--kernel NAME] [-- FLAG...]

A row gives the time of the primal as clang alone compiles it, and as ratios to it: the primal in
the file that enzcc has compiled (1 is right), the gradient, and the one that a person has written.
The exit status is 1 if a gradient is wrong.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from bench import COST_HEAD, ROOT, Cost, Kernel, print_table

sys.path.insert(0, str(ROOT / "samples"))
from make_data import Instance, make_ba, make_gmm, make_lstm

ERROR_LIMIT = 1e-9

Maker: TypeAlias = Callable[[random.Random, int, int, int], Instance]

# fmt: off
CASES: tuple[tuple[str, str, Maker, tuple[int, int, int]], ...] = (
    # kernel   instance          made by     with
    ("gmm",    "gmm_d2_K5",      make_gmm,   (2, 5, 1000)),
    ("gmm",    "gmm_d10_K25",    make_gmm,   (10, 25, 1000)),
    ("ba",     "ba_p1000",       make_ba,    (10, 100, 1000)),
    ("lstm",   "lstm_l2_c200",   make_lstm,  (2, 200, 14)),
)
# fmt: on


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="cost of the gradients of all kernels")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each variant")
    parser.add_argument("--milliseconds", type=int, default=100, help="length of a run")
    parser.add_argument("--kernel", action="append", help="only this one; may be repeated")
    parser.add_argument("flags", nargs="*", default=["-O3"], help="for the compilers, after --")
    options = parser.parse_args()

    costs: list[Cost] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        built: dict[str, Kernel] = {}
        for kernel, instance, make, sizes in CASES:
            if options.kernel and kernel not in options.kernel:
                continue
            if kernel not in built:
                built[kernel] = Kernel.build(kernel, options.flags, folder)
            path = folder / f"{instance}.txt"
            path.write_text(make(random.Random(1), *sizes).text)
            costs.append(built[kernel].measure(path, options.rounds, options.milliseconds))
    print_table(COST_HEAD, (cost.row() for cost in costs))
    return 0 if all(cost.error <= ERROR_LIMIT for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
