"""Which class a virtual call is made through: clang is asked to say so, for `calls.vtables`.

    %t = load ptr, ptr %object, !tbaa !17                            "vtable pointer"
    %c = call i1 @llvm.public.type.test(ptr %t, metadata !"_ZTS4Base")
    call void @llvm.assume(i1 %c)
becomes
    %t = load ptr, ptr %object, !tbaa !90                            "vtable pointer of _ZTS4Base"

whose node is a child of "vtable pointer", so that LLVM may forget the class, and does not take it
for more. The tables keep `!type`, which says in which classes' places they stand, until the end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from enzcc.analysis.cxxabi import OF_CLASS, VTABLE
from enzcc.ir.lines import lines_with
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.driver.command import Command
    from enzcc.driver.road import Unit

_FLAGS: Final = ("-Xclang", "-fwhole-program-vtables", "-Xclang", "-flto-unit")
_OWN: Final = (
    "-flto", "-fwhole-program-vtables", "-fsanitize=cfi", "-fvirtual-function-elimination",
)  # fmt: skip
_CXX: Final = frozenset("cc cp cxx cpp CPP c++ C CC ii".split())

_TEST: Final = pattern(
    r"^  (%\S+) = call i1 @llvm\.(?:public\.)?type\.test\(ptr (%[^,\s]+), metadata"
    r' (!"[^"]*"|!\d+)\)'
)
_LOAD: Final = pattern(r"^  (%\S+) = load ptr, .*, !tbaa (!\d+)")
_TYPES: Final = pattern(r"(^@_ZT[VC][^\n]*?)((?:, !type !\d+)+)", re.MULTILINE)
_FLAG: Final = pattern(r'^(!\d+) = !\{i32 \d+, !"Virtual Function Elim", i32 0\}\n', re.MULTILINE)
_MADE: Final = pattern(rf'^(!\d+) = !\{{!"{OF_CLASS}[^"]*", (!\d+), i64 0\}}$', re.MULTILINE)
_LOCAL: Final = pattern(r"^(!\d+ = !\{i64 \d+, )!(\d+)\}$", re.MULTILINE)


def class_words(command: Command, unit: Unit) -> tuple[str, ...]:
    """What asks clang for it; nothing where it would say so anyway, or others want to know."""
    source = unit.source
    is_cxx = "++" in source.language if source.language else source.suffix in _CXX
    own = any(word.startswith(_OWN) for arg in command.args for word in arg.words)
    return _FLAGS if is_cxx and not own and not command.links_derivatives else ()


def with_classes(text: str) -> str:
    """What clang has said, as types of accesses."""
    found = _FLAG.search(text) if "Virtual Function Elim" in text else None
    if found is not None:
        flag = re.escape(found[1])
        text = text[: found.start()] + text[found.end() :]
        text = re.sub(
            rf"^(!llvm\.module\.flags = .*?)(?:, {flag}\b|{flag}, )", r"\1", text, flags=re.M
        )
    if "type.test(" not in text:
        return text
    text = _LOCAL.sub(r'\1!"\2"}', text)  # classes that other files do not know have no names
    nodes = dict(re.findall(r"^(!\d+) = (?:distinct )?(!\{.*)$", text, re.MULTILINE))
    tables = [ref for ref, node in nodes.items() if node.startswith(f'!{{!"{VTABLE}", ')]
    if len(tables) != 1:
        return _without_tests(text)
    tags = {ref for ref, node in nodes.items() if node == f"!{{{tables[0]}, {tables[0]}, i64 0}}"}
    made: dict[str, str] = {}
    free = 1 + max(map(int, re.findall(r"^!(\d+) = ", text, re.MULTILINE)))
    lines = text.split("\n")
    out: list[str] = []
    loads: dict[str, int] = {}
    for line in lines:
        if line.startswith("define "):
            loads = {}
        load = _LOAD.match(line)
        if load is not None and load[2] in tags:
            loads[load[1]] = len(out)
        test = _TEST.match(line)
        if test is not None and test[2] in loads:
            name = made.setdefault(test[3].strip('!"'), f"!{free + 2 * len(made)}")
            at = loads[test[2]]
            out[at] = re.sub(r"!tbaa !\d+", f"!tbaa {name}", out[at])
        out.append(line)
    for name, tag in made.items():
        node = f"!{int(tag[1:]) + 1}"
        out.append(f"{tag} = !{{{node}, {node}, i64 0}}")
        out.append(f'{node} = !{{!"{OF_CLASS}{name}", {tables[0]}, i64 0}}')
    return _without_tests("\n".join(out) + "\n")


def without_classes(text: str) -> str:
    """The module without what was only said to us."""
    found = [_MADE.match(text, at) for at in lines_with(text, OF_CLASS)]
    for node, parent in (match.groups() for match in found if match):
        text = text.replace(
            f" = !{{{node}, {node}, i64 0}}\n", f" = !{{{parent}, {parent}, i64 0}}\n"
        )
    return _TYPES.sub(r"\1", text) if ", !type !" in text else text


def _without_tests(text: str) -> str:
    """What clang only says is taken out; a test that decides something stays."""
    gone: set[str] = set()
    out: list[str] = []
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.startswith("define "):
            gone = set()
        test = _TEST.match(line)
        if test is not None and f"assume(i1 {test[1]})" in lines[at + 1]:
            gone.add(test[1])
            continue
        found = re.match(r"^  call void @llvm\.assume\(i1 (%\S+)\)", line)
        if found is not None and found[1] in gone:
            continue
        out.append(line)
    return "\n".join(out)
