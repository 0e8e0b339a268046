"""Variadic functions of the program become functions with the parameters that a call passes.

    call double (i32, ...) @sum..enzcc(i32 2, double %x, double %y)
    -->
    call double @sum.with.double.double..enzcc(i32 2, double %x, double %y)

In the new function `va_start` says that no argument came in registers: they lie in a row in memory
of the function's own, where the code of `va_arg`, which the C compiler has written out, finds them.
After inlining that is ordinary memory. Structs lie there as the pieces in which they are passed, or
whole. (System V on x86-64; elsewhere calls stay as they are, and where `va_arg` skips to a multiple
of 16 bytes for what may come in pieces.)
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, final

from enzcc.ad.copies.calltexts import closing, split_at_commas
from enzcc.ad.names import SUFFIX
from enzcc.ir.lines import line_of
from enzcc.ir.names import quoted
from enzcc.patterns import pattern

_SLOTS: Final = {
    **{type: type for type in ("i64", "double", "ptr", "x86_fp80", "<2 x float>")},
    "float": "i64",
}
"""What an argument takes where it is passed in memory; those of other types stay as they are."""
_SMALL: Final = pattern(r"i(?:8|16|24|32|40|48|56)$")
"""Integers that take part of their place, also those that stand for structs."""
_WHOLE: Final = pattern(r"^ptr .*?byval\(((?:[^()]|\([^()]*\))*)\)(?:.*? align (\d+))?")
"""A struct that is passed in memory."""
_SKIP: Final = pattern(
    r"^  (%\S+) = (?:tail )?call [^@\n]*@llvm\.ptrmask\.p0\.i64"
    r"\(ptr (?:[^%,\n]* )?(%[^,\n]*), i64 -(16|32|64)\).*$",
    re.M,
)
_IN_REGISTERS: Final = 16
"""Bytes of the largest struct that may be passed in registers, whatever its alignment."""
_LIST: Final = "%struct.__va_list_tag"
_FURTHER: Final = pattern(r"\b(?:call|invoke) [^@\n]*(?:%|@(?!llvm\.))")
"""A call that may be given the list of arguments."""

_NAME: Final = r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)'
_HEAD: Final = pattern(rf"define [^@\n]*?{_NAME}\(")
_CALL: Final = pattern(rf"(\bcall [^\n@]*?)\(([^()\n]*), \.\.\.\) {_NAME}\(")
_START: Final = pattern(r"^  (?:tail )?call void @llvm\.va_start(?:\.p0)?\(ptr ([^)]*)\).*$", re.M)
_END: Final = pattern(r"^  (?:tail )?call void @llvm\.va_end(?:\.p0)?\(.*\n", re.M)
_COPY: Final = pattern(r"@llvm\.va_copy(?:\.p0)?\(ptr ([^,]*), ptr ([^)]*)\)")


def with_parameters(
    text: str, copies: list[str], kept: frozenset[str], there: Sequence[str] = ()
) -> list[str]:
    """The copies in order, calling such functions, and behind them those functions.

    text    the module in which they will be
    kept    functions that are not to be looked into
    there   other copies, which are in the module already
    """
    if '"x86_64-' not in text or "-windows" in text.split("\n", 10)[0]:
        return copies
    copies = [_with_plain_copies(copy) for copy in copies]
    makers = {
        maker.name: maker
        for maker in map(_Maker, [*copies, *there])
        if maker.is_variadic and maker.base not in kept
    }
    if not makers:
        return copies
    skipping = {copy for copy in (*copies, *there) if _skips(copy)}
    for maker in makers.values():
        calls = _FURTHER.search(maker.text) is not None
        maker.finds_all = maker.text not in skipping and not (calls and skipping)
    made: dict[str, str] = {}
    work = list(copies)
    out: list[str] = []
    while work:
        copy = _rewritten(work.pop(0), text, makers, made, work)
        out.append(copy)
    return out


def _rewritten(
    copy: str, text: str, makers: dict[str, _Maker], made: dict[str, str], work: list[str]
) -> str:
    pieces: list[str] = []
    done = 0
    for match in _CALL.finditer(copy):
        maker = makers.get(match[3].strip('"'))
        if maker is None:
            continue
        end = closing(copy, match.end() - 1)
        arguments = split_at_commas(copy[match.end() : end])
        extra = [_type(a) for a in arguments[len(maker.params) :]]
        if not all(map(_slot, extra)) or not maker.finds_all:
            continue
        name = ".".join([maker.base, "with", *(re.sub(r"[^-\w$.]+", ".", e) for e in extra)])
        if name not in made:
            made[name] = name
            both = {name: maker.thunk, name + SUFFIX: maker.specialised}
            work += [
                make(name, extra)
                for symbol, make in both.items()
                if line_of(text, symbol, "define ") is None
            ]
        pieces.append(f"{copy[done : match.start()]}{match[1]}@{quoted(name + SUFFIX)}")
        done = match.end() - 1
    rewritten = "".join([*pieces, copy[done:]])
    return _SKIP.sub(_skipped, rewritten) if _LIST in rewritten else rewritten


def _type(argument: str) -> str:
    """The type of `double noundef %x`; of what is passed by value in memory, that of its address,
    with what it points to."""
    whole = _WHOLE.match(argument)
    if whole is not None:
        return f"ptr byval({whole[1]}) align {whole[2] or 8}"
    return argument[: argument.index(">") + 1] if argument[0] == "<" else argument.split(" ", 1)[0]


def _with_plain_copies(copy: str) -> str:
    """A function that copies lists of arguments as the memory that they are."""
    if "@llvm.va_copy" not in copy:
        return copy
    return _COPY.sub(
        r"@llvm.memcpy.p0.p0.i64(ptr align 8 \1, ptr align 8 \2, i64 24, i1 false)", copy
    )


def _skips(copy: str) -> bool:
    """Does `va_arg` skip to such a multiple for what is neither a `long double` nor a struct that
    is always passed in memory? (A smaller one comes in pieces, which do not tell its alignment.)"""
    if "@llvm.ptrmask.p0.i64(" not in copy:
        return False
    return not all(
        f" = load x86_fp80, ptr {found}," in copy
        or (multiple == "16" and _bytes_copied(copy, found) > _IN_REGISTERS)
        for found, _, multiple in _SKIP.findall(copy)
    )


def _bytes_copied(copy: str, source: str) -> int:
    """How many bytes are copied from an address."""
    found = re.search(
        rf"@llvm\.memcpy\.p0\.p0\.i64\(ptr [^,]*, ptr [^%,]*{re.escape(source)}, i64 (\d+),", copy
    )
    return int(found[1]) if found is not None else 0


def _slot(type: str) -> str:
    """The type of the place in the row; none if such an argument is not known here."""
    whole = _WHOLE.match(type)
    if whole is None:
        return _SLOTS.get(type, "i64" if _SMALL.match(type) else "")
    first = {8: "i64", 16: "x86_fp80"}.get(max(8, int(whole[2])), "")
    return f"{{ [0 x {first}], {whole[1]} }}" if first else ""


@final
class _Maker:
    """A copy of a variadic function, and what is made of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        match = _HEAD.match(text)
        self.is_variadic = False
        self.finds_all = False  # does `va_arg` look where the arguments lie in the row?
        self.name = self.base = ""
        if match is None:
            return
        self.name = match[1].strip('"')
        self.base = self.name.removesuffix(SUFFIX)
        self.prefix = text[: match.start(1) - 1]
        self.open, self.end = match.end() - 1, closing(text, match.end() - 1)
        params = split_at_commas(text[self.open + 1 : self.end])
        self.is_variadic = params[-1:] == ["..."] and _START.search(text) is not None
        self.params = params[:-1]

    def thunk(self, name: str, extra: list[str]) -> str:
        """The function as it is called where nothing is differentiated."""
        result = self.prefix.removeprefix("define ").strip()
        given = [f"{_without_name(p)} %p{i}" for i, p in enumerate(self.params)]
        given += [f"{type} %va.{i}" for i, type in enumerate(extra)]
        types = ", ".join([*(p.split(" ", 1)[0] for p in self.params), "..."])
        call = f"call {result} ({types}) @{quoted(self.base)}({', '.join(given)})"
        plain = result.split()[-1]
        body = (
            f"  {call}\n  ret void\n" if plain == "void" else f"  %r = {call}\n  ret {plain} %r\n"
        )
        return f"define internal {result} @{quoted(name)}({', '.join(given)}) {{\n{body}}}\n"

    def specialised(self, name: str, extra: list[str]) -> str:
        """The copy with the arguments as parameters."""
        params = [*self.params, *(f"{type} %va.{i}" for i, type in enumerate(extra))]
        head, _, body = self.text[self.end + 1 :].partition("{\n")
        calls_itself = f"@{quoted(self.name)}(" in body
        if not calls_itself:
            head = head.replace(" noinline", " alwaysinline")
        body = _START.sub(_started, _END.sub("", body))
        label = re.match(r'(?:[-\w$.]+|"[^"]*"):[^\n]*\n', body)
        first = label.group() if label is not None else ""
        return (
            f"{self.prefix}@{quoted(name + SUFFIX)}({', '.join(params)}){head}{{\n"
            f"{first}{_row(extra)}{body[len(first) :]}"
        )


