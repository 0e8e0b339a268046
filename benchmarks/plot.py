"""Writes what was measured to files: a page with tables, the numbers, and a plot."""

import json
import math
import os
import platform
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench import Cost, Timings, clang, cost_table, run

Table = tuple[Sequence[str], Sequence[Sequence[str]]]

# fmt: off
SERIES = (
    # label                    variant        relative to   colour
    ("gradient / by hand",     "gradient",    "by_hand",    "#d62728"),
    ("by hand / primal",       "by_hand",     "primal",     "#7f7f7f"),
    ("gradient / primal",      "gradient",    "primal",     "#1f77b4"),
    ("ADOL-C / gradient",      "adolc",       "gradient",   "#2ca02c"),
    ("Sacado / gradient",      "sacado",      "gradient",   "#9467bd"),
    ("JAX / gradient",         "jax",         "gradient",   "#e377c2"),
    ("before opt / gradient",  "before_opt",  "gradient",   "#ff7f0e"),
)
# fmt: on

PAPER = ("lstm", "ba", "gmm", "euler", "rk4", "fft_recursive", "brusselator")  # Enzyme's, 2020

LEFT, RIGHT, ROW, TOP, WIDTH = 190, 20, 14, 50, 900


def mean_ratio(costs: Iterable[Cost], variant: str, to: str) -> float:
    """The geometric mean; not a number where nothing was measured."""
    ratios = [ratio.median for cost in costs if (ratio := cost.ratio(variant, to))]
    return math.exp(sum(map(math.log, ratios)) / len(ratios)) if ratios else math.nan


def svg(costs: Sequence[Cost]) -> str:
    """A row a kernel and size, a dot a ratio, on a logarithmic axis."""
    dots = [
        (row, ratio.median, colour, f"{cost.kernel} {cost.instance}: {label} {ratio.median:.2f}")
        for row, cost in enumerate(costs)
        for label, variant, to, colour in SERIES
        if (ratio := cost.ratio(variant, to))
    ]
    values = [value for _, value, _, _ in dots] or [1.0]
    low, high = math.log(min(0.5, *values) / 1.1), math.log(max(10.0, *values) * 1.1)
    height = TOP + ROW * len(costs) + 30
    scale = (WIDTH - LEFT - RIGHT) / (high - low)

    def x(value: float) -> str:
        return f"{LEFT + (math.log(value) - low) * scale:.1f}"

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" font-size="10">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
    ]
    at = 10
    for label, variant, to, colour in SERIES:
        if any(cost.ratio(variant, to) for cost in costs):
            parts.append(f'<circle cx="{at}" cy="12" r="4" fill="{colour}"/>')
            parts.append(f'<text x="{at + 8}" y="16">{label}</text>')
            at += 125
    bottom = TOP + ROW * len(costs)
    ticks = [m * 10.0**e for e in range(-2, 5) for m in (1, 2, 5)]
    for tick in ticks:
        if low <= math.log(tick) <= high:
            stroke = "black" if tick == 1 else "#dddddd"
            parts.append(f'<path d="M{x(tick)} {TOP - 8}V{bottom}" stroke="{stroke}"/>')
            parts.append(f'<text x="{x(tick)}" y="{TOP - 12}" text-anchor="middle">{tick:g}</text>')
    for row, cost in enumerate(costs):
        y = TOP + ROW * row + 7
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 3}" text-anchor="end">{cost.kernel} '
            f'<tspan fill="#888888">{cost.instance}</tspan></text>'
        )
        parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="#f2f2f2"/>')
    for row, value, colour, title in dots:
        parts.append(
            f'<circle cx="{x(value)}" cy="{TOP + ROW * row + 7}" r="4" fill="{colour}" '
            f'fill-opacity="0.8"><title>{title}</title></circle>'
        )
    return "\n".join([*parts, "</svg>", ""])


