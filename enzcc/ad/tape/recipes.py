"""What values of the forward sweep are computed from again in the reverse sweep.

Most are computed as before: from their operands, by the same instruction. A phi has no operands
that are all at hand at once, but many are known otherwise: an induction variable by the number of
the iteration, what a loop is left with by its trip count, what a branch decides by its condition.
Loads are repeated where nothing can have changed what they read, calls where they have no effect.

Which of them are computed again, and which are kept, is the minimum cut's to say (`tape.mincut`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

from enzcc.analysis.callkind import CallKind
from enzcc.analysis.recurrences import Geometric
from enzcc.analysis.triangles import Triangular
from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import (
    Binary,
    Branch,
    Call,
    CallBase,
    Cast,
    Compare,
    ExtractElement,
    ExtractValue,
    FNeg,
    GetElementPtr,
    InsertElement,
    InsertValue,
    Instruction,
    Load,
    Phi,
    Select,
    ShuffleVector,
)
from enzcc.ir.values import Value

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep


@final
class Recipes:
    """How the reverse sweep of one function can compute values of its forward sweep."""

    def __init__(self, sweep: Sweep) -> None:
        self._sweep = sweep
        self._reverse = sweep.reverse

    def of(self, value: Value) -> list[Value] | None:
        """What a value could be computed from again; None if it cannot."""
        if isinstance(value, Phi):
            return self._phi_recipe(value)
        if not isinstance(value, Instruction):
            return None
        match value:
            case (
                Binary()
                | FNeg()
                | Cast()
                | Compare()
                | Select()
                | GetElementPtr()
                | ExtractValue()
                | InsertValue()
                | ExtractElement()
                | InsertElement()
                | ShuffleVector()
            ):
                return value.operands
            case Load():
                source = self._reverse.source_of.get(value)
                if not self._reverse.engine.settings.reload:
                    return None
                if source is None or self._reverse.changes.may_change(source):  # type: ignore[arg-type]
                    return None
                return value.operands
            case Call():
                if self.is_pure(value):
                    return value.arguments
        return None

    def is_pure(self, call: CallBase) -> bool:
        """May a call of the forward sweep be repeated wherever its arguments are known?"""
        if call in self._sweep.beside:
            return True
        source = self._sweep.copied(call)
        if not isinstance(source, CallBase):
            return False
        kind = self._reverse.activity.kind_of_call(source)
        if getattr(source.callee, "name", "") in self._reverse.known.recomputable:
            body = kind is CallKind.BODY and not self._reverse.activity.call_active(source)
            return call.type is not ty.VOID and (
                body or kind in (CallKind.INACTIVE, CallKind.UNKNOWN)
            )
        if kind not in (CallKind.RULE, CallKind.INACTIVE):
            return False
        if any(ty.is_pointer(a.type) for a in call.arguments) or call.type is ty.VOID:
            return False
        name = getattr(source.callee, "name", "")
        if kind is CallKind.RULE:
            return name.startswith("llvm.") or not self._reverse.activity.set_by_arithmetic
        return bool(name.startswith("llvm.")) and "memory(none)" in self._attributes(source)

    def _attributes(self, call: CallBase) -> str:
        module = self._reverse.module
        text = call.tail + getattr(call.callee, "line", "")
        groups = [w.strip(",") for w in text.split() if w.startswith("#")]
        return text + " ".join(module.attribute_group(g) for g in groups)

    def _phi_recipe(self, phi: Phi) -> list[Value] | None:
        left = self._sweep.exit_phis.get(phi)
        if left is not None:
            loop, block = left
            count = self._reverse.recurrences.back_edges.get(loop)
            if count is None:
                return None
            operands = [self._reverse.of(v) for v in count.operands]
            around = self._sweep.shape.loops_around(block)
            for operand in operands:
                inner = self._sweep.home_loop(operand)
                if inner is not None and inner not in around:
                    return None
            return operands
        affine = self.affine(phi)
        if affine is not None:
            return list(affine)
        geometric = self._geometric(phi)
        if geometric is not None:
            return [self._reverse.of(geometric.start)]
        triangular = self._triangular(phi)
        if triangular is not None:
            start, found = triangular
            return [start, *(self._reverse.of(value) for value, _ in found.terms)]
        choice = self.diamond(phi)
        if choice is not None:
            return [choice[0], *choice[1:]]
        return None

    def _geometric(self, phi: Phi) -> Geometric | None:
        source = self._sweep.copied(phi)
        return self._reverse.recurrences.geometric.get(source) if isinstance(source, Phi) else None

    def affine(self, phi: Phi) -> tuple[Value, Value] | None:
        """Start and step of an induction variable, or of the shadow of a pointer that is one."""
        reverse = self._reverse
        source = self._sweep.source(phi)
        affine = reverse.recurrences.affine.get(source) if isinstance(source, Phi) else None
        if affine is None:
            return None
        step = reverse.of(affine.step)
        found = reverse.shadows.source(phi)
        if found is not None:
            return reverse.shadow_of_lane(affine.start, found[1]), step
        return reverse.of(affine.start), step

    def _triangular(self, phi: Phi) -> tuple[Value, Triangular] | None:
        """What has steps that grow, or is the shadow of such a pointer, and where it starts."""
        reverse = self._reverse
        source = self._sweep.source(phi)
        found = reverse.triangles.get(source) if isinstance(source, Phi) else None
        if found is None:
            return None
        lane = reverse.shadows.source(phi)
        if lane is not None:
            return reverse.shadow_of_lane(found.start, lane[1]), found
        return reverse.of(found.start), found

    def diamond(self, phi: Phi) -> tuple[Value, Value, Value] | None:
        """(condition, value if true, value if false) of a phi that one branch decides, if both
        values are there before the branch."""
        block = self._sweep.home(phi)
        if block is None or len(phi.operands) != 2:
            return None
        loop = self._sweep.shape.loop_of.get(block)
        if loop is not None and loop.header is block:
            return None
        top = self._sweep.shape.idom.get(block)
        if top is None:
            return None
        last = top.terminator
        if not isinstance(last, Branch) or not last.operands:
            return None
        if self._sweep.shape.loop_of.get(top) is not loop:
            return None
        then, other = last.targets
        values: list[Value | None] = [None, None]
        for value, copy in phi.incoming():
            origin = self._sweep.origin.get(copy)
            if origin is None:
                return None
            for side, target in enumerate((then, other)):
                if (origin is top and target is block) or (
                    origin is not top
                    and target is not block
                    and self._sweep.shape.predecessors[target] == [top]
                    and self._sweep.shape.dominates(target, origin)
                ):
                    values[side] = value
            if isinstance(value, Instruction):
                home = self._sweep.home(value)
                if home is not None and not self._sweep.shape.dominates(home, top):
                    return None
        if values[0] is None or values[1] is None:
            return None
        return self._reverse.of(last.operands[0]), values[0], values[1]

    def emit_phi(self, phi: Phi, block: Block) -> Value:
        """Computes a phi that has a recipe again, at the top of a reverse block."""
        left = self._sweep.exit_phis.get(phi)
        if left is not None:
            count = self._reverse.recurrences.back_edges[left[0]]
            used = [v for v in (count.first, count.bound, count.by) if v is not None]
            fetched = {v: self._sweep.fetch(self._reverse.of(v), block) for v in used}
            return count.emit(self._sweep.front(block), lambda v: fetched[v])
        affine = self.affine(phi)
        if affine is not None:
            loop = self._sweep.home_loop(phi)
            assert loop is not None
            start, step = (self._sweep.fetch(v, block) for v in affine)
            number = self._sweep.fetch(self._sweep.counter(loop), block)
            emit = self._sweep.front(block)
            if isinstance(phi.type, ty.PointerType):
                return emit.gep(ty.I8, start, [emit.mul(number, step)])
            assert isinstance(phi.type, ty.IntType)
            if phi.type.bits != 64:
                number = emit.cast("trunc" if phi.type.bits < 64 else "zext", number, phi.type)
            return emit.add(start, emit.mul(number, step))
        geometric = self._geometric(phi)
        if geometric is not None:
            loop = self._sweep.home_loop(phi)
            assert loop is not None
            start = self._sweep.fetch(self._reverse.of(geometric.start), block)
            number = self._sweep.fetch(self._sweep.counter(loop), block)
            return geometric.emit(self._sweep.front(block), start, number)
        triangular = self._triangular(phi)
        if triangular is not None:
            loop = self._sweep.home_loop(phi)
            assert loop is not None
            first, found = triangular
            start = self._sweep.fetch(first, block)
            values = [self._sweep.fetch(self._reverse.of(value), block) for value, _ in found.terms]
            number = self._sweep.fetch(self._sweep.counter(loop), block)
            return found.emit(self._sweep.front(block), start, values, number)
        choice = self.diamond(phi)
        assert choice is not None
        condition, then, other = (self._sweep.fetch(v, block) for v in choice)
        return self._sweep.front(block).select(condition, then, other)
