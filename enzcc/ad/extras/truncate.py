"""Functions at lower precision: `__enzyme_truncate_..._func` and -enzyme-truncate-all.

A clone of the function in which each operation on the type becomes a call of an entry of the
run-time library of precision, which the program may define itself:

    %r = fmul double %a, %b
becomes
    %r = call double @__enzyme_fprt_64_52_binop_fmul(double %a, double %b, i64 8, i64 23, i64 2)

So do the functions that it calls. This comes last, after differentiation: a function may be
truncated that asks for derivatives. Entries that the module does not define get a weak definition
here, which rounds operands and result; one of the user's, here or in another file, wins.

Mode op (2; a whole module: 6) leaves what is in memory as it is. In mode mem (1) a value of the
type only carries a representation that the entries make: `const` of constants, `new` of what
enters, `get` of what leaves, and comparisons are entries, too.
"""
# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, final

from enzcc.errors import Unsupported, WrongPrecision
from enzcc.ir import types as ty
from enzcc.ir.builder import Builder, const_float, const_int, poison
from enzcc.ir.clone import clone_function
from enzcc.ir.function import Block, Function
from enzcc.ir.instructions import (
    AtomicRMW,
    Binary,
    CallBase,
    Cast,
    Compare,
    FNeg,
    Instruction,
    Invoke,
    Phi,
)
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.ir.types import FloatType, FunctionType, Type, VectorType
from enzcc.ir.values import Constant, ConstantFloat, ConstantWord, Global, Value
from enzcc.markers import MarkerCall, Mode, find_marker_calls
from enzcc.markers.site import Site
from enzcc.patterns import pattern
from enzcc.rules import find, is_inactive

_FORMATS: Final = {16: (5, 10), 32: (8, 23), 64: (11, 52)}
_TYPES: Final = {(5, 10): ty.HALF, (8, 23): ty.FLOAT, (11, 52): ty.DOUBLE}
_ENTRY: Final = "__enzyme_fprt_"
_OWN: Final = ("__enzcc_", _ENTRY, "enzcc.")
_INTRINSIC: Final = pattern(r"llvm\.[a-z0-9.]+?\.(?:v(\d+))?(f16|f32|f64)(\.i32)?$")
# These move bits, or look at them, and no format matters.
_EXACT: Final = ("llvm.is.fpclass", "llvm.canonicalize", "llvm.arithmetic.fence", "llvm.ssa.copy")
_REPRESENTING: Final = ("const", "new", "get")
"""Who defines one of these chooses the representation: no other entry is made then."""
MEM, OP, MODULE = 1, 2, 6


@final
@dataclass(frozen=True)
class Precision:
    """What is asked for: the type, and the bits of exponent and significand of the format."""

    type: FloatType
    source: tuple[int, int]
    target: tuple[int, int]
    mode: int

    @property
    def prefix(self) -> str:
        return f"{_ENTRY}{sum(self.source) + 1}_{self.source[1]}_"

    def name(self, function: str) -> str:
        how = {MEM: "mem", OP: "op"}.get(self.mode, "all")
        return f"enzcc.{how}.{self.target[0]}_{self.target[1]}.of.{self.source[1]}.{function}"


def truncate(text: str, everywhere: str) -> tuple[str, list[str], bool]:
    """The module with requests for lower precision answered, the new functions, and whether these
    need the run-time library.

    everywhere   what -enzyme-truncate-all says, for all functions of the module
    """
    if "__enzyme_truncate_" not in text and "__enzyme_expand_" not in text and not everywhere:
        return text, [], False
    truncation = _Truncation(Module.parse(text))
    while found := [m for m in find_marker_calls(truncation.module) if m.mode is Mode.TRUNCATE]:
        for marker in found:  # clones have the markers of their originals
            truncation.answer(marker)
    for precision in read_everywhere(everywhere):
        truncation.whole(precision)
    return truncation.finish()


def read_everywhere(words: str) -> list[Precision]:
    """What -enzyme-truncate-all says: `64to32;32to11-8`. Raises WrongPrecision."""
    found: list[Precision] = []
    for part in filter(None, words.split(";")):
        m = re.fullmatch(r"(\d+)(?:-(\d+))?to(\d+)(?:-(\d+))?", part)
        if m is None:
            raise WrongPrecision(
                None,
                f"cannot read '{part}' in -enzyme-truncate-all",
                remedy="write 64to32, 64to11-8 or 11-52to8-23, several with semicolons",
            )
        numbers = [int(n) if n else None for n in m.groups()]
        source = _format(None, numbers[0] or 0, numbers[1])
        target = _format(None, numbers[2] or 0, numbers[3])
        found.append(_precision(None, source, target, MODULE))
    return found


