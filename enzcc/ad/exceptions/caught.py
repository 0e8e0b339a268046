"""Exceptions that leave a function which stays a call, and are caught in one that calls it.

The reverse sweep has to undo what the function did before it threw, so for the differentiated code
it does not throw, but returns and says so:

    invoke void @work(ptr %a) to label %next unwind label %pad            the handler returns
    -->
    call void @work.caught(ptr %a, ptr %thrown)
    if (*%thrown) invoke void @__cxa_rethrow() to label %never unwind label %pad
    ...
    work.caught(a, thrown) { *thrown = 0; ... catch (...) { *thrown = 1; return; } }

What it throws is begun to be caught where it leaves `work.caught`, and thrown again by the caller,
whose own landing pad finds the handler. Functions that nobody catches anything from are left alone:
an exception just passes them, and the outermost derivative releases the tape.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from enzcc.ad.copies.library import OF_COPIES
from enzcc.ad.exceptions.unwinding import PERSONALITY, is_nounwind, may_unwind
from enzcc.ad.names import SUFFIX, original, prepared
from enzcc.analysis.cfg import Shape
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int, zero
from enzcc.ir.clone import clone_function
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    Call,
    CallBase,
    ExceptionPad,
    Instruction,
    Invoke,
    LandingPad,
    Phi,
    Return,
)
from enzcc.ir.invokes import to_call, to_invoke
from enzcc.ir.module import Module
from enzcc.ir.values import Argument, Global, Value

CAUGHT: Final = ".caught"
_UNCHECKED: Final = ".unchecked"
LASTING: Final = ("", CAUGHT, _UNCHECKED, CAUGHT + _UNCHECKED)
"""How the names may end of functions made of a copy that stay when the copy goes."""

_LANDING = ty.struct((ty.PTR, ty.I32))
_BEGIN = ty.function(ty.PTR, (ty.PTR,))
_NOTHING = ty.function(ty.VOID, ())
_CATCH_ALL = "catch ptr null"


def return_what_is_caught(module: Module) -> None:
    """Calls of copies that may throw into a handler become calls that return and say so."""
    copies = [n for n in module.functions_with_bodies() if n.endswith(SUFFIX)]
    catching = {name: calls for name in copies if (calls := list(_into_handlers(module, name)))}
    wanted = _with_all_that_they_call(module, catching)
    if not wanted:
        return
    made = {name: _clone(module, name) for name in wanted}
    for function in made.values():
        _return_what_is_thrown(function, made)
    for name in catching:
        pads = _Pads(module.function(name))
        for call in list(_into_handlers(module, name)):
            _thrown_again(pads, call, made[call.called])


def _throws(module: Module, name: str) -> bool:
    """Is it a copy out of which exceptions may come?"""
    return (
        name.endswith(SUFFIX)
        and module.defines(name)
        and not is_nounwind(module, module.function(name).trailer)
    )


def _into_handlers(module: Module, name: str) -> Iterator[Invoke]:
    """Invokes of copies that unwind to where the function may still return from."""
    function = module.function(name)
    invokes = [
        block.terminator
        for block in function.blocks
        if isinstance(block.terminator, Invoke) and _throws(module, block.terminator.called)
    ]
    if invokes:
        live = Shape(function).returning()
        yield from (i for i in invokes if isinstance(i, Invoke) and i.targets[1] in live)


def _with_all_that_they_call(module: Module, catching: dict[str, list[Invoke]]) -> list[str]:
    found: dict[str, None] = {}
    work = [call.called for calls in catching.values() for call in calls]
    while work:
        name = work.pop()
        if name in found:
            continue
        found[name] = None
        for inst in module.function(name).instructions():
            if isinstance(inst, CallBase) and _throws(module, inst.called):
                work.append(inst.called)
    return list(found)


def _clone(module: Module, name: str) -> Function:
    made, _ = clone_function(module.function(name), module, prepared(original(name) + CAUGHT))
    made.type = ty.function(made.type.result, (*made.type.params, ty.PTR))
    made.args.append(Argument(ty.PTR, "thrown", "", len(made.args)))
    made.args[-1].function = made
    if "personality" not in made.trailer:
        module.declare(PERSONALITY, ty.function(ty.I32, (), True))
        made.trailer += f" personality ptr @{PERSONALITY}"
    module.add_function(made)
    return made


def callable_as_it_is(module: Module, name: str) -> Global:
    """What inactive code calls in the place of a copy: the user's function; where the copy returns
    what is thrown and its caller relies on that, where LLVM has inlined and dropped the user's, or
    where the copies do something else (`OF_COPIES`), a function made of the copy."""
    plain = original(name)
    if plain != name and module.defines(name) and any(map(module.has_symbol, OF_COPIES)):
        plain += _UNCHECKED
    if module.has_symbol(plain) or not module.defines(name):
        return module.symbol(plain)
    made, _ = clone_function(module.function(name), module, plain)
    if "internal" not in made.header.split():
        made.header = f"internal {made.header}"
    module.add_function(made)
    for inst in list(made.instructions()):
        for index, operand in enumerate(inst.operands):
            if isinstance(operand, Global) and original(operand.name) != operand.name:
                inst.set_operand(index, callable_as_it_is(module, operand.name))
    return made.symbol


def _slot(function: Function) -> Value:
    entry = function.entry
    return Builder(entry, entry.instructions[0]).alloca(ty.I8)


def _called(call: Call | Invoke, made: Function, slot: Value) -> Value:
    """Puts the call of the function that returns before a call, and says whether it threw."""
    assert call.block is not None
    emit = Builder(call.block, call)
    new = emit.call(
        made.symbol,
        made.type,
        [*call.arguments, slot],
        head=call.head,
        tail=call.tail + (call.end if isinstance(call, Invoke) else ""),
        attributes=[*call.attributes, ""],
    )
    call.replace_with(new)
    return emit.compare("icmp", "ne", emit.load(ty.I8, slot), zero(ty.I8))


class _Pads:
    """The landing pads of one function, in two: what follows them is entered from elsewhere too."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._rest: dict[Block, tuple[Block, dict[Value, Phi]]] = {}

    def rest(self, block: Block) -> tuple[Block, dict[Value, Phi]]:
        """The block behind a landing pad, and its phis of the pad and of the pad's phis."""
        found = self._rest.get(block)
        if found is not None:
            return found
        made = self.function.add_block(f"{block.name}.rest", after=block)
        pad = _landing_of(block)
        at = block.instructions.index(pad) + 1
        for inst in block.instructions[at:]:
            made.append(inst)
        del block.instructions[at:]
        for target in made.successors():
            for phi in target.phis():
                phi.blocks = [made if b is block else b for b in phi.blocks]
        emit = Builder(made)
        phis: dict[Value, Phi] = {}
        for value in (*block.phis(), pad):
            users = [u for u in value.users if not (isinstance(u, Phi) and u.block is block)]
            phi = emit.phi(value.type, [(value, block)])
            for user in users:
                if isinstance(user, Instruction):
                    user.replace(value, phi)
            phis[value] = phi
        Builder(block).branch(made)
        self._rest[block] = made, phis
        return made, phis


