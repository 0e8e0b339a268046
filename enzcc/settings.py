"""What the user decided about derivatives, by the -enzyme-... options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import final


@final
@dataclass(frozen=True)
class Settings:
    """One field an option that changes results or acceptance; docs/ explains each.

    An option named `-enzyme-strong-zero` is the field `strong_zero`. Options that only steer how
    another implementation works have no field: they are accepted, and change nothing.

    strong_zero   None: zero times infinity is zero wherever the user did not ask for fast-math
    report        say on stderr what was done (-fenzcc-report)
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
    report: bool = False

    @staticmethod
    def of(options: Mapping[str, bool | int | str], *, report: bool = False) -> Settings:
        """Settings from values by option name, such as {"enzyme-strong-zero": True}."""
        known = {field.name for field in fields(Settings)} - {"report"}
        chosen = {
            name.removeprefix("enzyme")[1:].replace("-", "_"): value
            for name, value in options.items()
        }
        return Settings(
            report=report,
            **{name: value for name, value in chosen.items() if name in known},  # type: ignore[arg-type]  # the option table knows each type
        )
