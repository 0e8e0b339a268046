"""Derivatives by hand of functions that return structs through memory, written as C has them.

The scheme of `byhand.custom` goes by the parameters of the IR, where the memory of the result is
one and has a shadow. Where a rule returns the result by value, and takes its adjoint by value, a
function that fits the scheme is made here and registered in its place:

    struct big f(double x);                   void f(struct big *r, double x);
    struct both t(double x, double dx);       void t(struct big *r, struct big *dr, double x, ...);
    double b(double x, struct big dr);        double b(struct big *r, struct big *dr, double x);
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from enzcc import llvm
from enzcc.ad.byhand.custom import (
    Custom,
    Image,
    Part,
    Returned,
    Signature,
    call,
    default_parts,
    entry_slot,
    spread,
    tangent_parts,
)
from enzcc.ad.names import adapted
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, copy_bytes, zero
from enzcc.ir.function import Function
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.types import Type
from enzcc.markers import read_annotations
from enzcc.markers.fit import leaves
from enzcc.markers.words import contains

if TYPE_CHECKING:
    from enzcc.ir.values import Value

_Changes: TypeAlias = dict[tuple[str, str], str]


def with_adapters(text: str) -> str:
    """The module where each rule fits the scheme that could be made to."""
    if "__enzyme_register_" not in text or " sret(" not in text:
        return text
    module = Module.parse(text)
    annotations = read_annotations(module)
    custom = Custom(module, annotations)
    changes: _Changes = {}
    for name in annotations.rules():
        primal = Signature.of(module, name)
        as_value = primal.returning
        if as_value is None:
            continue
        adapter = _Adapter(custom, as_value)
        if (tangent := annotations.derivatives.get(name)) is not None:
            adapter.tangent(tangent, None)
        if (gradient := annotations.gradients.get(name)) is not None:
            returned = adapter.augmented(gradient.augmented)
            if returned is not None:
                adapter.reverse(gradient.reverse, returned)
        split = annotations.splits.get(name)
        if split is not None and not contains(as_value.type.result, ty.PointerType):
            returned = adapter.augmented(split.augmented)
            if returned is not None:
                adapter.tangent(split.tangent, returned)
        changes |= {(name, rule): made for rule, made in adapter.made.items()}
    return llvm.normalise(_registered(module.print(), changes)) if changes else text


def _registered(text: str, changes: _Changes) -> str:
    """The registrations with these rules in the place of others."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if not line.startswith("@") or "__enzyme_register_" not in line:
            continue
        for (name, rule), made in changes.items():
            if f"@{quoted(name)}," in line:
                for end in (",", "]", " "):
                    line = line.replace(f"@{quoted(rule)}{end}", f"@{quoted(made)}{end}")
        lines[at] = line
    return "\n".join(lines)


