"""The long run: `python -m tests.random_programs --count 2000`, in C or in C++.

Programs come from seeds, so a failure can be asked for again with `--seed N --count 1`. Each batch
is built at a level of its own; some with sanitizers. Failing programs are made small and kept.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import random
import re
import sys
import tempfile
import time
from pathlib import Path

from . import cxx, generate, harness
from .harness import LEVELS, SANITIZERS, Outcome
from .language import Program
from .reduce import reduce

SANITIZED_PERCENT = 10
GENERATORS = {"c": generate.generate_from_seed, "c++": cxx.generate_from_seed}


Flags = tuple[str, ...]


def flags_of(first: int, options: argparse.Namespace) -> list[Flags]:
    """How the batch that begins with seed `first` is built: chosen by the seed unless told."""
    choice = random.Random(first)
    level = choice.choice(LEVELS)
    debug = ("-g",) if choice.random() < 0.25 else ()
    sanitized = choice.randrange(100) < SANITIZED_PERCENT and not options.level
    lanes = ("-fenzcc-in-lanes",) if options.lanes or choice.random() < 0.1 else ()
    other = options.language == "c++" and choice.randrange(8) == 0 and harness.has_libcxx()
    library = ("-stdlib=libc++", "-static-libstdc++") if options.libcxx or other else ()
    others = (*debug, *lanes, *library, *(SANITIZERS if sanitized else ()))
    return [(level, *others) for level in options.level or [level]]


def run_batch(
    first: int, last: int, options: argparse.Namespace
) -> dict[Flags, dict[str, Outcome]]:
    """By how it was built, what became of each program."""
    programs = [GENERATORS[options.language](seed) for seed in range(first, last)]
    with tempfile.TemporaryDirectory(prefix="enzcc-random-") as folder:
        return {
            flags: harness.judge(programs, Path(folder), flags)
            for flags in flags_of(first, options)
        }


def fingerprint(outcome: Outcome) -> str:
    """What two failures have in common when they are one: numbers and names are left out."""
    first = next((line for line in outcome.message.splitlines() if "rror" in line), "")
    line = first or (outcome.message.splitlines() or [""])[-1]
    return (
        outcome.kind
        + ": "
        + re.sub(r"\S*/\S*|[-+.\d]+(e[-+]\d+)?|\bf\w*\d\w*|'[^']*'", "#", line)[:100]
    )


def smallest(program: Program, outcome: Outcome, flags: Flags, tries: int) -> Program:
    """`program` reduced while it fails with the same fingerprint."""
    wanted = fingerprint(outcome)

    def fails(candidate: Program) -> bool:
        with tempfile.TemporaryDirectory(prefix="enzcc-reduce-") as folder:
            found = harness.judge([candidate], Path(folder), flags)[candidate.name]
        return fingerprint(found) == wanted

    return reduce(program, fails, tries)


def keep(name: str, outcome: Outcome, flags: Flags, options: argparse.Namespace) -> None:
    """The failing program, as it came and made small, in the folder of failures."""
    program = GENERATORS[options.language](int(name[1:]))
    folder = options.failures / name
    folder.mkdir(parents=True, exist_ok=True)
    files = " ".join(path.name for path in harness.write([program], folder))
    driver = {"c": "enzcc", "c++": "enzcc++ -std=c++20"}[options.language]
    command = f"{driver} {' '.join(flags)} {files} -lm"
    (folder / "report.txt").write_text(f"{command}\n{outcome.kind}\n{outcome.message}\n")
    if options.reduce:
        small = smallest(program, outcome, flags, options.reduce)
        harness.write([small], folder / "small")
        print(f"--- {name} made small, {command}\n{small.show('plain')}", flush=True)


def arguments(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.random_programs", description=__doc__)
    parser.add_argument("--language", choices=("c", "c++"), default="c")
    parser.add_argument("--libcxx", action="store_true", help="C++ with LLVM's library, all of it")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--batch", type=int, default=15, help="programs built at once")
    parser.add_argument("--lanes", action="store_true", help="all with -fenzcc-in-lanes")
    parser.add_argument(
        "--level", choices=LEVELS, action="append", help="all at these, without sanitizers"
    )
    parser.add_argument(
        "--reduce", type=int, default=150, metavar="TRIES", help="0: keep as they are"
    )
    parser.add_argument("--failures", type=Path, default=Path("random-failures"))
    return parser.parse_args(argv)


def main(argv: list[str]) -> int:
    options = arguments(argv)
    end = options.seed + options.count
    starts = range(options.seed, end, options.batch)
    totals: collections.Counter[str] = collections.Counter()
    seen: dict[str, list[str]] = {}
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        batches = {
            pool.submit(run_batch, first, min(first + options.batch, end), options): first
            for first in starts
        }
        for finished in concurrent.futures.as_completed(batches):
            outcomes = [
                (flags, *one) for flags, found in finished.result().items() for one in found.items()
            ]
            for flags, name, outcome in outcomes:
                totals[outcome.kind] += 1
                if not outcome.is_bad:
                    continue
                print(
                    f"{name} {' '.join(flags)} {outcome.kind}: {outcome.message[:600]}", flush=True
                )
                group = seen.setdefault(fingerprint(outcome), [])
                group.append(name)
                if len(group) <= 2:
                    keep(name, outcome, flags, options)
            if sys.stderr.isatty() or sum(totals.values()) % 30 < options.batch:
                print(dict(totals), f"{time.monotonic() - began:.0f} s", flush=True)
    for kind, names in sorted(seen.items(), key=lambda item: -len(item[1])):
        print(f"{len(names):4} {kind}   {' '.join(names[:8])}")
    print(dict(totals), f"in {time.monotonic() - began:.0f} s")
    return 1 if seen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
