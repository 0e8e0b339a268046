"""Global variables that the step of a loop uses become arguments of it.

    static double total;  void step(int i, double *x) { total += x[i]; }
    -->
    void step(int i, double *x, double *total)           a copy; so are the functions that it calls

What a step keeps in a variable is then part of the state, and has a derivative, like what its other
arguments point to. Variables that nothing in the module writes stay what they are: constants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, final

from enzcc.ad.copies.prepare import _closing, _Definition
from enzcc.errors import Location, Unsupported
from enzcc.ir.instructions import Cast, GetElementPtr, Instruction, Load, Phi, Select, Store
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.values import Constant, ConstantAggregate, ConstantExpression, Global, Value
from enzcc.patterns import pattern

_ARITHMETIC: Final = pattern(
    r"\b((?:add|sub|mul|xor)(?: nuw| nsw)*) \((i\d+) ((?=[^()]*%enzcc\.c)[^(),]+), i\d+ ([^(),]+)\)"
)
"""A constant that was calculated from an address."""

_KEPT_WORDS: Final = ("internal", "dso_local", "linkonce_odr", "weak", "weak_odr", "hidden")


@final
@dataclass(frozen=True)
class Captured:
    """The step as it is to be called, and what it gets besides: variables, with the bytes of those
    that it may write (0: it does not)."""

    step: str
    variables: tuple[tuple[str, int], ...] = ()
    functions: tuple[str, ...] = ()


def capture(module: Module, step: str, name: str, place: Location | None) -> Captured:
    """`name` is for the copies."""
    functions = list(reachable(module, step))
    wanted = [g for g in _mentioned(module, functions) if _changes(module, g)]
    if not wanted:
        return Captured(step)
    for variable in wanted:
        if "thread_local" in module.symbol(variable).line.split(" = ")[1].split("global")[0]:
            raise Unsupported(
                place,
                f"'{step}' is a step of a loop, and uses the thread-local variable '{variable}'",
                remedy="pass its address as an argument",
            )
    using = _using(module, functions, wanted)
    written = {g for f in using for g in wanted if _may_write(module, f, g)}
    sizes = []
    for variable in wanted:
        type_of = module.symbol(variable).value_type
        size = module.layout.size(type_of) if type_of is not None else 0
        sizes.append((variable, size if variable in written else 0))
    copies = {f: f"{name}.of.{f}" for f in using}
    texts = [_copy(module, f, copies, wanted) for f in using]
    return Captured(copies[step], tuple(sizes), tuple(texts))


def reachable(module: Module, step: str) -> Iterator[str]:
    """The functions with bodies that a function mentions, itself and through others."""
    seen: dict[str, None] = {}
    work = [step]
    while work:
        one = work.pop()
        if one not in seen and module.defines(one):
            seen[one] = None
            yield one
            work.extend(sorted(module.calls_in_text(one)))


def _mentioned(module: Module, functions: list[str]) -> list[str]:
    """The variables, not constant, that these functions mention."""
    found: dict[str, None] = {}
    for function in functions:
        for name in sorted(module.calls_in_text(function)):
            if not module.has_symbol(name) or name.startswith(("enzyme_", "llvm.")):
                continue
            symbol = module.symbol(name)
            is_file = name in ("stdin", "stdout", "stderr")
            if symbol.kind == "variable" and not symbol.constant and not is_file:
                found[name] = None
    return list(found)


def _changes(module: Module, variable: str) -> bool:
    """May anything in the module write the variable, or anything outside it?"""
    symbol = module.symbol(variable)
    if not re.search(r"\b(?:internal|private)\b", symbol.line.split(" = ")[1]):
        return True
    for name in module.symbols():
        if name == variable:
            continue
        if module.defines(name):
            if variable in module.calls_in_text(name) and _may_write(module, name, variable):
                return True
        elif module.symbol(name).kind != "function":
            initial = module.initializer(name)
            if initial is not None and _mentions(initial, variable):
                return True
    return False


def _mentions(constant: Constant, variable: str) -> bool:
    match constant:
        case Global():
            return constant.name == variable
        case ConstantExpression():
            return any(_mentions(o, variable) for o in constant.operands)
        case ConstantAggregate():
            return any(_mentions(e, variable) for e in constant.elements)
    return False


def _may_write(module: Module, function: str, variable: str) -> bool:
    """May a function write through the variable's address, or hand it on?"""
    derived: dict[Value, None] = {}

    def is_address(value: Value) -> bool:
        return value in derived or (isinstance(value, Constant) and _mentions(value, variable))

    instructions = list(module.function(function).instructions())
    changed = True
    while changed:
        changed = False
        for inst in instructions:
            moves = isinstance(inst, (GetElementPtr, Cast, Phi, Select))
            if moves and inst not in derived and any(map(is_address, inst.operands)):
                derived[inst] = None
                changed = True
    return any(_writes(inst, is_address) for inst in instructions)


