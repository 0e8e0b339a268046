"""Designs of larger programs, in small, in random C++ programs: trees of expressions, entities, pools,
queues of events, views of matrices, factories, unions by hand, what is undone.
"""
# ruff: noqa: E501 - a line of the program that is written is a line here

from __future__ import annotations

from dataclasses import replace

from .containers import Kind, Made
from .language import Expression
from .patterns import Patterns, code
from .scope import Scope


class Designs(Patterns):
    """Still more kinds of blocks."""

    def kinds(self) -> tuple[Kind, ...]:
        return (*super().kinds(), *self.designs())

    def designs(self) -> tuple[Kind, ...]:
        return (
            self.expression_tree, self.entities, self.slots, self.events, self.packs, self.configuration, self.workspace,
            self.views, self.zipped, self.left_by_throwing, self.optional_by_hand, self.bit_fields, self.dispatched,
            self.by_member, self.common_beginning, self.undone, self.factories, self.any_value,
        )  # fmt: skip

    def idioms(self) -> None:
        """Also what must stand outside of functions."""
        Patterns.idioms(self)
        name = self.name
        self.declare(
            f"template <class T> struct {name}_maybe",
            "union {{ char none; T v; }}; bool has = false;",
            f"{name}_maybe() : none() {{{{}}}} {name}_maybe(T o) : v(std::move(o)), has(true) {{{{}}}}",
            f"{name}_maybe(const {name}_maybe &o) : none() {{{{ if (o.has) new (&v) T(o.v); has = o.has; }}}}",
            f"{name}_maybe &operator=(const {name}_maybe &o) {{{{ if (this == &o) return *this; reset(); if (o.has) new (&v) T(o.v); has = o.has; return *this; }}}}",
            f"~{name}_maybe() {{{{ reset(); }}}}",
            "void reset() {{ if (has) v.~T(); has = false; }}",
            "T get_or(T other) const {{ return has ? v : other; }}",
        )

    def expression_tree(self, scope: Scope, c: str, sink: Expression) -> Made:
        """What is read from a formula: nodes that own others, are evaluated, simplified and copied."""
        head = [
            code("struct @_n; using @_p = std::unique_ptr<@_n>; struct @_n { virtual ~@_n() = default; virtual REAL at(const std::map<int, REAL> &of) const = 0; virtual bool known() const { return false; } };", c),
            code("struct @_c : @_n { REAL v; explicit @_c(REAL v) : v(v) {} REAL at(const std::map<int, REAL> &) const override { return v; } bool known() const override { return true; } }; struct @_v : @_n { int k; explicit @_v(int k) : k(k) {} REAL at(const std::map<int, REAL> &of) const override { auto it = of.find(k); return it == of.end() ? REAL(0.5) : it->second; } };", c),
            code("struct @_b : @_n { char op; @_p l, r; @_b(char op, @_p l, @_p r) : op(op), l(std::move(l)), r(std::move(r)) {} REAL at(const std::map<int, REAL> &of) const override { REAL a = l->at(of), b = r->at(of); switch (op) { case '+': return a + b; case '*': return a * b; default: $0 } } };", c, self.one("a", "b")),
            code("auto @_fold = [](auto &&self, @_p e) -> @_p { if (auto *one = dynamic_cast<@_b *>(e.get())) { one->l = self(self, std::move(one->l)); one->r = self(self, std::move(one->r)); if (one->l->known() && one->r->known()) return std::make_unique<@_c>(one->at({})); } return e; };", c),
            code("std::map<int, REAL> @_of{{0, REAL($0)}, {1, REAL($1)}}; @_p @ = std::make_unique<@_v>(0); for (int i = 0; i < 3; i++) @ = std::make_unique<@_b>(\"+*?\"[(i + ($2)) % 3], std::move(@), i & 1 ? @_p(std::make_unique<@_c>($3)) : @_p(std::make_unique<@_v>(i)));", c, self.bounded(scope, 1), self.bounded(scope, 1), self.masked(scope, 3), self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            code("@ = @_fold(@_fold, std::make_unique<@_b>('*', std::move(@), std::make_unique<@_b>('+', std::make_unique<@_c>(REAL(0.5)), std::make_unique<@_c>($0)))); $1", c, self.bounded(scope, 1), self.fold(sink, f"{c}->at({c}_of)")),
            code("@_of[2] = @->at(@_of); @_of.erase(0); $0", c, self.fold(sink, f"{c}->at({c}_of)")),
        ))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}_of[0]"), calls=(*scope.calls, f"{c}->at({{{{{{{{0, REAL({{0}})}}}}}}}})")), [last]  # fmt: skip

    def masked(self, scope: Scope, bits: int) -> Expression:
        return code(f"(($0) & {bits})", "", self.whole(scope, 1))

    def entities(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Components in rows, named by handles with a generation."""
        head = [
            code("struct @_id { int at, age; }; struct @_world { std::vector<REAL> x, v; std::vector<int> age, unused; std::vector<std::optional<REAL>> mass; @_id make(REAL a, REAL b) { int at; if (unused.empty()) { at = (int)(x.size()); x.push_back(a); v.push_back(b); age.push_back(0); mass.emplace_back(); } else { at = unused.back(); unused.pop_back(); x[at] = a; v[at] = b; } return {at, age[at]}; } bool lives(@_id e) const { return age[e.at] == e.age; } void drop(@_id e) { if (lives(e)) { age[e.at]++; unused.push_back(e.at); mass[e.at].reset(); } } void step(REAL h) { for (std::size_t i = 0; i < x.size(); i++) { v[i] -= h * x[i]; x[i] += h * v[i] / mass[i].value_or(REAL(1.5)); } } };", c),
            code("@_world @; std::vector<@_id> @_all; for (int i = 0; i < 4; i++) { @_all.push_back(@.make($0, REAL(0.25) * i)); if (i & 1) @.mass[@_all.back().at] = REAL(1.5) + REAL($1) * REAL($1); }", c, self.filling(scope), self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            code("@.drop(@_all[$0]); @_all.push_back(@.make($1, REAL(0.5))); for (int i = 0; i < 2; i++) @.step(REAL(0.125)); for (auto &one : @_all) if (@.lives(one)) $2", c, self.masked(scope, 3), self.bounded(scope, 1), self.fold(sink, f"{c}.x[one.at] * {c}.v[one.at]")),
            code("@.step($0); auto @_too = @; @_too.drop(@_all[1]); @_too.step(REAL(0.25)); $1", c, self.bounded(scope, 0), self.fold(sink, f"{c}_too.x[0] * {c}.v[1] + {c}.mass[3].value_or(REAL(0.5))")),
        ))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}.x[1]", f"{c}.v[2]")), [last]

    def slots(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Objects that are made in storage which others have left."""
        head = [
            code("struct @_o { REAL v; std::vector<REAL> w; int k; @_o(REAL v, int k) : v(v), w(2, v), k(k) {} };", c),
            code("struct @_pool { alignas(@_o) unsigned char room[3][sizeof(@_o)]; std::vector<int> unused{2, 1, 0}; bool used[3] = {}; @_o *make(REAL v, int k) { if (unused.empty()) return nullptr; int at = unused.back(); unused.pop_back(); used[at] = true; return new (room[at]) @_o(v, k); } void drop(@_o *o) { for (int i = 0; i < 3; i++) if ((void *)o == (void *)room[i]) { o->~@_o(); used[i] = false; unused.push_back(i); } } ~@_pool() { for (int i = 0; i < 3; i++) if (used[i]) std::launder(reinterpret_cast<@_o *>(room[i]))->~@_o(); } };", c),
            code("@_pool @; @_o *@_a = @.make($0, 1), *@_b = @.make($1, 2);", c, self.bounded(scope, 1), self.bounded(scope, 1)),
        ]  # fmt: skip
        last = code("@.drop(@_a); @_a = @.make(@_b->v * @_b->w[1], 3); for (int i = 0; i < 3; i++) if (@_o *more = @.make($0, i)) { @_b->w.push_back(more->v); if ($1) @.drop(more); } $2", c, self.filling(scope), self.masked(scope, 1), self.fold(sink, f"{c}_a->v * {c}_a->w[1] * (REAL)({c}_a->k) + {c}_b->w.back()"))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}_a->v", f"{c}_b->w[1]")), [last]

    def events(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A queue of events, which make others."""
        what = self.pick(("int kind; REAL v;", "std::function<REAL(REAL)> act;"))
        head = [
            code("struct @_e { REAL when; " + what + " }; auto @_later = [](const @_e &l, const @_e &r) { return l.when > r.when; }; std::priority_queue<@_e, std::vector<@_e>, decltype(@_later)> @(@_later); REAL @_now = 0, @_level = $0;", c, self.bounded(scope, 1)),
        ]  # fmt: skip
        if "kind" in what:
            head.append(
                code(
                    "for (int i = 0; i < 3; i++) @.push(@_e{$0, i, REAL(0.5)});",
                    c,
                    self.filling(scope),
                )
            )
            act = code("switch (e.kind) { case 0: @_level += e.v; break; case 1: @_level *= REAL(0.5); if (i < 4) @.push(@_e{e.when + REAL(0.25), 0, @_level}); break; default: @_level = @_level - e.when * $0; }", c, self.bounded(scope, 0))  # fmt: skip
        else:
            head.append(code("for (int i = 0; i < 3; i++) @.push(@_e{$0, [&, i](REAL y) -> REAL { return y * $1 + (REAL)(i); }});", c, self.filling(scope), self.bounded(replace(scope, calls=(), actions=()), 0)))  # fmt: skip
            act = code("@_level = e.act(@_level);", c)
        last = code("for (int i = 0; i < 8 && !@.empty(); i++) { @_e e = @.top(); @.pop(); @_now = e.when; $0 } $1", c, act, self.fold(sink, f"{c}_level * {c}_now"))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}_level")), [last]

    def packs(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Parameter packs: folds, tuples that are applied, what is called with each."""
        head = [
            code("auto @_sum = [](auto... e) -> REAL { return (REAL(0) + ... + (e * e)); }; auto @_each = [](auto &&f, auto &...e) { (f(e), ...); };", c),
            code("std::tuple<REAL, int, REAL, std::array<REAL, 2>> @{REAL($0), 2, REAL($1), {REAL(0.5), REAL($0)}};", c, self.bounded(scope, 1), self.bounded(scope, 1)),
        ]  # fmt: skip
        last = self.pick((
            code("std::apply([&](REAL &a, int k, auto &...rest) { a *= $0; $1 (void)sizeof...(rest); (void)k; }, @);", c, self.bounded(scope, 0), self.fold(sink, f"a * (REAL)(k) + std::get<2>({c})")),
            code("@_each([&](REAL &e) { e += $0; }, std::get<0>(@), std::get<2>(@), std::get<3>(@)[1]); $1", c, self.bounded(scope, 0), self.fold(sink, f"{c}_sum(std::get<0>({c}), std::get<2>({c}), std::get<3>({c})[1])")),
            code("auto @_more = std::tuple_cat(@, std::make_tuple(std::get<0>(@) * REAL(0.5))); auto @_at = [&]<std::size_t... I>(std::index_sequence<I...>) -> REAL { return @_sum(REAL(std::get<I>(@_more))...); }; $0", c, self.fold(sink, f"{c}_at(std::index_sequence<0, 2, 4>{{{{}}}})")),
        ))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"std::get<0>({c})"), calls=(*scope.calls, f"{c}_sum({{0}}, std::get<2>({c}))")), [last]  # fmt: skip

    def configuration(self, scope: Scope, c: str, sink: Expression) -> Made:
        """What the whole program reads, made at its first use."""
        head = [
            code("struct @_all { REAL scale = 0.5, w[2] = {1, 2}; int k = 1; REAL of(REAL x) const { (void)x; $0 } static @_all &get() { static @_all one; return one; } };", c, self.one("scale", "w[1]", "x")),
            code("@_all &@ = @_all::get(); @ = @_all{}; @.scale = $0; @_all::get().w[1] = $1;", c, self.bounded(scope, 1), self.bounded(scope, 1)),
        ]  # fmt: skip
        last = code("{ const @_all kept = @_all::get(); @_all::get().w[($0) & 1] *= REAL(0.5); $1 @_all::get() = kept; } $2", c, self.whole(scope, 1), self.fold(sink, f"{c}_all::get().of(kept.w[0])"), self.fold(sink, f"{c}.of({c}.w[1])"))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}.w[0]"), calls=(*scope.calls, f"{c}_all::get().of({{0}})")), [last]  # fmt: skip

    def workspace(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Memory that stays from call to call, and is written before it is read."""
        kind = self.pick(("thread_local REAL @[8];", "static REAL @[8];", "thread_local struct { REAL v[8]; int n; } @_kept; REAL *const @ = @_kept.v;", "static std::vector<REAL> @_kept; @_kept.assign(8, REAL(0)); REAL *const @ = @_kept.data();"))  # fmt: skip
        head = code(kind + " for (int i = 0; i < 8; i++) @[i] = $0;", c, self.filling(scope))
        last = code("for (int i = 1; i < 8; i++) @[i] += @[i - 1] * REAL(0.5); $0", c, self.fold(sink, f"{c}[7] * {c}[3]"))  # fmt: skip
        return [head], replace(scope, arrays=(*scope.arrays, (c, 8))), [last]

    def views(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Views of a matrix by strides: blocks, transposes, diagonals."""
        head = [
            code("struct @_view { REAL *at; int rows, cols, down, right; REAL &operator()(int i, int j) const { return at[i * down + j * right]; } @_view turned() const { return {at, cols, rows, right, down}; } @_view part(int i, int j, int m, int n) const { return {&(*this)(i, j), m, n, down, right}; } @_view diagonal() const { return {at, 1, rows < cols ? rows : cols, 0, down + right}; } REAL sum() const { REAL r = 0; for (int i = 0; i < rows; i++) for (int j = 0; j < cols; j++) r += (*this)(i, j) * (REAL)(i + 1); return r; } void times(const @_view &l, const @_view &r) const { for (int i = 0; i < rows; i++) for (int j = 0; j < cols; j++) { REAL e = 0; for (int k = 0; k < l.cols; k++) e += l(i, k) * r(k, j); (*this)(i, j) = e; } } };", c),
            code("std::vector<REAL> @_m(9), @_o(9); for (int i = 0; i < 9; i++) @_m[i] = $0; @_view @{@_m.data(), 3, 3, 3, 1}, @_to{@_o.data(), 3, 3, 1, 3};", c, self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            code("@_to.times(@, @.turned()); $0", c, self.fold(sink, f"{c}_to.sum()")),
            code("auto @_p = @.turned().part(($0) & 1, 1, 2, 2); @_to.part(0, 0, 2, 2).times(@_p, @.part(1, 0, 2, 2)); @_p(1, 0) *= REAL(0.5); $1", c, self.whole(scope, 1), self.fold(sink, f"{c}_to.diagonal().sum() * {c}.diagonal().sum()")),
            code("for (int i = 0; i < 3; i++) std::swap(@(i, 0), @.turned()(i, 2)); $0", c, self.fold(sink, f"{c}.part(1, 1, 2, 2).turned().sum()")),
        ))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}(1, 2)"), arrays=(*scope.arrays, (f"{c}_m", 9))), [last]  # fmt: skip

    def zipped(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Two rows that are walked together, and one with its numbers."""
        source = self.pick(scope.fixed)
        head = [
            code("struct @_zip { REAL *l, *r; int n; struct it { REAL *l, *r; int i; std::tuple<REAL &, REAL &, int> operator*() const { return {l[i], r[i], i}; } it &operator++() { ++i; return *this; } bool operator!=(const it &o) const { return i != o.i; } }; it begin() const { return {l, r, 0}; } it end() const { return {l, r, n}; } };", c),
            code(f"std::vector<REAL> @; for (int i = 0; i < 4; i++) @.push_back($0); @_zip @_both{{@.data(), &{source}[0], 4}};", c, self.filling(scope)),
        ]  # fmt: skip
        last = self.pick((
            code("for (auto [one, other, at] : @_both) { if (at == 2) continue; one += other * REAL(0.5); $0 }", c, self.fold(sink, "one * other * (REAL)(at + 1)")),
            code("for (auto &&[one, other, at] : @_both) if (other < one) { REAL kept = one; one = other; other = kept; } $0", c, self.fold(sink, f"{c}[1] * {source}[1]")),
        ))  # fmt: skip
        return head, replace(scope, arrays=(*scope.arrays, (c, 4))), [last]

    def left_by_throwing(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Loops that are left, or go on, by exceptions."""
        source = self.pick(scope.fixed)
        thrown = self.pick(("struct @_found { REAL v; int i, j; };", "struct @_found { REAL v; int i, j; std::array<REAL, 2> more = {}; };", "struct @_found : std::logic_error { REAL v; int i, j; @_found(REAL v, int i, int j) : std::logic_error(\"found\"), v(v), i(i), j(j) {} };"))  # fmt: skip
        head = [code(thrown + " std::vector<REAL> @; for (int i = 0; i < 4; i++) @.push_back($0);", c, self.filling(scope))]  # fmt: skip
        last = self.pick((
            code(f"try {{ for (int i = 0; i < 4; i++) for (int j = 0; j < 4; j++) if (@[i] < {source}[j] * $0) throw @_found(@_found{{@[i] * {source}[j], i, j}}); $1 }} catch (const @_found &e) {{ $2 }}", c, self.bounded(scope, 0), self.fold(sink, f"{c}[0]"), self.fold(sink, "e.v * (REAL)(e.i + e.j + 1)")),
            code(f"for (int i = 0, left = 5; i < 4; i++) try {{ std::vector<REAL> w(2, @[i]); if (@[i] > {source}[i] && left-- > 0) throw @_found{{w[1] * REAL(0.5), i, left}}; $0 }} catch (@_found &e) {{ @[i] = e.v - REAL(0.125); if (e.j > 2) i--; }}", c, self.fold(sink, f"{c}[i] * w[0]")),
        ))  # fmt: skip
        return head, replace(scope, arrays=(*scope.arrays, (c, 4))), [last]

    def optional_by_hand(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A union that holds an object, or none."""
        held = self.pick(("REAL", "std::vector<REAL>", "@_e", "std::unique_ptr<REAL>*"))
        if held.endswith("*"):
            held = "std::shared_ptr<REAL>"
        value, use = {
            "REAL": ("REAL($0)", "$.v"), "std::vector<REAL>": ("std::vector<REAL>{REAL($0), REAL(0.5)}", "$.v[0]"),
            "@_e": ("@_e{$0, 2}", "$.v.v"), "std::shared_ptr<REAL>": ("std::make_shared<REAL>($0)", "*$.v"),
        }[held]  # fmt: skip
        kind = f"{self.name}_maybe<{held}>"
        head = [code("struct @_e { REAL v; int k; }; (void)sizeof(@_e);", c), code(f"std::vector<{kind}> @; for (int i = 0; i < 3; i++) {{ @.emplace_back(); if ((i + ($1)) % 3) @[i] = {kind}({value}); }}", c, self.filling(scope), self.masked(scope, 7))]  # fmt: skip
        one, two = use.replace("$", "one"), use.replace("$", f"{c}[0]")
        last = self.pick((
            code("@.push_back(@[1]); @[1].reset(); for (auto &one : @) if (one.has) $0", c, self.fold(sink, one)),
            code(f"@[0] = @[2]; if (@[0].has) $0 @[0] = {kind}({value.replace('$0', '$1')}); $0", c, self.fold(sink, two), self.bounded(scope, 1)),
        ))  # fmt: skip
        return head, scope, [last]

    def bit_fields(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Numbers beside fields of bits."""
        head = code("struct @_e { unsigned a : 3; int b : 5; REAL v; bool on : 1; unsigned char c : 4; REAL w[2]; }; std::vector<@_e> @; for (int i = 0; i < 4; i++) @.push_back(@_e{(unsigned)(i + 1), 3 - i, $0, (($1) & 1) != 0, (unsigned char)(i), {REAL(0.5), $0}});", c, self.filling(scope), self.whole(scope, 1))  # fmt: skip
        last = self.pick((
            code("std::sort(@.begin(), @.end(), [](const @_e &l, const @_e &r) { return l.b != r.b ? l.b < r.b : l.v < r.v; }); for (auto &e : @) { if (e.on) e.a++; $0 }", c, self.fold(sink, "e.v * e.w[1] * (REAL)((int)(e.a) + e.b)")),
            code("@_e @_one = @[1]; @_one.b = -@_one.b; @_one.on = !@_one.on; @_one.v *= $0; @[2] = @_one; @.erase(@.begin()); for (auto &e : @) if (e.c & 1) $1 else $2", c, self.bounded(scope, 0), self.fold(sink, "e.v * (REAL)(e.b)"), self.fold(sink, "e.w[1]")),
        ))  # fmt: skip
        return [head], replace(scope, scalars=(*scope.scalars, f"{c}[1].v", f"{c}[2].w[1]")), [last]

    def dispatched(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Members that a map names, also virtual ones."""
        head = [
            code("struct @_m { REAL v, w; explicit @_m(REAL a) : v(a), w(a * a) {} virtual ~@_m() = default; virtual REAL go(REAL x) { w += x; return v * w; } REAL stay(REAL x) { (void)x; $0 } }; struct @_s : @_m { std::vector<REAL> got; using @_m::@_m; REAL go(REAL x) override { got.push_back(x * v); return got.front() + w; } };", c, self.one("v", "w", "x")),
            code("using @_f = REAL (@_m::*)(REAL); std::map<int, @_f> @{{0, &@_m::go}, {1, &@_m::stay}}; std::vector<std::unique_ptr<@_m>> @_all; for (int i = 0; i < 3; i++) if ((i + ($1)) & 1) @_all.push_back(std::make_unique<@_s>($0)); else @_all.push_back(std::make_unique<@_m>($0));", c, self.filling(scope), self.masked(scope, 1)),
        ]  # fmt: skip
        last = code("for (int i = 0; i < 4; i++) { auto &one = *@_all[i % 3]; auto at = @.find((i + ($0)) & 1); if (at != @.end()) $1 } $2", c, self.masked(scope, 3), self.fold(sink, "(one.*at->second)(one.v)"), self.fold(sink, f"std::invoke({c}[0], {c}_all[1], REAL(0.25))"))  # fmt: skip
        return head, replace(scope, scalars=(*scope.scalars, f"{c}_all[1]->w")), [last]

    def by_member(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Structs that are sorted and sought by one of their members."""
        head = code("struct @_e { int k; REAL v; REAL w; }; std::array<@_e, 5> @; for (int i = 0; i < 5; i++) @[i] = @_e{(i * 3) % 5, $0, REAL(0.5) + REAL(0.25) * i};", c, self.filling(scope))  # fmt: skip
        last = self.pick((
            code("std::ranges::sort(@, {}, &@_e::v); $0", c, self.fold(sink, f"{c}[0].v * {c}[4].w")),
            code("std::ranges::sort(@, std::greater<>{}, [](const @_e &e) { return e.v * e.w; }); for (auto &e : @) $0", c, self.fold(sink, "e.v * (REAL)(e.k)")),
            code("std::ranges::stable_sort(@, {}, &@_e::k); auto at = std::ranges::lower_bound(@, 3, {}, &@_e::k); $0 (void)at;", c, self.fold(sink, "at->v * at->w")),
            code("auto @_big = std::ranges::max(@, {}, &@_e::v); auto @_low = std::ranges::min_element(@, {}, [](const @_e &e) { return e.v * e.v; }); @_low->w = @_big.v; $0", c, self.fold(sink, f"{c}[1].w * {c}_low->v")),
            code("std::ranges::partition(@, [](REAL e) { return e < REAL(0.25); }, &@_e::v); std::ranges::rotate(@, @.begin() + 2); $0", c, self.fold(sink, f"{c}[0].v * {c}[3].w")),
        ))  # fmt: skip
        return [head], replace(scope, scalars=(*scope.scalars, f"{c}[2].v")), [last]

    def common_beginning(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A union of structs that begin alike: what a tag tells."""
        head = [
            code("struct @_d { int tag; REAL r; }; struct @_b { int tag; REAL w, h; }; struct @_t { int tag; REAL p[3]; }; union @_shape { @_d disc; @_b box; @_t three; };", c),
            code("auto @_area = [](const @_shape &one) -> REAL { switch (one.disc.tag) { case 0: return one.disc.r * one.disc.r; case 1: return one.box.w * one.box.h; default: return one.three.p[0] * one.three.p[2]; } };", c),
            code("@_shape @[3]; for (int i = 0; i < 3; i++) switch ((i + ($1)) % 3) { case 0: @[i].disc = @_d{0, $0}; break; case 1: @[i].box = @_b{1, $0, REAL(0.5)}; break; default: @[i].three = @_t{2, {$0, REAL(0.25), $2}}; }", c, self.filling(scope), self.masked(scope, 3), self.bounded(scope, 0)),
        ]  # fmt: skip
        last = self.pick((
            code("@[0] = @[1]; for (auto &one : @) $0", c, self.fold(sink, f"{c}_area(one)")),
            code("std::vector<@_shape> @_all(@, @ + 3); std::reverse(@_all.begin(), @_all.end()); @_all.push_back(@[1]); for (auto &one : @_all) $0", c, self.fold(sink, f"{c}_area(one)")),
            code("if (@[2].box.tag == 1) @[2].box.w *= $0; else @[2].disc = @_d{0, $0}; $1", c, self.bounded(scope, 0), self.fold(sink, f"{c}_area({c}[2])")),
        ))  # fmt: skip
        return head, scope, [last]

    def undone(self, scope: Scope, c: str, sink: Expression) -> Made:
        """What was changed is put back by closures that keep it."""
        head = [
            code("std::vector<std::function<void()>> @_undo; std::vector<REAL> @; for (int i = 0; i < 4; i++) @.push_back($0);", c, self.filling(scope)),
            code("auto @_set = [&](int i, REAL y) { @_undo.push_back([&, i, old = @[i & 3]] { @[i & 3] = old * REAL(0.5) + @[i & 3] * REAL(0.25); }); @[i & 3] = y; };", c),
        ]  # fmt: skip
        last = code("@_set(1, $0); @_set($1, @[1] * @[2]); while (!@_undo.empty()) { @_undo.back()(); @_undo.pop_back(); $2 }", c, self.bounded(scope, 1), self.masked(scope, 7), self.fold(sink, f"{c}[1] + {c}[3]"))  # fmt: skip
        return head, replace(scope, arrays=(*scope.arrays, (c, 4))), [last]

    def factories(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Classes that are made by their names."""
        head = [
            code("struct @_b { virtual ~@_b() = default; virtual REAL run(REAL x) = 0; }; struct @_one : @_b { REAL v; explicit @_one(REAL v) : v(v) {} REAL run(REAL x) override { (void)x; $0 } }; struct @_two : @_b { std::vector<REAL> w; explicit @_two(REAL v) : w{v, v * v} {} REAL run(REAL x) override { w.push_back(x); return w[0] * w.back(); } };", c, self.one("v", "x")),
            code("std::map<std::string, std::function<std::unique_ptr<@_b>(REAL)>> @; @[\"one\"] = [](REAL y) { return std::make_unique<@_one>(y); }; @[\"two\"] = [&](REAL y) { return std::make_unique<@_two>(y * $0); };", c, self.bounded(replace(scope, calls=(), actions=()), 0)),
        ]  # fmt: skip
        last = code("std::vector<std::unique_ptr<@_b>> @_all; for (auto &one : @) @_all.push_back(one.second($0)); if (auto at = @.find(($1) ? \"two\" : \"none\"); at != @.end()) @_all.push_back(at->second(REAL(0.5))); for (auto &one : @_all) $2", c, self.bounded(scope, 1), self.masked(scope, 1), self.fold(sink, "one->run(REAL(0.75))"))  # fmt: skip
        return head, scope, [last]

    def any_value(self, scope: Scope, c: str, sink: Expression) -> Made:
        """std::any."""
        head = code("std::vector<std::any> @; for (int i = 0; i < 4; i++) switch ((i + ($1)) & 3) { case 0: @.emplace_back(REAL($0)); break; case 1: @.emplace_back(i); break; case 2: @.emplace_back(std::vector<REAL>{REAL($0), REAL(0.5)}); break; default: @.emplace_back(std::array<REAL, 3>{REAL(0.25), REAL($0), REAL(0.5)}); }", c, self.filling(scope), self.masked(scope, 3))  # fmt: skip
        change = self.pick((
            "for (auto &e : @) if (auto *one = std::any_cast<REAL>(&e)) *one *= $0;",
            "@[1] = @[2]; @[0] = std::vector<REAL>{REAL($0)};",
            "auto @_too = @; @_too[3].reset(); std::swap(@[0], @_too[1]); @.push_back(REAL($0));",
        ))  # fmt: skip
        last = code("for (auto &e : @) { if (auto *one = std::any_cast<REAL>(&e)) $0 if (auto *one = std::any_cast<std::vector<REAL>>(&e)) $1 if (auto *one = std::any_cast<std::array<REAL, 3>>(&e)) $2 }", c, self.fold(sink, "*one"), self.fold(sink, "one->front()"), self.fold(sink, "(*one)[1]"))  # fmt: skip
        return [head], scope, [code(change, c, self.bounded(scope, 1)), last]
