"""What the benchmarks share: compilers, kernels, interleaved runs, medians, tables."""

import os
import shlex
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KERNELS = Path(__file__).resolve().parent / "kernels"

ENZCC = [sys.executable, "-m", "enzcc"]


def clang() -> list[str]:
    """The compiler we compare with: $ENZCC_CLANG, clang-22, clang."""
    named = os.environ.get("ENZCC_CLANG")
    found = named or shutil.which("clang-22") or shutil.which("clang")
    if not found:
        sys.exit("error: no clang to compare with; set ENZCC_CLANG")
    return shlex.split(found)


@dataclass(frozen=True)
class Timings:
    """Seconds of processor time of repeated runs of one thing."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle run, which a busy machine disturbs least."""
        return statistics.median(self.seconds)

    @property
    def spread(self) -> float:
        """How far the middle half of the runs reaches, relative to the median."""
        if len(self.seconds) < 2:
            return 0.0
        low, _, high = statistics.quantiles(self.seconds, n=4, method="inclusive")
        return (high - low) / self.median


def run(command: Sequence[str | Path]) -> str:
    """The standard output of a command that must succeed; its errors end the benchmark."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    if done.returncode:
        sys.exit(f"error: exit status {done.returncode}: {shlex.join(map(str, command))}")
    return done.stdout


def processor_seconds() -> float:
    """The processor time of this process and its children, which other work does not disturb."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def interleave(things: dict[str, Callable[[], object]], rounds: int) -> dict[str, Timings]:
    """Time each thing once a round, so that a busy moment of the machine meets all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in things}
    for _ in range(rounds):
        for name, thing in things.items():
            start = processor_seconds()
            thing()
            seconds[name].append(processor_seconds() - start)
    return {name: Timings(tuple(values)) for name, values in seconds.items()}


def compile_times(
    compilers: dict[str, list[str]], flags: Sequence[str], source: Path, output: Path, rounds: int
) -> dict[str, Timings]:
    """The processor time that each compiler takes from `source` to an object file."""
    things: dict[str, Callable[[], object]] = {}
    for name, compiler in compilers.items():
        command = [*compiler, *flags, "-c", str(source), "-o", str(output)]
        things[name] = partial(run, command)
    return interleave(things, rounds)


@dataclass(frozen=True)
class Kernel:
    """A file of `kernels/`, built twice: by clang alone without its gradient, and by enzcc."""

    name: str
    plain: Path
    enzyme: Path

    @staticmethod
    def build(name: str, flags: Sequence[str], folder: Path) -> "Kernel":
        """Compile `kernels/NAME.c` into `folder`."""
        source, include = KERNELS / f"{name}.c", ROOT / "include"
        common = [*flags, f"-I{include}", str(source), "-lm"]
        kernel = Kernel(name, folder / f"{name}_plain", folder / f"{name}_enzyme")
        run([*clang(), *common, "-DWITHOUT_ENZYME", "-o", kernel.plain])
        run([*ENZCC, *common, "-o", kernel.enzyme])
        return kernel

    def measure(self, instance: Path, rounds: int, milliseconds: int) -> "Cost":
        """Seconds of each variant, and how far the gradient is from the one made by hand.

        Variants: `primal` and `by_hand` as clang alone compiles them, `gradient`, and
        `enzcc_primal`, the primal in the file that enzcc has compiled.
        """
        seconds: dict[str, list[float]] = {}
        disagreement = 0.0
        for _ in range(rounds):
            for program, renamed in (
                (self.plain, {"primal": "primal", "by_hand": "by_hand"}),
                (self.enzyme, {"primal": "enzcc_primal", "gradient": "gradient"}),
            ):
                for line in run([program, "1", str(milliseconds), instance]).splitlines():
                    name, value = line.split()
                    if name == "disagreement":
                        disagreement = max(disagreement, float(value))
                    elif name in renamed:
                        seconds.setdefault(renamed[name], []).append(float(value))
        timings = {name: Timings(tuple(values)) for name, values in seconds.items()}
        return Cost(instance.stem, timings, disagreement)


def duration(timings: Timings) -> str:
    """A time and its spread, for people."""
    seconds = timings.median
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit} ±{100 * timings.spread:.0f}%"
    return f"{seconds / 1e-9:.3g} ns ±{100 * timings.spread:.0f}%"


@dataclass(frozen=True)
class Cost:
    """What the gradient of one kernel costs on one instance."""

    instance: str
    timings: dict[str, Timings]
    error: float

    def ratio(self, variant: str = "gradient") -> float:
        """Time of a variant, relative to the primal."""
        return self.timings[variant].median / self.timings["primal"].median

    def row(self) -> tuple[str, ...]:
        """The cells under `COST_HEAD`."""
        return (
            self.instance,
            duration(self.timings["primal"]),
            f"{self.ratio('enzcc_primal'):.2f}",
            duration(self.timings["gradient"]),
            f"{self.ratio():.2f}",
            f"{self.ratio('by_hand'):.2f}",
            f"{self.error:.1e}",
        )


COST_HEAD = ("instance", "primal", "by enzcc", "gradient", "ratio", "by hand", "error")


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns: the first flush left, the others flush right."""
    table = [list(head), *map(list, rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
    for row in table:
        first, *others = (
            cell.ljust(width) if i == 0 else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]).rstrip())
