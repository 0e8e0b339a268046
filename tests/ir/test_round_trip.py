"""What LLVM prints is read and printed again without a byte of difference.

With ENZCC_TEST_LARGE=1 in the environment the large sources are compiled in every way (minutes).
"""

from __future__ import annotations

import itertools
import os
import subprocess
from collections import Counter

import pytest

from enzcc.ir import Function, Local, Module
from ir.corpus import clang, module_text, printed_by_llvm

SMALL = ("constructs.c", "program.rs", "program.f90", "rare.ll")
LARGE = ("library.cpp", "eigen.cpp")
PLAIN = [("library.cpp", "0", False), ("library.cpp", "2", True), ("eigen.cpp", "2", False)]


def variants() -> list[tuple[str, str, bool]]:
    """Sources, -O levels, and with -g or not; of the large ones all only on request."""
    every = list(itertools.product((*SMALL, *LARGE), "02", (False, True)))
    if not os.environ.get("ENZCC_TEST_LARGE"):
        every = [v for v in every if v[0] in SMALL or v in PLAIN]
    return [v for v in every if not v[0].endswith(".ll") or v[1:] == ("0", False)]


def read_everything(text: str) -> Module:
    module = Module.parse(text)
    for name in module.functions_with_bodies():
        module.function(name)
    return module


@pytest.mark.parametrize(("name", "level", "debug"), variants())
def test_every_function_is_printed_as_it_was_read(name: str, level: str, debug: bool) -> None:
    text = module_text(name, level, debug)
    module = read_everything(text)
    assert len(module.touched) == text.count("\ndefine ")
    printed = module.print()
    if printed != text:  # pytest's own difference takes minutes on a megabyte
        pairs = itertools.zip_longest(text.split("\n"), printed.split("\n"))
        assert next(pair for pair in pairs if pair[0] != pair[1]) is None


@pytest.mark.parametrize("name", SMALL)
def test_llvm_prints_the_same_again(name: str) -> None:
    text = module_text(name)
    assert printed_by_llvm(read_everything(text).print()) == text


@pytest.mark.parametrize("name", SMALL)
def test_what_nobody_asks_for_stays_text(name: str) -> None:
    text = module_text(name)
    module = Module.parse(text)
    assert module.print() == text
    assert not module.touched


@pytest.mark.parametrize(("name", "level"), list(itertools.product(SMALL, "02")))
def test_users_are_those_that_use(name: str, level: str) -> None:
    module = read_everything(module_text(name, level))
    for function in module.touched.values():
        assert_consistent(function)


def assert_consistent(function: Function) -> None:
    """Operands are values of this function, and each knows its users."""
    uses: dict[Local, Counter[object]] = {arg: Counter() for arg in function.args}
    uses.update((inst, Counter()) for inst in function.instructions())
    blocks = set(function.blocks)
    for block in function.blocks:
        assert block.function is function
        for inst in block.instructions:
            assert inst.block is block
            for operand in inst.operands:
                if isinstance(operand, Local):
                    uses[operand][inst] += 1
            assert blocks.issuperset(getattr(inst, "targets", ()))
            assert blocks.issuperset(getattr(inst, "blocks", ()))
    for value, counted in uses.items():
        assert dict(value.users) == dict(counted), (function, value)


@pytest.mark.parametrize(("name", "level"), list(itertools.product(SMALL[:2], "02")))
def test_other_names_make_the_same_machine_code(name: str, level: str) -> None:
    """Block addresses in tables and whatever else mentions a name follow it."""
    text = module_text(name, level)
    module = read_everything(text)
    for function in module.touched.values():
        function.name_everything()
    renamed = module.print()
    assert renamed != text
    assert machine_code(renamed) == machine_code(text)


def machine_code(text: str) -> bytes:
    """What clang makes of a module (in a process of its own: LLVM may end it)."""
    command = [*(clang() or []), "-x", "ir", "-", "-c", "-O0", "-w", "-fPIC", "-o", "-"]
    return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


@pytest.mark.parametrize("debug", [False, True])
def test_renamed_debug_records_are_valid(debug: bool) -> None:
    text = module_text("constructs.c", "2", debug)
    module = read_everything(text)
    for function in module.touched.values():
        function.name_everything()
    printed = printed_by_llvm(module.print())
    for mark in ("#dbg_value(", "#dbg_value(ptr %", "#dbg_declare(ptr %", " poison, !"):
        assert printed.count(mark) == text.count(mark)
    assert debug == ("#dbg_value(ptr %" in printed)


def test_use_list_order_is_kept_while_it_is_true() -> None:
    text = """define i32 @f(i32 %x) {
  %a = add i32 %x, %x
  %b = mul i32 %a, %a
  ret i32 %b

; uselistorder directives
  uselistorder i32 %a, { 1, 0 }
}
"""
    module = read_everything(text)
    assert module.print() == text
    module.function("f").name_everything()
    assert "uselistorder" not in module.print()
