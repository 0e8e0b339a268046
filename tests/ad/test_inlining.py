"""What is inlined in the copies that are differentiated."""

import re

from enzcc import llvm
from enzcc.ad.copies.prepare import copied, prepare


def copies(text: str) -> str:
    return prepare(copied(llvm.normalise(text), ["f"]), ["f"]).print()


def called(text: str) -> set[str]:
    return set(re.findall(r"call \S+ @(\w+)\.\.enzcc\(", text))


def test_what_cxx_keeps_from_being_inlined_stays_a_call() -> None:
    text = """
define double @kept(double %x) mustprogress noinline !dbg !3 {
  %r = fmul double %x, %x
  ret double %r
}

define double @built_in(double %x) noinline {
  %r = fmul double %x, %x
  ret double %r
}

define double @f(double %x) {
  %a = call double @kept(double %x)
  %b = call double @built_in(double %a)
  ret double %b
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}

!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1)
!1 = !DIFile(filename: "f.c", directory: "/")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = distinct !DISubprogram(name: "kept", file: !1, line: 1, unit: !0)
"""
    assert called(copies(text)) == {"kept"}


def calling_each_other_twice() -> str:
    text = "define double @g0(double %x) {\n  ret double %x\n}\n"
    for n in range(1, 14):
        lines = [f"  %m{k} = fmul double %x, {k}.5" for k in range(20)]
        calls = [f"  %{v} = call double @g{n - 1}(double %m{k})" for v, k in (("a", 1), ("b", 2))]
        body = "\n".join([*lines, *calls, "  %r = fmul double %a, %b\n  ret double %r"])
        text += f"define double @g{n}(double %x) {{\n{body}\n}}\n"
    text += "define double @f(double %x) {\n"
    text += "\n".join(f"  %a{k} = call double @g13(double %x)" for k in range(40))
    return text + "\n  %r = fmul double %a0, %a39\n  ret double %r\n}\n"


def test_functions_that_call_each_other_twice_do_not_grow_without_bounds() -> None:
    made = copies(calling_each_other_twice())
    assert called(made)
    assert made.count(" fmul ") < 3000


def test_what_moves_cells_is_inlined_into_functions_of_any_size() -> None:
    """As it is called with other steps at each place."""
    lines = "\n".join(f"  store double {k}.5, ptr %p" for k in range(2500))
    text = f"define void @__enzcc_copy_cells(ptr %p) {{\n{lines}\n  ret void\n}}\n"
    moves = "  %p = alloca double\n" + 2 * "  call void @__enzcc_copy_cells(ptr %p)\n"
    rest = calling_each_other_twice().replace("@f(double %x) {\n", "@f(double %x) {\n" + moves)
    assert called(copies(text + rest)) >= {"g6"}
    assert "__enzcc_copy_cells" not in called(copies(text + rest))


def test_inlined_code_of_a_library_is_where_its_user_calls_it() -> None:
    text = """
define linkonce_odr double @inner(double %x) !dbg !8 {
  %r = fmul double %x, %x, !dbg !9
  ret double %r, !dbg !9
}

define linkonce_odr double @outer(double %x) !dbg !5 {
  %y = call double @inner(double %x), !dbg !6
  %r = fadd double %y, 1.0, !dbg !6
  ret double %r, !dbg !6
}

define double @own(double %x) !dbg !10 {
  %r = fdiv double %x, 3.0, !dbg !11
  ret double %r, !dbg !11
}

define double @f(double %x) !dbg !3 {
  %a = call double @outer(double %x), !dbg !7
  %b = call double @own(double %a), !dbg !7
  ret double %b, !dbg !7
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}

!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1)
!1 = !DIFile(filename: "f.c", directory: "/")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = distinct !DISubprogram(name: "f", file: !1, line: 1, unit: !0)
!4 = !DIFile(filename: "/usr/include/eigen3/Eigen/Core", directory: "/")
!5 = distinct !DISubprogram(name: "outer", file: !4, line: 1, unit: !0)
!6 = !DILocation(line: 40, column: 2, scope: !5)
!7 = !DILocation(line: 20, column: 7, scope: !3)
!8 = distinct !DISubprogram(name: "inner", file: !4, line: 30, unit: !0)
!9 = !DILocation(line: 31, column: 2, scope: !8)
!10 = distinct !DISubprogram(name: "own", file: !1, line: 10, unit: !0)
!11 = !DILocation(line: 11, column: 3, scope: !10)
"""
    module = prepare(copied(llvm.normalise(text), ["f"]), ["f"])
    lines = {}
    for inst in module.function("f..enzcc").instructions():
        place = module.location(inst)
        lines[inst.opcode] = place.line if place else None
    assert lines == {"fmul": 20, "fadd": 20, "fdiv": 11, "ret": 20}
    assert module.text.count("inlinedAt") == 1
