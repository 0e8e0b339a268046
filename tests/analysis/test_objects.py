"""What lies in memory: kinds of bytes, told by all that touches them."""

from __future__ import annotations

import random

import pytest

from enzcc.analysis.graph import Graph
from enzcc.analysis.nodes import INTEGER, POINTER, Node, Pointer
from enzcc.analysis.objects import Objects
from enzcc.ir import types as ty
from enzcc.ir.module import Module

WIDENED = """
%mixed = type { float, i32, [2 x float], ptr }
define float @f(ptr %s, ptr %t, i64 %i) {
  call void @llvm.memcpy.p0.p0.i64(ptr %t, ptr %s, i64 24, i1 false)
  %at = getelementptr %mixed, ptr %t, i64 0, i32 1
  %k = load i32, ptr %at
  %wide = zext i32 %k to i64
  %index = mul i64 %wide, %i
  %array = getelementptr %mixed, ptr %t, i64 0, i32 2
  %place = getelementptr float, ptr %array, i64 %index
  %q = load float, ptr %place
  %p = load float, ptr %t
  %last = getelementptr %mixed, ptr %t, i64 0, i32 3
  %r = load ptr, ptr %last
  %sum = fadd float %p, %q
  ret float %sum
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


def test_an_integer_calculated_with_in_a_wider_type_hides_nothing_behind_it() -> None:
    module = Module.parse(WIDENED)
    function = module.function("f")
    objects = Objects(module, [function])
    for argument in function.args[:2]:
        found = objects.segments(objects.place(argument), 24)
        assert [(s.offset, s.kind) for s in found] == [
            (0, ty.FLOAT),
            (4, INTEGER),
            (8, ty.FLOAT),
            (12, ty.FLOAT),
            (16, POINTER),
        ]


def test_copies_that_have_settled_are_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies at one end of a chain of copies goes to the other end: one copy in a round."""
    count = 60
    copies = "".join(
        f"  call void @llvm.memcpy.p0.p0.i64(ptr %a{i}, ptr %a{i + 1}, i64 8, i1 false)\n"
        for i in range(count)
    )
    allocas = "".join(f"  %a{i} = alloca i64\n" for i in range(count + 1))
    text = (
        f"define double @f(double %x) {{\n{allocas}  store double %x, ptr %a{count}\n{copies}"
        "  %r = load i64, ptr %a0\n  %s = bitcast i64 %r to double\n  ret double %s\n}\n"
        "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n"
    )
    made = 0
    agree = Graph._agree

    def counted(self: Graph, to: Pointer, source: Pointer, size: int | None) -> bool:
        nonlocal made
        made += 1
        return agree(self, to, source, size)

    monkeypatch.setattr(Graph, "_agree", counted)
    module = Module.parse(text)
    function = module.function("f")
    objects = Objects(module, [function])
    for inst in list(function.instructions())[: count + 1]:
        assert [s.kind for s in objects.segments(objects.place(inst), 8)] == [ty.DOUBLE]
    assert made < 12 * count


TOLD_APART = """
@square = constant [1 x ptr] [ptr @fs]
@circle = constant [1 x ptr] [ptr @fc]
@changing = global [1 x ptr] [ptr @fc]
declare double @fs(ptr)
declare double @fc(ptr)
declare ptr @malloc(i64)
declare void @foreign(ptr)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define double @f(i1 %c, ptr %given) {{
  %a = call ptr @malloc(i64 16)
  store ptr @square, ptr %a
  %b = call ptr @malloc(i64 16)
  store ptr @circle, ptr %b
  %o = select i1 %c, ptr %a, ptr %b
  {0}
  %table = load ptr, ptr %o
  %function = load ptr, ptr %table
  %is = icmp eq ptr %function, @fs
  br i1 %is, label %then, label %else
then:
  %at = getelementptr i8, ptr %o, i64 8
  %r = load double, ptr %at
  ret double %r
else:
  ret double 0.0
}}
"""


