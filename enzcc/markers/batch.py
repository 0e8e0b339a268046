"""Reads the values of `__enzyme_batch`: one argument list for several calls of a function.

item := [enzyme_vector] value * width
      | enzyme_scalar value                                    the same in every call
      | enzyme_buffer stride [enzyme_vector] pointer           stride * v bytes behind it
"""

from __future__ import annotations

from typing import NoReturn, final

from enzcc.errors import MisplacedWord, WrongActivity, WrongType
from enzcc.ir.types import IntType, PointerType
from enzcc.ir.values import Value
from enzcc.markers.arguments import Arguments
from enzcc.markers.fit import spoken
from enzcc.markers.request import Activity, Moved, Operand, Source
from enzcc.markers.site import Item, Site


@final
class BatchArguments:
    """The list of values and words, read from the left."""

    def __init__(self, site: Site, items: list[Item], width: int) -> None:
        self.site, self.width = site, width
        self.values = Arguments(site, items, width)

    def read(self, first: int) -> list[Operand]:
        """The operands of all parameters from number `first` on: in each the values for all calls,
        the first as its primal."""
        out: list[Operand] = []
        while (index := first + len(out)) < len(self.site.params):
            word, stride = self._words()
            if stride is not None:
                lanes = self._buffer(index, stride)
            elif word == "enzyme_scalar":
                lanes = [self.values.one_value(index)] * self.width
            else:
                lanes = [self.values.one_value(index) for _ in range(self.width)]
            for i, sources in enumerate(zip(*lanes, strict=True)):
                out.append(Operand(index + i, Activity.CONST, sources[0], sources[1:]))
        self.values.expect_end()
        return out

    def _words(self) -> tuple[str, Value | None]:
        """The word in front of a value, and the stride of a buffer."""
        values, word, stride = self.values, "", None
        while (item := values.next_word()) is not None:
            assert item.word is not None
            word = item.word.name
            if item.word.operands:
                operand = values.next_value()
                if operand is None:
                    self._misplaced(word, item, "its operand")
                if not isinstance(operand.value.type, IntType):
                    self.site.fail(
                        WrongType,
                        f"the operand of '{word}' has to be an integer: the distance of two"
                        " lanes in bytes",
                        operand,
                        because=f"{spoken(operand.value.type)} is passed",
                    )
                stride = operand.value
            if values.is_at_end:
                self._misplaced(word, item, "a value")
        return word, stride

    def _misplaced(self, word: str, item: Item, what: str) -> NoReturn:
        self.site.fail(MisplacedWord, f"'{word}' is not followed by {what}", item.number)

    def _buffer(self, index: int, stride: Value) -> list[tuple[Source, ...]]:
        site = self.site
        item = self.values.next_value()
        if item is None:
            self.values.too_few(index)
        if not isinstance(site.params[index].type, PointerType):
            site.fail(
                WrongActivity,
                f"'enzyme_buffer' for {site.what(index)}, which is passed by value",
                item.number,
                remedy="write 'enzyme_vector' and the values one by one",
            )
        if not isinstance(item.value.type, PointerType):
            site.fail(
                WrongType,
                f"'enzyme_buffer' has to be followed by a pointer for {site.what(index)}",
                item.number,
                because=f"{spoken(item.value.type)} is passed",
            )
        return [(Moved(item.value, stride, lane),) for lane in range(self.width)]
