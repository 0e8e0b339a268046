"""Variables of which a pointer in memory from before the derivative may hold the address.

    static double x;                           expression->bound = &x;             (once, elsewhere)
    x = argument; ... *expression->bound ...                                       (differentiated)

The analysis of memory sees the functions that are differentiated, and none that were called before:
there it takes the variable and what the pointer leads to for two objects, and the derivative would
be lost. Addresses that the module stores, returns or hands on to where nobody follows them, or that
begin in the initialiser of another variable, may be there; so may those of variables that other
files can name.

A pointer that the program compares, with another one or null, may be left alone:

    for (p = first; p; p = p->next) if (p != argument) sum += p->mass;

Such a pointer counts where it is used for more than that, any other where it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from enzcc.analysis.nodes import ENDLESS, Node, array_behind, extent_behind, reached_from
from enzcc.ir import types as ty
from enzcc.ir.instructions import (
    Binary,
    CallBase,
    Cast,
    Compare,
    Freeze,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Return,
    Select,
    Store,
)
from enzcc.ir.module import MENTIONED
from enzcc.ir.names import unquoted
from enzcc.ir.values import Argument, Constant, ConstantExpression, ConstantInt, Global, Value

if TYPE_CHECKING:
    from enzcc.analysis.activity import Activity
    from enzcc.ir.function import Block, Function

_ASKS: Final = "__enzyme_"
_MOST_USES: Final = 200
_ALIGNMENT: Final = 64
_ASKS_SIZE: Final = "llvm.objectsize."
_LOOKS: Final = ("llvm.", "__enzcc_")
_OF_THE_THREAD: Final = "llvm.threadlocal.address."


class Bound:
    """The variables whose addresses are kept somewhere, as one analysis of activity sees them."""

    def __init__(self, activity: Activity) -> None:
        self._activity, self._module = activity, activity.module
        self._kept: dict[str, bool] = {}
        self._constants: dict[str, list[tuple[Instruction, Value]]] = {}
        self._uses: dict[Function, dict[Instruction, list[tuple[Load, Value]]]] = {}

    def used_by(self, inst: Instruction) -> list[tuple[Load, Value]]:
        """The pointers that are checked in front of an instruction, for it uses them, each with the
        load that it may come from; or behind it, if it is that load."""
        function = inst.block.function if inst.block else None
        if function is None:
            return []
        if function not in self._uses:
            found = self._uses[function] = {}
            order = {one: number for number, one in enumerate(function.instructions())}
            for load in order:
                if (
                    self._led_to(load, given=True)
                    or self._is_of_argument(load)
                    or self.kept_arguments(load)
                ):
                    assert isinstance(load, Load)
                    for user, value in self._uses_of(load, order):
                        found.setdefault(user, []).append((load, value))
        return self._uses[function].get(inst, [])

    def _uses_of(
        self, load: Load, order: Mapping[Instruction, int]
    ) -> list[tuple[Instruction, Value]]:
        """Where a pointer that is compared is used otherwise first, and what it is there: itself or
        a choice that it may be. The load, if it is not compared or these are not all known."""
        found = _uses(load)
        nodes = self._behind(load)
        if found is None or any(
            not self._activity.was_there(node)
            for value in {value: None for _, value in found}
            for node in self._behind(value) - nodes
        ):
            return [(load, load)]  # what else it may be is no such pointer
        first: dict[tuple[Block | None, Value], Instruction] = {}
        for user, value in sorted(found, key=lambda use: order[use[0]]):
            is_next = isinstance(user, Load) and ty.is_pointer(user.type)
            if not is_next or self._behind(user) - self._behind(value):  # another one of these
                first.setdefault((user.block, value), user)
        return [(user, value) for (_, value), user in first.items()]

    def _behind(self, pointer: Value) -> set[Node]:
        return {node.find() for node in self._activity.objects.nodes_behind(pointer)}

    def variables(self, inst: Instruction) -> list[str]:
        """Those that a pointer which is loaded from memory from before, or from what an argument
        leads to, may point to without the analysis knowing it, if a derivative would be lost: they
        hold varied data, or what the pointer may be used to write there counts."""
        nodes = self._led_to(inst, given=True)
        names = self._variables
        if not nodes and self._is_of_argument(inst):
            nodes, names = self._behind(inst), self._unmarked
        if not nodes:
            return []
        activity = self._activity
        is_written = not nodes.isdisjoint(activity.written_varied)
        return [
            name
            for name, node in names.items()
            if node not in nodes and (is_written or name in activity.varied_globals)
        ]

    @cached_property
    def _variables(self) -> dict[str, Node]:
        """The variables that hold varied data, or whose floats count, and their memory."""
        activity = self._activity
        nodes = {name: node for node in activity.objects.nodes() for name in node.globals}
        return {
            name: nodes[name].find()
            for name in sorted(nodes)
            if (name in activity.varied_globals or activity.node_useful(nodes[name]))
            and self._is_kept(name)
        }

    @cached_property
    def _unmarked(self) -> dict[str, Node]:
        """Those that have no shadow of which the program itself could have stored the address."""
        return {n: node for n, node in self._variables.items() if n not in self._activity.marked}

    def _is_of_argument(self, inst: Instruction) -> bool:
        """Is a pointer loaded from memory that arguments with shadows lead to, and used for floats?
        It has a shadow there, but none that would be the shadow of a variable."""
        if not isinstance(inst, Load) or not isinstance(inst.type, ty.PointerType):
            return False
        activity = self._activity
        if not self._unmarked or self._given.keys().isdisjoint(self._behind(inst.pointer)):
            return False
        return any(activity.node_useful(n) or n in self._written for n in self._behind(inst))

    @cached_property
    def _given(self) -> dict[Node, None]:
        """The memory that arguments with shadows lead to."""
        activity = self._activity
        return reached_from(
            node
            for arg in activity.root.args
            if ty.is_pointer(arg.type) and activity.has_shadow(arg)
            for node in self._behind(arg)
        )

    def arguments(self, inst: Instruction) -> list[Argument]:
        """The arguments with shadows of which a pointer that is loaded may be one in the same way.
        (What lies in a variable is compared when the derivative starts.)"""
        activity = self._activity
        nodes = self._led_to(inst)
        if not nodes:
            return []
        assert isinstance(inst, Load)
        if isinstance(inst.pointer, Constant):
            return []
        return [
            arg
            for arg in activity.root.args
            if ty.is_pointer(arg.type)
            and activity.has_shadow(arg)
            and nodes.isdisjoint(self._behind(arg))
        ]

    @cached_property
    def arguments_elsewhere(self) -> Mapping[Argument, None]:
        """The arguments that functions which stay calls ask for in this way."""
        root = self._activity.root
        return {
            arg: None
            for function in self._activity.objects.functions.values()
            if function is not root
            for inst in function.instructions()
            for arg in self.arguments(inst)
        }

    def looks_behind(self, call: CallBase, *, at_variables: bool = False) -> bool:
        """Is all that a derivative has to follow in such a call where pointers from before lead?
        `at_variables`: whether to such a variable."""
        name = call.callee.name if isinstance(call.callee, Global) else ""
        return name in (self._functions_with_variables if at_variables else self._functions)

    @cached_property
    def _functions(self) -> frozenset[str]:
        return self._checked(lambda inst: bool(self.variables(inst) or self.arguments(inst)))

    @cached_property
    def _functions_with_variables(self) -> frozenset[str]:
        return self._checked(lambda inst: bool(self.variables(inst)))

    def _checked(self, is_checked: Callable[[Instruction], bool]) -> frozenset[str]:
        """Functions with such instructions, or that call one with these, that are not active."""
        active, functions = self._activity.active_functions, self._activity.objects.functions
        names = {f.name for f in functions.values() if any(map(is_checked, f.instructions()))}
        found = with_callers(functions, names) - active
        return frozenset(name for name in found if not functions[name].type.vararg)

    def kept_arguments(self, inst: Instruction) -> list[Argument]:
        """Those whose address the function itself may have stored where the pointer is loaded, so
        that an earlier call may have left it there: then it has no shadow."""
        activity = self._activity
        block = inst.block
        if block is None or block.function is not activity.root:
            return []
        if not isinstance(inst, Load) or not isinstance(inst.type, ty.PointerType):
            return []
        places = activity.objects.nodes_behind(inst.pointer)
        if not any(node.globals for node in places):
            return []
        nodes = self._behind(inst)
        return [
            arg
            for arg in activity.root.args
            if ty.is_pointer(arg.type)
            and activity.has_shadow(arg)
            and not nodes.isdisjoint(self._behind(arg))
        ]

    def extent(self, argument: Argument) -> int:
        """How many bytes behind an argument are known to be those of one object: as far as the
        functions access it at places that do not vary, or one element of an array. (Of arrays it
        is not known how many they have, and pointers to others of them pass the test.)"""
        places = self._activity.objects.places_behind(argument)
        if len(places) != 1:
            return 1
        endless = array_behind(places)
        if endless is not None:
            return max(1, sum(endless))
        node, offset = places[0].resolve()
        known = node.stride - offset if node.stride else extent_behind(places)
        return known if 0 < known < ENDLESS else 1

    def _led_to(self, inst: Instruction, *, given: bool = False) -> set[Node]:
        """What a pointer that is loaded may lead to, if that is memory from before that counts;
        `given`: or that a constant argument leads to."""
        if not isinstance(inst, Load) or not isinstance(inst.type, ty.PointerType):
            return set()
        nodes = self._behind(inst)
        return nodes if any(self._counts(node, given) for node in nodes) else set()

    def _counts(self, node: Node, given: bool) -> bool:
        """Are there floats in memory from before that are read, so that it counts, or written?"""
        activity = self._activity
        if not (activity.was_there(node) if given else activity.is_foreign(node)):
            return False
        return activity.node_useful(node) or node in self._written

    @cached_property
    def _written(self) -> set[Node]:
        objects = self._activity.objects
        return self._activity.written_varied | {
            node.find()
            for function in objects.functions.values()
            for inst in function.instructions()
            if isinstance(inst, Store) and ty.is_float(inst.value.type)
            for node in objects.nodes_behind(inst.pointer)
        }

    def _is_kept(self, name: str) -> bool:
        found = self._kept.get(name)
        if found is None:
            found = self._kept[name] = self._find_kept(name)
        return found

    def _find_kept(self, name: str) -> bool:
        if not self._module.has_symbol(name):
            return False
        symbol = self._module.symbol(name)
        if symbol.kind != "variable" or symbol.constant or symbol.value_type is None:
            return False
        if self._activity.known.is_global_inactive(name):
            return False
        if symbol.linkage not in ("internal", "private") or name in self._in_initialisers:
            return True
        return any(
            _is_kept_by(inst, operand)
            for function in self._module.mentioning([name], self._elsewhere)
            for inst, operand in self._constants_in(function)
            if _is_address(operand, name)
        )

    def _constants_in(self, function: str) -> list[tuple[Instruction, Value]]:
        """What instructions take of addresses, in a function that may name many variables."""
        found = self._constants.get(function)
        if found is None:
            found = self._constants[function] = [
                (inst, operand)
                for inst in self._module.function(function).instructions()
                for operand in inst.operands
                if isinstance(operand, Global | ConstantExpression)
            ]
        return found

    @cached_property
    def _in_initialisers(self) -> frozenset[str]:
        return frozenset(
            unquoted(found)
            for kind, name, text in self._module.pieces()
            if kind == "variable" and not name.startswith("llvm.")
            for found in MENTIONED.findall(text, text.find(" = "))
        )

    @cached_property
    def _elsewhere(self) -> list[str]:
        """The functions of which the analysis does not see what they store."""
        seen = self._activity.objects.functions
        return [name for name in self._module.functions_with_bodies() if name not in seen]


def with_callers(functions: Mapping[str, Function], names: Iterable[str]) -> set[str]:
    """Functions, and all that call them."""
    found = set(names)
    changed = True
    while changed:
        changed = False
        for name, function in functions.items():
            if name not in found and any(
                isinstance(i, CallBase) and isinstance(i.callee, Global) and i.callee.name in found
                for i in function.instructions()
            ):
                found.add(name)
                changed = True
    return found


def _uses(load: Load) -> list[tuple[Instruction, Value]] | None:
    """Where a pointer is used for more than comparisons, and what it is there: itself or a choice
    that it may be; None if it is not compared, or steps along memory, or is returned, or has too
    many uses to look at them for each load."""
    seen = 0
    same: list[Instruction] = [load]
    found: list[tuple[Instruction, Value]] = []
    is_compared = False
    for value in same:
        work: list[Instruction] = [value]
        while work:
            one = work.pop()
            seen += len(one.users)
            if seen > _MOST_USES:
                return None
            for user in one.users:
                match user:
                    case Phi() | Select() if one is value:
                        same += [user] if user not in same else []
                    case Phi() | Select() | Return():
                        return None
                    case Compare():
                        is_compared = True
                    case Binary() if _tells_no_address(user):
                        is_compared = True
                    case CallBase(callee=Global(name=name)) if name.startswith(_ASKS_SIZE):
                        pass
                    case GetElementPtr() | Freeze() | Cast() | Binary():
                        work.append(user)
                    case _:
                        found.append((user, value))
    return found if is_compared else None


def _tells_no_address(inst: Binary) -> bool:
    """Is it the distance of two addresses, or what lies below the alignment of one?"""
    other = inst.operands[1]
    if isinstance(other, ConstantInt):
        return inst.opcode == "and" and 0 <= other.value < _ALIGNMENT
    return inst.opcode == "sub"


def _is_address(value: Value, name: str) -> bool:
    """The address of a variable, or of a part of it."""
    if isinstance(value, ConstantExpression):
        return any(_is_address(operand, name) for operand in value.operands)
    return isinstance(value, Global) and value.name == name


def _is_kept_by(inst: Instruction, address: Value) -> bool:
    """May an address go elsewhere through an instruction, or what comes of it?"""
    work: list[tuple[Instruction, Value]] = [(inst, address)]
    seen: set[Instruction] = set()
    while work:
        one, value = work.pop()
        match one:
            case Load() | Compare():
                continue
            case Store():
                if one.value is value:
                    return True
            case GetElementPtr() | Phi() | Select() | Freeze() | Cast():
                if one not in seen:
                    seen.add(one)
                    work += [(user, one) for user in one.users]
            case CallBase(callee=Global(name=name)) if name.startswith(_OF_THE_THREAD):
                work += [(user, one) for user in one.users]
            case CallBase(callee=Global(name=name)) if _ASKS in name or name.startswith(_LOOKS):
                continue
            case _:
                return True
    return False
