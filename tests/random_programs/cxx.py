"""Random programs in C++: what the C programs have, and classes, containers, closures, exceptions.

One text serves both readings: with `double`, and with a class of dual numbers (numbers.hpp).
"""
# ruff: noqa: E501 - a line of the program that is written is a line here

from __future__ import annotations

import random
from dataclasses import replace

from .closures import Closures
from .generate import Writer
from .language import Expression, Language, Parameter, Program, Routine, Statement, apply, text
from .scope import Draw, Scope, Seeded
from .statements import HALF

HELD = ("", "", "std::array<REAL, {0}> ", "std::vector<REAL> ", "REAL (&{1})[{0}]")


class CxxWriter(Closures, Writer):
    """Writes one program in C++."""

    language: Language = "c++"
    heap = "int room = 8; std::vector<REAL> h(room); (void)room;"
    more_heap = "    room += 8; h.resize(room);"
    heap_is_freed = False
    one_new, one_freed = "new {0}", "delete"

    def before(self) -> None:
        """Classes and functions that every part of the program may use."""
        name, empty = self.name, "{{}}"
        self.length, self.least = self.draw.integer(2, 4), self.draw.integer(1, 2)
        self.most_helpers = self.pick((0, 0, 1))
        if self.chance(60):
            self.hierarchy()
        self.tools()
        self.idioms()
        value = self.bounded(Scope(scalars=("a",), arrays=(), integers=("k",)), 2)
        outer = " : std::runtime_error" if self.chance(30) else ""
        init = 'std::runtime_error("error"), ' if outer else ""
        self.declare(
            f"struct {name}_error{outer}",
            "REAL v; int k;",
            f"{name}_error(REAL v, int k) : {init}v(v), k(k) {empty}",
        )
        self.declare(
            f"struct {name}_visitor",
            "REAL operator()(int k) const {{ return (REAL)(k & 7); }}",
            text(
                "REAL operator()(const REAL &a) const {{ int k = 2; (void)k; {0} }}",
                apply("return", value),
            ),
            "REAL operator()(const std::array<REAL, 2> &a) const {{ return a[0] * a[1]; }}",
            f"REAL operator()(const struct {name}_s &a) const {{{{ return a.p - a.q[1]; }}}}",
        )
        scope = Scope(scalars=("a", "b"), arrays=(), integers=("k", "i"), leave="never")
        self.function(
            f"std::vector<REAL> {name}_build(int k, REAL a)",
            text(
                "std::vector<REAL> r; for (int i = 0; i < k; i++) r.push_back({0}); return r;",
                self.bounded(replace(scope, scalars=("a",)), 1),
            ),
        )
        self.function(
            f"std::pair<REAL, REAL> {name}_both(REAL a, REAL b)",
            text(
                "int k = 1, i = 2; (void)k, (void)i; return {{{0}, {1}}};".replace(
                    "{{{0}, {1}}}", "std::make_pair(REAL({0}), REAL({1}))"
                ),
                self.bounded(scope, 1),
                self.bounded(scope, 1),
            ),
        )
        self.function(
            f"auto {name}_adder(REAL a)",
            text(
                "int k = 3, i = 1; (void)k, (void)i; return [=, b = a * a](REAL c) -> REAL {{ return c * {0}; }};",
                self.bounded(scope, 1),
            ),
        )
        self.function(
            f"template <class F> REAL {name}_apply(F f, REAL a)",
            text(
                "REAL b = f(a); int k = 1, i = 2; (void)k, (void)i; return {0};",
                self.bounded(scope, 1),
            ),
            is_template=True,
        )
        error = text(
            f"if ({{0}}) throw {name}_error({{1}}, k);",
            self.condition(replace(scope, integers=("k",)), 1),
            self.bounded(scope, 1),
        )
        held = self.pick(
            (
                f"{name}_buffer w(2); w[0] = a;",
                "std::vector<REAL> w(2, a);",
                "REAL w[2] = {{a}};",
                "auto w = std::make_unique<REAL[]>(2); w[0] = a;",
            )
        )
        self.function(
            f"REAL {name}_risky(REAL a, int k)",
            text(
                "REAL b = sinSFX(a); int i = k & 3; (void)i; " + held + " {0} return w[0] * {1};",
                error,
                self.bounded(scope, 1),
            ),
        )

    def function(self, head: str, body: Expression, *, is_template: bool = False) -> None:
        kind = (
            ""
            if is_template
            else self.pick(("UNUSED static ", "UNUSED static NOINLINE ", "inline "))
        )
        self.routines.append(Routine(kind + head, (), (), (Statement((body,)),)))

    def parameters(self) -> tuple[Parameter, ...]:
        made = []
        for p in super().parameters():
            held = self.pick(HELD[:4]).format(len(p.values)) if p.kind == "array" else ""
            made.append(replace(p, held=held))
        return tuple(made)

    # What reads otherwise in C++

    def array_of_four(self, scope: Scope) -> Expression:
        wide = [(array, length) for array, length in scope.arrays if length >= 4]
        if scope.pointers and self.chance(30):
            return text(self.pick(scope.pointers))
        array, length = self.pick(wide)
        if length == 4:
            return text(f"&{array}[0]")
        return text(f"&{array}[({{0}}) & {length - 4}]", self.whole(scope, 1))

    def place(self, scope: Scope) -> Expression:
        if scope.keyed and self.chance(25):
            array, length = self.pick(scope.keyed)
            return text(f"{array}[{{0}}]", self.index(scope, length))
        return super().place(scope)

    def real(self, scope: Scope, depth: int) -> Expression:
        if scope.calls and depth > 0 and self.chance(20):
            call = self.pick(scope.calls)
            return text(call, self.real(scope, depth - 1), text("({0}) & 7", self.whole(scope, 0)))
        return super().real(scope, depth)

    def walk(self, scope: Scope, size: int) -> Statement:
        w, (array, length) = self.new("w"), self.pick(scope.arrays)
        kind = self.draw.integer(0, 2)
        heads = (
            f"for (REAL &{w} : std::span<REAL>(&{array}[0], {length})) {{{{",
            f"for (auto {w}i = std::make_reverse_iterator(&{array}[0] + {length}); {w}i != std::make_reverse_iterator(&{array}[0]); ++{w}i) {{{{ REAL &{w} = *{w}i;",
            f"for (const REAL *{w}i = &{array}[0], *{w}e = {w}i + {length}; {w}i < {w}e; {w}i += 2) {{{{ const REAL &{w} = *{w}i;",
        )
        use = apply("mul", HALF, apply("sin", text(w)))
        first = Statement((apply("add_to", text(self.pick(scope.scalars)), use),))
        if kind < 2:
            first = Statement((apply("set", text(w), self.bounded(scope, 1)),))
        body = (first, *self.block(self.into_loop(scope), size - 1))
        return Statement((text(heads[kind]), 0, text("}}")), (body,))

    def owned(self, scope: Scope, size: int) -> Statement:
        m, c, kind = self.new("m"), self.new("c"), self.draw.integer(0, 2)
        inner = replace(scope, arrays=(*scope.arrays, (m, 4)), depth=scope.depth + 1)
        if kind < 2:
            inner = replace(
                inner, in_loop=False, can_continue=False, can_leave=False, is_tried=False
            )
        make = (
            f"REAL *{m} = new REAL[4 + (({{0}}) & 3)]();",
            f"auto *{m} = static_cast<REAL *>(::operator new((4 + (({{0}}) & 3)) * sizeof(REAL)));",
            f"REAL {m}[4]; /* {{0}} */",
        )[kind]
        end = (f"    delete[] {m};", f"    ::operator delete({m});", "")[kind]
        counting = replace(scope, integers=(*scope.integers, c))
        fill = apply("set", text(f"{m}[{c}]"), self.bounded(counting, 1))
        loop = text(f"    for (int {c} = 0; {c} < 4; {c}++) {{0}}", fill)
        frame = (text("{{"), text("    " + make, self.whole(scope, 1)), loop, 0, text(end + "}}"))
        return Statement(frame, (self.block(inner, size),))

    def moved(self, scope: Scope) -> Statement:
        kind = self.draw.integer(0, 3)
        if kind == 0 and scope.structs:
            first, second = (self.struct(scope) for _ in range(2))
            move = self.pick(("{0} = {1};", "std::swap({0}, {1});", "{0} = std::move({1});"))
            return Statement((text(move, first, second),))
        (array, length), (other, width) = self.pick(scope.arrays), self.pick(scope.arrays)
        if kind == 1:
            count = self.draw.integer(0, length)
            at = self.draw.integer(0, length - count)
            return Statement((text(f"std::fill_n(&{array}[{at}], {count}, REAL(0));"),))
        if kind == 2 and array != other:
            some = text(f"(({{0}}) & {min(length, width) - 1})", self.whole(scope, 1))
            return Statement(
                (text(f"memmove((void *)&{array}[0], &{other}[0], {{0}} * sizeof(REAL));", some),)
            )
        by = self.draw.integer(1, length - 1)
        ends = (f"&{array}[0]", f"&{array}[{by}]")
        to, source = ends if self.chance(50) else ends[::-1]
        return Statement(
            (text(f"memmove((void *)({to}), {source}, {length - by} * sizeof(REAL));"),)
        )

    # The whole

    def statement(self, scope: Scope, size: int) -> Statement:
        nested = scope.depth < 4 and size > 1
        inner = max(1, size * 2 // 3)
        kind = self.draw.integer(0, 99)
        if kind < 22 and nested:
            return self.contained(scope, inner)
        if kind < 31 and nested and scope.fixed and self.derived:
            return self.object_block(scope, inner)
        if kind < 34 and nested:
            return self.guarded(scope, inner)
        if kind < 37 and nested and scope.loops < 2:
            return self.vectors(scope, inner)
        if kind < 44 and nested and scope.loops < 2:
            return self.closure(scope, inner)
        if kind < 49 and nested:
            return self.tried(scope, inner)
        if kind < 58:
            return self.algorithm(scope)
        if kind < 61:
            return self.functor(scope)
        if kind < 63 and scope.loops < 3:
            return self.risky(scope)
        if kind < 66 and scope.actions and scope.loops < 2:
            return self.action(scope)
        if kind < 70 and scope.is_tried:
            return self.throwing(scope)
        return super().statement(scope, size)


def generate(draw: Draw, name: str) -> Program:
    """A random C++ program whose names begin with `name`."""
    return CxxWriter(draw, name, is_single=draw.integer(1, 8) == 8).program()


def generate_from_seed(seed: int) -> Program:
    """The program of a seed; the same at all times and places."""
    return generate(Seeded(random.Random(f"c++{seed}")), f"f{seed}")
