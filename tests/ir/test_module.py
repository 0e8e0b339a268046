"""What a module answers about its text, and how it is edited."""

from __future__ import annotations

from pathlib import Path

import pytest

from enzcc.errors import Location
from enzcc.ir import (
    BlockAddress,
    Builder,
    Call,
    ConstantAggregate,
    ConstantExpression,
    ConstantText,
    Instruction,
    Module,
    Phi,
    clone_function,
    const_int,
    function_type,
    types,
)
from ir.corpus import SOURCES, module_text, printed_by_llvm
from ir.test_round_trip import assert_consistent, read_everything


@pytest.fixture
def rare() -> Module:
    return Module.parse(module_text("rare.ll"))


def named(module: Module, function: str, name: str) -> Instruction:
    return next(i for i in module.function(function).instructions() if i.name == name)


# Questions


def test_symbols_know_what_they_are(rare: Module) -> None:
    expected = {
        # name            kind        linkage          constant defined value type
        "0": ("variable", "private", True, True, "[6 x i8]"),
        "quoted \\22name\\22": ("variable", "external", False, True, "i32"),
        '"42"': ("variable", "external", False, True, "i8"),
        "weak_one": ("variable", "extern_weak", False, False, "i32"),
        "ext": ("variable", "external", True, False, "i32"),
        "filled_by_others": ("variable", "external", False, True, "i32"),
        "common_one": ("variable", "common", False, True, "[4 x i8]"),
        "aliased": ("alias", "weak_odr", False, True, "i32 (i32)"),
        "an ifunc": ("ifunc", "external", False, True, "void ()"),
        "callee": ("function", "external", True, False, "i32 (i32, ...)"),
        "maybe_there": ("function", "extern_weak", True, False, "void ()"),
        "unnamed_blocks": ("function", "internal", True, True, "void (i1)"),
        "odd name": ("function", "external", True, False, "void (ptr, ptr, ptr, i32, float)"),
    }
    for name, answer in expected.items():
        s = rare.symbol(name)
        assert (s.kind, s.linkage, s.constant, s.defined, str(s.value_type)) == answer, name
    assert str(rare.symbol("spaced").type) == "ptr addrspace(3)"
    assert set(expected) <= set(rare.symbols())
    assert rare.symbol("0") is rare.symbol("0")


def test_unknown_names_are_key_errors(rare: Module) -> None:
    for ask in (rare.symbol, rare.function, rare.attribute_group, rare.metadata_text):
        with pytest.raises(KeyError):
            ask("nowhere")
    with pytest.raises(KeyError):
        rare.function("callee")


def test_bodies_and_declarations_are_told_apart(rare: Module) -> None:
    assert rare.defines("jumps")
    assert not rare.declares("jumps")
    assert rare.declares("callee")
    assert not rare.defines("callee")
    assert not rare.defines("0")
    assert not rare.declares("0")
    assert rare.functions_with_bodies()[:3] == ["resolver", "everything", "scalable"]


def test_calls_are_found_without_reading(rare: Module) -> None:
    assert rare.calls_in_text("resolver") == {"callee"}
    assert rare.calls_in_text("jumps") == {"jumps"}  # by its block addresses
    assert "odd name" in rare.calls_in_text("everything")
    assert "everything" not in rare.calls_in_text("everything")
    assert not rare.touched
    rare.function("jumps")
    assert rare.calls_in_text("jumps") == {"jumps"}


def test_initialisers_are_constants(rare: Module) -> None:
    text = rare.initializer("0")
    assert isinstance(text, ConstantText)
    assert text.text == 'c"hello\\00"'
    assert rare.initializer("ext") is None
    assert rare.initializer("callee") is None
    tables = rare.initializer("tables")
    assert isinstance(tables, ConstantAggregate)
    addresses = tables.elements[0]
    assert isinstance(addresses, ConstantAggregate)
    second = addresses.elements[1]
    assert isinstance(second, BlockAddress)
    assert (second.function, second.block) == ("jumps", "two two")
    difference = rare.initializer("relative")
    assert isinstance(difference, ConstantExpression)
    assert difference.opcode == "trunc"
    assert rare.initializer("aliased") is rare.symbol("jumps")
    inside = rare.initializer("aliased_data")
    assert isinstance(inside, ConstantExpression)
    assert inside.operands[0] is rare.symbol("1")


@pytest.mark.parametrize("name", ["constructs.c", "program.rs", "program.f90", "rare.ll"])
def test_every_initialiser_is_read(name: str) -> None:
    module = Module.parse(module_text(name))
    for symbol in module.symbols():
        found = module.initializer(symbol)
        if found is not None and module.symbol(symbol).kind == "variable":
            value = module.symbol(symbol)
            assert f" {value.value_type} {found.ref()}" in value.line


