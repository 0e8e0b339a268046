"""Would an infinity, or NaN, spread from a value to the result of the function?

    sum += x[i] * w[i];    return sum;

If w[i] is infinite here, so is the result, or NaN: nobody asks for its derivative, and the zeros
that must win over infinite partials elsewhere need not be tested for.

Question     If a value is not finite, is the result that the function then returns not finite?
Transfer     Sums, products, dividends and some functions pass it on. Each way from the value to the
             end of its iteration (the way back, and each way out of the loop) must lead through
             what passes it on: an operation in a block that all these ways pass, or a phi.
Fixed point  The greatest: all values, less those with a way that passes nothing on. A run takes
             finitely many steps, each of which hands the infinity on, so it reaches the result.
Safe answer  no.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, final

from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir import types as ty
from enzcc.ir.function import Block
from enzcc.ir.instructions import Binary, Call, Cast, FNeg, Instruction, Phi, Return
from enzcc.ir.types import FloatType
from enzcc.ir.values import Global, Value
from enzcc.rules.known import Known

PASSING: Final = frozenset({"fma", "fmuladd", "fabs", "sqrt", "log", "log2", "log10", "sin", "cos"})
"""Functions whose result is not finite if any argument is not."""


MOST_STEPS: Final = 8


@final
class Spreading:
    """The values of one function from which an infinity would spread to the result."""

    def __init__(self, shape: Shape, known: Known) -> None:
        self.shape, self.known = shape, known
        self._returning = shape.returning()
        self._ends: dict[Loop | None, list[tuple[Block, Block | None]]] = {}
        order = [i for b in shape.order for i in b.instructions]
        if not any(
            isinstance(i, Return) and i.operands and isinstance(i.operands[0].type, FloatType)
            for i in order
        ):
            self._found: set[Value] = set()
            return
        self._found = {i for i in order if isinstance(i.type, FloatType)}
        work = [i for i in reversed(order) if i in self._found]
        while work:
            value = work.pop()
            if value in self._found and not self._passes(value):
                self._found.discard(value)
                work += [o for o in value.operands if isinstance(o, Instruction)]

    def __contains__(self, value: object) -> bool:
        return value in self._found

    def _passes(self, value: Instruction) -> bool:
        """Does each way to an end of the iteration pass the value on?"""
        home = value.block
        assert home is not None
        loop = self.shape.loop_of.get(home)
        blocks: list[Block] = []
        edges: set[tuple[Block, Block | None]] = set()
        for user in value.users:
            where = user.block
            if where is None or where not in self.shape.index:
                continue
            if isinstance(user, Phi):
                if user in self._found:
                    self._through_phi(value, user, where, loop, blocks, edges)
            elif self._passes_on(user, value) and (loop is None or where in loop.blocks):
                blocks.append(where)
        if any(self._leads_to(home, block) for block in blocks):
            return True
        return all(
            end in edges or any(self.shape.dominates(b, end[0]) for b in blocks)
            for end in self._ends_of(loop)
            if end[0] is home or not self.shape.dominates(end[0], home)
        )

    def _leads_to(self, home: Block, block: Block) -> bool:
        """Does the only way on from a block lead to another?"""
        for _ in range(MOST_STEPS):
            if home is block:
                return True
            following = home.successors()
            if len(following) != 1 or self.shape.dominates(following[0], home):
                return False
            home = following[0]
        return False

    def _through_phi(
        self,
        value: Instruction,
        phi: Phi,
        where: Block,
        loop: Loop | None,
        blocks: list[Block],
        edges: set[tuple[Block, Block | None]],
    ) -> None:
        for incoming, source in phi.incoming():
            if incoming is not value or source not in self.shape.index:
                continue
            if loop is not None and (where is loop.header or where not in loop.blocks):
                edges.add((source, where))
            elif source.successors() == [where]:
                blocks.append(source)

    def _ends_of(self, loop: Loop | None) -> list[tuple[Block, Block | None]]:
        """The edges by which an iteration ends; of the function, its returns."""
        found = self._ends.get(loop)
        if found is None:
            found = self._ends[loop] = list(self._find_ends(loop))
        return found

    def _find_ends(self, loop: Loop | None) -> Iterator[tuple[Block, Block | None]]:
        if loop is None:
            for block in self.shape.order:
                if isinstance(block.terminator, Return):
                    yield block, None
            return
        for block in self.shape.predecessors[loop.header]:
            if block in loop.blocks:
                yield block, loop.header
        for source, target in self.shape.exits(loop):
            if target in self._returning:
                yield source, target

    def _passes_on(self, user: Instruction, value: Value) -> bool:
        if isinstance(user, Return):
            return user.operands[0] is value
        if user not in self._found:
            return False
        match user:
            case Binary(opcode="fadd" | "fsub" | "fmul") | FNeg():
                return True
            case Binary(opcode="fdiv"):
                return user.operands[0] is value
            case Cast(opcode="fpext" | "fptrunc"):
                return True
            case Call():
                callee = user.callee
                if not isinstance(callee, Global) or ty.is_pointer(user.type):
                    return False
                rule = self.known.find(callee.name)
                return rule is not None and rule.name in PASSING
        return False
