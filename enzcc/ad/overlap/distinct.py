"""A second version of a derivative, for parameters whose memory does not overlap.

Without `restrict`, each store may change whatever has been read through another parameter: values
are kept on the tape that could be read again. Where that is so, and where a check can tell before
the derivative runs that the memory is apart (`overlap.extents`), there are two versions: the one
that is always right, and one made from a copy of the function whose parameters are `noalias`. Where
memory is also reached through pointers in structs, or variables, the other version is one that
takes these regions for distinct.

A function that changes arrays in place may still never overwrite what it has read (Cholesky's
scheme, substitution, tables filled row by row). Another check tells that too, and a third version
reads again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from enzcc.ad.names import original, prepared_distinct
from enzcc.ad.overlap.accesses import accesses_of
from enzcc.ad.overlap.extents import write_check, write_order_check
from enzcc.ad.report import Report
from enzcc.ir import types as ty
from enzcc.ir.function import Function
from enzcc.ir.instructions import Instruction, Load, Store
from enzcc.ir.values import Value

MOST_PAIRS: Final = 60
"""Loads and stores that are compared."""

APART: Final = "what it writes is apart from all else"
IN_ORDER: Final = "it never overwrites what it has read"

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine
    from enzcc.ad.modes.reverse import Reverse
    from enzcc.analysis.changes import Apart, Ordered


def distinct_version(
    engine: Engine, root: Reverse, build: Callable[[Function, Apart, Ordered], Reverse]
) -> list[tuple[Function, Function]]:
    """Checks, and the derivatives that `build` makes of a copy, or knowing which memory is apart.
    The last one is right where its check and all before hold; they keep less and less. None
    where there is no use, or no such check."""
    if not _kept(root):
        return []
    made = len(engine.made)
    first = _apart(engine, root, build) if _may_pay(root) else None
    part, known = (root, ()) if first is None else (first.part, first.apart)
    found = [v for v in (first, _in_order(engine, part, known, build)) if v is not None]
    while found and _kept(found[-1].part) >= _kept(root):
        found.pop()
    if not found:
        engine.forget(made)
    elif engine.report is not None:
        _describe(engine.report, root, found)
    better = [v.part if _kept(v.part) < _kept(root) else root for v in found]
    return [(v.check, part.target) for v, part in zip(found, better, strict=True)]


class _Version(NamedTuple):
    """A derivative, the check that has to hold for it, and which memory it takes for apart; what
    the report says of it, and of the check."""

    part: Reverse
    check: Function
    apart: Apart
    report: Report
    when: str


def _apart(
    engine: Engine, root: Reverse, build: Callable[[Function, Apart, Ordered], Reverse]
) -> _Version | None:
    """... of which parts of memory are apart."""
    accesses = accesses_of(root)
    if accesses is None:
        return None
    source, apart = root.source, tuple({a.region.nodes: None for a in accesses})
    if len(apart) < 2:
        return None
    if all(a.region.parameter is not None for a in accesses):
        name = prepared_distinct(original(source.name))
        if not engine.module.defines(name):
            return None
        source, apart = engine.module.function(name), ()
    made = len(engine.made)
    check = write_check(root, accesses)
    if check is None:
        engine.forget(made)
        return None
    better, report = _aside(engine, lambda: build(source, apart, frozenset()))
    return _Version(better, check, apart, report, APART)


def _in_order(
    engine: Engine,
    part: Reverse,
    apart: Apart,
    build: Callable[[Function, Apart, Ordered], Reverse],
) -> _Version | None:
    """... knowing also which stores do not change what has been read."""
    if not _kept(part):
        return None
    pairs: list[tuple[Load, Store]] = []
    for inst in _behind_kept(part):
        if inst.block is None or part.shape.loop_of.get(inst.block) is None:
            continue
        if ty.is_float(inst.type) and not inst.flags:
            pairs += [(inst, store) for store in part.changes.stores_behind(inst) or ()]
        if len(pairs) > MOST_PAIRS:
            return None
    accesses = accesses_of(part) if pairs else None
    if accesses is None:
        return None
    made = len(engine.made)
    found = write_order_check(part, accesses, pairs)
    if found is not None:
        check, ordered = found
        better, report = _aside(engine, lambda: build(part.source, apart, frozenset(ordered)))
        if _kept(better) < _kept(part):
            return _Version(better, check, apart, report, IN_ORDER)
    engine.forget(made)
    return None


def _behind_kept(part: Reverse) -> Iterator[Load]:
    """The loads from which values are computed that are kept: others might spoil the check."""
    found: set[Value] = set()
    work = [v for v in part.sweep.kept if part.sweep.home_loop(v) is not None]
    while work:
        value = work.pop()
        if value not in found and isinstance(value, Instruction):
            found.add(value)
            work += () if isinstance(value, Load) else value.operands
    for inst in part.source.instructions():
        if isinstance(inst, Load) and part.primal.get(inst) in found:
            yield inst


def _aside(engine: Engine, build: Callable[[], Reverse]) -> tuple[Reverse, Report]:
    """A derivative, and a report of its own."""
    report, own = engine.report, Report()
    engine.report = None if report is None else own
    try:
        return build(), own
    finally:
        engine.report = report


def _describe(report: Report, root: Reverse, versions: list[_Version]) -> None:
    """Each version with all checks that hold where it runs."""
    told: list[tuple[Report, str]] = []
    for number, version in enumerate(versions, 1):
        if _kept(version.part) < _kept(root):
            where = " and ".join(v.when for v in versions[:number])
            told.append((version.report, f"where {where} (tested in each call)"))
    report.add_versions(told)


def _may_pay(root: Reverse) -> bool:
    """Is something kept in a loop, and may a store through another pointer be the reason?"""
    if not _kept(root):
        return False
    for inst in root.source.instructions():
        if not isinstance(inst, Load) or root.shape.loop_of.get(inst.block) is None:  # type: ignore[arg-type]
            continue
        culprit = root.changes.culprit(inst)
        write = root.changes.write_of(culprit) if culprit is not None else None
        if write is None or write.outside:
            continue
        read = {node.find() for node in root.objects.nodes_behind(inst.pointer)}
        if read.isdisjoint(place.node.find() for place in write.places):
            return True
    return False


def _kept(part: Reverse) -> int:
    """What is kept in loops, in bytes, by how often it is thought to run."""
    sweep = part.sweep
    return sum(
        part.layout.size(value.type) * sweep.tape_weight(value)
        for value in sweep.kept
        if sweep.home_loop(value) is not None
    )
