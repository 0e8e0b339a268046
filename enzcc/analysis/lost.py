"""Active numbers that go through memory of a constant argument.

    double f(const double *x, double *work)          autodiff(f, enzyme_dup, x, dx, enzyme_const, w)
      work[0] = x[0] * x[0];
      return work[0];                                has no derivative: work has no shadow

Question     Which loads may read what was stored there before?
Transfer     A store of varied numbers into an object counts for the loads from there, of which a
             derivative is wanted, that may run later. The first of them stands for all.
Safe answer  none: the program has said that such memory is constant; it is only told.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Container, Iterator

from enzcc.analysis.activity import Activity, Shadowing
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cfg import may_follow
from enzcc.analysis.nodes import ENDLESS, Node
from enzcc.ir import types as ty
from enzcc.ir.instructions import CallBase, Instruction, Load, Return, Store
from enzcc.ir.values import Argument


def read_from_constant(activity: Activity) -> Iterator[tuple[Load, Argument]]:
    """The constant arguments in whose memory this is so, each with such a load."""
    constant = {
        node.find(): argument
        for argument in activity.root.args
        if ty.is_pointer(argument.type) and not activity.has_shadow(argument)
        for node in activity.objects.nodes_behind(argument)
        if activity.node_shadowing(node) is Shadowing.NONE and activity.node_useful(node)
    }
    if not constant:
        return
    stores: dict[Node, list[tuple[Instruction, range]]] = {}
    loads: list[Load] = []
    for function in activity.objects.functions.values():
        for inst in function.instructions():
            if isinstance(inst, Load) and ty.is_float(inst.type) and activity.is_useful(inst):
                loads.append(inst)
            for node in activity.memory_written(inst):
                if node.find() in constant:
                    reach = _reach(activity, inst)
                    stores.setdefault(node.find(), []).append((inst, reach))
    told: set[Argument] = set()
    for load in loads if stores else ():
        for node in activity.objects.nodes_behind(load.pointer):
            if node.find() not in stores or constant[node.find()] in told:
                continue
            reach = _reach(activity, load)
            if any(
                _overlap(reach, written) and _may_follow(load, store)
                for store, written in stores[node.find()]
            ) and _goes_elsewhere(activity, load, constant):
                told.add(constant[node.find()])
                yield load, constant[node.find()]


def _reach(activity: Activity, inst: Instruction) -> range:
    """The bytes of an object that are read or written; elements of arrays are one."""
    if isinstance(inst, Load | Store):
        type = inst.type if isinstance(inst, Load) else inst.value.type
        places = activity.objects.places_behind(inst.pointer)
        if len(places) == 1:
            offset = places[0].resolve()[1]
            return range(offset, offset + activity.module.layout.size(type))
    return range(-ENDLESS, ENDLESS)


def _overlap(a: range, b: range) -> bool:
    return a.start < b.stop and b.start < a.stop


def _goes_elsewhere(activity: Activity, load: Load, constant: Container[Node]) -> bool:
    """Does what is read go elsewhere than into such memory again?"""
    reached: dict[Instruction, None] = {load: None}
    work: list[Instruction] = [load]
    while work:
        value = work.pop()
        for user in value.users:
            match user:
                case Store():
                    nodes = activity.objects.nodes_behind(user.pointer)
                    if user.value is value and any(n.find() not in constant for n in nodes):
                        return True
                case Return():
                    return True
                case CallBase() if activity.kind_of_call(user) is CallKind.BODY:
                    return True
                case _ if activity.is_useful(user) and user not in reached:
                    reached[user] = None
                    work.append(user)
    return False


def _may_follow(load: Load, store: Instruction) -> bool:
    """May a load run behind a store? (Of two functions, either may run first.)"""
    home, goal = store.block, load.block
    assert home is not None
    assert goal is not None
    return home.function is not goal.function or may_follow(load, store)
