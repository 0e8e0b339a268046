"""A parameter that carries a vector of floats is stored as that vector.

    store double %v                      %w = bitcast double %v to <2 x float>
    ... bitcast double %v to      -->    store <2 x float> %w
        <2 x float>                      ... %w

The ABI hands over `vector_size(8)` as a double, and LLVM stores it as it came: memory would seem to
hold a double in one place, and floats in another.
"""

from __future__ import annotations

from enzcc.ir.builder import Builder
from enzcc.ir.function import Function
from enzcc.ir.instructions import Alloca, CallBase, Cast, Load, Return, Store
from enzcc.ir.types import FloatType, VectorType
from enzcc.ir.values import Argument


def store_as_vectors(function: Function, source: Function | None) -> bool:
    """Changes such uses of a function's parameters; True if there are any.

    source    the function as the frontend has made it: it puts the parameter into a variable that
              is a vector
    """
    changed = False
    for arg in filter(hands_on, function.args):
        told = None if source is None else _variable(source.args[arg.index])
        carried = told or _carried(arg)
        uses = [user for user in arg.users if isinstance(user, (CallBase, Store))]
        if carried is None:
            continue
        entry = function.blocks[0].instructions
        first = next(inst for inst in entry if not isinstance(inst, Alloca))
        vector = Builder(function.blocks[0], first).cast("bitcast", arg, carried)
        for user in uses:
            assert user.block is not None
            if isinstance(user, Store):
                user.replace(arg, vector)
            else:
                user.replace(arg, Builder(user.block, user).cast("bitcast", vector, arg.type))
        changed = True
    return changed


def hands_on(arg: Argument) -> bool:
    """Is it a float that is stored, or handed to another function?"""
    return isinstance(arg.type, FloatType) and any(
        isinstance(user, (CallBase, Store)) for user in arg.users
    )


def returned(source: Function) -> VectorType | None:
    """The vector of floats that a function of the program returns as one number: the frontend loads
    it so from a variable that is a vector."""
    for block in source.blocks:
        last = block.instructions[-1]
        value = last.operands[0] if isinstance(last, Return) and last.operands else None
        if isinstance(value, Load) and isinstance(value.type, FloatType):
            place = value.pointer
            found = place.allocated if isinstance(place, Alloca) else None
            if isinstance(found, VectorType) and isinstance(found.element, FloatType):
                return found
    return None


def _variable(arg: Argument) -> VectorType | None:
    """The vector that the variable is in which the frontend puts a parameter."""
    for user in arg.users:
        if isinstance(user, Store) and user.value is arg and isinstance(user.pointer, Alloca):
            found = user.pointer.allocated
            if isinstance(found, VectorType) and isinstance(found.element, FloatType):
                return found
    return None


def _carried(arg: Argument) -> VectorType | None:
    """The vector as which a parameter is read wherever it is not stored."""
    types = [u.type for u in arg.users if isinstance(u, Cast) and u.opcode == "bitcast"]
    stores = [u for u in arg.users if isinstance(u, Store)]
    if not types or len(types) + len(stores) != len(arg.users):
        return None
    first = types[0]
    if not isinstance(first, VectorType) or not isinstance(first.element, FloatType):
        return None
    return first if all(one == first for one in types) else None
