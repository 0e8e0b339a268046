"""What a program says about its functions and globals beside the marker calls.

Registering globals (`void *__enzyme_register_gradient_f[] = {f, augmented, reverse};`) and
`annotate` strings. Both are read from the module into one value, `Annotations`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NoReturn, TypeVar, final

from enzcc.errors import Location, WrongAnnotation
from enzcc.ir.names import unquoted
from enzcc.ir.types import ArrayType, IntType, PointerType, StructType
from enzcc.ir.values import (
    Constant,
    ConstantAggregate,
    ConstantExpression,
    ConstantInt,
    ConstantText,
    Global,
    is_zero,
)
from enzcc.markers.copies import are_copies
from enzcc.markers.mapped import ARGUMENTS, RELEASE, SIZE, allocators_of_pages
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ir import Module

_Said = TypeVar("_Said")


@final
@dataclass(frozen=True)
class Gradient:
    """A derivative by hand for reverse mode: functions of these names."""

    augmented: str
    reverse: str


@final
@dataclass(frozen=True)
class Split:
    """A derivative by hand for forward mode in two halves."""

    augmented: str
    tangent: str


@final
@dataclass(frozen=True)
class OwnAllocator:
    """An allocator of the program's own.

    size          argument of the allocation with the bytes
    arguments     those of the deallocation: -1 the block, k an argument of the allocation
    deallocator   the function that gives a block back
    zeroed        the memory comes zeroed
    """

    size: int
    arguments: tuple[int, ...]
    deallocator: str
    zeroed: bool = False


@final
@dataclass
class Annotations:
    """All that the program says, by the names of its functions and globals.

    nofree is read, and changes nothing: memory lives as long as the reverse sweep needs it anyway.
    """

    gradients: dict[str, Gradient] = field(default_factory=dict)
    derivatives: dict[str, str] = field(default_factory=dict)
    splits: dict[str, Split] = field(default_factory=dict)
    inactive: dict[str, None] = field(default_factory=dict)
    inactive_globals: dict[str, None] = field(default_factory=dict)
    shadow_globals: dict[str, str] = field(default_factory=dict)
    nofree: dict[str, None] = field(default_factory=dict)
    recomputable: dict[str, None] = field(default_factory=dict)
    sparse: dict[str, None] = field(default_factory=dict)
    like: dict[str, str] = field(default_factory=dict)
    allocators: dict[str, OwnAllocator] = field(default_factory=dict)

    def rules(self) -> dict[str, list[str]]:
        """Each function with derivatives by hand, and the functions that these are."""
        out: dict[str, list[str]] = {}
        for name, made in self.gradients.items():
            out.setdefault(name, []).extend((made.augmented, made.reverse))
        for name, tangent in self.derivatives.items():
            out.setdefault(name, []).append(tangent)
        for name, halves in self.splits.items():
            out.setdefault(name, []).extend((halves.augmented, halves.tangent))
        return out


def read_annotations(module: Module) -> Annotations:
    """What the module's registering globals and annotate attributes say.

    Raises WrongAnnotation for one that makes no sense.
    """
    out = Annotations()
    for name in module.symbols():
        if "enzyme_const" in name and _is_own_variable(module, name):
            out.inactive_globals[name] = None
        if "__enzyme_" not in name:
            continue
        if module.symbol(name).kind != "variable":
            continue
        for text, read in _REGISTERING:
            if text in name:
                read(_Entry(module, name), out)
                break
        else:
            _check_spelling(module, name)
    for symbol, text, place in _annotations(module):
        _read_string(module, symbol, text, place, out)
    for name in allocators_of_pages(module):
        if name not in out.allocators and name not in out.inactive and name not in out.like:
            out.allocators[name] = OwnAllocator(SIZE, ARGUMENTS, RELEASE, zeroed=True)
    _check_inner(module)
    return out


def _is_own_variable(module: Module, name: str) -> bool:
    """A variable of the program's, not a word of the interface."""
    symbol = module.symbol(name)
    return symbol.kind == "variable" and symbol.defined


def _check_spelling(module: Module, name: str) -> None:
    """Raises for a variable whose name is nearly that of a registration."""
    start = name[name.index("__enzyme_") :]
    for text, _ in _REGISTERING:
        if difflib.get_close_matches(start[: len(text)], [text], 1, 0.88):
            error = WrongAnnotation(
                None,
                f"unknown registration '{name}'; did you mean '{text}'?",
                because="a registering variable is recognised by the text in its name",
                remedy="correct the name, or choose another for a variable of your own",
            )
            error.named = name, module.source_files
            raise error


