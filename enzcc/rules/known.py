"""What is known of the functions that one module calls: the tables, and what the program says.

The program's words (`enzcc.markers.annotations`) win over the tables. Names are those that calls
have in the prepared copies.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections import ChainMap
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, final

from enzcc.ir.types import FunctionType
from enzcc.rules import ALLOCATORS, DEALLOCATORS, Allocator, Deallocator, Rule, find, is_inactive

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


@final
class Known:
    """The knowledge that one request works with.

    like            functions that are to be taken for a known one: name -> its name
    inactive        functions that carry no derivative, whatever they do
    custom          functions with derivatives by hand
    allocators      the program's own, beside those of the tables; so `deallocators`
    releases        for each of its allocators, what its deallocator takes: -1 the block, k an
                    argument of the allocation
    recomputable    functions that give the same result when they are called again
    globals         global variables that carry no derivative
    """

    def __init__(
        self,
        *,
        like: Mapping[str, str] = _NOTHING,
        inactive: frozenset[str] = frozenset(),
        custom: frozenset[str] = frozenset(),
        allocators: Mapping[str, Allocator] = MappingProxyType({}),
        deallocators: Mapping[str, Deallocator] = MappingProxyType({}),
        releases: Mapping[str, tuple[int, ...]] = MappingProxyType({}),
        recomputable: frozenset[str] = frozenset(),
        globals: frozenset[str] = frozenset(),
    ) -> None:
        self.inactive, self.custom, self.recomputable = inactive, custom, recomputable
        self.globals = globals
        self.like = like
        allocating = {n: ALLOCATORS[known] for n, known in like.items() if known in ALLOCATORS}
        freeing = {n: DEALLOCATORS[known] for n, known in like.items() if known in DEALLOCATORS}
        self.releases = releases
        self.allocators: Mapping[str, Allocator] = ChainMap(
            dict(allocators), allocating, dict(ALLOCATORS)
        )
        self.deallocators: Mapping[str, Deallocator] = ChainMap(
            dict(deallocators), freeing, dict(DEALLOCATORS)
        )

    def find(self, name: str, type: FunctionType | None = None) -> Rule | None:
        """The rule for a function of that name; with a type, only if it fits."""
        return find(self.like.get(name, name), type)

    def is_inactive(self, name: str, type: FunctionType | None = None) -> bool:
        """Do calls of the function carry no derivative?"""
        return name in self.inactive or is_inactive(self.like.get(name, name), type)

    def is_global_inactive(self, name: str) -> bool:
        """Does the global variable carry no derivative, because the program says so?"""
        return name in self.globals or "enzyme_const" in name


TABLES: Final = Known()
"""The tables alone."""
