"""Data classes as those of `dataclasses`, made in a fraction of the time: that module compiles up
to eight methods a class when it is defined, which for our hundred classes takes a quarter of the
time that enzcc needs to start. Here all classes share theirs, but for `__init__`, which is compiled
when it is first called.

To type checkers they are those of `dataclasses`. That nobody assigns to fields of frozen ones is
left to them; what else is not needed here is left out.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from dataclasses import dataclass, field, fields, replace

__all__ = ["dataclass", "field", "fields", "replace"]

_FIELDS: Final = "__record_fields__"
_ABSENT: Final = object()


class _Field:
    """What a class says of a field: its default, or how that is made."""

    __slots__ = ("compare", "default", "factory", "init", "name")

    def __init__(
        self,
        *,
        default: object = _ABSENT,
        default_factory: Callable[[], object] | None = None,
        init: bool = True,
        compare: bool = True,
    ) -> None:
        self.name = ""
        self.default, self.factory = default, default_factory
        self.init, self.compare = init, compare


def _dataclass(
    cls: type | None = None,
    /,
    *,
    frozen: bool = False,
    eq: bool = True,
    slots: bool = False,
) -> Any:
    if cls is None:
        return lambda cls: _dataclass(cls, frozen=frozen, eq=eq, slots=slots)
    inherited = [one for base in reversed(cls.__mro__[1:]) for one in vars(base).get(_FIELDS, ())]
    own = [
        _own(cls, name)
        for name, kind in vars(cls).get("__annotations__", {}).items()
        if not kind.startswith("ClassVar")  # annotations are texts here
    ]
    found = tuple({one.name: one for one in (*inherited, *own)}.values())
    members: dict[str, Any] = {
        _FIELDS: found,
        "__match_args__": tuple(one.name for one in found if one.init),
    }
    if not any("__repr__" in vars(base) for base in cls.__mro__[:-1]):
        members["__repr__"] = _repr
    if eq:
        compared = [one.name for one in found if one.compare]
        members["__eq__"], hashed = _comparing(compared)
        members["__hash__"] = hashed if frozen else None
    said = vars(cls)
    members = {
        name: value
        for name, value in members.items()
        if name not in said or (name == "__hash__" and "__eq__" in members and said[name] is None)
    }
    if slots:
        names = [one.name for one in own]
        kept = {k: v for k, v in said.items() if k not in (*names, "__dict__", "__weakref__")}
        cls = type(cls)(cls.__name__, cls.__bases__, {**kept, "__slots__": tuple(names)})
    for name, value in members.items():
        setattr(cls, name, value)
    if "__init__" not in said:
        _compile_later(cls, found)
    return cls


def _own(cls: type, name: str) -> _Field:
    """A field of the class, whose default stays an attribute of that."""
    said = vars(cls).get(name, _ABSENT)
    found = said if isinstance(said, _Field) else _Field(default=said)
    found.name = name
    if found is said:
        if found.default is _ABSENT:
            delattr(cls, name)
        else:
            setattr(cls, name, found.default)
    return found


def _compile_later(cls: Any, found: tuple[_Field, ...]) -> None:
    """Gives the class an `__init__` that becomes the real one when it is first called."""

    def start(self: object, *args: object, **words: object) -> None:
        cls.__init__ = _initialiser(cls, found)
        cls.__init__(self, *args, **words)

    cls.__init__ = start


def _initialiser(cls: Any, found: tuple[_Field, ...]) -> Callable[..., None]:
    known: dict[str, object] = {"absent": _ABSENT}
    parameters, lines = ["self"], []
    for number, one in enumerate(found):
        value = one.name
        if one.factory is not None:
            known[f"make{number}"] = one.factory
            value = f"make{number}()"
            if one.init:
                parameters.append(f"{one.name}=absent")
                value += f" if {one.name} is absent else {one.name}"
        elif one.default is not _ABSENT:
            known[f"default{number}"] = one.default
            parameters.append(f"{one.name}=default{number}")
        else:
            parameters.append(one.name)
        lines.append(f"    self.{one.name} = {value}")
    if hasattr(cls, "__post_init__"):
        lines.append("    self.__post_init__()")
    text = f"def __init__({', '.join(parameters)}):\n" + "\n".join(lines or ["    pass"])
    made: dict[str, Any] = {}
    exec(text, known, made)
    return made["__init__"]  # type: ignore[no-any-return]


def _comparing(names: list[str]) -> tuple[Callable[..., Any], Callable[..., int]]:
    """`__eq__` and `__hash__` by these fields."""
    get: Callable[[object], Any] = attrgetter(*names) if names else lambda _: ()
    if len(names) == 1:  # an attribute that is not a tuple
        get = _tuple_of(names[0])

    def same(self: object, other: object) -> Any:
        return get(self) == get(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: object) -> int:
        return hash(get(self))

    return same, hashed


def _tuple_of(name: str) -> Callable[[object], tuple[object]]:
    return lambda self: (getattr(self, name),)


def _repr(self: Any) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in _fields(self))
    return f"{self.__class__.__qualname__}({', '.join(shown)})"


def _fields(of: Any) -> tuple[_Field, ...]:
    return getattr(of, _FIELDS)  # type: ignore[no-any-return]


def _replace(of: Any, /, **changes: Any) -> Any:
    kept = {one.name: getattr(of, one.name) for one in _fields(of) if one.init}
    return of.__class__(**kept | changes)


if not TYPE_CHECKING:
    dataclass, field, fields, replace = _dataclass, _Field, _fields, _replace
