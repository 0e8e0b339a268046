"""Intrinsics that are arithmetic and moves in disguise, written out in the copies.

    call <4 x double> @llvm.x86.avx.hadd.pd.256(<4 x double> %a, <4 x double> %b)
    -->
    shuffles of %a and %b, and an fadd                (by a function that is inlined)

So horizontal sums, masked loads and stores, gathers, matrix products and reductions have the
derivatives of what they consist of. The user's own code keeps its intrinsics.
"""
# ruff: noqa: A001, A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, final

from enzcc.ad.copies.calltexts import closing, parameters_of, split_at_commas
from enzcc.ir.names import quoted
from enzcc.patterns import pattern

PREFIX: Final = "enzcc.body."

_VECTOR: Final = pattern(r"<(\d+) x ([^>]+)>")
BYTES: Final = {
    "i8": 1,
    "i16": 2,
    "i32": 4,
    "i64": 8,
    "half": 2,
    "float": 4,
    "double": 8,
    "ptr": 8,
}


@final
class Body:
    """The body of one function while it is written. Parameters are %a0, %a1 ..."""

    def __init__(
        self, intrinsic: str, result: str, types: list[str], numbers: list[int | None]
    ) -> None:
        self.intrinsic, self.result, self.types, self.numbers = intrinsic, result, types, numbers
        constants = [str(n) for n in numbers if n is not None]
        self.name = ".".join([f"{PREFIX}{intrinsic}", *constants])
        self.lines: list[str] = []
        self.block = "start"
        self._count = 0

    @property
    def args(self) -> list[str]:
        return [f"%a{i}" for i in range(len(self.types))]

    def number(self, at: int) -> int:
        found = self.numbers[at]
        assert found is not None
        return found

    def op(self, text: str) -> str:
        self._count += 1
        self.lines.append(f"  %v{self._count} = {text}")
        return f"%v{self._count}"

    def do(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def lane(self, vector: str, type: str, at: int | str) -> str:
        index = f"i32 {at}" if isinstance(at, int) else at
        return self.op(f"extractelement {type} {vector}, {index}")

    def put(self, vector: str, type: str, value: str, at: int | str) -> str:
        index = f"i32 {at}" if isinstance(at, int) else at
        element = element_of(type)
        return self.op(f"insertelement {type} {vector}, {element} {value}, {index}")

    def shuffle(self, a: str, b: str, type: str, mask: Iterable[int]) -> str:
        lanes = list(mask)
        spelled = ", ".join(f"i32 {m}" for m in lanes)
        return self.op(f"shufflevector {type} {a}, {type} {b}, <{len(lanes)} x i32> <{spelled}>")

    def label(self, name: str) -> None:
        self.lines.append(f"{name}:")
        self.block = name

    def when(self, condition: str, old: str, type: str, then: Callable[[], str]) -> str:
        """`then()` where the condition holds, else `old` (of that type, or "" for nothing)."""
        self._count += 1
        mark = self._count
        before = self.block
        self.do(f"br i1 {condition}, label %then{mark}, label %rest{mark}")
        self.label(f"then{mark}")
        new = then()
        inside = self.block
        self.do(f"br label %rest{mark}")
        self.label(f"rest{mark}")
        if not type:
            return ""
        return self.op(f"phi {type} [ {old}, %{before} ], [ {new}, %{inside} ]")

    def text(self, back: str) -> str:
        params = ", ".join(f"{t} %a{i}" for i, t in enumerate(self.types))
        ending = f"  ret {self.result} {back}" if back else "  ret void"
        body = "\n".join(["start:", *self.lines, ending])
        return (
            f"define internal {self.result} @{quoted(self.name)}({params}) alwaysinline nounwind"
            f" {{\n{body}\n}}\n"
        )


def count_of(type: str) -> int:
    found = _VECTOR.fullmatch(type)
    assert found is not None
    return int(found[1])


def element_of(type: str) -> str:
    found = _VECTOR.fullmatch(type)
    assert found is not None
    return found[2]


# ------------------------------------------------------------------ arithmetic


def _horizontal(opcode: str) -> Callable[[Body], str]:
    def write(b: Body) -> str:
        type = b.result
        n = count_of(type)
        part = 16 // BYTES[element_of(type)]  # lanes of 128 bits
        even: list[int] = []
        for start in range(0, n, part):
            even += [start + i for i in range(0, part, 2)]
            even += [n + start + i for i in range(0, part, 2)]
        x = b.shuffle("%a0", "%a1", type, even)
        y = b.shuffle("%a0", "%a1", type, [i + 1 for i in even])
        return b.op(f"{opcode} {type} {x}, {y}")

    return write


def _alternating(b: Body) -> str:
    n, type = count_of(b.result), b.result
    less, more = b.op(f"fsub {type} %a0, %a1"), b.op(f"fadd {type} %a0, %a1")
    return b.shuffle(less, more, type, [i if i % 2 == 0 else n + i for i in range(n)])


def _fused_alternating(b: Body) -> str:
    n, type = count_of(b.result), b.result
    minus = b.op(f"fneg {type} %a2")
    fma = f"@llvm.fma.v{n}f{8 * BYTES[element_of(type)]}"
    given = f"{type} %a0, {type} %a1"
    less = b.op(f"call {type} {fma}({given}, {type} {minus})")
    more = b.op(f"call {type} {fma}({given}, {type} %a2)")
    return b.shuffle(less, more, type, [i if i % 2 == 0 else n + i for i in range(n)])


def _dot(b: Body) -> str:
    type, imm = b.result, b.number(2)
    element, n = element_of(type), count_of(type)
    part = 16 // BYTES[element]
    product = b.op(f"fmul {type} %a0, %a1")
    out = "zeroinitializer"
    for start in range(0, n, part):
        total = ""
        for i in range(part):
            if imm >> (4 + i) & 1:
                lane = b.lane(product, type, start + i)
                total = b.op(f"fadd {element} {total}, {lane}") if total else lane
        for i in range(part):
            if imm >> i & 1 and total:
                out = b.put(out, type, total, start + i)
    return out


def _extreme(predicate: str) -> Callable[[Body], str]:
    """The lowest lane of the first, or the second operand's; the others as in the first."""

    def write(b: Body) -> str:
        type = b.result
        element = element_of(type)
        x, y = b.lane("%a0", type, 0), b.lane("%a1", type, 0)
        better = b.op(f"fcmp {predicate} {element} {x}, {y}")
        chosen = b.op(f"select i1 {better}, {element} {x}, {element} {y}")
        return b.put("%a0", type, chosen, 0)

    return write


def _blend(b: Body) -> str:
    n, type = count_of(b.result), b.result
    bits = f"<{n} x i{8 * BYTES[element_of(type)]}>"
    mask = b.op(f"bitcast {b.types[2]} %a2 to {bits}")
    chosen = b.op(f"icmp slt {bits} {mask}, zeroinitializer")
    return b.op(f"select <{n} x i1> {chosen}, {type} %a1, {type} %a0")


_PREDICATES: Final = (
    "oeq", "olt", "ole", "uno", "une", "uge", "ugt", "ord",
    "ueq", "ult", "ule", "false", "one", "oge", "ogt", "true",
)  # fmt: skip


def _compare_lowest(b: Body) -> str:
    """All bits set where a relation holds, in the lowest lane."""
    type = b.result
    element = element_of(type)
    predicate = _PREDICATES[b.number(2) & 15]
    x, y = b.lane("%a0", type, 0), b.lane("%a1", type, 0)
    holds = b.op(f"fcmp {predicate} {element} {x}, {y}")
    bits = f"i{8 * BYTES[element]}"
    mask = b.op(f"bitcast {bits} {b.op(f'sext i1 {holds} to {bits}')} to {element}")
    return b.put("%a0", type, mask, 0)


_ROUNDING: Final = ("roundeven", "floor", "ceil", "trunc")


def _round_lowest(b: Body) -> str:
    type = b.types[1]
    element, mode = element_of(type), b.number(2)
    name = "rint" if mode & 4 else _ROUNDING[mode & 3]
    suffix = f"f{8 * BYTES[element]}"
    made = b.op(f"call {element} @llvm.{name}.{suffix}({element} {b.lane('%a1', type, 0)})")
    return b.put("%a0", type, made, 0)


def _lowest_of(name: str) -> Callable[[Body], str]:
    """The lowest lane of a vector operation; the others as they are."""

    def write(b: Body) -> str:
        whole = b.op(f"call {b.result} @{name}({b.result} %a0)")
        return b.put("%a0", b.result, b.lane(whole, b.result, 0), 0)

    return write


def _narrow_lowest(b: Body) -> str:
    low = b.lane("%a1", b.types[1], 0)
    made = b.op(f"fptrunc {element_of(b.types[1])} {low} to {element_of(b.result)}")
    return b.put("%a0", b.result, made, 0)


def _widen_lowest(b: Body) -> str:
    low = b.lane("%a1", b.types[1], 0)
    made = b.op(f"fpext {element_of(b.types[1])} {low} to {element_of(b.result)}")
    return b.put("%a0", b.result, made, 0)


def _permute_in_parts(b: Body) -> str:
    type, controls = b.result, b.types[1]
    element, n = element_of(type), count_of(type)
    part = 16 // BYTES[element]
    out = "poison"
    for i in range(n):
        index = b.lane("%a1", controls, i)
        if element == "double":
            index = b.op(f"lshr {element_of(controls)} {index}, 1")
        index = b.op(f"and {element_of(controls)} {index}, {part - 1}")
        index = b.op(f"or {element_of(controls)} {index}, {i // part * part}")
        out = b.put(out, type, b.lane("%a0", type, f"{element_of(controls)} {index}"), i)
    return out


def _permute(b: Body) -> str:
    type, controls = b.result, b.types[1]
    n, out = count_of(type), "poison"
    for i in range(n):
        index = b.op(f"and {element_of(controls)} {b.lane('%a1', controls, i)}, {n - 1}")
        out = b.put(out, type, b.lane("%a0", type, f"{element_of(controls)} {index}"), i)
    return out


def _insert_lane(b: Body) -> str:
    type, imm = b.result, b.number(2)
    out = b.put("%a0", type, b.lane("%a1", type, imm >> 6 & 3), imm >> 4 & 3)
    for i in range(4):
        if imm >> i & 1:
            out = b.put(out, type, "0.0", i)
    return out


def _reduce_extreme(predicate: str) -> Callable[[Body], str]:
    """The first lane of all that none surpasses."""

    def write(b: Body) -> str:
        type = b.types[0]
        best = b.lane("%a0", type, 0)
        for i in range(1, count_of(type)):
            lane = b.lane("%a0", type, i)
            better = b.op(f"fcmp {predicate} {b.result} {lane}, {best}")
            missing = b.op(f"fcmp uno {b.result} {best}, {best}")
            chosen = b.op(f"or i1 {better}, {missing}")
            best = b.op(f"select i1 {chosen}, {b.result} {lane}, {b.result} {best}")
        return best

    return write


def _reduce_fold(opcode: str) -> Callable[[Body], str]:
    def write(b: Body) -> str:
        made = "%a0"
        for i in range(count_of(b.types[1])):
            made = b.op(f"{opcode} {b.result} {made}, {b.lane('%a1', b.types[1], i)}")
        return made

    return write


# ------------------------------------------------------------------ matrices, by columns


def _matrix_product(b: Body) -> str:
    rows, inner, columns = (b.number(i) for i in (2, 3, 4))
    a, c, out = b.types[0], b.types[1], "poison"
    element = element_of(b.result)
    multiply, add = ("fmul", "fadd") if element in ("half", "float", "double") else ("mul", "add")
    for column in range(columns):
        for row in range(rows):
            total = ""
            for k in range(inner):
                x = b.lane("%a0", a, k * rows + row)
                y = b.lane("%a1", c, column * inner + k)
                term = b.op(f"{multiply} {element} {x}, {y}")
                total = b.op(f"{add} {element} {total}, {term}") if total else term
            out = b.put(out, b.result, total, column * rows + row)
    return out


def _matrix_transpose(b: Body) -> str:
    rows, columns = b.number(1), b.number(2)
    order = [column * rows + row for row in range(rows) for column in range(columns)]
    return b.shuffle("%a0", "poison", b.result, order)


def _matrix_load(b: Body) -> str:
    rows, columns, out = b.number(3), b.number(4), "poison"
    element = element_of(b.result)
    for column in range(columns):
        start = b.op(f"mul {b.types[1]} %a1, {column}")
        for row in range(rows):
            at = b.op(f"add {b.types[1]} {start}, {row}")
            place = b.op(f"getelementptr {element}, ptr %a0, {b.types[1]} {at}")
            out = b.put(out, b.result, b.op(f"load {element}, ptr {place}"), column * rows + row)
    return out


def _matrix_store(b: Body) -> str:
    rows, columns = b.number(4), b.number(5)
    element = element_of(b.types[0])
    for column in range(columns):
        start = b.op(f"mul {b.types[2]} %a2, {column}")
        for row in range(rows):
            at = b.op(f"add {b.types[2]} {start}, {row}")
            place = b.op(f"getelementptr {element}, ptr %a1, {b.types[2]} {at}")
            lane = b.lane("%a0", b.types[0], column * rows + row)
            b.do(f"store {element} {lane}, ptr {place}")
    return ""


# ------------------------------------------------------------------ memory, lane by lane


def bits_of_mask(b: Body, at: int) -> Callable[[int], str]:
    """Whether a lane is chosen: by an i1, or by the sign of what is there."""
    type = b.types[at]
    element = element_of(type)

    def lane(i: int) -> str:
        found = b.lane(f"%a{at}", type, i)
        if element == "i1":
            return found
        width = 8 * BYTES[element]
        if element in ("float", "double"):
            found = b.op(f"bitcast {element} {found} to i{width}")
        return b.op(f"icmp slt i{width} {found}, 0")

    return lane


def load_lanes(
    b: Body, type: str, start: str, chosen: Callable[[int], str], place: Callable[[int], str]
) -> str:
    out, element = start, element_of(type)
    for i in range(count_of(type)):

        def load(i: int = i, out: str = out) -> str:
            size = BYTES.get(element, 1)
            value = b.op(f"load {element}, ptr {place(i)}, align {size}")
            return b.put(out, type, value, i)

        out = b.when(chosen(i), out, type, load)
    return out


def store_lanes(
    b: Body, type: str, value: str, chosen: Callable[[int], str], place: Callable[[int], str]
) -> str:
    element = element_of(type)
    for i in range(count_of(type)):

        def store(i: int = i) -> str:
            lane = b.lane(value, type, i)
            b.do(f"store {element} {lane}, ptr {place(i)}, align {BYTES.get(element, 1)}")
            return ""

        b.when(chosen(i), "", "", store)
    return ""


def _in_a_row(b: Body, pointer: str, element: str) -> Callable[[int], str]:
    return lambda i: b.op(f"getelementptr {element}, ptr {pointer}, i64 {i}")


def _masked_load(b: Body) -> str:
    chosen = bits_of_mask(b, 1)
    return load_lanes(b, b.result, "%a2", chosen, _in_a_row(b, "%a0", element_of(b.result)))


def _masked_store(b: Body) -> str:
    type = b.types[0]
    return store_lanes(b, type, "%a0", bits_of_mask(b, 2), _in_a_row(b, "%a1", element_of(type)))


def _masked_gather(b: Body) -> str:
    place = lambda i: b.lane("%a0", b.types[0], i)  # noqa: E731 - as short as it is clear
    return load_lanes(b, b.result, "%a2", bits_of_mask(b, 1), place)


def _masked_scatter(b: Body) -> str:
    place = lambda i: b.lane("%a1", b.types[1], i)  # noqa: E731
    return store_lanes(b, b.types[0], "%a0", bits_of_mask(b, 2), place)


def _x86_masked_load(b: Body) -> str:
    chosen, element = bits_of_mask(b, 1), element_of(b.result)
    return load_lanes(b, b.result, "zeroinitializer", chosen, _in_a_row(b, "%a0", element))


def _x86_masked_store(b: Body) -> str:
    type = b.types[2]
    return store_lanes(b, type, "%a2", bits_of_mask(b, 1), _in_a_row(b, "%a0", element_of(type)))


def _x86_gather(b: Body) -> str:
    index_type, scale = b.types[2], b.number(4)
    index = element_of(index_type)

    def place(i: int) -> str:
        wide = b.lane("%a2", index_type, i)
        if index != "i64":
            wide = b.op(f"sext {index} {wide} to i64")
        offset = b.op(f"mul i64 {wide}, {scale}")
        return b.op(f"getelementptr i8, ptr %a1, i64 {offset}")

    chosen = bits_of_mask(b, 3)
    lanes = min(count_of(b.result), count_of(index_type))
    if lanes == count_of(b.result):
        return load_lanes(b, b.result, "%a0", chosen, place)
    out, element = "zeroinitializer", element_of(b.result)
    for i in range(lanes):

        def load(i: int = i, out: str = out) -> str:
            return b.put(out, b.result, b.op(f"load {element}, ptr {place(i)}"), i)

        kept = b.put(out, b.result, b.lane("%a0", b.result, i), i)
        out = b.when(chosen(i), kept, b.result, load)
    return out


# fmt: off
_BODIES: Final[tuple[tuple[re.Pattern[str], Callable[[Body], str]], ...]] = tuple(
    (pattern(text), write)
    for text, write in (
        (r"x86\.(?:sse3|avx)\.hadd\.p[sd](?:\.256)?",       _horizontal("fadd")),
        (r"x86\.(?:sse3|avx)\.hsub\.p[sd](?:\.256)?",       _horizontal("fsub")),
        (r"x86\.(?:sse3|avx)\.addsub\.p[sd](?:\.256)?",     _alternating),
        (r"x86\.fma\.vfmaddsub\.p[sd](?:\.256)?",           _fused_alternating),
        (r"x86\.(?:sse41|avx)\.dpp[sd]|x86\.avx\.dp\.ps\.256", _dot),
        (r"x86\.sse2?\.max\.s[sd]",                         _extreme("ogt")),
        (r"x86\.sse2?\.min\.s[sd]",                         _extreme("olt")),
        (r"x86\.sse2?\.cmp\.s[sd]",                         _compare_lowest),
        (r"x86\.sse41\.blendvp[sd]|x86\.avx\.blendv\.p[sd]\.256", _blend),
        (r"x86\.sse41\.round\.s[sd]",                       _round_lowest),
        (r"x86\.sse\.rcp\.ss",                              _lowest_of("llvm.x86.sse.rcp.ps")),
        (r"x86\.sse\.rsqrt\.ss",                            _lowest_of("llvm.x86.sse.rsqrt.ps")),
        (r"x86\.sse2\.cvtsd2ss",                            _narrow_lowest),
        (r"x86\.sse2\.cvtss2sd",                            _widen_lowest),
        (r"x86\.avx(?:512)?\.vpermilvar\.p[sd](?:\.256|\.512)?", _permute_in_parts),
        (r"x86\.avx2\.perm(?:ps|d)|x86\.avx512\.permvar\.[sd]f\.\d+", _permute),
        (r"x86\.sse41\.insertps",                           _insert_lane),
        (r"x86\.avx2?\.maskload\.[psdq]+(?:\.256)?",        _x86_masked_load),
        (r"x86\.avx2?\.maskstore\.[psdq]+(?:\.256)?",       _x86_masked_store),
        (r"x86\.avx2\.gather\.[dq]\.[psdq]+(?:\.256)?",     _x86_gather),
        (r"masked\.load\.[\w.]+",                           _masked_load),
        (r"masked\.store\.[\w.]+",                          _masked_store),
        (r"masked\.gather\.[\w.]+",                         _masked_gather),
        (r"masked\.scatter\.[\w.]+",                        _masked_scatter),
        (r"vector\.reduce\.fmax(?:imum)?\.\w+",             _reduce_extreme("ogt")),
        (r"vector\.reduce\.fmin(?:imum)?\.\w+",             _reduce_extreme("olt")),
        (r"vector\.reduce\.fadd\.\w+",                      _reduce_fold("fadd")),
        (r"vector\.reduce\.fmul\.\w+",                      _reduce_fold("fmul")),
        (r"matrix\.multiply\.[\w.]+",                       _matrix_product),
        (r"matrix\.transpose\.\w+",                         _matrix_transpose),
        (r"matrix\.column\.major\.load\.[\w.]+",            _matrix_load),
        (r"matrix\.column\.major\.store\.[\w.]+",           _matrix_store),
    )
)
# fmt: on

_CALL: Final = pattern(r"call [^\n@]*@llvm\.((?:x86|masked|vector\.reduce|matrix)\.[\w.]+)\(")
_NEEDED: Final = pattern(
    r"@(llvm\.(?:fma|sqrt|rint|roundeven|floor|ceil|trunc)\.\w+|llvm\.x86[\w.]+)\("
)


def _writer(name: str) -> Callable[[Body], str] | None:
    from enzcc.ad.copies.wide import AVX512

    return next((write for text, write in (*_BODIES, *AVX512) if text.fullmatch(name)), None)


def with_bodies(text: str, copies: list[str]) -> list[str]:
    """The copies calling functions instead of such intrinsics, and those functions.

    text    the module, which declares the intrinsics
    """
    made: dict[str, str] = {}
    out = [_in_copy(text, copy, made) for copy in copies]
    bodies = "\n".join(made.values())
    for name in dict.fromkeys(_NEEDED.findall(bodies)):
        if f"@{name}(" not in text:
            found = re.search(rf"call (\S.*?) @{re.escape(name)}\((.*)\)", bodies)
            assert found is not None
            types = [_type_of(part) for part in split_at_commas(found[2])]
            made[name] = f"declare {found[1]} @{name}({', '.join(types)})\n"
    return [*out, *(body for name, body in made.items() if f"@{quoted(name)}(" not in text)]


def _type_of(argument: str) -> str:
    return argument.rsplit(" ", 1)[0]


def _in_copy(text: str, copy: str, made: dict[str, str]) -> str:
    if "@llvm." not in copy:
        return copy
    pieces: list[str] = []
    done = 0
    for match in _CALL.finditer(copy):
        write = _writer(match[1])
        if write is None:
            continue
        end = closing(copy, match.end() - 1)
        body = _body(text, match[1], copy[match.end() : end])
        if body is None:
            continue
        if body.name not in made:
            made[body.name] = body.text(write(body))
        start = match.start(1) - len("@llvm.")
        pieces += [copy[done:start], f"@{quoted(body.name)}"]
        done = match.end() - 1
    return "".join([*pieces, copy[done:]])


def _body(text: str, name: str, arguments: str) -> Body | None:
    """The function for a call with these arguments; constants that the intrinsic demands are part
    of its name."""
    line = re.search(rf"^declare [^\n@]*@llvm\.{re.escape(name)}\([^\n]*", text, re.MULTILINE)
    if line is None:
        return None
    result, types = parameters_of(line.group())
    if any("vscale" in t or not t for t in (result, *types)):
        return None
    given = split_at_commas(arguments)
    numbers = [
        int(value.rsplit(" ", 1)[1]) if re.fullmatch(r"i\d+ (?:[a-z]+ )*-?\d+", value) else None
        for value in given
    ]
    return Body(name, result, types, numbers)
