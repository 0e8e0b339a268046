"""What gradients cost: every kernel of `kernels/`, in three sizes.

Usage: python benchmarks/kernels.py [--rounds N] [--milliseconds N] [--kernel NAME] [--size SIZE]
                                    [--tool NAME] [--output FOLDER] [-- FLAG...]

A row gives the time of the primal as clang alone compiles it, and ratios of times of the same
round: the primal in the file that enzcc has compiled (1 is right), the gradient, the adjoint that
a person has written, one to the other, and what peers and other ways to compile need. `memory` is
what the gradient needs beyond the primal. Each time is that of a process of its own; all take
turns. With --output the table, its numbers and a plot are written to a folder. The exit status is 1
if a gradient is wrong.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from bench import (
    ENZCC,
    ROOT,
    TOOLS,
    Cost,
    Kernel,
    clang,
    compile_times,
    cost_table,
    duration,
    print_table,
)
from plot import earlier, publish

sys.path.insert(0, str(ROOT / "samples"))
from make_data import Instance, make_ba, make_gmm, make_lstm

ERROR_LIMIT = 1e-7  # sums over millions of terms are rounded differently

Maker: TypeAlias = Callable[..., Instance]


@dataclass(frozen=True)
class Made:
    """An instance in a file, made by a function of `samples/make_data.py`."""

    make: Maker
    sizes: tuple[int, ...]

    def argument(self, path: Path) -> Path:
        """Write the file, which is the kernel's argument."""
        path.write_text(self.make(random.Random(1), *self.sizes).text)
        return path


def made(make: Maker) -> Callable[..., Made]:
    """What makes instances, called with their sizes."""
    return lambda *sizes: Made(make, sizes)


gmm, ba, lstm = made(make_gmm), made(make_ba), made(make_lstm)

SIZES = ("small", "medium", "large")  # with all that a tape would hold: in L1, in L2, in memory

# fmt: off
KERNELS: dict[str, tuple[int | Made, int | Made, int | Made]] = {
    # kernel          small   medium   large
    "gmm":            (gmm(2, 5, 1000), gmm(10, 25, 1000), gmm(20, 50, 1000)),
    "ba":             (ba(1, 1, 10),    ba(10, 100, 1000), ba(49, 7776, 31843)),
    "lstm":           (lstm(2, 3, 14),  lstm(2, 200, 14),  lstm(2, 5000, 14)),
    "hand":           (20,     500,     200_000),
    "brusselator":    (16,     64,      1024),
    "rk4":            (100,    3000,    300_000),
    "euler":          (600,    10_000,  2_000_000),
    "fft_recursive":  (256,    4096,    1 << 20),
    "fft_iterative":  (256,    4096,    1 << 20),
    "log_sum_exp":    (600,    10_000,  3_000_000),
    "matrix_descent": (30,     150,     1500),
    "neural_net":     (10,     196,     20_000),
    "taylor_log":     (100,    10_000,  1_000_000),
    "heat":           (20,     64,      1000),
    "nbody":          (30,     1000,    4000),
    "cholesky":       (24,     112,     512),
    "matrix_chain":   (10,     40,      200),
    "csr":            (80,     1000,    200_000),
    "black_scholes":  (200,    2000,    500_000),
    "newton":         (30,     1000,    200_000),
    "list":           (400,    8000,    1_000_000),
    "scan":           (600,    10_000,  3_000_000),
    "logistic":       (100,    2000,    200_000),
    "lorenz":         (300,    5000,    1_000_000),
    "quantile":       (500,    10_000,  500_000),
}
# fmt: on


def place(kernel: str, size: str) -> tuple[int, int]:
    """Where a row stands in the table."""
    return list(KERNELS).index(kernel), SIZES.index(size)


