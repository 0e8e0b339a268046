"""Puts the halves of split reverse mode in the place of their markers.

    %t = call ptr @__enzyme_augmentfwd(ptr @f, ...)
becomes
    %t = call ptr @__enzcc_split_open(i64 bytes, i64 number)
    %r = call double @f.augmentfwd(..., ptr %image)          ; what is kept lies at %image

A tape is an image of so many bytes. An anonymous one lies behind 16 bytes that say whose it is, in
a block from the heap that the reverse half frees; one by value is copied to and from the stack.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, final

from enzcc.errors import NoSeed, ResultMismatch, Unsupported, WrongCount, WrongSize, WrongType
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, copy_bytes, zero
from enzcc.ir.invokes import Handler, to_call
from enzcc.ir.types import FunctionType, Type
from enzcc.ir.values import Global, Value
from enzcc.markers.fit import attribute_type, convert, indirect_type, leaves, spoken, spread_out
from enzcc.markers.lowering import Fit, arguments_of, read_image, stack_slot
from enzcc.markers.names import Mode
from enzcc.markers.request import NeedsInlining, Request, TapeUse
from enzcc.markers.site import Item, Site, fail_space
from enzcc.markers.small import ones
from enzcc.markers.words import only_floats

if TYPE_CHECKING:
    from enzcc.ir import Module

HEADER: Final = 16
"""Bytes in front of an anonymous tape (runtime/arena.c)."""


@final
@dataclass(frozen=True, eq=False)
class Halves:
    """The derivative of a function in two halves, P its parameters as markers pass them.

    augmented   {result, shadow of the result} augmented(P, ptr image), as far as they are there
    reverse     gradients reverse(P, seed, ptr image, i1 keep)
    size        bytes of the image; 0: nothing is kept
    number      tells tapes of different functions apart
    seed        type of the seed; None: it takes none
    once        the second half gives back blocks of the program's own allocators
    guarded     the first half takes the handle as well, and releases it if something is thrown
    """

    augmented: Global
    augmented_type: FunctionType
    reverse: Global
    reverse_type: FunctionType
    size: int
    number: int
    seed: Type | None
    once: bool = False
    guarded: bool = False


def replace_size(request: Request, halves: Halves) -> None:
    """Replaces `__enzyme_augmentsize` by a constant."""
    call = to_call(request.call)
    type = call.function_type.result
    if call.users:
        if not isinstance(type, ty.IntType):
            raise ResultMismatch(
                request.location,
                f"'{request.marker}' is declared to return {spoken(type)}",
                because="a size is an integer",
                remedy="declare it to return 'size_t'",
            )
        call.replace_with(const_int(type, halves.size))
    call.erase()


def replace_half(request: Request, module: Module, halves: Halves, *, again: bool) -> None:
    """Replaces a marker call of split mode by the half of the derivative that it asks for.

    again   the function around it will be differentiated: the tape is plain heap memory then

    Raises a Diagnosis where tape, seed or result do not fit; nothing is changed then.
    """
    try:
        _Half(request, module, halves, again).replace()
    except NeedsInlining as wanted:  # a seed or tape that is an argument of the function around
        raise wanted.otherwise from None


@final
class _Half:
    def __init__(self, request: Request, module: Module, halves: Halves, again: bool) -> None:
        assert request.tape is not None
        self.request, self.module, self.halves = request, module, halves
        self.tape: TapeUse = request.tape
        self.call = request.call
        self.again = again
        self.layout = module.layout
        self.site = Site(module, request.caller, request.call)
        self.site.callee = module.interface(request.callee)
        self.space = self._space()

    @property
    def by_value(self) -> bool:
        return self.tape.space is not None

    def _space(self) -> int:
        """The bytes that the caller gives for the tape."""
        space = self.tape.space
        if space is None:
            return 0
        # sizes that were asked for are constants by now
        found = self.site.tracer.integer(self._now(space))
        if found is None:
            fail_space(self.site, space)
        if found < self.halves.size:
            self.site.fail(
                WrongSize,
                f"'enzyme_allocated' says {found} bytes, but the tape of"
                f" '{self.request.callee}' has {self.halves.size}",
                space,
                remedy="let '__enzyme_augmentsize' say how many there are",
            )
        return found

    def replace(self) -> None:
        if self.request.mode is Mode.AUGMENTED:
            self._augmented()
        else:
            self._reverse()

    # ------------------------------------------------------------------ the first half

    def _augmented(self) -> None:
        request, halves, layout = self.request, self.halves, self.layout
        fields = self._fields()
        declared, buffer = self._declared()
        place = self._fitting(declared, fields)
        call, handler = Handler.taken_from(request.call)
        self.call = call
        assert call.block is not None
        emit = Builder(call.block, call)
        arguments, attributes = arguments_of(request, self.module, emit)
        handle: Value = zero(ty.PTR)
        image: Value = zero(ty.PTR)
        if halves.size:
            if self.by_value:
                image = stack_slot(request.caller, ty.array(ty.I8, halves.size), 16)
            else:
                numbers: list[Value] = [const_int(ty.I64, n) for n in (halves.size, halves.number)]
                if self.again:
                    whole: list[Value] = [const_int(ty.I64, HEADER + halves.size)]
                    handle = self._helper(emit, "malloc", ty.PTR, whole)
                else:
                    handle = self._helper(emit, "__enzcc_split_open", ty.PTR, numbers)
                image = emit.offset(handle, const_int(ty.I64, HEADER))
        own = [image]
        if halves.guarded:  # of a tape on the plain heap nothing is given back
            own.append(zero(ty.PTR) if self.again else handle)
        made = emit.call(
            halves.augmented,
            halves.augmented_type,
            [*arguments, *own],
            attributes=[*attributes, *("" for _ in own)],
            tail=call.dbg,
        )
        values = self._parts(emit, made)
        if self.tape.place is not None:
            target = self._now(self.tape.place)
            if not self.by_value:
                emit.store(handle, target, align=1)
            elif halves.size:
                copy_bytes(self.module, emit, target, image, halves.size)
        if place is not None:
            if buffer is None:
                align = max(layout.align(declared), 8)
                buffer = stack_slot(request.caller, declared, align)
                if layout.size(declared) > sum(layout.size(t) for _, t in place):
                    emit.store(zero(declared), buffer, align=align)
            for (name, _), (offset, _) in zip(fields, place, strict=True):
                where = emit.offset(buffer, const_int(ty.I64, offset))
                if name != "tape":
                    emit.store(values[name], where, align=1)
                elif self.by_value:
                    copy_bytes(self.module, emit, where, image, halves.size)
                else:
                    emit.store(handle, where, align=1)
        if call.users:
            assert buffer is None or place is not None
            call.replace_with(
                emit.load(declared, buffer, align=1) if buffer is not None else zero(declared)
            )
        call.erase()
        handler.protect(made)

    def _fields(self) -> list[tuple[str, Type]]:
        """What the first half returns, in order."""
        out: list[tuple[str, Type]] = []
        if self.tape.place is None:
            if not self.by_value:
                out.append(("tape", ty.PTR))
            elif self.halves.size:
                out.append(("tape", _image_type(self.halves.size)))
        result = self.site.callee.type.result
        if result is not ty.VOID:
            if self.tape.result:
                out.append(("result", result))
            if self._has_shadow():
                width = self.request.width
                out.append(("shadow", result if width == 1 else ty.array(result, width)))
        return out

    def _has_shadow(self) -> bool:
        """Does the first half return a shadow of the result? In split forward mode the second."""
        return self.request.result.has_shadow and not self.request.for_tangent

    def _declared(self) -> tuple[Type, Value | None]:
        """What the marker is declared to return, and the memory for it if it is given."""
        request = self.request
        if request.sret is None:
            return request.call.function_type.result, None
        found = attribute_type(self.module, request.call.attributes[0], "sret")
        assert found is not None
        return found, request.sret

    def _fitting(
        self, declared: Type, fields: list[tuple[str, Type]]
    ) -> list[tuple[int, Type]] | None:
        """Where each field goes in what the marker returns; None if nothing is wanted."""
        call, layout = self.request.call, self.layout
        if not fields or declared is ty.VOID or not (call.users or self.request.sret is not None):
            return None
        if isinstance(declared, ty.StructType) and not declared.fields:
            return None
        types = [type for _, type in fields]
        room = layout.size(declared)
        if fields[0][0] == "tape" and self.space > self.halves.size:
            # all the bytes that the caller gives are the tape's
            padded = ty.struct((ty.array(ty.I8, self.space), *types[1:]))
            if layout.size(padded) <= room:
                return list(zip(layout.offsets(padded), types, strict=False))
        whole = ty.struct(tuple(types))
        if layout.size(whole if len(types) > 1 else types[0]) <= room:
            return list(zip(layout.offsets(whole), types, strict=False))
        words = {"tape": "the tape", "result": "the result", "shadow": "the shadow of the result"}
        names = [words[name] for name, _ in fields]
        parts = ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else names[0]
        raise ResultMismatch(
            self.request.location,
            f"'{self.request.marker}' is declared to return {spoken(declared)}, but the first half"
            f" of the derivative of '{self.request.callee}' gives {parts}",
            because=f"they are {layout.size(whole)} bytes",
            remedy="declare a marker with a suffix of your own that returns a struct of these; "
            "'enzyme_noret' leaves the result out, 'enzyme_tape' puts the tape elsewhere",
        )

    def _parts(self, emit: Builder, made: Value) -> dict[str, Value]:
        """What the augmented function returned."""
        result = self.site.callee.type.result
        if result is ty.VOID:
            return {}
        if not self._has_shadow():
            return {"result": made}
        assert isinstance(made.type, ty.StructType)
        fields = made.type.fields or ()
        return {
            "result": emit.extract(made, (0,), fields[0]),
            "shadow": emit.extract(made, (1,), fields[1]),
        }

    # ------------------------------------------------------------------ the second half

    def _reverse(self) -> None:
        request, halves = self.request, self.halves
        if self.tape.keep and halves.once:
            self.site.fail(
                Unsupported,
                f"the reverse of '{request.callee}' can run only once",
                because="it gives back blocks of the program's own allocator",
                remedy="leave out 'enzyme_nofree', and ask for the first half again",
            )
        seed, tape = self._trailing()
        plan = Fit(request, self.module, self._wanted(halves.reverse_type.result))
        call, handler = Handler.taken_from(request.call)
        self.call = call
        assert call.block is not None
        emit = Builder(call.block, call)
        arguments, attributes = arguments_of(request, self.module, emit)
        if halves.seed is not None:
            arguments.append(self._seed(emit, seed, halves.seed))
            attributes.append("")
        handle: Value | None = None
        image: Value = zero(ty.PTR)
        if halves.size:
            if self.by_value:
                image = self._image(emit, tape)
            else:
                handle = self._handle(emit, tape)
                image = self._checked(emit, handle)
        keep = const_int(ty.I1, int(self.tape.keep))
        made = emit.call(
            halves.reverse,
            halves.reverse_type,
            [*arguments, image, keep],
            attributes=[*attributes, "", ""],
            tail=call.dbg,
        )
        if handle is not None and not self.tape.keep:
            name = "free" if self.again else "__enzcc_split_close"
            self._helper(emit, name, ty.VOID, [handle])
        result = plan.fitted(self._picked(emit, made), emit, call)
        if result is not None:
            call.replace_with(result)
        call.erase()
        handler.protect(made)

    def _wanted(self, made: Type) -> Type:
        """What the marker returns of what the second half does: in split forward mode that is the
        result and its tangent."""
        if self.request.mode is not Mode.FORWARD_SPLIT or made is ty.VOID:
            return made
        if self.request.primal_return:
            return made
        if not self.request.result.has_shadow:
            return ty.VOID
        assert isinstance(made, ty.StructType)
        return (made.fields or ())[-1]

    def _picked(self, emit: Builder, made: Value) -> Value:
        wanted = self._wanted(made.type)
        if wanted is made.type or wanted is ty.VOID:
            return made
        return emit.extract(made, (1,), wanted)

    def _checked(self, emit: Builder, handle: Value) -> Value:
        """The image behind an anonymous tape; where it is not ours, the program stops."""
        if self.again:
            return emit.offset(handle, const_int(ty.I64, HEADER))
        number = const_int(ty.I64, self.halves.number)
        text = self.module.message_at(self.request.location, self._foreign())
        return self._helper(emit, "__enzcc_split_image", ty.PTR, [handle, number, text])

    def _foreign(self) -> str:
        return (
            f"the tape passed to '{self.request.marker}' was not made by an augmented call of"
            f" '{self.request.callee}' with the same activities"
        )

    def _trailing(self) -> tuple[list[Item], list[Item]]:
        """The items of the seed, and those of the tape."""
        items = list(self.tape.trailing)
        seed_items = self._seed_items(items)
        if self.tape.place is not None or (self.by_value and not self.halves.size):
            if len(items) > seed_items and self.tape.place is not None:
                self._no_seed(items)
            return items[:seed_items], []
        if not items:
            self.site.fail(
                WrongCount,
                f"'{self.site.marker}' without a tape",
                because="the tape is passed behind the arguments and the seed",
                remedy="pass what '__enzyme_augmentfwd' gave, or 'enzyme_tape' and its address",
            )
        if self.by_value:
            if seed_items == len(items):  # a tape has to be there
                return [], items
            return items[:seed_items], items[seed_items:]
        tape = items.pop()
        if not isinstance(tape.value.type, ty.PointerType) or tape.word is not None:
            self.site.fail(
                WrongType,
                "the tape is missing: the last argument has to be its address",
                tape,
                because=f"{spoken(tape.value.type)} is passed",
                remedy="pass what '__enzyme_augmentfwd' gave, or 'enzyme_tape' and its address",
            )
        if items and self._seed_items(items) != len(items):
            self._no_seed(items)
        return items, [tape]

    def _no_seed(self, items: list[Item]) -> None:
        seed = self.halves.seed
        if seed is None:
            self.site.fail(
                WrongCount,
                f"too many arguments for '{self.site.callee.name}'",
                items[0],
                because=self.site.signature() + ", and its result has no seed",
            )
        if len(items) > 1 and items[0].value.type == seed:
            self.site.fail(
                WrongCount,
                f"too many arguments behind those of '{self.site.callee.name}'",
                items[1],
                because=f"a seed and a tape may follow, and {len(items) + 1} values do",
                remedy="pass the arguments as in the first call, then the seed, then the tape",
            )
        self.site.fail(
            WrongType,
            f"the seed does not fit the result of '{self.site.callee.name}'",
            items[0],
            because=f"the result is {spoken(seed)}, and {spoken(items[0].value.type)} is passed",
            remedy="pass the derivative by the result in the result's own type",
        )

    def _seed_items(self, items: list[Item]) -> int:
        """How many of the items at the front make up the seed; 0 if it is not there."""
        seed = self.halves.seed
        if seed is None or not items:
            return 0
        first = items[0]
        if first.word is not None:
            if first.word.name != "enzyme_byref" or len(items) < 3:
                return 0
            size = self.site.tracer.integer(items[1].value)
            whole = self.layout.size(spread_out(seed))
            if size != whole:
                self.site.fail(
                    WrongSize,
                    f"'enzyme_byref' says {size} bytes, but the seed has {whole}",
                    items[1],
                )
            return 3
        in_memory = indirect_type(self.module, first.attributes)
        if in_memory is not None:
            return int(self.layout.size(in_memory) == self.layout.size(spread_out(seed)))
        if convert(first.value, seed, narrow=True) is not None:
            return 1
        wanted = list(leaves(self.layout, spread_out(seed)))
        found: list[tuple[int, Type]] = []
        for count, (item, offset) in enumerate(zip(items, self._offsets(items), strict=True), 1):
            if item.word is not None:
                return 0
            found += leaves(self.layout, item.value.type, offset)
            if found == wanted:
                return count
        return 0

    def _offsets(self, items: list[Item]) -> list[int]:
        """Where values lie that are passed one after the other as pieces of a struct."""
        out: list[int] = []
        at = 0
        for item in items:
            type = indirect_type(self.module, item.attributes) or item.value.type
            align = self.layout.align(type)
            at = -(-at // align) * align
            out.append(at)
            at += self.layout.store_size(type)
        return out

    def _seed(self, emit: Builder, items: list[Item], type: Type) -> Value:
        if not items:
            if not only_floats(type):
                raise NoSeed(
                    self.request.location,
                    f"the result of '{self.site.callee.name}' has no single derivative",
                    because=f"it is {spoken(type)}: not all of it are floating numbers",
                    remedy="pass the seed, a value of that type, in front of the tape",
                )
            return ones(emit, type)
        first = items[0]
        if first.word is not None:
            return read_image(emit, self.layout, self._now(items[2]), type)
        if indirect_type(self.module, first.attributes) is not None:
            return read_image(emit, self.layout, self._now(first), type)
        opcode = convert(first.value, type, narrow=True)
        if opcode is not None:
            value = self._now(first)
            return emit.cast(opcode, value, type) if opcode else value
        place = self._in_memory(emit, items, self.layout.size(type))
        return read_image(emit, self.layout, place, type)

    def _in_memory(self, emit: Builder, items: list[Item], size: int) -> Value:
        """The values of these items put into memory, as pieces of a struct."""
        ends = [
            offset + self.layout.size(indirect_type(self.module, i.attributes) or i.value.type)
            for i, offset in zip(items, self._offsets(items), strict=True)
        ]
        place = stack_slot(self.request.caller, ty.array(ty.I8, max(size, *ends)), 16)
        for item, offset in zip(items, self._offsets(items), strict=True):
            where = emit.offset(place, const_int(ty.I64, offset))
            in_memory = indirect_type(self.module, item.attributes)
            if in_memory is not None:
                copy_bytes(self.module, emit, where, self._now(item), self.layout.size(in_memory))
            else:
                emit.store(self._now(item), where, align=1)
        return place

    def _image(self, emit: Builder, items: list[Item]) -> Value:
        """A tape by value, in memory."""
        size = self.halves.size
        if self.tape.place is not None:
            place = stack_slot(self.request.caller, ty.array(ty.I8, size), 16)
            copy_bytes(self.module, emit, place, self._now(self.tape.place), size)
            return place
        types = [indirect_type(self.module, i.attributes) or i.value.type for i in items]
        last = self._offsets(items)[-1] + self.layout.size(types[-1])
        if last < size or any(i.word is not None for i in items):
            self.site.fail(
                WrongSize,
                f"the tape passed has {last} bytes, but that of '{self.request.callee}' has {size}",
                items[0],
                remedy="pass what '__enzyme_augmentfwd' gave",
            )
        return self._in_memory(emit, items, size)

    def _handle(self, emit: Builder, items: list[Item]) -> Value:
        if self.tape.place is not None:
            return emit.load(ty.PTR, self._now(self.tape.place), align=1)
        return self._now(items[0])

    # ------------------------------------------------------------------ pieces

    def _now(self, item: Item) -> Value:
        """The value that is passed; what other markers gave has been replaced since it was read."""
        return self.call.arguments[item.number + self.site.start]

    def _helper(self, emit: Builder, name: str, result: Type, arguments: list[Value]) -> Value:
        """Calls a function of the run-time library."""
        type = ty.function(result, tuple(a.type for a in arguments))
        return emit.call(self.module.declare(name, type), type, arguments)


def _image_type(size: int) -> Type:
    """A type of so many bytes, as the ABI would align it."""
    if size in (1, 2, 4, 8):
        return ty.int_type(8 * size)
    return ty.array(ty.I64, -(-size // 8))
