"""A derivative by hand that changes memory that it reads is called once a lane all the same: what
it has written is taken back before the next call.

    scale_tangent(x, dx0, ...)              x[i] *= k behind the dx[i] = ...
    scale_tangent(x, dx1, ...)
    -->
    log = open()
    scale_tangent.undone(x, dx0, ..., log)  notes what lies where it is going to write
    back(log)                               ... and that is what lies there again
    scale_tangent(x, dx1, ...)              the last call stays
    again(log)                              what the others wrote to the shadows of their lanes

What they all write, to memory of the primal, is the same. That works for functions whose bodies are
here, down to the functions that they call; for others it is refused (`enzcc.ad.byhand.byhand`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_int
from enzcc.ir.clone import clone_function
from enzcc.ir.instructions import (
    Alloca,
    AtomicRMW,
    CallBase,
    Cast,
    CompareExchange,
    GetElementPtr,
    Instruction,
    Store,
)
from enzcc.ir.values import Argument, Global, Value
from enzcc.rules import ALLOCATORS, DEALLOCATORS, find, is_inactive

if TYPE_CHECKING:
    from enzcc.ad.engine import Engine

_TRANSFERS: Final = ("llvm.memcpy.", "llvm.memmove.", "llvm.memset.")
_WRITES_NOTHING: Final = (
    "llvm.dbg.", "llvm.lifetime.", "llvm.stackrestore", "llvm.objectsize.", "llvm.threadlocal.",
    "llvm.prefetch.", "llvm.ptrmask.", "llvm.launder.", "llvm.strip.", "__ubsan_handle_",
    "llvm.annotation.", "llvm.ptr.annotation.", "llvm.var.annotation.",
)  # fmt: skip


@final
class Undone:
    """Copies of one module's functions that note what they overwrite, made as they are needed."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.module = engine, engine.module
        self._possible: dict[str, bool] = {}
        self._made: dict[str, Global] = {}

    def is_possible(self, name: str) -> bool:
        """Is it known all that the function does?"""
        found = self._possible.get(name)
        if found is None:
            self._possible[name] = True  # in a cycle
            found = self._possible[name] = (
                not self.engine.again
                and self.module.defines(name)
                and not self.module.function(name).type.vararg
                and all(
                    self._is_known(inst)
                    for inst in self.module.function(name).instructions()
                    if isinstance(inst, CallBase)
                )
            )
        return found

    def copy(self, name: str) -> Global:
        """The copy of a function of which that is so; it takes the log behind its parameters."""
        found = self._made.get(name)
        if found is not None:
            return found
        made, _ = clone_function(self.module.function(name), self.module, f"{name}.undone")
        log = Argument(ty.PTR, "enzcc.log", "", len(made.args))
        log.function = made
        made.args.append(log)
        made.type = ty.function(made.type.result, (*made.type.params, ty.PTR))
        made.header = "internal " + " ".join(
            w for w in made.header.split() if w in ("fastcc", "coldcc", "win64cc", "sysv64cc")
        )
        made.trailer = "noinline" + (" uwtable" if "uwtable" in made.trailer else "")
        self.module.add_function(made)
        self._made[name] = made.symbol
        for inst in list(made.instructions()):
            self._note(inst, log)
        return made.symbol

    def open(self, emit: Builder) -> Value:
        """A log without entries."""
        return self._helper(emit, "open", ty.PTR)

    def back(self, emit: Builder, log: Value) -> None:
        """What was overwritten since the last time is there again."""
        self._helper(emit, "back", ty.VOID, log)

    def again(self, emit: Builder, log: Value) -> None:
        """What had been written before is there again; the log is given back."""
        self._helper(emit, "again", ty.VOID, log)

    def _is_known(self, call: CallBase) -> bool:
        if not isinstance(call.callee, Global) or call.bundles:
            return False
        name, type = call.callee.name, call.function_type  # noqa: A001 - LLVM's word
        if name.startswith((*_TRANSFERS, *_WRITES_NOTHING)):
            return True
        if name in ALLOCATORS:
            return ALLOCATORS[name].old is None and ALLOCATORS[name].out is None
        if name in DEALLOCATORS:
            return True
        if find(name, type) is not None:
            return all(_is_own(a) for a in call.arguments if ty.is_pointer(a.type))
        if self.module.defines(name):
            return not type.vararg and self.is_possible(name)
        if name.startswith("llvm."):
            return not any(ty.is_pointer(a.type) for a in call.arguments)
        return is_inactive(name, type)

    def _note(self, inst: Instruction, log: Value) -> None:
        """Notes what an instruction is going to overwrite."""
        assert inst.block is not None
        emit = Builder(inst.block, inst)
        layout = self.module.layout
        match inst:
            case Store():
                self._place(emit, log, inst.pointer, layout.store_size(inst.value.type))
            case AtomicRMW() | CompareExchange():
                size = layout.store_size(inst.operands[1].type)
                self._place(emit, log, inst.operands[0], size)
            case CallBase(callee=Global(name=name)) if name.startswith(_TRANSFERS):
                self._place(emit, log, inst.arguments[0], inst.arguments[2])
            case CallBase(callee=Global(name=name)) if name in DEALLOCATORS:
                block = inst.arguments[DEALLOCATORS[name].pointer]
                self._helper(emit, "gone", ty.VOID, log, block)
            case CallBase(callee=Global(name=name)) if self.module.defines(name):
                inst.operands = [*inst.arguments, log, self.copy(name)]
                inst.attributes = [*inst.attributes, ""]

    def _place(self, emit: Builder, log: Value, place: Value, size: Value | int) -> None:
        if _is_own(place):
            return
        if isinstance(size, int):
            size = const_int(ty.I64, size)
        elif size.type is not ty.I64:
            size = emit.cast("zext", size, ty.I64)
        self._helper(emit, "note", ty.VOID, log, place, size)

    def _helper(self, emit: Builder, name: str, result: ty.Type, *arguments: Value) -> Value:
        self.engine.use_runtime()
        type = ty.function(result, tuple(a.type for a in arguments))  # noqa: A001 - LLVM's word
        symbol = self.module.declare(f"__enzcc_undo_{name}", type)
        return emit.call(symbol, type, list(arguments))


def _is_own(place: Value) -> bool:
    """Is it a local variable, or a part of one?"""
    while isinstance(place, (GetElementPtr, Cast)):
        place = place.operands[0]
    return isinstance(place, Alloca)