def _row(extra: list[str]) -> str:
    """The arguments in a row."""
    row = f"{{ {', '.join(map(_slot, extra)) or 'i64'} }}"
    lines = [f"  %va.row = alloca {row}, align 16"]
    for index, type in enumerate(extra):
        place, whole = f"%va.place.{index}", _WHOLE.match(type)
        lines.append(f"  {place} = getelementptr {row}, ptr %va.row, i32 0, i32 {index}")
        if whole is None:
            lines.append(f"  store {type} %va.{index}, ptr {place}, align 8")
            continue
        size = f"ptrtoint (ptr getelementptr ({whole[1]}, ptr null, i64 1) to i64)"
        lines.append(
            f"  call void @llvm.memcpy.p0.p0.i64(ptr align 8 {place}, ptr align 8 %va.{index},"
            f" i64 {size}, i1 false)"
        )
    return "\n".join([*lines, ""])


def _started(match: re.Match[str]) -> str:
    """`va_start`: all registers are used up, the rest lies in the row."""
    list = match[1].rsplit(" ", 1)[-1]
    mark = list.strip('%"').replace("-", ".")
    return "\n".join(
        [
            f"  store i32 48, ptr {list}, align 8",
            f"  %va.f.{mark} = getelementptr i8, ptr {list}, i64 4",
            f"  store i32 176, ptr %va.f.{mark}, align 4",
            f"  %va.m.{mark} = getelementptr i8, ptr {list}, i64 8",
            f"  store ptr %va.row, ptr %va.m.{mark}, align 8",
            f"  %va.r.{mark} = getelementptr i8, ptr {list}, i64 16",
            f"  store ptr null, ptr %va.r.{mark}, align 8",
        ]
    )


def _skipped(match: re.Match[str]) -> str:
    """The next multiple of 16 bytes by arithmetic, which LLVM does when it knows how the row lies.
    (Of loads behind `llvm.ptrmask` in a loop LLVM 22 loses what was stored there.)"""
    result, multiple = match[1], match[3]
    mark = result.strip('%"').replace("-", ".")
    return "\n".join(
        [
            f"  %va.n.{mark} = ptrtoint ptr {match[2]} to i64",
            f"  %va.b.{mark} = and i64 %va.n.{mark}, {int(multiple) - 1}",
            f"  %va.d.{mark} = sub i64 0, %va.b.{mark}",
            f"  {result} = getelementptr i8, ptr {match[2]}, i64 %va.d.{mark}",
        ]
    )


def _without_name(parameter: str) -> str:
    return re.sub(r' %(?:"[^"]*"|[-\w$.]+)$', "", parameter)