class _Adapter:
    """Makes the functions for the rules of one function; a rule that it can do nothing for stays as
    it is, and is found fault with later, if it has to be."""

    def __init__(self, custom: Custom, primal: Signature) -> None:
        self.custom, self.module, self.primal = custom, custom.module, primal
        self.layout = custom.layout
        self.result = primal.type.result
        self.made: dict[str, str] = {}

    def tangent(self, name: str, returned: Returned | None) -> None:
        """{result, tangent} t(P [, tape])"""
        custom, parts = self.custom, tangent_parts(self.primal)
        rule = custom.rule(name, self.primal, parts)
        plain = rule.types([part.type for part in parts])
        tape = self._tape(rule, len(plain), returned)
        fits = list(rule.params[: len(plain)]) == plain and custom.is_pair(rule.result, self.result)
        if not fits or tape is None:
            return
        taken = [returned.tape_type] if tape and returned and returned.tape_type else []
        made, emit, given = self._function(name, ty.VOID, parts, taken)
        slot = entry_slot(made)
        if tape:
            given += custom.hand_over(emit, slot, tape, given.pop())
        image = call(emit, slot, rule, given)
        self._copy(emit, made, image, 0, shadow=False)
        self._copy(emit, made, image, custom.second(self.result), shadow=True)
        emit.ret()

    def augmented(self, name: str) -> Returned | None:
        """{tape, result, shadow} a(P), of which parts may be left out; what it returns."""
        custom, parts = self.custom, default_parts(self.primal)
        rule = custom.rule(name, self.primal, parts)
        if list(rule.params) != rule.types([part.type for part in parts]):
            return None
        returned = custom.returned_by(self.primal, rule)
        if returned.primal is None or custom.copies_a_shadow(self.primal, rule):
            return None
        kind = returned.tape_type or ty.VOID
        made, emit, given = self._function(name, kind, parts, [])
        image = call(emit, entry_slot(made), rule, given)
        self._copy(emit, made, image, returned.primal, shadow=False)
        if contains(self.result, ty.PointerType) and returned.shadow is not None:
            self._copy(emit, made, image, returned.shadow, shadow=True)
        tape = None if kind is ty.VOID else image.read(emit, returned.tape or 0, kind)
        emit.ret(tape)
        return returned

    def reverse(self, name: str, returned: Returned) -> None:
        """gradients b(P [, adjoint of the result] [, tape])"""
        custom, parts = self.custom, default_parts(self.primal)
        rule = custom.rule(name, self.primal, parts)
        plan = custom.reverse_plan(self.primal, rule, returned)
        places = custom.gradients(self.primal, rule)
        if plan is None or places is None or custom.copies_a_shadow(self.primal, rule):
            return
        seed, tape = plan
        kinds = [kind for _, _, kind in places]
        kind: Type = ty.VOID if not kinds else kinds[0] if len(kinds) == 1 else ty.struct((*kinds,))
        taken = [returned.tape_type] if returned.tape_type is not None else []
        made, emit, given = self._function(name, kind, parts, taken)
        slot, shadow = entry_slot(made), made.args[1]
        held = given.pop() if taken else None
        given += custom.hand_over(emit, slot, seed, Image(shadow, self.result))
        if tape and held is not None:
            given += custom.hand_over(emit, slot, tape, held)
        image = call(emit, slot, rule, given)
        for at, leaf in leaves(self.layout, self.result) if seed else ():
            if ty.is_float(leaf):
                emit.store(zero(leaf), emit.offset(shadow, const_int(ty.I64, at)), align=1)
        values = [image.read(emit, offset, kind) for _, offset, kind in places]
        if len(values) > 1:
            whole: Value = zero(kind)
            for index, value in enumerate(values):
                whole = emit.insert(whole, value, [index])
            values = [whole]
        emit.ret(*values)

    def _tape(
        self, rule: Signature, at: int, returned: Returned | None
    ) -> list[tuple[int, Type]] | None:
        """How the rule takes the tape behind its parameters; None if that does not fit."""
        if len(rule.params) == at:
            return []
        if returned is None or returned.tape_type is None:
            return None
        tape = spread(self.layout, rule, at, returned.tape_type, self.module)
        return tape if tape is not None and at + len(tape) == len(rule.params) else None

    def _function(
        self, name: str, result: Type, parts: Sequence[Part], more: Sequence[Type]
    ) -> tuple[Function, Builder, list[Value]]:
        """A function of the result's memory, its shadow, P and more; what it is given of the last
        two."""
        fresh = adapted(name, self.primal.symbol.name)
        params = (ty.PTR, ty.PTR, *(part.type for part in parts), *more)
        made = self.module.new_function(fresh, ty.function(result, params), trailer="")
        self.made[name] = fresh
        return made, Builder(made.add_block("")), list(made.args[2:])

    def _copy(
        self, emit: Builder, made: Function, image: Image, offset: int, *, shadow: bool
    ) -> None:
        """Part of what a rule returns, to the memory of the result or its shadow."""
        assert image.pointer is not None
        part = emit.offset(image.pointer, const_int(ty.I64, offset))
        size = self.layout.size(self.result)
        copy_bytes(self.module, emit, made.args[shadow], part, size)