@final
class _Entry:
    """One registering global while it is read."""

    def __init__(self, module: Module, name: str) -> None:
        self.module, self.name = module, name
        found = module.initializer(name) if module.symbol(name).defined else None
        if found is None:
            self.fail("it has no initialiser", "initialise it with the functions it speaks of")
        self.elements: list[Constant] = (
            list(found.elements) if isinstance(found, ConstantAggregate) else [found]
        )
        self.is_table = isinstance(found, ConstantAggregate)
        if is_zero(found) and isinstance(found.type, (ArrayType, StructType)):
            self.elements, self.is_table = [], True

    def fail(self, because: str, remedy: str = "") -> NoReturn:
        error = WrongAnnotation(
            None, f"wrong registration '{self.name}'", because=because, remedy=remedy
        )
        error.named = self.name, self.module.source_files
        raise error

    def once(self, said: dict[str, _Said], name: str, value: _Said) -> None:
        """Enters what the global says of a function; raises if another says something else."""
        before = said.setdefault(name, value)
        if before != value and not self._is_said_again(before, value):
            self.fail(
                f"another registration says something else of '{name}'", "leave one of them out"
            )

    def _is_said_again(self, before: object, value: object) -> bool:
        """Do two registrations name copies of the same functions, of a header that several of the
        linked files include?"""
        first, second = (
            [v] if isinstance(v, str) else list(vars(v).values()) for v in (before, value)
        )
        return all(
            isinstance(a, str) and isinstance(b, str) and are_copies(self.module, a, b)
            for a, b in zip(first, second, strict=True)
        )

    def count(self, wanted: int, shape: str) -> None:
        """Raises unless there are that many elements."""
        if not self.is_table or len(self.elements) != wanted:
            self.fail(
                f"it has {len(self.elements)} element{'s' * (len(self.elements) != 1)}, and"
                f" {wanted} are wanted",
                f"write {shape}",
            )

    def function(self, index: int) -> str:
        """The name of a function in the table."""
        found = _stripped(self.module, self.elements[index])
        if not isinstance(found, Global) or found.kind != "function":
            self.fail(f"its element {index + 1} is no function")
        return found.name

    def number(self, index: int) -> int:
        """An integer in the table, maybe cast to a pointer."""
        found = self.elements[index]
        if isinstance(found, ConstantExpression) and found.opcode == "inttoptr":
            found = found.operands[0]
        if is_zero(found):
            return 0
        if not isinstance(found, ConstantInt):
            self.fail(f"its element {index + 1} is no integer constant")
        return found.value

    def text(self, index: int) -> str:
        """A string in the table."""
        found = _string(self.module, self.elements[index])
        if not found:
            self.fail(f"its element {index + 1} is no string, or an empty one")
        return found


def _stripped(module: Module, constant: Constant) -> Constant:
    """A constant behind casts, wrappers of one element and aliases."""
    while True:
        match constant:
            case ConstantExpression(opcode="bitcast" | "addrspacecast" | "ptrtoint" | "inttoptr"):
                inner = constant.operands[0]
            case ConstantAggregate(elements=(inner, *_)):
                pass
            case Global(kind="alias"):
                inner = module.initializer(constant.name)  # type: ignore[assignment]
            case _:
                return constant
        if not isinstance(inner, Constant):
            return constant
        constant = inner


def _gradient(entry: _Entry, out: Annotations) -> None:
    extra = entry.elements[3:]
    if extra and all(_string(entry.module, e).startswith("byref_") for e in extra):
        entry.fail("'byref_' parameters are not supported", "pass the values themselves")
    entry.count(3, "{function, augmented, reverse}")
    entry.once(out.gradients, entry.function(0), Gradient(entry.function(1), entry.function(2)))


def _derivative(entry: _Entry, out: Annotations) -> None:
    entry.count(2, "{function, tangent}")
    entry.once(out.derivatives, entry.function(0), entry.function(1))


def _split(entry: _Entry, out: Annotations) -> None:
    entry.count(3, "{function, augmented, tangent with tape}")
    entry.once(out.splits, entry.function(0), Split(entry.function(1), entry.function(2)))


def _of_functions(pick: Callable[[Annotations], dict[str, None]]) -> _Reader:
    def read(entry: _Entry, out: Annotations) -> None:
        if not entry.elements:
            entry.fail("it names no function")
        for index in range(len(entry.elements)):
            pick(out)[entry.function(index)] = None

    return read


