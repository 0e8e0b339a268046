"""One marker call while it is read: what it calls, its arguments in order, and how to complain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn, final

from enzcc.errors import Diagnosis, WrongSize, WrongWidth
from enzcc.ir.types import IntType, Type
from enzcc.ir.values import Argument, Global, Value
from enzcc.markers.fit import attribute_type, indirect_type, spoken
from enzcc.markers.names import Mode, marker_text, mode_of
from enzcc.markers.request import NeedsInlining
from enzcc.markers.trace import Tracer

if TYPE_CHECKING:
    from enzcc.ir import Module
    from enzcc.ir.function import Function
    from enzcc.ir.instructions import CallBase
    from enzcc.markers.words import Word


@final
@dataclass(frozen=True, eq=False)
class Item:
    """One argument of the marker call; `number` counts from 0 at the function."""

    value: Value
    attributes: str
    number: int
    word: Word | None


def fail_space(site: Site, space: Item) -> NoReturn:
    """Raises for an operand of `enzyme_allocated` that is not known."""
    site.fail(
        WrongSize,
        "the operand of 'enzyme_allocated' has to be a constant",
        space,
        because="the bytes of the tape decide what code is made",
        remedy="write a number, or what '__enzyme_augmentsize' gives",
    )


MOST_LANES: Final = 4096


@final
class Site:
    """A marker call; `callee` is the function to differentiate, once it is known."""

    def __init__(self, module: Module, caller: Function, call: CallBase) -> None:
        self.module, self.caller, self.call = module, caller, call
        self.layout = module.layout
        self.tracer = Tracer(module)
        self.location = module.location(call)
        assert isinstance(call.callee, Global)
        self.name = call.callee.name
        mode = mode_of(self.name)
        assert mode is not None
        self.mode: Mode = mode
        self.marker = marker_text(self.name) or self.name
        self.callee: Function = caller  # until it is known
        returns = bool(call.attributes) and "sret(" in call.attributes[0]
        self.sret = call.arguments[0] if returns else None
        self.start = int(returns)  # where the function stands

    @property
    def params(self) -> list[Argument]:
        """The IR parameters of the function to differentiate."""
        return self.callee.args

    @property
    def struct(self) -> Type | None:
        """The struct that the function returns through memory, if it does."""
        first = self.params[:1]
        return attribute_type(self.module, first[0].attributes, "sret") if first else None

    @property
    def result(self) -> Type:
        """What the function returns, in the eyes of its author."""
        return self.struct or self.callee.type.result

    # ---- how things are called in errors ----

    def ordinal(self, index: int) -> int:
        """The number of a parameter as its author counts."""
        return index + 1 - int(self.struct is not None)

    def what(self, index: int) -> str:
        """A parameter in words."""
        return f"argument {self.ordinal(index)} of '{self.callee.name}'"

    def spoken(self, parameter: Argument) -> str:
        """The type of a parameter in words."""
        struct = indirect_type(self.module, parameter.attributes)
        return spoken(parameter.type) if struct is None else f"{spoken(struct)}, passed in memory"

    def signature(self) -> str:
        """What the function takes, in words."""
        params = [self.spoken(p) for p in self.params if "sret(" not in p.attributes]
        return f"'{self.callee.name}' takes ({', '.join(params)})"

    def error(
        self,
        kind: type[Diagnosis],
        message: str,
        item: Item | int | None = None,
        *,
        because: str = "",
        remedy: str = "",
    ) -> Diagnosis:
        """An error at this call, blamed on one of its arguments (0 is the function)."""
        error = kind(self.location, message, because=because, remedy=remedy)
        error.argument = item.number if isinstance(item, Item) else item
        error.arguments = len(self.call.arguments) - self.start
        return error

    def fail(
        self,
        kind: type[Diagnosis],
        message: str,
        item: Item | int | None = None,
        *,
        because: str = "",
        remedy: str = "",
    ) -> NoReturn:
        """Raises the error; if an argument of the caller is behind it, asks for inlining first."""
        error = self.error(kind, message, item, because=because, remedy=remedy)
        if isinstance(item, Item) and isinstance(item.value.type, IntType):
            sources = self.tracer.sources(item.value)
            if sources and all(isinstance(s, Argument) for s in sources):
                raise NeedsInlining(self.caller.name, self.location, error)
        raise error

    def lanes(self, value: Value, item: Item | int, what: str) -> int:
        """A number of lanes; `what` says in words where it stands."""
        width = self.tracer.integer(value)
        reason = "the number of lanes decides what code is made"
        if width is None:
            if not isinstance(value.type, IntType):
                reason = f"{spoken(value.type)} is passed"
            self.fail(WrongWidth, f"{what} has to be a constant", item, because=reason)
        number = item.number if isinstance(item, Item) else item
        if width < 1:
            self.fail(WrongWidth, f"{what} has to be at least 1, but is {width}", number)
        if width > MOST_LANES:
            self.fail(
                WrongWidth,
                f"{what} can be at most {MOST_LANES}, but is {width}",
                number,
                because="each lane is code of its own",
                remedy="ask for some lanes at a time, in a loop",
            )
        return width
