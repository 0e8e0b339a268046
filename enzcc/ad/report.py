"""What the user is told by -fenzcc-report: what was stored, what was computed again, and why.

    decay.c:6: gradient of 'f'
      on the tape: 8 bytes * trips(7) * trips(8)
      decay.c:9: loaded again: a double; nothing changes it before the reverse sweep
      decay.c:9:18: stored: a double, 8 bytes * trips(7) * trips(8)
          because the write at decay.c:9:12 may change what is loaded at decay.c:9:18
      decay.c:11: computed again: sin, *; that costs less than to store 16 bytes * trips(11)

`trips(8)` is how often the loop at line 8 runs, `numbers(8)` how many places those lie in
that line 8 moves about. Reads the plan of a finished sweep (modes.sweep, tape.tape) and
changes nothing.
"""
# ruff: noqa: A001 - `type` is LLVM's word, and it has no other

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple, final

from enzcc.ad.names import in_source, original
from enzcc.analysis.callkind import CallKind
from enzcc.analysis.cfg import Loop
from enzcc.errors import Location
from enzcc.ir import types as ty
from enzcc.ir.instructions import Binary, CallBase, FNeg, Instruction, Load, Phi, Select
from enzcc.ir.values import Constant, Global, Value

if TYPE_CHECKING:
    from enzcc.ad.modes.sweep import Sweep

_SIGNS: Final = {"fadd": "+", "fsub": "-", "fmul": "*", "fdiv": "/", "fneg": "-", "select": "?:"}
_NAMES: Final = {"x86_fp80": "long double", "fp128": "_Float128", "half": "_Float16"}
_ORIGIN_BYTES: Final = 8
"""Of an index in a window that may be twice as large as what is moved."""
_NOWHERE: Final = Location("", 0, 0)


class _Entry(NamedTuple):
    """One line, and the one below it."""

    place: Location
    text: str
    because: str = ""

    @property
    def key(self) -> tuple[str, int, int, str]:
        return (self.place.file, self.place.line, self.place.column, self.text)


