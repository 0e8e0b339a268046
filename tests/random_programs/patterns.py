"""What people build of containers, owners and classes, in random C++ programs: caches, graphs, clones,
mixins, proxies, iterators of their own, tables of functions and members, small vectors, states.
"""
# ruff: noqa: E501 - a line of the program that is written is a line here

from __future__ import annotations

import re
from dataclasses import replace

from .containers import Kind, Made
from .idioms import NONE, Idioms
from .language import Expression, apply, text
from .scope import Scope


def code(template: str, name: str, *values: Expression) -> Expression:
    """A text as it stands, but for `@`, which is `name`, and $0, $1, the values."""
    escaped = template.replace("@", name).replace("{", "{{").replace("}", "}}")
    return text(re.sub(r"\$(\d)", r"{\1}", escaped), *values)


class Patterns(Idioms):
    """Still more kinds of blocks."""

    def kinds(self) -> tuple[Kind, ...]:
        return (*super().kinds(), *self.patterns())

    def patterns(self) -> tuple[Kind, ...]:
        return (
            self.erased_within, self.many_by_key, self.two_visited, self.nested_calls, self.mixed_in, self.shared_base,
            self.cache, self.own_iterator, self.proxies, self.through_frames, self.moved_sum, self.clones, self.array_of_owners,
            self.heap_of_structs, self.scans, self.aligned, self.parents, self.graph, self.states, self.matrix,
            self.ring, self.recent, self.observers, self.memo, self.masks, self.small_vector, self.erased_type,
            self.extracted, self.single_links, self.table_of_members, self.curried, self.merged,
        )  # fmt: skip

    def idioms(self) -> None:
        """Also what must stand outside of functions."""
        Idioms.idioms(self)
        name = self.name
        one, two, three = (apply("return", self.bounded(NONE, 1)) for _ in range(3))
        self.declare(f"template <class D> struct {name}_start", "REAL w = 0.5;", "REAL run(REAL a) {{ return static_cast<D *>(this)->step(a * w); }}")  # fmt: skip
        self.declare(f"template <class D> struct {name}_next : {name}_start<D>", text("REAL step(REAL a) {{ REAL b = this->w; (void)b; this->w = b * REAL(0.75); return static_cast<D *>(this)->last(a) + this->w; }}"))  # fmt: skip
        self.declare(f"struct {name}_chain : {name}_next<{name}_chain>", "REAL kept = 0.25;", text("REAL last(REAL a) {{ REAL b = kept; (void)b; kept = a; {0} }}", one))  # fmt: skip
        self.declare(f"struct {name}_plain", "REAL v; REAL get(REAL x) const {{ return x * v; }}")
        self.declare(f"template <class B> struct {name}_scaled : B", "REAL by = 0.5;", text("REAL get(REAL a) const {{ REAL b = by; (void)b; return B::get(a) * by; }}"))  # fmt: skip
        self.declare(f"template <class B> struct {name}_seen : B", "mutable std::vector<REAL> seen;", text("REAL get(REAL a) const {{ REAL b = B::get(a); seen.push_back(b); {0} }}", two))  # fmt: skip
        self.declare(
            f"template <class I, class P> struct {name}_only",
            "using value_type = REAL; using reference = REAL &; using pointer = REAL *; using difference_type = std::ptrdiff_t; using iterator_category = std::forward_iterator_tag;",
            "I at, end; P p;",
            "void skip() {{ while (at != end && !p(*at)) ++at; }}",
            f"{name}_only(I at, I end, P p) : at(at), end(end), p(p) {{{{ skip(); }}}}",
            "REAL &operator*() const {{ return *at; }}",
            f"{name}_only &operator++() {{{{ ++at; skip(); return *this; }}}}",
            f"{name}_only operator++(int) {{{{ auto r = *this; ++*this; return r; }}}}",
            f"bool operator==(const {name}_only &o) const {{{{ return at == o.at; }}}}",
            f"bool operator!=(const {name}_only &o) const {{{{ return at != o.at; }}}}",
        )
        self.declare(
            f"struct {name}_by",
            "using value_type = REAL; using reference = REAL &; using pointer = REAL *; using difference_type = std::ptrdiff_t; using iterator_category = std::random_access_iterator_tag;",
            "REAL *p = nullptr; std::ptrdiff_t by = 1;",
            "REAL &operator*() const {{ return *p; }} REAL &operator[](std::ptrdiff_t n) const {{ return p[n * by]; }}",
            f"{name}_by &operator++() {{{{ p += by; return *this; }}}} {name}_by &operator--() {{{{ p -= by; return *this; }}}}",
            f"{name}_by operator++(int) {{{{ auto r = *this; p += by; return r; }}}} {name}_by operator--(int) {{{{ auto r = *this; p -= by; return r; }}}}",
            f"{name}_by &operator+=(std::ptrdiff_t n) {{{{ p += n * by; return *this; }}}} {name}_by &operator-=(std::ptrdiff_t n) {{{{ p -= n * by; return *this; }}}}",
            f"friend {name}_by operator+({name}_by a, std::ptrdiff_t n) {{{{ return a += n; }}}} friend {name}_by operator-({name}_by a, std::ptrdiff_t n) {{{{ return a -= n; }}}}",
            f"friend std::ptrdiff_t operator-(const {name}_by &a, const {name}_by &b) {{{{ return (a.p - b.p) / a.by; }}}}",
            f"friend bool operator==(const {name}_by &a, const {name}_by &b) {{{{ return a.p == b.p; }}}} friend bool operator!=(const {name}_by &a, const {name}_by &b) {{{{ return a.p != b.p; }}}}",
            f"friend bool operator<(const {name}_by &a, const {name}_by &b) {{{{ return b - a > 0; }}}}",
        )
        self.declare(
            f"template <class T, int N> struct {name}_small",
            "T own[N] = {{}}; T *at = own; int n = 0, room = N;",
            f"{name}_small() = default;",
            f"{name}_small(const {name}_small &o) {{{{ for (int i = 0; i < o.n; i++) push(o.at[i]); }}}}",
            f"{name}_small({name}_small &&o) noexcept : n(o.n), room(o.room) {{{{ if (o.at == o.own) std::copy_n(o.own, N, own); else at = std::exchange(o.at, o.own); o.n = 0; o.room = N; }}}}",
            f"{name}_small &operator=(const {name}_small &o) {{{{ if (this != &o) {{{{ n = 0; for (int i = 0; i < o.n; i++) push(o.at[i]); }}}} return *this; }}}}",
            f"~{name}_small() {{{{ if (at != own) delete[] at; }}}}",
            "void push(const T &v) {{ if (n == room) {{ T *more = new T[2 * room]; std::copy_n(at, n, more); if (at != own) delete[] at; at = more; room *= 2; }} at[n++] = v; }}",
            "T &operator[](int i) {{ return at[i]; }} T *begin() {{ return at; }} T *end() {{ return at + n; }}",
        )
        self.declare(
            f"class {name}_any",
            "struct base {{ virtual ~base() = default; virtual REAL call(REAL x) = 0; virtual std::unique_ptr<base> copy() const = 0; }};",
            "template <class T> struct held final : base {{ T v; explicit held(T v) : v(std::move(v)) {{}} REAL call(REAL x) override {{ return v(x); }} std::unique_ptr<base> copy() const override {{ return std::make_unique<held>(*this); }} }};",
            "std::unique_ptr<base> is; public:",
            f"template <class T> {name}_any(T v) : is(std::make_unique<held<T>>(std::move(v))) {{{{}}}}",
            f"{name}_any(const {name}_any &o) : is(o.is->copy()) {{{{}}}} {name}_any({name}_any &&) noexcept = default; {name}_any &operator=({name}_any o) {{{{ is.swap(o.is); return *this; }}}}",
            "REAL operator()(REAL x) const {{ return is->call(x); }}",
        )
        self.declare(f"struct alignas(32) {name}_wide", "REAL v[4];", text("REAL get(REAL a) const {{ REAL b = v[2]; (void)b; {0} }}", three))  # fmt: skip

    def one(self, *names: str) -> Expression:
        """`return` and a number that depends on these parameters only."""
        return apply("return", self.bounded(replace(NONE, scalars=names), 1))

    def erased_within(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Elements of a deque come and go in the middle."""
        head = code("struct @_e { REAL v; int k; }; std::deque<@_e> @; for (int i = 0; i < 6; i++) @.push_back(@_e{$0, i});", c, self.filling(scope))  # fmt: skip
        change = self.pick((
            "@.erase(@.begin() + 2 + (($0) & 1));",
            "@.insert(@.begin() + 3, @_e{$1, 7}); @.erase(@.begin() + 1, @.begin() + 3);",
            "std::erase_if(@, [&](const @_e &e) { return e.k == (($0) & 3); });",
            "std::rotate(@.begin(), @.begin() + 1 + (($0) & 1), @.end()); @.pop_front();",
            "std::stable_sort(@.begin(), @.end(), [](const @_e &l, const @_e &r) { return l.v < r.v; }); @.resize(4);",
        ))  # fmt: skip
        inner = replace(scope, scalars=(*scope.scalars, f"{c}[1].v", f"{c}.back().v"))
        last = code("for (auto &e : @) $0", c, self.fold(sink, "e.v * (REAL)(e.k + 1)"))
        return [head], inner, [code(change, c, self.whole(scope, 1), self.bounded(scope, 1)), last]

    def many_by_key(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Maps with several values a key, and sets of structs."""
        kind = self.draw.integer(0, 2)
        value = self.filling(scope)
        if kind < 2:
            name = ("std::multimap<int, REAL>", "std::unordered_multimap<int, REAL>")[kind]
            head = code(f"{name} @; for (int i = 0; i < 5; i++) @.emplace(i % 3, $0);", c, value)
            change = self.pick(("@.erase(@.find(1));", "auto r = @.equal_range(0); for (auto it = r.first; it != r.second; ++it) it->second *= $0;", "@.erase(2); @.insert({1, $0});"))  # fmt: skip
            use = "e.second * (REAL)(e.first + 1)"
        else:
            head = code("std::multimap<REAL, std::pair<int, REAL>, std::greater<>> @; for (int i = 0; i < 4; i++) @.emplace($0, std::make_pair(i, REAL(0.5) * i));", c, value)  # fmt: skip
            change = self.pick(("@.begin()->second.second = $0;", "if (auto it = @.lower_bound($0); it != @.end()) @.erase(it);"))  # fmt: skip
            use = "e.first * e.second.second + (REAL)(e.second.first)"
        return [head], scope, [code("{ " + change + " }", c, self.bounded(scope, 0)), code("for (auto &e : @) $0", c, self.fold(sink, use))]  # fmt: skip

    def two_visited(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Visitors of two variants at once, and others that change what they visit."""
        over = f"{self.name}_over"
        head = [
            code("struct @_disc { REAL r; }; struct @_box { REAL a, b; int k; }; struct @_path { std::vector<REAL> p; }; using @_shape = std::variant<@_disc, @_box, @_path>;", c),
            code("std::vector<@_shape> @; for (int i = 0; i < 4; i++) switch ((i + ($1)) % 3) { case 0: @.push_back(@_disc{$0}); break; case 1: @.push_back(@_box{$0, $2, i}); break; default: @.push_back(@_path{{REAL($0), REAL($2)}}); }", c, self.filling(scope), text("({0}) & 7", self.whole(scope, 1)), self.filling(scope)),
        ]  # fmt: skip
        area = code(f"auto @_area = {over}{{[](const @_disc &d) -> REAL {{ return d.r * d.r; }}, [](const @_box &b) -> REAL {{ return b.a * b.b * (REAL)(b.k); }}, [](const @_path &p) -> REAL {{ return p.p.empty() ? REAL(0) : p.p[0] - p.p.back(); }}}};", c)  # fmt: skip
        grow = code(f"auto @_grow = {over}{{[&](@_disc &d) {{ d.r = $0; }}, [&](@_box &b) {{ b.a += $1; }}, [&](@_path &way) {{ way.p.push_back($1); }}}}; for (auto &one : @) std::visit(@_grow, one);", c, self.bounded(scope, 1), self.bounded(scope, 1))  # fmt: skip
        pair = code(f"auto @_meet = {over}{{[](const @_disc &l, const @_disc &r) -> REAL {{ return l.r - r.r; }}, [](const @_box &l, const auto &) -> REAL {{ return l.a; }}, [](const auto &, const @_path &r) -> REAL {{ return r.p[1]; }}, [](const auto &, const auto &) -> REAL {{ return REAL(0.5); }}, [](const @_box &l, const @_path &r) -> REAL {{ return l.b * r.p[0]; }}}}; $0", c, self.fold(sink, f"std::visit({c}_meet, {c}[0], {c}[1])"))  # fmt: skip
        use = code("for (auto &one : @) $0", c, self.fold(sink, f"std::visit({c}_area, one)"))
        state = code("@[1] = std::move(@[2]); @[0] = @_disc{$0};", c, self.bounded(scope, 0))
        extra = self.pick(((grow,), (pair,), (grow, pair), (state,), (state, grow)))
        return [*head, area], scope, [*extra, use]

    def nested_calls(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Closures that hold closures, in a map."""
        kept = replace(self.copied(scope), scalars=("y", *self.copied(scope).scalars))
        head = [
            code("using @_f = std::function<REAL(REAL)>; std::map<int, @_f> @;", c),
            code("auto @_then = [](@_f f, @_f g) -> @_f { return [f, g](REAL y) -> REAL { return g(f(y)); }; };", c),
            code("@[0] = [=](REAL y) -> REAL { $0 };", c, apply("return", self.bounded(kept, 1))),
            code("@[1] = [f = @[0], own = REAL($0)](REAL y) -> REAL { return own * f(y); };", c, self.bounded(scope, 1)),
            code("@[2] = @_then(@[0], @[1]);", c),
        ]  # fmt: skip
        change = self.pick((
            "@[0] = [g = @[2]](REAL y) -> REAL { return g(y) * REAL(0.5); };",
            "std::swap(@[1], @[2]);",
            "@.erase(1);",
            "@[3] = @_then(@[2], [&](REAL y) -> REAL { return y * $0; });",
        ))  # fmt: skip
        last = code("for (auto &e : @) $0", c, self.fold(sink, "e.second(REAL(0.75))"))
        inner = replace(scope, calls=(*scope.calls, f"{c}.at(({{1}}) % 3)({{0}})"))
        return head, inner, [code(change, c, self.bounded(replace(scope, calls=()), 1)), last]

    def mixed_in(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Chains of CRTP bases, and mixins."""
        name, value = self.name, self.bounded(scope, 1)
        if self.chance(50):
            head = code(f"{name}_chain @; @.kept = $0;", c, value)
            call = f"{c}.run({{0}})"
            inner = replace(scope, scalars=(*scope.scalars, f"{c}.kept", f"{c}.w"), actions=(*scope.actions, call))  # fmt: skip
            return [head], inner, [self.fold(sink, f"{c}.run({c}.run(REAL(0.5))) * {c}.kept")]
        kind = self.pick((f"{name}_seen<{name}_scaled<{name}_plain>>", f"{name}_scaled<{name}_seen<{name}_scaled<{name}_plain>>>"))  # fmt: skip
        head = code(f"{kind} @; @.v = $0; @.by = $1;", c, value, self.bounded(scope, 0))
        last = code("REAL @_got = @.get(REAL(0.5)); auto @_too = @; @_too.v *= @_got; $0", c, self.fold(sink, f"{c}_too.get({c}_too.seen[0])"))  # fmt: skip
        inner = replace(scope, scalars=(*scope.scalars, f"{c}.v"), actions=(*scope.actions, f"{c}.get({{0}})"))  # fmt: skip
        return [head], inner, [last]

    def shared_base(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A virtual base with data of several kinds, three levels down."""
        head = [
            code("struct @_base { std::vector<REAL> log; REAL v[2]; int k = 1; explicit @_base(REAL a = 0.5) : v{a, a * a} {} virtual ~@_base() = default; virtual REAL at(int i) const { return v[i & 1]; } };", c),
            code("struct @_l : virtual @_base { REAL l = 0.25; REAL at(int i) const override { return @_base::at(i + k) * l; } virtual void put(REAL x) { log.push_back(x); } };", c),
            code("struct @_r : virtual @_base { std::map<int, REAL> r; virtual REAL sum() { REAL s = 0; for (auto &e : r) s += e.second; return s + v[0]; } };", c),
            code("struct @_d : @_l, @_r { explicit @_d(REAL a) : @_base(a) {} void put(REAL x) override { r[k++] = x; @_l::put(x * v[1]); } };", c),
            code("struct @_z final : @_d { REAL z; @_z(REAL a, REAL z) : @_base(a * z), @_d(a), z(z) {} REAL at(int i) const override { return @_d::at(i) + z; } REAL sum() override { return @_r::sum() * z; } };", c),
            code("std::vector<std::unique_ptr<@_base>> @; @.push_back(std::make_unique<@_d>($0)); @.push_back(std::make_unique<@_z>($1, $0)); if ($2) @.push_back(std::make_unique<@_l>());", c, self.bounded(scope, 1), self.bounded(scope, 1), self.condition(scope, 1)),
        ]  # fmt: skip
        last = code("for (auto &one : @) { if (auto *left = dynamic_cast<@_l *>(one.get())) { left->put($1); left->put(one->at(1)); } if (auto *right = dynamic_cast<@_r *>(one.get())) $0 $2 for (REAL e : one->log) $3 }", c, self.fold(sink, "right->sum()"), self.bounded(scope, 0), self.fold(sink, "one->at(0)"), self.fold(sink, "e"))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}[0]->v[1]")), [last]

    def cache(self, scope: Scope, c: str, sink: Expression) -> Made:
        """What lives as long as somebody holds it."""
        seen = replace(scope, calls=(), integers=(*scope.integers, "k"))
        head = [
            code("struct @_e { REAL v; std::vector<REAL> w; }; std::map<int, std::weak_ptr<@_e>> @_all; int @_made = 0;", c),
            code("auto @_get = [&](int k) { auto one = @_all[k].lock(); if (!one) { one = std::make_shared<@_e>(@_e{$0, {REAL($1), REAL(0.5)}}); @_all[k] = one; @_made++; } return one; };", c, self.bounded(seen, 1), self.bounded(seen, 0)),
            code("auto @ = @_get(1); auto @_two = @_get(($0) & 3);", c, self.whole(scope, 1)),
        ]  # fmt: skip
        last = self.pick((
            code("@_get(1)->v *= @_two->w[0]; @.reset(); @ = @_get(1); $0", c, self.fold(sink, f"{c}->v * (REAL)({c}_made)")),
            code("@->w.push_back(@_two->v); @_two = @; @.reset(); for (auto &e : @_all) if (auto one = e.second.lock()) $0", c, self.fold(sink, "one->v * one->w.back()")),
        ))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}->v", f"{c}_two->w[1]")), [last]

    def own_iterator(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Algorithms through iterators of the program's own."""
        name, array = self.name, self.pick(scope.fixed)
        one = self.one("e")
        if self.chance(50):
            head = code(f"auto @_is = [](REAL e) {{ return e > REAL(-0.25); }}; using @_it = {name}_only<REAL *, decltype(@_is)>; @_it @(&{array}[0], &{array}[0] + 4, @_is), @_end(&{array}[0] + 4, &{array}[0] + 4, @_is);", c)  # fmt: skip
            last = self.pick((
                code("std::for_each(@, @_end, [&](REAL &e) { e *= $0; });", c, self.bounded(scope, 0)),
                self.fold(sink, f"std::accumulate({c}, {c}_end, REAL(0.5))"),
                code("std::vector<REAL> @_v(@, @_end); for (REAL e : @_v) $0", c, self.fold(sink, "e")),
                code("if (auto it = std::max_element(@, @_end); it != @_end) $0", c, self.fold(sink, "*it")),
            ))  # fmt: skip
            return [head], scope, [last]
        head = code(f"std::vector<REAL> @; for (int i = 0; i < 8; i++) @.push_back($0); {name}_by @_b{{@.data() + 1, 2}}, @_e = @_b + 3;", c, self.filling(scope))  # fmt: skip
        last = self.pick((
            code("std::sort(@_b, @_e); $0", c, self.fold(sink, f"{c}[1] * {c}[5]")),
            code("std::transform(@_b, @_e, @_b, [](REAL e) -> REAL { $0 });", c, one),
            code("std::reverse(@_b, @_e); $0", c, self.fold(sink, f"{c}_b[2] - {c}[2]")),
            code(f"{name}_by @_x{{@.data(), 2}}; $0", c, self.fold(sink, f"std::inner_product({c}_b, {c}_e, {c}_x, REAL(0))")),
            code("std::partial_sum(@_b, @_e, @_b); std::rotate(@_b, @_b + 1, @_e); $0", c, self.fold(sink, f"*--{c}_e")),
        ))  # fmt: skip
        return [head], replace(scope, arrays=(*scope.arrays, (c, 8))), [last]

    def proxies(self, scope: Scope, c: str, sink: Expression) -> Made:
        """[] hands out what stands for an element."""
        head = [
            code("struct @_field { REAL v[4]; int writes = 0; struct ref { @_field &f; int i; operator REAL() const { return f.v[i] * REAL(0.5); } ref &operator=(REAL x) { f.v[i] = x; f.writes++; return *this; } ref &operator+=(REAL x) { return *this = REAL(*this) + x; } ref &operator=(const ref &o) { return *this = REAL(o); } }; ref operator[](int i) { return ref{*this, i & 3}; } };", c),
            code("@_field @; for (int i = 0; i < 4; i++) @[i] = REAL($0);", c, self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            code("@[0] = @[1]; @[2] += REAL($0); $1", c, self.bounded(scope, 1), self.fold(sink, f"REAL({c}[0]) * REAL({c}[2]) * (REAL)({c}.writes)")),
            code("auto @_r = @[($0) & 3]; @_r = REAL($1); auto @_o = @; @_o[1] = @_r; for (REAL e : @_o.v) $2", c, self.whole(scope, 1), self.bounded(scope, 1), self.fold(sink, "e")),
        ))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}.v[2]")), [last]

    def through_frames(self, scope: Scope, c: str, sink: Expression) -> Made:
        """An exception with a number passes several calls, which add to it, or wrap it."""
        seen = replace(NONE, scalars=("y",), integers=("n",))
        thrown = self.pick(("struct @_bad { REAL v; int k; };", "struct @_bad : std::runtime_error { REAL v; int k; @_bad(REAL v, int k) : std::runtime_error(\"bad\"), v(v), k(k) {} };", "struct @_bad { REAL v; int k; std::vector<REAL> way = {}; };"))  # fmt: skip
        again = self.pick(("e.v *= REAL(0.75); e.k++; throw;", "throw @_bad{e.v * y, e.k + 1};", "if (n & 1) throw; return e.v;"))  # fmt: skip
        if "way" in thrown:
            again = "e.way.push_back(y); e.k++; throw;"
        head = [
            code(thrown, c),
            code(f"std::function<REAL(REAL, int)> @ = [&](REAL y, int n) -> REAL {{ std::vector<REAL> w(2, y); if (n <= 0) {{ if ($0) throw @_bad{{w[1] * $1, n}}; return w[0]; }} try {{ return @($2, n - 1) * w[1]; }} catch (@_bad &e) {{ {again} }} }};", c, apply("less", text("y"), self.bounded(seen, 0)), self.bounded(seen, 1), self.bounded(seen, 1)),
        ]  # fmt: skip
        use = "e.v * (REAL)(e.k)" + (" + (e.way.empty() ? REAL(0) : e.way.back())" if "way" in thrown else "")  # fmt: skip
        last = code("try { $0 } catch (const @_bad &e) { $1 }", c, self.fold(sink, f"{c}({sink.operation}, 3)"), self.fold(sink, use))  # fmt: skip
        return head, scope, [last]

    def moved_sum(self, scope: Scope, c: str, sink: Expression) -> Made:
        """std::accumulate of what only moves."""
        head = code("struct @_part { std::unique_ptr<REAL> at; int k; @_part(REAL v, int k) : at(std::make_unique<REAL>(v)), k(k) {} @_part(@_part &&) = default; @_part &operator=(@_part &&) = default; }; std::vector<@_part> @; for (int i = 0; i < 4; i++) @.emplace_back($0, i);", c, self.filling(scope))  # fmt: skip
        last = self.pick((
            code("auto @_all = std::accumulate(@.begin(), @.end(), @_part(0.5, 0), [](@_part l, @_part &r) { *l.at = *l.at * REAL(0.5) + *r.at; l.k += r.k; return l; }); $0", c, self.fold(sink, f"*{c}_all.at * (REAL)({c}_all.k)")),
            code("auto @_all = std::accumulate(std::make_move_iterator(@.begin()), std::make_move_iterator(@.end()), std::vector<@_part>(), [](std::vector<@_part> l, @_part &&r) { if (r.k != 2) l.push_back(std::move(r)); return l; }); for (auto &e : @_all) $0", c, self.fold(sink, "*e.at * (REAL)(e.k + 1)")),
        ))  # fmt: skip
        return [head], replace(scope, scalars=(*scope.scalars, f"*{c}[2].at")), [last]

    def clones(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Objects that copy themselves, in a scene that is copied."""
        head = [
            code("struct @_node { virtual ~@_node() = default; virtual std::unique_ptr<@_node> clone() const = 0; virtual REAL get(REAL x) const = 0; };", c),
            code("struct @_leaf : @_node { REAL v; explicit @_leaf(REAL v) : v(v) {} std::unique_ptr<@_node> clone() const override { return std::make_unique<@_leaf>(*this); } REAL get(REAL x) const override { (void)x; $0 } };", c, self.one("v", "x")),
            code("struct @_sum : @_node { std::vector<std::unique_ptr<@_node>> of; @_sum() = default; @_sum(const @_sum &o) { for (auto &e : o.of) of.push_back(e->clone()); } std::unique_ptr<@_node> clone() const override { return std::make_unique<@_sum>(*this); } REAL get(REAL x) const override { REAL r = x; for (auto &e : of) r += e->get(r * REAL(0.5)); return r; } };", c),
            code("@_sum @; for (int i = 0; i < 3; i++) @.of.push_back(std::make_unique<@_leaf>($0));", c, self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            code("@.of.push_back(@.clone()); @_sum @_too = @; @.of.clear(); $0", c, self.fold(sink, f"{c}_too.get(REAL(0.25))")),
            code("auto @_too = @.of[1]->clone(); @.of.erase(@.of.begin() + 1); @.of.insert(@.of.begin(), std::move(@_too)); $0", c, self.fold(sink, f"{c}.get({sink.operation})")),
        ))  # fmt: skip
        return head, replace(scope, calls=(*scope.calls, f"{c}.get({{0}})")), [last]

    def array_of_owners(self, scope: Scope, c: str, sink: Expression) -> Made:
        """std::array of owners, some of which are empty."""
        head = code("std::array<std::unique_ptr<REAL[]>, 3> @; @[0] = std::make_unique<REAL[]>(4); @[2].reset(new REAL[4]); for (int i = 0; i < 4; i++) { @[0][i] = $0; @[2][i] = $1; }", c, self.filling(scope), self.filling(scope))  # fmt: skip
        last = self.pick((
            code("std::swap(@[1], @[($0) & 1]); for (auto &one : @) if (one) $1", c, self.whole(scope, 1), self.fold(sink, "one[1] * one[3]")),
            code("std::rotate(@.begin(), @.begin() + 1, @.end()); $0", c, self.fold(sink, f"{c}[1][2] * {c}[2][0]")),
            code("auto @_t = std::make_tuple(std::move(@[0]), std::move(@[2])); @[0] = std::move(std::get<1>(@_t)); $0", c, self.fold(sink, f"{c}[0][1] * std::get<0>({c}_t)[1]")),
        ))  # fmt: skip
        return [head], scope, [last]

    def heap_of_structs(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Heaps of structs, by hand and by std::priority_queue; shortest ways."""
        head = [code("struct @_e { REAL v; int k; std::array<REAL, 2> w; bool operator<(const @_e &o) const { return v < o.v; } };", c)]  # fmt: skip
        fill = self.filling(scope)
        if self.chance(50):
            head.append(code("std::vector<@_e> @; for (int i = 0; i < 5; i++) { @.push_back(@_e{$0, i, {REAL(0.5), REAL($1)}}); std::push_heap(@.begin(), @.end()); }", c, fill, self.filling(scope)))  # fmt: skip
            last = self.pick((
                code("std::pop_heap(@.begin(), @.end()); @.pop_back(); $0", c, self.fold(sink, f"{c}.front().v * {c}.front().w[1]")),
                code("std::sort_heap(@.begin(), @.end()); for (auto &e : @) $0", c, self.fold(sink, "e.v * e.w[1] * (REAL)(e.k)")),
            ))  # fmt: skip
            return head, scope, [last]
        head.append(code("std::vector<REAL> @_d(4, REAL(9)); auto @_less = [](const @_e &l, const @_e &r) { return r < l; }; std::priority_queue<@_e, std::vector<@_e>, decltype(@_less)> @(@_less); @.push(@_e{$0, 0, {}});", c, self.bounded(scope, 1)))  # fmt: skip
        last = code("while (!@.empty()) { @_e e = @.top(); @.pop(); if (!(e.v < @_d[e.k])) continue; @_d[e.k] = e.v; for (int i = 0; i < 4; i++) if (i != e.k) { REAL next = e.v + REAL($0) * REAL($0) + REAL(0.125); if (next < @_d[i]) @.push(@_e{next, i, {next, e.v}}); } } for (REAL e : @_d) $1", c, fill, self.fold(sink, "e"))  # fmt: skip
        return head, scope, [last]

    def scans(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Sums from the front, with operations of their own."""
        head = code("std::vector<REAL> @, @_o(6); for (int i = 0; i < 6; i++) @.push_back($0);", c, self.filling(scope))  # fmt: skip
        op = code("[](REAL l, REAL r) -> REAL { (void)l, (void)r; $0 }", c, self.one("l", "r"))
        last = self.pick((
            code("std::partial_sum(@.begin(), @.end(), @_o.begin(), $0); $1", c, op, self.fold(sink, f"{c}_o[5] * {c}_o[2]")),
            code("std::adjacent_difference(@.begin(), @.end(), @.begin(), $0); $1", c, op, self.fold(sink, f"{c}[5] * {c}[2]")),
            code("std::exclusive_scan(@.begin(), @.end(), @_o.begin(), REAL(0.5)); $0", c, self.fold(sink, f"{c}_o[4]")),
            code("std::inclusive_scan(@.begin(), @.end(), @.begin(), $0); $1", c, op, self.fold(sink, f"{c}[4]")),
            code("std::transform_exclusive_scan(@.begin(), @.end(), @_o.begin(), REAL(0.25), std::plus<>(), [](REAL e) -> REAL { return e * e; }); $0", c, self.fold(sink, f"{c}_o[5]")),
            code("auto @_it = std::unique(@.begin(), @.end(), [](REAL l, REAL r) { return (int)l == (int)r; }); @.erase(@_it, @.end()); for (REAL e : @) $0", c, self.fold(sink, "e")),
        ))  # fmt: skip
        return [head], replace(scope, arrays=(*scope.arrays, (f"{c}_o", 4))), [last]

    def aligned(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Memory with an alignment above the usual one."""
        wide, fill = f"{self.name}_wide", self.filling(scope)
        head = self.pick((
            f"std::vector<{wide}> @(2); for (int i = 0; i < 4; i++) @[i & 1].v[i] = @[1].v[3 - i] = $0; @.push_back(@[0]);",
            f"auto @_p = std::make_unique<{wide}[]>(3); auto *@ = @_p.get(); for (int i = 0; i < 4; i++) @[1].v[i] = @[0].v[i] = $0;",
            f"std::unique_ptr<{wide}> @_p(new {wide}()); auto *@ = @_p.get(); for (int i = 0; i < 4; i++) @->v[i] = $0;",
            f"auto @_p = std::make_shared<{wide}>(); auto *@ = @_p.get(); for (int i = 0; i < 4; i++) @[0].v[i] = $0;",
        ))  # fmt: skip
        return [code(head, c, fill)], replace(scope, arrays=(*scope.arrays, (f"{c}[0].v", 4))), [self.fold(sink, f"{c}[0].get({c}[0].v[3])")]  # fmt: skip

    def parents(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A tree whose nodes know their parents."""
        head = [
            code("struct @_n { REAL v; @_n *up; std::vector<std::unique_ptr<@_n>> below; @_n(REAL v, @_n *up) : v(v), up(up) {} @_n *add(REAL w) { below.push_back(std::make_unique<@_n>(w, this)); return below.back().get(); } REAL path() const { return up ? v + up->path() * REAL(0.5) : v; } REAL all() const { REAL r = v; for (auto &n : below) r += n->all() * REAL(0.75); return r; } };", c),
            code("@_n @_root(REAL($0), nullptr); @_n *@ = &@_root; for (int i = 0; i < 4; i++) { @_n *below = @->add($1); if (i != 1) @ = below; }", c, self.bounded(scope, 1), self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            code("@->up->v *= @->v; $0 $1", c, self.fold(sink, f"{c}->path()"), self.fold(sink, f"{c}_root.all()")),
            code("auto @_cut = std::move(@->up->below.back()); @->up->below.pop_back(); @_root.below.push_back(std::move(@_cut)); @->up = &@_root; $0 $1", c, self.fold(sink, f"{c}->path()"), self.fold(sink, f"{c}_root.all()")),
        ))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}->v", f"{c}_root.v")), [last]

    def graph(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A graph of operations that share operands, as programs that differentiate keep them."""
        head = [
            code("struct @_op { REAL v = 0, g = 0; virtual ~@_op() = default; virtual void run() = 0; virtual void back() {} };", c),
            code("using @_in = std::shared_ptr<@_op>; struct @_num : @_op { explicit @_num(REAL a) { v = a; } void run() override {} };", c),
            code("struct @_mul : @_op { @_in a, b; @_mul(@_in a, @_in b) : a(std::move(a)), b(std::move(b)) {} void run() override { v = a->v * b->v; } void back() override { a->g += g * b->v; b->g += g * a->v; } };", c),
            code("struct @_sin : @_op { @_in a; explicit @_sin(@_in a) : a(a) {} void run() override { v = sinSFX(a->v); } void back() override { a->g += g * cosSFX(a->v); } };", c),
            code("std::vector<@_in> @; @.push_back(std::make_shared<@_num>($0)); @.push_back(std::make_shared<@_num>($1)); for (int i = 0; i < 3; i++) if ((i + $2) & 1) @.push_back(std::make_shared<@_mul>(@[i], @.back())); else @.push_back(std::make_shared<@_sin>(@.back()));", c, self.bounded(scope, 1), self.bounded(scope, 1), text("(({0}) & 1)", self.whole(scope, 1))),
        ]  # fmt: skip
        last = [code("for (auto &o : @) o->run(); @.back()->g = 1;", c)]
        if self.chance(60):
            last.append(code("for (auto it = @.rbegin(); it != @.rend(); ++it) (*it)->back();", c))
        return head, scope, [*last, self.fold(sink, f"{c}.back()->v + {c}[0]->g * {c}[1]->g")]

    def states(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A machine whose states hold different things."""
        over = f"{self.name}_over"
        head = [
            code("struct @_idle {}; struct @_run { REAL x; int left; }; struct @_done { std::unique_ptr<REAL> r; std::array<REAL, 2> all; }; std::variant<@_idle, @_run, @_done> @;", c),
            code(f"auto @_step = [&](REAL in) {{ std::visit({over}{{[&](@_idle) {{ @ = @_run{{in, 2}}; }}, [&](@_run &s) {{ s.x = $0; if (--s.left <= 0) {{ REAL x = s.x; @ = @_done{{std::make_unique<REAL>(x), {{x, in}}}}; }} }}, [&](@_done &s) {{ *s.r *= in; if (*s.r < REAL(0.125)) @ = @_idle{{}}; }}}}, @); }};", c, self.bounded(replace(NONE, scalars=("in", "s.x")), 1)),
            code("for (int i = 0; i < 5; i++) @_step($0);", c, self.filling(scope)),
        ]  # fmt: skip
        last = code("if (auto *one = std::get_if<@_run>(&@)) $0 if (auto *one = std::get_if<@_done>(&@)) $1", c, self.fold(sink, "one->x * (REAL)(one->left)"), self.fold(sink, "*one->r + one->all[0] * one->all[1]"))  # fmt: skip
        return head, scope, [last]

    def matrix(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A matrix with rows that are handed out, and operators."""
        head = [
            code("struct @_m { int n; std::vector<REAL> e; explicit @_m(int n) : n(n), e(n * n) {} REAL *operator[](int i) { return &e[i * n]; } REAL &operator()(int i, int j) { return e[i * n + j]; } REAL operator()(int i, int j) const { return e[i * n + j]; } @_m t() const { @_m r(n); for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) r(j, i) = (*this)(i, j); return r; } @_m operator*(const @_m &b) const { @_m r(n); for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) for (int k = 0; k < n; k++) r(i, j) += (*this)(i, k) * b(k, j); return r; } };", c),
            code("@_m @(3); for (int i = 0; i < 9; i++) @.e[i] = $0;", c, self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            code("@_m @_p = @ * @.t(); for (REAL e : @_p.e) $0", c, self.fold(sink, "e * REAL(0.25)")),
            code("@(1, 1) += REAL(4); @[0][0] += REAL(4); @[2][2] += REAL(4); for (int k = 0; k < 3; k++) for (int i = k + 1; i < 3; i++) { REAL f = @[i][k] / @[k][k]; for (int j = k; j < 3; j++) @[i][j] -= f * @[k][j]; } $0", c, self.fold(sink, f"{c}[0][0] * {c}[1][1] * {c}(2, 2)")),
            code("std::swap_ranges(@[0], @[0] + 3, @[2]); @ = @ * @; $0", c, self.fold(sink, f"{c}(0, 2) - {c}[2][1]")),
        ))  # fmt: skip
        return [*head], replace(scope, arrays=(*scope.arrays, (f"{c}.e", 8))), [last]

    def ring(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A ring, and a mean over what is in it."""
        head = [
            code("struct @_ring { std::array<REAL, 4> e{}; std::size_t at = 0, n = 0; REAL sum = 0; void push(REAL v) { if (n == 4) sum -= e[at]; else n++; sum += e[at] = v; at = (at + 1) % e.size(); } REAL mean() const { return sum / (REAL)((int)n); } };", c),
            code("@_ring @; for (int i = 0; i < 3 + (($1) & 3); i++) { @.push($0); if (@.n > 2) $2 }", c, self.filling(scope), self.whole(scope, 1), self.fold(sink, f"{c}.mean()")),
        ]  # fmt: skip
        last = code("auto @_o = std::exchange(@, @_ring{}); @.push(@_o.mean()); $0", c, self.fold(sink, f"{c}.mean() * {c}_o.e[{c}_o.at]"))  # fmt: skip
        return head, scope, [last]

    def recent(self, scope: Scope, c: str, sink: Expression) -> Made:
        """What was used last stays: a list, and a map to places in it."""
        seen = replace(scope, calls=(), integers=(*scope.integers, "k"))
        map_of = self.pick(("std::map", "std::unordered_map"))
        head = [
            code(f"std::list<std::pair<int, REAL>> @; {map_of}<int, std::list<std::pair<int, REAL>>::iterator> @_at;", c),
            code("auto @_get = [&](int k) -> REAL & { if (auto it = @_at.find(k); it != @_at.end()) @.splice(@.begin(), @, it->second); else { @.emplace_front(k, $0); @_at[k] = @.begin(); if (@.size() > 3) { @_at.erase(@.back().first); @.pop_back(); } } return @.front().second; };", c, self.bounded(seen, 1)),
            code("for (int i = 0; i < 6; i++) @_get((i * 5 + ($0)) & 3) *= REAL(0.75);", c, self.whole(scope, 0)),
        ]  # fmt: skip
        last = code("@_get(2) += @_get(1); for (auto &e : @) $0", c, self.fold(sink, "e.second * (REAL)(e.first)"))  # fmt: skip
        return head, scope, [last]

    def observers(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Somebody is told of each change."""
        head = [
            code("struct @_value { REAL v = 0.5; std::vector<std::function<void(REAL, REAL)>> told; void set(REAL n) { REAL old = std::exchange(v, n); for (auto &t : told) t(old, n); } };", c),
            code("@_value @; REAL @_sum = 0.25; int @_n = 0; @.told.push_back([&](REAL old, REAL now) { @_sum += now * old; @_n++; }); @.told.push_back([&, w = REAL($0)](REAL, REAL now) mutable { w *= now; $1 });", c, self.bounded(scope, 1), self.fold(sink, "w")),
        ]  # fmt: skip
        last = code("for (int i = 0; i < 3; i++) @.set($0); @.told.pop_back(); @.set(@_sum); $1", c, self.filling(scope), self.fold(sink, f"{c}_sum * (REAL)({c}_n)"))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}_sum")), [last]

    def memo(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A recursion that keeps its results."""
        kind = self.pick(("std::map<int, REAL>", "std::unordered_map<int, REAL>", "std::map<std::pair<int, int>, REAL>", "std::vector<std::optional<REAL>>"))  # fmt: skip
        seen = replace(NONE, scalars=("l", "r"), integers=("k",))
        if "optional" in kind:
            look, keep, room = (
                "if (@_kept[k]) return *@_kept[k];",
                "return *(@_kept[k] = v);",
                "(8)",
            )
        else:
            key = "{k, k & 1}" if "pair" in kind else "k"
            look, keep, room = f"if (auto it = @_kept.find({key}); it != @_kept.end()) return it->second;", f"return @_kept[{key}] = v;", ""  # fmt: skip
        head = [
            code(f"{kind} @_kept{room};", c),
            code(f"std::function<REAL(int)> @ = [&](int k) -> REAL {{ if (k < 2) return k ? REAL($0) : REAL($1); {look} REAL l = @(k - 1), r = @(k - 2), v = $2; (void)l, (void)r; {keep} }};", c, self.bounded(replace(scope, calls=()), 1), self.bounded(replace(scope, calls=()), 0), self.bounded(seen, 1)),
        ]  # fmt: skip
        return head, replace(scope, calls=(*scope.calls, f"{c}(({{1}}) & 7) * ({{0}})")), [self.fold(sink, f"{c}(6)")]  # fmt: skip

    def masks(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Bits that say which numbers count."""
        kind = self.pick(("std::vector<bool> @_is(4);", "std::array<bool, 4> @_is{};", "std::bitset<4> @_is;"))  # fmt: skip
        source = self.pick(scope.fixed)
        head = [code(f"{kind} REAL @[4]; for (int i = 0; i < 4; i++) {{ @[i] = $0; @_is[i] = @[i] < {source}[i]; }}", c, self.filling(scope))]  # fmt: skip
        last = code(f"REAL @_s = 0; int @_n = 0; for (int i = 0; i < 4; i++) if (@_is[i]) @_s += @[i] * {source}[i], @_n++; else @_is[3 - i] = !@_is[3 - i]; $0", c, self.fold(sink, f"{c}_s * (REAL)({c}_n)"))  # fmt: skip
        return head, replace(scope, arrays=(*scope.arrays, (c, 4))), [last]

    def small_vector(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A vector that keeps few elements in itself."""
        name = self.name
        head = code(f"{name}_small<REAL, 3> @; for (int i = 0; i < 2 + (($1) & 3); i++) @.push($0);", c, self.filling(scope), self.whole(scope, 1))  # fmt: skip
        last = self.pick((
            code("auto @_too = @; @_too.push(@[0]); @_too[1] *= REAL(0.5); @ = @_too; for (REAL e : @) $0", c, self.fold(sink, "e")),
            code("auto @_too = std::move(@); @.push(@_too[1]); $0", c, self.fold(sink, f"{c}[0] * {c}_too[0]")),
            code(f"std::vector<{name}_small<REAL, 3>> @_all; for (int i = 0; i < 3; i++) {{ @_all.push_back(@); @_all[0].push(@[i & 1]); }} for (auto &one : @_all) for (REAL e : one) $0", c, self.fold(sink, "e")),
            code(f"struct @_p {{ REAL v; int k; }}; {name}_small<@_p, 2> @_many; for (REAL e : @) @_many.push(@_p{{e, @_many.n}}); auto @_more = std::move(@_many); for (auto &e : @_more) $0", c, self.fold(sink, "e.v * (REAL)(e.k + 1)")),
        ))  # fmt: skip
        return [head], replace(scope, scalars=(*scope.scalars, f"{c}[0]", f"{c}[1]")), [last]

    def erased_type(self, scope: Scope, c: str, sink: Expression) -> Made:
        """What can be called, by a class of the program's own."""
        kept = replace(self.copied(scope), scalars=("y", *self.copied(scope).scalars))
        head = [
            code(f"std::vector<{self.name}_any> @; @.push_back([=](REAL y) -> REAL {{ $0 }}); @.push_back([w = std::vector<REAL>(2, REAL($1))](REAL y) -> REAL {{ return y * w[1]; }});", c, apply("return", self.bounded(kept, 1)), self.bounded(scope, 1)),
            code("@.push_back([f = @[0], n = REAL($0)](REAL y) mutable -> REAL { n *= REAL(0.5); return f(y) + n; });", c, self.bounded(scope, 0)),
        ]  # fmt: skip
        last = code("auto @_too = @[2]; @[1] = @_too; std::swap(@[0], @[2]); for (auto &f : @) $0", c, self.fold(sink, "f(f(REAL(0.5)))"))  # fmt: skip
        return head, replace(scope, actions=(*scope.actions, f"{c}[(({{1}}) & 63) % 3]({{0}})")), [last]  # fmt: skip

    def extracted(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Nodes that go from one container to another."""
        kind = self.pick(("std::map<int, REAL>", "std::unordered_map<int, REAL>"))
        head = code(f"{kind} @, @_o; for (int i = 0; i < 4; i++) {{ @[i] = $0; @_o[i * 2] = $1; }}", c, self.filling(scope), self.filling(scope))  # fmt: skip
        change = self.pick((
            "@.merge(@_o);",
            "auto n = @.extract(1); n.key() = 9; n.mapped() *= REAL(0.5); @_o.insert(std::move(n));",
            "@_o.swap(@); @.erase(2); @_o.insert(@.begin(), @.end());",
            "auto [it, is_new] = @.try_emplace(3 + (($0) & 1), REAL(0.5)); if (!is_new) it->second = @_o[4];",
        ))  # fmt: skip
        last = code("for (auto &e : @) $0 for (auto &e : @_o) $0", c, self.fold(sink, "e.second * (REAL)(e.first + 1)"))  # fmt: skip
        return [head], replace(scope, keyed=(*scope.keyed, (c, 4))), [code(change, c, self.whole(scope, 1)), last]  # fmt: skip

    def single_links(self, scope: Scope, c: str, sink: Expression) -> Made:
        """std::forward_list."""
        head = code("std::forward_list<REAL> @; for (int i = 0; i < 4; i++) @.push_front($0);", c, self.filling(scope))  # fmt: skip
        change = self.pick((
            "@.insert_after(@.begin(), REAL($0)); @.erase_after(@.before_begin());",
            "@.sort(); @.reverse();",
            "std::forward_list<REAL> o{REAL($0), REAL(0.5)}; @.splice_after(@.begin(), o);",
            "@.remove_if([](REAL e) { return e < REAL(0.125); }); @.push_front(REAL($0));",
        ))  # fmt: skip
        last = code("int @_k = 1; for (REAL e : @) $0", c, self.fold(sink, f"e * (REAL)({c}_k++)"))
        return [head], replace(scope, scalars=(*scope.scalars, f"{c}.front()")), [code(change, c, self.bounded(scope, 0)), last]  # fmt: skip

    def table_of_members(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Pointers to functions and to members, in tables."""
        head = [
            code("struct @_p { REAL a, b, c[2]; int k; REAL f(REAL x) { (void)x; $0 } REAL g(REAL x) { a = x; return b * c[1]; } };", c, self.one("a", "b", "x")),
            code("@_p @{REAL($0), REAL($1), {REAL(0.5), REAL($0)}, 1}; REAL @_p::*@_data[] = {&@_p::a, &@_p::b}; REAL (@_p::*@_call[])(REAL) = {&@_p::f, &@_p::g}; REAL (*const @_free[])(REAL) = {[](REAL x) -> REAL { return x * x; }, [](REAL x) -> REAL { return sinSFX(x); }};", c, self.bounded(scope, 1), self.bounded(scope, 1)),
        ]  # fmt: skip
        last = code("for (int i = 0; i < 3; i++) { @.*@_data[i & 1] += @_free[(i + ($0)) & 1](@.*@_data[1]); $1 }", c, self.whole(scope, 0), self.fold(sink, f"({c}.*{c}_call[(i >> 1) & 1])({c}.b)"))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}.a", f"{c}.c[1]")), [last]

    def curried(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Functions that return functions, with what was made before."""
        head = [
            code("auto @ = [](REAL a) { return [a, v = std::vector<REAL>(2, a)](REAL b) { return [=, w = std::array<REAL, 2>{a, b}](REAL y) -> REAL { return w[0] * y + v[1] * b; }; }; };", c),
            code("auto @_two = @(REAL($0))(REAL($1)); std::function<std::function<REAL(REAL)>(REAL)> @_f = [=](REAL a) -> std::function<REAL(REAL)> { return @(a)(a * a); };", c, self.bounded(scope, 1), self.bounded(scope, 1)),
        ]  # fmt: skip
        calls = (*scope.calls, f"{c}_two({{0}})", f"{c}_f(REAL({{0}}))(REAL(0.5))")
        return head, replace(scope, calls=calls), [self.fold(sink, f"{c}_f({c}_two(REAL(0.5)))(REAL(0.25))")]  # fmt: skip

    def merged(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Algorithms on sorted rows, and on structs."""
        head = code("struct @_e { REAL v; int k; REAL w; }; auto @_less = [](const @_e &l, const @_e &r) { return l.v < r.v; }; std::vector<@_e> @, @_o, @_r; for (int i = 0; i < 4; i++) { @.push_back(@_e{$0, i, REAL(0.5)}); @_o.push_back(@_e{$1, i + 4, $0}); } std::sort(@.begin(), @.end(), @_less); std::stable_sort(@_o.begin(), @_o.end(), @_less);", c, self.filling(scope), self.filling(scope))  # fmt: skip
        change = self.pick((
            "std::merge(@.begin(), @.end(), @_o.begin(), @_o.end(), std::back_inserter(@_r), @_less);",
            "std::set_union(@.begin(), @.end(), @_o.begin(), @_o.end(), std::back_inserter(@_r), @_less);",
            "@_r = @; @_r.insert(@_r.end(), @_o.begin(), @_o.end()); std::inplace_merge(@_r.begin(), @_r.begin() + 4, @_r.end(), @_less);",
            "@_r = @_o; auto it = std::upper_bound(@_r.begin(), @_r.end(), @[1], @_less); @_r.insert(it, @[1]);",
            "@_r = @; std::nth_element(@_r.begin(), @_r.begin() + 1, @_r.end(), [](const @_e &l, const @_e &r) { return l.w * l.v < r.w * r.v; }); @_r.resize(2);",
            "std::copy_if(@.begin(), @.end(), std::back_inserter(@_r), [](const @_e &e) { return e.v > REAL(0.25); }); std::partition(@_o.begin(), @_o.end(), [](const @_e &e) { return e.k & 1; });",
        ))  # fmt: skip
        last = code("{ int i = 1; for (auto &e : @_r) { $0 i++; } } $1", c, self.fold(sink, "e.v * e.w * (REAL)(e.k + i)"), self.fold(sink, f"{c}_o[2].v"))  # fmt: skip
        return [head], replace(scope, scalars=(*scope.scalars, f"{c}[1].w", f"{c}_o[2].v")), [code(change, c), last]  # fmt: skip
