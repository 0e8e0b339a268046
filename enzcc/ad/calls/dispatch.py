"""Calls through pointers become calls by name, so that everything that holds for those holds here.

    r = g(x)                            g: a pointer to a function, known at run time only
    -->
    r = enzcc.dispatch.1(g, x)
    enzcc.dispatch.1(g, x) { return g == square ? square(x) : g == cube ? cube(x) : g(x); }

Where simplification tells later which function is meant, the call becomes one of that function.

A number that the calls of one dispatcher hand over is said there, too, if a choice switches: so
what a `std::function` does when it is copied is apart from what it does when it goes, and of what
it is never asked for nothing is left.

The choices are the functions of the module whose address is used as a value, that have the type of
the call, and a body, or a meaning that is known or told by the program. The last call is marked as
`UNLISTED`: another module's function may be called there; where that would have to be
differentiated, the program stops with a message. What an exception says is text: there, it is
marked as `CONSTANT`. Of a class that no other module knows, all objects are made here: if none is,
a call through it never happens, nor one whose functions all are of classes that are never made.
Without any choice, a pointer that is tested for null may be null.
"""

# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Final, TypeAlias, final

from enzcc.ad.calls.vtables import Tables
from enzcc.ad.exceptions.caught import LASTING
from enzcc.ad.exceptions.unwinding import may_unwind
from enzcc.ad.names import SUFFIX
from enzcc.analysis.callkind import CONSTANT
from enzcc.analysis.tested import UNLISTED, is_unlisted
from enzcc.ir.builder import Builder
from enzcc.ir.function import Function
from enzcc.ir.instructions import Call, CallBase, Compare, GetElementPtr, Load, Switch
from enzcc.ir.lines import calls_pointers, definitions, lines_with, name_in
from enzcc.ir.module import Module
from enzcc.ir.names import unquoted
from enzcc.ir.types import PTR, VOID, FunctionType, function
from enzcc.ir.values import Constant, ConstantInt, Global, InlineAsm, Value
from enzcc.patterns import pattern
from enzcc.rules import ALLOCATORS, DEALLOCATORS, find, is_inactive

_Key: TypeAlias = tuple[str, tuple[str, ...], str]

PREFIX: Final = "enzcc.dispatch."

_FEW: Final = 8
"""Numbers below this tell dispatchers apart."""

_TYPE_CHECK: Final = pattern(r' \[ "kcfi"\(i32 -?\d+\) \]')
_SYMBOL = pattern(r'@("(?:[^"\\]|\\.)*"(?!\()|[-a-zA-Z$._0-9]+(?![-a-zA-Z$._0-9(]))')
_DIFFERENTIATED = pattern(
    r"(@(?:\"[^\"]*\"|[\w.$-]+)\()"
    r"(?:ptr [^,@]*\bsret\([^,]*, )?ptr (?:[a-z]\w*(?:\([^)]*\))? )*@(?:\"[^\"]*\"|[\w.$-]+)"
)
"""The first argument of a call, which may be a marker's."""
_BY_NAME = pattern(r'@(?<=[ )]@)(?:"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)\(')
_ASSEMBLY = pattern(r' (?:call|invoke) [^"\n]* asm (?:[a-z]+ )*"')
_OTHERS = ("define ", "declare ", "__enzyme_", " = available_externally ")
"""In lines in which not all functions that are named are used as values."""
_NOTE = pattern(r"\n![^@\n]*@")
_COPIED = pattern(r"@\S+ = available_externally ")
_BY_MEMORY = pattern(r"\b(?:byval|sret|inalloca|preallocated)\b")
_SETTLED = pattern(
    rf"@(?P<dispatcher>{re.escape(PREFIX)}\d+)(?:{re.escape(SUFFIX)})?"
    r'\(ptr (?:[a-z]\w*(?:\([^)]*\))? )*@(?P<function>"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)'
    r"(?:, |(?=\)))"
)
"""The start of a call of a dispatcher with a function that is known, and what follows it."""
_PASSED = pattern(r"\b(?:(?:byval|sret)\((?:[^()]|\([^()]*\))*\)|align \d+|zeroext|signext|inreg)")
_CONVENTION = pattern(r"\b(?:\w+cc|cc \d+)\b")