@final
class Report:
    """Gathers what was decided for each function; `text` is what is printed."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []

    @property
    def text(self) -> str:
        return "\n".join(part.text for part in self._parts)

    def add(self, sweep: Sweep) -> None:
        """Describes a function whose sweep is finished."""
        self._parts.append(_Description(sweep).part())

    def add_versions(self, versions: list[tuple[Report, str]]) -> None:
        """What was described last is of a derivative that has other versions as well: they are
        described in front of it, the one that keeps least first, each with when it runs."""
        slowest = self._parts.pop()
        for report, when in reversed(versions):
            for part in report._parts:
                self._parts.append(_Part(f"{part.head}, {when}", part.lines))
        self._parts.append(_Part(f"{slowest.head}, otherwise", slowest.lines))

    @property
    def count(self) -> int:
        """How many functions have been described."""
        return len(self._parts)

    def cut(self, count: int) -> None:
        """Forgets all but the first of them."""
        del self._parts[count:]


class _Part(NamedTuple):
    """What is said of one function."""

    head: str
    lines: list[str]

    @property
    def text(self) -> str:
        return "".join(f"{line}\n" for line in (self.head, *self.lines))


@final
class _Description:
    """The report of one function."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep, self.reverse = sweep, sweep.reverse
        self.module = sweep.reverse.module
        self.start = self.module.subprogram_location(in_source(self.reverse.source.name))
        self.file = self.start.file if self.start is not None else ""
        self.stored: list[_Entry] = []
        self.tape: dict[str, int] = {}
        self.own: dict[str, int] = {}
        self.stack = 0

    def part(self) -> _Part:
        self._look_at_the_tape()
        lines = self._totals()
        entries = [*self.stored, *self._computed_again()]
        for entry in sorted(dict.fromkeys(entries), key=lambda e: e.key):
            column = f":{entry.place.column}" if entry.place.column else ""
            place = f"{entry.place.file}:{entry.place.line}{column}: " if entry.place.line else ""
            lines.append(f"  {place}{entry.text}")
            if entry.because:
                lines.append(f"      because {entry.because}")
        return _Part(self._head(), lines)

    def _head(self) -> str:
        name = in_source(self.reverse.source.name)
        place = f"{self.start.file}:{self.start.line}: " if self.start is not None else ""
        if self.reverse.outer:
            return f"{place}gradient of '{name}', in split mode"
        if self.reverse.split or self.reverse.whole:
            return f"{place}gradient of '{name}', at each call from another function"
        return f"{place}gradient of '{name}'"

    def _totals(self) -> list[str]:
        parts = [_times(size, formula) for formula, size in self.tape.items()]
        lines = [f"  on the tape: {' + '.join(parts) if parts else 'nothing'}"]
        if self.own:
            own = " + ".join(_times(size, formula) for formula, size in self.own.items())
            lines.append(f"    of which for the tape itself: {own}")
        if self.stack:
            lines.append(f"  in registers or on the stack: {_times(self.stack, '')}")
        return lines

    # ------------------------------------------------------------------ stored

    def _look_at_the_tape(self) -> None:
        tape = self.sweep.tape
        for plan in tape.replays.values():
            self._count(plan.bytes, self._trips(plan.loop))
            for value in plan.values:
                text = "computed once more in front of the reverse loop, or in it"
                why = "the loop carries it along by itself"
                self.stored.append(_Entry(self._place(value) or _NOWHERE, text, why))
        self._count_origins()
        for loop, values in tape.levels.items():
            for value in values:
                formula = self._trips(loop, value)
                if loop is not None and tape.is_linked(loop) and value is values[0]:
                    self._count(tape.link_bytes(loop), formula)
                elif loop is None and not self.reverse.split:
                    self.stack += tape.size(value)
                elif loop is not None and not tape.is_linked(loop) and tape.is_on_stack(value):
                    self.stack += self._bytes(value) * tape.constant_trips(value)
                elif loop is None or not tape.is_linked(loop):
                    self._count(self._bytes(value), formula)
                if loop is not None or self.reverse.split:
                    self._store(value, tape.size(value), formula)

    def _count_origins(self) -> None:
        """Numbers that are only moved about (enzcc.ad.tape.origins)."""
        for moves in self.reverse.activity.moves.get(self.reverse.source.name, ()):
            place = self.module.location(next(iter(moves.stores))) or _NOWHERE
            formula = f" * numbers({place.line})"
            self._count(_ORIGIN_BYTES, formula)
            text = f"stored: where each number came from, {_times(_ORIGIN_BYTES, formula)}"
            why = "the loops around it only move numbers about, and look at them to decide where to"
            self.stored.append(_Entry(place, text, why))

    def _bytes(self, value: Value) -> int:
        """How many bytes more a value needs."""
        return 0 if value in self.sweep.tape.sharing else self.sweep.tape.size(value)

    def _count(self, size: int, formula: str) -> None:
        self.tape[formula] = self.tape.get(formula, 0) + size

    def _store(self, value: Value, size: int, formula: str) -> None:
        what = self._what(value)
        if not what:
            self.own[formula] = self.own.get(formula, 0) + self._bytes(value)
            return
        text = f"stored: {what}, {_times(size, formula)}"
        self.stored.append(_Entry(self._place(value) or _NOWHERE, text, self._why(value)))

    def _what(self, value: Value) -> str:
        """What is kept, in the user's words; "" for what the tape needs for itself."""
        if value in self.sweep.from_phis:
            return "which way was taken to get here"
        if value in self.sweep.exit_phis:
            return "how often the loop ran"
        source = self._source(value)
        if source is None:
            return ""
        if self.reverse.shadows.source(value) is not None:
            return "the shadow of a pointer"
        return _kind(value)

    def _why(self, value: Value) -> str:
        blocking = self._blocking(value)
        if blocking is None:
            if not self.reverse.engine.settings.recompute:
                return "nothing is computed again (-fenzcc-no-recompute)"
            return "that costs less than to compute it again"
        reason = self._obstacle(blocking)
        if blocking is value or not reason:
            return reason
        return f"it depends on what cannot be computed again: {reason}"

    def _blocking(self, value: Value) -> Value | None:
        """The first value, from this one down its operands, that cannot be computed again."""
        seen: dict[Value, None] = {}
        work = [value]
        while work:
            found = work.pop()
            if found in seen or self.sweep.is_free(found):
                continue
            seen[found] = None
            operands = self.sweep.recipes.of(found)
            if operands is None:
                return found
            work.extend(reversed(operands))
        return None

    def _obstacle(self, value: Value) -> str:
        """Why a value cannot be computed again in the reverse sweep."""
        if value in self.sweep.from_phis:
            return "several branches decide it"
        if value in self.sweep.exit_phis:
            return "the number of iterations is not known before the loop runs"
        source = self._source(value)
        at = self._at(value)
        match source:
            case Load():
                return self._obstacle_of_load(source, at)
            case Phi():
                loop = self.sweep.home_loop(value)
                block = self.sweep.home(value)
                if loop is not None and loop.header is block:
                    line = self._line(loop)
                    return f"the loop at line {line} carries it from one iteration to the next"
                return f"the way through the branches{at} decides it"
            case CallBase():
                if self.reverse.activity.kind_of_call(source) is CallKind.ALLOCATION:
                    return f"it is memory allocated{at}"
                return f"the call{_callee(source)}{at} cannot be repeated"
            case Instruction():
                return f"it cannot be done twice{at}"
        return "it belongs to one call of the function, and may be gone when its reverse runs"

    def _obstacle_of_load(self, load: Load, at: str) -> str:
        culprit = self.reverse.changes.culprit(load)
        if culprit is None:
            return ""
        if culprit is load and "volatile" not in load.flags:
            return f"the program may change what is loaded{at} before the reverse half runs"
        if culprit is load:
            return f"what is loaded{at} is volatile"
        place = self.module.location(culprit)
        where = f" at {_written(place)}" if place is not None else ""
        if isinstance(culprit, CallBase):
            return f"the call{_callee(culprit)}{where} may change what is loaded{at}"
        return f"the write{where} may change what is loaded{at}"

    # ------------------------------------------------------------------ computed again

    def _computed_again(self) -> list[_Entry]:
        loads: dict[Location, list[Value]] = {}
        others: dict[Location, list[Value]] = {}
        for value in dict.fromkeys(value for _, value in self.sweep.fetched()):
            if isinstance(value, Constant) or self.sweep.is_free(value):
                continue
            if value in self.sweep.late:  # in the column of what is stored
                continue
            place = self._place(value)
            source = self._source(value)
            if value in self.sweep.kept or place is None or source is None:
                continue
            line = Location(place.file, place.line, 0)
            if isinstance(source, Load) or value in self.sweep.placed:
                loads.setdefault(line, []).append(value)
            elif isinstance(source, CallBase) or ty.is_float(value.type):
                others.setdefault(line, []).append(value)
        return [
            *(_Entry(line, _loaded_again(values)) for line, values in loads.items()),
            *(_Entry(line, self._cheaper(values)) for line, values in others.items()),
        ]

    def _cheaper(self, values: list[Value]) -> str:
        names = dict.fromkeys(_operation(value) for value in values)
        sizes: dict[str, int] = {}
        for value in values:
            formula = self._trips(self.sweep.home_loop(value))
            sizes[formula] = sizes.get(formula, 0) + self.sweep.tape.size(value)
        total = " + ".join(_times(size, formula) for formula, size in sizes.items())
        return f"computed again: {', '.join(names)}; that costs less than to store {total}"

    # ------------------------------------------------------------------ places

    def _source(self, value: Value) -> Instruction | None:
        found = self.sweep.source(value)
        return found if isinstance(found, Instruction) else None

    def _place(self, value: Value) -> Location | None:
        block = self.sweep.from_phis.get(value)
        if value in self.sweep.exit_phis:
            loop, _ = self.sweep.exit_phis[value]
            return self._loop_place(loop)
        source = self._source(value)
        if source is not None:
            return self.module.location(source) or _first(
                self.module.location(user) for user in source.users
            )
        if block is not None:
            return _first(self.module.location(inst) for inst in block.instructions)
        return None

    def _at(self, value: Value) -> str:
        place = self._place(value)
        return f" at {_written(place)}" if place is not None else ""

    def _loop_place(self, loop: Loop) -> Location | None:
        latch = self.sweep.shape.latch(loop)
        terminator = latch.terminator if latch is not None else None
        if terminator is not None:
            found = self.module.loop_location(terminator) or self.module.location(terminator)
            if found is not None:
                return found
        return _first(self.module.location(i) for b in loop.blocks for i in b.instructions)

    def _line(self, loop: Loop) -> str:
        place = self._loop_place(loop)
        if place is None:
            return "?"
        return str(place.line) if place.file == self.file else f"{place.file}:{place.line}"

    def _trips(self, loop: Loop | None, value: Value | None = None) -> str:
        """What a size is multiplied by: " * 10 * trips(8)"."""
        out = ""
        repeating = self.sweep.repeating(value) if value is not None else ()
        known = self.reverse.recurrences.back_edges
        while loop is not None:
            edges = known.get(loop)
            constant = edges.constant if edges is not None else None
            trips = f"trips({self._line(loop)})" if constant is None else str(constant + 1)
            out = f" * {trips}{out}" if loop not in repeating else out
            loop = loop.parent
        return out


