"""The only door to llvmlite: read and upgrade IR, run LLVM's passes, verify.

Everything goes in and out as text (LLVM 22 IR); no llvmlite object leaves this module.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import llvmlite.binding as _llvm


class InvalidIR(Exception):
    """LLVM refused a module; the message is LLVM's own."""


@cache
def _initialised() -> None:
    _llvm.initialize_all_targets()
    _llvm.initialize_all_asmprinters()


def _parse(text: str | bytes) -> Any:
    try:
        if isinstance(text, bytes):
            return _llvm.parse_bitcode(text)
        return _llvm.parse_assembly(text)
    except RuntimeError as error:
        raise InvalidIR(str(error)) from None


def normalise(text: str | bytes) -> str:
    """Any IR that LLVM 22 can read (text, or bitcode as bytes), upgraded and printed by LLVM 22."""
    return str(_parse(text))


def verify(text: str) -> None:
    """Raises InvalidIR if LLVM's parser or verifier refuses the module."""
    module = _parse(text)
    try:
        module.verify()
    except RuntimeError as error:
        raise InvalidIR(str(error)) from None


def _pass_builder(module: Any, level: int, *, vectorise: bool, unroll: bool) -> Any:
    _initialised()
    triple = module.triple or _llvm.get_default_triple()
    machine = _llvm.Target.from_triple(triple).create_target_machine()
    tuning = _llvm.create_pipeline_tuning_options(speed_level=level)
    tuning.loop_vectorization = vectorise
    tuning.slp_vectorization = vectorise
    tuning.loop_unrolling = unroll
    return _llvm.create_pass_builder(machine, tuning)


def simplify(text: str, names: Iterable[str]) -> str:
    """Makes the named functions ready for differentiation; the others stay as they are.

    Calls of `alwaysinline` functions are inlined, then LLVM's function simplification runs (SROA, GVN, LICM,
    loop rotation, induction variables ... but no vectoriser and no run-time unrolling), and at last
    loops get their simplified, closed form (one preheader, one latch, LCSSA) and functions one return.
    """
    module = _parse(text)
    builder = _pass_builder(module, 2, vectorise=False, unroll=False)
    inliner = _llvm.create_new_module_pass_manager()
    inliner.add_always_inliner_pass()
    inliner.run(module, builder)
    wanted = set(names)
    for function in module.functions:
        if function.name in wanted and not function.is_declaration:
            pipeline = builder.getFunctionPassManager()
            pipeline.run(function, builder)
            shape = _llvm.create_new_function_pass_manager()
            shape.add_simplify_cfg_pass()
            shape.add_unify_function_exit_nodes_pass()
            shape.add_loop_simplify_pass()
            shape.add_lcssa_pass()
            shape.run(function, builder)
    return str(module)


def tidy(text: str, names: Iterable[str]) -> str:
    """Promotes stack slots of the named functions to registers and cleans up around them."""
    module = _parse(text)
    builder = _pass_builder(module, 1, vectorise=False, unroll=False)
    wanted = set(names)
    for function in module.functions:
        if function.name in wanted and not function.is_declaration:
            passes = _llvm.create_new_function_pass_manager()
            passes.add_sroa_pass()
            passes.add_instruction_combine_pass()
            passes.add_simplify_cfg_pass()
            passes.run(function, builder)
    return str(module)


def link(text: str, library: str) -> str:
    """Links into `text` what it needs of a library module of linkonce functions."""
    module = _parse(text)
    other = _parse(library)
    try:
        module.link_in(other)
    except RuntimeError as error:
        raise InvalidIR(str(error)) from None
    return str(module)
