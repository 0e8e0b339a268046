"""What people write in C++ beside containers, in random programs: expression templates, templates
by numbers, static members, owners that only move, arenas, classes of containers, visitors made of
lambdas, ranges with projections, recursion through closures, trees, diamonds.
"""
# ruff: noqa: E501 - a line of the program that is written is a line here

from __future__ import annotations

from dataclasses import replace

from .containers import Kind, Made
from .holders import Holders
from .language import Expression, apply, text
from .scope import Scope

NONE = Scope(scalars=("a", "b"), arrays=())


class Idioms(Holders):
    """More kinds of blocks, and the templates that they use."""

    def kinds(self) -> tuple[Kind, ...]:
        more = (
            self.lazy_rows, self.by_number, self.static_member, self.only_moved, self.members, self.arena, self.overloaded, self.projected,
            self.by_itself, self.references, self.strides, self.deleter, self.tree, self.diamond, self.in_flight, self.applied_tuple,
        )  # fmt: skip
        return (*super().kinds(), *more)

    def idioms(self) -> None:
        """The templates, and a class with static members."""
        name = self.name
        value = apply("return", self.bounded(NONE, 1))
        self.declare(
            f"template <class L, class R> struct {name}_pairwise",
            "const L &l; const R &r;",
            text("REAL operator[](int i) const {{ REAL a = l[i], b = r[i]; {0} }}", value),
        )
        self.declare(
            f"template <class L, class F> struct {name}_each",
            "const L &l; F f;",
            "REAL operator[](int i) const {{ return f(l[i]); }}",
        )
        self.declare(
            f"struct {name}_row",
            "REAL at[4] = {{}};",
            f"{name}_row() = default;",
            f"template <class E> {name}_row(const E &e) {{{{ for (int i = 0; i < 4; i++) at[i] = e[i]; }}}}",
            "REAL operator[](int i) const {{ return at[i]; }}",
            "REAL &operator[](int i) {{ return at[i]; }}",
        )
        for head, body in (
            (f"template <class L, class R> {name}_pairwise<L, R> {name}_plus(const L &l, const R &r)", "return {{l, r}};"),
            (f"template <class L, class F> {name}_each<L, F> {name}_all(const L &l, F f)", "return {{l, f}};"),
            (f"template <int N> REAL {name}_power(REAL a)", f"if constexpr (N == 0) return REAL(0.75); else return REAL(0.5) * a * {name}_power<N - 1>(a) + REAL(N);"),
            (f"template <class... A> REAL {name}_total(const A &...a)", "return (REAL(0.25) + ... + (REAL(0.5) * a));"),
        ):  # fmt: skip
            self.function(head, text(body), is_template=True)
        self.declare(
            f"template <class T, int N> struct {name}_poly",
            "T c[N];",
            "T at(const T &x) const {{ T r = c[N - 1]; for (int i = N - 2; i >= 0; i--) r = r * x + c[i]; return r; }}",
            f"template <int M> {name}_poly<T, N + M - 1> times(const {name}_poly<T, M> &o) const {{{{ {name}_poly<T, N + M - 1> r{{{{}}}}; for (int i = 0; i < N; i++) for (int j = 0; j < M; j++) r.c[i + j] += c[i] * o.c[j]; return r; }}}}",
        )
        self.declare(f"template <class... F> struct {name}_over : F...", "using F::operator()...;")
        self.routines[-1] = replace(
            self.routines[-1],
            tail=f"; template <class... F> {name}_over(F...) -> {name}_over<F...>;",
        )
        self.declare(
            f"struct {name}_static",
            "static inline REAL sum = 0.25; static inline int made = 0; REAL v;",
            f"explicit {name}_static(REAL v) : v(v) {{{{ sum += v; made++; }}}}",
            f"~{name}_static() {{{{ sum *= REAL(0.5); made--; }}}}",
        )

    def lazy_rows(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Expression templates."""
        name, source = self.name, self.pick(scope.fixed)
        f = text("[&](REAL b) -> REAL {{ return b * {0}; }}", self.bounded(scope, 1))
        made = self.pick((
            f"{name}_plus({source}, {name}_all({source}, {{0}}))",
            f"{name}_all({name}_plus({source}, {source}), {{0}})",
            f"{name}_plus({name}_plus({source}, {c}o), {name}_all({c}o, {{0}}))",
        ))  # fmt: skip
        head = [text(f"{name}_row {c}o; {c}o[1] = {{0}};", self.bounded(scope, 1)), text(f"{name}_row {c} = {made};", f)]  # fmt: skip
        last = text(f"{c}o = {name}_plus({c}, {c}o); {{0}}", self.fold(sink, f"{c}o[0] * {c}o[3]"))
        return head, replace(scope, arrays=(*scope.arrays, (f"{c}.at", 4))), [last]

    def by_number(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Templates with numbers, and packs."""
        name, m = self.name, self.draw.integer(1, 4)
        values = (self.bounded(scope, 1), self.bounded(scope, 1), self.bounded(scope, 0))
        head = text(f"{name}_poly<REAL, 3> {c}{{{{{{{{REAL({{0}}), REAL({{1}}), REAL({{2}})}}}}}}}};", *values)  # fmt: skip
        last = self.pick((
            self.fold(sink, f"{c}.at({name}_power<{m}>({c}.c[1]))"),
            text(f"auto {c}_too = {c}.times({name}_poly<REAL, {m}>{{{{{{{{{c}.c[0]}}}}}}}}); {{0}}", self.fold(sink, f"{c}_too.times({c}).at(REAL(0.75))")),
            self.fold(sink, f"{name}_total({c}.c[0], {c}.at({c}.c[2]), {m}, {name}_power<{m}>(REAL(0.5)))"),
        ))  # fmt: skip
        return [head], replace(scope, scalars=(*scope.scalars, f"{c}.c[2]")), [last]

    def static_member(self, scope: Scope, c: str, sink: Expression) -> Made:
        """What all objects of a class share."""
        one = f"{self.name}_static"
        head = [text(f"{one}::sum = REAL({{0}}), {one}::made = 0;", self.bounded(scope, 0)), text(f"std::vector<std::unique_ptr<{one}>> {c}; for (int i = 0; i < 3; i++) {c}.push_back(std::make_unique<{one}>({{0}}));", self.filling(scope))]  # fmt: skip
        last = text(f"{c}.pop_back(); {{0}} {c}.clear(); {{1}}", self.fold(sink, f"{one}::sum * (REAL)({one}::made)"), self.fold(sink, f"{one}::sum"))  # fmt: skip
        inner = replace(scope, scalars=(*scope.scalars, f"{c}[1]->v", f"{one}::sum"))
        return head, inner, [last]

    def only_moved(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Owners without copies: handed back, sorted, taken out."""
        one = f"{c}_own"
        head = [
            text(f"struct {one} {{{{ std::unique_ptr<REAL> at; int k; {one}(REAL v, int k) : at(new REAL(v)), k(k) {{{{}}}} {one}({one} &&) noexcept = default; {one} &operator=({one} &&) noexcept = default; REAL get() const {{{{ return *at; }}}} }}}};"),
            text(f"auto {c}_made = [&](int i) {{{{ {one} r({{0}}, i); *r.at *= REAL(1.5); return r; }}}};", self.filling(scope)),
            text(f"std::vector<{one}> {c}; for (int i = 0; i < 4; i++) if (i & 1) {c}.push_back({c}_made(i)); else {c}.emplace_back({{0}}, i);", self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            text(f"std::sort({c}.begin(), {c}.end(), [](const {one} &l, const {one} &r) {{{{ return l.get() < r.get(); }}}}); for (auto &e : {c}) {{0}}", self.fold(sink, "e.get() * (REAL)(e.k)")),
            text(f"{one} {c}_out = std::move({c}[2]); {c}.erase({c}.begin() + 2); {{0}} std::swap({c}[0], {c}[2]); {{1}}", self.fold(sink, f"{c}_out.get()"), self.fold(sink, f"{c}[2].get() * {c}[1].get()")),
        ))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"*{c}[3].at")), [last]

    def members(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A class that has containers of several kinds, copied, moved, in a vector."""
        one, value = f"{c}_all", self.filling(scope)
        member, fill, use = self.pick((
            ("std::deque<REAL> m;", "m.push_front({0});", "e.m.back()"),
            ("std::list<REAL> m;", "m.push_back({0});", "e.m.front()"),
            ("std::optional<REAL> m;", "m = {0};", "*e.m"),
            ("std::map<int, REAL> m;", "m[i] = {0};", "e.m.at(1)"),
            ("std::function<REAL(REAL)> m = nullptr;", "if (!{c}.m) {c}.m = [y = REAL({0})](REAL x) {{ return x * y; }};", "e.m(REAL(0.5))"),
        ))  # fmt: skip
        fill = fill.replace("{c}.", f"{c}.") if "{c}" in fill else f"{c}.{fill}"
        head = [
            text(f"struct {one} {{{{ std::vector<REAL> v; int k = 0; {member} REAL w[2] = {{{{REAL(0.5), REAL(0.25)}}}}; }}}};"),
            text(f"{one} {c}; for (int i = 0; i < 4; i++) {{{{ {c}.v.push_back({{0}}); {fill.replace('{0}', '{1}')} }}}}", value, self.filling(scope)),
        ]  # fmt: skip
        use = f"{use} * e.v[1] + e.w[0]"
        last = self.pick((
            text(f"std::vector<{one}> {c}_many(2, {c}); {c}_many[0].v[1] *= REAL(0.5); {c}_many.push_back(std::move({c})); for (auto &e : {c}_many) {{0}}", self.fold(sink, use)),
            text(f"auto e = {c}; e.w[0] += e.v[2]; std::swap(e, {c}); {{0}}", self.fold(sink, use)),
            text(f"{{{{ auto e = std::move({c}); {{0}} {c} = e; }}}} {{{{ auto &e = {c}; {{1}} }}}}", self.fold(sink, use), self.fold(sink, use)),
        ))  # fmt: skip
        return head, replace(scope, arrays=(*scope.arrays, (f"{c}.v", 4))), [last]

    def arena(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Objects in bytes that are handed out one after the other."""
        is_heap = self.chance(50)
        room = "std::unique_ptr<std::byte[]> room = std::make_unique<std::byte[]>(512);" if is_heap else "alignas(16) std::byte room[512];"  # fmt: skip
        at = "room.get()" if is_heap else "room"
        head = [
            text(f"struct {c}_pool {{{{ {room} std::size_t used = 0; void *take(std::size_t n) {{{{ void *p = {at} + used; used += (n + 15) / 16 * 16; return p; }}}} }}}}; {c}_pool {c}_a;"),
            text(f"struct {c}_node {{{{ REAL v; int k; {c}_node *next; }}}}; REAL *{c} = new ({c}_a.take(4 * sizeof(REAL))) REAL[4]; {c}_node *{c}_n = nullptr;"),
            text(f"for (int i = 0; i < 4; i++) {{{{ {c}[i] = {{0}}; {c}_n = new ({c}_a.take(sizeof({c}_node))) {c}_node{{{{{{1}}, i, {c}_n}}}}; }}}}", self.filling(scope), self.filling(scope)),
        ]  # fmt: skip
        last = text(f"for (auto *n = {c}_n; n; n = n->next) {{0}}", self.fold(sink, f"n->v * {c}[n->k]"))  # fmt: skip
        return head, replace(scope, arrays=(*scope.arrays, (c, 4)), scalars=(*scope.scalars, f"{c}_n->v")), [last]  # fmt: skip

    def overloaded(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A variant of what owns memory, and a visitor made of lambdas."""
        kinds = f"std::variant<std::monostate, REAL, std::vector<REAL>, std::unique_ptr<REAL>> {c}"
        head = text(
            f"{kinds}; switch (({{0}}) & 3) {{{{ case 0: break; case 1: {c} = REAL({{1}}); break; case 2: {c} = std::vector<REAL>(3, REAL({{2}})); break; default: {c} = std::make_unique<REAL>({{1}}); }}}}",
            self.whole(scope, 1),
            self.bounded(scope, 1),
            self.bounded(scope, 1),
        )
        visit = text(
            f"std::visit({self.name}_over{{{{[](std::monostate) {{{{}}}}, [&](REAL &e) {{{{ {{0}} e *= REAL(0.5); }}}}, [&](std::vector<REAL> &e) {{{{ e.push_back({{2}}); {{1}} }}}}, [&](std::unique_ptr<REAL> &e) {{{{ {{3}} }}}}}}}}, {c});",
            self.fold(sink, "e"), self.fold(sink, "e[0] * e.back()"), self.bounded(scope, 1), self.fold(sink, "*e"),
        )  # fmt: skip
        moved = text(f"auto {c}_too = std::move({c}); {c} = REAL(0.5); std::swap({c}, {c}_too);")
        return [head], scope, [visit, *([moved, visit] if self.chance(40) else [])]

    def projected(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Ranges, with projections."""
        one = f"{c}_item"
        head = text(f"struct {one} {{{{ REAL v; int k; REAL w; }}}}; std::vector<{one}> {c}; for (int i = 0; i < 4; i++) {c}.push_back({one}{{{{{{0}}, i, {{1}}}}}});", self.filling(scope), self.filling(scope))  # fmt: skip
        last = self.pick((
            text(f"std::ranges::sort({c}, {{{{}}}}, &{one}::v); {{0}}", self.fold(sink, f"{c}[0].v * {c}[3].w")),
            text(f"std::ranges::stable_sort({c}, std::ranges::greater{{{{}}}}, [](const {one} &e) {{{{ return e.v * e.w; }}}}); for (auto &e : {c} | std::views::reverse | std::views::take(2)) {{0}}", self.fold(sink, "e.v * (REAL)(e.k + 1)")),
            text(f"auto {c}_top = std::ranges::max_element({c}, {{{{}}}}, &{one}::w); {c}_top->v *= REAL(0.5); {{0}}", self.fold(sink, f"{c}_top->v")),
            text(f"std::vector<REAL> {c}_out(4); std::ranges::transform({c}, {c}_out.begin(), [&](REAL e) -> REAL {{{{ return e * REAL({{0}}); }}}}, &{one}::v); {{1}}", self.bounded(scope, 1), self.fold(sink, f"{c}_out[1] * {c}_out[3]")),
            text(f"for (int i : std::views::iota(0, 4) | std::views::filter([&](int i) {{{{ return {c}[i].k != 2; }}}})) {{0}}", self.fold(sink, f"{c}[i].w * {c}[i].v")),
            text(f"std::ranges::for_each({c} | std::views::drop(1), [&](REAL &e) {{{{ e = sinSFX(e); {{0}} }}}}, &{one}::w);", self.fold(sink, "e")),
            text(f"for (REAL &e : {c} | std::views::transform(&{one}::v)) e *= REAL(0.75); {{0}}", self.fold(sink, f"{c}[2].v")),
        ))  # fmt: skip
        return [head], replace(scope, scalars=(*scope.scalars, f"{c}[1].v", f"{c}[2].w")), [last]

    def by_itself(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A generic lambda that is handed itself."""
        seen = replace(scope, scalars=("y", *scope.scalars), integers=("n", *scope.integers), calls=())  # fmt: skip
        head = text(
            f"auto {c} = [&](auto &&self, REAL y, [[maybe_unused]] int n) -> REAL {{{{ if (n > 0) return REAL(0.5) * self(self, sinSFX(y), n - 1) + REAL({{0}}); {{1}} }}}};",
            self.bounded(seen, 1),
            apply("return", self.bounded(seen, 1)),
        )
        call = f"{c}({c}, REAL({{0}}), ({{1}}) & 3)"
        last = self.fold(sink, f"{c}({c}, REAL(0.5), 2)")
        return [head], replace(scope, calls=(*scope.calls, call)), [last]

    def references(self, scope: Scope, c: str, sink: Expression) -> Made:
        """References in containers, and what std::bind makes."""
        source = self.pick(scope.fixed)
        head = [text(f"std::vector<std::reference_wrapper<REAL>> {c}{{{{{source}[2], {source}[0], {self.pick(scope.fixed)}[1]}}}};")]  # fmt: skip
        call = ()
        if self.chance(50):
            two = replace(NONE, scalars=("l", "r"))
            head.append(text(f"auto {c}_call = std::bind([](REAL l, const REAL &r) -> REAL {{{{ (void)l; {{0}} }}}}, std::placeholders::_1, {{1}});", apply("return", self.bounded(two, 2)), self.pick((text(f"std::cref({source}[3])"), text("REAL({0})", self.bounded(scope, 1))))))  # fmt: skip
            call = (f"{c}_call(REAL({{0}}))",)
        last = self.pick((
            text(f"for (REAL &e : {c}) {{{{ e *= REAL(0.75); {{0}} }}}}", self.fold(sink, "e")),
            text(f"std::sort({c}.begin(), {c}.end(), [](const REAL &l, const REAL &r) {{{{ return l < r; }}}}); {c}[0].get() = sinSFX({c}[2]); {{0}}", self.fold(sink, f"{c}[1].get()")),
        ))  # fmt: skip
        inner = replace(scope, scalars=(*scope.scalars, f"{c}[1].get()"), calls=(*scope.calls, *call))  # fmt: skip
        return head, inner, [last]

    def strides(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A range with an iterator of its own."""
        head = text(f"struct {c}_view {{{{ REAL *at; int n, by; struct iterator {{{{ REAL *p; int by; REAL &operator*() const {{{{ return *p; }}}} iterator &operator++() {{{{ p += by; return *this; }}}} bool operator!=(const iterator &o) const {{{{ return p != o.p; }}}} }}}}; iterator begin() const {{{{ return {{{{at, by}}}}; }}}} iterator end() const {{{{ return {{{{at + n * by, by}}}}; }}}} }}}};")  # fmt: skip
        array = self.pick([name for name, length in scope.arrays if length >= 4])
        made = text(f"{c}_view {c}{{{{&{array}[0], 2, 1 + (({{0}}) & 1)}}}};", self.whole(scope, 1))
        last = text(f"for (REAL &e : {c}) {{{{ {{0}} e = e * REAL({{1}}); }}}}", self.fold(sink, "e"), self.bounded(scope, 1))  # fmt: skip
        inner = replace(scope, in_loop=False, can_continue=False)
        return [head], inner, [made, last]

    def deleter(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Owners that do more than to delete."""
        head, use = self.pick((
            (f"auto {c}_end = [&](REAL *p) {{{{ {{1}} delete p; }}}}; std::unique_ptr<REAL, decltype({c}_end)> {c}(new REAL({{0}}), {c}_end);", f"auto {c}_too = std::move({c}); {{0}}"),
            (f"std::shared_ptr<REAL> {c}(new REAL({{0}}), [&](REAL *p) {{{{ {{1}} delete p; }}}});", f"auto {c}_too = {c}; {c}.reset(); {{0}} {c}_too.reset();"),
            (f"struct {c}_self : std::enable_shared_from_this<{c}_self> {{{{ REAL v; explicit {c}_self(REAL v) : v(v) {{{{}}}} }}}}; auto {c}_s = std::make_shared<{c}_self>({{0}}); std::shared_ptr<REAL> {c}({c}_s, &{c}_s->v);", f"auto {c}_too = {c}; {c}_s = {c}_s->shared_from_this(); {c}.reset(); {{0}}"),
        ))  # fmt: skip
        made = text(head, self.bounded(scope, 1), self.fold(sink, "*p"))
        last = text(use, self.fold(sink, f"*{c}_too"))
        return [made], replace(scope, scalars=(*scope.scalars, f"(*{c})")), [last]

    def tree(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A tree of owners that functions walk that call themselves."""
        one = f"{c}_node"
        put = f"[&](std::unique_ptr<{one}> &at, REAL v) -> void {{{{ if (!at) at.reset(new {one}{{{{v, nullptr, nullptr}}}}); else {c}_put(v < at->v ? at->left : at->right, v); }}}};"
        head = [
            text(f"struct {one} {{{{ REAL v; std::unique_ptr<{one}> left, right; }}}}; std::unique_ptr<{one}> {c};"),
            text(f"std::function<void(std::unique_ptr<{one}> &, REAL)> {c}_put = " + put),
            text(f"for (int i = 0; i < 4; i++) {c}_put({c}, {{0}});", self.filling(scope)),
        ]  # fmt: skip
        last = [
            text(f"std::function<REAL(const {one} *, int)> {c}_sum = [&](const {one} *at, int depth) -> REAL {{{{ return at ? at->v * REAL(depth) + {c}_sum(at->left.get(), depth + 1) - REAL(0.5) * {c}_sum(at->right.get(), depth + 2) : REAL(0); }}}};"),
            text("{0}", self.fold(sink, f"{c}_sum({c}.get(), 1)")),
        ]  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}->v")), last

    def diamond(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Two bases that share a virtual one, and casts across."""
        kept = replace(NONE, scalars=("v", "x"))
        a, b, d = (apply("return", self.bounded(kept, 1)) for _ in range(3))
        head = [
            text(f"struct {c}_top {{{{ REAL v; explicit {c}_top(REAL v = 0.5) : v(v) {{{{}}}} virtual ~{c}_top() = default; virtual REAL get(REAL x) const {{{{ (void)x; {{0}} }}}} }}}};", a),
            text(f"struct {c}_left : virtual {c}_top {{{{ REAL l = 0.25; REAL get(REAL x) const override {{{{ (void)x; {{0}} }}}} }}}};", b),
            text(f"struct {c}_right : virtual {c}_top {{{{ std::vector<REAL> r{{{{REAL(0.5), REAL(0.75)}}}}; virtual REAL other(REAL x) {{{{ r[0] *= x; return r[0] + v; }}}} }}}};"),
            text(f"struct {c}_both final : {c}_left, {c}_right {{{{ explicit {c}_both(REAL v) : {c}_top(v) {{{{}}}} REAL get(REAL x) const override {{{{ return l * {c}_left::get(x) + r[1]; }}}} REAL other(REAL x) override {{{{ l = x; {{0}} }}}} }}}};", d),
            text(f"std::unique_ptr<{c}_left> {c}; if ({{0}}) {c} = std::make_unique<{c}_both>({{1}}); else {{{{ {c} = std::make_unique<{c}_left>(); {c}->v = {{1}}; }}}}", self.condition(scope, 1), self.bounded(scope, 1)),
        ]  # fmt: skip
        last = text(f"if (auto *r = dynamic_cast<{c}_right *>({c}.get())) {{0}} {c}_top &{c}_t = *{c}; {{1}}", self.fold(sink, f"r->other(REAL(0.5)) * {c}->l"), self.fold(sink, f"{c}_t.get({c}->l)"))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}->v", f"{c}->l")), [last]

    def in_flight(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Exceptions that objects with memory of their own are destroyed for, and that are kept."""
        name = self.name
        seen = replace(scope, calls=())
        risky = text(
            f"auto {c} = [&](REAL given, int n) -> REAL {{{{ std::vector<REAL> w(3, given); {name}_guard g({{2}}, given); if (n > 1) throw {name}_error(w[1] * {{0}}, n); w[2] *= {{1}}; return w[2]; }}}};",
            self.bounded(seen, 1),
            self.bounded(seen, 1),
            sink,
        )
        kept = self.chance(70)
        body = f"{c}_e = std::current_exception();" if kept else "{0}"
        tries = text(f"std::exception_ptr {c}_e; for (int i = 0; i < 3; i++) try {{{{ {{1}} }}}} catch (const {name}_error &e) {{{{ {body} }}}}", self.fold(sink, "e.v * (REAL)(e.k)"), self.fold(sink, f"{c}(REAL(0.5), i)"))  # fmt: skip
        again = text(f"if ({c}_e) try {{{{ std::rethrow_exception({c}_e); }}}} catch (const {name}_error &e) {{{{ {{0}} }}}}", self.fold(sink, "e.v"))  # fmt: skip
        return [risky], scope, [tries, *([again] if kept else [])]

    def applied_tuple(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Tuples that are taken apart by packs, and lists in braces."""
        values = (self.bounded(scope, 1), self.whole(scope, 1), self.bounded(scope, 1))
        head = text(f"auto {c} = std::tuple_cat(std::make_tuple(REAL({{0}}), {{1}}), std::tuple<REAL, std::array<REAL, 2>>(REAL({{2}}), {{{{REAL(0.5), REAL({{0}})}}}}));", *values)  # fmt: skip
        last = self.pick((
            self.fold(sink, f"std::apply([](REAL x, int k, const REAL &y, std::array<REAL, 2> z) -> REAL {{{{ return x * y + z[1] * (REAL)(k & 3); }}}}, {c})"),
            text(f"auto {c}_sum = [](std::initializer_list<REAL> l) {{{{ REAL r = 0; for (const REAL &e : l) r = r * REAL(0.5) + e; return r; }}}}; {{0}}", self.fold(sink, f"{c}_sum({{{{std::get<0>({c}), std::get<2>({c}), std::get<3>({c})[0]}}}})")),
        ))  # fmt: skip
        inner = replace(scope, scalars=(*scope.scalars, f"std::get<0>({c})", f"std::get<3>({c})[1]"))  # fmt: skip
        return [head], inner, [last]