def test_types_attributes_and_metadata(rare: Module) -> None:
    nested = rare.named_types["nested"]
    assert nested.body_text() == "{ <{ i8, { i16, {} } }>, i128 }"
    assert rare.layout.size(nested) == 32
    assert str(rare.named_types["class.std::vector<int>"]) == '%"class.std::vector<int>"'
    assert "opaque" not in rare.named_types or rare.named_types["opaque"].fields is None
    group = rare.symbol("callee").line.split()[-1]
    assert rare.attribute_group(group) == 'nounwind "frame-pointer"="all" "odd{}"="} {"'
    assert rare.metadata_text("!llvm.module.flags").startswith("!{!")


# Places in the source


def test_locations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed_by_llvm("""
define double @f(double %x) !dbg !3 {
  %a = fmul double %x, %x, !dbg !5
  %b = fadd double %a, %x, !dbg !6
  %c = fadd double %b, %x
  ret double %c, !dbg !8
}
!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!9}
!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, emissionKind: LineTablesOnly)
!1 = !DIFile(filename: "main \\22one\\22.c", directory: "/there")
!2 = !DIFile(filename: "/abs/inlined.h", directory: "/there")
!3 = distinct !DISubprogram(name: "f", file: !1, line: 7, unit: !0, spFlags: DISPFlagDefinition)
!4 = distinct !DISubprogram(name: "g", file: !2, line: 3, unit: !0, spFlags: DISPFlagDefinition)
!5 = !DILocation(line: 8, column: 13, scope: !7)
!6 = !DILocation(line: 4, column: 2, scope: !4, inlinedAt: !5)
!7 = distinct !DILexicalBlock(scope: !3, file: !1, line: 8, column: 1)
!8 = !DILocation(line: 0, scope: !3)
!9 = !{i32 2, !"Debug Info Version", i32 3}
""")
    module = Module.parse(text)
    name = 'main "one".c'
    monkeypatch.chdir(tmp_path)
    places = [module.location(inst) for inst in module.function("f").instructions()]
    assert places == [
        Location("/there/" + name, 8, 13),
        Location("/abs/inlined.h", 4, 2),
        None,
        None,
    ]
    assert module.subprogram_location("f") == Location("/there/" + name, 7, 1)
    (tmp_path / name).touch()
    assert Module.parse(text).subprogram_location("f") == Location(name, 7, 1)


def test_calls_have_places_too() -> None:
    module = Module.parse(module_text("constructs.c", "0", True))
    source = (SOURCES / "constructs.c").read_text().split("\n")
    for name, opcode, word in (("remaining", "call", "setjmp"), ("assembly", "callbr", "goto")):
        start = module.subprogram_location(name)
        assert start is not None
        assert f" {name}(" in source[start.line - 1]
        insts = [i for i in module.function(name).instructions() if i.opcode == opcode]
        places = [place for inst in insts if (place := module.location(inst))]
        assert any(word in source[place.line - 1] for place in places)


# Editing


def test_a_new_function_is_declared_called_and_printed(rare: Module) -> None:
    double = types.DOUBLE
    sine = rare.declare("sin", function_type(double, (double,)), "nounwind")
    assert rare.declare("sin", function_type(double, (double,))) is sine
    assert rare.declare("jumps", function_type(types.I32, (types.I32,))) is rare.symbol("jumps")
    table = rare.add_global_text('@"my table" = internal constant [2 x double] zeroinitializer')
    new = rare.new_function("twice sin", function_type(double, (double,)))
    emit = Builder(new.add_block("entry"))
    first = emit.call(sine, function_type(double, (double,)), [new.args[0]])
    kept = emit.load(double, table, 8)
    emit.ret(emit.fadd(emit.fmul(first, kept), first))
    assert "sin" in rare.calls_in_text("twice sin")
    assert rare.defines("twice sin")
    for name in ("sin", "my table", "twice sin"):
        assert name in rare.symbols()
    printed = printed_by_llvm(rare.print())
    assert 'define internal double @"twice sin"(double %a0)' in printed
    again = Module.parse(printed)
    assert [i.opcode for i in again.function("twice sin").instructions()] == [
        "call", "load", "fmul", "fadd", "ret",
    ]  # fmt: skip


