"""Would an infinity, or NaN, spread from a value to the result of the function?

    sum += x[i] * w[i];    return sum;

If w[i] is infinite here, so is the result, or NaN: nobody asks for its derivative, and the zeros
that must win over infinite partials elsewhere need not be tested for.

Question     If a value is not finite, is the result that the function then returns not finite?
Transfer     Sums, products, dividends and some functions pass it on. Each way from the value to the
             end of its iteration (the way back, and each way out of the loop) must lead through
             what passes it on: an operation in a block on this way, or a phi.
Fixed point  The greatest: all values, less those with a way that passes nothing on. A run takes
             finitely many steps, each of which hands the infinity on, so it reaches the result.
Safe answer  no.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from functools import cached_property
from typing import Final, final

from enzcc.analysis.cfg import Loop, Shape
from enzcc.ir.function import Block
from enzcc.ir.instructions import Binary, Call, Cast, FNeg, Instruction, Phi, Return
from enzcc.ir.types import FloatType
from enzcc.ir.values import Value

PASSING: Final = frozenset(
    """
    fma fmuladd fabs sqrt cbrt hypot log log2 log10 log1p
    sin cos tan asin acos sinh cosh asinh acosh atanh
    """.split()
)
"""Functions whose result is not finite if any argument is not."""

LOGARITHMS: Final = frozenset({"log", "log2", "log10"})
"""Functions that are not finite at zero."""

KEEPING_ZERO: Final = frozenset(
    "fabs sqrt cbrt log1p expm1 sin tan asin atan sinh tanh asinh atanh".split()
)
"""Functions that are zero at zero."""

MOST_BLOCKS: Final = 64
"""Blocks that are looked at on the ways from one value."""


_Transfer = Callable[[Instruction, Value, set[Value]], bool]


@final
class Spreading:
    """The values of one function from which an infinity would spread to the result. `rule_name`
    says which function of the tables a call is."""

    def __init__(self, shape: Shape, rule_name: Callable[[Value], str]) -> None:
        self.shape, self._rule_name = shape, rule_name
        self._returning = shape.returning()
        order = [i for b in shape.order for i in b.instructions]
        self._found: set[Value] = set()
        if any(
            isinstance(i, Return) and i.operands and isinstance(i.operands[0].type, FloatType)
            for i in order
        ):
            self._found = self._greatest(order, self._passes_on)

    def __contains__(self, value: object) -> bool:
        return value in self._found

    @cached_property
    def zeros(self) -> Container[Value]:
        """The values that would make the result infinite, or NaN, if they were zero or NaN."""
        if not self._found:
            return ()
        order = [i for b in self.shape.order for i in b.instructions]
        return self._greatest(order, self._passes_zero_on)

    def _greatest(self, order: list[Instruction], passes_on: _Transfer) -> set[Value]:
        found: set[Value] = {i for i in order if isinstance(i.type, FloatType)}
        work = [i for i in reversed(order) if i in found]
        while work:
            value = work.pop()
            if value in found and not self._passes(value, found, passes_on):
                found.discard(value)
                work += [o for o in value.operands if isinstance(o, Instruction)]
        return found

    def _passes(self, value: Instruction, found: set[Value], passes_on: _Transfer) -> bool:
        """Does each way to an end of the iteration pass the value on?"""
        home = value.block
        assert home is not None
        loop = self.shape.loop_of.get(home)
        blocks: set[Block] = set()
        edges: set[tuple[Block, Block]] = set()
        for user in value.users:
            where = user.block
            if where is None or where not in self.shape.index:
                continue
            if isinstance(user, Phi):
                if user in found:
                    edges.update((s, where) for v, s in user.incoming() if v is value)
            elif (loop is None or where in loop.blocks) and passes_on(user, value, found):
                blocks.add(where)
        return bool(blocks or edges) and not self._ends_without(home, loop, blocks, edges)

    def _ends_without(
        self,
        home: Block,
        loop: Loop | None,
        blocks: set[Block],
        edges: set[tuple[Block, Block]],
    ) -> bool:
        """May the iteration end (the function, outside loops) without these blocks and edges?"""
        if home in blocks:
            return False
        seen, work = {home}, [home]
        while work:
            here = work.pop()
            if isinstance(here.terminator, Return) or len(seen) > MOST_BLOCKS:
                return True
            for following in here.successors():
                if (here, following) in edges or following in blocks:
                    continue
                if loop is not None and following is loop.header:
                    return True
                if following in seen or following not in self._returning:
                    continue
                if loop is not None and following not in loop.blocks:
                    return True
                seen.add(following)
                work.append(following)
        return False

    def _passes_on(self, user: Instruction, value: Value, found: set[Value]) -> bool:
        """Is the user not finite where the value is not, and spreads that?"""
        if isinstance(user, Return):
            return user.operands[0] is value
        if user not in found:
            return False
        match user:
            case Binary(opcode="fadd" | "fsub" | "fmul") | FNeg():
                return True
            case Binary(opcode="fdiv"):
                return user.operands[0] is value
            case Cast(opcode="fpext" | "fptrunc"):
                return True
            case Call():
                return self._rule_name(user) in PASSING
        return False

    def _passes_zero_on(self, user: Instruction, value: Value, found: set[Value]) -> bool:
        """Is the user zero or NaN where the value is, and spreads that; or is it not finite?"""
        match user:
            case Binary(opcode="fdiv") if user.operands[1] is value:
                return user in self._found
            case Binary(opcode="fmul" | "fdiv") | FNeg() | Cast(opcode="fpext" | "fptrunc"):
                return user in found
            case Call():
                name = self._rule_name(user)
                return (name in LOGARITHMS and user in self._found) or (
                    name in KEEPING_ZERO and user in found
                )
        return False
