"""Which values and which memory carry a derivative, for one request.

Question     Can the value change with an active input, and can the change reach an active output?
Lattice      two booleans a value and a node (varied, useful), each only going up; active is both.
Transfer     varied: a result varies if a differentiable operand does, a load if its node does; a
             store makes its node vary. useful: an operand of something useful is useful, a node is
             useful if a load from it is or if its contents are an output; contents flow along
             memory copies.
Safe answer  active: it costs time, never a wrong derivative.

Memory has one of three relations to its shadow (`Shadowing`): NONE (constant), ALWAYS, or MIXED
where constant and active memory meet in one pointer; there a shadow pointer equal to the primal
means constant.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from enzcc.analysis.bound import Bound, with_callers
from enzcc.analysis.callkind import BY_HAND, CONSTANT, CallKind, can_be_handed, kind_by_name
from enzcc.analysis.cfg import reverse_post_order
from enzcc.analysis.cxxabi import may_name_variables
from enzcc.analysis.nodes import CONFLICT, UNION, Node, Pointer, Segment
from enzcc.analysis.objects import Objects
from enzcc.analysis.tested import is_marked, is_unlisted
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import (
    Alloca,
    AtomicRMW,
    Binary,
    CallBase,
    Cast,
    Compare,
    CompareExchange,
    Freeze,
    GetElementPtr,
    Instruction,
    Load,
    Phi,
    Return,
    Select,
    Store,
)
from enzcc.ir.values import (
    Argument,
    Constant,
    ConstantAggregate,
    ConstantExpression,
    Global,
    Local,
    Value,
)
from enzcc.rules import ERRNO, SIGNS, VARIABLES, Fields, Nothing, Partial, is_inactive

if TYPE_CHECKING:
    from enzcc.analysis.changes import Write, Writes
    from enzcc.analysis.moves import Moves


class Shadowing(Enum):
    """Does the memory behind a pointer have shadow memory?"""

    NONE = "never"
    MIXED = "where the shadow pointer differs"
    ALWAYS = "always"


def _is_number(type: ty.Type) -> bool:
    """Is the result of an unknown function an integer (a status, a count) and no bits of floats?
    They come back as floats, or as structs in 64 bits."""
    return isinstance(type, ty.IntType) and type.bits < 64


def flows(partial: Partial) -> bool:
    """Can a derivative pass through this partial?"""
    if isinstance(partial, Fields):
        return any(map(flows, partial.partials))
    return not isinstance(partial, Nothing)


class Activity:
    """The facts for the functions of `objects`, given which parameters of the root are active."""

    def __init__(
        self,
        objects: Objects,
        *,
        shadowed: Iterable[Argument],
        constant: Iterable[Argument],
        varied: Iterable[Argument],
        result: bool,
        result_shadow: bool = False,
        shadow_set: str = "",
        marked: frozenset[str] = frozenset(),
        only_marked: bool = False,
        keeps_blocks: Callable[[str], bool] = lambda _: False,
        told_by_shadows: bool = True,
    ) -> None:
        self.objects = objects
        self.module, self.known = objects.module, objects.known
        self.bound = Bound(self)
        self.between: frozenset[Node] = frozenset()
        """Memory that others may write between the forward sweep and the reverse sweep."""
        self.is_split = False
        self.still: set[Value] = set()  # what only moves numbers, of which origins are known
        self.moves: dict[str, list[Moves]] = {}
        self._told_by_shadows = told_by_shadows
        self._carrier: dict[Value, bool] = {}
        self._kinds: dict[CallBase, CallKind] = {}
        self.written: dict[str, list[Write]] = {}
        self.written_anywhere: tuple[int, Writes] | None = None
        self.written_through: dict[str, tuple[list[Pointer], bool]] = {}
        self.written_within: dict[str, tuple[dict[Node, None], bool, dict[str, None]]] = {}
        self._varied: set[Value] = set()
        self._useful: set[Value] = set()
        self._node_varied: set[Node] = set()
        self._node_useful: set[Node] = set()
        self._shadowed_nodes: set[Node] = set()
        self._constant_nodes: set[Node] = set()
        self.root = next(iter(objects.functions.values()))
        self._flag(self._shadowed_nodes, shadowed)
        self.shadow_set, self.marked, self.only_marked = shadow_set, marked, only_marked
        self._marked_nodes = [n for n in objects.nodes() if not marked.isdisjoint(n.globals)]
        self._close(self._shadowed_nodes, [*self._marked_nodes])
        constant = list(constant)
        for argument in varied:
            self._varied.add(argument)
        for argument in shadowed:
            if not ty.is_pointer(argument.type):
                self._varied.add(argument)
        self._node_varied |= self._shadowed_nodes
        self._node_useful |= self._shadowed_nodes
        self._instructions = [
            inst
            for function in objects.functions.values()
            for block in reverse_post_order(function.entry)  # facts spread in few rounds
            for inst in block.instructions
        ]
        self._callers: dict[str, list[CallBase]] = {}
        for inst in self._instructions:
            if isinstance(inst, CallBase) and isinstance(inst.callee, Global):
                self._callers.setdefault(inst.callee.name, []).append(inst)
        self._result = self.seeds_result = result
        self.returned = self._returned_memory() if result_shadow else set()
        self._node_useful |= self.returned
        self._fixpoint(self._vary)
        together = self._alike_abroad(keeps_blocks)
        if self._share(self._node_varied, together):
            self._fixpoint(self._vary)
        self._fixpoint(self._use)
        if self._share(self._node_useful, together):
            self._fixpoint(self._use)
        self._flag(self._constant_nodes, constant)
        self._close(self._constant_nodes, objects.exceptions)
        self._with_shadow: set[Node] = set()
        self._spread_shadows()
        self._active_global_nodes = {n for n in self._with_shadow if self._may_have_shadow(n)}
        self._foreign = self._find_foreign()
        self._constant_nodes |= self._foreign
        self.active_functions = self._active_functions()

    def split(self, stable: Iterable[Argument]) -> None:
        """The program runs the two sweeps when it likes: memory that it knows of may change between
        them, but for that behind these arguments."""
        objects = self.objects
        stable = list(stable)
        work = [
            n for n in objects.nodes() if n.unknown or (n.globals and not self._only_constants(n))
        ]
        for arg in self.root.args:
            if arg not in stable:
                work += self._behind(arg)
        for value in objects.returns(self.root.name):
            if _may_hold_address(value):
                work += self._behind(value)
        found: set[Node] = set()
        self._close(found, work)
        self.is_split = True
        self.between = frozenset(n for n in found if not self._only_constants(n))

    def _behind(self, value: Value) -> list[Node]:
        """The memory that a value points to, itself or with pointers in it."""
        if isinstance(value.type, ty.PointerType):
            return list(self.objects.nodes_behind(value))
        return list(self.objects.contents(value).links()) if self._may_carry(value.type) else []

    # ------------------------------------------------------------------ questions

    def is_varied(self, value: Value) -> bool:
        """May the value change with an active input?"""
        return value in self._varied

    def is_useful(self, value: Value) -> bool:
        """May a derivative of the value be wanted?"""
        return value in self._useful

    def is_active(self, value: Value) -> bool:
        """Does a derivative flow through the (floating, or float-carrying) SSA value?"""
        return value in self._varied and value in self._useful and value not in self.still

    def node_active(self, node: Node) -> bool:
        """Does the memory hold floats through which a derivative flows?"""
        node = node.find()
        return node in self._node_varied and node in self._node_useful

    def node_varied(self, node: Node) -> bool:
        """May the memory hold floats that change with an active input?"""
        return node.find() in self._node_varied

    def node_useful(self, node: Node) -> bool:
        """May a derivative be wanted of what the memory holds?"""
        return node.find() in self._node_useful

    def shadowing(self, pointer: Value) -> Shadowing:
        """How the memory behind a pointer relates to its shadow."""
        found = {self.node_shadowing(n) for n in self.objects.nodes_behind(pointer)}
        return found.pop() if len(found) == 1 else Shadowing.MIXED

    def foreign(self, pointer: Value) -> list[Node]:
        """Memory behind it that was there before the derivative, not in its arguments, and that may
        be written."""
        return [n for n in self.objects.nodes_behind(pointer) if self.is_foreign_variable(n)]

    def is_foreign_variable(self, node: Node) -> bool:
        """Is it such memory?"""
        return node.find() in self._foreign_variables

    def is_foreign(self, node: Node) -> bool:
        """Is it memory that was there before the derivative, and has no shadow?"""
        node = node.find()
        return node in self._foreign and node not in self._with_shadow

    def was_there(self, node: Node) -> bool:
        """Is it such memory, or that of a constant argument?"""
        node = node.find()
        return node in self._constant_nodes and node not in self._with_shadow

    @cached_property
    def written_varied(self) -> set[Node]:
        """The memory that varied data may be written to."""
        return {
            node
            for inst in self._instructions
            for pointer in self.written_with_varied(inst)
            for node in self.objects.nodes_behind(pointer)
        }

    @cached_property
    def _foreign_variables(self) -> set[Node]:
        return self._find_foreign(constants=False)

    def may_be_read(self, node: Node) -> bool:
        """Is what lies there read, so that it counts, or in other memory that is handed out by
        functions of which nothing is known, and may be the same?"""
        if self.node_useful(node):
            return True
        node = node.find()
        if not node.unknown or node in self.of_the_library:
            return False
        return any(n is not node and n in self._foreign for n in self._handed_out_and_read)

    @cached_property
    def of_no_known_function(self) -> frozenset[Node]:
        """Memory that only calls through pointers to none of the known functions hand out."""
        calls = [i for i in self._instructions if isinstance(i, CallBase)]
        marked = [c for c in calls if ty.is_pointer(c.type) and is_unlisted(self.module, c)]
        others = [c for c in self.objects.handed_out if c not in marked]
        return frozenset(n for c in marked for n in self._behind(c)) - frozenset(
            n for c in others for n in self._behind(c)
        )

    @cached_property
    def _handed_out_and_read(self) -> list[Node]:
        nodes = self.objects.nodes()
        return [n for n in nodes if n.unknown and self.node_useful(n) and has_floats(n)]

    @property
    def active_globals(self) -> list[str]:
        """The variables that get a shadow of their own."""
        return sorted(
            {
                n: None
                for node in self._active_global_nodes
                for n in node.globals
                if self._is_shadowed(n, node)
            }
        )

    @cached_property
    def varied_globals(self) -> frozenset[str]:
        """The variables that varied data may lie in."""
        return frozenset(name for node in self._node_varied for name in node.find().globals)

    def memory_active(self, pointer: Value) -> bool:
        """Does a derivative flow through floats in any memory that a pointer may point to?"""
        return any(map(self.node_active, self.objects.nodes_behind(pointer)))

    def node_shadowing(self, node: Node) -> Shadowing:
        node = node.find()
        if node not in self._with_shadow:
            return Shadowing.NONE
        return Shadowing.MIXED if node in self._constant_nodes else Shadowing.ALWAYS

    def told_apart(self, place: Pointer, size: int) -> list[Segment]:
        """The kinds of `size` bytes from a place on. A union of a double and pointers is UNION, or
        the double where these all point to constant memory: a normal number is none of the
        addresses that a program has."""
        out: list[Segment] = []
        for segment in self.objects.segments(place, size):
            out += self._words(place, segment) or [segment]
        return out

    def _words(self, place: Pointer, segment: Segment) -> list[Segment]:
        """The words of a segment of unions; none if it is something else."""
        word = self.objects.layout.size(ty.PTR)
        out: list[Segment] = []
        if segment.kind != CONFLICT or segment.size % word:
            return out
        for at in range(segment.offset, segment.offset + segment.size, word):
            found = self.objects.union_float(place.moved(at))
            if found is None or self.objects.layout.size(found[0]) != word:
                return []
            shadowed = any(self.node_shadowing(n) is not Shadowing.NONE for n in found[1])
            out.append(Segment(at, word, UNION if shadowed else found[0]))
        return out

    def has_shadow(self, value: Value) -> bool:
        """Does the value contain pointers (itself, in its fields or bytes) that have shadows?"""
        if not _may_hold_address(value):
            return False
        if isinstance(value.type, ty.PointerType):
            return self.shadowing(value) is not Shadowing.NONE
        if not self._may_hold_pointer(value):
            return False
        is_shift = isinstance(value, Binary) and value.opcode in ("shl", "lshr")
        if is_shift and not self.has_shadow(value.operands[0]):  # type: ignore[attr-defined]
            return False  # a number, though it may go where others put distances
        node = self.objects.contents(value)
        return any(self.node_shadowing(n) is not Shadowing.NONE for n in node.links())

    def carries_floats(self, value: Value) -> bool:
        """A floating value, or an integer or aggregate that may hold floats."""
        if ty.is_float(value.type):
            return True
        if not self._may_carry(value.type):
            return False
        found = self._carrier.get(value)
        if found is None:
            if isinstance(value, Constant):
                return False
            if holds_float(value.type):
                self._carrier[value] = True
                return True
            size = self.objects.layout.store_size(value.type)
            place = Pointer(self.objects.contents(value))
            segments = self.objects.segments(place, size)
            found = any(
                s.kind in (None, CONFLICT) or isinstance(s.kind, ty.FloatType) for s in segments
            )
            if isinstance(value.type, ty.IntType) and self.objects.is_low(place, size):
                found = False  # a union's integer, or rounding: the derivative goes with the rest
            self._carrier[value] = found
        return found

    def calls_of(self, name: str) -> list[CallBase]:
        """The calls of a function by its name."""
        return self._callers.get(name, [])

    def kind_of_call(self, call: CallBase) -> CallKind:
        """How a call is treated."""
        found = self._kinds.get(call)
        if found is None:
            found = self._kinds[call] = self._kind_of_call(call)
        return found

    def _kind_of_call(self, call: CallBase) -> CallKind:
        if isinstance(call.callee, Global):
            return kind_by_name(call, self.objects.functions, self.known)
        if is_marked(self.module, call, CONSTANT):
            return CallKind.INACTIVE
        if self._told_by_shadows and self._has_handed_shadow(call):
            return CallKind.HANDED
        return CallKind.UNLISTED if is_unlisted(self.module, call) else CallKind.UNKNOWN

    def rule_name(self, value: Value) -> str:
        """By which row of the tables a call is differentiated; empty for all else."""
        if not isinstance(value, CallBase) or self.kind_of_call(value) is not CallKind.RULE:
            return ""
        assert isinstance(value.callee, Global)
        rule = self.known.find(value.callee.name)
        return "" if rule is None else rule.name

    def _has_handed_shadow(self, call: CallBase) -> bool:
        """Does the program hand over a shadow of the pointer that is called, in an argument or in
        memory behind one?"""
        return can_be_handed(call) and not self._shadowed_nodes.isdisjoint(
            self.objects.nodes_behind(call.callee)
        )

    def call_active(self, call: CallBase) -> bool:
        """Must a call of a function with a body be differentiated, rather than just repeated?"""
        assert isinstance(call.callee, Global)
        return call.callee.name in self.active_functions

    def reached(self, call: CallBase) -> list[Node]:
        """The memory that the function called can reach through its arguments, and that which its
        result points to; constant globals left out. A derivative by hand knows the shadows of
        variables that the program has named."""
        work = list(self._marked_nodes) if self.kind_of_call(call) in BY_HAND else []
        for value in (*call.arguments, call):
            if isinstance(value.type, ty.PointerType):
                work.extend(self.objects.nodes_behind(value))
            elif self._may_hold_pointer(value) and _may_hold_address(value):
                work.extend(self.objects.contents(value).links())
        found: dict[Node, None] = {}
        while work:
            node = work.pop().find()
            if node not in found:
                found[node] = None
                work.extend(node.links())
        return [n for n in found if not self._only_constants(n)]

    def _only_constants(self, node: Node) -> bool:
        if not node.globals or node.local or node.arguments or node.unknown:
            return False
        return not self._some_variable(node)

    def _some_variable(self, node: Node) -> bool:
        """Is there a global variable among what the memory is, that is not a constant one?"""
        return any(not self.module.symbol(name).constant for name in node.globals)

    @cached_property
    def seen_by_hand(self) -> frozenset[Node]:
        """The memory that functions with derivatives by hand can reach."""
        calls = (i for i in self._instructions if isinstance(i, CallBase))
        by_hand = (call for call in calls if self.kind_of_call(call) in BY_HAND)
        return frozenset(node for call in by_hand for node in self.reached(call))

    def touches_varied(self, call: CallBase) -> bool:
        """Do varied data go into a call, in its arguments or in memory that it can reach?"""
        return any(a in self._varied for a in call.arguments) or any(
            n in self._node_varied for n in self.reached(call)
        )

    def custom_active(self, call: CallBase) -> bool:
        """Must the derivative by hand be called, rather than just the function?"""
        if self.is_active(call) or self.has_shadow(call):
            return True
        return self.touches_varied(call) and any(
            self.node_shadowing(n) is not Shadowing.NONE for n in self.reached(call)
        )

    def unknown_call_active(self, call: CallBase) -> bool:
        """Does a call of an unknown function touch anything that carries a derivative?"""
        if self.carries_floats(call) and self.is_varied(call):
            return True
        if isinstance(call.type, ty.PointerType) and is_unlisted(self.module, call):
            handed_out = [n for n in self._behind(call) if n.unknown and self.node_varied(n)]
            if any(map(self.may_be_read, handed_out)):
                return True
        for argument in call.arguments:
            if isinstance(argument.type, ty.PointerType):
                if self.shadowing(argument) is not Shadowing.NONE and self.reaches_varied(argument):
                    return True
            elif argument in self._varied and self.carries_floats(argument):
                return True
        return self.variable_named_by(call) is not None

    def variable_named_by(self, call: CallBase) -> str | None:
        """An active variable that an unknown function may name."""
        seen = self._seen_elsewhere if may_name_variables(call) else ()
        found = (n for node in seen if self.node_active(node) for n in node.globals)
        return next(filter(self._is_seen_elsewhere, found), None)

    @cached_property
    def set_by_arithmetic(self) -> list[Node]:
        """Where `errno` lies, if the program looks at it: mathematical functions set it."""
        signs = [n for n in self.objects.nodes() if not SIGNS.isdisjoint(n.globals)]
        return signs + self._handed_out(lambda name: name in ERRNO)

    @cached_property
    def set_by_library(self) -> list[Node]:
        """Memory of the library that its functions may change: its variables, and what it has
        handed out pointers to, such as the time that `localtime` tells."""
        variables = [n for n in self.objects.nodes() if not VARIABLES.isdisjoint(n.globals)]
        return variables + self._handed_out(lambda _: True)

    @cached_property
    def of_the_library(self) -> frozenset[Node]:
        """Memory of which nothing else is known than that the library has handed it out."""
        found = self._handed_out(lambda _: True)
        return frozenset(n for n in found if not (n.local or n.globals or n.arguments))

    def _handed_out(self, names: Callable[[str], bool]) -> list[Node]:
        """Memory that such functions of the library hand out."""
        found: dict[Node, None] = {}
        for call in self.objects.handed_out:
            name = call.called
            is_known = is_inactive(name, call.function_type) and name not in self.known.inactive
            if is_known and names(name):
                found.update((n, None) for n in self._behind(call) if n.unknown)
        return list(found)

    def written_with_varied(self, inst: Instruction) -> list[Value]:
        """The pointers through which an instruction puts varied floats into memory."""
        match inst:
            case Store() if isinstance(inst.pointer.type, ty.PointerType):
                return [inst.pointer] if inst.value in self._varied else []
            case AtomicRMW() | CompareExchange():
                return [inst.operands[0]] if inst.operands[-1] in self._varied else []
            case CallBase():
                kind = self.kind_of_call(inst)
                if kind is CallKind.COPY:
                    varied = self._any_node(self._node_varied, inst.arguments[1])
                    return [inst.arguments[0]] if varied else []
                if kind is CallKind.RULE and any(a in self._varied for a in inst.arguments):
                    rule = self.known.find(inst.called)
                    return [inst.arguments[out] for out in rule.outputs] if rule is not None else []
        return []

    def memory_written(self, inst: Instruction) -> list[Node]:
        """The memory that an instruction may put varied floats into."""
        if isinstance(inst, CallBase) and self.kind_of_call(inst) in BY_HAND:
            if not self.touches_varied(inst):
                return []
            return [n for n in self.reached(inst) if has_floats(n)]
        pointers = self.written_with_varied(inst)
        return list(dict.fromkeys(n for p in pointers for n in self.objects.nodes_behind(p)))

    # ------------------------------------------------------------------ start facts

    def _returned_memory(self) -> set[Node]:
        """What the caller reaches through a pointer that is returned: its shadow is wanted."""
        found: set[Node] = set()
        for value in self.objects.returns(self.root.name):
            if _may_hold_address(value):
                self._close(found, self._behind(value))
        return found

    def _flag(self, flagged: set[Node], arguments: Iterable[Argument]) -> None:
        work: list[Node] = []
        for argument in arguments:
            if isinstance(argument.type, ty.PointerType):
                work.extend(self.objects.nodes_behind(argument))
            elif self._may_carry(argument.type):
                work.extend(self.objects.contents(argument).links())
        self._close(flagged, work)

    def _close(self, flagged: set[Node], work: list[Node]) -> None:
        while work:
            node = work.pop().find()
            if node not in flagged:
                flagged.add(node)
                work.extend(node.links())

    def _find_foreign(self, *, constants: bool = True) -> set[Node]:
        """Memory of globals, and memory that we know nothing of, with all that pointers in it may
        point to when the derivative starts; but for variables with a shadow of their own, and
        without `constants`."""
        work: list[Node] = []
        for node in self.objects.outside_nodes():
            is_left_out = self._is_active_only(node) or not (
                constants or node.unknown or self._some_variable(node)
            )
            work += node.links() if is_left_out else [node]
        found: set[Node] = set()
        self._close(found, work)
        return found

    def _may_have_shadow(self, node: Node) -> bool:
        """May there be shadows of the variables whose memory it is?"""
        return not node.unknown and any(self._is_shadowed(name, node) for name in node.globals)

    def _is_shadowed(self, name: str, node: Node) -> bool:
        """Has a variable of that memory a shadow? Constants have if they hold pointers."""
        if self._may_be_active(name):
            return True
        symbol = self.module.symbol(name)
        if symbol.kind != "variable" or symbol.value_type is None or self._is_inactive(name):
            return False
        return symbol.constant and any(True for _ in node.links())

    def _is_inactive(self, name: str) -> bool:
        """Does the program say that the variable carries no derivative?"""
        if self.only_marked and name not in self.marked:
            return True
        return self.known.is_global_inactive(name)

    def _may_be_active(self, name: str) -> bool:
        symbol = self.module.symbol(name)
        if symbol.kind != "variable" or symbol.constant or symbol.value_type is None:
            return False
        return not self._is_inactive(name)

    def _is_active_only(self, node: Node) -> bool:
        return node in self._active_global_nodes and all(
            self._is_shadowed(name, node) for name in node.globals
        )

    def _may_hold_pointer(self, value: Value) -> bool:
        """Is the value as wide as a pointer, and not from arithmetic that no pointer survives?"""
        type = value.type
        if isinstance(type, ty.IntType):
            if type.bits < self.objects.layout.bits(ty.PTR):  # a piece of one, if it is moved
                return type.bits >= 16 and isinstance(value, (Load, Phi, Select, Freeze))
            if isinstance(value, Cast):
                return value.opcode not in ("sext", "zext", "fptosi", "fptoui")
            if isinstance(value, Binary):
                return value.opcode not in ("mul", "udiv", "sdiv", "urem", "srem", "ashr")
            return True
        return isinstance(type, (ty.VectorType, ty.ArrayType, ty.StructType))

    @staticmethod
    def _may_carry(type: ty.Type) -> bool:
        match type:
            case ty.IntType():
                return type.bits >= 16
            case ty.VectorType() | ty.ArrayType() | ty.StructType():
                return True
        return False

    # ------------------------------------------------------------------ varied and useful

    def _fixpoint(self, step: Callable[[Instruction], bool]) -> None:
        """Forward and backward sweeps over all instructions until nothing changes."""
        instructions = self._instructions
        if step == self._use:
            instructions = instructions[::-1]
        changed = True
        while changed:
            changed = False
            for inst in instructions:
                changed |= step(inst)

    def _set(self, facts: set[Value], value: Value) -> bool:
        if value in facts or isinstance(value, Constant) or not isinstance(value, Local):
            return False
        if not self.carries_floats(value):
            return False
        facts.add(value)
        return True

    def _any_node(self, facts: set[Node], pointer: Value) -> bool:
        """Is something known of any memory that a pointer may point to?"""
        return not facts.isdisjoint(self.objects.nodes_behind(pointer))

    def _set_nodes(self, facts: set[Node], pointer: Value) -> bool:
        """Notes it of all that a pointer may point to."""
        return self._add(facts, self.objects.nodes_behind(pointer))

    def _add(self, facts: set[Node], nodes: Iterable[Node]) -> bool:
        """Notes it of these, unless the program says that they carry no derivative."""
        known = len(facts)
        facts.update(n for n in nodes if not self._declared_inactive(n))
        return len(facts) > known

    def _declared_inactive(self, node: Node) -> bool:
        if not node.globals or node.local or node.arguments or node.unknown:
            return False
        return all(map(self._is_inactive, node.globals))

    def _vary(self, inst: Instruction) -> bool:
        match inst:
            case Load():
                if isinstance(inst.pointer.type, ty.PointerType):
                    if inst in self.objects.of_the_library:
                        return False
                    varied = self._any_node(self._node_varied, inst.pointer)
                    return varied and self._set(self._varied, inst)
                return False
            case Store():
                return inst.value in self._varied and self._set_nodes(
                    self._node_varied, inst.pointer
                )
            case AtomicRMW() | CompareExchange():
                changed = any(o in self._varied for o in inst.operands[1:]) and self._set_nodes(
                    self._node_varied, inst.operands[0]
                )
                if self._any_node(self._node_varied, inst.operands[0]):
                    changed |= self._set(self._varied, inst)
                return changed
            case CallBase():
                return self._vary_call(inst)
            case Return() | Compare() | Alloca() | GetElementPtr():
                return False
            case Select():
                return any(o in self._varied for o in inst.operands[1:]) and self._set(
                    self._varied, inst
                )
            case Cast(opcode="fptosi" | "fptoui" | "sitofp" | "uitofp"):
                return False
        return any(o in self._varied for o in inst.operands) and self._set(self._varied, inst)

    def _vary_call(self, call: CallBase) -> bool:
        kind = self.kind_of_call(call)
        arguments = call.arguments
        changed = False
        match kind:
            case CallKind.BODY:
                assert isinstance(call.callee, Global)
                callee = self.objects.functions[call.callee.name]
                for formal, actual in zip(callee.args, arguments, strict=False):
                    if actual in self._varied:
                        changed |= self._set(self._varied, formal)
                if any(v in self._varied for v in self.objects.returns(callee.name)):
                    changed |= self._set(self._varied, call)
            case CallKind.COPY:
                if self._any_node(self._node_varied, arguments[1]):
                    changed |= self._set_nodes(self._node_varied, arguments[0])
            case CallKind.RULE:
                changed |= self._vary_rule(call)
            case CallKind.CUSTOM | CallKind.HANDED:
                if self.touches_varied(call):
                    changed |= self._set(self._varied, call)
                    changed |= self._add(self._node_varied, self.reached(call))
            case CallKind.UNKNOWN | CallKind.UNLISTED:
                seen = may_name_variables(call) and any(
                    n in self._node_varied for n in self._seen_elsewhere
                )
                if seen:
                    changed |= self._add(self._node_varied, self.reached(call))
                if not _is_number(call.type) and (
                    (seen and ty.is_float(call.type))
                    or any(
                        a in self._varied or (ty.is_pointer(a.type) and self.reaches_varied(a))
                        for a in arguments
                    )
                ):
                    changed |= self._set(self._varied, call)
        return changed

    @cached_property
    def _seen_elsewhere(self) -> list[Node]:
        """The global variables that functions of other files may read and write by their names."""
        return [n for n in self.objects.nodes() if any(map(self._is_seen_elsewhere, n.globals))]

    def _is_seen_elsewhere(self, name: str) -> bool:
        symbol = self.module.symbol(name)
        return symbol.kind == "variable" and symbol.linkage not in ("internal", "private")

    def _vary_rule(self, call: CallBase) -> bool:
        assert isinstance(call.callee, Global)
        rule = self.known.find(call.callee.name)
        assert rule is not None
        changed = False
        for position, argument in enumerate(call.arguments):
            if argument not in self._varied:
                continue
            if position < len(rule.partials) and flows(rule.partials[position]):
                changed |= self._set(self._varied, call)
            for out, partials in rule.outputs.items():
                if flows(partials[position]):
                    changed |= self._set_nodes(self._node_varied, call.arguments[out])
        return changed

    def _use(self, inst: Instruction) -> bool:
        match inst:
            case Load():
                return (
                    inst in self._useful
                    and isinstance(inst.pointer.type, ty.PointerType)
                    and self._set_nodes(self._node_useful, inst.pointer)
                )
            case Store():
                return self._any_node(self._node_useful, inst.pointer) and self._set(
                    self._useful, inst.value
                )
            case AtomicRMW() | CompareExchange():
                changed = False
                if inst in self._useful:
                    changed |= self._set_nodes(self._node_useful, inst.operands[0])
                if self._any_node(self._node_useful, inst.operands[0]):
                    for operand in inst.operands[1:]:
                        changed |= self._set(self._useful, operand)
                return changed
            case Return():
                function = inst.block.function if inst.block else None
                assert function is not None
                wanted = self._result if function is self.root else False
                if function is not self.root:
                    wanted = any(c in self._useful for c in self._callers.get(function.name, ()))
                return bool(wanted and inst.operands) and self._set(self._useful, inst.operands[0])
            case CallBase():
                return self._use_call(inst)
            case Compare() | Alloca() | GetElementPtr():
                return False
            case Cast(opcode="fptosi" | "fptoui" | "sitofp" | "uitofp"):
                return False
        if inst not in self._useful:
            return False
        changed = False
        operands = inst.operands[1:] if isinstance(inst, Select) else inst.operands
        for operand in operands:
            changed |= self._set(self._useful, operand)
        return changed

    def _use_call(self, call: CallBase) -> bool:
        arguments = call.arguments
        changed = False
        match self.kind_of_call(call):
            case CallKind.BODY:
                assert isinstance(call.callee, Global)
                callee = self.objects.functions[call.callee.name]
                for formal, actual in zip(callee.args, arguments, strict=False):
                    if formal in self._useful:
                        changed |= self._set(self._useful, actual)
            case CallKind.COPY:
                if self._any_node(self._node_useful, arguments[0]):
                    changed |= self._set_nodes(self._node_useful, arguments[1])
            case CallKind.RULE:
                assert isinstance(call.callee, Global)
                rule = self.known.find(call.callee.name)
                assert rule is not None
                wanted = call in self._useful or any(
                    self._any_node(self._node_useful, arguments[out]) for out in rule.outputs
                )
                if wanted:
                    for argument in arguments:
                        changed |= self._set(self._useful, argument)
            case CallKind.CUSTOM | CallKind.HANDED | CallKind.UNLISTED:
                nodes = self.reached(call)
                if call in self._useful or any(n in self._node_useful for n in nodes):
                    for argument in arguments:
                        changed |= self._set(self._useful, argument)
                    changed |= self._add(self._node_useful, nodes)
            case CallKind.UNKNOWN:
                for argument in arguments:
                    changed |= self._set(self._useful, argument)
                changed |= self._add(self._node_useful, self.reached(call))
        return changed

    # ------------------------------------------------------------------ which memory has a shadow

    def _spread_shadows(self) -> None:
        nodes = self.objects.nodes()
        self._with_shadow |= self._shadowed_nodes
        ours = {n: None for n in nodes if n.local or self._may_have_shadow(n)}
        ours |= self._behind_variables(ours)
        self._with_shadow.update(n for n in ours if self.node_active(n) or n in self.returned)
        changed = True
        while changed:
            changed = False
            for node in nodes:
                if not self._with_shadow.isdisjoint(node.seen):
                    known = len(self._with_shadow)
                    self._with_shadow.update(n for n in node.seen if n.local)
                    changed |= len(self._with_shadow) > known
                if node not in ours or node in self._with_shadow:
                    continue
                if any(target in self._with_shadow for target in node.links()):
                    self._with_shadow.add(node)
                    changed = True

    def _behind_variables(self, ours: Iterable[Node]) -> dict[Node, None]:
        """Memory that is only reached through variables: it was there before, and has a shadow if
        the variables hold one when the derivative starts."""
        found: dict[Node, None] = {}
        work = [t for n in ours if n.globals for t in n.links()]
        while work:
            node = work.pop().find()
            if node in found or node.is_known:
                continue
            found[node] = None
            work += node.links()
        return found

    def _alike_abroad(self, keeps_blocks: Callable[[str], bool]) -> list[Node]:
        """Memory that only global pointers reach, if active data is written to any of it: what
        looks like another object may be the same, as the program has set these pointers elsewhere.
        But for whole blocks in variables: these are compared when the derivative starts."""
        variables = [n for n in self.objects.nodes() if n.globals and self._may_have_shadow(n)]
        abroad = [n for n in self._behind_variables(variables) if has_floats(n)]
        inner = {t for n in self._behind_variables(variables) for t in n.links()}
        for node in abroad:
            if node not in self._node_varied:
                continue
            names = [g for v in variables if node in v.links() for g in v.globals]
            whole = inner.isdisjoint(abroad) and not any(True for _ in node.links())
            if not whole or not all(map(keeps_blocks, names)):
                return abroad
        return []

    def _share(self, facts: set[Node], nodes: list[Node]) -> bool:
        """What is known of one of them is known of all; does that add anything?"""
        return not facts.isdisjoint(nodes) and self._add(facts, nodes)

    def reaches_varied(self, pointer: Value) -> bool:
        """May varied floats lie behind a pointer, or behind pointers there?"""
        seen: set[Node] = set()
        work = list(self.objects.nodes_behind(pointer))
        while work:
            node = work.pop().find()
            if node in self._node_varied:
                return True
            if node not in seen:
                seen.add(node)
                work.extend(node.links())
        return False

    def _active_functions(self) -> set[str]:
        """Functions that do something a derivative must follow, themselves or in what they call."""
        functions = self.objects.functions
        return with_callers(functions, (f.name for f in functions.values() if self._touches(f)))

    def _is_given_shadowed(self, call: CallBase) -> bool:
        """Is it a copy, a fill or the like of memory with a shadow, which may be a variable's?"""
        if self.kind_of_call(call) in (CallKind.BODY, CallKind.INACTIVE):
            return False  # seen for itself; reads at most
        return any(ty.is_pointer(a.type) and self.has_shadow(a) for a in call.arguments)

    def _touches(self, function: Function) -> bool:
        if function is self.root:
            return True
        if any(self.has_shadow(a) or self.is_active(a) for a in function.args):
            return True
        if any(self.has_shadow(value) for value in self.objects.returns(function.name)):
            return True
        for inst in function.instructions():
            if self.is_active(inst) or (ty.is_pointer(inst.type) and self.has_shadow(inst)):
                return True
            if isinstance(inst, Store) and self.shadowing(inst.pointer) is not Shadowing.NONE:
                return True
            if isinstance(inst, (AtomicRMW, CompareExchange)) and self.memory_active(
                inst.operands[0]
            ):
                return True
            if isinstance(inst, CallBase) and self.kind_of_call(inst) in BY_HAND:
                return True
            if isinstance(inst, CallBase) and self._is_given_shadowed(inst):
                return True
            if (
                isinstance(inst, CallBase)
                and isinstance(inst.callee, Global)
                and inst.callee.name.startswith("__enzcc_tape_")
            ):
                return True  # a derivative whose tape may be its caller's, which then is ours
        return False


def _may_hold_address(value: Value) -> bool:
    """Is it no constant, or one that may be made of addresses?"""
    return not isinstance(value, Constant) or isinstance(
        value, (Global, ConstantExpression, ConstantAggregate)
    )


def has_floats(node: Node) -> bool:
    """Is there evidence of floats in the memory?"""
    return any(
        kind in ty.FLOATS for cell in node.cells.values() for kind in (*cell.strong, *cell.hints)
    )


def holds_float(type: ty.Type) -> bool:
    match type:
        case ty.FloatType():
            return True
        case ty.StructType():
            return any(map(holds_float, type.fields or ()))
        case ty.ArrayType() | ty.VectorType():
            return holds_float(type.element)
    return False
