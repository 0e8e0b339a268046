"""Long tables of numbers are set aside and come back."""

from enzcc import llvm
from enzcc.ad.copies.numbers import LONG, with_tables, without_tables

COUNT = LONG // 10
NUMBERS = ", ".join(f"double {n}.5" for n in range(COUNT))
ROWS = ", ".join(f"[2 x i32] [i32 {n}, i32 7]" for n in range(COUNT))
POINTERS = ", ".join("ptr @f" for _ in range(LONG // 6))
TEXT = llvm.normalise(f"""\
@own = internal unnamed_addr constant [{COUNT} x double] [{NUMBERS}], align 16
@seen = dso_local constant [{COUNT} x [2 x i32]] [{ROWS}], align 4
@unused = constant [{COUNT} x double] [{NUMBERS}]
@dead = private constant [{COUNT} x double] [{NUMBERS}]
@other = internal constant [{COUNT} x double] [{NUMBERS}]
@named = alias [{COUNT} x double], ptr @other
@calls = constant [{LONG // 6} x ptr] [{POINTERS}]
@changed = global [{COUNT} x double] [{NUMBERS}]

define double @f(i64 %i) {{
  %place = getelementptr double, ptr @own, i64 %i
  %value = load double, ptr %place
  %row = getelementptr [2 x i32], ptr @seen, i64 %i
  %number = load i32, ptr %row
  ret double %value
}}
""")


def test_tables_come_back() -> None:
    text, tables = without_tables(TEXT)
    assert list(tables) == ["own", "seen", "unused", "dead"]
    assert f"\n@own = external unnamed_addr constant [{COUNT} x double], align 16\n" in "\n" + text
    assert with_tables(llvm.normalise(text), tables) == TEXT


def test_tables_that_nobody_uses_come_back_if_others_may() -> None:
    text, tables = without_tables(TEXT)
    text = with_tables(llvm.without_unused(text), tables)
    llvm.verify(text)
    assert [name for name in tables if f"\n@{name} = " in "\n" + text] == ["own", "seen", "unused"]
