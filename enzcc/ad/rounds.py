"""Which requests come first, and which functions later rounds differentiate.

A function may ask for a derivative and be differentiated itself: the inner derivative is made in a
round before. Which functions lead to a marker is read from the text: by the names that they
mention, and, where they call through pointers (of virtual functions, say), by type: such a call may
lead to any function of that type whose address is taken. Names are certain, types are not: they
decide the order where names leave it open, and no program is refused for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, final

from enzcc.ad.calls.dispatch import addresses_taken, may_call_pointers, pointer_calls
from enzcc.errors import Unsupported
from enzcc.ir.lines import calls_pointers
from enzcc.ir.module import Module
from enzcc.ir.types import FunctionType
from enzcc.markers import Annotations, Mode, Request


@final
class Reach:
    """The functions with bodies that functions of one module lead to.

    also    names that stand for more than they mention: rules by hand for their functions
    """

    def __init__(self, module: Module, also: Mapping[str, Iterable[str]]) -> None:
        self._module: Final = module
        self._named: Final = {
            name: {*module.calls_in_text(name), *rules}
            for name, rules in also.items()
            if module.defines(name)
        }
        self._told: Final[dict[str, set[str]]] = {}
        self._taken: dict[FunctionType, set[str]] | None = None

    def by_names(self, root: str) -> set[str]:
        """By what they mention, themselves and through others."""
        return self._closure(root, pointers=False)

    def by_pointers(self, root: str) -> set[str]:
        """The same, and through calls of pointers."""
        return self._closure(root, pointers=True)

    def _closure(self, root: str, *, pointers: bool) -> set[str]:
        seen: set[str] = set()
        work = [root]
        while work:
            name = work.pop()
            if name in seen or not self._module.defines(name):
                continue
            seen.add(name)
            if name not in self._named:
                self._named[name] = self._module.calls_in_text(name)
            work.extend(self._named[name])
            if pointers:
                work.extend(self._through_pointers(name))
        return seen

    def _through_pointers(self, name: str) -> set[str]:
        if name not in self._told:
            found: set[str] = set()
            body = self._module.body_text(name)
            if may_call_pointers(body[body.index("\n") :]) and calls_pointers(body):
                for call in pointer_calls(self._module, name):
                    found |= self._of_type(call.function_type)
            self._told[name] = found
        return self._told[name]

    def _of_type(self, called: FunctionType) -> set[str]:
        if self._taken is None:
            self._taken = {}
            for symbol in addresses_taken(self._module):
                assert symbol.function_type is not None
                self._taken.setdefault(symbol.function_type, set()).add(symbol.name)
        return self._taken.get(called, set())


def innermost(module: Module, requests: list[Request]) -> list[Request]:
    """The requests whose functions ask for no derivatives themselves: they come first."""
    callers = {r.caller.name for r in requests}
    reach = Reach(module, {})
    asking = {r.callee: callers & reach.by_names(r.callee) for r in requests}
    found = [r for r in requests if not asking[r.callee]]
    if not found:
        request = requests[0]
        raise Unsupported(
            request.location,
            f"cannot differentiate '{request.callee}': it asks for its own derivative",
            because=f"'{min(asking[request.callee])}' contains a marker, and each derivative that"
            " it asks for contains that function again",
            remedy="ask for derivatives of other functions only",
        )
    if len(found) == 1:
        return found
    maybe = {r.callee: callers & reach.by_pointers(r.callee) for r in requests}

    def is_last(request: Request) -> bool:
        """Does all that its function may ask for ask for it, too? Then order says nothing."""
        inner = (r for r in requests if r.caller.name in maybe[request.callee])
        return all(request.caller.name in maybe[r.callee] for r in inner)

    return [r for r in found if is_last(r)] or found


def to_differentiate(
    module: Module,
    requests: list[Request],
    done: set[tuple[str, Mode]],
    annotations: Annotations,
) -> frozenset[str]:
    """Functions that later rounds differentiate, or that such functions call; so are derivatives
    by hand, which the derivatives of this round may call."""
    reach = Reach(module, annotations.rules())
    found: set[str] = set()
    for callee in {r.callee: None for r in requests if (r.callee, r.family) not in done}:
        found |= reach.by_pointers(callee)
    return frozenset(found)