def arguments(kernel: str, size: str, folder: Path) -> list[str | Path]:
    """The words for a kernel's program."""
    instance = KERNELS[kernel][SIZES.index(size)]
    if isinstance(instance, Made):
        return [instance.argument(folder / f"{kernel}_{size}.txt")]
    return [str(instance)]


def reason(said: str) -> str:
    """The line of a compiler's complaints that says what is wrong."""
    lines = said.strip().splitlines() or ["refused"]
    return next((line for line in lines if "error:" in line), lines[0]).replace(f"{ROOT}/", "")


def compile_row(kernel: Kernel, flags: list[str], folder: Path, rounds: int) -> list[str]:
    """How long clang and enzcc take for the kernel's file."""
    words = [*flags, f"-I{ROOT / 'include'}"]
    times = compile_times(
        {"clang": clang(), "enzcc": ENZCC}, words, kernel.source, folder / "kernel.o", rounds
    )
    alone, both = times["clang"], times["enzcc"]
    more = both.median - alone.median
    return [kernel.name, duration(alone), f"{both.median / alone.median:.1f}", f"{more:+.2f} s"]


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description="cost of the gradients of all kernels")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each variant")
    parser.add_argument("--milliseconds", type=int, default=100, help="length of a run")
    parser.add_argument("--kernel", action="append", help="only this one; may be repeated")
    parser.add_argument("--size", action="append", choices=SIZES, help="only this one")
    parser.add_argument("--tool", action="append", help="beside clang and enzcc only this one")
    parser.add_argument("--compilations", type=int, default=5, help="timed ones a kernel")
    parser.add_argument("--output", type=Path, help="folder for the table, numbers and plot")
    parser.add_argument("--keep", action="store_true", help="what else is in that folder")
    parser.add_argument("flags", nargs="*", default=["-O3"], help="for the compilers, after --")
    options = parser.parse_args()

    wanted = ("clang", "enzcc", *options.tool) if options.tool else [t.name for t in TOOLS]
    costs: list[Cost] = []
    compiling: list[list[str]] = []
    refusals: list[str] = []
    head = ("compiling", "clang", "enzcc/clang", "more")
    measured = [
        (kernel, size) for kernel in options.kernel or KERNELS for size in options.size or SIZES
    ]
    if options.output and options.keep:
        costs, compiling, refusals = earlier(options.output)
        costs = [cost for cost in costs if (cost.kernel, cost.instance) not in measured]
        if options.compilations:
            compiling = [row for row in compiling if row[0] not in (options.kernel or KERNELS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools = [tool for tool in TOOLS if tool.name in wanted and tool.is_there(folder)]
        for kernel_name in options.kernel or KERNELS:
            kernel = Kernel.build(kernel_name, options.flags, folder, tools)
            for size in options.size or SIZES:
                words = arguments(kernel_name, size, folder)
                cost = kernel.measure(
                    size,
                    words,
                    options.rounds,
                    options.milliseconds,
                    peers=size != "large",  # a peer's tape would not fit into memory
                )
                costs.append(cost)
                ratio = cost.ratio("gradient", "by_hand")
                said = f"{ratio.median:.2f}" if ratio else "-"
                print(f"{kernel_name} {size}: gradient/hand {said}", file=sys.stderr, flush=True)
            if "enzcc" in kernel.programs and options.compilations:
                compiling.append(compile_row(kernel, options.flags, folder, options.compilations))
            refusals += [
                f"{kernel_name}: {tool}: {reason(said)}" for tool, said in kernel.refusals.items()
            ]
            if options.output:  # after each kernel: an interrupted run leaves what it has
                costs.sort(key=lambda cost: place(cost.kernel, cost.instance))
                publish(costs, (head, compiling), refusals, options.output)
    print_table(*cost_table(costs))
    print()
    print_table(head, compiling)
    print("".join(f"{line}\n" for line in refusals), end="")
    return 0 if all(cost.error <= ERROR_LIMIT for cost in costs) else 1


if __name__ == "__main__":
    sys.exit(main())