@final
class Dispatch:
    """The dispatchers of one module: each once for all calls of one type.

    told    functions of which the program says what they are, maybe without a body
    live    the tables of virtual functions of objects that may be met; None: all
    """

    def __init__(self, told: frozenset[str], live: frozenset[str] | None = None) -> None:
        self._told, self._live = told, live
        self._made: dict[tuple[object, ...], str] = {}
        self._choices: dict[str, set[str]] = {}
        self._may_call_pointers = cache(may_call_pointers)  # most bodies stay what they are

    def by_name(self, text: str) -> str | None:
        """The module with calls by name instead of calls through pointers in the prepared copies;
        None if there are no such calls, or no functions that they may mean."""
        return self._dispatched(text) or self._settled(text)

    def _dispatched(self, text: str) -> str | None:
        """The same with calls of dispatchers, but for those of functions that are known now."""

        names = [
            name
            for start, end in definitions(text)
            if (name := name_in(text, start)).endswith(SUFFIX)
            and self._may_call_pointers(text[text.index("\n", start) : end])
        ]
        if not names or not calls_pointers(text):
            return None
        text = _unchecked(text)
        module = Module.parse(text)
        calls = [call for name in names for call in pointer_calls(module, name)]
        if not calls:
            return None
        choices = list(addresses_taken(module))
        tables = Tables(module, self._live)
        tested = cache(_tested)
        changed = False
        for call in calls:
            fitting = [f for f in choices if _fits(tables, f, call, self._told)]
            if tables.asks_exception(call):  # what libraries say is text, and may be named by none
                fitting = [f for f in fitting if module.defines(f.name)]
            if not (
                fitting
                or tables.asks_exception(call)
                or tables.is_of_own_class(call)
                or tables.lacks_objects(call)
                or _is_optional(call, tested)
            ):
                continue
            numbers = _numbers(module, call, fitting)
            told = tuple((index, number.value) for index, number in numbers.items())
            of = tables.forwarded(call) or tables.place(call)
            key = (*_key(call), may_unwind(module, call), of, told)
            if key not in self._made:
                name = self._made[key] = self._new_name(module)
                last = CONSTANT if tables.asks_exception(call) else UNLISTED
                made = _dispatcher(module, name, call, fitting, numbers, last)
                if not call.function_type.vararg:
                    self._choices[name] = {f.name for f in fitting}
                made.trailer = "" if may_unwind(module, call) else "nounwind"
                if _is_recursive(tables, call, choices, self._told):
                    made.trailer = f"noinline {made.trailer}".strip()
            _redirect(call, module, self._made[key])
            changed = True
        return module.print() if changed else None

    def _settled(self, text: str) -> str | None:
        """The module with calls of functions instead of calls of dispatchers that are handed these;
        None if there are none. (A dispatcher that stays a call, as it is recursive, would have to
        take what it is called for with one function for what it may do with another.)"""
        changed = False

        def settled(call: re.Match[str]) -> str:
            nonlocal changed
            function = unquoted(call["function"])
            if function not in self._choices.get(call["dispatcher"], ()):
                return call[0]
            changed = True
            return f"@{call['function']}("

        parts, end = list[str](), 0
        for start, stop in definitions(text) if self._made else ():
            if name_in(text, start).endswith(SUFFIX):
                parts += [text[end:start], _SETTLED.sub(settled, text[start:stop])]
                end = stop
        return "".join([*parts, text[end:]]) if changed else None

    def _new_name(self, module: Module) -> str:
        """An earlier round's derivatives may call dispatchers of their own, and what was made of
        them."""
        names = (f"{PREFIX}{i}" for i in itertools.count(len(self._made) + 1))
        return next(n for n in names if not any(module.has_symbol(n + end) for end in LASTING))


