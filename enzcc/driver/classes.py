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
    r"  (%\S+) = call i1 @llvm\.(?:public\.)?type\.test\(ptr (%[^,\s]+), metadata"
    r' (!"[^"]*"|!\d+)\)'
)
_LOAD: Final = pattern(r"  (%\S+) = load ptr, .*, !tbaa (!\d+)")
_ASSUMED: Final = pattern(r"  call void @llvm\.assume\(i1 (%\S+)\)")
_TYPES: Final = pattern(r"(@_ZT[VC][^\n]*?)((?:, !type !\d+)+)")
_NODE: Final = pattern(r"\n(!\d+) = (?:distinct )?(!\{.*)")
_NUMBER: Final = pattern(r"\n!(\d+) = ")
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
    start = text.find("\n!") + 1 or len(text)
    code, nodes = text[:start], text[start:]
    found = _FLAG.search(nodes) if "Virtual Function Elim" in nodes else None
    if found is not None:
        flag = re.escape(found[1])
        nodes = nodes[: found.start()] + nodes[found.end() :]
        nodes = re.sub(
            rf"^(!llvm\.module\.flags = .*?)(?:, {flag}\b|{flag}, )", r"\1", nodes, flags=re.M
        )
    if "type.test(" not in code:
        return code + nodes
    nodes = _LOCAL.sub(r'\1!"\2"}', nodes)  # classes that other files do not know have no names
    known = dict(_NODE.findall(f"\n{nodes}"))
    tables = [ref for ref, node in known.items() if node.startswith(f'!{{!"{VTABLE}", ')]
    if len(tables) != 1:
        return _without_tests(code) + nodes
    tags = {ref for ref, node in known.items() if node == f"!{{{tables[0]}, {tables[0]}, i64 0}}"}
    free = 1 + max(map(int, _NUMBER.findall(f"\n{nodes}")))
    made: dict[str, str] = {}
    through: dict[int, str] = {}
    for at in lines_with(code, "type.test("):
        load = _load_of_tested(code, at, tags)
        if load is not None:
            test = _TEST.match(code, at)
            assert test is not None
            through[load] = made.setdefault(test[3].strip('!"'), f"!{free + 2 * len(made)}")
    out: list[str] = []
    done = 0
    for at in sorted(through):
        end = code.find("\n", at)
        out += [code[done:at], re.sub(r"!tbaa !\d+", f"!tbaa {through[at]}", code[at:end])]
        done = end
    for name, tag in made.items():
        node = f"!{int(tag[1:]) + 1}"
        nodes += f"{tag} = !{{{node}, {node}, i64 0}}\n"
        nodes += f'{node} = !{{!"{OF_CLASS}{name}", {tables[0]}, i64 0}}\n'
    return _without_tests("".join([*out, code[done:]])) + nodes


def _load_of_tested(code: str, at: int, tags: set[str]) -> int | None:
    """Where the line begins that loads what the test in a line tests, in the same function, by an
    access with such a tag."""
    test = _TEST.match(code, at)
    if test is None:
        return None
    function = code.rfind("\ndefine ", 0, at)
    start = code.rfind(f"\n  {test[2]} = load ptr, ", function, at) + 1
    load = _LOAD.match(code, start) if start else None
    return start if load is not None and load[2] in tags else None


def without_classes(text: str) -> str:
    """The module without what was only said to us."""
    found = [_MADE.match(text, at) for at in lines_with(text, OF_CLASS)]
    for node, parent in (match.groups() for match in found if match):
        text = text.replace(
            f" = !{{{node}, {node}, i64 0}}\n", f" = !{{{parent}, {parent}, i64 0}}\n"
        )
    out: list[str] = []
    done = 0
    for at in lines_with(text, ", !type !"):
        table = _TYPES.match(text, at)
        if table is not None:
            out += [text[done:at], table[1]]
            done = table.end()
    return "".join([*out, text[done:]])


def _without_tests(code: str) -> str:
    """What clang only says is taken out; a test that decides something stays."""
    gone: set[str] = set()
    out: list[str] = []
    done = last = 0
    for at in sorted({*lines_with(code, "type.test("), *lines_with(code, "@llvm.assume(i1 ")}):
        if code.find("\ndefine ", last, at) >= 0:
            gone = set()
        last = at
        end = code.find("\n", at) + 1
        test, assumed = _TEST.match(code, at), _ASSUMED.match(code, at)
        if test is not None and code.find(f"assume(i1 {test[1]})", end, code.find("\n", end)) >= 0:
            gone.add(test[1])
        elif assumed is None or assumed[1] not in gone:
            continue
        out.append(code[done:at])
        done = end
    return "".join([*out, code[done:]])
