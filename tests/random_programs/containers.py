"""Containers and algorithms of the C++ library, in random programs.

A container is declared and filled, used in a block, and folded into a number. What is in one piece
joins the arrays of the scope, what has only [index] the keyed ones, a single number the scalars.
"""
# ruff: noqa: E501 - a line of the program that is written is a line here

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from .classes import Classes
from .language import Expression, Statement, apply, text
from .scope import Scope
from .statements import HALF

Made = tuple[list[Expression], Scope, list[Expression]]
Kind = Callable[[Scope, str, Expression], Made]


class Containers(Classes):
    """Blocks around a container, and algorithms on what is there."""

    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of containers; some are more frequent."""
        return (
            self.vector, self.vector, self.vector, self.nested, self.array, self.deque, self.listing, self.map, self.map,
            self.set, self.optional, self.variant, self.variant, self.tuple, self.pair, self.span, self.strings,
            self.valarray, self.complex, self.buffer, self.unique, self.shared, self.structs, self.placed, self.queue,
        )  # fmt: skip

    def contained(self, scope: Scope, size: int) -> Statement:
        c, sink = self.new("c"), text(self.pick(scope.scalars))
        head, inner, last = self.pick(self.kinds())(scope, c, sink)
        inner = replace(inner, depth=scope.depth + 1)
        body = self.block(inner, size)
        lines = (text("    {0}", line) for line in head)
        return Statement(
            (text("{{"), *lines, 0, *(text("    {0}", line) for line in last), text("}}")), (body,)
        )

    def fold(self, sink: Expression, value: str) -> Expression:
        return apply("add_to", sink, apply("mul", HALF, apply("sin", text(value))))

    def filling(self, scope: Scope, i: str = "i") -> Expression:
        """A number that may depend on the counter of a loop that fills."""
        return self.bounded(replace(scope, integers=(*scope.integers, i)), 1)

    def vector(self, scope: Scope, c: str, sink: Expression) -> Made:
        kind, more = self.draw.integer(0, 6), self.draw.integer(0, 3)
        source = self.pick(scope.fixed)
        value = self.filling(scope)
        bound = text(f"4 + (({{0}}) & {more})", self.whole(scope, 1))
        head = (
            text(f"std::vector<REAL> {c}({{0}}, REAL({{1}}));", bound, self.bounded(scope, 1)),
            text(f"std::vector<REAL> {c}; for (int i = 0, n_ = {{0}}; i < n_; i++) {c}.push_back({{1}});", bound, value),
            text(f"std::vector<REAL> {c}(&{source}[0], &{source}[0] + 4);"),
            text(f"std::vector<REAL> {c}{{{{REAL({{0}}), {source}[1], REAL({{1}}), {source}[0]}}}};", self.bounded(scope, 1), self.bounded(scope, 0)),
            text(f"std::vector<REAL> {c}; {c}.reserve(2); for (int i = 0; i < 4; i++) {c}.emplace_back({{0}});", value),
            text(f"auto {c} = {self.name}_build(4 + (({{0}}) & {more}), REAL({{1}}));", self.whole(scope, 1), self.bounded(scope, 1)),
            text(f"std::vector<REAL> {c}_too(4, REAL({{0}})), {c} = {c}_too; {c}.insert({c}.begin() + 1, {source}[2]); {c}.erase({c}.begin() + 2); {c}_too = std::move({c}); {c} = {c}_too;", self.bounded(scope, 1)),
        )[kind]  # fmt: skip
        last = [
            text(f"for (REAL e : {c}) {{0}}", self.fold(sink, "e")),
            self.fold(sink, f"std::accumulate({c}.begin(), {c}.end(), REAL(0.25))"),
            text(
                f"{c}.push_back({c}[0]); {c}.insert({c}.end(), {c}[1]); {{0}}",
                self.fold(sink, f"{c}.back() * {c}.front()"),
            ),
            text(f"{c}.resize(3); {c}.pop_back(); {{0}}", self.fold(sink, f"{c}.back()")),
            text(
                f"{c}.erase(std::remove_if({c}.begin(), {c}.end(), [](REAL e) {{{{ return e < REAL(0.125); }}}}), {c}.end()); for (auto &e : {c}) {{0}}",
                self.fold(sink, "e"),
            ),
            text(f"{c}.clear(); {c}.shrink_to_fit();"),
        ]
        return [head], replace(scope, arrays=(*scope.arrays, (c, 4))), [self.pick(last)]

    def nested(self, scope: Scope, c: str, sink: Expression) -> Made:
        kind = self.draw.integer(0, 2)
        value = self.filling(scope)
        head = (
            text(
                f"std::vector<std::vector<REAL>> {c}(2, std::vector<REAL>(4, REAL({{0}})));",
                self.bounded(scope, 1),
            ),
            text(
                f"std::vector<std::vector<REAL>> {c}; for (int i = 0; i < 3; i++) {c}.emplace_back(4 + i, REAL({{0}}));",
                value,
            ),
            text(
                f"std::vector<std::vector<REAL>> {c}; for (int i = 0; i < 2; i++) {{{{ {c}.push_back({{{{}}}}); for (int l = 0; l < 4; l++) {c}.back().push_back({{0}}); }}}}",
                value,
            ),
        )[kind]
        last = [
            text(f"for (auto &row : {c}) for (auto &e : row) {{0}}", self.fold(sink, "e")),
            text(
                f"{c}[0].swap({c}[1]); {{0}}",
                self.fold(
                    sink,
                    f"std::inner_product({c}[0].begin(), {c}[0].begin() + 3, {c}[1].begin(), REAL(0))",
                ),
            ),
            text(f"{c}.erase({c}.begin()); {c}.resize(3); {{0}}", self.fold(sink, f"{c}[0][1]")),
        ]
        return (
            [head],
            replace(scope, arrays=(*scope.arrays, (f"{c}[0]", 4), (f"{c}[1]", 4))),
            [self.pick(last)],
        )

    def array(self, scope: Scope, c: str, sink: Expression) -> Made:
        head = text(
            f"std::array<REAL, 4> {c}{{{{{{{{REAL({{0}}), REAL({{1}})}}}}}}}};",
            self.bounded(scope, 1),
            self.bounded(scope, 1),
        )
        last = text(
            f"auto [a_, b_, c_, d_] = {c}; {c}.fill(a_); {{0}}",
            self.fold(sink, f"a_ * b_ + c_ * d_ + {c}[3]"),
        )
        return [head], replace(scope, arrays=(*scope.arrays, (c, 4))), [last]

    def deque(self, scope: Scope, c: str, sink: Expression) -> Made:
        head = text(
            f"std::deque<REAL> {c}; for (int i = 0; i < 4; i++) if (i & 1) {c}.push_front({{0}}); else {c}.push_back(REAL({{1}}));",
            self.filling(scope),
            self.filling(scope),
        )
        last = text(
            f"while (!{c}.empty()) {{{{ {{0}} {c}.pop_front(); if ({c}.size() > 2) {c}.pop_back(); }}}}",
            self.fold(sink, f"{c}.front() * {c}.back()"),
        )
        return [head], replace(scope, keyed=(*scope.keyed, (c, 4))), [last]

    def listing(self, scope: Scope, c: str, sink: Expression) -> Made:
        head = text(
            f"std::list<REAL> {c}; for (int i = 0; i < 4; i++) if (i & 2) {c}.push_front({{0}}); else {c}.push_back(REAL({{1}}));",
            self.filling(scope),
            self.filling(scope),
        )
        lines = [
            text(f"{c}.insert(std::next({c}.begin()), {sink.operation}); {c}.erase(std::prev({c}.end()));"),
            text(f"{c}.reverse(); {c}.pop_back();"),
            text(f"{c}.sort();"),
            text(f"std::list<REAL> {c}_too{{{{REAL({{0}})}}}}; {c}_too.splice({c}_too.begin(), {c}, {c}.begin()); {c}.merge({c}_too);", self.bounded(scope, 1)),
        ]  # fmt: skip
        last = text(
            f"for (auto it = {c}.begin(); it != {c}.end(); ++it) {{0}}", self.fold(sink, "*it")
        )
        inner = replace(scope, scalars=(*scope.scalars, f"{c}.front()", f"{c}.back()"))
        return [head], inner, [self.pick(lines), last]

    def map(self, scope: Scope, c: str, sink: Expression) -> Made:
        kind = self.pick(
            ("std::map<int, REAL>", "std::map<int, REAL>", "std::unordered_map<int, REAL>")
        )
        value = self.filling(scope)
        head = [
            text(f"{kind} {c}; for (int i = 0; i < 4; i++) {c}[i * 3 & 3] = {{0}};", value),
            text(f"{kind} {c}{{{{{{{{0, REAL({{0}})}}}}, {{{{2, REAL({{1}})}}}}}}}};", self.bounded(scope, 1), self.bounded(scope, 1)),
            text(f"{kind} {c}; for (int i = 0; i < 3; i++) {c}.emplace(i, {{0}}); {c}.insert_or_assign(1, REAL({{1}}));", value, self.bounded(scope, 0)),
        ][self.draw.integer(0, 2)]  # fmt: skip
        last = [
            text(f"for (auto &[key, e] : {c}) {{0}}", self.fold(sink, "e * (REAL)(key + 1)")),
            text(f"if (auto it = {c}.find(({{1}}) & 7); it != {c}.end()) {{{{ {{0}} {c}.erase(it); }}}} if ({c}.count(1)) {{2}}", self.fold(sink, "it->second"), self.whole(scope, 1), self.fold(sink, f"{c}.at(1)")),
        ]  # fmt: skip
        return [head], replace(scope, keyed=(*scope.keyed, (c, 4))), [self.pick(last)]

    def set(self, scope: Scope, c: str, sink: Expression) -> Made:
        kind = self.draw.integer(0, 2)
        if kind == 0:
            head = text(
                f"std::set<int> {c}; for (int i = 0; i < 4; i++) {c}.insert(({{0}}) & 7);",
                self.whole(replace(scope, integers=(*scope.integers, "i")), 2),
            )
            last = text(
                f"for (int e : {c}) {{0}}", self.fold(sink, f"{sink.operation} * (REAL)(e)")
            )
            return (
                [head],
                replace(
                    scope, integers=(*scope.integers, f"(int){c}.size()", f"(int){c}.count(2)")
                ),
                [last],
            )
        kind_name = "std::set<REAL>" if kind == 1 else "std::multiset<REAL, std::greater<>>"
        head = text(
            f"{kind_name} {c}; for (int i = 0; i < 4; i++) {c}.insert({{0}});", self.filling(scope)
        )
        last = text(
            f"{{{{ int i = 1; for (const REAL &e : {c}) {{0}} }}}} {{1}}",
            self.fold(sink, "e * (REAL)(i++)"),
            self.fold(sink, f"*{c}.begin()"),
        )
        return [head], replace(scope, integers=(*scope.integers, f"(int){c}.size()")), [last]

    def optional(self, scope: Scope, c: str, sink: Expression) -> Made:
        head = text(
            f"std::optional<REAL> {c}; if ({{0}}) {c} = {{1}}; if (!{c}) {c}.emplace({{2}});",
            self.condition(scope, 1),
            self.bounded(scope, 1),
            self.bounded(scope, 1),
        )
        last = text(
            f"if ({{1}}) {c}.reset(); {{0}}",
            self.fold(sink, f"{c}.value_or(REAL(0.5))"),
            self.condition(scope, 0),
        )
        return [head], replace(scope, scalars=(*scope.scalars, f"(*{c})")), [last]

    def variant(self, scope: Scope, c: str, sink: Expression) -> Made:
        name = self.name
        kinds = f"std::variant<int, REAL, std::array<REAL, 2>, struct {name}_s>"
        one = (
            text(f"{c} = ({{0}});", self.whole(scope, 1)),
            text(f"{c} = REAL({{0}});", self.bounded(scope, 1)),
            text(f"{c} = std::array<REAL, 2>{{{{REAL({{0}}), REAL({{1}})}}}};", self.bounded(scope, 1), self.bounded(scope, 0)),
            text(f"{c} = {name}_s{{{{REAL({{0}}), 1, {{{{0.5, 0.25}}}}, nullptr}}}};", self.bounded(scope, 1)),
        )  # fmt: skip
        visit = f"std::visit({name}_visitor{{{{}}}}, %s)"
        if self.chance(50):
            head = [
                text(
                    f"{kinds} {c}; switch (({{0}}) & 3) {{{{ case 0: {{1}} break; case 1: {{2}} break; case 2: {{3}} break; default: {{4}} }}}}",
                    self.whole(scope, 1),
                    *one,
                )
            ]
            last = [
                text("{0}", self.fold(sink, visit % c)),
                text(f"if (auto *e = std::get_if<REAL>(&{c})) {{0}}", self.fold(sink, "*e")),
                text(
                    f"if (std::holds_alternative<int>({c})) {{0}}",
                    self.fold(sink, f"(REAL)(std::get<0>({c})) * {sink.operation}"),
                ),
            ]
            return head, scope, last[: self.draw.integer(1, 3)]
        fill = text(
            f"std::vector<{kinds}> {c}_all; for (int i = 0; i < 4; i++) {{{{ auto &{c} = {c}_all.emplace_back(); if (i & 1) {{0}} else {{1}} }}}}",
            *(self.pick(one) for _ in range(2)),
        )
        return [fill], scope, [text(f"for (auto &e : {c}_all) {{0}}", self.fold(sink, visit % "e"))]

    def tuple(self, scope: Scope, c: str, sink: Expression) -> Made:
        value = (self.bounded(scope, 1), self.whole(scope, 1), self.bounded(scope, 1))
        a, b, d = self.new("b"), self.new("b"), self.new("b")
        if self.chance(50):
            head = [
                text(f"std::tuple<REAL, int, REAL> {c}({{0}}, {{1}}, {{2}});", *value),
                text(f"auto &[{a}, {b}, {d}] = {c};"),
            ]
            inner = replace(scope, scalars=(*scope.scalars, a, d), integers=(*scope.integers, b))
        else:
            head = [text(f"auto {c} = std::make_tuple(REAL({{0}}), {{1}}, REAL({{2}}));", *value)]
            inner = replace(
                scope, scalars=(*scope.scalars, f"std::get<0>({c})", f"std::get<2>({c})")
            )
        last = text(
            f"REAL {c}x = 0; int {c}k; std::tie({c}x, {c}k, std::ignore) = {c}; {{0}}",
            self.fold(sink, f"{c}x * std::get<2>({c}) + (REAL)({c}k & 3)"),
        )
        return head, inner, [last]

    def pair(self, scope: Scope, c: str, sink: Expression) -> Made:
        name = self.name
        if self.chance(50):
            head = text(
                f"auto {c} = {name}_both(REAL({{0}}), REAL({{1}}));",
                self.bounded(scope, 1),
                self.bounded(scope, 1),
            )
            inner = replace(scope, scalars=(*scope.scalars, f"{c}.first", f"{c}.second"))
            return (
                [head],
                inner,
                [
                    text(
                        f"std::swap({c}.first, {c}.second); {{0}}",
                        self.fold(sink, f"{c}.first - 2 * {c}.second"),
                    )
                ],
            )
        head = text(
            f"std::vector<std::pair<REAL, int>> {c}; for (int i = 0; i < 4; i++) {c}.emplace_back({{0}}, i);",
            self.filling(scope),
        )
        last = text(
            f"std::sort({c}.begin(), {c}.end()); for (auto &[e, key] : {c}) {{0}}",
            self.fold(sink, "e * (REAL)(key)"),
        )
        return (
            [head],
            replace(
                scope,
                scalars=(*scope.scalars, f"{c}[1].first"),
                integers=(*scope.integers, f"{c}[0].second"),
            ),
            [last],
        )

    def span(self, scope: Scope, c: str, sink: Expression) -> Made:
        head = text(f"std::span<REAL> {c}(&{self.pick(scope.fixed)}[0], 4);")
        last = text(f"for (REAL &e : {c}.subspan(1, 2)) {{0}}", self.fold(sink, "e"))
        return [head], replace(scope, arrays=(*scope.arrays, (c, 4))), [last]

    def strings(self, scope: Scope, c: str, sink: Expression) -> Made:
        kind = self.draw.integer(0, 2)
        whole = self.whole(scope, 1)
        if kind == 0:
            head = [
                text(
                    f'std::string {c} = "k" + std::to_string({{0}}); {c} += "_and_some_more_text";',
                    whole,
                )
            ]
            return (
                head,
                replace(
                    scope, integers=(*scope.integers, f"(int){c}.size()", f"(int)({c}[1] & 15)")
                ),
                [self.fold(sink, f"(REAL)({c}.find('_')) * {sink.operation}")],
            )
        key = self.pick(("std::map<std::string, REAL>", "std::unordered_map<std::string, REAL>"))
        if kind == 1:
            head = [
                text(
                    f'{key} {c}; for (int i = 0; i < 3; i++) {c}["key" + std::to_string(i)] = {{0}};',
                    self.filling(scope),
                )
            ]
            return (
                head,
                replace(scope, scalars=(*scope.scalars, f'{c}["key1"]')),
                [
                    text(
                        f"for (auto &[word, e] : {c}) {{0}}",
                        self.fold(sink, "e * (REAL)(word.back() & 3)"),
                    )
                ],
            )
        head = [
            text("struct named {{ std::string name; REAL v; }};"),
            text(
                f"std::vector<named> {c}; for (int i = 0; i < 3; i++) {c}.push_back(named{{{{std::string(i * 9, 'a'), {{0}}}}}});",
                self.filling(scope),
            ),
        ]
        return (
            head,
            replace(scope, scalars=(*scope.scalars, f"{c}[2].v")),
            [
                text(
                    f"for (const named &e : {c}) {{0}}",
                    self.fold(sink, "e.v * (REAL)((int)e.name.size() & 3)"),
                )
            ],
        )

    def valarray(self, scope: Scope, c: str, sink: Expression) -> Made:
        head = text(
            f"std::valarray<REAL> {c}(REAL({{0}}), 4), {c}o(&{self.pick(scope.fixed)}[0], 4);",
            self.bounded(scope, 1),
        )
        last = [
            text(f"{c} = {c} * {c}o + {c}o[0]; {{0}}", self.fold(sink, f"{c}.sum()")),
            text(
                f"{c} += {c}o.apply([](REAL e) {{{{ return e * e; }}}}); {{0}}",
                self.fold(sink, f"({c} - {c}o).sum()"),
            ),
            text(
                f"std::valarray<REAL> {c}s = {c}[std::slice(0, 2, 2)]; {c}o[std::slice(1, 2, 2)] = {c}s; {{0}}",
                self.fold(sink, f"({c} * {c}o).sum()"),
            ),
            text(
                f"{c} = {c}.cshift(1) * REAL(0.5); {{0}}",
                self.fold(sink, f"{c}.max() - {c}o.min() * {c}[1]"),
            ),
        ]
        return [head], replace(scope, arrays=(*scope.arrays, (c, 4))), [self.pick(last)]

    def complex(self, scope: Scope, c: str, sink: Expression) -> Made:
        head = text(
            f"std::complex<REAL> {c}({{0}}, {{1}}), {c}o({{2}});",
            *(self.bounded(scope, 1) for _ in range(3)),
        )
        use = [
            text(f"{c} = {c} * {c}o + std::conj({c}); {c} *= REAL(0.5);"),
            text(f"{c} = {c}o / ({c} * std::conj({c}) + REAL(1.5));"),
            text(f"{c} -= {c}o * std::complex<REAL>(0.5, 0.25); {c} = {c} / REAL(1.0 + 0.5);"),
        ]
        last = self.fold(sink, f"{c}.real() * {c}o.imag() + norm({c}) + {c}.imag()")
        return [head, self.pick(use)], scope, [self.pick(use), last]

    def buffer(self, scope: Scope, c: str, sink: Expression) -> Made:
        kind = f"{self.name}_buffer"
        head = text(
            f"{kind} {c}(4); for (int i = 0; i < 4; i++) {c}[i] = {{0}};", self.filling(scope)
        )
        last = [
            text(
                f"{kind} {c}_too = {c}; {c}_too[1] *= {c}[0]; {c} = std::move({c}_too); for (REAL e : {c}) {{0}}",
                self.fold(sink, "e"),
            ),
            text(
                f"std::vector<{kind}> {c}_all; {c}_all.push_back({c}); {c}_all.push_back(std::move({c})); {{0}}",
                self.fold(sink, f"{c}_all[0][1] * {c}_all.back()[2]"),
            ),
            text(
                f"{kind} {c}_too(4); std::swap({c}, {c}_too); {{0}}",
                self.fold(sink, f"{c}[0] + {c}_too[3]"),
            ),
        ]
        return [head], replace(scope, arrays=(*scope.arrays, (c, 4))), [self.pick(last)]

    def unique(self, scope: Scope, c: str, sink: Expression) -> Made:
        if self.chance(50):
            head = text(
                f"std::unique_ptr<REAL[]> {c}(new REAL[4]); for (int i = 0; i < 4; i++) {c}[i] = {{0}};",
                self.filling(scope),
            )
            return (
                [head],
                replace(scope, arrays=(*scope.arrays, (c, 4))),
                [text(f"auto {c}_too = std::move({c}); {{0}}", self.fold(sink, f"{c}_too[1]"))],
            )
        head = text(
            f"auto {c} = std::make_unique<REAL>({{0}}); std::unique_ptr<REAL> {c}_too;",
            self.bounded(scope, 1),
        )
        last = text(f"{c}_too = std::move({c}); if (!{c}) {{0}}", self.fold(sink, f"*{c}_too"))
        return [head], replace(scope, scalars=(*scope.scalars, f"(*{c})")), [last]

    def shared(self, scope: Scope, c: str, sink: Expression) -> Made:
        if self.chance(50):
            head = text(
                f"auto {c} = std::make_shared<std::vector<REAL>>(4, REAL({{0}})); auto {c}_too = {c};",
                self.bounded(scope, 1),
            )
            last = text(
                f"{c}_too->push_back((*{c})[0]); {c}.reset(); {{0}}",
                self.fold(sink, f"{c}_too->back() * (REAL)({c}_too.use_count())"),
            )
            return [head], replace(scope, arrays=(*scope.arrays, (f"(*{c})", 4))), [last]
        head = text(
            f"std::vector<std::shared_ptr<REAL>> {c}; for (int i = 0; i < 3; i++) {{{{ {c}.push_back(std::make_shared<REAL>({{0}})); {c}.push_back({c}.back()); }}}}",
            self.filling(scope),
        )
        last = text(
            f"for (auto &e : {c}) *e *= REAL(0.75); {{0}}", self.fold(sink, f"*{c}[0] - *{c}[5]")
        )
        return [head], replace(scope, scalars=(*scope.scalars, f"(*{c}[2])")), [last]

    def structs(self, scope: Scope, c: str, sink: Expression) -> Made:
        if not scope.structs:
            return self.array(scope, c, sink)
        head = text(f"std::vector<struct {self.name}_s> {c}(2, {{0}});", self.struct(scope))
        last = text(
            f"{c}.push_back({c}[0]); std::sort({c}.begin(), {c}.end(), [](auto &a, auto &b) {{{{ return a.p < b.p; }}}}); {{0}}",
            self.fold(sink, f"{c}[1].p * {c}[2].q[0]"),
        )
        return [head], replace(scope, structs=(*scope.structs, f"{c}[]")), [last]

    def placed(self, scope: Scope, c: str, sink: Expression) -> Made:
        kind = f"{self.name}_buffer"
        head = text(
            f"alignas({kind}) std::byte {c}_room[sizeof({kind})]; auto *{c}_at = ::new ({c}_room) {kind}(4); auto &{c} = *{c}_at; for (int i = 0; i < 4; i++) {c}[i] = {{0}};",
            self.filling(scope),
        )
        inner = replace(
            scope,
            arrays=(*scope.arrays, (c, 4)),
            in_loop=False,
            can_continue=False,
            can_leave=False,
            is_tried=False,
        )
        return [head], inner, [text(f"{{0}} {c}_at->~{kind}();", self.fold(sink, f"{c}[0]"))]

    def queue(self, scope: Scope, c: str, sink: Expression) -> Made:
        kind = self.pick(("std::priority_queue<REAL>", "std::stack<REAL>"))
        head = text(
            f"{kind} {c}; for (int i = 0; i < 4; i++) {c}.push({{0}});", self.filling(scope)
        )
        last = text(
            f"for (int i = 1; !{c}.empty(); i++, {c}.pop()) {{0}}",
            self.fold(sink, f"{c}.top() * (REAL)(i)"),
        )
        return [head], scope, [last]

    # Algorithms

    def algorithm(self, scope: Scope) -> Statement:
        """One call of <algorithm> or <numeric> on what the scope has in one piece."""
        integers = tuple(name for name in scope.integers if name != "l")  # what closures take
        scope = replace(scope, integers=integers)
        a, b = self.array_of_four(scope), self.array_of_four(scope)
        place, value = self.place(scope), self.bounded(scope, 1)
        sink = text(self.pick(scope.scalars))
        whole = self.whole(scope, 1)
        use = self.bounded(Scope(scalars=("l", "r"), arrays=()), 1)
        one = self.bounded(Scope(scalars=("l",), arrays=()), 1)
        f = text("[](REAL l) -> REAL {{ (void)l; {0} }}", apply("return", one))
        captured = replace(scope, scalars=("l", *scope.scalars))
        g = text(
            "[&](const REAL &l) -> REAL {{ (void)l; {0} }}",
            apply("return", self.bounded(captured, 1)),
        )
        two = text("[](REAL l, REAL r) -> REAL {{ (void)l, (void)r; {0} }}", apply("return", use))
        by = text(
            self.pick(
                (
                    "",
                    ", std::greater<>()",
                    ", [](REAL l, REAL r) {{ return sinSFX(l) < sinSFX(r); }}",
                    ", [](const REAL &l, const REAL &r) {{ return l * l < r * r; }}",
                )
            )
        )
        four = "REAL *xs = {0}, *ys = {1}; (void)xs, (void)ys;"
        calls = (
            text("std::sort(xs, xs + 4{0});", by),
            text("std::stable_sort(xs, xs + 4{0});", by),
            text("std::nth_element(xs, xs + 2, xs + 4{0});", by),
            text("std::partial_sort(xs, xs + 2, xs + 4{0});", by),
            text("std::reverse(xs, xs + 4);"),
            text("std::rotate(xs, xs + 1 + (({0}) & 1), xs + 4);", whole),
            text("std::transform(xs, xs + 4, xs, {0});", f),
            text("std::transform(xs, xs + 4, xs, {0});", g),
            text("std::vector<REAL> cs; std::transform(xs, xs + 4, ys, std::back_inserter(cs), {1}); {0}", self.fold(sink, "cs[1] * cs[3]"), two),
            text("{0}", self.fold(sink, "std::accumulate(xs, xs + 4, REAL(0))")),
            text("{0}", apply("set", place, text("sinSFX(std::accumulate(xs, xs + 4, REAL({0}), {1}))", value, two))),
            text("{0}", self.fold(sink, "std::inner_product(xs, xs + 4, ys, REAL(0.5))")),
            text("REAL cs[4]; std::partial_sum(xs, xs + 4, cs); std::adjacent_difference(cs, cs + 4, cs); {0}", self.fold(sink, "cs[3] * cs[2]")),
            text("{0}", self.fold(sink, "*std::max_element(xs, xs + 4) * *std::min_element(ys, ys + 4)")),
            text("std::fill(xs, xs + 3, REAL({0}));", value),
            text("std::fill_n(xs, ({0}) & 3, REAL(0));", whole),
            text("REAL cs[4]; std::copy(xs, xs + 4, cs); std::copy_backward(cs, cs + 3, cs + 4); {0}", self.fold(sink, "cs[1] * cs[3]")),
            text("if (xs != ys) std::iter_swap(xs, ys + 1);"),
            text("std::for_each(xs, xs + 4, [&](REAL &l) {{ l = sinSFX(l) * {0}; }});", value),
            text("{0}", self.fold(sink, "(REAL)(std::count_if(xs, xs + 4, [](REAL l) {{ return l > REAL(0.25); }})) * xs[0]")),
            text("REAL *cs = std::find_if(xs, xs + 4, [&](REAL l) {{ return l < {0}; }}); if (cs != xs + 4) {1}", value, self.fold(sink, "*cs")),
            text("std::generate(xs, xs + 4, [&, i = REAL(0.25)]() mutable {{ return i = sinSFX(i + {0}); }});", value),
            text("std::swap({0}, xs[1]);", text(self.pick(scope.scalars))),
            text("{0}", apply("set", place, text("std::max<REAL>({0}, std::min<REAL>(xs[0], {1}))", value, self.bounded(scope, 0)))),
            text("{0}", apply("set", place, text("std::clamp<REAL>({0}, -0.5, 0.75)", value))),
            text("int ix[4]; std::iota(ix, ix + 4, 0); std::sort(ix, ix + 4, [&](int l, int r) {{ return xs[l] < xs[r]; }}); {0}", self.fold(sink, "xs[ix[0]] * ys[ix[2]] - xs[ix[3]]")),
            text("auto [lo, hi] = std::minmax_element(xs, xs + 4); {0} *hi = *lo;", self.fold(sink, "*hi - *lo")),
            text("std::replace_if(xs, xs + 4, [](REAL l) {{ return l < REAL(-0.5); }}, REAL({0}));", value),
            text("if (std::all_of(xs, xs + 4, [](REAL l) {{ return l < REAL(0.5); }})) {0}", apply("set", text("xs[2]"), value)),
            text("std::vector<REAL> cs(xs, xs + 4); std::sort(cs.begin(), cs.end()); auto at = std::lower_bound(cs.begin(), cs.end(), REAL({0})); if (at != cs.end()) {1}", value, self.fold(sink, "*at")),
            text("{0}", self.fold(sink, "std::transform_reduce(xs, xs + 4, ys, REAL(0))")),
            text("std::partition(xs, xs + 4, [](REAL l) {{ return l < REAL(0.25); }});"),
            text("std::make_heap(xs, xs + 4); std::pop_heap(xs, xs + 4); {0}", self.fold(sink, "xs[0] * xs[3]")),
            text("for (REAL l : std::span(xs, 4) | std::views::filter([](REAL e) {{ return e > REAL(0.125); }}) | std::views::transform({1})) {0}", self.fold(sink, "l"), f),
            text("std::ranges::sort(xs, xs + 4); {0}", self.fold(sink, "*std::ranges::max_element(ys, ys + 4) * xs[1]")),
        )  # fmt: skip
        call = self.pick(calls)
        return Statement((text("{{ " + four + " {2} }}", a, b, call),))