def _unchecked(text: str) -> str:
    """The module without checks of the types of what copies call (-fsanitize=kcfi): a call by name
    needs none.

        call double %f(double %x) [ "kcfi"(i32 7) ]   -->   call double %f(double %x)
    """
    if '"kcfi"(' not in text:
        return text
    parts: list[str] = []
    end = 0
    for start, stop in definitions(text):
        if name_in(text, start).endswith(SUFFIX):
            parts += [text[end:start], _TYPE_CHECK.sub("", text[start:stop])]
            end = stop
    return "".join([*parts, text[end:]])


def _key(call: CallBase) -> _Key:
    """What calls have in common that one dispatcher serves."""
    types = ", ".join(str(a.type) for a in call.arguments)
    signature = f"{call.function_type} of {types}"
    return signature, tuple(_abi(a) for a in call.attributes), call.head


def _convention(head: str) -> str:
    """How registers are used, if not as in C, in the words in front of a result type."""
    found = _CONVENTION.search(head)
    return found[0] if found else ""


def _abi(attributes: str) -> str:
    """The attributes of an argument that say how it is passed."""
    return "".join(f"{found} " for found in _PASSED.findall(attributes))


def pointer_calls(module: Module, name: str) -> list[CallBase]:
    """The calls through pointers in a function."""
    return [
        inst
        for inst in module.function(name).instructions()
        if isinstance(inst, CallBase) and _through_pointer(module, inst)
    ]


def may_call_pointers(body: str) -> bool:
    """Are there more calls than calls by name and assembly? A quick look at a body's text."""
    calls = body.count(" call ") + body.count(" invoke ") - len(_BY_NAME.findall(body))
    return calls > 0 and calls > len(_ASSEMBLY.findall(body))


def _is_recursive(
    tables: Tables, call: CallBase, choices: list[Global], told: frozenset[str]
) -> bool:
    """May a function that the call means make a call that means one of the same? (What LLVM knows
    of a call differs from copy to copy: that is not what makes two calls alike.)"""
    module = tables.module
    seen: set[str] = set()
    meant = [f.name for f in choices if _fits(tables, f, call, told)]
    work = list(meant)
    while work:
        name = work.pop()
        if name in seen or not module.defines(name):
            continue
        seen.add(name)
        for inst in module.function(name).instructions():
            if not isinstance(inst, CallBase):
                continue
            if isinstance(inst.callee, Global):
                work.append(inst.callee.name)
            elif _through_pointer(module, inst):
                others = [f.name for f in choices if _fits(tables, f, inst, told)]
                if not set(meant).isdisjoint(others):
                    return True
                work += others
    return False


def _through_pointer(module: Module, call: CallBase) -> bool:
    if isinstance(call.callee, (Global, InlineAsm)) or is_unlisted(module, call):
        return False
    return not call.bundles


def _is_optional(call: CallBase, tested: Callable[[Function], list[Value]]) -> bool:
    """Does the function ask whether there is something to call? If the module has nothing, there
    may be nothing (no callback is given), and where there is, the program ends."""
    assert call.block is not None
    assert call.block.function is not None
    return any(_is_same(value, call.callee) for value in tested(call.block.function))


def _tested(function: Function) -> list[Value]:
    """What a function compares with null."""
    return [
        inst.operands[0]
        for inst in function.instructions()
        if isinstance(inst, Compare) and inst.operands[1].ref() == "null"
    ]


def _is_same(one: Value, other: Value) -> bool:
    """Is it the same value, or loaded from the same place?"""
    if isinstance(one, (Load, GetElementPtr)) and type(one) is type(other):
        return all(map(_is_same, one.operands, other.operands))
    return one is other or (isinstance(one, Constant) and one.ref() == other.ref())


