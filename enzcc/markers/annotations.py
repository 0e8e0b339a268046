"""What a program says about its functions and globals beside the marker calls.

Registering globals (`void *__enzyme_inactivefn_log[] = {log_it};`) and annotate strings change what
the right derivative is. None is served yet, so all that could change one are refused, not ignored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from enzcc.errors import Location, UnsupportedMarker
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantInt,
    ConstantText,
    Global,
)

if TYPE_CHECKING:
    from enzcc.ir import Module

# fmt: off
REGISTERING: Final[tuple[tuple[str, bool], ...]] = (
    # text in the name of the global           does the derivative depend on it?
    ("__enzyme_register_gradient",             True),
    ("__enzyme_register_derivative",           True),
    ("__enzyme_register_splitderivative",      False),
    ("__enzyme_inactivefn",                    True),
    ("__enzyme_inactivenoblockfn",             True),
    ("__enzyme_inactive_global",               True),
    ("__enzyme_nofree",                        False),
    ("__enzyme_function_like",                 True),
    ("__enzyme_allocation_like",               True),
    ("__enzyme_sparse_accumulate",             True),
    ("__enzyme_shouldrecompute",               False),
    ("__enzyme_shadow_global",                 True),
)

ANNOTATIONS: Final[tuple[tuple[str, bool], ...]] = (
    # how the string begins                    does the derivative depend on it?
    ("enzyme_inactive",                        True),
    ("enzyme_shouldrecompute",                 False),
    ("enzyme_nofree",                          False),
    ("enzyme_function_like",                   True),
    ("enzyme_sparse_accumulate",               True),
    ("enzyme_elementwise_read",                False),
)
# fmt: on


def refuse_annotations(module: Module) -> None:
    """Raises UnsupportedMarker for the first statement that would change a derivative."""
    for name in module.symbols():
        if "__enzyme_" not in name:
            continue
        matters = any(matter and text in name for text, matter in REGISTERING)
        if matters and module.symbol(name).kind == "variable":
            raise UnsupportedMarker(
                None,
                f"the registration '{name}' is not supported yet",
                because="derivatives are made from the definitions of functions only",
            )
    for symbol, text, place in _annotations(module):
        if any(matter and text.startswith(start) for start, matter in ANNOTATIONS):
            raise UnsupportedMarker(
                place,
                f"the annotation '{text}' of '{symbol}' is not supported yet",
                because="derivatives are made from the definitions of functions only",
            )


def _annotations(module: Module) -> Iterator[tuple[str, str, Location | None]]:
    """The annotate attributes of a module: symbol, text, place."""
    if "llvm.global.annotations" not in module.symbols():
        return
    table = module.initializer("llvm.global.annotations")
    for entry in table.elements if isinstance(table, ConstantAggregate) else ():
        match entry:
            case ConstantAggregate(elements=(Global() as symbol, text, file, line, *_)):
                number = line.value if isinstance(line, ConstantInt) else 1
                place = Location(_string(module, file), number, 1)
                yield symbol.name, _string(module, text), place


def _string(module: Module, pointer: Constant) -> str:
    """The C string that a constant points to."""
    constant = module.initializer(pointer.name) if isinstance(pointer, Global) else None
    if not isinstance(constant, ConstantText):
        return ""
    return constant.text.removeprefix('c"').removesuffix('"').removesuffix("\\00")