def _inactive_global(entry: _Entry, out: Annotations) -> None:
    if not entry.elements:
        entry.fail("it names no global variable")
    for index, element in enumerate(entry.elements):
        found = _stripped(entry.module, element)
        if not isinstance(found, Global) or found.kind != "variable":
            entry.fail(f"its element {index + 1} is not the address of a global variable")
        out.inactive_globals[found.name] = None


def _shadow_globals(entry: _Entry, out: Annotations) -> None:
    """{&g, &dg}, or a table of such pairs."""
    pairs: list[list[Constant]] = []
    if all(isinstance(e, ConstantAggregate) and len(e.elements) == 2 for e in entry.elements):
        pairs = [list(e.elements) for e in entry.elements if isinstance(e, ConstantAggregate)]
    else:
        entry.count(2, "{&variable, &shadow}")
        pairs = [entry.elements]
    for pair in pairs:
        names: list[str] = []
        for element in pair:
            found = _stripped(entry.module, element)
            if not isinstance(found, Global) or found.kind != "variable":
                entry.fail("not all of its elements are addresses of global variables")
            names.append(found.name)
        types = [entry.module.symbol(name).value_type for name in names]
        sizes = [t and entry.module.layout.size(t) for t in types]
        if sizes[0] != sizes[1]:
            entry.fail(
                f"'{names[0]}' has {sizes[0]} bytes, and '{names[1]}' {sizes[1]}",
                "give the shadow the type of its variable",
            )
        entry.once(out.shadow_globals, names[0], names[1])


def _like(entry: _Entry, out: Annotations) -> None:
    entry.count(2, '{function, "name"}')
    entry.once(out.like, entry.function(0), entry.text(1))


def _allocation(entry: _Entry, out: Annotations) -> None:
    entry.count(4, '{function, size argument, "arguments of the deallocation", deallocator}')
    name, words = entry.function(0), entry.text(2).replace(" ", "").split(",")
    try:
        arguments = tuple(map(int, words))
    except ValueError:
        entry.fail("its third element is no list of numbers", 'write "-1", or "0,-1"')
    if arguments.count(-1) != 1:
        entry.fail("its third element names the block, -1, not once")
    type = entry.module.symbol(name).function_type  # noqa: A001
    deallocator = entry.function(3)
    frees = entry.module.symbol(deallocator).function_type
    size = entry.number(1)
    assert type is not None
    assert frees is not None
    if not all(-1 <= a < len(type.params) for a in (*arguments, size)) or size < 0:
        entry.fail(f"'{name}' has {len(type.params)} parameters, and it speaks of others")
    if len(frees.params) != len(arguments):
        entry.fail(f"'{deallocator}' takes {len(frees.params)} arguments, and it lists others")
    if not isinstance(type.result, PointerType):
        entry.fail(f"'{name}' returns no pointer", "name the function that hands out the block")
    if not isinstance(type.params[size], IntType):
        entry.fail(
            f"argument {size} of '{name}' is no integer, and can be no size",
            "count the arguments from 0: the second element is the one with the bytes",
        )
    if not isinstance(frees.params[arguments.index(-1)], PointerType):
        entry.fail(f"'{deallocator}' takes no pointer where the block, -1, is listed")
    entry.once(out.allocators, name, OwnAllocator(size, arguments, deallocator))


_Reader = Callable[[_Entry, Annotations], None]

# fmt: off
_REGISTERING: Final[tuple[tuple[str, _Reader], ...]] = (
    # text in the name of the global
    ("__enzyme_register_gradient",        _gradient),
    ("__enzyme_register_derivative",      _derivative),
    ("__enzyme_register_splitderivative", _split),
    ("__enzyme_inactivefn",               _of_functions(lambda out: out.inactive)),
    ("__enzyme_inactivenoblockfn",        _of_functions(lambda out: out.inactive)),
    ("__enzyme_inactive_global",          _inactive_global),
    ("__enzyme_nofree",                   _of_functions(lambda out: out.nofree)),
    ("__enzyme_function_like",            _like),
    ("__enzyme_allocation_like",          _allocation),
    ("__enzyme_sparse_accumulate",        _of_functions(lambda out: out.sparse)),
    ("__enzyme_shouldrecompute",          _of_functions(lambda out: out.recomputable)),
    ("__enzyme_shadow_global",            _shadow_globals),
)
# fmt: on