def _format(site: Site | None, width: int, significand: int | None) -> tuple[int, int]:
    """Bits of exponent and significand."""
    if significand is not None:
        if 2 <= width <= 19 and 1 <= significand <= 237:
            return width, significand
        _fail(site, f"there is no format with {width} and {significand} bits")
    if width not in _FORMATS:
        _fail(site, f"there is no format of {width} bits")
    return _FORMATS[width]


def _precision(
    site: Site | None, source: tuple[int, int], target: tuple[int, int], mode: int
) -> Precision:
    if source not in _TYPES:
        _fail(site, "the type that loses precision has to be of 16, 32 or 64 bits")
    if source == target:
        _fail(site, "the two formats are the same")
    if mode != MEM and (target[0] > source[0] or target[1] > source[1]):
        _fail(site, "the format is not narrower than the type")
    return Precision(_TYPES[source], source, target, mode)


def _fail(site: Site | None, message: str) -> NoReturn:
    raise WrongPrecision(
        site.location if site else None,
        message,
        remedy="a format is a width (16, 32, 64), or bits of exponent and bits of significand",
    )


class _Truncation:
    """One module while its functions lose precision."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.clones: dict[tuple[str, Precision], Function] = {}
        self.work: list[tuple[Function, Precision]] = []
        self.entries: dict[str, str] = {}  # the definitions for want of others, by name
        self.changed: list[str] = []

    # Requests

    def answer(self, found: MarkerCall) -> None:
        """Put the address of the clone, or a converted value, in the place of a marker call."""
        site = Site(self.module, found.caller, found.call)
        call = found.call
        numbers = [site.tracer.integer(v) for v in call.arguments[1:]]
        if not 2 <= len(numbers) <= 3 or None in numbers:
            raise WrongPrecision(
                site.location,
                f"'{site.marker}' takes two or three constants behind its first argument",
                remedy="bits of the type; bits of the format, or of its exponent and significand",
            )
        given = [n or 0 for n in numbers]
        source = _format(site, given[0], None)
        target = _format(site, given[1], given[2] if len(given) == 3 else None)
        mode = OP if "truncate_op" in site.name else MEM
        precision = _precision(site, source, target, mode)
        if "_value" in site.name:
            kind = "get" if "expand" in site.name else "new"
            value = call.arguments[0]
            if value.type is not precision.type or call.type is not precision.type:
                raise WrongPrecision(
                    site.location,
                    f"'{site.marker}' converts a value of {source[0] + source[1] + 1} bits",
                    because=f"it is declared for '{value.type}'",
                )
            assert call.block is not None
            new: Value = self._call_entry(
                Builder(call.block, call), precision, kind, precision.type, [value]
            )
        else:
            functions = [s for s in site.tracer.sources(call.arguments[0]) if s is not None]
            if len(functions) != 1 or not self._can_truncate(functions[0]):
                raise WrongPrecision(
                    site.location,
                    "cannot tell which function is to lose precision, or it is defined elsewhere",
                    remedy="write the name of a function that this file defines",
                )
            function = functions[0]
            assert isinstance(function, Global)
            clone = self.clone(function.name, precision)
            new = self.module.symbol(clone.name)
        call.replace_with(new)
        self._erase(found.caller, call)
        self._drain()

    def _can_truncate(self, function: Value) -> bool:
        return isinstance(function, Global) and self.module.defines(function.name)

    def _erase(self, caller: Function, call: CallBase) -> None:
        if isinstance(call, Invoke):
            assert call.block is not None
            for phi in call.targets[1].phis():
                _forget(phi, call.block)
            Builder(call.block, call).branch(call.targets[0])
        call.erase()

    def clone(self, name: str, precision: Precision) -> Function:
        """The truncated clone of a function, made once."""
        key = (name, precision)
        if key not in self.clones:
            made, _ = clone_function(self.module.function(name), self.module, precision.name(name))
            made.header = "internal"
            self.module.add_function(made)
            self.clones[key] = made
            self.work.append((made, precision))
        return self.clones[key]

    def whole(self, precision: Precision) -> None:
        """All functions of the module, but for the entries and what these call."""
        passed: set[str] = set()
        work = [n for n in self.module.functions_with_bodies() if n.startswith(_ENTRY)]
        while work:
            name = work.pop()
            if name not in passed and self.module.defines(name):
                passed.add(name)
                work += self.module.calls_in_text(name)
        for name in self.module.functions_with_bodies():
            if name not in passed and not name.startswith("__enzcc_"):
                self.work.append((self.module.function(name), precision))
        self._drain()

    def _drain(self) -> None:
        while self.work:
            function, precision = self.work.pop()
            self._function(function, precision)
            self.changed.append(function.name)

    # Functions

    def _function(self, function: Function, precision: Precision) -> None:
        for block in function.blocks:
            for inst in list(block.instructions):
                self._instruction(function, inst, precision)

    def _instruction(self, function: Function, inst: Instruction, p: Precision) -> None:
        assert inst.block is not None
        if p.mode == MEM and not (isinstance(inst, CallBase) and self._is_marker(inst)):
            self._constants(inst, p)
        emit = Builder(inst.block, inst)
        lane = _lane(inst.type)
        match inst:
            case Binary() if lane is p.type:
                self._replace(
                    inst, self._entry(emit, p, f"binop_{inst.opcode}", inst, inst.operands)
                )
            case FNeg() if lane is p.type:
                operands = [const_float(inst.type, -0.0), inst.operands[0]]
                self._replace(inst, self._entry(emit, p, "binop_fsub", inst, operands))
            case Compare() if p.mode == MEM and _lane(inst.operands[0].type) is p.type:
                kind = f"fcmp_{inst.predicate.split()[-1]}"
                self._replace(inst, self._entry(emit, p, kind, inst, inst.operands))
            case Cast() if p.mode == MEM and inst.opcode != "bitcast":
                self._conversion(inst, p)
            case AtomicRMW() if inst.type is p.type:
                raise Unsupported(
                    self.module.location(inst),
                    "cannot lower the precision of an atomic operation on floating values",
                )
            case CallBase():
                self._call(function, inst, p)

    def _constants(self, inst: Instruction, p: Precision) -> None:
        """mem: constants get their representation where they are used."""
        for index, operand in enumerate(inst.operands):
            is_constant = isinstance(operand, ConstantFloat) or (
                isinstance(operand, ConstantWord) and operand.word == "zeroinitializer"
            )
            if isinstance(operand.type, VectorType) and isinstance(operand, Constant):
                if operand.type.element is p.type and not isinstance(inst, (Binary, Compare)):
                    raise Unsupported(
                        self.module.location(inst),
                        "cannot hold a constant vector at another precision",
                        remedy="write the operation for each element",
                    )
                continue
            if operand.type is not p.type or not is_constant:
                continue
            if isinstance(inst, Phi):
                block = inst.blocks[index]
                emit = Builder(block, block.terminator)
            else:
                assert inst.block is not None
                emit = Builder(inst.block, inst)
            inst.set_operand(index, self._call_entry(emit, p, "const", p.type, [operand]))

    def _conversion(self, inst: Cast, p: Precision) -> None:
        """mem: other types see the value; what comes from them gets a representation."""
        assert inst.block is not None
        if inst.operands[0].type is p.type:
            emit = Builder(inst.block, inst)
            inst.set_operand(0, self._call_entry(emit, p, "get", p.type, [inst.operands[0]]))
        if inst.type is p.type:
            following = inst.block.instructions[inst.block.instructions.index(inst) + 1]
            new = self._call_entry(Builder(inst.block, following), p, "new", p.type, [inst])
            for user in list(inst.users):
                if user is not new:
                    user.replace(inst, new)

    def _call(self, function: Function, call: CallBase, p: Precision) -> None:
        callee = call.callee
        if not isinstance(callee, Global):
            if str(getattr(callee, "text", "")).startswith("asm") or not self._touches(call, p):
                return
            raise Unsupported(
                self.module.location(call),
                "cannot lower the precision of a call through a function pointer",
                because="which function is called is known at run time only",
                remedy="call the function by its name",
            )
        name = callee.name
        if name.startswith(_OWN) or self._is_marker(call):
            return
        if self.module.defines(name):
            if p.mode != MODULE:
                clone = self.clone(name, p)
                call.set_operand(len(call.operands) - 1, self.module.symbol(clone.name))
            return
        if not self._touches(call, p):
            return
        assert call.block is not None
        intrinsic = _INTRINSIC.match(name)
        if name.startswith("llvm."):
            if name.startswith(_EXACT):
                return
            if intrinsic is None or ".vector.reduce." in name or ".constrained." in name:
                raise Unsupported(
                    self.module.location(call), f"cannot lower the precision of '{name}'"
                )
            scalar = re.sub(r"\.v\d+(?=f\d+)", ".", name)
            kind = "intr_" + scalar.replace(".", "_")
            original = scalar
        elif find(name, call.function_type) is not None and not is_inactive(name):
            kind, original = f"func_{name}", name
        else:
            if p.mode == MEM:
                self._leave(call, p)
            return
        emit = Builder(call.block, call)
        if call.type is ty.VOID or any(isinstance(a.type, ty.PointerType) for a in call.arguments):
            if p.mode == MEM:
                raise Unsupported(
                    self.module.location(call),
                    f"cannot hold values at another precision across '{name}'",
                    because="it hands out results through pointers",
                )
            return
        new = self._entry(emit, p, kind, call, call.arguments, original)
        call.replace_with(new)
        self._erase(function, call)

    def _leave(self, call: CallBase, p: Precision) -> None:
        """mem: functions that know nothing of representations see values."""
        assert call.block is not None
        emit = Builder(call.block, call)
        for index, argument in enumerate(call.arguments):
            if argument.type is p.type:
                call.set_operand(index, self._call_entry(emit, p, "get", p.type, [argument]))
        if call.type is p.type and not isinstance(call, Invoke):
            following = call.block.instructions[call.block.instructions.index(call) + 1]
            new = self._call_entry(Builder(call.block, following), p, "new", p.type, [call])
            for user in list(call.users):
                if user is not new:
                    user.replace(call, new)

    def _touches(self, call: CallBase, p: Precision) -> bool:
        types = [call.type, *(a.type for a in call.arguments)]
        return any(_lane(t) is p.type for t in types)

    def _is_marker(self, call: CallBase) -> bool:
        return isinstance(call.callee, Global) and (
            "__enzyme_truncate_" in call.callee.name or "__enzyme_expand_" in call.callee.name
        )

    # Entries

    def _entry(
        self,
        emit: Builder,
        p: Precision,
        kind: str,
        inst: Instruction,
        operands: Sequence[Value],
        original: str = "",
    ) -> Value:
        """An entry in the place of an instruction, once a lane of a vector."""
        lanes = inst.type
        if not isinstance(lanes, VectorType):
            if p.mode == MEM:
                operands = [
                    self._call_entry(emit, p, "const", p.type, [v])
                    if isinstance(v, Constant) and v.type is p.type
                    else v
                    for v in operands
                ]
            return self._call_entry(emit, p, kind, inst.type, operands, inst, original)
        if lanes.scalable:
            raise Unsupported(
                self.module.location(inst), "cannot lower the precision of scalable vectors"
            )
        result: Value = poison(inst.type)
        for number in range(lanes.count):
            index = const_int(ty.int_type(64), number)
            parts = [
                emit.extract_element(v, index) if isinstance(v.type, VectorType) else v
                for v in operands
            ]
            if p.mode == MEM:
                parts = [
                    self._call_entry(emit, p, "const", p.type, [part])
                    if isinstance(v, Constant) and part.type is p.type
                    else part
                    for v, part in zip(operands, parts, strict=True)
                ]
            one = self._call_entry(emit, p, kind, lanes.element, parts, inst, original)
            result = emit.insert_element(result, one, index)
        return result

    def _call_entry(
        self,
        emit: Builder,
        p: Precision,
        kind: str,
        result: Type,
        operands: Sequence[Value],
        inst: Instruction | None = None,
        original: str = "",
    ) -> Value:
        name = p.prefix + kind
        i64 = ty.int_type(64)
        types = tuple(v.type for v in operands)
        signature = ty.function(result, (*types, i64, i64, i64))
        own = p.mode == MEM and any(self.module.defines(p.prefix + k) for k in _REPRESENTING)
        if not own and not self.module.has_symbol(name):
            if p.target[0] > p.source[0] or p.target[1] > p.source[1]:
                _fail(
                    None,
                    f"a format that is wider than the type needs '{name}' of the program's own",
                )
            self.entries[name] = _definition(name, kind, signature, original)
        symbol = self.module.declare(name, signature)
        numbers = [const_int(i64, n) for n in (*p.target, p.mode)]
        return emit.call(
            symbol,
            signature,
            [*operands, *numbers],
            head="zeroext " if result is ty.I1 else "",
            tail=_place(emit, inst),
        )

    @staticmethod
    def _replace(inst: Instruction, new: Value) -> None:
        inst.replace_with(new)
        inst.erase()

    def finish(self) -> tuple[str, list[str], bool]:
        for name in self.changed:
            self.module.function(name).name_everything()
        for name in self.entries:
            self.module.remove_function(name)
        text = self.module.print()
        for definition in self.entries.values():
            text += "\n" + definition
        rounds = sorted({m for d in self.entries.values() for m in _ROUND.findall(d)})
        text += _missing_declarations(text, self.entries.values())
        return text, self.changed, bool(rounds)


_ROUND: Final = pattern(r"@(__enzcc_round_\w+)\(")
_CALLED: Final = pattern(r"= call (\S+) @([\w.]+)\(([^)]*)\)")


def _missing_declarations(text: str, definitions: Iterable[str]) -> str:
    """Declarations of what the entries call, and the module did not."""
    out: dict[str, str] = {}
    for definition in definitions:
        for result, name, arguments in _CALLED.findall(definition):
            if re.search(rf"^(?:declare|define) [^\n]*@{re.escape(name)}\(", text, re.M):
                continue
            types = [argument.split()[0] for argument in arguments.split(", ") if argument]
            out[name] = f"declare {result} @{name}({', '.join(types)})\n"
    return "\n" + "".join(out.values())


def _definition(name: str, kind: str, type: FunctionType, original: str) -> str:
    """What an entry does if nobody defines it: operands and result rounded to the format."""
    *operands, _, _, _ = type.params
    lines: list[str] = []
    values: list[str] = []
    for index, operand in enumerate(operands):
        value = f"%a{index}"
        values.append(value if kind == "get" else _rounded(operand, value, f"x{index}", lines))
    given = ", ".join(f"{t} {v}" for t, v in zip(operands, values, strict=True))
    result = type.result
    if kind in ("const", "new", "get"):
        lines.append(f"  ret {result} {values[0]}")
    else:
        if kind.startswith("binop_"):
            lines.append(f"  %r = {kind[6:]} {operands[0]} {', '.join(values)}")
        elif kind.startswith("fcmp_"):
            lines.append(f"  %r = fcmp {kind[5:]} {operands[0]} {', '.join(values)}")
        else:
            lines.append(f"  %r = call {result} @{quoted(original)}({given})")
        lines.append(f"  ret {result} {_rounded(result, '%r', 'y', lines)}")
    params = ", ".join([*(f"{t} %a{i}" for i, t in enumerate(operands)), "i64 %e, i64 %s, i64 %m"])
    head = "zeroext " if result is ty.I1 else ""
    body = "\n".join(lines)
    return f"define weak {head}{result} @{name}({params}) nounwind {{\n{body}\n}}\n"


def _rounded(type: Type, value: str, name: str, lines: list[str]) -> str:
    """Adds the lines that round a value of a floating type; where the result is."""
    if type in (ty.HALF, ty.BFLOAT):
        lines.append(f"  %{name}.wide = fpext {type} {value} to float")
        wide = _rounded(ty.FLOAT, f"%{name}.wide", f"{name}.round", lines)
        lines.append(f"  %{name} = fptrunc float {wide} to {type}")
        return f"%{name}"
    if type not in (ty.DOUBLE, ty.FLOAT):
        return value
    function = "__enzcc_round_64_52" if type is ty.DOUBLE else "__enzcc_round_32_23"
    lines.append(f"  %{name} = call {type} @{function}({type} {value}, i64 %e, i64 %s)")
    return f"%{name}"


def _place(emit: Builder, inst: Instruction | None) -> str:
    """A place in the source for a new call: LLVM wants one where the function has any."""
    for near in (inst, emit.before):
        if near is not None and near.dbg:
            return near.dbg
    function = emit.block.function
    assert function is not None
    return next((inst.dbg for inst in function.instructions() if inst.dbg), "")


def _lane(type: Type) -> Type:
    return type.element if isinstance(type, VectorType) else type


def _forget(phi: Phi, block: Block) -> None:
    """A phi without what came from a block."""
    kept = [(v, b) for v, b in phi.incoming() if b is not block]
    phi.drop_operands()
    phi.blocks = []
    for value, source in kept:
        phi.add_incoming(value, source)
