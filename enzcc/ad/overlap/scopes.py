"""Which memory of a derivative is distinct, said to LLVM as `!alias.scope` and `!noalias`.

    load double, ptr %x                     primal memory of one object or another
    load double, ptr %x'                    shadow memory, which mirrors it
    load double, ptr %column                the tape

LLVM would otherwise take each store to a shadow for one that may change the primal, the tape and
all other shadows: sums would not stay in registers, and loops would not be vectorised. A scope
stands for one kind of memory, and each access names its scopes and those that it cannot meet:

    tape      all else
    primal    shadow memory, except where a shadow pointer may be its primal (mixed shadowing):
              such accesses are in no scope; primal memory of objects that are surely distinct
    shadow    shadows of objects that are surely distinct

"Surely distinct" are objects made inside and anything else, two global variables, and what a
`restrict` parameter of the root points to and anything else. That promise only counts for memory
that is written: `dot(x, x)` with two `restrict` parameters is fine, and their shadows are one
memory, both added to. So a shadow is known as distinct where the primal writes its cell.

Parts of one object are distinct where constants tell how far accesses reach behind one base
(`enzcc.analysis.spans`), as matrices of fixed size in a struct are; so are parts of its shadow.

Promises of the primal's own scopes hold for one iteration, or one call that has been inlined. They
stay in the forward sweep, and are dropped where the reverse sweep loads again.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple, final

from enzcc.analysis.activity import Shadowing
from enzcc.analysis.changes import is_restricted
from enzcc.analysis.nodes import Node
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder
from enzcc.ir.instructions import Alloca, Instruction, Load, Store
from enzcc.ir.module import Module
from enzcc.ir.values import Metadata, Value
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from enzcc.ad.modes.reverse import Reverse

MOST_OBJECTS: Final = 16
"""So many objects are told apart in a function: those that are accessed most."""

MOST_PARTS: Final = 16
"""So many parts of objects are told apart in a function: those that are accessed most."""

WIDEST: Final = 64
"""Bytes that one access may touch: a vector."""


class Part(NamedTuple):
    """The bytes from one constant to another, exclusive, behind a base (its number)."""

    base: int
    start: int
    end: int

    def is_beside(self, other: Part) -> bool:
        """Are both of one object, and do not meet?"""
        return self.base == other.base and (self.end <= other.start or other.end <= self.start)


class Kind(NamedTuple):
    """Memory of one kind: "primal", "shadow" or "tape"; of one object, None: any; `written`: the
    primal writes it; of one part of the object, None: any."""

    space: str
    node: Node | None = None
    written: bool = False
    part: Part | None = None


def state_scopes(part: Reverse) -> None:
    """Marks the memory accesses of a derivative function, or of both its halves."""
    scopes = _Scopes(part)
    scopes.gather()
    scopes.mark()


@final
class Memory:
    """Which kinds of memory the pointers of one function lead to, and which kinds are distinct."""

    def __init__(self, part: Reverse) -> None:
        self.objects, self.changes = part.objects, part.changes

    def kinds(self, space: str, pointer: Value, size: int) -> frozenset[Kind]:
        """The kinds of what an access of that size may reach."""
        found: set[Kind] = set()
        for place in self.objects.places_behind(pointer):
            node, offset = place.resolve()
            found.add(Kind(space, node, self._is_written(node, offset, size)))
        return frozenset(found)

    def _is_written(self, node: Node, offset: int, size: int) -> bool:
        whole, parts = self.changes.written
        if node in whole:
            return True
        found = parts.get(node, ())
        if found and (node.stride or node.arrays or node.is_measured or (offset, size) in found):
            return True
        return any(offset < start + length and start < offset + size for start, length in found)

    def are_distinct(self, a: Kind, b: Kind) -> bool:
        """Do two kinds of memory never overlap?"""
        if a.space != b.space:
            return True
        if a.part is not None and b.part is not None and a.part.is_beside(b.part):
            return True
        if a.node is None or b.node is None or a.node is b.node:
            return False
        if not (self.objects.is_outside(a.node) and self.objects.is_outside(b.node)):
            return True
        if a.space == "shadow" and not (a.written or b.written):
            return False
        return not self.changes.may_meet(a.node, b.node)


@final
class _Scopes:
    def __init__(self, part: Reverse) -> None:
        self.part, self.memory = part, Memory(part)
        self.objects, self.module = part.objects, part.module
        self.accesses: dict[Instruction, frozenset[Kind]] = {}
        self.fresh: set[Instruction] = set()
        self.reached: dict[Instruction, Part] = {}
        self.bases: dict[Value, int] = {}

    # ------------------------------------------------------------------ what is accessed

    def gather(self) -> None:
        part = self.part
        for source, copy in part.primal.items():
            self._note(source, copy, "primal")
        for source, copy in part.shadows.sources():
            self._note(source, copy, "shadow")
        for again, copy in part.sweep.again.items():
            self.fresh.add(again)
            if copy in self.accesses:
                self.accesses[again] = self.accesses[copy]
            if copy in self.reached:
                self.reached[again] = self.reached[copy]
        for access, (pointer, offset) in part.shadow_accesses.items():
            if isinstance(access, (Load, Store)):
                self._add(access, pointer, "shadow", offset)
        for access in part.tape_accesses:
            self.accesses[access] = frozenset({Kind("tape")})
        self._merge_rare()
        self._tell_parts()

    def _note(self, source: Value, copy: Value, space: str) -> None:
        if not isinstance(copy, (Load, Store)) or not isinstance(source, (Load, Store)):
            return
        if type(source) is type(copy) and copy not in self.accesses:
            self._add(copy, source.pointer, space)

    def _add(self, access: Load | Store, pointer: Value, space: str, offset: int = 0) -> None:
        if access.block is None or not isinstance(pointer.type, ty.PointerType):
            return
        shadowing = self.part.activity.shadowing(pointer)
        if space == "shadow" and shadowing is not Shadowing.ALWAYS:
            return
        type_ = access.type if isinstance(access, Load) else access.value.type
        size = self.objects.layout.store_size(type_)
        self.accesses[access] = self.memory.kinds(space, pointer, size)
        span = self.part.changes.spans.span(pointer) if self.part.lanes.width == 1 else None
        if span is not None:
            base = self.bases.setdefault(span.base, len(self.bases))
            self.reached[access] = Part(base, span.low + offset, span.high + offset + size)

    def _merge_rare(self) -> None:
        """Keeps apart the objects that are accessed most."""
        count = Counter(kind.node for kinds in self.accesses.values() for kind in kinds)
        count.pop(None, None)
        if len(count) <= MOST_OBJECTS:
            return
        ranked = sorted(count, key=lambda n: (-count[n], n.serial if n is not None else 0))
        kept = set(ranked[:MOST_OBJECTS])
        for access, kinds in self.accesses.items():
            if any(kind.node is not None and kind.node not in kept for kind in kinds):
                self.accesses[access] = frozenset(
                    kind if kind.node is None or kind.node in kept else Kind(kind.space)
                    for kind in kinds
                )

    def _tell_parts(self) -> None:
        """Tells apart the parts behind a base that accesses reach, if not all are constant: LLVM
        compares constants itself."""
        behind: dict[int, Counter[Part]] = {}
        for access, part in self.reached.items():
            if access.block is not None:
                behind.setdefault(part.base, Counter())[part] += 1
        found: Counter[Part] = Counter()
        merged: dict[Part, Part] = {}
        for parts in behind.values():
            if max(part.end - part.start for part in parts) <= WIDEST:
                continue
            together: list[Part] = []
            for part in sorted(parts, key=lambda p: (p.start, p.end)):
                if together and part.start < together[-1].end:
                    end = max(together[-1].end, part.end)
                    together[-1] = together[-1]._replace(end=end)
                else:
                    together.append(part)
            if len(together) < 2:
                continue
            for part in parts:
                whole = next(w for w in together if w.start <= part.start < w.end)
                merged[part] = whole
                found[whole] += parts[part]
        kept = {part for part, _ in found.most_common(MOST_PARTS)}
        for access, part in self.reached.items():
            around = merged.get(part)
            if around in kept:
                self.accesses[access] = frozenset(
                    kind._replace(part=around) for kind in self.accesses[access]
                )

    # ------------------------------------------------------------------ metadata

    def mark(self) -> None:
        order = {kind: None for kinds in self.accesses.values() for kind in _sorted(kinds)}
        if len({kind.space for kind in order}) < 2 and len(order) < 2:
            return
        domain = self.module.add_metadata('distinct !{@, !"enzcc"}')
        scope = {kind: self.module.add_metadata(f"distinct !{{@, {domain}}}") for kind in order}
        self._declare({kind: one for kind, one in scope.items() if _is_of_a_run(kind)})
        lists: dict[frozenset[Kind], tuple[list[str], list[str]]] = {}
        for access, kinds in self.accesses.items():
            if access.block is None:
                continue
            if kinds not in lists:
                others = [
                    scope[k] for k in order if all(self.memory.are_distinct(k, x) for x in kinds)
                ]
                lists[kinds] = ([scope[k] for k in _sorted(kinds)], others)
            mine, others = lists[kinds]
            if access in self.fresh:
                access.tail = _without_scopes(access.tail)
            attach(self.module, access, "alias.scope", mine)
            attach(self.module, access, "noalias", others)
        for access in self.fresh:
            if isinstance(access, (Load, Store)) and access not in self.accesses:
                access.tail = _without_scopes(access.tail)

    def _declare(self, scopes: dict[Kind, str]) -> None:
        """Says that scopes hold for one run of the function: in a loop of a caller that it is
        inlined in, the next run may find the same memory behind another pointer."""
        type_ = ty.function(ty.VOID, (ty.METADATA,))
        for function in dict.fromkeys((self.part.target, self.part.back)):
            used = {
                kind
                for access, kinds in self.accesses.items()
                if access.block is not None and access.block.function is function
                for kind in kinds
            }
            entry = function.entry
            first = next(i for i in entry.instructions if not isinstance(i, Alloca))
            emit = Builder(entry, first)
            for kind, scope in scopes.items():
                if kind in used:
                    callee = self.module.declare("llvm.experimental.noalias.scope.decl", type_)
                    emit.call(callee, type_, [Metadata(self.module.metadata_node(f"!{{{scope}}}"))])


def _is_of_a_run(kind: Kind) -> bool:
    """Is it distinct from others for as long as one run of the function takes?"""
    return kind.part is not None or (kind.node is not None and is_restricted(kind.node))


def _sorted(kinds: frozenset[Kind]) -> list[Kind]:
    return sorted(
        kinds, key=lambda k: (k.space, k.node.serial if k.node else -1, k.written, k.part or ())
    )


_SCOPES = pattern(r", !(?:alias\.scope|noalias) ![0-9]+")


def _without_scopes(tail: str) -> str:
    return _SCOPES.sub("", tail)


def attach(module: Module, access: Instruction, kind: str, scopes: list[str]) -> None:
    """Adds scopes to those that the access has in this attachment."""
    if not scopes:
        return
    reference = access.metadata(kind)
    if reference is not None:
        text = module.metadata_text(reference)
        scopes = [*re.findall(r"![0-9]+", text), *scopes]
        access.tail = access.tail.replace(f", !{kind} {reference}", "")
    node = module.metadata_node(f"!{{{', '.join(scopes)}}}")
    access.tail += f", !{kind} {node}"


def own_scopes(module: Module, access: Instruction, kind: str) -> frozenset[str]:
    """The scopes in an attachment that we have made: they hold in all iterations."""
    return OwnScopes(module).of(access, kind)


@final
class OwnScopes:
    """The same for many accesses of one module: each list of scopes is read once."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._known: dict[str, frozenset[str]] = {}
        self._ours: dict[str, bool] = {}

    def of(self, access: Instruction, kind: str) -> frozenset[str]:
        """The scopes in this attachment."""
        reference = access.metadata(kind)
        if reference is None:
            return frozenset()
        found = self._known.get(reference)
        if found is None:
            scopes = re.findall(r"![0-9]+", self._module.metadata_text(reference))
            found = self._known[reference] = frozenset(filter(self._is_ours, scopes))
        return found

    def _is_ours(self, scope: str) -> bool:
        if scope not in self._ours:
            domain = re.findall(r"![0-9]+", self._module.metadata_text(scope))[-1]
            self._ours[scope] = '!"enzcc"' in self._module.metadata_text(domain)
        return self._ours[scope]