def addresses_taken(module: Module) -> Iterator[Global]:
    """Functions that are used as values: neither called only, nor named in markers only. What only
    copies of a library's tables name may be the library's own: it is none that can be called."""
    names: dict[str, None] = {}
    copied: dict[str, None] = {}
    text, done = module.text, 0
    others = {at for words in _OTHERS for at in lines_with(text, words)}
    others.update(found.start() + 1 for found in _NOTE.finditer(text))
    for start in sorted(others):
        names.update((unquoted(m), None) for m in _SYMBOL.findall(text, done, start))
        done = text.find("\n", start)
        line = text[start:done]
        if line.startswith(("define ", "declare ", "!", "@__enzyme_")):
            continue
        if "__enzyme_" in line:  # templates have longer names
            line = _DIFFERENTIATED.sub(partial(_without_argument, module), line)
        found = copied if _COPIED.match(line) else names
        found.update((unquoted(m), None) for m in _SYMBOL.findall(line))
    names.update((unquoted(m), None) for m in _SYMBOL.findall(text, done))
    names.update((name, None) for name in copied if module.defines(name))
    known = set(module.symbols())
    for name in names:
        if name in known and not name.endswith(SUFFIX):
            symbol = module.symbol(name)
            if symbol.kind == "function" and symbol.function_type is not None:
                yield symbol


def _without_argument(module: Module, call: re.Match[str]) -> str:
    """A call without its first argument, if it is a marker's: these have no definition."""
    name = unquoted(call[1][1:-1])
    is_marker = "__enzyme_" in name and not module.defines(name)
    return call[1] if is_marker else call[0]


def _fits(tables: Tables, choice: Global, call: CallBase, told: frozenset[str]) -> bool:
    """May the call mean that function?"""
    module = tables.module
    if choice.function_type != call.function_type or choice.name.startswith("llvm."):
        return False
    if _convention(choice.line.partition("@")[0]) != _convention(call.head):
        return False
    if not tables.may_mean(call, choice):
        return False
    if module.defines(choice.name):
        own = [bool(_BY_MEMORY.search(a.attributes)) for a in module.function(choice.name).args]
        return own == [bool(_BY_MEMORY.search(a)) for a in call.attributes[: len(own)]]
    name, type = choice.name, choice.function_type
    if name in told or name in ALLOCATORS or name in DEALLOCATORS:
        return True
    return find(name, type) is not None or is_inactive(name, type)


def _numbers(module: Module, call: CallBase, choices: list[Global]) -> dict[int, ConstantInt]:
    """The small numbers among the arguments, by position, if a function that is meant switches."""
    numbers = {
        index: argument
        for index, argument in enumerate(call.arguments)
        if isinstance(argument, ConstantInt) and 0 <= argument.value < _FEW
    }
    switching = numbers and any(
        isinstance(inst, Switch)
        for choice in choices
        if module.defines(choice.name)
        for inst in module.function(choice.name).instructions()
    )
    return numbers if switching else {}


def _dispatcher(
    module: Module,
    name: str,
    call: CallBase,
    choices: list[Global],
    numbers: dict[int, ConstantInt],
    last: str,
) -> Function:
    type = call.function_type
    params = tuple(a.type for a in call.arguments)  # what stands for `...` is told
    made = module.new_function(name, function(type.result, (PTR, *params)))
    for argument, attributes in zip(made.args[1:], call.attributes, strict=True):
        argument.attributes = _abi(attributes)
    pointer = made.args[0]
    values: list[Value] = [numbers.get(i, a) for i, a in enumerate(made.args[1:])]
    emit = Builder(made.add_block("entry"))
    for index, choice in enumerate(choices):
        then, other = made.add_block(f"is{index}"), made.add_block(f"not{index}")
        emit.cond_branch(emit.compare("icmp", "eq", pointer, choice), then, other)
        emit.at(then)
        _call(emit, choice, type, values, call)
        emit.at(other)
    _call(emit, pointer, type, values, call, f" {last}")
    return made


def _call(
    emit: Builder,
    callee: Value,
    type: FunctionType,
    values: list[Value],
    like: CallBase,
    tail: str = "",
) -> None:
    passed = [_abi(a) for a in like.attributes]
    value = emit.call(callee, type, values, head=like.head, tail=tail, attributes=passed)
    if type.result is VOID:
        emit.ret()
    else:
        emit.ret(value)


def _redirect(call: CallBase, module: Module, dispatcher: str) -> None:
    symbol = module.symbol(dispatcher)
    call.operands = [call.callee, *call.arguments, symbol]
    call.attributes = ["", *call.attributes]
    if isinstance(call, Call):
        call.marker = ""
    if isinstance(call.spelled, FunctionType):
        assert symbol.function_type is not None
        call.spelled = symbol.function_type
