"""Products and quotients of derivatives: a zero derivative wins over whatever it meets.

In a derivative that will be differentiated again they are calls (`enzcc.rules.guards`), expanded
at last; else the comparison stands there at once. Of several lanes, each has its own zero; primal
values are repeated in all of them.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, final

from enzcc.ad.modes.calculus import never_infinite
from enzcc.ad.modes.lanes import is_wider, repeated
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, float_value, zero
from enzcc.ir.module import Module
from enzcc.ir.types import Type
from enzcc.ir.values import Value
from enzcc.patterns import pattern
from enzcc.rules.guards import BOTH, OVER, TIMES, guard_definition, guard_of, guard_symbol

RESULT: Final = -1
"""Stands for the result where arguments are asked for by number."""


@final
class Guards:
    """Emits them. `again`: what is made will be differentiated again."""

    def __init__(self, module: Module, *, again: bool) -> None:
        self.module, self.again = module, again

    def times(self, emit: Builder, derivative: Value, partial: Value, *, finite: bool) -> Value:
        """derivative * partial, 0 where the derivative is 0."""
        number = float_value(partial)
        if number == 1.0:
            return derivative
        if number == -1.0:
            return emit.fneg(derivative)
        partial = repeated(emit, partial, derivative.type)
        if finite or number is not None or _is_tame(derivative) or never_infinite(emit.flags):
            return emit.fmul(derivative, partial)
        if self.again:
            return self._call(emit, TIMES, derivative, partial)
        made = emit.fmul(derivative, partial)
        return self._unless_zero(emit, derivative, made)

    def over(
        self, emit: Builder, derivative: Value, divisor: Value, *, finite: bool = False
    ) -> Value:
        """derivative / divisor, 0 where the derivative is 0."""
        divisor = repeated(emit, divisor, derivative.type)
        if finite or never_infinite(emit.flags) or _is_tame(divisor):
            return emit.fdiv(derivative, divisor)
        if self.again:
            return self._call(emit, OVER, derivative, divisor)
        return self._unless_zero(emit, derivative, emit.fdiv(derivative, divisor))

    def both(self, emit: Builder, a: Value, b: Value) -> Value:
        """a * b, two derivatives: 0 where either is 0."""
        if is_wider(a.type, b.type):
            b = repeated(emit, b, a.type)
        elif is_wider(b.type, a.type):
            a = repeated(emit, a, b.type)
        if never_infinite(emit.flags) or _is_tame(a) or _is_tame(b):
            return emit.fmul(a, b)
        if self.again:
            return self._call(emit, BOTH, a, b)
        made = self._unless_zero(emit, a, emit.fmul(a, b))
        return self._unless_zero(emit, b, made)

    def in_formulas(self, emit: Builder, guard: str, a: Value, b: Value) -> Value:
        """For `enzcc.rules.evaluate`."""
        if guard == OVER:
            return self.over(emit, a, b)
        return self.times(emit, a, b, finite=False)

    def tangent(
        self,
        emit: Builder,
        guard: str,
        tangents: list[Value | None],
        primal: Callable[[int], Value],
    ) -> Value:
        """The tangent of a call of such a function. `primal` gives its arguments and RESULT."""
        da, db = tangents
        if guard == OVER:
            above = da
            if db is not None:
                term = self.both(emit, db, primal(RESULT))
                above = emit.fneg(term) if above is None else emit.fsub(above, term)
            assert above is not None
            return self.over(emit, above, primal(1))
        terms: list[Value] = []
        if da is not None and guard == TIMES:
            terms.append(self.times(emit, da, primal(1), finite=False))
        elif da is not None:
            terms.append(self.both(emit, da, primal(1)))
        if db is not None:
            terms.append(self.both(emit, db, primal(0)))
        return terms[0] if len(terms) == 1 else emit.fadd(*terms)

    def adjoints(
        self,
        emit: Builder,
        guard: str,
        br: Value,
        wanted: list[bool],
        primal: Callable[[int], Value],
    ) -> tuple[Value | None, Value | None]:
        """What such a call adds to the adjoints of its arguments."""
        for_a, for_b = wanted
        if guard == OVER:
            t = self.over(emit, br, primal(1))
            below = emit.fneg(self.both(emit, t, primal(RESULT))) if for_b else None
            return (t if for_a else None), below
        first: Value | None = None
        if for_a and guard == TIMES:
            first = self.times(emit, br, primal(1), finite=False)
        elif for_a:
            first = self.both(emit, br, primal(1))
        return first, (self.both(emit, br, primal(0)) if for_b else None)

    def _unless_zero(self, emit: Builder, derivative: Value, made: Value) -> Value:
        if made is derivative:
            return made
        none = emit.compare("fcmp", "oeq", derivative, zero(derivative.type))
        return emit.select(none, zero(made.type), made)

    def _call(self, emit: Builder, guard: str, a: Value, b: Value) -> Value:
        if a is b and guard != OVER:
            return emit.fmul(a, b)
        type = ty.function(a.type, (a.type, b.type))
        attributes = "nounwind willreturn memory(none)"
        symbol = self.module.declare(guard_symbol(guard, a.type), type, attributes)
        return emit.call(symbol, type, [a, b], tail=f" {attributes}")


def _is_tame(value: Value) -> bool:
    """A constant that is neither zero nor infinite nor NaN?"""
    number = float_value(value)
    return number is not None and number != 0.0 and number - number == 0.0


_DECLARED = pattern(r"^declare (?P<type>.+?) @\"?(?P<name>enzcc\.[^(\"]+)\"?\(.*\n", re.M)


def with_definitions(text: str, types: dict[str, Type]) -> str:
    """The module with the declared guards defined; `types` by the symbol's name."""

    def defined(found: re.Match[str]) -> str:
        guard = guard_of(found["name"])
        if guard is None:
            return found.group()
        return guard_definition(guard, types[found["name"]]) + "\n"

    return _DECLARED.sub(defined, text)
