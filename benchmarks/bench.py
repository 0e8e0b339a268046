"""What the benchmarks share: compilers, kernels, interleaved runs, medians, tables."""

import compileall
import math
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
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
KERNELS = Path(__file__).resolve().parent / "kernels"
PEERS = Path(__file__).resolve().parent / "peers"

ENZCC = [sys.executable, "-m", "enzcc"]


def clang() -> list[str]:
    """The compiler we compare with: $ENZCC_CLANG, clang-22, clang."""
    named = os.environ.get("ENZCC_CLANG")
    found = named or shutil.which("clang-22") or shutil.which("clang")
    if not found:
        sys.exit("error: no clang to compare with; set ENZCC_CLANG")
    return shlex.split(found)


def clangxx() -> list[str]:
    """The same clang for C++, which peers are compiled with."""
    first, *others = clang()
    return [first.replace("clang", "clang++"), *others]


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


def attempt(command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
    """Run a command that may fail."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )


def run(command: Sequence[str | Path]) -> str:
    """The standard output of a command that must succeed; its errors end the benchmark."""
    done = attempt(command)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
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
    """The processor time that each compiler takes from `source` to an object file; enzcc's modules
    are compiled, as where it is installed, whatever PYTHONDONTWRITEBYTECODE says."""
    compileall.compile_dir(ROOT / "enzcc", quiet=1)
    things: dict[str, Callable[[], object]] = {}
    for name, compiler in compilers.items():
        command = [*compiler, *flags, "-c", str(source), "-o", str(output)]
        things[name] = partial(run, command)
    return interleave(things, rounds)


class Variant(NamedTuple):
    """One thing that is timed: a variant of the kernel, in the program that a tool has made."""

    label: str
    tool: str
    name: str


class Tool(NamedTuple):
    """A compiler, the words that it gets beside the user's flags, and what is timed then."""

    name: str
    compiler: Callable[[], list[str]]
    words: tuple[str, ...]
    variants: tuple[tuple[str, str], ...]  # label, variant of the program
    libraries: tuple[str, ...] = ()
    is_peer: bool = False
    script: Path | None = None  # what runs in place of a program

    def is_there(self, folder: Path) -> bool:
        """Can it build the smallest program?"""
        if self.script:
            return attempt([*self.compiler(), "-c", "import jax"]).returncode == 0
        source = folder / "probe.c"
        source.write_text("#ifdef PEER\n#include PEER\n#endif\nint main(void) { return 0; }\n")
        words = [*self.words, source, "-o", folder / "probe", *self.libraries]
        return attempt([*self.compiler(), *words]).returncode == 0


def peer(name: str, *libraries: str) -> Tool:
    """A peer: `peers/NAME.h`, compiled as C++; $ENZCC_PEERS names a prefix beside /usr."""
    words = ["-x", "c++", "-std=c++17", "-w", f'-DPEER="{PEERS / f"{name}.h"}"']
    words += ["-isystem", "/usr/include/trilinos"]  # Debian's Sacado
    prefix = os.environ.get("ENZCC_PEERS")
    where: list[str] = []
    if prefix:
        words += ["-isystem", f"{prefix}/include", "-isystem", f"{prefix}/include/trilinos"]
        for folder in (f"{prefix}/lib/x86_64-linux-gnu", f"{prefix}/lib"):
            where += [f"-L{folder}", f"-Wl,-rpath,{folder}"]
    timed = ((name, "gradient"),)
    return Tool(name, clangxx, tuple(words), timed, (*where, *libraries), is_peer=True)


def peer_python() -> list[str]:
    """The Python in which peers are installed: $ENZCC_PEERS_PYTHON, or this one."""
    return shlex.split(os.environ.get("ENZCC_PEERS_PYTHON", sys.executable))


# fmt: off
TOOLS = (
    Tool("clang",      clang,         ("-DWITHOUT_ENZYME",),   (("primal", "primal"),
                                                                ("by_hand", "by_hand"))),
    Tool("enzcc",      lambda: ENZCC, (),                      (("enzcc_primal", "primal"),
                                                                ("gradient", "gradient"))),
    Tool("unrestrict", lambda: ENZCC, ("-DNO_RESTRICT",),      (("unrestrict", "gradient"),)),
    Tool("before_opt", lambda: ENZCC, ("-fenzcc-before-opt",), (("before_opt", "gradient"),)),
    peer("adolc", "-ladolc"),
    peer("sacado"),
    Tool("jax",        peer_python,   (),                      (("jax", "gradient"),),
         is_peer=True, script=PEERS / "jax_kernels.py"),
)
# fmt: on


class Kernel:
    """A file of `kernels/`, built by several tools: by clang alone, by enzcc, by peers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.programs: dict[str, Path] = {}
        self.refusals: dict[str, str] = {}  # what a tool says that cannot build it
        self.variants: list[Variant] = []

    @property
    def source(self) -> Path:
        """The C file."""
        return KERNELS / f"{self.name}.c"

    @staticmethod
    def build(
        name: str, flags: Sequence[str], folder: Path, tools: Sequence[Tool] = TOOLS[:2]
    ) -> "Kernel":
        """Compile `kernels/NAME.c` into `folder`. A tool may refuse, but clang must not."""
        kernel = Kernel(name)
        for tool in tools:
            program = folder / f"{name}_{tool.name}"
            if tool.script:
                kernel.adopt(tool, program)
                continue
            words = [*flags, *tool.words, f"-I{ROOT / 'include'}", str(kernel.source)]
            done = attempt([*tool.compiler(), *words, "-o", program, "-lm", *tool.libraries])
            if done.returncode:
                if tool.name == "clang":
                    sys.exit(done.stderr)
                kernel.refusals[tool.name] = done.stderr
                continue
            kernel.programs[tool.name] = program
            kernel.variants += [Variant(label, tool.name, v) for label, v in tool.variants]
        return kernel

    def adopt(self, tool: Tool, program: Path) -> None:
        """A tool that has a script for all kernels, if this one can be said in it."""
        command = [*tool.compiler(), str(tool.script), self.name]
        if attempt(command).returncode:
            return
        program.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
        program.chmod(0o755)
        self.programs[tool.name] = program
        self.variants += [Variant(label, tool.name, name) for label, name in tool.variants]

    def check(self, arguments: Sequence[str | Path]) -> float:
        """How far enzcc's gradient is from the one by hand; infinite where there is none."""
        if "enzcc" not in self.programs:
            return math.inf
        done = attempt([self.programs["enzcc"], "check", "0", *arguments])
        return math.inf if done.returncode else float(done.stdout.split()[1])

    def check_peers(self, arguments: Sequence[str | Path]) -> None:
        """A peer whose gradient is not the one by hand is not measured."""
        fingerprints: dict[str, tuple[float, float]] = {}
        for tool, program in list(self.programs.items()):
            if tool != "clang" and not next(t for t in TOOLS if t.name == tool).is_peer:
                continue
            done = attempt([program, "fingerprint", "0", *arguments])
            numbers = done.stdout.split()
            if done.returncode or len(numbers) != 3:
                self.refuse(
                    tool, f"exit status {done.returncode} with {' '.join(map(str, arguments))}"
                )
                continue
            fingerprints[tool] = float(numbers[1]), float(numbers[2])
        wanted, scale = fingerprints.get("clang", (0.0, 1.0))
        for tool, (found, _) in fingerprints.items():
            if not abs(found - wanted) <= 1e-8 * scale:
                self.refuse(tool, f"disagrees: {found:g} instead of {wanted:g}")

    def refuse(self, tool: str, reason: str) -> None:
        """Measure a tool no more."""
        self.refusals[tool] = reason
        self.variants = [variant for variant in self.variants if variant.tool != tool]

    def measure(
        self,
        label: str,
        arguments: Sequence[str | Path],
        rounds: int,
        milliseconds: int,
        *,
        peers: bool = True,
    ) -> "Cost":
        """Time each variant once a round, each in a process of its own."""
        chosen = {t.name for t in TOOLS if peers or not t.is_peer}
        seconds: dict[str, list[float]] = {variant.label: [] for variant in self.variants}
        peaks: dict[str, list[float]] = {variant.label: [] for variant in self.variants}
        error = self.check(arguments)
        if peers:
            self.check_peers(arguments)
        for _ in range(rounds):
            for variant in [v for v in self.variants if v.tool in chosen]:
                program = self.programs[variant.tool]
                done = attempt([program, variant.name, str(milliseconds), *arguments])
                if done.returncode:
                    if variant.tool == "clang":
                        sys.exit(f"error: {shlex.join(map(str, done.args))}\n{done.stderr}")
                    self.refuse(variant.tool, f"exit status {done.returncode}")
                    continue
                found = dict(line.split() for line in done.stdout.splitlines())
                seconds[variant.label].append(float(found["seconds"]))
                peaks[variant.label].append(float(found["peak"]))
        return Cost(
            self.name,
            label,
            {name: Timings(tuple(values)) for name, values in seconds.items() if values},
            {name: statistics.median(values) for name, values in peaks.items() if values},
            error,
        )


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

    kernel: str
    instance: str
    timings: dict[str, Timings]
    peaks: dict[str, float]  # bytes
    error: float

    def ratio(self, variant: str = "gradient", to: str = "primal") -> Timings | None:
        """Time of a variant, relative to another one of the same round."""
        if variant not in self.timings or to not in self.timings:
            return None
        pairs = zip(self.timings[variant].seconds, self.timings[to].seconds, strict=False)
        return Timings(tuple(a / b for a, b in pairs))

    def memory(self, variant: str) -> float:
        """Bytes that the variant has needed beyond what the primal needs."""
        if variant not in self.peaks or "primal" not in self.peaks:
            return math.nan
        return self.peaks[variant] - self.peaks["primal"]


def ratio_cell(ratio: Timings | None) -> str:
    """A ratio and its spread, for people."""
    return f"{ratio.median:.2f} ±{100 * ratio.spread:.0f}%" if ratio else "-"


def bytes_cell(count: float) -> str:
    """An amount of memory, for people; what is below the noise of page sizes is zero."""
    if math.isnan(count):
        return "-"
    return "0" if count < 3e5 else f"{count / 1e6:.3g} MB"


class Column(NamedTuple):
    """A column of the table of costs."""

    head: str
    cell: Callable[[Cost], str]


COLUMNS = (
    Column("kernel", lambda c: c.kernel),
    Column("instance", lambda c: c.instance),
    Column("primal", lambda c: duration(c.timings["primal"])),
    Column("by enzcc", lambda c: ratio_cell(c.ratio("enzcc_primal"))),
    Column("gradient/primal", lambda c: ratio_cell(c.ratio("gradient"))),
    Column("hand/primal", lambda c: ratio_cell(c.ratio("by_hand"))),
    Column("gradient/hand", lambda c: ratio_cell(c.ratio("gradient", "by_hand"))),
    Column("unrestrict/restrict", lambda c: ratio_cell(c.ratio("unrestrict", "gradient"))),
    Column("before opt/gradient", lambda c: ratio_cell(c.ratio("before_opt", "gradient"))),
    Column("ADOL-C/gradient", lambda c: ratio_cell(c.ratio("adolc", "gradient"))),
    Column("Sacado/gradient", lambda c: ratio_cell(c.ratio("sacado", "gradient"))),
    Column("JAX/gradient", lambda c: ratio_cell(c.ratio("jax", "gradient"))),
    Column("memory", lambda c: bytes_cell(c.memory("gradient"))),
    Column("by hand", lambda c: bytes_cell(c.memory("by_hand"))),
    Column("error", lambda c: f"{c.error:.0e}"),
)


def cost_table(costs: Sequence[Cost]) -> tuple[list[str], list[list[str]]]:
    """Head and rows; columns in which nothing was measured are left out."""
    rows = [[column.cell(cost) for column in COLUMNS] for cost in costs]
    used = [i for i in range(len(COLUMNS)) if any(row[i] != "-" for row in rows)]
    return [COLUMNS[i].head for i in used], [[row[i] for i in used] for row in rows]


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
