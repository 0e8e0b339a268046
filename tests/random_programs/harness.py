"""A batch of random programs as C or C++ files; what building and running it says of each."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .language import Language, Parameter, Program

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LEVELS = ("-O0", "-O1", "-O2", "-O3", "-Os")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=undefined")
BUILD_LIMIT, RUN_LIMIT = 300, 120  # seconds, also for large batches:
BUILD_LIMIT_OF_EACH = 20

ORDERS = (
    "forward over reverse",
    "forward over forward",
    "reverse over forward",
    "reverse over reverse",
)
REFUSE_WHEN_RUN = "-enzyme-runtime-error"  # one refused program must not stand for its batch

Kind = Literal["ok", "alone", "undecided", "failed", "crashed", "refused", "internal", "slow"]
BAD: frozenset[Kind] = frozenset({"failed", "crashed", "refused", "internal", "slow"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one program: right (or right alone, but refused beside the others of its
    batch), not decidable, or wrong in one of several ways."""

    kind: Kind
    message: str = ""

    @property
    def is_bad(self) -> bool:
        return self.kind in BAD


# One program among others in a file


def active_memory(program: Program) -> list[Parameter]:
    """The parameters that make up z, in order."""
    return [p for p in program.parameters if p.kind in ("scalar", "array")]


def _places(program: Program) -> list[tuple[Parameter, int]]:
    """The parameters in z, with where they begin."""
    places, at = [], 0
    for parameter in active_memory(program):
        places.append((parameter, at))
        at += len(parameter.values)
    return places


def _tables(program: Program) -> str:
    lines = []
    for parameter in program.parameters:
        if parameter.kind == "table":
            values = ", ".join(map(str, parameter.values))
            name = f"{program.name}_{parameter.name}"
            lines.append(f"static const NUMBER {name}[] = {{{values}}};")
    return "\n".join(lines)


def _arguments(program: Program, show: Callable[[Parameter], str]) -> str:
    """All arguments; `show` writes scalars and arrays, the others are the same for everyone."""
    shown = []
    for p in program.parameters:
        if p.kind == "table":
            shown.append(f"{program.name}_{p.name}")
        elif p.kind == "count":
            shown.append(str(int(p.values[0])))
        else:
            shown.append(show(p))
    return ", ".join(shown)


def _declared(p: Parameter, name: str, number: str) -> str:
    """A variable for an array parameter, of a type of numbers."""
    if not p.held:
        return f"{number} {name}[{len(p.values)}];"
    size = f"({len(p.values)})" if "vector" in p.held else ""
    return f"{p.held.replace('REAL', number)}{name}{size};"


def _copies(program: Program, pairs: Iterable[tuple[str, str]], back: bool) -> str:
    """Between z (and its derivatives) and variables of the program's own type."""
    lines = []
    for p, at in _places(program):
        for prefix, source in pairs:
            name, n = prefix + p.name, len(p.values)
            if p.kind == "scalar":
                if not back:
                    lines.append(f"NUMBER {name} = (NUMBER){source}[{at}]; (void){name};")
            elif back:
                lines.append(f"for (int i = 0; i < {n}; i++) {source}[{at} + i] = {name}[i];")
            else:
                lines.append(_declared(p, name, "NUMBER"))
                lines.append(
                    f"for (int i = 0; i < {n}; i++) {name}[i] = (NUMBER){source}[{at} + i];"
                )
    return "\n    ".join(lines)


def lanes(program: Program) -> int:
    """How many directions are asked for at once: one in most programs, as its name has it."""
    number = zlib.crc32(program.name.encode())
    return 2 + number // 5 % 4 if number % 5 == 0 else 1


