"""The program's annotations as knowledge of one request's mode, under the names of the copies."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import replace

from enzcc.ad.names import KEPT, kept, prepared
from enzcc.ir.module import Module
from enzcc.markers import Annotations, Mode
from enzcc.rules import ALLOCATORS, DEALLOCATORS, Allocator, Deallocator, find
from enzcc.rules.cxx import FORMULAS, formula_of
from enzcc.rules.known import Known
from enzcc.rules.linked import linker


def settled(annotations: Annotations, module: Module) -> Annotations:
    """The annotations without derivatives by hand of what the tables know by name: there the
    tables win."""

    def unknown(name: str) -> bool:
        type = module.symbol(name).function_type  # noqa: A001 - LLVM's word
        return module.defines(name) or find(name, type) is None

    return replace(
        annotations,
        gradients={n: rule for n, rule in annotations.gradients.items() if unknown(n)},
        derivatives={n: rule for n, rule in annotations.derivatives.items() if unknown(n)},
        splits={n: rule for n, rule in annotations.splits.items() if unknown(n)},
    )


def with_formulas(annotations: Annotations, module: Module) -> Annotations:
    """The annotations with what the tables say of functions of the library that have bodies."""
    if not any(part in module.text for part in FORMULAS):
        return annotations
    said = (annotations.gradients, annotations.derivatives, annotations.splits)
    inactive, like = annotations.inactive, annotations.like
    found = {
        name: known
        for name in module.symbols()
        if (known := formula_of(name)) is not None
        and not any(name in names for names in (*said, inactive, like))
    }
    return replace(annotations, like={**like, **found})


def custom_functions(annotations: Annotations, mode: Mode) -> frozenset[str]:
    """The functions with a derivative by hand for a mode."""
    if mode is Mode.ERROR_ESTIMATE:  # a tangent by hand says nothing of rounding
        return frozenset()
    if mode is Mode.FORWARD_SPLIT:
        return frozenset(annotations.splits)
    if mode is Mode.FORWARD:
        return frozenset(annotations.derivatives)
    return frozenset(annotations.gradients)


def kept_functions(annotations: Annotations, mode: Mode) -> frozenset[str]:
    """The functions into whose bodies a request of that mode does not look."""
    return frozenset(
        (
            *custom_functions(annotations, mode),
            *annotations.inactive,
            *annotations.like,
            *annotations.allocators,
            *(own.deallocator for own in annotations.allocators.values()),
        )
    )


def knowledge(
    annotations: Annotations,
    keep: frozenset[str],
    modes: Set[Mode],
    silent: Module | None = None,
) -> Known:
    """What is known of the functions called. `keep` holds for all the modes; of `silent`, functions
    that are only declared and not known are inactive."""
    custom = frozenset(n for mode in modes for n in custom_functions(annotations, mode))
    allocators: dict[str, Allocator] = {}
    deallocators: dict[str, Deallocator] = {}
    releases: dict[str, tuple[int, ...]] = {}
    for name, own in annotations.allocators.items():
        frees = kept(own.deallocator)
        allocators[kept(name)] = Allocator(kept(name), own.size, frees, zeroed=own.zeroed)
        releases[kept(name)] = own.arguments
        deallocators[frees] = Deallocator(frees, own.arguments.index(-1))
    empty = [] if silent is None else [n for n in silent.symbols() if _says_nothing(silent, n)]
    return Known(
        like={kept(name): known for name, known in annotations.like.items()},
        inactive=frozenset((*map(kept, annotations.inactive), *empty)),
        custom=frozenset(map(kept, custom - annotations.inactive.keys())),
        allocators=allocators,
        deallocators=deallocators,
        releases=releases,
        recomputable=frozenset(
            spelled(name) for name in annotations.recomputable for spelled in (str, kept, prepared)
        ),
        globals=frozenset(annotations.inactive_globals),
    )


def _says_nothing(module: Module, name: str) -> bool:
    """Is it a function that is only declared, and in no table?"""
    if not module.declares(name) or name.startswith(("llvm.", "__enzcc_")) or name.endswith(KEPT):
        return False
    known = (ALLOCATORS, DEALLOCATORS)
    type = module.symbol(name).function_type  # noqa: A001 - LLVM's word
    if any(name in table for table in known) or linker(name) is not None:
        return False
    return find(name, type) is None