@pytest.mark.parametrize(
    ("between", "is_told_apart"),
    [
        ("store ptr null, ptr %b", True),
        ("store double 1.0, ptr %given", True),
        ("store ptr @square, ptr %b", False),
        ("store ptr @square, ptr %o", False),
        ("store ptr @changing, ptr %b", False),
        ("store ptr %given, ptr %b", False),
        ("store i64 ptrtoint (ptr @square to i64), ptr %b", False),
        ("store <2 x ptr> <ptr @square, ptr null>, ptr %b", False),
        ("call void @foreign(ptr %b)", False),
        ("call void @llvm.memcpy.p0.p0.i64(ptr %b, ptr %given, i64 16, i1 false)", False),
        ("call void @llvm.memcpy.p0.p0.i64(ptr %b, ptr %a, i64 16, i1 false)", False),
        ("%k = load i64, ptr %given\n  store i64 %k, ptr %b", False),
        ("store i64 1, ptr %given", True),
    ],
)
def test_a_comparison_tells_objects_apart_whose_tables_are_known(
    between: str, is_told_apart: bool
) -> None:
    module = Module.parse(TOLD_APART.format(between))
    function = module.function("f")
    objects = Objects(module, [function])
    named = {inst.name: inst for inst in function.instructions()}
    a, b = (objects.place(named[name]).node.find() for name in "ab")
    behind = objects.nodes_behind(named["at"])
    assert a in behind
    assert (b not in behind) is is_told_apart


BEHIND_A_POINTER = """
%evaluator = type { [3 x double], ptr, i64 }
define double @f(double %x, ptr %p, i64 %i) {
  %e = alloca %evaluator
  %k = alloca ptr
  %at = getelementptr double, ptr %e, i64 %i
  store double %x, ptr %at
  %rest = getelementptr i8, ptr %e, i64 24
  store ptr %p, ptr %rest
  store ptr %e, ptr %k
  %r = call double @g(ptr %k, i64 %i)
  ret double %r
}
define double @g(ptr %k, i64 %i) {
  %e = load ptr, ptr %k
  %at = getelementptr double, ptr %e, i64 %i
  %r = load double, ptr %at
  ret double %r
}
"""


BEHIND_TWO_POINTERS = BEHIND_A_POINTER.replace("@g(ptr %k,", "@h(ptr %frame,", 1).replace(
    "  store ptr %e, ptr %k\n",
    "  store ptr %e, ptr %k\n  %frame = call ptr @malloc(i64 8)\n  store ptr %k, ptr %frame\n",
)
BEHIND_TWO_POINTERS += """
declare ptr @malloc(i64)
define double @h(ptr %frame, i64 %i) {
  %k = load ptr, ptr %frame
  %r = call double @g(ptr %k, i64 %i)
  ret double %r
}
"""


@pytest.mark.parametrize(
    ("text", "names"), [(BEHIND_A_POINTER, "fg"), (BEHIND_TWO_POINTERS, "fhg")]
)
def test_a_step_in_an_array_member_behind_pointers_of_a_parameter_leaves_the_rest_alone(
    text: str, names: str
) -> None:
    module = Module.parse(text)
    objects = Objects(module, [module.function(name) for name in names])
    named = {inst.name: inst for inst in module.function("f").instructions()}
    found = objects.segments(objects.place(named["e"]), 40)
    assert [(s.offset, s.kind) for s in found] == [
        (0, ty.DOUBLE),
        (8, ty.DOUBLE),
        (16, ty.DOUBLE),
        (24, POINTER),
        (32, INTEGER),
    ]


ON_THE_TAPE = """
%state = type { double, [2 x double], ptr }
define double @f(ptr %tape, i64 %i) {
  %s = call ptr @__enzcc_tape_push(ptr %tape, i64 32), !enzcc.declared !0
  %array = getelementptr i8, ptr %s, i64 8
  %at = getelementptr double, ptr %array, i64 %i
  %r = load double, ptr %at
  ret double %r
}
declare ptr @__enzcc_tape_push(ptr, i64)
!0 = !{%state poison}
"""


def test_what_a_block_on_the_tape_was_tells_its_array_members() -> None:
    module = Module.parse(ON_THE_TAPE)
    function = module.function("f")
    objects = Objects(module, [function])
    named = {inst.name: inst for inst in function.instructions()}
    found = objects.segments(objects.place(named["s"]), 32)
    kinds = [(0, ty.DOUBLE), (8, ty.DOUBLE), (16, ty.DOUBLE), (24, POINTER)]
    assert [(s.offset, s.kind) for s in found] == kinds