_STRINGS: Final = (
    "enzyme_inactive", "enzyme_inactivefn", "enzyme_inactivenoblockfn", "enzyme_inactive_noblock",
    "enzyme_shouldrecompute", "enzyme_nofree", "enzyme_function_like", "enzyme_sparse_accumulate",
    "enzyme_elementwise_read",
)  # fmt: skip
"""The words of annotate strings; those that `_read_string` does not name change no derivative."""

_INNER: Final = ("llvm.var.annotation", "llvm.ptr.annotation")
_INNER_CALL: Final = pattern(
    r"@llvm\.(?:var|ptr)\.annotation\S*\(ptr [^,\n]+, ptr @(\"[^\"\n]+\"|[-\w.$]+),"
    r" ptr @(\"[^\"\n]+\"|[-\w.$]+), i32 (\d+)"
)
"""A call that says what the annotation of a local variable or a member is: text, file, line."""


def _read_string(
    module: Module, symbol: str, text: str, place: Location | None, out: Annotations
) -> None:
    word, equals, name = text.partition("=")
    is_function = module.symbol(symbol).kind == "function"
    target: dict[str, None] | None = None
    match word:
        case "enzyme_inactive":
            target = out.inactive if is_function else out.inactive_globals
        case "enzyme_inactivefn" | "enzyme_inactivenoblockfn" | "enzyme_inactive_noblock":
            target = out.inactive
        case "enzyme_shouldrecompute":
            target = out.recomputable
        case "enzyme_nofree":
            target = out.nofree
        case "enzyme_function_like":
            if not equals or not name or not is_function:
                raise WrongAnnotation(
                    place,
                    f"wrong annotation '{text}' of '{symbol}'",
                    because="it names no function",
                    remedy='write annotate("enzyme_function_like=sin"), on a function',
                )
            if out.like.setdefault(symbol, name) != name:
                raise WrongAnnotation(
                    place,
                    f"'{symbol}' is said to be like '{name}' and like '{out.like[symbol]}'",
                    remedy="leave one of them out",
                )
        case "enzyme_sparse_accumulate":
            target = out.sparse
        case _ if word not in _STRINGS and (
            near := difflib.get_close_matches(word, _STRINGS, 1, 0.88)
        ):
            raise WrongAnnotation(
                place,
                f"unknown annotation '{word}' of '{symbol}'; did you mean '{near[0]}'?",
                because="it would say nothing of it",
                remedy="correct the text, or choose another for an annotation of your own",
            )
    if target is None:
        return
    if not is_function and target is not out.inactive_globals:
        raise WrongAnnotation(
            place, f"wrong annotation '{text}' of '{symbol}'", because="it belongs on a function"
        )
    target[symbol] = None


def _check_inner(module: Module) -> None:
    """Raises where a local variable or a member of a struct has one of the annotations."""
    if not any(name.startswith(_INNER) for name in module.symbols()):
        return
    for text, file, line in _INNER_CALL.findall(module.text):
        strings = [_string(module, module.symbol(unquoted(name))) for name in (text, file)]
        if strings[0].partition("=")[0] in _STRINGS:
            raise WrongAnnotation(
                Location(strings[1], int(line), 1),
                f"wrong annotation '{strings[0]}' of a local variable, a parameter or a member",
                because="it belongs on a function, or on a global variable",
                remedy="leave it out: what is computed from a value that is passed as"
                " 'enzyme_const' has no derivative",
            )


def _annotations(module: Module) -> Iterator[tuple[str, str, Location | None]]:
    """The annotate attributes of a module: symbol, text, place."""
    if "llvm.global.annotations" not in module.symbols():
        return
    table = module.initializer("llvm.global.annotations")
    for entry in table.elements if isinstance(table, ConstantAggregate) else ():
        match entry:
            case ConstantAggregate(elements=(Constant() as annotated, text, file, line, *_)):
                symbol = _stripped(module, annotated)
                if not isinstance(symbol, Global):
                    continue
                number = line.value if isinstance(line, ConstantInt) else 1
                place = Location(_string(module, file), number, 1)
                yield symbol.name, _string(module, text), place


def _string(module: Module, pointer: Constant) -> str:
    """The C string that a constant points to."""
    found = _stripped(module, pointer)
    constant = module.initializer(found.name) if isinstance(found, Global) else None
    if not isinstance(constant, ConstantText):
        return ""
    return constant.text.removeprefix('c"').removesuffix('"').removesuffix("\\00")