def markdown(table: Table) -> str:
    """A table for a page."""
    head, rows = table
    lines = [head, ["---"] * 2 + ["--:"] * (len(head) - 2), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def summary(costs: Sequence[Cost]) -> str:
    """Geometric means of what was measured."""
    means = [(label, mean_ratio(costs, variant, to)) for label, variant, to, _ in SERIES]
    paper = [cost for cost in costs if cost.kernel in PAPER]
    label = "before opt / gradient, over the kernels of Enzyme's paper"
    means.append((label, mean_ratio(paper, "before_opt", "gradient")))
    means.append(("without / with `restrict`", mean_ratio(costs, "unrestrict", "gradient")))
    return "".join(
        f"- {label}: {value:.2f} in geometric mean\n"
        for label, value in means
        if not math.isnan(value)
    )


def behind(costs: Sequence[Cost]) -> str:
    """Where enzcc is not ahead."""
    lines = []
    for what, variant, to, limit in (
        ("slower than by hand, by more than a tenth", "gradient", "by_hand", 1.1),
        ("slower than ADOL-C", "gradient", "adolc", 1.0),
        ("slower than Sacado", "gradient", "sacado", 1.0),
        ("slower than JAX", "gradient", "jax", 1.0),
        ("slower without `restrict`, by more than 15 %", "unrestrict", "gradient", 1.15),
    ):
        found = sorted(
            ((r.median, c) for c in costs if (r := c.ratio(variant, to)) and r.median > limit),
            key=lambda pair: -pair[0],
        )
        if any(cost.ratio(variant, to) for cost in costs):
            names = ", ".join(f"{c.kernel} {c.instance} {value:.2f}" for value, c in found)
            lines.append(f"- {what}: {names or 'none'}\n")
    return "".join(lines)


def machine() -> str:
    """What was measured on."""
    cpu = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", cpu.read_text()) if cpu.exists() else []
    version = run([*clang(), "--version"]).splitlines()[0]
    return f"{version}; {names[0] if names else platform.machine()}, {os.cpu_count()} cores"


def numbers(costs: Sequence[Cost], compiling: Table, refusals: Sequence[str]) -> str:
    """Everything measured, for other programs and for `earlier`."""
    measured = [
        {
            "kernel": cost.kernel,
            "size": cost.instance,
            "seconds": {name: t.seconds for name, t in cost.timings.items()},
            "peak_bytes": cost.peaks,
            "error": cost.error,
        }
        for cost in costs
    ]
    everything = {"costs": measured, "compiling": list(compiling[1]), "refusals": list(refusals)}
    return json.dumps(everything, indent=1)


def earlier(folder: Path) -> tuple[list[Cost], list[list[str]], list[str]]:
    """What another run has left in a folder: costs, times of compiling, refusals."""
    read = json.loads((folder / "numbers.json").read_text())
    costs = [
        Cost(
            cost["kernel"],
            cost["size"],
            {name: Timings(tuple(seconds)) for name, seconds in cost["seconds"].items()},
            cost["peak_bytes"],
            cost["error"],
        )
        for cost in read["costs"]
    ]
    return costs, read["compiling"], read["refusals"]


def publish(costs: Sequence[Cost], compiling: Table, refusals: Sequence[str], folder: Path) -> None:
    """Write table.md, numbers.json and plot.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "numbers.json").write_text(numbers(costs, compiling, refusals))
    (folder / "plot.svg").write_text(svg(costs))
    refused = "".join(f"- {line}\n" for line in refusals)
    text = [
        "# What gradients cost\n",
        "Made by `benchmarks/kernels.py` ([what the columns mean](../benchmarks.md)).",
        f"{machine()}\n",
        summary(costs),
        "![ratios](plot.svg)\n",
        "## Where enzcc is not ahead\n",
        behind(costs),
        "## Times\n",
        markdown(cost_table(costs)),
        "## Compiling\n",
        markdown(compiling),
        refused,
    ]
    (folder / "table.md").write_text("\n".join(text))