CHOSEN_TOGETHER = """
%state = type { double, ptr }
define double @f(i1 %c) {
  %s = alloca %state
  %a = alloca [4 x double]
  br i1 %c, label %left, label %right
left:
  br label %on
right:
  br label %on
on:
  %base = phi ptr [ %s, %left ], [ %a, %right ]
  %index = phi i64 [ 1, %right ], [ 0, %left ]
  %at = getelementptr double, ptr %base, i64 %index
  %other = select i1 %c, ptr %s, ptr %a
  %number = select i1 %c, i64 0, i64 2
  %there = getelementptr double, ptr %other, i64 %number
  %p = load double, ptr %at
  %q = load double, ptr %there
  %r = fadd double %p, %q
  ret double %r
}
"""


def test_a_base_and_an_index_that_one_branch_chooses_belong_together() -> None:
    module = Module.parse(CHOSEN_TOGETHER)
    function = module.function("f")
    objects = Objects(module, [function])
    named = {inst.name: inst for inst in function.instructions()}
    found = objects.segments(objects.place(named["s"]), 16)
    assert [(s.offset, s.kind) for s in found] == [(0, ty.DOUBLE), (8, POINTER)]
    for address, offset in (("at", 8), ("there", 16)):
        places = objects.places_behind(named[address])
        assert {(p.node.find(), p.unfolded()[1]) for p in places} == {
            (objects.place(named["s"]).node.find(), 0),
            (objects.place(named["a"]).node.find(), offset),
        }


SEEN_TOGETHER = """
%state = type { [2 x double], [2 x ptr] }
define double @f(i1 %c, i64 %i) {
  %s = alloca %state
  %a = alloca [6 x double]
  %k = alloca ptr
  store ptr %a, ptr %k
  %chosen = select i1 %c, ptr %s, ptr %a
  %p = load double, ptr %chosen
  %r = call double @g(ptr %k, i64 %i)
  ret double %r
}
define double @g(ptr %k, i64 %i) {
  %a = load ptr, ptr %k
  %at = getelementptr double, ptr %a, i64 %i
  %r = load double, ptr %at
  ret double %r
}
"""


def test_array_members_of_one_object_are_none_of_another_that_one_pointer_may_see() -> None:
    module = Module.parse(SEEN_TOGETHER)
    function = module.function("f")
    objects = Objects(module, [function, module.function("g")])
    named = {inst.name: inst for inst in function.instructions()}
    node = objects.place(named["a"]).node.find()
    assert node.stride == 8
    assert not node.arrays


