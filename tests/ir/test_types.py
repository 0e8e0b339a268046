"""Types: interned, spelled as LLVM does, and laid out as LLVM does."""

from __future__ import annotations

import llvmlite.binding as llvmlite
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enzcc.ir import Layout, Module, StructType, Type, function_type, types

LAYOUTS = {
    "x86_64": "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128",
    "i386": "e-m:e-p:32:32-p270:32:32-p271:32:32-p272:64:64-i128:128-f64:32:64-f80:32-n8:16:32"
    "-S128",
    "aarch64": "e-m:e-p270:32:32-p271:32:32-p272:64:64-i8:8:32-i16:16:32-i64:64-i128:128-n32:64"
    "-S128-Fn32",
    "nvptx": "e-p6:32:32-i64:64-i128:128-i256:256-v16:16-v32:32-n16:32:64",
    "none": "",
}

scalars = (
    st.sampled_from([*types.FLOATS.values(), types.PTR, types.I1, types.I8, types.I32, types.I64])
    | st.integers(1, 200).map(types.int_type)
    | st.sampled_from([270, 272, 3]).map(types.pointer)
)
vectors = st.builds(types.vector, scalars, st.integers(1, 9))
sized: st.SearchStrategy[Type] = st.recursive(
    scalars | vectors,
    lambda inner: (
        st.builds(types.array, inner, st.integers(0, 4))
        | st.builds(types.struct, st.lists(inner, max_size=5).map(tuple), st.booleans())
    ),
    max_leaves=8,
)


@given(sized, st.sampled_from(list(LAYOUTS)))
def test_sizes_are_those_of_llvm(kind: Type, name: str) -> None:
    layout = Layout.parse(LAYOUTS[name])
    context = llvmlite.create_context()
    text = f'target datalayout = "{LAYOUTS[name]}"\n@g = external global {kind}\n'
    module = llvmlite.parse_assembly(text, context)
    data = llvmlite.create_target_data(LAYOUTS[name])
    theirs = module.get_global_variable("g").global_value_type
    assert layout.size(kind) == data.get_abi_size(theirs)
    assert layout.align(kind) == data.get_abi_alignment(theirs)
    if isinstance(kind, StructType) and kind.fields:
        offsets = [data.get_element_offset(theirs, i) for i in range(len(kind.fields))]
        assert layout.offsets(kind)[:-1] == offsets


@given(sized)
def test_a_spelling_is_read_as_the_same_object(kind: Type) -> None:
    module = Module.parse(f"@g = external global {kind}\ndeclare {kind} @f({kind}, ...)\n")
    assert module.symbol("g").value_type is kind
    assert module.symbol("f").value_type is function_type(kind, (kind,), True)


def test_named_structs_may_mention_each_other() -> None:
    module = Module.parse(
        '%a = type { ptr, %"b c" }\n%"b c" = type <{ [2 x %d], i8 }>\n%d = type { i64 }\n'
        "%e = type opaque\n"
    )
    a, b = module.named_types["a"], module.named_types["b c"]
    assert a.fields == (types.PTR, b)
    assert b.body_text() == "<{ [2 x %d], i8 }>"
    assert module.layout.size(a) == 32
    assert module.named_types["e"].fields is None


@pytest.mark.parametrize("unsized", [types.VOID, types.LABEL, types.vector(types.I8, 4, True)])
def test_what_has_no_size(unsized: Type) -> None:
    with pytest.raises(ValueError, match="size"):
        Layout.parse("").size(unsized)


def test_structs_that_nest_deep_are_laid_out_once() -> None:
    """Each level asked twice for the one below: 60 levels never ended."""
    kind: Type = types.DOUBLE
    for level in range(60):
        kind = StructType((kind, kind), packed=False, name=f"s{level}")
    layout = Layout.parse("")
    assert (layout.size(kind), layout.align(kind)) == (8 << 60, 8)