def _landing_of(block: Block) -> LandingPad:
    """The landing pad of a block."""
    (pad,) = (i for i in block.instructions if isinstance(i, LandingPad))
    return pad


def _thrown_again(pads: _Pads, call: Invoke, made: Function) -> None:
    """The call returns; what it threw is thrown again, to where it was to be caught."""
    function, block = pads.function, call.block
    assert block is not None
    module, (normal, unwind) = function.module, call.targets
    clauses = _landing_of(unwind).clauses
    landing = _landing_of(unwind)
    rest, phis = pads.rest(unwind)
    arriving = [(phis[phi], phi.value_from(block)) for phi in unwind.phis()]
    again = function.add_block("again", after=block)
    never = function.add_block("never", after=again)
    pad = function.add_block("pad", after=never)
    arriving = [(phi, Builder(again).phi(v.type, [(v, block)])) for phi, v in arriving]
    thrown = _called(call, made, _slot(function))
    to_call(call).erase()  # nobody uses it any more; a branch stays
    block.instructions.pop()
    Builder(block).cond_branch(thrown, again, normal)
    emit = Builder(again)
    emit.invoke(module.declare("__cxa_rethrow", _NOTHING), _NOTHING, [], [never, pad])
    Builder(never).unreachable()
    emit.at(pad)
    own = LandingPad("landingpad", landing.type, ())
    own.clauses = clauses
    emit.put(own)
    emit.call(module.declare("__cxa_end_catch", _NOTHING), _NOTHING, [], tail=" nounwind")
    emit.branch(rest)
    phis[landing].add_incoming(own, pad)
    for phi, value in arriving:
        phi.add_incoming(value, pad)