def _first(places: Iterable[Location | None]) -> Location | None:
    return next((place for place in places if place is not None), None)


def _written(place: Location) -> str:
    return f"{place.file}:{place.line}:{place.column}"


def _times(size: int, formula: str) -> str:
    return f"{size} byte{'' if size == 1 else 's'}{formula}"


def _kind(value: Value) -> str:
    type = value.type
    if ty.is_float(type):
        return f"a {_NAMES.get(str(type), str(type))}"
    if isinstance(type, ty.PointerType):
        return "a pointer"
    if type is ty.I1:
        return "a condition"
    return "an integer" if isinstance(type, ty.IntType) else "several values"


def _loaded_again(values: list[Value]) -> str:
    kinds = dict.fromkeys(_kind(value) for value in values)
    return f"loaded again: {', '.join(kinds)}; nothing changes it before the reverse sweep"


def _callee(call: CallBase) -> str:
    return f" of '{original(call.callee.name)}'" if isinstance(call.callee, Global) else ""


def _operation(value: Value) -> str:
    match value:
        case CallBase():
            name = value.callee.name if isinstance(value.callee, Global) else "a call"
            return name.removeprefix("llvm.").split(".")[0] if name.startswith("llvm.") else name
        case Binary() | FNeg() | Select():
            return _SIGNS.get(value.opcode, value.opcode)
        case Phi():
            return "a choice"
        case Instruction():
            return "a conversion"
    return "a value"