TWO_PLACES = """
%object = type {{ i64, double, ptr, double }}
define double @f(ptr %x) {{
  %s = alloca %object
  %q = alloca double
  %k = alloca ptr
  %l = alloca ptr
  %first = getelementptr i8, ptr %s, i64 8
  %second = getelementptr i8, ptr %s, i64 24
  store ptr %first, ptr %k
  store ptr %second, ptr %l
  %a = call double @g(ptr %k, ptr %q, ptr %x)
  %b = call double @g(ptr %l, ptr %q, ptr %x)
  %y = load ptr, ptr %x
  %again = load ptr, ptr %k
  %r = fadd double %a, %b
  ret double %r
}}
define double @g(ptr %k, ptr %q, ptr %x) {{
  %at = load ptr, ptr %k
  %r = load double, ptr %at
  {}
  ret double %r
}}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


@pytest.mark.parametrize(
    ("then", "put"),
    [
        ("store double 0.0, ptr %q", ""),
        ("store double 0.0, ptr %at", ""),
        ("store ptr %q, ptr %k", "q"),
        (
            "%t = alloca ptr\n  store ptr %q, ptr %t\n"
            "  call void @llvm.memcpy.p0.p0.i64(ptr %k, ptr %t, i64 8, i1 false)",
            "q",
        ),
        ("call void @llvm.memcpy.p0.p0.i64(ptr %k, ptr %x, i64 8, i1 false)", "y"),
        ("%w = load i64, ptr %x\n  store i64 %w, ptr %k", "y"),
    ],
)
def test_a_pointer_that_is_only_read_through_a_view_may_lead_to_two_places_of_an_object(
    then: str, put: str
) -> None:
    module = Module.parse(TWO_PLACES.format(then))
    f, g = module.function("f"), module.function("g")
    objects = Objects(module, [f, g])
    named = {inst.name: inst for one in (f, g) for inst in one.instructions()}
    whole = objects.place(named["s"])
    if put:
        other = objects.place(named[put]).node.find()
        assert other in objects.nodes_behind(named["again"])
        assert other in objects.nodes_behind(named["at"])
        assert whole.node.find() in objects.nodes_behind(named["at"])
    else:
        behind = {(p.node.find(), p.resolve()[1]) for p in objects.places_behind(named["at"])}
        assert behind == {(whole.node.find(), 8), (whole.node.find(), 24)}
        found = objects.segments(whole, 32)
        kinds = [INTEGER, ty.DOUBLE, POINTER, ty.DOUBLE]
        assert [(s.offset, s.kind) for s in found] == list(zip((0, 8, 16, 24), kinds, strict=True))


@pytest.mark.parametrize(
    ("then", "put"),
    [
        ("store double 0.0, ptr %q", ""),
        ("store double 0.0, ptr %at", ""),
        ("store ptr %q, ptr %k", "q"),
        (
            "%t = alloca ptr\n  store ptr %q, ptr %t\n"
            "  call void @llvm.memcpy.p0.p0.i64(ptr %k, ptr %t, i64 8, i1 false)",
            "q",
        ),
        ("call void @llvm.memcpy.p0.p0.i64(ptr %k, ptr %x, i64 8, i1 false)", "y"),
        ("%w = load i64, ptr %x\n  store i64 %w, ptr %k", "y"),
    ],
)
def test_a_pointer_that_is_only_read_through_a_view_may_lead_to_two_objects(
    then: str, put: str
) -> None:
    text = TWO_PLACES.format(then).replace("i64 24\n", "i64 0\n")
    text = text.replace("  %q = alloca double\n", "  %q = alloca double\n  %o = alloca [2 x i64]\n")
    text = text.replace("i8, ptr %s, i64 0", "i8, ptr %o, i64 0")
    module = Module.parse(text)
    f, g = module.function("f"), module.function("g")
    named = {inst.name: inst for one in (f, g) for inst in one.instructions()}
    for includes in (False, True):
        objects = Objects(module, [f, g], includes=includes)
        first, second = (objects.place(named[name]).node.find() for name in "so")
        assert {first, second} <= set(objects.nodes_behind(named["at"]))
        if put:
            other = objects.place(named[put]).node.find()
            assert other in objects.nodes_behind(named["again"])
            assert other in objects.nodes_behind(named["at"])
        else:
            assert (first is second) is not includes
            kinds = [s.kind for s in objects.segments(objects.place(named["o"]), 16)]
            assert kinds[0] is ty.DOUBLE
            assert (kinds[1:] == [INTEGER]) is includes


def test_arrays_in_a_node_fold_as_if_each_pair_of_their_elements_were_joined() -> None:
    choice = random.Random(7)
    for _ in range(300):
        node, joined = Node(1), list(range(64))

        def root(at: int, joined: list[int] = joined) -> int:
            while joined[at] != at:
                at = joined[at]
            return at

        for _ in range(choice.randint(1, 5)):
            stride, start = choice.choice((2, 3, 4, 6, 8)), choice.randrange(40)
            length = stride * choice.randint(2, 3)
            node.add_array(start, length, stride)
            for at in range(start, start + length - stride):
                joined[root(at)] = root(at + stride)
        for at in range(64):
            assert node.fold(node.fold(at)) == node.fold(at)
            assert node.fold(at) == node.fold(root(at))


COMPARED = """
define i1 @f(ptr %p, i64 %i) {
  %address = ptrtoint ptr %p to i64
  %distance = shl i64 %i, 3
  %either = or i64 %distance, %address
  %low = and i64 %either, 7
  %is_aligned = icmp eq i64 %low, 0
  ret i1 %is_aligned
}
"""


def test_what_is_only_compared_with_an_address_is_none() -> None:
    module = Module.parse(COMPARED)
    function = module.function("f")
    objects = Objects(module, [function])
    named = {inst.name: inst for inst in function.instructions()}
    assert not objects.contents(named["distance"]).holds_pointers
    assert objects.contents(named["address"]).holds_pointers


COPIED_TO_ONE_PLACE = """
%solver = type { double, ptr, double, double }
define double @f(double %x) {
  %s = alloca %solver
  %other = alloca double
  %a = alloca ptr
  %b = alloca ptr
  %c = alloca ptr
  store double %x, ptr %s
  %s8 = getelementptr i8, ptr %s, i64 8
  store ptr %other, ptr %s8
  %s16 = getelementptr i8, ptr %s, i64 16
  store double %x, ptr %s16
  %s24 = getelementptr i8, ptr %s, i64 24
  store double %x, ptr %s24
  store ptr %s, ptr %a
  store ptr %s16, ptr %b
  call void @llvm.memcpy.p0.p0.i64(ptr %c, ptr %a, i64 8, i1 false)
  call void @llvm.memcpy.p0.p0.i64(ptr %c, ptr %b, i64 8, i1 false)
  %p = load ptr, ptr %c
  %q = load ptr, ptr %a
  %r = load double, ptr %p
  ret double %r
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
"""


def test_pointers_copied_to_one_place_do_not_make_what_they_lead_to_the_same() -> None:
    module = Module.parse(COPIED_TO_ONE_PLACE)
    function = module.function("f")
    values = {inst.name: inst for inst in function.instructions() if inst.name}
    for includes in (False, True):
        objects = Objects(module, [function], includes=includes)
        solver = objects.place(values["s"])
        told = [s.kind for s in objects.segments(solver, 32)] == [
            ty.DOUBLE,
            POINTER,
            ty.DOUBLE,
            ty.DOUBLE,
        ]
        assert told is includes
    behind = {place.resolve() for place in objects.places_behind(values["p"])}
    assert behind == {solver.resolve(), solver.moved(16).resolve()}
    (only,) = objects.places_behind(values["q"])
    assert only.resolve() == solver.resolve()


WALKED = """
%solver = type { [2 x [3 x double]], [2 x i32], double }
define double @f(double %x, i64 %n) {
entry:
  %s = alloca %solver, align 8
  br label %loop
loop:
  %k = phi i64 [ 0, %entry ], [ 1, %next ]
  %column = getelementptr [3 x double], ptr %s, i64 %k
  %more = icmp ult i64 %k, %n
  br i1 %more, label %inner, label %next
inner:
  %behind = getelementptr [3 x double], ptr %column, i64 %k
  store double %x, ptr %behind, align 8
  br label %next
next:
  %orders = getelementptr i8, ptr %s, i64 48
  %order = getelementptr i32, ptr %orders, i64 %k
  store i32 1, ptr %order, align 4
  %again = icmp eq i64 %k, 0
  br i1 %again, label %loop, label %end
end:
  %r = load double, ptr %s, align 8
  ret double %r
}
"""


def test_a_loop_of_two_iterations_stays_within_the_array_that_it_walks_through() -> None:
    module = Module.parse(WALKED)
    function = module.function("f")
    objects = Objects(module, [function])
    solver = next(inst for inst in function.instructions() if inst.name == "s")
    found = objects.segments(objects.place(solver), 64)
    assert [(s.offset, s.kind) for s in found] == [
        *((8 * i, ty.DOUBLE) for i in range(6)),
        (48, INTEGER),
        (52, INTEGER),
        (56, ty.DOUBLE),
    ]


BY_BYTES = """
define double @f(double %x, i64 %n) {
entry:
  %s = alloca [4 x double], align 8
  br label %loop
loop:
  %at = phi i64 [ 8, %entry ], [ 24, %loop ]
  %place = getelementptr i8, ptr %s, i64 %at
  store double %x, ptr %place, align 8
  %again = icmp eq i64 %at, 8
  br i1 %again, label %loop, label %end
end:
  %any = getelementptr double, ptr %s, i64 %n
  %r = load double, ptr %any, align 8
  ret double %r
}
"""


def test_a_walk_in_bytes_goes_by_elements() -> None:
    module = Module.parse(BY_BYTES)
    function = module.function("f")
    objects = Objects(module, [function])
    array = next(inst for inst in function.instructions() if inst.name == "s")
    (node,) = objects.nodes_behind(array)
    assert node.stride == 8


SHIFTED = """
%solver = type { [9 x double], [3 x double], i32, i32 }
define double @f(double %x, i64 %i, i1 %c) {
  %s = alloca %solver, align 8
  %second = getelementptr i8, ptr %s, i64 8
  %p = select i1 %c, ptr %s, ptr %second
  %by = mul i64 %i, 24
  %q = getelementptr i8, ptr %p, i64 %by
  store double %x, ptr %q, align 8
  %r = load double, ptr %s, align 8
  ret double %r
}
"""


def test_steps_from_one_of_two_elements_stay_within_their_array() -> None:
    """Arrays of the object, seen from either, cross each other."""
    module = Module.parse(SHIFTED)
    function = module.function("f")
    objects = Objects(module, [function])
    solver = next(inst for inst in function.instructions() if inst.name == "s")
    kinds = [s.kind for s in objects.segments(objects.place(solver), 104)]
    assert kinds == [*[ty.DOUBLE] * 12, INTEGER, INTEGER]