def _return_what_is_thrown(function: Function, made: dict[str, Function]) -> None:
    """No exception comes out of the function any more."""
    module, thrown = function.module, function.args[-1]
    result = function.type.result
    caught = function.add_block("caught")
    returning = function.add_block("returning")
    back: list[tuple[Value, Block]] = [(zero(result), caught)] if result is not ty.VOID else []
    pads = _Pads(function)
    for block in list(function.blocks):
        for inst in list(block.instructions):
            if isinstance(inst, Return):
                assert inst.block is not None
                back += [(value, inst.block) for value in inst.operands]
                last = inst.block
                inst.erase()
                Builder(last).branch(returning)
            elif isinstance(inst, Invoke) and inst.called in made:
                _thrown_again(pads, inst, made[inst.called])
            elif isinstance(inst, Call) and inst.called in made:
                _passed_on(inst, made[inst.called], caught)
            elif isinstance(inst, Call) and may_unwind(module, inst):
                pad = function.add_block("pad")
                to_invoke(inst, pad)
                landing = LandingPad("landingpad", _LANDING, ())
                landing.clauses = (_CATCH_ALL,)
                emit = Builder(pad)
                emit.put(landing)
                _begin_to_catch(emit, landing)
                emit.branch(caught)
    for block in function.blocks:
        last_one = block.instructions[-1] if block.instructions else None
        if isinstance(last_one, ExceptionPad) and last_one.opcode == "resume":
            emit = Builder(block, last_one)
            _begin_to_catch(emit, last_one.operands[0])
            last_one.erase()
            Builder(block).branch(caught)
        for inst in block.instructions:
            if isinstance(inst, LandingPad) and _CATCH_ALL not in inst.clauses:
                inst.clauses = (*inst.clauses, _CATCH_ALL)
    emit = Builder(caught)
    emit.store(const_int(ty.I8, 1), thrown)
    emit.branch(returning)
    emit.at(returning)
    if result is ty.VOID:
        emit.ret()
    else:
        emit.ret(emit.phi(result, back))
    entry = function.entry
    Builder(entry, entry.first_non_phi()).store(zero(ty.I8), thrown)


def _begin_to_catch(emit: Builder, landing: Value) -> None:
    assert emit.block.function is not None
    begin = emit.block.function.module.declare("__cxa_begin_catch", _BEGIN)
    emit.call(begin, _BEGIN, [emit.extract(landing, (0,), ty.PTR)], tail=" nounwind")


def _passed_on(call: Call, made: Function, caught: Block) -> None:
    """A call of a function that returns what it throws, in one that does the same."""
    block = call.block
    assert block is not None
    function = block.function
    assert function is not None
    at = block.instructions.index(call)
    rest = function.add_block("", after=block)
    for inst in block.instructions[at + 1 :]:
        rest.append(inst)
    del block.instructions[at + 1 :]
    for target in rest.successors():
        for phi in target.phis():
            phi.blocks = [rest if b is block else b for b in phi.blocks]
    thrown = _called(call, made, _slot(function))
    call.erase()
    leaving = function.add_block("leaving", after=block)
    Builder(block).cond_branch(thrown, leaving, rest)
    Builder(leaving).branch(caught)