def test_a_body_takes_the_place_of_a_declaration(rare: Module) -> None:
    symbol = rare.symbol("callee")
    assert symbol.value_type is not None
    body = rare.new_function("callee", function_type(types.I32, (types.I32,), True), header="")
    Builder(body.add_block("entry")).ret(body.args[0])
    assert rare.symbol("callee") is symbol
    assert rare.defines("callee")
    assert not rare.declares("callee")
    assert "@callee(i32 %a0, ...)" in printed_by_llvm(rare.print())


def test_functions_are_removed() -> None:
    module = Module.parse(module_text("rare.ll"))
    module.remove_function("debugged")
    with pytest.raises(KeyError):
        module.function("debugged")
    assert "debugged" not in module.symbols()
    assert "@debugged" not in printed_by_llvm(module.print())


def test_replacing_and_erasing(rare: Module) -> None:
    function = rare.function("backwards")
    y, product = named(rare, "backwards", "y"), named(rare, "backwards", "next")
    assert [user.opcode for user in y.users] == ["fadd", "ret"]
    y.replace_with(function.args[0])
    assert not y.users
    assert product.operands[0] is function.args[0]
    y.erase()
    assert_consistent(function)
    printed = printed_by_llvm(rare.print())
    assert "%next = fadd double %x, 1.000000e+00" in printed
    assert "ret double %x" in printed
    assert "%y" not in printed


def test_debug_records_of_what_is_gone_are_poison(rare: Module) -> None:
    for inst in list(rare.function("debugged").instructions()):
        if inst.opcode == "store":
            inst.erase()
    gone = named(rare, "debugged", "a")
    following = rare.function("debugged").entry.instructions[1]
    following.records = (
        gone.records + following.records + ("#dbg_value(ptr %a, !15, !DIExpression(), !14)",)
    )
    gone.erase()
    printed = rare.print()
    assert "#dbg_value(ptr poison, !15" in printed
    assert "#dbg_value(i32 %x, !1" in printed


def test_addresses_of_blocks_follow_their_names(rare: Module) -> None:
    function = rare.function("jumps")
    function.blocks[1].name = "renamed"
    printed = printed_by_llvm(rare.print())
    assert printed.count("blockaddress(@jumps, %renamed)") == 2
    assert "%one" not in printed.split("@jumps(i32 %x)")[1].split("\n}\n")[0]


def test_operand_bundles_are_operands(rare: Module) -> None:
    calls = [i for i in rare.function("everything").instructions() if isinstance(i, Call)]
    call = next(c for c in calls if c.bundles and c.bundles[0] == ("align", 2))
    assert call.bundles == (("align", 2), ("nonnull", 1), ("ignore", 0))
    assert [str(a) for a in call.arguments] == ["i1 true"]
    pointer = rare.function("everything").args[1]
    assert call in pointer.users
    before = pointer.users[call]
    call.replace(pointer, rare.symbol("0"))
    assert call not in pointer.users
    assert before == 1
    assert '"align"(ptr @0, i64 32)' in rare.print()


@pytest.mark.parametrize(
    ("name", "level"), [("constructs.c", "0"), ("constructs.c", "2"), ("rare.ll", "0")]
)
def test_copies_are_equal_and_apart(name: str, level: str) -> None:
    text = module_text(name, level)
    module = read_everything(text)
    originals = list(module.touched.values())
    for function in originals:
        copy, became = clone_function(function, module, function.name + " copy")
        module.add_function(copy)
        assert_consistent(copy)
        assert len(became) == len(function.args) + len(function.blocks) + sum(
            1 for _ in function.instructions()
        )
        for old, new in became.items():
            assert type(old) is type(new)
            assert old is not new
        phis = [i for i in copy.instructions() if isinstance(i, Phi)]
        assert all(block in copy.blocks for phi in phis for block in phi.blocks)
    for function in originals:
        assert_consistent(function)
    printed = module.print()
    for function in originals:  # the originals are untouched
        assert f"@{function.symbol.ref()[1:]}(" in printed
    again = Module.parse(printed_by_llvm(printed))
    assert len(again.functions_with_bodies()) == 2 * len(originals)
    for function in originals:
        opcodes = [i.opcode for i in again.function(function.name).instructions()]
        copied = [i.opcode for i in again.function(function.name + " copy").instructions()]
        assert opcodes == copied


def test_constants_are_shared_in_a_module(rare: Module) -> None:
    constants = [
        operand
        for inst in rare.function("everything").instructions()
        for operand in inst.operands
        if str(operand) == "i32 1"
    ]
    assert len(constants) > 1
    assert all(c is constants[0] for c in constants)
    assert const_int(types.I32, 1).ref() == constants[0].ref()
