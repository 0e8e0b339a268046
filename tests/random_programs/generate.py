"""Random programs: what a person could write, bounded in time and in value.

They are free of undefined behaviour: all indices are masked to lengths that are powers of two, all
memory is initialised, loops that could go on are cut by a common `fuel`, assigned values are
squashed, and jumps never leave a scope that owns heap memory.
"""

from __future__ import annotations

import random

from .language import Language, Parameter, Program, Routine, Statement, apply, text
from .scope import Draw, Scope, Seeded
from .statements import Statements


class Writer(Statements):
    """Writes one program; `draw` takes all decisions."""

    language: Language = "c"
    heap = "int room = 8; REAL *h = malloc(room * sizeof *h); (void)room;"
    more_heap = "    room += 8; h = realloc(h, room * sizeof *h);"
    heap_is_freed = True
    length, least, most_helpers = 7, 3, 2

    def before(self) -> None:
        """Routines that the language has beyond C."""

    def fixed_routines(self) -> None:
        """Small ones that every program may call: a pointer result, a struct by value."""
        name, inline = self.name, "static NOINLINE" if self.chance(50) else "static"
        head = f"UNUSED {inline} REAL *{name}_either(REAL *a, REAL *b, int k)"
        self.routines.append(Routine(head, (), (), (Statement((text("return k & 1 ? a : b;"),)),)))
        scope = Scope(scalars=("s.p", "a"), arrays=(("s.q", 2),), integers=("s.k",), leave="never")
        body = tuple(self.assignment(scope) for _ in range(self.draw.integer(1, 3)))
        head = f"UNUSED {inline} struct {name}_s {name}_turn(struct {name}_s s, REAL a)"
        self.routines.append(Routine(head, (), body, (Statement((text("return s;"),)),)))

    def pointed_to(self) -> None:
        """Functions that are called through pointers: two of a kind, one that chooses, and one that
        is given one of them."""
        name, scope = self.name, Scope(scalars=("a",), arrays=(), leave="never")
        for number in (0, 1):
            inline = "static NOINLINE" if self.chance(50) else "static"
            value = apply("return", self.bounded(scope, 2))
            head = f"UNUSED {inline} REAL {name}_g{number}(REAL a)"
            self.routines.append(Routine(head, (), (), (Statement((value,)),)))
        both = f"{name}_g0, {name}_g1"
        table = f"static REAL (*const table[2])(REAL) = {{{{{both}}}}}; return table[k & 1];"
        if self.chance(50):
            table = f"return k & 1 ? {name}_g1 : {name}_g0;"
        head = f"UNUSED static NOINLINE REAL (*{name}_pick(int k))(REAL)"
        self.routines.append(Routine(head, (), (), (Statement((text(table),)),)))
        product = apply("mul", text("f(a)"), apply("cos", text("f(b)")))
        head = f"UNUSED static NOINLINE REAL {name}_given(REAL (*f)(REAL), REAL a, REAL b)"
        self.routines.append(Routine(head, (), (), (Statement((apply("return", product),)),)))
        self.called_by_pointer = True

    def trees(self) -> None:
        """Functions that call themselves along the pointers of a struct: a tree grows, is summed
        while its numbers change, and is felled. Its nodes may hold pointers to functions."""
        tree = f"struct {self.name}_tree"
        inline = "static NOINLINE" if self.chance(30) else "static"
        growing = Scope(scalars=("a",), arrays=(), integers=("k",), leave="never")
        again = text(f"{self.name}_grow({{0}}, k - 1)", self.bounded(growing, 1))
        other = text(f"{self.name}_grow({{0}}, k - 2)", self.bounded(growing, 1))
        grow = [
            text("if (k <= 0) return NULL;"),
            text(f"{tree} *t = {self.one_new.format(tree)};"),
            apply("set", text("t->v"), self.bounded(growing, 1)),
            text("t->k = k; t->side[0] = {0};", again),
            text("t->side[1] = k & 1 ? {0} : NULL;", other),
        ]
        if self.called_by_pointer:
            grow.append(text(f"t->f = k & 1 ? {self.name}_g0 : {self.name}_g1;"))
        head = f"UNUSED {inline} {tree} *{self.name}_grow(REAL a, int k)"
        lines = tuple(Statement((line,)) for line in (*grow, text("return t;")))
        self.routines.append(Routine(head, lines, (), ()))
        inside = Scope(("a", "t->v"), (), integers=("t->k",), leave="never")
        sums = [
            text("{0}", apply("set", text(f"REAL {side}"), text(f"{self.name}_sum({{0}}, {{1}})",
                text(f"t->side[{number}]"), self.bounded(inside, 1))))
            for number, side in enumerate("lr")
        ]  # fmt: skip
        after = Scope(("a", "l", "r", "t->v"), (), integers=("t->k",), leave="never")
        body = tuple(self.assignment(after) for _ in range(self.draw.integer(0, 2)))
        value = self.bounded(after, 2)
        if self.called_by_pointer:
            value = apply("mul", value, text("t->f({0})", apply("sin", self.place(after))))
        head = f"UNUSED {inline} REAL {self.name}_sum({tree} *t, REAL a)"
        first = text("if (!t) {0}", apply("return", apply("sin", text("a"))))
        opening = tuple(Statement((line,)) for line in (first, *sums))
        closing = (Statement((apply("return", value),)),)
        self.routines.append(Routine(head, opening, body, closing))
        fell = f"{self.name}_fell(t->side[0]); {self.name}_fell(t->side[1]); {self.one_freed}(t);"
        head = f"UNUSED {inline} void {self.name}_fell({tree} *t)"
        lines = (Statement((text(f"if (t) {{{{ {fell} }}}}"),)),)
        self.routines.append(Routine(head, lines, (), ()))
        self.has_trees = True

    def helper(self, helpers: tuple[str, ...]) -> str:
        """A function of a number, four numbers in memory, and a count; it may call itself."""
        name, inline = (
            self.new(f"{self.name}_h"),
            "static NOINLINE" if self.chance(60) else "static",
        )
        scope = Scope(
            scalars=("a", "b"),
            arrays=(("p", 4), ("t", 4), *self.global_arrays),
            fixed=("p", "t", *(array for array, _ in self.global_arrays)),
            integers=("k", "j"),
            variables=("j",),
            structs=self.global_structs,
            helpers=helpers,
            loops=1,
            depth=1,
        )
        opening = [
            Statement((text("REAL t[4]; int j = 3, fuel = 4; (void)fuel;"),)),
            Statement((text("REAL b = {0};", apply("sin", text("a"))),)),
            Statement(
                (text("for (int c = 0; c < 4; c++) {0}", apply("set", text("t[c]"), text("p[c]"))),)
            ),
        ]
        body = list(self.block(scope, 4))
        if self.chance(40):
            again = text(
                f"{name}({{0}}, {{1}}, k - 1)", self.bounded(scope, 1), text(self.pick("pt"))
            )
            value = apply("set", text("b"), again)
            at = self.draw.integer(0, len(body))
            body.insert(at, Statement((text("if (k > 0) {0}", value),)))
        closing = tuple(
            Statement((line,))
            for line in (
                apply("add_to", text("b"), apply("mul", text("t[1]"), apply("cos", text("t[2]")))),
                apply("return", apply("sin", apply("add", text("b"), self.real(scope, 2)))),
            )
        )
        head = f"UNUSED {inline} REAL {name}(REAL a, REAL *p, int k)"
        self.routines.append(Routine(head, tuple(opening), tuple(body), closing))
        return name

    def parameters(self) -> tuple[Parameter, ...]:
        def values(count: int) -> tuple[float, ...]:
            return tuple(self.draw.integer(-160, 160) / 128 + 1 / 1024 for _ in range(count))

        made = []
        for number in range(self.draw.integer(0, 3)):
            made.append(Parameter(f"a{number}", "scalar", self.chance(80), values(1)))
        made.append(Parameter("x", "array", True, values(self.pick((4, 4, 8)))))
        if self.chance(40):
            made.append(Parameter("y", "array", True, values(4)))
        if self.chance(50):
            made.append(Parameter("table", "table", False, values(4)))
        made.append(Parameter("n", "count", False, (float(self.draw.integer(0, 6)),)))
        return tuple(made)

    def opening(self, with_heap: bool) -> tuple[Statement, ...]:
        """Declarations with initial values, all at the top, so that no jump passes one by."""
        count = "for (int c = 0; c < {0}; c++) {{0}}"
        made = [
            text("REAL v0 = {0}, v1 = {1}, result = {1};", text("x[0]"), self.constant()),
            text(
                "REAL u[8], t[4], *p = u, *q = &x[0]; "
                f"int j = 1, k = {self.draw.integer(0, 9)}, fuel = 9;"
            ),
            text(count.format(8), apply("set", text("u[c]"), apply("sin", text("x[c & 3]")))),
            text(count.format(4), apply("set", text("t[c]"), self.constant())),
            text(f"struct {self.name}_s s, both[2];"),
            text("{0}", apply("set", text("s.p"), text("x[1]"))),
            text(
                "s.k = 2; s.r = &x[0]; {0} {1}",
                *(apply("set", text(f"s.q[{i}]"), text("v1")) for i in (0, 1)),
            ),
            text("both[0] = both[1] = s;"),
            text("(void)v0, (void)q, (void)p, (void)k, (void)j, (void)fuel, (void)result;"),
        ]
        for array, length in self.global_arrays:  # nothing is left from an earlier call
            first = apply("mul", self.constant(), text(f"x[{self.draw.integer(0, 3)}]"))
            made.append(text(count.format(length), apply("set", text(f"{array}[c]"), first)))
        made += [text(f"{struct} = s;") for struct in self.global_structs]
        if with_heap:
            made.append(text(self.heap))
            made.append(
                text(count.format(8), apply("set", text("h[c]"), apply("cos", text("u[c]"))))
            )
        return tuple(Statement((line,)) for line in made)

    def growth(self) -> Statement:
        fill = apply("set", text("h[c]"), apply("sin", text("h[c - 8]")))
        lines = (
            text("if (room < 64) {{"),
            text(self.more_heap),
            text("    for (int c = room - 8; c < room; c++) {0}", fill),
            text("    {0}", apply("set", text("h[1]"), text("h[room - 1]"))),
            text("}}"),
        )
        return Statement(lines)

    def program(self) -> Program:
        name, parameters = self.name, self.parameters()
        if self.chance(40):
            self.global_arrays = ((f"{name}_kept", 4), (f"{name}_far", 8))
        if self.chance(40):
            self.pointed_to()
        if self.chance(30):
            self.trees()
        if self.chance(25):
            self.global_structs = (f"{name}_state",)
        self.before()
        self.fixed_routines()
        helpers: tuple[str, ...] = ()
        for _ in range(self.draw.integer(0, self.most_helpers)):
            helpers = (*helpers, self.helper(helpers))
        arrays = tuple((p.name, len(p.values)) for p in parameters if p.kind == "array")
        arrays = (*arrays, *self.global_arrays)
        with_heap = self.chance(35)
        scope = Scope(
            scalars=("v0", "v1", *(p.name for p in parameters if p.kind == "scalar")),
            arrays=(*arrays, ("u", 8), ("t", 4), *((("h", 8),) if with_heap else ())),
            fixed=(*(array for array, _ in arrays), "u", "t"),
            tables=tuple(p.name for p in parameters if p.kind == "table"),
            integers=("n", "j", "k", "s.k"),
            variables=("j", "k", "s.k"),
            pointers=("p", "q"),
            structs=("s", "both[]", *self.global_structs),
            helpers=helpers,
            leave="goto" if with_heap and self.heap_is_freed else "return",
        )
        body = list(self.block(scope, self.length))
        while len(body) < self.least:
            body.append(self.statement(scope, min(4, self.length)))
        if with_heap:
            for _ in range(self.draw.integer(0, 2)):
                body.insert(self.draw.integer(0, len(body)), self.growth())
        value = apply("add", apply("sin", self.real(scope, 2)), self.place(scope))
        last = [apply("set", text("result"), value)]
        for array in (*(["h"] if with_heap else []), "u", "t", "s.q", "both[1].q", "q", "s.r"):
            length = {"h": 8, "u": 8, "s.q": 2, "both[1].q": 2}.get(array, 4)
            part = apply("mul", apply("sin", text(f"{array}[c]")), self.constant())
            add = apply("add_to", text("result"), part)
            last.append(text(f"for (int c = 0; c < {length}; c++) {{0}}", add))
        for scalar in ("v0", "v1", "s.p", "both[0].p"):
            last.append(apply("add_to", text("result"), apply("cos", text(scalar))))
        if with_heap and self.heap_is_freed:
            last += [text("done:"), text("free(h);")]
        closing = tuple(Statement((line,)) for line in (*last, apply("return", text("result"))))
        types = {"scalar": "REAL ", "array": "REAL *", "table": "const NUMBER *", "count": "int "}
        heading = ", ".join(
            (p.held + "&" if p.held else types[p.kind]) + p.name for p in parameters
        )
        opening = self.opening(with_heap)
        self.routines.append(
            Routine(f"static REAL {name}({heading})", opening, tuple(body), closing)
        )
        kept = "".join(f"static REAL {array}[{size}];\n" for array, size in self.global_arrays)
        declarations = kept + (
            f"struct {name}_s {{ REAL p; int k; REAL q[2]; REAL *r; }};\n"
            f"struct {name}_node {{ REAL v; int k; struct {name}_node *next; }};\n"
            f"struct {name}_plug {{ REAL (*f)(REAL); REAL w; }};\n"
            f"struct {name}_tree {{ REAL v; int k; REAL (*f)(REAL);"
            f" struct {name}_tree *side[2]; }};\n"
        )
        declarations += "".join(
            f"static struct {name}_s {struct};\n" for struct in self.global_structs
        )
        routines = tuple(self.routines)
        return Program(
            name, self.is_single, parameters, declarations, routines, language=self.language
        )


def generate(draw: Draw, name: str) -> Program:
    """A random program whose names begin with `name`."""
    return Writer(draw, name, is_single=draw.integer(1, 6) == 6).program()


def generate_from_seed(seed: int) -> Program:
    """The program of a seed; the same at all times and places."""
    return generate(Seeded(random.Random(seed)), f"f{seed}")
