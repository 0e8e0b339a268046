"""Derivatives by hand: what the program registers for its functions.

    forward   T' = tangent(p0, dp0, p1, dp1, ...)       {primal, tangent}; nothing for void
    reverse   T' = augmented(P)                         primal, tape, both ...: see `Returned`
              g  = reverse(P [, seed] [, tape])         the gradients of the floating parameters
              where P is each parameter, and behind all but floating ones its shadow

Types are compared, and values handed over, as memory images: a struct of two floats that the ABI
returns as a vector, a tape that it splits in registers or passes in memory, all are the bytes
that C wrote.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias, TypeVar, final

from enzcc import llvm
from enzcc.ad.byhand.inplace import Effects, effects
from enzcc.ad.byhand.moving import moving_bodies
from enzcc.ad.iterations.looptext import PREFIX as LOOP
from enzcc.ad.names import kept
from enzcc.errors import WrongAnnotation
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, poison
from enzcc.ir.function import Function
from enzcc.ir.instructions import CallBase, Instruction
from enzcc.ir.module import Module
from enzcc.ir.types import FunctionType, Layout, Type
from enzcc.ir.values import Global, Value
from enzcc.markers import Annotations
from enzcc.markers.fit import attribute_type, leaves, spread_out
from enzcc.markers.pieces import Group, groups, interface
from enzcc.markers.trace import Tracer
from enzcc.markers.words import contains
from enzcc.patterns import pattern
from enzcc.rules import ALLOCATORS, DEALLOCATORS, find, is_inactive

if TYPE_CHECKING:
    from enzcc.markers.annotations import Gradient

ABI: Final = pattern(
    r"(?:(?:byval|sret)\((?:[^()]|\([^()]*\))*\)|zeroext|signext|inreg|align \d+)(?= |$)"
)

_T = TypeVar("_T")

Slot: TypeAlias = Callable[[Type, int], Value]
"""Gives stack memory for a type."""
Calling: TypeAlias = Callable[..., Instruction]
"""Emits a call, as `Builder.call` does."""


Parts: TypeAlias = list[tuple[int, Type]]
"""The parameters that take a value: the offset of each, and its type."""


@final
@dataclass(frozen=True)
class Place:
    """What a parameter of a rule takes: one of P, or several as the pieces of a struct in memory,
    which lie at these offsets in it."""

    numbers: tuple[int, ...]
    offsets: tuple[int, ...] = ()
    whole: Type = ty.VOID


@final
@dataclass(frozen=True)
class Signature:
    """A function of the program: its symbol and IR type, and what the ABI says of each parameter.

    `sret` is what it returns through memory whose address is its first parameter, None if it
    returns as usual. A rule may take structs of several pieces whole, and whole their shadows
    behind, in registers or in memory: `order` tells what each parameter takes of P; empty if these
    are the same, one by one. `by_value` is the view of a function that returns through memory as
    if it did not (`returning`).
    """

    symbol: Global
    type: FunctionType
    attributes: tuple[str, ...]
    sret: Type | None
    order: tuple[Place, ...] = ()
    by_value: bool = False

    @staticmethod
    def of(module: Module, name: str) -> Signature:
        symbol = module.symbol(name)
        type = symbol.function_type
        assert type is not None
        texts = _parameter_texts(symbol.line)[: len(type.params)]
        attributes = tuple(" ".join(m.group() for m in ABI.finditer(t)) for t in texts)
        sret = attribute_type(module, attributes[0], "sret") if attributes else None
        return Signature(symbol, type, attributes, sret)

    @property
    def returning(self) -> Signature | None:
        """A function that returns through memory, as C has it: it returns a value; None if it does
        not."""
        if self.sret is None:
            return None
        kind = ty.function(self.sret, self.type.params[1:])
        return Signature(self.symbol, kind, self.attributes[1:], None, by_value=True)

    @property
    def has_seed(self) -> bool:
        """Does the reverse function take the adjoint of the result? Integers in a struct that it
        returns as a value change nothing about that."""
        result = self.type.result
        if self.by_value:
            return contains(result, ty.FloatType) and not contains(result, ty.PointerType)
        return is_floating(result)

    @property
    def params(self) -> tuple[Type, ...]:
        """The parameters, without the address of what is returned."""
        return self.type.params[1:] if self.sret is not None else self.type.params

    @property
    def param_attributes(self) -> tuple[str, ...]:
        return self.attributes[1:] if self.sret is not None else self.attributes

    def types(self, parts: Sequence[Type]) -> list[Type]:
        """The types of P as the parameters have to have them."""
        if not self.order:
            return list(parts)
        return [ty.PTR if p.offsets else parts[p.numbers[0]] for p in self.order]

    def placed(self, emit: Builder, slot: Slot, values: list[Value]) -> list[Value]:
        """Values for P, as the parameters take them; what follows stays behind."""
        if not self.order:
            return values
        out: list[Value] = []
        for place in self.order:
            if not place.offsets:
                out.append(values[place.numbers[0]])
                continue
            pointer = slot(place.whole, 16)
            for number, offset in zip(place.numbers, place.offsets, strict=True):
                at = emit.offset(pointer, const_int(ty.I64, offset))
                emit.store(values[number], at, align=1)
            out.append(pointer)
        return out + values[sum(len(place.numbers) for place in self.order) :]

    def place(self, number: int) -> int | None:
        """The parameter that takes that of P, counted with that of `sret`; None if it lies in
        memory behind one."""
        if not self.order:
            return number + (self.sret is not None)
        at = self.order.index(Place((number,))) if Place((number,)) in self.order else None
        return None if at is None else at + (self.sret is not None)

    @property
    def result(self) -> Type:
        """What it returns, in one way or the other."""
        return self.type.result if self.sret is None else self.sret


def _parameter_texts(line: str) -> list[str]:
    """The texts of the parameters in a `define` or `declare` line."""
    at = line.index("(", line.index("@"))
    out: list[str] = []
    depth = 0
    start = at + 1
    for end in range(at, len(line)):
        char = line[end]
        if char in "([{<":
            depth += 1
        elif char in ")]}>":
            depth -= 1
        if (char == "," and depth == 1) or depth == 0:
            out.append(line[start:end].strip())
            start = end + 1
        if depth == 0:
            break
    return out


@final
@dataclass(frozen=True)
class Image:
    """A value in memory at `pointer` (None: nothing is there), of which parts can be read."""

    pointer: Value | None
    type: Type

    def read(self, emit: Builder, offset: int, type: Type) -> Value:
        assert self.pointer is not None
        return emit.load(type, emit.offset(self.pointer, const_int(ty.I64, offset)), align=1)


@final
@dataclass(frozen=True)
class Returned:
    """Where primal, tape and shadow lie in what an augmented function returns, by byte offset."""

    primal: int | None = None
    shadow: int | None = None
    tape: int | None = None
    tape_type: Type | None = None


def image_of(emit: Builder, slot: Slot, value: Value) -> Image:
    """A value put into memory."""
    pointer = slot(value.type, 16)
    emit.store(value, pointer)
    return Image(pointer, value.type)


def call(
    emit: Builder,
    slot: Slot,
    function: Signature,
    arguments: list[Value],
    calling: Calling | None = None,
) -> Image:
    """Calls a function of the program; what it returns, as an image."""
    calling = calling or emit.call
    arguments = function.placed(emit, slot, arguments)
    attributes = [f"{text} " if text else "" for text in function.attributes]
    if function.sret is not None:
        pointer = slot(function.sret, 16)
        calling(function.symbol, function.type, [pointer, *arguments], attributes=attributes)
        return Image(pointer, function.sret)
    made = calling(function.symbol, function.type, arguments, attributes=attributes)
    if function.type.result is ty.VOID:
        return Image(None, ty.VOID)
    return image_of(emit, slot, made)


@final
@dataclass(frozen=True)
class Part:
    """One of P: a parameter of the function, or its shadow."""

    type: Type
    is_shadow: bool


def default_parts(primal: Signature) -> list[Part]:
    """P in reverse mode: the parameters, each but floating ones with a shadow behind."""
    out: list[Part] = []
    for type in primal.type.params:
        out.append(Part(type, is_shadow=False))
        if not ty.is_float(type):
            out.append(Part(type, is_shadow=True))
    return out


def tangent_parts(primal: Signature) -> list[Part]:
    """P in forward mode: the parameters, each with its tangent behind."""
    return [Part(t, is_shadow=shadow) for t in primal.type.params for shadow in (False, True)]


def _is_whole(group: Group) -> bool:
    return group.whole is not None and group.count > 1


def _beginning(taken: list[Group], at: int) -> Group | None:
    """The struct of several pieces of which a parameter is the first."""
    if at >= len(taken) or not _is_whole(taken[at]) or (at and taken[at - 1] is taken[at]):
        return None
    return taken[at]


def same_image(layout: Layout, a: Type, b: Type) -> bool:
    """Do two types hold the same scalars at the same places?"""
    return list(leaves(layout, a)) == list(leaves(layout, b))


def is_floating(type: Type) -> bool:
    """A floating type, a vector of one, or a struct of nothing else: its adjoint is a seed."""
    if ty.is_float(type):
        return True
    match type:
        case ty.StructType():
            return bool(type.fields) and all(map(is_floating, type.fields or ()))
        case ty.ArrayType():
            return is_floating(type.element)
    return False


def spread(
    layout: Layout, function: Signature, at: int, wanted: Type, module: Module
) -> list[tuple[int, Type]] | None:
    """The parameters from `at` on that take a value of the wanted type: (offset, type) each. A
    single (-1, ptr): by value in memory. None if they do not fit."""
    params, attributes = function.params, function.param_attributes
    if at >= len(params):
        return None
    if params[at] is wanted:
        return [(0, wanted)]
    in_memory = attribute_type(module, attributes[at], "byval")
    if in_memory is not None:
        fits = layout.size(in_memory) == layout.size(spread_out(wanted))
        return [(-1, in_memory)] if fits else None
    out: list[tuple[int, Type]] = []
    offset = 0
    given: list[tuple[int, Type]] = []
    expected = list(leaves(layout, wanted))
    while at < len(params) and len(given) < len(expected):
        align = layout.align(params[at])
        offset = -(-offset // align) * align
        given += leaves(layout, params[at], offset)
        out.append((offset, params[at]))
        offset += layout.store_size(params[at])
        at += 1
    if given == expected:
        return out
    whole = max(layout.size(wanted), 1)  # integers may stand for several fields
    covered = out and out[-1][0] + layout.store_size(out[-1][1])
    coerced = any(isinstance(t, ty.IntType) for _, t in out)
    return out if coerced and covered == whole else None


@final
class Custom:
    """The derivatives by hand of one module, checked against their functions."""

    def __init__(self, module: Module, annotations: Annotations, text: str = "") -> None:
        self.module, self.annotations, self.text = module, annotations, text
        self.layout = module.layout
        self._effects: dict[str, Effects] = {}
        self._moving: dict[tuple[str, ...], dict[str, Function]] = {}

    def moving(self, functions: Iterable[Function]) -> dict[str, Function]:
        """The bodies of those functions with derivatives by hand that move pointers, and that these
        functions call: by the names that calls have for them. (Loops of ours are given all that
        they work with: `enzcc.ad.iterations.captured`.)"""
        called = {
            inst.callee.name
            for function in functions
            for inst in function.instructions()
            if isinstance(inst, CallBase) and isinstance(inst.callee, Global)
        }
        names = tuple(
            name
            for name in self.annotations.rules()
            if kept(name) in called and not name.startswith(LOOP)
        )
        found = self._moving.get(names)
        if found is None:
            there = {name for name in names if self.module.defines(name)}
            bare = [name for name in names if name not in there]
            text = with_stand_ins(self.text, self.annotations, bare) if bare else self.text
            found = self._moving[names] = moving_bodies(text, names)
        return found

    def effects(self, rule: Signature) -> Effects:
        """What a rule does to the memory behind its parameters."""
        name = rule.symbol.name
        found = self._effects.get(name)
        if found is None:
            found = self._effects[name] = effects(self.text, name)
        return found

    def serves_all_lanes(self, name: str) -> bool:
        """Does one call of the augmented function do for all lanes? It must not look at shadows,
        and its tape must hold nothing that the reverse function could give back."""
        primal, augmented, _, returned = self.gradient(name)
        found = self.effects(augmented)
        shadows = [at for at, part in enumerate(default_parts(primal)) if part.is_shadow]
        places = [augmented.place(at) for at in shadows]
        if not all(at is not None and found.unused[at] for at in places):
            return False
        kept = () if returned.tape_type is None else leaves(self.layout, returned.tape_type)
        return found.confined and returned.shadow is None and all(ty.is_float(t) for _, t in kept)

    def check(self) -> None:
        """Raises WrongAnnotation for the first one that does not fit."""
        for name, known in self.annotations.like.items():
            self._check_like(name, known)
        for name in self.annotations.derivatives:
            self.tangent(name)
        for name in self.annotations.gradients:
            self.gradient(name)
        for name in self.annotations.splits:
            self.split(name)

    def _check_like(self, name: str, known: str) -> None:
        """Raises if what a function is said to be like is not known, or takes other arguments."""
        module = self.module
        type = module.symbol(name).function_type if module.has_symbol(name) else None
        if find(known) is None:
            if known in ALLOCATORS or known in DEALLOCATORS or is_inactive(known):
                return
            message = f"'{name}' is said to be like '{known}', which is not known"
            remedy = (
                "name a function of the C library that has a derivative, is inactive, or allocates"
            )
        elif type is not None and find(known, type) is None:
            message = f"'{name}' is said to be like '{known}', which takes other arguments"
            remedy = "name a function with the same parameters and result"
        else:
            return
        error = WrongAnnotation(module.subprogram_location(name), message, remedy=remedy)
        error.named = name, module.source_files
        raise error

    def _wrong(self, name: str, rule: str, kind: str, prototype: str) -> NoReturn:
        module = self.module
        place = module.subprogram_location(rule) or module.subprogram_location(name)
        raise WrongAnnotation(
            place,
            f"'{rule}' does not fit as the {kind} of '{name}'",
            because=f"its prototype has to be: {prototype}",
        )

    # ------------------------------------------------------------------ forward

    def tangent(self, name: str) -> tuple[Signature, Signature]:
        """The function and its tangent function."""
        primal = Signature.of(self.module, name)
        parts = tangent_parts(primal)
        rule = self.rule(self.annotations.derivatives[name], primal, parts)
        given = rule.type.params if primal.sret is not None else rule.params
        result = primal.type.result
        fits = list(given) == rule.types([p.type for p in parts]) and (
            rule.result is ty.VOID or self.is_pair(rule.result, result)
        )
        if not fits or (result is ty.VOID and rule.result is not ty.VOID):
            self._wrong(
                name,
                rule.symbol.name,
                "tangent",
                self._tangent_prototype(primal.returning or primal),
            )
        return primal, rule

    def split(self, name: str) -> tuple[Signature, Signature, Signature, Returned, Parts]:
        """The function, its augmented function and the tangent function that takes the tape, what
        the former returns, and how the latter takes it."""
        rule = self.annotations.splits[name]
        primal = Signature.of(self.module, name)
        augmented = self.rule(rule.augmented, primal, default_parts(primal))
        parts = tangent_parts(primal)
        tangent = self.rule(rule.tangent, primal, parts)
        given = augmented.type.params if primal.sret is not None else augmented.params
        if list(given) != self._default_params(primal, augmented):
            prototype = self._augmented_prototype(primal.returning or primal)
            self._wrong(name, rule.augmented, "augmented function", prototype)
        params = tangent.types([p.type for p in parts])
        returned = self.returned_by(primal, augmented, tangent.params[len(params) :])
        tape: Parts | None = []
        if len(tangent.params) > len(params):
            kind = returned.tape_type
            tape = spread(self.layout, tangent, len(params), kind, self.module) if kind else None
        result = primal.type.result
        fits = list(tangent.params[: len(params)]) == params and (
            tangent.result is ty.VOID or self.is_pair(tangent.result, result)
        )
        if tape is None or not fits or len(params) + len(tape) != len(tangent.params):
            prototype = self._tangent_prototype(primal.returning or primal)
            self._wrong(name, rule.tangent, "tangent function (with the tape behind)", prototype)
        return primal, augmented, tangent, returned, tape

    def second(self, one: Type) -> int:
        """Where the second of two lies in a struct of both."""
        laid_out = spread_out(one)
        return self.layout.offsets(ty.struct((laid_out, laid_out)))[1]

    def is_pair(self, found: Type, one: Type) -> bool:
        """A struct of two with one's image, in whatever words the ABI spells it."""
        if one is ty.VOID or found is ty.VOID:
            return False
        single = list(leaves(self.layout, spread_out(one)))
        second = [(self.second(one) + at, leaf) for at, leaf in single]
        return list(leaves(self.layout, found)) == single + second

    # ------------------------------------------------------------------ reverse

    def _default_params(self, primal: Signature, rule: Signature) -> list[Type]:
        """The parameters that both rules of reverse mode begin with."""
        return rule.types([part.type for part in default_parts(primal)])

    def rule(self, name: str, primal: Signature, parts: list[Part]) -> Signature:
        """A rule that takes P: with structs whole, if its own parameters say so."""
        rule = Signature.of(self.module, name)
        start = int(rule.sret is not None and primal.sret is None)
        taken, written = self._groups(rule)[start:], self._groups(primal)
        order: list[Place] = []
        at = index = 0  # in P, and of the parameter of the function
        while at < len(parts):
            group = _beginning(written, index) if written else _beginning(taken, len(order))
            count = group.count if group is not None else 1
            halves = [range(at, at + count)]
            if [part.is_shadow for part in parts[at : at + 2 * count]] == [False, True] * count:
                halves = [range(at, at + 2 * count, 2), range(at + 1, at + 2 * count, 2)]
            whole: list[Place] = []
            for numbers in halves if group is not None else ():
                found = self._whole(rule, taken, len(order) + len(whole), tuple(numbers), group)
                if not found:
                    whole = []
                    break
                whole += found
            if whole:
                order += whole
                at, index = at + count * len(halves), index + count
            else:
                order.append(self._single(rule, taken, len(order), at, parts[at].type))
                at += 1
                index += at == len(parts) or not parts[at].is_shadow
        plain = order == [Place((number,)) for number in range(len(parts))]
        return rule if plain else replace(rule, order=tuple(order))

    def _single(
        self, rule: Signature, taken: list[Group], at: int, number: int, type: Type
    ) -> Place:
        """How a rule takes one value: a small struct lies in memory where no register is left."""
        if at < len(taken) and ty.is_float(type):
            text = rule.attributes[len(rule.attributes) - len(taken) + at]
            in_memory = attribute_type(self.module, text, "byval")
            if in_memory is not None and self.layout.size(in_memory) == self.layout.size(type):
                return Place((number,), (0,), in_memory)
        return Place((number,))

    def _whole(
        self,
        rule: Signature,
        taken: list[Group],
        at: int,
        numbers: tuple[int, ...],
        group: Group | None,
    ) -> list[Place]:
        """How a rule takes the pieces of a struct whole, from a parameter on; empty if it does
        not."""
        if group is None or group.whole is None or at >= len(taken):
            return []
        text = rule.attributes[len(rule.attributes) - len(taken) + at]
        in_memory = attribute_type(self.module, text, "byval")
        if in_memory is not None:
            fits = self.layout.size(in_memory) == self.layout.size(group.whole)
            return [Place(numbers, group.offsets, in_memory)] if fits else []
        mine = _beginning(taken, at)
        if mine is None or mine.offsets != group.offsets:
            return []
        return [Place((number,)) for number in numbers]

    def gradient(self, name: str) -> tuple[Signature, Signature, Signature, Returned]:
        """The function, its augmented and its reverse function, and what the former returns."""
        rule: Gradient = self.annotations.gradients[name]
        primal = Signature.of(self.module, name)
        augmented = self.rule(rule.augmented, primal, default_parts(primal))
        reverse = self.rule(rule.reverse, primal, default_parts(primal))
        given = augmented.type.params if primal.sret is not None else augmented.params
        fits = list(given) == self._default_params(primal, augmented)
        if not fits or self.copies_a_shadow(primal, augmented):
            prototype = self._augmented_prototype(primal.returning or primal)
            self._wrong(name, rule.augmented, "augmented function", prototype)
        behind = len(self._default_params(primal, reverse)) + primal.has_seed
        returned = self.returned_by(primal, augmented, reverse.params[behind:])
        plan = self.reverse_plan(primal, reverse, returned)
        fits = plan is not None and self.gradients(primal, reverse) is not None
        if not fits or self.copies_a_shadow(primal, reverse):
            prototype = self._reverse_prototype(primal.returning or primal, returned)
            self._wrong(name, rule.reverse, "reverse function", prototype)
        return primal, augmented, reverse, returned

    @staticmethod
    def copies_a_shadow(primal: Signature, rule: Signature) -> bool:
        """Does the rule take the shadow of a struct in memory by value? What it adds is lost."""
        shadows = [at for at, part in enumerate(default_parts(primal)) if part.is_shadow]
        places = [rule.place(at) for at in shadows]
        return any(at is not None and "byval(" in rule.attributes[at] for at in places)

    def returned_by(
        self, primal: Signature, augmented: Signature, taken: Sequence[Type] = ()
    ) -> Returned:
        """What an augmented function returns.

        taken    what the other half takes behind the parameters and the seed: its tape
        """
        layout = self.layout
        result, found = spread_out(primal.type.result), augmented.result
        if primal.sret is not None:
            found = augmented.type.result
        if found is ty.VOID:
            return Returned()
        if result is ty.VOID:
            return Returned(tape=0, tape_type=found)
        if found is result or same_image(layout, found, result):
            return Returned(primal=0)
        fields = found.fields if isinstance(found, ty.StructType) else None
        size = layout.size(result)
        if isinstance(found, ty.StructType) and fields is not None:
            offsets = layout.offsets(found)
            sizes = [layout.size(f) for f in fields]
            if len(fields) == 3 and sizes[1] == sizes[2] == size:
                return Returned(offsets[1], offsets[2], offsets[0], fields[0])
            if len(fields) == 2 and fields[0] is fields[1] and sizes[0] == size:
                return Returned(offsets[0], offsets[1])
            if len(fields) == 2 and sizes[1] == size:
                return Returned(primal=offsets[1], tape=offsets[0], tape_type=fields[0])
        if isinstance(found, ty.IntType) and len(taken) == 1 and taken[0] is not found:
            # a small tape and the result that the ABI returns in one word: {int, float}
            word = ty.struct((taken[0], result))
            if layout.size(word) == layout.size(found):
                return Returned(primal=layout.offsets(word)[1], tape=0, tape_type=taken[0])
        return self._by_image(found, result) or Returned(tape=0, tape_type=found)

    def _by_image(self, found: Type, result: Type) -> Returned | None:
        """Fields that the ABI has packed into vectors."""
        places = list(leaves(self.layout, found))
        single = [leaf for _, leaf in leaves(self.layout, result)]
        count = len(single)
        kinds = [leaf for _, leaf in places]
        if not _packed(found) or kinds[-count:] != single:
            return None
        last = places[-count][0]
        if kinds[-2 * count :] != [*single, *single]:
            tape = ty.struct(tuple(kinds[:-count]))
            return Returned(primal=last, tape=0, tape_type=tape)
        first = places[-2 * count][0]
        if len(kinds) == 2 * count:
            return Returned(primal=first, shadow=last)
        tape = ty.struct(tuple(kinds[: -2 * count]))
        return Returned(primal=first, shadow=last, tape=0, tape_type=tape)

    def reverse_plan(
        self, primal: Signature, reverse: Signature, returned: Returned
    ) -> tuple[list[tuple[int, Type]], list[tuple[int, Type]]] | None:
        """How the reverse function takes the seed, and the tape; None if it does not fit."""
        params = self._default_params(primal, reverse)
        if list(reverse.params[: len(params)]) != params:
            return None
        at = len(params)
        seed: list[tuple[int, Type]] = []
        if primal.has_seed:
            found = spread(self.layout, reverse, at, primal.type.result, self.module)
            if found is None:
                return None
            seed = found
            at += len(found)
        if at == len(reverse.params):
            return seed, []
        if returned.tape_type is None:
            return None
        tape = spread(self.layout, reverse, at, returned.tape_type, self.module)
        if tape is None or at + len(tape) != len(reverse.params):
            return None
        return seed, tape

    def gradients(
        self, primal: Signature, reverse: Signature
    ) -> list[tuple[int, int, Type]] | None:
        """The floating parameters, and where their gradients lie in what reverse returns; None if
        it does not return them. A vector may be what the ABI makes of a struct of floats."""
        types = [(i, t) for i, t in enumerate(primal.type.params) if ty.is_float(t)]
        if not types or reverse.result is ty.VOID:
            return [] if not types and reverse.result is ty.VOID else None
        for fields in ([_as_array(t) for _, t in types], [t for _, t in types]):
            whole = ty.struct(tuple(fields))
            if same_image(self.layout, reverse.result, whole):
                offsets = self.layout.offsets(whole)
                return [(i, o, t) for (i, t), o in zip(types, offsets, strict=False)]
        return self._gradients_of_structs(primal, types, reverse.result)

    def _gradients_of_structs(
        self, primal: Signature, types: list[tuple[int, Type]], result: Type
    ) -> list[tuple[int, int, Type]] | None:
        """The same where a struct by value has its gradient as such a struct, aligned as one."""
        written, floats = self._groups(primal), {i for i, _ in types}
        fields: list[Type] = []
        places: list[tuple[int, int]] = []  # the field, and the offset in it
        for index, kind in types:
            group = written[index] if written else None
            start = group.first if group is not None else index
            if group is None or not floats.issuperset(range(start, start + group.count)):
                fields.append(spread_out(kind))
                places.append((len(fields) - 1, 0))
                continue
            if index == start:
                fields.append(group.whole or spread_out(kind))
            places.append((len(fields) - 1, group.offsets[index - start]))
        whole = ty.struct(tuple(fields))
        if not same_image(self.layout, result, whole):
            return None
        starts = self.layout.offsets(whole)
        found = zip(types, places, strict=True)
        return [(i, starts[field] + offset, t) for (i, t), (field, offset) in found]

    # ------------------------------------------------------------------ emitting

    def hand_over(
        self,
        emit: Builder,
        slot: Slot,
        parts: list[tuple[int, Type]],
        value: Value | Image,
    ) -> list[Value]:
        """A value as the arguments that `spread` has found."""
        if isinstance(value, Value) and parts == [(0, value.type)]:
            return [value]
        if not parts:
            return []
        image = value if isinstance(value, Image) else image_of(emit, slot, value)
        assert image.pointer is not None
        if parts[0][0] < 0:
            return [image.pointer]
        return [image.read(emit, offset, type) for offset, type in parts]

    # ------------------------------------------------------------------ prototypes

    def _tangent_prototype(self, primal: Signature) -> str:
        params = self._texts(primal, tangent_parts(primal))
        result = primal.type.result
        head = "void"
        if result is not ty.VOID:
            head = f"struct {{ {_c(result)}result; {_c(result)}tangent; }}"
        return f"{head} f({', '.join(params)})"

    def _texts(self, primal: Signature, parts: list[Part]) -> list[str]:
        """P as C writes it, with whole structs where all or none of their pieces have shadows."""
        taken = self._groups(primal)
        out: list[str] = []
        at = number = 0
        while at < len(parts):
            group = taken[number] if number < len(taken) else None
            count = group.count if group is not None else 1
            flags = [part.is_shadow for part in parts[at:]]
            for shape in ([False, True] * count, [False] * count):
                if (
                    group is not None
                    and _is_whole(group)
                    and flags[: len(shape) + 1] in (shape, [*shape, False])
                ):
                    kind = _c(group.whole or ty.VOID)
                    out += [f"{kind}{d}x{number}" for d in ("", "d")[: 1 + (True in shape)]]
                    at, number = at + len(shape), number + count
                    break
            else:
                held = attribute_type(self.module, primal.attributes[number], "byval")
                out.append(f"{_c(held or parts[at].type)}x{number}")
                at, number = at + 1, number + 1
                if at < len(parts) and parts[at].is_shadow:
                    kind = _c(parts[at].type) if held is None else f"{_c(held)}*"
                    out.append(f"{kind}dx{number - 1}")
                    at += 1
        return out

    def _groups(self, function: Signature) -> list[Group]:
        """The parameters of a function as its author wrote them, where its body is here to tell."""
        if not function.symbol.defined:
            return []
        found = groups(interface(self.module, function.symbol.name), Tracer(self.module))
        if not function.by_value:
            return found
        moved = {group.first: replace(group, first=group.first - 1) for group in found}
        return [moved[group.first] for group in found[1:]]

    def _augmented_prototype(self, primal: Signature) -> str:
        result = primal.type.result
        head = "void *"
        if result is not ty.VOID:
            head = f"struct {{ void *tape; {_c(result)}result; }} "
        return f"{head}f({', '.join(self._texts(primal, default_parts(primal)))})"

    def _reverse_prototype(self, primal: Signature, returned: Returned) -> str:
        params = self._texts(primal, default_parts(primal))
        if primal.has_seed:
            params.append(f"{_c(primal.type.result)}seed")
        if returned.tape_type is not None:
            params.append(f"{_c(returned.tape_type)}tape")
        types = [t for t in primal.type.params if ty.is_float(t)]
        head = "void "
        if len(types) == 1:
            head = _c(types[0])
        elif types:
            fields = " ".join(f"{_c(t)}d{i};" for i, t in enumerate(types))
            head = f"struct {{ {fields} }} "
        return f"{head}f({', '.join(params)})"


