"""Active numbers that become text, which becomes numbers again.

    snprintf(text, sizeof text, "%.17g", x);  y = strtod(text, 0);

What is read is a constant, and a derivative would be lost without a word.

Question     May a number be read from text that an active number was written to?
Transfer     A function of the library that is handed an active number, or an object with such text,
             may put it into all objects that it is handed and that hold no floats, and into what
             these lead to, but those that it only reads; so may a copy, and a byte that is moved.
             In objects that hold floats, too, text counts as lying where they are handed it.
Safe answer  yes. (Other objects are taken as wholes, and what is done first is not looked at.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from enzcc.ad.copies.strings import FILES_IN_MEMORY
from enzcc.analysis.activity import Activity, has_floats
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.nodes import Node
from enzcc.ir import types as ty
from enzcc.ir.instructions import CallBase, Cast, Instruction, Load, Store
from enzcc.ir.values import Global, Value, is_zero
from enzcc.patterns import pattern
from enzcc.rules import why_inactive
from enzcc.rules.cxx import is_of_strings
from enzcc.rules.readers import may_write_numbers, only_reads

_READS: Final = ("reads input that nothing is differentiated by", "turns text into numbers")
_WORKS: Final = ("prints", "handles characters and strings", "prints or reads text")
_MANNERS: Final = pattern(r"_Z.*(?:locale|facet|ctype|numpunct)")
"""Functions that say how text is written: many objects share what they are handed."""

_DUPLICATES: Final = pattern(r"_*strn?dup")
"""Functions that allocate, too."""

_LISTED: Final = pattern(r"_*v\w*printf(_chk)?")
"""Functions that are handed their numbers in a list of arguments."""


_GOES_ON: Final = "strtok"
"""A function that goes on in the text that an earlier call was handed."""

_Text = Node | tuple[Node, int]
"""An object with text, or a place in one that holds floats, too."""


def reads_text_of_floats(activity: Activity) -> CallBase | None:
    """A call that reads a number, of which a derivative is wanted, from such text."""
    calls = list(_calls(activity))
    if not any(_is_handed_number(activity, call) for call, _ in calls):
        return None
    moves = [inst for inst in _instructions(activity) if _moves_text(activity, inst)]
    going_on = dict.fromkeys(call for call, _ in calls if _name(call) == _GOES_ON)
    found: set[_Text] = set()
    while True:
        before = len(found)
        for call, _ in calls:
            handed = going_on if call in going_on else (call,)
            source = _texts(activity, (v for one in handed for v in (one, *one.arguments)))
            if _is_listed(call):
                source |= set(_listed(activity, call))
            if _is_handed_number(activity, call) or not source.isdisjoint(found):
                found |= _of_text(activity, _texts(activity, (call, *_written(call))))
        for inst in moves:
            from_, to = _moved(inst)
            if not _texts(activity, [from_]).isdisjoint(found):
                found |= _of_text(activity, _texts(activity, [to]))
        if len(found) == before:
            break
    for call, why in calls:
        if why != "prints" and _reads(activity, call, found):
            return call
    return None


def _calls(activity: Activity) -> Iterator[tuple[CallBase, str]]:
    """The calls of functions that work on text, and what these do."""
    for inst in _instructions(activity):
        if not isinstance(inst, CallBase) or not isinstance(inst.callee, Global):
            continue
        name = inst.callee.name
        if name in FILES_IN_MEMORY or _DUPLICATES.fullmatch(name):
            yield inst, "prints"
        if _MANNERS.match(name):
            continue
        if activity.kind_of_call(inst) is not CallKind.INACTIVE:
            continue
        if is_of_strings(name):
            yield inst, "handles characters and strings"
        elif name not in activity.known.inactive:  # else the program says so
            why = why_inactive(name)
            if why in _READS or why in _WORKS:
                yield inst, why


def _instructions(activity: Activity) -> Iterator[Instruction]:
    for function in activity.objects.functions.values():
        yield from function.instructions()


def _is_handed_number(activity: Activity, call: CallBase) -> bool:
    if any(ty.is_float(a.type) and activity.is_varied(a) for a in call.arguments):
        return True
    return _is_listed(call) and any(
        has_floats(node) and activity.node_varied(node) for node in _listed(activity, call)
    )


def _listed(activity: Activity, call: CallBase) -> set[Node]:
    """What such a function is handed: the list, where that lies, and what lies there."""
    nodes = _behind(activity, call.arguments)
    for _ in range(2):
        nodes |= {link.find() for node in nodes for link in node.links()}
    return nodes


def _is_listed(call: CallBase) -> bool:
    return _LISTED.fullmatch(_name(call)) is not None


def _name(call: CallBase) -> str:
    assert isinstance(call.callee, Global)
    return call.callee.name


def _written(call: CallBase) -> Iterator[Value]:
    """The arguments through which a function of the library may write."""
    read = only_reads(_name(call), len(call.arguments))
    return (value for at, value in enumerate(call.arguments) if at not in read)


def _moves_text(activity: Activity, inst: Instruction) -> bool:
    if isinstance(inst, CallBase):
        return activity.kind_of_call(inst) is CallKind.COPY
    return isinstance(inst, Store) and ty.is_int(inst.value.type) and _byte(inst) is not None


def _byte(store: Store) -> Load | None:
    value = store.value
    while isinstance(value, Cast):
        value = value.operands[0]
    return value if isinstance(value, Load) else None


def _moved(inst: Instruction) -> tuple[Value, Value]:
    """From where to where something is moved."""
    if isinstance(inst, CallBase):
        return inst.arguments[1], inst.arguments[0]
    assert isinstance(inst, Store)
    byte = _byte(inst)
    assert byte is not None
    return byte.pointer, inst.pointer


def _behind(activity: Activity, values: Iterable[Value]) -> set[Node]:
    return {
        node.find()
        for value in values
        if isinstance(value.type, ty.PointerType) and not is_zero(value)
        for node in activity.objects.nodes_behind(value)
    }


def _texts(activity: Activity, values: Iterable[Value]) -> set[_Text]:
    """Where text lies that pointers lead to."""
    found: set[_Text] = set()
    for value in values:
        if isinstance(value.type, ty.PointerType) and not is_zero(value):
            for place in activity.objects.places_behind(value):
                node, offset = place.resolve()
                found.add((node, offset) if has_floats(node) else node)
    return found


def _of_text(activity: Activity, texts: Iterable[_Text]) -> set[_Text]:
    """Those that are not constant, and what objects of text alone lead to."""
    found: set[_Text] = set()
    work = list(texts)
    while work:
        text = work.pop()
        node = text if isinstance(text, Node) else text[0]
        if text in found or _is_constant(activity, node):
            continue
        found.add(text)
        if text is node:
            work += (link for n in node.links() if not has_floats(link := n.find()))
    return found


def _is_constant(activity: Activity, node: Node) -> bool:
    module = activity.module
    return bool(node.globals) and all(module.symbol(name).constant for name in node.globals)


def _reads(activity: Activity, call: CallBase, text: set[_Text]) -> bool:
    """Does a call make such text into a number of which a derivative is wanted?"""
    if _texts(activity, call.arguments).isdisjoint(text):
        return False
    if ty.is_float(call.type):
        return activity.is_useful(call)
    written = may_write_numbers(_name(call), len(call.arguments))
    return any(
        has_floats(node) and activity.node_useful(node)
        for node in _behind(activity, (call.arguments[at] for at in written))
    )
