"""What the user decided about derivatives, by the -enzyme-... options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import final

_MECHANISMS = (
    "before_opt",
    "recompute",
    "reload",
    "drop",
    "scopes",
    "gather",
    "forwards",
    "stencils",
    "rows",
    "reuse",
    "hope",
    "arms",
    "choices",
    "counters",
    "ends",
    "latest",
    "dependence",
    "distinct",
    "spread",
    "remember",
    "clears",
    "reciprocals",
    "replay",
    "delay",
    "triangles",
    "resets",
    "moves",
    "whole",
    "skips",
    "unroll",
    "abreast",
    "contract",
    "checks",
    "calls",
    "in_lanes",
)


@final
@dataclass(frozen=True)
class Settings:
    """One field an option that changes results or acceptance; docs/ explains each.

    An option named `-enzyme-strong-zero` is the field `strong_zero`. Options that only steer how
    another implementation works have no field: they are accepted, and change nothing.

    strong_zero   None: zero times infinity is zero wherever the user did not ask for fast-math
    before_opt    differentiate code that LLVM has not optimised (-fenzcc-before-opt)
    recompute     values may be computed again instead of stored (off: -fenzcc-no-recompute)
    in_lanes      for tests: one direction is computed in three lanes (-fenzcc-in-lanes)
    reload        unchanged memory may be read again (off: -fenzcc-no-reload)
    gather        what a block adds to a cell is gathered in a register (off: -fenzcc-no-gather)
    forwards      loops of the reverse sweep whose order does not matter run forward (off:
                  -fenzcc-no-forwards)
    stencils      adjoints of neighbours in other rows are gathered (off: -fenzcc-no-stencils)
    rows          nests of the reverse sweep that go down columns go along rows instead (off:
                  -fenzcc-no-rows)
    reuse         what the primal has computed serves in partials (off: -fenzcc-no-reuse)
    hope          zeros are tested for only where NaN comes out (off: -fenzcc-no-hope)
    arms          what only one arm of a branch needs is computed in it (off: -fenzcc-no-arms)
    choices       arms that only choose between numbers are choices (off: -fenzcc-no-choices)
    counters      loops that walk with pointers count (off: -fenzcc-no-counters)
    ends          iterations at the ends of loops that differ stand apart (off: -fenzcc-no-ends)
    latest        sums of the reverse sweep add last what they wait for (off: -fenzcc-no-latest)
    dependence    iterations of loops tell what is overwritten (off: -fenzcc-no-dependence)
    distinct      where pointers may lead to the same memory, a check and a second version for when
                  they do not (off: -fenzcc-no-distinct)
    remember      derivatives called in a loop remember what they have computed for the same
                  arguments (off: -fenzcc-no-remember)
    clears        callers of derivatives clear little memory without a call (off:
                  -fenzcc-no-clears)
    reciprocals   the reverse sweep divides once by each number (off: -fenzcc-no-reciprocals)
    replay        what a loop carries along by itself is computed once more in front of the reverse
                  loop (off: -fenzcc-no-replay)
    delay         what a loop hands from one iteration to the next is on the tape once (off:
                  -fenzcc-no-delay)
    triangles     counters whose steps grow steadily are computed again (off: -fenzcc-no-triangles)
    resets        what loops reset here and there is reset at once (off: -fenzcc-no-resets)
    moves         where loops only move numbers about, it is kept where each came from (off:
                  -fenzcc-no-moves)
    whole         calls that the forward sweep does not need are differentiated whole in the reverse
                  sweep (off: -fenzcc-no-whole)
    skips         loops of the reverse sweep are passed by where what leaves them has no adjoint,
                  and iterations in tables of choices (off: -fenzcc-no-skips)
    unroll        at -O3, loops are unrolled in copies as LLVM does at -O3, not as at -O2 (off:
                  -fenzcc-no-unroll)
    abreast       loops of the reverse sweep that write whole rows in each iteration are vectorised
                  along them (off: -fenzcc-no-abreast)
    contract      products of the reverse sweep are added without rounding where the machine can
                  (off: -fenzcc-no-contract, -ffp-contract=off)
    checks        the checks of -fsanitize=undefined are in derivatives, too, unless they are
                  refused with them (off: -fenzcc-no-checks)
    calls         what C++ marks `noinline` stays a call in derivatives, unless they are refused
                  with it (off: -fenzcc-no-calls)
    spread        zeros need not win where an infinity would reach the result (off:
                  -fenzcc-no-spread)
    scopes        LLVM is told which memory is distinct (off: -fenzcc-no-scopes)
    drop          stores that nobody reads are left out (off: -fenzcc-no-drop)
    includes      no option: what is refused is seen once more by an analysis in which copies of
                  memory and views make less the same (`analysis/graph.py`)
    level         no option: the level at which the result is compiled, the user's -O
    blocks        no option: variables of other files that hold whole blocks of the heap only
    lines         no option: what comes out tells places in the source (-g)
    """

    enable: bool = True
    loose_types: bool = False
    strict_aliasing: bool = True
    runtime_error: bool = False
    fast_math: bool = True
    strong_zero: bool | None = None
    emptyfn_inactive: bool = False
    assume_unknown_nofree: bool = False
    globals_default_inactive: bool = False
    nonmarkedglobals_inactiveloads: bool = True
    global_activity: bool = False
    inactive_dynamic: bool = True
    noalias: bool = False
    free_internal_allocations: bool = True
    truncate_all: str = ""
    print: bool = False
    print_perf: bool = False
    before_opt: bool = False
    recompute: bool = True
    reload: bool = True
    drop: bool = True
    scopes: bool = True
    spread: bool = True
    gather: bool = True
    forwards: bool = True
    stencils: bool = True
    rows: bool = True
    reuse: bool = True
    hope: bool = True
    arms: bool = True
    choices: bool = True
    counters: bool = True
    ends: bool = True
    latest: bool = True
    dependence: bool = True
    distinct: bool = True
    remember: bool = True
    clears: bool = True
    reciprocals: bool = True
    replay: bool = True
    delay: bool = True
    triangles: bool = True
    resets: bool = True
    moves: bool = True
    whole: bool = True
    skips: bool = True
    unroll: bool = True
    abreast: bool = True
    contract: bool = True
    checks: bool = True
    calls: bool = True
    in_lanes: bool = False
    includes: bool = False
    level: str = "2"
    blocks: frozenset[str] = frozenset()
    lines: bool = True

    @property
    def copies(self) -> int:
        """The level of LLVM's passes on the copies that are differentiated."""
        return 3 if self.unroll and self.level in ("3", "4", "fast") else 2

    @staticmethod
    def of(
        options: Mapping[str, bool | int | str],
        mechanisms: Mapping[str, bool] | None = None,
        level: str = "2",
    ) -> Settings:
        """Settings from values by option name, such as {"enzyme-strong-zero": True}, from
        what -fenzcc-... options say, by field, and from -O<level>."""
        mechanisms = mechanisms or {}
        known = {field.name for field in fields(Settings)} - {
            *_MECHANISMS,
            "includes",
            "level",
            "blocks",
            "lines",
        }
        chosen = {
            name.removeprefix("enzyme")[1:].replace("-", "_"): value
            for name, value in options.items()
        }
        return Settings(
            level=level,
            **mechanisms,  # type: ignore[arg-type]  # bools, by name
            **{name: value for name, value in chosen.items() if name in known},  # type: ignore[arg-type]  # the option table knows each type
        )