def _as_array(type: Type) -> Type:
    """A vector's elements one behind the other, aligned as one."""
    if isinstance(type, ty.VectorType):
        return ty.array(type.element, type.count)
    return type


def _packed(type: Type) -> bool:
    """Has the ABI put floats together in vectors here?"""
    match type:
        case ty.VectorType():
            return True
        case ty.StructType():
            return any(isinstance(f, ty.VectorType) for f in type.fields or ())
    return False


_NAMES: Final = {
    "i1": "bool ", "i8": "char ", "i16": "short ", "i32": "int ", "i64": "long ",
    "half": "_Float16 ", "bfloat": "__bf16 ", "x86_fp80": "long double ", "ptr": "void *",
}  # fmt: skip


def _c(type: Type) -> str:
    """A type as C spells it in front of a name."""
    match type:
        case ty.StructType(name=str(name)) if name.startswith("struct."):
            return f"struct {name.removeprefix('struct.')} "
        case ty.StructType():
            fields = "".join(f"{_c(f)}f{i}; " for i, f in enumerate(type.fields or ()))
            return f"struct {{ {fields}}} "
        case ty.VectorType():
            fields = "".join(f"{_c(type.element)}f{i}; " for i in range(type.count))
            return f"struct {{ {fields}}} "
    return _NAMES.get(str(type), f"{type} ")


