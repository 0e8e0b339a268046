"""Reads the values of a marker call and their shadows, and matches them to the function's
parameters.

    item := modifier* [activity] value shadow*

Values are matched one by one to the IR parameters. A struct that the ABI passes in two registers is
two values on both sides; one word describes both, and its shadow follows the whole of it. Where one
side has it in memory, because registers ran out, its pieces are loaded from there. Behind
`enzyme_interleave` stand the shadows alone, in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn, final

from enzcc.errors import (
    MisplacedWord,
    MissingShadow,
    Unsupported,
    WrongActivity,
    WrongCount,
    WrongSize,
    WrongType,
)
from enzcc.ir.builder import zero
from enzcc.ir.instructions import Alloca, Load
from enzcc.ir.types import PTR, FloatType, IntType, PointerType
from enzcc.ir.values import Value
from enzcc.markers.fit import convert, indirect_type, leaves, spoken
from enzcc.markers.names import Mode
from enzcc.markers.pieces import are_pieces, groups
from enzcc.markers.request import Activity, Given, Loaded, Moved, Operand, Source
from enzcc.markers.site import Item, Site
from enzcc.markers.words import ACTIVITIES, Kind, contains, default_activity, only_floats

_REGISTER = 8  # pieces of a struct start at multiples of it


@final
@dataclass(frozen=True, eq=False)
class _Taken:
    """A value that was read: the parameters it fills from `index` on, and what its shadows need."""

    index: int
    activities: tuple[Activity, ...]
    primals: tuple[Source, ...]
    stride: Value | None
    item: Item
    stable: bool = False

    def joined(self, other: _Taken) -> _Taken:
        """This value and the next, as pieces of one struct."""
        activities, primals = self.activities + other.activities, self.primals + other.primals
        return _Taken(self.index, activities, primals, self.stride, self.item, self.stable)


def _nothing() -> Source:
    """What stands for a value that is not there."""
    return Given(zero(PTR))


@final
class Arguments:
    """The list of values and the words that describe them, read from the left."""

    def __init__(self, site: Site, items: list[Item], width: int) -> None:
        self.site, self.items, self.width = site, items, width
        self.groups = groups(site.callee, site.tracer)
        self.at = 0
        self.interleave: Item | None = None
        self.trailing: list[Item] = []  # what stands behind, in split mode

    def read(self, first: int) -> list[Operand]:
        """The operands of all parameters from number `first` on."""
        split = next(
            (i for i, x in enumerate(self.items) if x.word and x.word.kind is Kind.INTERLEAVE), None
        )
        if split is None:
            return self._all(first)
        shadows = self.items[split + 1 :]
        self.items, self.interleave = self.items[:split], self.items[split]
        values = self._values(first)
        self.items, self.at = shadows, 0
        return self._interleaved(values)

    def next_value(self) -> Item | None:
        """The next item if it is a value; stays where it is otherwise."""
        if self.at >= len(self.items) or self.items[self.at].word is not None:
            return None
        self.at += 1
        return self.items[self.at - 1]

    def next_word(self) -> Item | None:
        """The next item if it is a word; stays where it is otherwise."""
        if self.is_at_end or self.items[self.at].word is None:
            return None
        self.at += 1
        return self.items[self.at - 1]

    @property
    def is_at_end(self) -> bool:
        """Is the list used up?"""
        return self.at >= len(self.items)

    def one_value(self, index: int) -> tuple[Source, ...]:
        """The next value: for a struct that the ABI takes apart, a source a piece."""
        item = self.next_value()
        if item is None:
            self.too_few(index)
        items = self._pieces_of(item, index)
        if len(items) == 1:
            return tuple(self._primals(item, index))
        return tuple(s for i, x in enumerate(items) for s in self._primals(x, index + i))

    # ---- values ----

    def _all(self, first: int) -> list[Operand]:
        out: list[Operand] = []
        while first + len(out) < len(self.site.params):
            out += self._with_shadows(self._value(first + len(out), None))
        self._end()
        return out

    def _values(self, first: int) -> list[_Taken]:
        """Values whose shadows come later; one without a word is treated as the one before."""
        out: list[_Taken] = []
        index, before = first, Activity.DUP
        while index < len(self.site.params):
            group = self._value(index, before)
            before = group.activities[0] if self._worded else before
            out.append(group)
            index += len(group.activities)
        self.expect_end()
        return out

    def _value(self, index: int, before: Activity | None) -> _Taken:
        """The next value, with the words in front of it."""
        word, stride, byref = self._words()
        stable = self._stable
        item = self.next_value()
        if item is None:
            self.too_few(index)
        items = self._pieces_of(item, index) if before is None and byref is None else [item]
        count = len(items) if len(items) > 1 else self._piece_count(item, index)
        self._worded = word is not None
        name = "" if word is None or word.word is None else word.word.name
        group = self.groups[index]
        if word is not None:
            chosen = ACTIVITIES[name]
        elif before is not None:
            chosen = before
        else:
            whole = group.whole if group.count > 1 and count == group.count else None
            chosen = default_activity(whole or self.site.params[index].type, self.site.mode)
        activities = [self._checked(chosen, name, index + i, item) for i in range(count)]
        if byref is not None:
            primals = [self._by_reference(item, index, byref)]
        elif len(items) > 1:
            primals = [
                source for i, x in enumerate(items) for source in self._primals(x, index + i)
            ]
        else:
            primals = self._primals(item, index)
        return _Taken(index, tuple(activities), tuple(primals), stride, item, stable)

    def sizes(self, result: Activity) -> list[Operand]:
        """The operands told by words alone, one for each parameter: the size of a tape depends
        on no value."""
        site = self.site
        hidden = [] if site.struct is None else [Operand(0, result, _nothing(), ())]
        words = [item for item in self.items if item.word and item.word.kind is Kind.ACTIVITY]
        for item in self.items:
            if item.word is None:
                site.fail(
                    WrongCount,
                    f"'{site.marker}' takes words only, and a value is passed",
                    item,
                    because="the size of a tape depends on how arguments take part, not on their"
                    " values",
                    remedy="write one word such as 'enzyme_dup' for each argument",
                )
        params = len(site.params) - len(hidden)
        starts = [i for i in range(len(hidden), len(site.params)) if self.groups[i].first == i]
        if len(words) not in (params, len(starts)):
            given = "1 word is" if len(words) == 1 else f"{len(words)} words are"
            site.fail(
                WrongCount,
                f"'{site.callee.name}' takes {len(starts)} arguments, but {given} given",
                because=site.signature(),
                remedy="write one word such as 'enzyme_dup' for each argument",
            )
        out = list(hidden)
        for number, item in enumerate(words):
            first = starts[number] if len(words) == len(starts) else number + len(hidden)
            count = self.groups[first].count if len(words) == len(starts) else 1
            assert item.word is not None
            name = item.word.name
            for index in range(first, first + count):
                activity = self._checked(ACTIVITIES[name], name, index, item)
                if activity.has_shadow and self._is_idle(index):
                    activity = Activity.CONST
                out.append(Operand(index, activity, _nothing(), ()))
        return out

    def _pieces_of(self, item: Item, index: int) -> list[Item]:
        """The items that the value consists of: all the pieces of a struct in registers."""
        group = self.groups[index]
        if group.count == 1 or group.first != index or self._is_taken_apart(item, index):
            return [item]
        items = [item, *self.items[self.at : self.at + group.count - 1]]
        if len(items) < group.count or any(x.word is not None for x in items):
            return [item]
        values, attributes = [x.value for x in items], [x.attributes for x in items]
        size, params = self.site.layout.store_size, self.site.params[index : index + group.count]
        if any(size(x.type) != size(p.type) for x, p in zip(values, params, strict=True)):
            return [item]
        if not are_pieces(values, attributes, group, self.site.tracer):
            return [item]
        self.at += group.count - 1
        return items

    def _words(self) -> tuple[Item | None, Value | None, Item | None]:
        """The words in front of a value: its activity, the stride of that, the operand of byref."""
        activity: Item | None = None
        stride: Value | None = None
        byref: Item | None = None
        self._stable = False
        while self.at < len(self.items) and (word := self.items[self.at].word) is not None:
            item = self.items[self.at]
            self.at += 1
            operand = self.next_value() if word.operands else None
            if word.operands and operand is None:
                self.site.fail(
                    MisplacedWord, f"'{word.name}' is not followed by its operand", item.number
                )
            if word.kind is Kind.ACTIVITY:
                activity, stride = item, self._stride(word.name, operand)
            elif operand is not None:
                byref = operand
            else:
                self._stable = True
            if self.at >= len(self.items):
                self.site.fail(
                    MisplacedWord,
                    f"'{word.name}' is not followed by a value",
                    item.number,
                    remedy="words stand in front of the value that they describe",
                )
        return activity, stride, byref

    def _stride(self, word: str, operand: Item | None) -> Value | None:
        if operand is None:
            return None
        if not isinstance(operand.value.type, IntType):
            self.site.fail(
                WrongType,
                f"the operand of '{word}' has to be an integer: the distance of two lanes in bytes",
                operand,
                because=f"{spoken(operand.value.type)} is passed",
            )
        return operand.value

    def _checked(self, activity: Activity, word: str, index: int, item: Item) -> Activity:
        """The activity, if it suits the parameter."""
        site, param = self.site, self.site.params[index]
        if activity is Activity.OUT and contains(param.type, PointerType):
            in_memory = indirect_type(site.module, param.attributes) is not None
            site.fail(
                WrongActivity,
                f"'enzyme_out' for {site.what(index)}, which is "
                + ("a struct passed in memory" if in_memory else "a pointer"),
                item.number,
                because="only numbers passed by value have their gradients returned",
                remedy="write 'enzyme_dup', the value and its shadow",
            )
        if activity is Activity.CONST or not isinstance(param.type, IntType):
            return activity
        group = self.groups[index]
        if group.carries(site.layout, index, param.type):
            if site.mode is Mode.FORWARD and activity is not Activity.OUT:
                return activity
            site.fail(
                Unsupported,
                f"cannot differentiate by {site.what(index)}",
                item.number,
                because="it is a struct whose floating numbers share a register with integers",
                remedy="pass the struct by its address, or write 'enzyme_const' in front of it",
            )
        if activity is Activity.OUT and not (word and group.whole is None):
            return Activity.CONST  # the integers of a struct, or taken over from the value before
        if word and group.whole is None:
            site.fail(
                WrongActivity,
                f"'{word}' for {site.what(index)}, which is an integer",
                item.number,
                because=f"{spoken(param.type)} has no derivative",
                remedy="leave the word out, or write 'enzyme_const'",
            )
        return activity

    def _is_taken_apart(self, item: Item, index: int) -> bool:
        """Is the item a struct in memory, but the function takes its pieces?"""
        module, param = self.site.module, self.site.params[index]
        if indirect_type(module, item.attributes) is None:
            return False
        if indirect_type(module, param.attributes) is not None:
            return False
        return self.groups[index].whole is not None or not isinstance(param.type, PointerType)

    def _piece_count(self, item: Item, index: int) -> int:
        """How many parameters the item fills: several if it is a struct that they take apart."""
        struct = indirect_type(self.site.module, item.attributes)
        if struct is None or not self._is_taken_apart(item, index):
            return 1
        group = self.groups[index]
        if group.whole is not None:
            return group.count - (index - group.first)
        size = self.site.layout.size(struct)
        starts = self._offsets(index, len(self.site.params) - index)
        return max(1, sum(start < size for start in starts))

    def _offsets(self, index: int, count: int) -> list[int]:
        """Where the pieces of a struct that fills `count` parameters lie in it."""
        group = self.groups[index]
        if group.whole is not None:
            return list(group.offsets[index - group.first :][:count])
        out, at = [], 0
        for param in self.site.params[index : index + count]:
            out.append(at)
            end = at + self.site.layout.store_size(param.type)
            at = -(-end // _REGISTER) * _REGISTER
        return out

    def _primals(self, item: Item, index: int) -> list[Source]:
        if self._is_taken_apart(item, index):
            count = self._piece_count(item, index)
            return [Loaded(item.value, at) for at in self._offsets(index, count)]
        source = self._source(item, index)
        if source is None:
            self._wrong_type(item, index)
        return [source]

    def _source(self, item: Item, index: int) -> Source | None:
        """What the item gives for the parameter; None if it does not fit.

        Where no registers are left, the ABI passes a struct of up to eight bytes as an integer,
        read from the floats in memory; the function may take it in memory.
        """
        value, wanted = item.value, self.site.params[index].type
        if convert(value, wanted, narrow=True) is not None:
            return Given(value)
        layout = self.site.layout
        struct = indirect_type(self.site.module, self.site.params[index].attributes)
        if struct is not None and isinstance(value, Load) and isinstance(value.type, IntType):
            base, _ = self.site.tracer.split(value.pointer)
            if isinstance(base, Alloca) and layout.size(struct) == layout.size(value.type):
                return Given(value.pointer)
        if isinstance(value, Load) and isinstance(value.type, IntType) and only_floats(wanted):
            base, offset = self.site.tracer.split(value.pointer)
            if isinstance(base, Alloca) and layout.size(wanted) == layout.size(value.type):
                held = dict(leaves(layout, base.allocated))
                if isinstance(held.get(offset or 0), FloatType):
                    return Loaded(value.pointer)
        return None

    def _by_reference(self, item: Item, index: int, byref: Item) -> Source:
        site, param = self.site, self.site.params[index]
        size = site.tracer.integer(byref.value)
        if size is None:
            site.fail(WrongSize, "the operand of 'enzyme_byref' has to be a constant", byref)
        struct = indirect_type(site.module, param.attributes)
        wanted = site.layout.size(struct or param.type)
        if size != wanted:
            site.fail(
                WrongSize,
                f"'enzyme_byref' says {size} bytes, but {site.what(index)} has {wanted}",
                byref.number,
            )
        if not isinstance(item.value.type, PointerType):
            site.fail(
                WrongType,
                "'enzyme_byref' has to be followed by a pointer to the value",
                item.number,
                because=f"{spoken(item.value.type)} is passed",
            )
        return Given(item.value) if struct else Loaded(item.value)

    # ---- shadows ----

    def _with_shadows(self, group: _Taken) -> list[Operand]:
        """The operands of one value, with the shadows that stand next in the list."""
        shadows: list[list[Source]] = [[] for _ in group.activities]
        if any(a.has_shadow for a in group.activities):
            if group.stride is not None:
                shadows[0] = self._strided(group, group.stride)
            else:
                for _ in range(self.width):
                    self._lane(group, shadows)
        out = []
        for i, activity in enumerate(group.activities):
            index = group.index + i
            if activity.has_shadow and self._is_idle(index):
                activity, shadows[i] = Activity.CONST, []
            out.append(
                Operand(index, activity, group.primals[i], tuple(shadows[i]), not group.stable)
            )
        return out

    def _is_idle(self, index: int) -> bool:
        """Is the shadow never read? So it is for integers, and in reverse mode for all values."""
        param = self.site.params[index]
        if isinstance(param.type, IntType):
            return not self.groups[index].carries(self.site.layout, index, param.type)
        return self.site.mode is Mode.REVERSE and not contains(param.type, PointerType)

    def _strided(self, group: _Taken, stride: Value) -> list[Source]:
        site, index = self.site, group.index
        item = self.next_value()
        if item is None:
            self._missing_shadow(group, index, None)
        if not isinstance(item.value.type, PointerType):
            site.fail(
                WrongType,
                f"the strided shadow of {site.what(index)} has to be a pointer",
                item.number,
                because=f"{spoken(item.value.type)} is passed",
            )
        if not isinstance(site.params[index].type, PointerType):
            site.fail(
                WrongActivity,
                f"a strided shadow for {site.what(index)}, which is passed by value",
                item.number,
                remedy="write 'enzyme_dup', the value and its tangents one by one",
            )
        return [Moved(item.value, stride, lane) for lane in range(self.width)]

    def _lane(self, group: _Taken, shadows: list[list[Source]]) -> None:
        """One lane of the shadows of a value; a struct in memory serves all its pieces."""
        i = 0
        while i < len(group.activities):
            if not group.activities[i].has_shadow:
                i += 1
                continue
            index = group.index + i
            item = self.next_value()
            if item is None:
                self._missing_shadow(group, index, None)
            if self._is_taken_apart(item, index):
                count = min(self._piece_count(item, index), len(group.activities) - i)
                for k, offset in enumerate(self._offsets(index, count)):
                    shadows[i + k].append(Loaded(item.value, offset))
                i += count
                continue
            source = self._source(item, index)
            if source is None:
                self._missing_shadow(group, index, item)
            shadows[i].append(source)
            i += 1

    def _interleaved(self, groups: list[_Taken]) -> list[Operand]:
        """The shadows behind `enzyme_interleave`, for each value in order."""
        out: list[Operand] = []
        at = 0
        while at < len(groups):
            group = groups[at]
            at += 1
            item = self.items[self.at] if self.at < len(self.items) else None
            if item is not None and any(a.has_shadow for a in group.activities):
                count = self._piece_count(item, group.index)
                while len(group.activities) < count and at < len(groups):
                    group = group.joined(groups[at])
                    at += 1
            out += self._with_shadows(group)
        if self.site.mode.is_split:
            self._end()
        elif self.at < len(self.items):
            self.site.fail(
                WrongCount,
                "more shadows than values behind 'enzyme_interleave'",
                self.items[self.at],
                because=self.site.signature(),
            )
        return out

    # ---- what is said about a list that does not fit ----

    def _end(self) -> None:
        if not self.site.mode.is_split:
            self.expect_end()
        self.trailing = self.items[self.at :]

    def expect_end(self) -> None:
        """Raises if there are more items."""
        if self.at >= len(self.items):
            return
        item = self.items[self.at]
        if item.word is not None and self.at + 1 == len(self.items):
            self.site.fail(
                MisplacedWord,
                f"'{item.word.name}' is not followed by a value",
                item,
                remedy="words stand in front of the value that they describe",
            )
        remedy = ""
        if self.site.mode.is_reverse and isinstance(item.value.type, FloatType | PointerType):
            remedy = "a number passed by value takes no shadow: its gradient is returned"
        if self.site.mode is Mode.BATCH and self.width == 1:
            remedy = "'enzyme_width' and a number say how many calls there are; without, it is one"
        self.site.fail(
            WrongCount,
            f"too many arguments for '{self.site.callee.name}': "
            f"it takes {self.site.ordinal(len(self.site.params) - 1)}",
            item,
            because=self.site.signature(),
            remedy=remedy,
        )

    def too_few(self, index: int) -> NoReturn:
        site = self.site
        total, given = site.ordinal(len(site.params) - 1), site.ordinal(index) - 1
        because, remedy = site.signature(), ""
        if self.interleave is not None:
            because += "; what stands behind 'enzyme_interleave' are shadows"
            remedy = "write it behind the arguments, and all shadows behind it"
        elif site.mode is Mode.BATCH:
            remedy = "every argument is given once for each call; 'enzyme_scalar' gives it to all"
        elif any(isinstance(p.type, PointerType) for p in site.params):
            because += "; a pointer takes two arguments here, itself and its shadow"
            remedy = "write 'enzyme_const' in front of a pointer without a shadow"
        site.fail(
            WrongCount,
            f"too few arguments for '{site.callee.name}': it takes {total}, "
            + (f"only {given} given" if given else "none given"),
            because=because,
            remedy=remedy,
        )

    def _missing_shadow(self, group: _Taken, index: int, item: Item | None) -> NoReturn:
        site, param = self.site, self.site.params[index]
        what = site.what(index)
        because = f"{what} is {site.spoken(param)}"
        if item is not None:
            because += f", but {spoken(item.value.type)} follows it"
        remedy = f"pass the shadow behind it, or write 'enzyme_const' in front of {what}"
        if site.mode.is_reverse and contains(param.type, FloatType):
            remedy = "write 'enzyme_out': the gradient of a number passed by value is returned"
        site.fail(
            MissingShadow,
            f"the shadow of {what} is missing",
            (item or group.item).number,
            because=because,
            remedy=remedy,
        )

    def _wrong_type(self, item: Item, index: int) -> NoReturn:
        site = self.site
        wanted, given = site.params[index].type, item.value.type
        remedy = f"cast it to the type of the parameter, {spoken(wanted)}"
        if contains(wanted, FloatType) and isinstance(given, IntType):
            remedy = "nothing is converted here: write 1.0 for a floating 1, or cast it"
        elif isinstance(given, PointerType):
            remedy = "to pass it as the shadow of the value before it, write 'enzyme_dup' there"
            if index and isinstance(site.params[index - 1].type, FloatType):
                remedy = "a number passed by value takes no shadow: its gradient is returned"
                if not site.mode.is_reverse:
                    remedy = "the tangent of a number passed by value is a number"
        elif isinstance(wanted, PointerType):
            remedy = "pass the address of a variable"
        site.fail(
            WrongType,
            f"{site.what(index)} is {spoken(wanted)}, but {spoken(given)} is passed",
            item,
            because=site.signature(),
            remedy=remedy,
        )