def _writes(inst: Instruction, is_address: Callable[[Value], bool]) -> bool:
    match inst:
        case Load() | GetElementPtr() | Cast() | Phi() | Select():
            return False
        case Store():
            return is_address(inst.pointer) or is_address(inst.value)
    return any(map(is_address, inst.operands))


def _using(module: Module, reachable: list[str], wanted: list[str]) -> list[str]:
    """The functions that use the variables, themselves or through others."""
    mentions = {f: module.calls_in_text(f) for f in reachable}
    found = {f for f in reachable if not mentions[f].isdisjoint(wanted)}
    while True:
        more = {f for f in reachable if f not in found and not mentions[f].isdisjoint(found)}
        if not more:
            return [f for f in reachable if f in found]
        found |= more


def _copy(module: Module, function: str, copies: dict[str, str], variables: list[str]) -> str:
    """A copy that gets the variables' addresses behind its other arguments."""
    text = module.body_text(function)
    start = 0 if text.startswith("define ") else text.index("\ndefine ") + 1
    definition = _Definition(text[start:].rstrip("\n") + "\n")
    if definition.params.endswith("..."):
        raise Unsupported(
            module.subprogram_location(function),
            f"the step of a loop calls the variadic function '{function}', which uses global"
            " variables",
            remedy="pass their addresses as arguments",
        )
    body = "\n".join(
        line for line in definition.body.split("\n") if not line.startswith("    #dbg_")
    )
    first: list[str] = []
    for at, variable in enumerate(variables):
        symbol = re.escape("@" + quoted(variable)) + r"(?![-\w.$])"
        own = f"%enzcc.g{at}"

        def hoisted(match: re.Match[str], own: str = own, symbol: str = symbol) -> str:
            made = f"{own}.{len(first)}"
            inside = re.sub(symbol, own, match[2])
            first.append(f"  {made} = getelementptr {match[1]}{inside}")
            return made

        body = re.sub(rf"getelementptr ((?:\w+ )*)\(([^()]*{symbol}[^()]*)\)", hoisted, body)
        body = re.sub(symbol, own, body)

        def hoisted_cast(match: re.Match[str]) -> str:
            made = f"%enzcc.c{len(first)}"
            first.append(f"  {made} = {match[1]} {match[2]}")
            return made

        body = re.sub(
            rf"(ptrtoint|ptrtoaddr|addrspacecast) \((ptr {re.escape(own)}[\w.]* to [^()]*)\)",
            hoisted_cast,
            body,
        )
    while (match := _ARITHMETIC.search(body)) is not None:
        made = f"%enzcc.c{len(first)}"
        first.append(f"  {made} = {match[1]} {match[2]} {match[3]}, {match[4]}")
        body = body.replace(match[0], made)
    extra = ", ".join(f"ptr %enzcc.g{at}" for at in range(len(variables)))
    body = _with_calls(body, copies, extra)
    if first:
        body = _behind_label(body, first)
    prefix = " ".join(w for w in definition.prefix.split(" ") if w not in _KEPT_WORDS)
    attributes = " ".join(re.findall(r"#\d+", definition.trailer))
    params = f"{definition.params}, {extra}" if definition.params else extra
    head = f"define internal {prefix.strip()} @{quoted(copies[function])}({params}) {attributes}"
    return f"{head} {{\n{body}".rstrip("\n")


def _with_calls(body: str, copies: dict[str, str], extra: str) -> str:
    """Calls of functions that have copies call these."""
    for function, name in copies.items():
        call = re.compile(rf"(?<=[ )])@{re.escape(quoted(function))}(?=\()")
        at = 0
        while (match := call.search(body, at)) is not None:
            end = _closing(body, match.end())
            inside = body[match.end() + 1 : end]
            given = f"{inside}, {extra}" if inside else extra
            made = f"@{quoted(name)}({given})"
            body = body[: match.start()] + made + body[end + 1 :]
            at = match.start() + len(made)
    return body


def _behind_label(body: str, lines: list[str]) -> str:
    label, newline, rest = body.partition("\n")
    text = "\n".join(lines)
    if label.split(";")[0].strip().endswith(":"):
        return f"{label}{newline}{text}\n{rest}"
    return f"{text}\n{body}"