def entry_slot(function: Function) -> Slot:
    """Stack memory in a function's first block."""

    def slot(type: Type, align: int) -> Value:
        entry = function.blocks[0]
        before: Instruction | None = entry.instructions[0] if entry.instructions else None
        return Builder(entry, before).alloca(type, align=align)

    return slot


def with_stand_ins(text: str, annotations: Annotations, names: Iterable[str]) -> str:
    """The module where functions that are only declared, and have derivatives by hand, have bodies
    that call one of these, which does what the function does. Each pointer is its own shadow."""
    module = Module.parse(text)
    custom = Custom(module, annotations)
    for name in names:
        if name in annotations.gradients:
            primal, rule, _, returned = custom.gradient(name)
            at = returned.primal
        elif name in annotations.derivatives:
            primal, rule = custom.tangent(name)
            at = 0 if rule.result is not ty.VOID else None
        else:
            primal, rule, _, returned, _ = custom.split(name)
            at = returned.primal
        made = module.new_function(name, primal.type, header="", trailer="")
        emit = Builder(made.add_block(""))
        both = name not in annotations.gradients and name in annotations.derivatives
        given = [
            value
            for argument in made.args
            for value in [argument] * (1 + (both or not ty.is_float(argument.type)))
        ]
        image = call(emit, entry_slot(made), rule, list(given))
        result = primal.type.result
        if result is ty.VOID:
            emit.ret()
        else:
            emit.ret(poison(result) if at is None else image.read(emit, at, result))
    return llvm.normalise(module.print())
