"""Where decisions come from, and what a place of a random program may name and do."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from .language import Routine

T = TypeVar("T")


class Draw(Protocol):
    """Where decisions come from: a seeded generator, or Hypothesis."""

    def integer(self, low: int, high: int) -> int: ...


@dataclass(slots=True)
class Seeded:
    """Decisions from a seed."""

    source: random.Random

    def integer(self, low: int, high: int) -> int:
        return self.source.randint(low, high)


@dataclass(frozen=True, slots=True)
class Scope:
    """What may be named, and which jumps are allowed, at a place of the program."""

    scalars: tuple[str, ...]
    arrays: tuple[tuple[str, int], ...]  # lvalues, with length
    fixed: tuple[str, ...] = ()  # arrays of four that do not move: pointers may point there
    tables: tuple[str, ...] = ()
    integers: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()  # integers that may be assigned
    pointers: tuple[str, ...] = ()
    structs: tuple[str, ...] = ()
    helpers: tuple[str, ...] = ()
    loops: int = 0
    in_loop: bool = False
    can_continue: bool = False
    can_leave: bool = True
    leave: str = "return"  # or "goto": something has to be freed first
    depth: int = 0
    # in C++:
    keyed: tuple[tuple[str, int], ...] = ()  # with [index], but not in one piece
    calls: tuple[str, ...] = ()  # {0} and {1}: a number and an integer
    actions: tuple[str, ...] = ()  # the same, and they change what they see
    is_tried: bool = False  # exceptions are caught


@dataclass(slots=True)
class Chooser:
    """Takes decisions by `draw`; the base of what writes one program."""

    draw: Draw
    name: str
    is_single: bool = False
    fresh: int = 0
    routines: list[Routine] = field(default_factory=list)
    global_arrays: tuple[tuple[str, int], ...] = ()
    called_by_pointer: bool = False
    has_trees: bool = False
    global_structs: tuple[str, ...] = ()

    # Decisions

    def chance(self, percent: int) -> bool:
        return self.draw.integer(1, 100) > 100 - percent

    def pick(self, items: Sequence[T]) -> T:
        return items[self.draw.integer(0, len(items) - 1)]

    def new(self, stem: str) -> str:
        self.fresh += 1
        return f"{stem}{self.fresh}"