def second(program: Program) -> str:
    """In which order of modes second derivatives are asked for, if they are: in every sixth program
    of `double`."""
    number = zlib.crc32(program.name.encode()) // 5
    if program.is_single or number % 6:
        return ""
    return ORDERS[number // 6 % len(ORDERS)]


def is_split(program: Program) -> bool:
    """Whether derivatives are asked for in two calls each: in every seventh program, of which no
    second derivatives are wanted."""
    return zlib.crc32(program.name.encode()) // 3 % 7 == 0 and not second(program)


def is_batched(program: Program) -> bool:
    """Whether what is differentiated is a batch of the program: in every ninth one in C."""
    return program.language == "c" and zlib.crc32(program.name.encode()) // 5 % 9 == 0


def _batch(program: Program) -> str:
    """The mean of the program's results for its arguments, and for copies of them, by one call."""
    name, types = program.name, {"scalar": "NUMBER ", "count": "int ", "table": "const NUMBER *"}
    lines, values, prototype = [], [], ["void *, int, int"]
    for p in program.parameters:
        kind = types.get(p.kind, "NUMBER *")
        if p.kind == "array":
            n = len(p.values)
            lines.append(f"NUMBER c{p.name}[{n}]; memcpy(c{p.name}, {p.name}, sizeof c{p.name});")
            values.append(f"{p.name}, c{p.name}")
            prototype.append(f"{kind}, {kind}")
        elif p.kind == "scalar":
            values.append(f"enzyme_vector, {p.name}, {p.name}")
            prototype.append(f"int, {kind}, {kind}")
        else:
            values.append(f"enzyme_scalar, {p.name}")
            prototype.append(f"int, {kind}")
    head = ", ".join(types.get(p.kind, "NUMBER *") + p.name for p in program.parameters)
    return f"""
struct {name}_results {{ NUMBER first, second; }};
extern struct {name}_results __enzyme_batch_{name}({", ".join(prototype)});
static NUMBER {name}_batch({head}) {{
    {" ".join(lines)}
    struct {name}_results r =
        __enzyme_batch_{name}((void *){name}, enzyme_width, 2, {", ".join(values)});
    return r.first / 2 + r.second / 2;
}}"""


def _split_markers(program: Program, reverse: Sequence[str], forward: Sequence[str]) -> str:
    """Prototypes of the halves."""
    name = program.name
    result = f"struct {name}_gradient" if out_scalars(program) else "void"
    lines = [f"struct {name}_first {{ void *tape; NUMBER r; }};"]
    halves = {
        f"struct {name}_first __enzyme_augmentfwd_reverse_{name}": reverse,
        f"{result} __enzyme_reverse_{name}": [*reverse, "void *"],
        f"struct {name}_first __enzyme_augmentfwd_forward_{name}": [
            *forward[:1],
            "int",
            *forward[1:],
        ],
        f"struct {name}_tangent __enzyme_fwdsplit_{name}": [*forward, "void *"],
    }
    lines += [f"extern {half}({', '.join(types)});" for half, types in halves.items()]
    return "\n".join(lines)


def _between(program: Program) -> tuple[str, str]:
    """Between the halves all memory changes; behind them it is as the first has left it."""
    arrays = [(p.name, len(p.values)) for p, _ in _places(program) if p.kind == "array"]
    before = "".join(
        f"NUMBER kept_{name}[{n}]; for (int i = 0; i < {n}; i++)"
        f" kept_{name}[i] = {name}[i], {name}[i] = 0.375 + i; "
        for name, n in arrays
    )
    behind = "".join(f"memcpy(&{name}[0], kept_{name}, sizeof kept_{name}); " for name, _ in arrays)
    return before, behind


def _markers(program: Program) -> tuple[str, str, str]:
    """Prototypes of both markers, and the arguments of the calls, with fixed prototypes."""
    width = lanes(program)
    several = width > 1
    reverse_types = ["void *", *["int", "int"] * several]
    forward_types = list(reverse_types)
    reverse = [f"enzyme_width, {width}"] * several
    forward = list(reverse)
    for p in program.parameters:
        number = {
            "scalar": "NUMBER",
            "array": "NUMBER *",
            "table": "const NUMBER *",
            "count": "int",
        }
        kind, name = number[p.kind], p.name
        at = ""
        if p.held:
            kind, at = f"{p.held.replace('REAL', 'NUMBER')}*", "&"
        if p.kind == "table":
            name = f"{program.name}_{p.name}"
        if p.kind == "count":
            name = str(int(p.values[0]))
        if not p.is_active:
            for types, values in ((reverse_types, reverse), (forward_types, forward)):
                types += ["int", kind]
                values.append(f"enzyme_const, {name}")
            continue
        forward_types += ["int", *[kind] * (1 + width)]
        tangents = (f"{at}d{v}{name}" for v in range(width))
        forward.append(", ".join(["enzyme_dup", at + name, *tangents]))
        if p.kind == "array":
            adjoints = (f"{at}b{v}{name}" for v in range(width))
            reverse_types += ["int", *[kind] * (1 + width)]
            reverse.append(", ".join(["enzyme_dup", at + name, *adjoints]))
        else:
            reverse_types += ["int", kind]
            reverse.append(f"enzyme_out, {name}")
    name, outs = program.name, out_scalars(program)
    result = f"struct {name}_gradient" if outs else "void"
    fields = "".join(f"NUMBER {p.name}[{width}]; " for p, _ in outs)
    prototypes = f"struct {name}_gradient {{ {fields}}};\n" if outs else ""
    prototypes += f"struct {name}_tangent {{ NUMBER r[{width}]; }};\n"
    prototypes += f"extern {result} __enzyme_autodiff_{name}({', '.join(reverse_types)});\n"
    prototypes += (
        f"extern struct {name}_tangent __enzyme_fwddiff_{name}({', '.join(forward_types)});"
    )
    if is_split(program):
        prototypes += "\n" + _split_markers(program, reverse_types, forward_types)
    return prototypes, ", ".join(reverse), ", ".join(forward)


def uses_header(program: Program) -> bool:
    """Whether derivatives are asked for by <enzyme/enzyme>: in every third C++ program."""
    number = zlib.crc32(program.name.encode()) // 7
    return program.language == "c++" and lanes(program) == 1 and number % 3 == 0


def _wrapped(program: Program) -> tuple[str, str]:
    """The arguments of the header's `autodiff` in reverse and forward mode."""
    reverse, forward = [], []
    types = {"scalar": "NUMBER", "array": "NUMBER *", "table": "const NUMBER *", "count": "int"}
    for p in program.parameters:
        name = {"table": f"{program.name}_{p.name}", "count": str(int((*p.values, 0)[0]))}
        kind = f"{p.held.replace('REAL', 'NUMBER')}&" if p.held else types[p.kind]
        if not p.is_active:
            given = [f"enzyme::Const<{kind}>{{{name.get(p.kind, p.name)}}}"] * 2
        else:
            given = [f"enzyme::Duplicated<{kind}>{{{p.name}, {d}0{p.name}}}" for d in "bd"]
            if p.kind == "scalar":
                given[0] = f"enzyme::Active<NUMBER>{{{p.name}}}"
        reverse.append(given[0])
        forward.append(given[1])
    return ", ".join(reverse), ", ".join(forward)


def _by_header(program: Program) -> tuple[str, str]:
    """The header's calls in both modes: gradients in `g`, the tangent in `t`, as markers return."""
    reverse, forward = _wrapped(program)
    name, outs = program.name, out_scalars(program)
    call = f"enzyme::autodiff<enzyme::Reverse>({name}, {reverse});"
    if outs:
        numbers = [at for at, p in enumerate(program.parameters) if p in [q for q, _ in outs]]
        fields = " ".join(
            f"g.{p.name}[0] = enzyme::get<{at}>(enzyme::get<0>(all));"
            for at, (p, _) in zip(numbers, outs, strict=True)
        )
        call = f"auto all = {call} struct {name}_gradient g; {fields}"
    kind = "enzyme::Forward, enzyme::Duplicated<NUMBER>"
    tangent = (
        f"auto both = enzyme::autodiff<{kind}>({name}, {forward}); "
        f"struct {name}_tangent t = {{{{enzyme::get<1>(both)}}}};"
    )
    return call, tangent


def out_scalars(program: Program) -> list[tuple[Parameter, int]]:
    """The scalars whose gradients are returned."""
    return [(p, at) for p, at in _places(program) if p.kind == "scalar" and p.is_active]


def plain_source(program: Program) -> str:
    """The program, its markers, and its description for the checks."""
    name, places = program.name, _places(program)
    prototypes, reverse, forward = _markers(program)
    function = f"(void *){name}"
    if is_batched(program):
        prototypes, function = prototypes + _batch(program), function + "_batch"
    outs = out_scalars(program)
    take = f"struct {name}_gradient g = " if outs else ""
    width = lanes(program)
    reverse_call = f"{take}__enzyme_autodiff_{name}({function}, {reverse});"
    forward_call = f"__enzyme_fwddiff_{name}({function}, {forward});"
    forward_call = f"struct {name}_tangent t = {forward_call}"
    if uses_header(program):
        reverse_call, forward_call = _by_header(program)
    elif is_split(program):
        before, behind = _between(program)
        first = f"struct {name}_first first = __enzyme_augmentfwd"
        reverse_call = (
            f"{first}_reverse_{name}({function}, {reverse}); {before}\n"
            f"    {take}__enzyme_reverse_{name}({function}, {reverse}, first.tape); {behind}"
        )
        forward_call = (
            f"{first}_forward_{name}({function}, enzyme_dup_return, {forward}); {before}\n"
            f"    struct {name}_tangent t = __enzyme_fwdsplit_{name}({function}, {forward},"
            f" first.tape); {behind}"
        )
    add = " ".join(f"bz[v][{at}] += g.{p.name}[v];" for p, at in outs)
    values = ", ".join(str(value) for p, _ in places for value in p.values)
    active = "".join("\\1" if p.is_active else "\\0" for p, _ in places for _ in p.values)
    size = sum(len(p.values) for p, _ in places)
    z = ("", "z")
    bz = [(f"b{v}", f"bz[{v}]") for v in range(width)]
    dz = [(f"d{v}", f"dz[{v}]") for v in range(width)]
    order = second(program)
    derivative = f"{name}_{'reverse' if order.endswith('reverse') else 'forward'}"
    outer = "autodiff" if order.startswith("reverse") else "fwddiff"
    none = f"#define {name}_second NULL\n#define {name}_oracle2 NULL"
    again = f"""
static void {name}_second(double *z, double *tz, double (*d)[MAX_Z], double (*td)[MAX_Z]) {{
    __enzyme_{outer}_void((void *){derivative}, z, tz, d, td);
}}
extern int {name}_oracle2(double *z, double *d, double *e, double *x);
"""
    wrapper = f"""
{prototypes}

static double {name}_primal(double *z) {{
    {_copies(program, [z], False)}
    double r = {name}({_arguments(program, lambda p: p.name)});
    {_copies(program, [z], True)}
    return r;
}}
#ifdef ORACLE_ONLY
#define {name}_reverse NULL
#define {name}_forward NULL
{none}
#else
static void {name}_reverse(double *z, double (*bz)[MAX_Z]) {{
    {_copies(program, [z, *bz], False)}
    {reverse_call}
    {_copies(program, [z, *bz], True)}
    for (int v = 0; v < {width}; v++) {{ {add} }}
}}
static void {name}_forward(double *z, double (*dz)[MAX_Z]) {{
    {_copies(program, [z, *dz], False)}
    {forward_call}
    {_copies(program, [z, *dz], True)}
    for (int v = 0; v < {width}; v++) dz[v][{size}] = t.r[v];
}}
{again if order else none}
#endif
extern int {name}_oracle(double *z, double *dz, double *r, double *dr);
static const double {name}_z[] = {{{values}}};
static const struct random_function {name}_checked = {{
    "{name}", {size}, {int(program.is_single)}, {width}, {name}_z, "{active}", {name}_primal,
    {name}_reverse, {name}_forward, {name}_oracle, "{order}", {name}_second, {name}_oracle2,
}};
"""
    body = f"{_tables(program)}\n{program.show('plain')}"
    return _spaced(program, program.typed(body, "plain")) + program.typed(wrapper, "plain")


def _spaced(program: Program, body: str) -> str:
    """In C++ the two readings are kept apart: names with linkage mean one thing in one program."""
    if program.language == "c":
        return body
    space = f"{program.name}_plain"
    if zlib.crc32(program.name.encode()) // 11 % 2:
        body = f"namespace {{\n{body}\n}}\n"
    return f"namespace {space} {{\n{body}\n}}\nusing namespace {space};\n"


Part = tuple[str, str, str]  # z or a derivative of it, before and after, and its field in a number


def _oracle(program: Program, head: str, parts: Sequence[Part], taken: Sequence[str]) -> str:
    """The program with dual numbers, as a function with this head; `taken`: the result's parts."""
    name, into, back = program.name, [], []
    is_class = program.language == "c++"
    number, of = program.typed("REAL", "dual"), ".is" if is_class else ""
    for p, at in _places(program):
        index = f"{at} + i" if p.kind == "array" else str(at)
        values = ", ".join(f"{before}[{index}]" if before else "0" for before, _, _ in parts)
        made = f"{number}(dual{{{values}}})" if is_class else f"(dual){{{values}}}"
        if p.kind == "scalar":
            into.append(f"{number} {p.name} = {made};")
            back += [f"{after}[{at}] = 0;" for before, after, _ in parts if not before]
            continue
        loop = f"for (int i = 0; i < {len(p.values)}; i++)"
        into.append(f"{_declared(p, p.name, number)} {loop} {p.name}[i] = {made};")
        back += [f"{loop} {to}[{index}] = {p.name}[i]{of}.{field};" for _, to, field in parts]
    back += [f"{to} = result{of}.{part[2]};" for to, part in zip(taken, parts, strict=True)]
    wrapper = f"""
int {name}_{head} {{
    undecided = 0;
    {" ".join(into)}
    {number} result = {name}({_arguments(program, lambda p: p.name)});
    {" ".join(back)}
    return undecided;
}}
"""
    source = program.typed(f"{_tables(program)}\n", "dual") + program.show("dual")
    return f"namespace {{\n{source}\n}}\n{wrapper}" if is_class else source + wrapper


def dual_source(program: Program) -> str:
    """The program with dual numbers, as the function that the checks call."""
    head = "oracle(double *z, double *dz, double *r, double *dr)"
    return _oracle(program, head, (("z", "z", "v"), ("dz", "dz", "d")), ("*r", "*dr"))


def hyperdual_source(program: Program) -> str:
    """The same with two directions, in a file of its own."""
    n = sum(len(p.values) for p, _ in _places(program))
    head = "oracle2(double *z, double *dz, double *ez, double *xz)"
    parts = (("z", "z", "v"), ("dz", "dz", "d"), ("ez", "ez", "e"), ("", "xz", "x"))
    return _oracle(program, head, parts, tuple(f"{to}[{n}]" for _, to, _ in parts))


# Many programs


PRELUDES: dict[Language, str] = {"c": "", "c++": (HERE / "prelude.hpp").read_text()}


def write(programs: Sequence[Program], folder: Path) -> tuple[Path, ...]:
    """The files of a batch, all in one language; they stand alone but for libm."""
    folder.mkdir(parents=True, exist_ok=True)
    names = ", ".join(f"&{program.name}_checked" for program in programs)
    main = f"""
int main(void) {{
    static const struct random_function *const all[] = {{{names}}};
    for (int i = 0; i < {len(programs)}; i++) check_all(all[i], 1);
    return 0;
}}
"""
    language = programs[0].language
    suffix = {"c": "c", "c++": "cpp"}[language]
    checks, duals = (HERE / "checks.h").read_text(), (HERE / "duals.h").read_text()
    hyperduals = (HERE / "hyperduals.h").read_text()
    if language == "c++":
        numbers = (HERE / "numbers.hpp").read_text()
        checks = PRELUDES[language] + "#include <enzyme/enzyme>\n" + checks
        duals = f"{PRELUDES[language]}{duals}#define DUALS_ARE_SINGLE_TOO\n{numbers}"
        hyperduals = PRELUDES[language] + hyperduals + numbers
    plain, dual, hyperdual = (
        folder / f"{name}.{suffix}" for name in ("program", "oracle", "oracle2")
    )
    plain.write_text("\n".join([checks, *map(plain_source, programs), main]))
    dual.write_text("\n".join([duals, *map(dual_source, programs)]))
    twice = [program for program in programs if second(program)]
    if language == "c++" and not twice:
        return plain, dual
    hyperdual.write_text("\n".join([hyperduals, *map(hyperdual_source, twice)]))
    return plain, dual, hyperdual


DRIVERS: dict[Language, str] = {"c": "enzcc", "c++": "enzccxx"}
STANDARD: dict[Language, tuple[str, ...]] = {"c": (), "c++": ("-std=c++20",)}


def enzcc(flags: Sequence[str], language: Language = "c") -> list[str]:
    """The command that builds with enzcc, or with enzcc++."""
    driver = DRIVERS[language]
    start = f"import sys; from enzcc.driver.main import {driver}; sys.exit({driver}())"
    return [sys.executable, "-c", start, *STANDARD[language], *flags]


@functools.cache
def has_libcxx() -> bool:
    """Can programs be built with LLVM's C++ library here?"""
    with tempfile.TemporaryDirectory(prefix="enzcc-libcxx-") as folder:
        source = Path(folder) / "empty.cpp"
        source.write_text("#include <memory>\nint main() { return !std::make_unique<int>(); }\n")
        command = enzcc(["-stdlib=libc++"], "c++")
        return build(command, [source], source.with_suffix(""))[0] == 0


def build(
    command: list[str], files: Sequence[Path], executable: Path, limit: float = BUILD_LIMIT
) -> tuple[int, str]:
    """Exit status and what the compiler said."""
    paths = [str(path) for path in files]
    try:
        done = subprocess.run(
            [*command, "-w", *paths, "-o", str(executable), "-lm"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    except subprocess.TimeoutExpired:
        return 124, "the compiler took too long"
    return done.returncode, done.stderr


def run(executable: Path) -> str:
    """What a batch prints, to the terminal and as errors, in order."""
    options = {"ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"}
    try:
        done = subprocess.run(
            [str(executable)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=RUN_LIMIT,
            env={**os.environ, **options},
        )
    except subprocess.TimeoutExpired:
        return "the batch took too long"
    return done.stdout


def _build_all(
    plain: Path, oracles: Sequence[Path], flags: Sequence[str], language: Language, limit: float
) -> tuple[int, str]:
    """A batch, as `plain` without suffix. Oracles are built once for all levels, since only we have
    something to prove there."""
    kept = ("-std", "-D", "-fsanitize", "-fno-sanitize")
    same = ["-O0", *(flag for flag in flags if flag.startswith(kept))]
    mark, objects = zlib.crc32(" ".join(same).encode()), []
    for oracle in oracles:
        objects.append(oracle.with_suffix(f".{mark:x}.o"))
        if not objects[-1].exists():
            status, said = build(enzcc([*same, "-c"], language), [oracle], objects[-1], limit)
            if status != 0:
                return status, said
    return build(enzcc(flags, language), [plain, *objects], plain.with_suffix(""), limit)


def judge(programs: Sequence[Program], folder: Path, flags: Sequence[str]) -> dict[str, Outcome]:
    """What becomes of each program, by name; a batch that does not build refuses when it runs, or
    is tried one by one, and so is what is refused in it."""
    plain, *oracles = write(programs, folder)
    language, limit = programs[0].language, BUILD_LIMIT + BUILD_LIMIT_OF_EACH * len(programs)
    made = [*flags, REFUSE_WHEN_RUN] if len(programs) > 1 else flags
    status, said = _build_all(plain, oracles, made, language, limit)
    if status != 0:
        if len(programs) > 1:
            return {
                name: outcome
                for program in programs
                for name, outcome in judge([program], folder / program.name, flags).items()
            }
        is_internal = status not in (1, 124) or re.search("internal|Traceback", said)
        kind: Kind = "slow" if status == 124 else "internal" if is_internal else "refused"
        return {programs[0].name: Outcome(kind, said.strip())}
    outcomes = _read([program.name for program in programs], run(plain.with_suffix("")))
    for program in programs if len(programs) > 1 else ():
        beside = outcomes[program.name]
        if beside.kind == "refused":
            alone = judge([program], folder / program.name, flags)[program.name]
            is_right = alone.kind == "ok"
            outcomes[program.name] = Outcome("alone", beside.message) if is_right else alone
    return outcomes


def _read(names: Sequence[str], out: str) -> dict[str, Outcome]:
    """What is said of each program; its lines end with those that begin with its name."""
    lines, outcomes, begin = out.splitlines(), {}, 0
    for name in names:
        own = [at for at, line in enumerate(lines) if line.split(" ", 1)[0] == name]
        if not own:
            outcomes[name] = Outcome("slow", out[-4000:])
            continue
        word, message = lines[own[-1]].split(" ")[1], "\n".join(lines[begin : own[-1]])
        begin = own[-1] + 1
        if word == "crashed":
            is_refusal = re.search(r"^\S*error: ", message, re.MULTILINE) or ": error: " in message
            kind: Kind = "refused" if is_refusal and "Sanitizer" not in message else "crashed"
            outcomes[name] = Outcome(kind, f"{message}\n{lines[own[-1]]}"[-6000:])
        elif word in ("ok", "undecided"):
            outcomes[name] = Outcome("ok" if word == "ok" else "undecided", message)
        else:
            outcomes[name] = Outcome("failed", message)
    return outcomes
