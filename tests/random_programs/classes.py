"""Classes of random C++ programs: hierarchies with virtual calls, owners of memory, operators.

A hierarchy has an abstract base that may inherit virtually, two to four derived classes with what
people keep in objects, and a function that makes one of them. The base's `eval` is pure, `step`
changes what it is given and the object.
"""
# ruff: noqa: E501 - a line of the program that is written is a line here

from __future__ import annotations

from dataclasses import replace

from .language import Expression, Routine, Statement, apply, text
from .scope import Scope
from .statements import HALF, Body, Statements

MEMBERS = ("array", "vector", "reference", "unique", "shared", "pointer", "none", "closure")


class Classes(Statements):
    """Declares classes, and writes statements that use their objects."""

    derived: tuple[tuple[str, str], ...] = ()  # with the kind of the member
    has_mixin = False
    factory_throws = False

    # Declarations

    def method(self, head: str, scope: Scope, *, size: int = 0, tail: str = "") -> Statement:
        """A member function that returns a bounded number, after some statements."""
        body = tuple(self.assignment(scope) for _ in range(self.draw.integer(0, size)))
        value = apply("return", self.bounded(scope, 2))
        last = text("    {0}", value)
        return Statement((text(head + " {{"), 0, last, text("}}" + tail)), (body,))

    def hierarchy(self) -> None:
        """The base, what stands above and beside it, the derived classes, and their factory."""
        name = self.name
        is_virtual, self.has_mixin = self.chance(30), self.chance(50)
        base = f"{name}_base"
        above = ""
        if is_virtual or self.chance(25):
            above = f" : {'virtual ' if is_virtual else ''}public {name}_top"
            top = Scope(scalars=("t", "a"), arrays=())
            lines = (
                Statement((text("REAL t = 0.25;"),)),
                Statement((text(f"virtual ~{name}_top() {{{{ t = 0; }}}}"),)),
                self.method("virtual REAL top(REAL a) const", top),
            )
            self.routines.append(Routine(f"struct {name}_top", (), lines, (), ";"))
        if self.has_mixin:
            mixin = Scope(scalars=("m", "a"), arrays=())
            from_top = f" : virtual {name}_top" if is_virtual else ""
            lines = (
                Statement((text("REAL m = 0.75;"),)),
                Statement((text(f"virtual ~{name}_mixin() = default;"),)),
                self.method("virtual REAL mix(REAL a) const", mixin),
                Statement((text("void blend(REAL &a) {{ m += 0.5 * sinSFX(a); a = m; }}"),)),
            )
            self.routines.append(Routine(f"struct {name}_mixin{from_top}", (), lines, (), ";"))
        scope = Scope(scalars=("c", "a"), arrays=(), integers=("k", "j"))
        inside = replace(scope, arrays=(("p", 4),), variables=("k",))
        opening = (
            Statement((text("REAL c; int k;"),)),
            Statement((text(f"{base}(REAL c, int k) : c(c), k(k) {{{{}}}}"),)),
            Statement((text(f"virtual ~{base}() {self.pick(('= default;', '{{ c = 0; }}'))}"),)),
        )
        head = "virtual REAL eval(REAL a, int j) const"
        pure = Statement((text(head + " = 0;"),))
        body = (
            pure if self.chance(50) else self.method(head, scope),
            self.stepping("virtual void step(REAL &a, REAL *p, int j)", inside),
            Statement((text("REAL twice(REAL a) const {{ return eval(eval(a, 1), 2); }}"),)),
        )
        self.routines.append(Routine(f"struct {base}{above}", opening, body, (), ";"))
        for number in range(self.draw.integer(2, 4)):
            self.derive(f"{name}_d{number}", bool(above), is_virtual)
        self.make()

    def stepping(self, head: str, scope: Scope) -> Statement:
        body = tuple(self.assignment(scope) for _ in range(self.draw.integer(1, 3)))
        return Statement((text(head + " {{ (void)j;"), 0, text("}}")), (body,))

    def derive(self, new: str, has_top: bool, is_virtual: bool) -> None:
        """One class below the base, or below the class before it."""
        name, member = self.name, self.pick(MEMBERS)
        base = f"{name}_base"
        bases = [f"public {base}"]
        with_mixin = self.has_mixin and self.chance(60)
        if with_mixin:
            bases.insert(self.draw.integer(0, 1), f"public {name}_mixin")
        scalars, arrays, calls = ["c", "a"], [], []
        fields, start = "", ""
        if member == "array":
            fields, start = "REAL w[2];", "w[0] = a, w[1] = p[1];"
            arrays.append(("w", 2))
        elif member == "vector":
            fields, start = (
                "std::vector<REAL> w;",
                "for (int i = 0; i < 4; i++) w.push_back(a * p[i]);",
            )
            arrays.append(("w", 4))
        elif member == "reference":
            fields = "REAL &ref;"
            scalars.append("ref")
        elif member in ("unique", "shared"):
            other = self.derived[-1][0] if self.derived else ""
            if other:
                fields = f"std::{member}_ptr<{base}> inner;"
                start = f"if (k > 1) inner = std::make_{member}<{other}>(a, k - 2, p);"
                calls.append("(inner ? inner->eval({0}, {1}) : sinSFX({0}))")
            else:
                member = "none"
        elif member == "pointer":
            fields, start = "const REAL *w; REAL own = 0;", "w = p; own = p[2];"
            scalars.append("own")
            calls.append("({0} * w[({1}) & 3])")
        elif member == "closure":
            fields = "std::function<REAL(REAL)> g;"
            start = "REAL b = p[0]; g = [a, b](REAL y) {{ return sinSFX(y * a) + b; }};"
            calls.append("g({0})")
        if has_top:
            scalars.append("t")
            start += " this->t = a;"
            calls.append("top({0})")
        if with_mixin:
            start += " this->m = sinSFX(a);"
            calls.append("mix({0})")
        scope = Scope(
            scalars=tuple(scalars), arrays=tuple(arrays), integers=("k", "j"), calls=tuple(calls)
        )
        inside = replace(scope, arrays=(*scope.arrays, ("p", 4)), variables=("k",))
        init = ", ref(p[3])" if member == "reference" else ""
        ending = " c = 0;" if self.chance(50) else ""
        opening = [
            Statement((text(fields),)),
            Statement(
                (
                    text(
                        f"{new}(REAL a, int k, REAL *p) : {base}(a, k){init} {{{{ (void)p; {start} }}}}"
                    ),
                )
            ),
        ]
        if self.chance(40):
            opening.append(Statement((text(f"~{new}() override {{{{{ending} }}}}"),)))
        body = [self.method("REAL eval(REAL a, int j) const override", scope)]
        if self.chance(60):
            body.append(self.stepping("void step(REAL &a, REAL *p, int j) override", inside))
        if with_mixin and self.chance(50):
            body.append(
                self.method(
                    "REAL mix(REAL a) const override", replace(scope, integers=("k",), calls=())
                )
            )
        final = " final" if self.chance(20) else ""
        self.routines.append(
            Routine(
                f"struct {new}{final} : {', '.join(bases)}", tuple(opening), tuple(body), (), ";"
            )
        )
        self.derived = (*self.derived, (new, member))

    def make(self) -> None:
        name = self.name
        cases = tuple(
            Statement((text(f"case {at}: return std::make_unique<{new}>(a, k, p);"),))
            for at, (new, _) in enumerate(self.derived[:-1])
        )
        head = f"UNUSED static std::unique_ptr<{name}_base> {name}_make(int k, REAL a, REAL *p)"
        opening = (Statement((text(f"switch (k % {len(self.derived)}) {{{{"),)),)
        last = text(
            f"default: return std::unique_ptr<{name}_base>(new {self.derived[-1][0]}(a, k, p)); }}}}"
        )
        self.routines.append(Routine(head, opening, cases, (Statement((last,)),)))

    def declare(self, head: str, *lines: str | Expression) -> None:
        """A class of single lines."""
        body = tuple(Statement((text(line) if isinstance(line, str) else line,)) for line in lines)
        self.routines.append(Routine(head, body, (), (), ";"))

    def tools(self) -> None:
        """A buffer that owns its memory, a guard, a vector with operators, a CRTP base."""
        buffer, guard = f"{self.name}_buffer", f"{self.name}_guard"
        vec, crtp, affine = f"{self.name}_vec", f"{self.name}_crtp", f"{self.name}_affine"
        empty = "{{}}"
        self.declare(
            f"struct {buffer}",
            "REAL *at; int n;",
            f"explicit {buffer}(int n) : at(new REAL[n]()), n(n) {empty}",
            f"{buffer}(const {buffer} &o) : at(new REAL[o.n]), n(o.n) {{{{ std::copy_n(o.at, n, at); }}}}",
            f"{buffer}({buffer} &&o) noexcept : at(std::exchange(o.at, nullptr)), n(o.n) {empty}",
            f"{buffer} &operator=({buffer} o) {{{{ std::swap(at, o.at); std::swap(n, o.n); return *this; }}}}",
            f"~{buffer}() {{{{ delete[] at; }}}}",
            "REAL &operator[](int i) {{ return at[i]; }}",
            "const REAL &operator[](int i) const {{ return at[i]; }}",
            "REAL *begin() {{ return at; }}",
            "REAL *end() {{ return at + n; }}",
        )
        scope = Scope(scalars=("r", "v"), arrays=())
        out = apply("add_to", text("r"), apply("mul", HALF, self.bounded(scope, 1)))
        self.declare(
            f"struct {guard}",
            "REAL &r; REAL v;",
            f"{guard}(REAL &r, REAL v) : r(r), v(v) {empty}",
            f"{guard}(const {guard} &) = delete;",
            text(f"~{guard}() {{{{ {{0}} }}}}", out),
        )
        loop = "for (int i = 0; i < N; i++)"
        self.declare(
            f"template <class T, int N> struct {vec}",
            "T e[N];",
            "T &operator[](int i) {{ return e[i]; }}",
            "const T &operator[](int i) const {{ return e[i]; }}",
            f"friend {vec} operator+({vec} a, const {vec} &b) {{{{ {loop} a[i] += b[i]; return a; }}}}",
            f"friend {vec} operator*(T s, {vec} b) {{{{ {loop} b[i] *= s; return b; }}}}",
            f"{vec} &operator*=(T s) {{{{ for (T &x : e) x *= s; return *this; }}}}",
            f"friend T dot(const {vec} &a, const {vec} &b) {{{{ T s = 0; {loop} s += a[i] * b[i]; return s; }}}}",
            f"{vec} operator-() const {{{{ return T(-1) * *this; }}}}",
        )
        self.declare(
            f"template <class D> struct {crtp}",
            "REAL run(REAL a) const {{ auto &d = static_cast<const D &>(*this); return d.one(d.one(a)); }}",
        )
        value = self.bounded(Scope(scalars=("k", "b", "a"), arrays=()), 1)
        self.declare(
            f"struct {affine} : {crtp}<{affine}>",
            "REAL k, b;",
            f"{affine}(REAL k, REAL b) : k(k), b(b) {empty}",
            text("REAL one(REAL a) const {{ {0} }}", apply("return", value)),
            "REAL operator()(REAL a) const {{ return this->one(a); }}",
            "REAL operator()(REAL a, int j) const {{ return j & 1 ? one(a) : this->run(a); }}",
        )

    # Statements

    def object_block(self, scope: Scope, size: int) -> Statement:
        """An object made by the factory, held in one of many ways, used in a block."""
        name, o, kind = self.name, self.new("o"), self.draw.integer(0, 6)
        steady = self.steady(scope)
        made = text(
            f"{name}_make({{0}}, {{1}}, {{2}})",
            self.whole(scope, 1),
            self.bounded(scope, 1),
            steady,
        )
        inner, arrow, last = scope, "->", ""
        first, _ = self.pick(self.derived)
        if kind <= 1:
            head = text(f"std::unique_ptr<{name}_base> {o} = {{0}};", made)
        elif kind == 2:
            head = text(f"std::shared_ptr<{name}_base> {o} = {{0}}; auto {o}_too = {o};", made)
            last = f"std::weak_ptr<{name}_base> {o}_weak = {o}; {o}.reset(); if (auto l = {o}_weak.lock()) {{0}}"
        elif kind == 3:
            head = text(f"{name}_base *{o} = {{0}}.release();", made)
            inner = replace(
                scope, in_loop=False, can_continue=False, can_leave=False, is_tried=False
            )
            last = f"{{0}} delete {o};"
        elif kind == 4:
            head = text(
                f"{first} {o}_own({{0}}, {{1}}, {{2}}); {name}_base &{o} = {o}_own;",
                self.bounded(scope, 1),
                self.whole(scope, 1),
                steady,
            )
            arrow = "."
        elif kind == 5:
            head = text(
                f"alignas({first}) unsigned char {o}_room[sizeof({first})]; {first} *{o} = new ({o}_room) {first}({{0}}, {{1}}, {{2}});",
                self.bounded(scope, 1),
                self.whole(scope, 1),
                steady,
            )
            inner = replace(
                scope, in_loop=False, can_continue=False, can_leave=False, is_tried=False
            )
            last = f"{{0}} {o}->~{first}();"
        else:
            head = text(
                f"std::vector<std::unique_ptr<{name}_base>> {o}_all; for (int c = 0; c < 3; c++) {o}_all.push_back({name}_make({{0}} + c, {{1}}, {{2}})); auto &{o} = {o}_all[({{0}}) & 1];",
                self.whole(scope, 1),
                self.bounded(scope, 1),
                steady,
            )
            last = f"for (auto &each : {o}_all) {{0}}"
        call = f"{o}{arrow}eval({{0}}, {{1}})"
        calls = [call, f"{o}{arrow}twice({{0}})"]
        if kind == 6:
            call = "each->eval({0}, {1})"
        sink = text(self.pick(scope.scalars))
        target = self.array_of_four(scope) if scope.arrays else steady
        step = text(f"{o}{arrow}step({{0}}, {{1}}, {{2}});", sink, target, self.whole(scope, 1))
        inner = replace(inner, calls=(*inner.calls, *calls), depth=inner.depth + 1)
        if kind == 2:
            call = "l->eval({0}, {1})"
        use = apply(
            "add_to",
            sink,
            apply("mul", HALF, text(call, self.bounded(scope, 0), self.whole(scope, 0))),
        )
        frame: list[Expression | int] = [
            text("{{"),
            text("    {0}", head),
            0,
            text("    {0}", step),
            1,
        ]
        frame.append(self.cast(scope, o, arrow))
        if last:
            frame.append(text("    " + last, use))
        body = self.block(inner, size)
        return Statement((*frame, text("}}")), (body, self.block(inner, 1)))

    def cast(self, scope: Scope, o: str, arrow: str) -> Expression:
        """What the object turns out to be."""
        sink = text(self.pick(scope.scalars))
        whole, member = self.pick(self.derived)
        at = f"&{o}" if arrow == "." else f"&*{o}"
        if self.has_mixin and self.chance(50):
            use = apply(
                "add_to", sink, apply("mul", HALF, text("d->mix({0})", self.bounded(scope, 0)))
            )
            blend = "d->blend({1}); " if self.chance(50) else ""
            return text(
                f"    if (auto *d = dynamic_cast<{self.name}_mixin *>({at})) {{{{ {blend}{{0}} }}}}",
                use,
                sink,
            )
        value = {
            "array": "d->w[1]",
            "vector": "d->w[2]",
            "pointer": "d->own",
            "reference": "d->ref",
            "closure": "d->g(d->c)",
        }.get(member, "d->c")
        use = apply("add_to", sink, apply("sin", text(value)))
        if self.chance(30):
            return text(
                f"    if (typeid(*{at}) == typeid({whole})) {{{{ auto *d = dynamic_cast<{whole} *>({at}); {{0}} }}}}",
                use,
            )
        return text(f"    if (auto *d = dynamic_cast<{whole} *>({at})) {{0}}", use)

    def steady(self, scope: Scope) -> Expression:
        """Four numbers in memory that does not move."""
        return text(f"&{self.pick(scope.fixed)}[0]")

    def guarded(self, scope: Scope, size: int) -> Statement:
        """A block at whose end a destructor writes."""
        g = self.new("g")
        head = text(
            f"{self.name}_guard {g}({{0}}, {{1}});",
            text(self.pick(scope.scalars)),
            self.bounded(scope, 1),
        )
        inner = replace(scope, depth=scope.depth + 1)
        if self.chance(50):
            inner = replace(inner, scalars=(*inner.scalars, f"{g}.v"))
        return Statement(
            (text("{{"), text("    {0}", head), 0, text("}}")), (self.block(inner, size),)
        )

    def vectors(self, scope: Scope, size: int) -> Statement:
        """Small vectors with operators."""
        v = self.new("e")
        n = self.pick((4, 4, 8))
        items = [self.bounded(scope, 1) for _ in range(3)]
        kind = f"{self.name}_vec<REAL, {n}>"
        made = text(
            f"{kind} {v}{{{{{{{{REAL({{0}}), REAL({{1}})}}}}}}}}, {v}o{{{{{{{{REAL({{2}})}}}}}}}};",
            *items,
        )
        inner = replace(scope, arrays=(*scope.arrays, (v, n), (f"{v}o", n)), depth=scope.depth + 1)
        mix = text(
            f"    {v} = {{0}} * {v}o + -{v}; {v}o *= {{1}};",
            apply("cos", self.real(scope, 1)),
            HALF,
        )
        last = text(
            "    {0}",
            apply("add_to", text(self.pick(scope.scalars)), apply("sin", text(f"dot({v}, {v}o)"))),
        )
        body: Body = self.block(inner, size)
        return Statement(
            (text("{{"), text("    {0}", made), 0, mix, 1, last, text("}}")),
            (body, self.block(inner, 1)),
        )

    def functor(self, scope: Scope) -> Statement:
        """A functor, or a pointer to a member."""
        kind, f, name = self.draw.integer(0, 3), self.new("fn"), self.name
        place, value = self.place(scope), self.bounded(scope, 1)
        head = text(
            f"{name}_affine {f}({{0}}, {{1}});", self.bounded(scope, 1), self.bounded(scope, 0)
        )
        if kind == 0:
            use = apply("set", place, text(f"{f}.run({{0}})", value))
        elif kind == 1:
            use = text(
                f"REAL {name}_affine::*pm = ({{0}}) & 1 ? &{name}_affine::k : &{name}_affine::b; {f}.*pm += {{1}}; {{2}}",
                self.whole(scope, 1),
                value,
                apply("set", place, text(f"{f}(0.5 * {f}.b)")),
            )
        elif kind == 2:
            use = text(
                f"REAL ({name}_affine::*pm)(REAL) const = ({{0}}) & 1 ? &{name}_affine::one : &{name}_affine::run; {{1}}",
                self.whole(scope, 1),
                apply("set", place, text(f"({f}.*pm)({{0}})", value)),
            )
        else:
            use = apply(
                "set",
                place,
                text(f"std::invoke({f}, REAL({{0}}), {{1}})", value, self.whole(scope, 1)),
            )
        return Statement((text("{{ {0} {1} }}", head, use),))
