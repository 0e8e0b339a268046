"""Functions of the program that functions of other files call back.

    static double p;
    static double f(double t) { return p * t; }
    p = x;  y = integrate(f, 0, 1);       integrate: of another file

Nobody follows such a call: if what is called back touches active variables, a derivative would be
lost without a word.
"""

from __future__ import annotations

from collections.abc import Iterator

from enzcc.analysis.activity import Activity
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import Node
from enzcc.ir.instructions import CallBase, Store
from enzcc.ir.module import Module
from enzcc.ir.types import PointerType
from enzcc.ir.values import ConstantExpression, Global, Value

_PROXY = "__once_proxy"
"""What libstdc++ has called once; it calls back what it finds in a variable of its own."""

_CALLED_ONCE = frozenset(("_ZSt15__once_callable",))


def active_callback(activity: Activity) -> tuple[CallBase, str] | None:
    """A call of an unknown function that is handed a function of the program which touches active
    variables, and that function's name; None if there is none."""
    varied = activity.varied_globals
    reach = _Reach(activity.module)
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
                continue
            if activity.kind_of_call(inst) is not CallKind.UNKNOWN:
                continue
            for name in _handed_over(activity, inst):
                if name == _PROXY and _is_called_once(activity):
                    return inst, name
                if varied and not varied.isdisjoint(reach.variables(name)):
                    return inst, name
    return None


def _handed_over(activity: Activity, call: CallBase) -> dict[str, None]:
    """The symbols to which arguments of a call lead, themselves or through memory."""
    seen: dict[Node, None] = {}
    work = [
        node
        for argument in call.arguments
        if isinstance(argument.type, PointerType)
        for node in activity.objects.nodes_behind(argument)
    ]
    while work:
        node = work.pop().find()
        if node not in seen:
            seen[node] = None
            work.extend(node.links())
    return {name: None for node in seen for name in node.globals}


def _is_called_once(activity: Activity) -> bool:
    """Does what is called once reach active data?"""
    return any(
        isinstance(inst, Store)
        and isinstance(inst.value.type, PointerType)
        and any(
            not _CALLED_ONCE.isdisjoint(node.globals)
            for node in activity.objects.nodes_behind(inst.pointer)
        )
        and activity.reaches_varied(inst.value)
        for function in activity.objects.functions.values()
        for inst in function.instructions()
    )


class _Reach:
    """The variables that functions mention, and those that they mention."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._found: dict[str, frozenset[str]] = {}

    def variables(self, name: str) -> frozenset[str]:
        """Of a function; none of anything else, or of a function of another file."""
        if name not in self._found:
            seen: dict[str, None] = {}
            variables: set[str] = set()
            work = [name]
            while work:
                one = work.pop()
                if one in seen or self._module.symbol(one).kind != "function":
                    continue
                seen[one] = None
                if not self._module.symbol(one).defined:
                    continue
                for inst in self._module.function(one).instructions():
                    for symbol in _symbols(inst.operands):
                        if symbol.kind == "variable":
                            variables.add(symbol.name)
                        work.append(symbol.name)
            self._found[name] = frozenset(variables)
        return self._found[name]


def _symbols(operands: list[Value] | tuple[Value, ...]) -> Iterator[Global]:
    for operand in operands:
        if isinstance(operand, Global):
            yield operand
        elif isinstance(operand, ConstantExpression):
            yield from _symbols(operand.operands)
