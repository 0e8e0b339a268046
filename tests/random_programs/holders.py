"""Containers of what owns, calls or holds more, in random C++ programs: maps of functions, lists of
owners, rows of different lengths, tables that are made once, and containers that lose elements.
"""
# ruff: noqa: E501 - a line of the program that is written is a line here

from __future__ import annotations

from dataclasses import replace

from .containers import Containers, Kind, Made
from .language import Expression, apply, text
from .scope import Scope


class Holders(Containers):
    """More kinds of containers."""

    def kinds(self) -> tuple[Kind, ...]:
        more = (self.handlers, self.tasks, self.owners, self.eroded, self.rows, self.rows, self.steady_table, self.maybe_many, self.pairs_of_numbers)  # fmt: skip
        return (*super().kinds(), *more)

    def handlers(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Functions by numbers or words."""
        by_word = self.chance(30)
        keys = ('"sum"', '"part"', '"rest"') if by_word else ("0", "1", "2")
        key = "std::string" if by_word else "int"
        kept = replace(self.copied(scope), scalars=("y", *self.copied(scope).scalars))
        seen = replace(scope, scalars=("y", *scope.scalars), calls=())
        head = [
            text(f"std::map<{key}, std::function<REAL(REAL)>> {c};"),
            text(f"{c}[{keys[2]}] = [=](REAL y) -> REAL {{{{ {{0}} }}}};", apply("return", self.bounded(kept, 1))),
            text(f"{c}[{keys[0]}] = [&](REAL y) -> REAL {{{{ {{0}} }}}};", apply("return", self.bounded(seen, 1))),
            text(f"{c}.emplace({keys[1]}, {self.name}_adder({{0}}));", self.bounded(scope, 1)),
        ]  # fmt: skip
        last = [
            text(f"for (auto &[key, call] : {c}) {{0}}", self.fold(sink, "call(REAL(0.75))")),
            text(f"{c}[{keys[1]}] = {c}[{keys[2]}]; {{0}}", self.fold(sink, f"{c}.at({keys[1]})(REAL(0.5))")),
            text(f"if (auto it = {c}.find({keys[0]}); it != {c}.end()) {c}.erase(it); {{0}}", self.fold(sink, f"{c}.begin()->second(REAL(1.5))")),
        ]  # fmt: skip
        call = f"{c}.at({keys[1]})({{0}})" if by_word else f"{c}.at(({{1}}) % 3)({{0}})"
        return head, replace(scope, calls=(*scope.calls, call)), [self.pick(last)]

    def copied(self, scope: Scope) -> Scope:
        """What a closure that captures by value can hold."""
        raise NotImplementedError

    def tasks(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Closures that wait in a queue."""
        seen = replace(scope, integers=(*scope.integers, "i"), calls=())
        head = [
            text(f"std::queue<std::function<void()>> {c};"),
            text(
                f"for (int i = 0; i < 3; i++) {c}.push([&, i] {{{{ (void)i; {{0}} }}}});",
                apply("add_to", sink, apply("mul", apply("const", text("0.5")), self.bounded(seen, 1))),
            ),
        ]  # fmt: skip
        return head, scope, [text(f"while (!{c}.empty()) {{{{ {c}.front()(); {c}.pop(); }}}}")]

    def owners(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A list of owners that the program links itself."""
        one = f"{c}_link"
        head = [
            text(f"struct {one} {{{{ REAL v; int k; std::unique_ptr<{one}> next; }}}}; std::unique_ptr<{one}> {c};"),
            text(
                f"for (int i = 0; i < 4; i++) {{{{ auto one = std::make_unique<{one}>(); one->v = {{0}}; one->k = i; one->next = std::move({c}); {c} = std::move(one); }}}}",
                self.filling(scope),
            ),
        ]  # fmt: skip
        last = [
            text(f"for (auto *at = {c}.get(); at; at = at->next.get()) {{0}}", self.fold(sink, "at->v * (REAL)(at->k)")),
            text(
                f"std::unique_ptr<{one}> {c}_back; while ({c}) {{{{ auto rest = std::move({c}->next); {c}->next = std::move({c}_back); {c}_back = std::move({c}); {c} = std::move(rest); }}}} {{0}}",
                self.fold(sink, f"{c}_back->v - 2 * {c}_back->next->v"),
            ),
            text(f"{c}->next = std::move({c}->next->next); {{0}}", self.fold(sink, f"{c}->v * {c}->next->v")),
        ]  # fmt: skip
        inner = replace(scope, scalars=(*scope.scalars, f"{c}->v", f"{c}->next->v"))
        return head, inner, [self.pick(last)]

    def eroded(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Elements go while somebody walks along them."""
        kind = self.pick(("std::list<REAL>", "std::deque<REAL>", "std::vector<REAL>"))
        if self.chance(30):
            head = text(f"std::map<int, REAL> {c}; for (int i = 0; i < 5; i++) {c}[i] = {{0}};", self.filling(scope))  # fmt: skip
            last = text(
                f"std::erase_if({c}, [](const auto &e) {{{{ return e.second < REAL(0.25); }}}}); for (auto it = {c}.rbegin(); it != {c}.rend(); ++it) {{0}}",
                self.fold(sink, "it->second * (REAL)(it->first)"),
            )
            return [head], replace(scope, scalars=(*scope.scalars, f"{c}[3]")), [last]
        head = text(f"{kind} {c}; for (int i = 0; i < 5; i++) {c}.push_back({{0}});", self.filling(scope))  # fmt: skip
        last = text(
            f"for (auto it = {c}.begin(); it != {c}.end();) if (*it < REAL({{1}})) it = {c}.erase(it); else {{{{ {{0}} ++it; }}}}",
            self.fold(sink, "*it"),
            self.bounded(scope, 0),
        )
        inner = replace(scope, scalars=(*scope.scalars, f"{c}.front()", f"{c}.back()"))
        return [head], inner, [last]

    def rows(self, scope: Scope, c: str, sink: Expression) -> Made:
        """Containers of containers, of different lengths."""
        value = self.filling(scope)
        kind, fill, each, use = self.pick((
            ("std::map<int, std::vector<REAL>>", "[i & 1].push_back({0})", "auto &[key, row] : {c}) for (REAL e : row", "e * (REAL)(key + 1)"),
            ("std::map<std::pair<int, int>, REAL>", "[{{i, i & 1}}] = {0}", "auto &[key, e] : {c}", "e * (REAL)(key.second)"),
            ("std::vector<std::tuple<REAL, int, REAL>>", ".emplace_back({0}, i, REAL(0.5))", "auto &[e, key, f] : {c}", "e * f * (REAL)(key)"),
            ("std::vector<std::optional<REAL>>", ".push_back(i & 1 ? std::optional<REAL>({0}) : std::nullopt)", "auto &e : {c}", "e.value_or(REAL(0.25))"),
            ("std::list<std::array<REAL, 2>>", ".push_front(std::array<REAL, 2>{{{{{0}, REAL(0.75)}}}})", "auto &e : {c}", "e[0] * e[1]"),
            ("std::deque<std::vector<REAL>>", ".emplace_back(i + 1, {0})", "auto &row : {c}) for (REAL e : row", "e"),
            ("std::unordered_map<int, std::list<REAL>>", "[i % 3].push_front({0})", "auto &e : {c}[1]", "e"),
        ))  # fmt: skip
        head = text(f"{kind} {c}; for (int i = 0; i < 4; i++) {c}{fill};", value)
        return [head], scope, [text(f"for ({each.replace('{c}', c)}) {{0}}", self.fold(sink, use))]

    def steady_table(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A table that is made when the block is run first."""
        kind = self.pick(("const REAL {}[4] = ", "const std::array<REAL, 4> {} = ", "const std::vector<REAL> {}"))  # fmt: skip
        numbers = ", ".join(f"REAL({self.draw.integer(-20, 20) / 16})" for _ in range(4))
        head = text(f"static {kind.format(c)}{{{{{numbers}}}}};")
        last = self.fold(sink, f"{c}[3] * {sink.operation}")
        return [head], replace(scope, tables=(*scope.tables, c)), [last]

    def maybe_many(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A container that may not be there."""
        head = text(
            f"std::optional<std::vector<REAL>> {c}; if ({{0}}) {c}.emplace(4, REAL({{1}})); else {c} = std::vector<REAL>(5, REAL({{2}}));",
            self.condition(scope, 1),
            self.bounded(scope, 1),
            self.bounded(scope, 1),
        )
        last = text(f"auto {c}_too = std::exchange({c}, std::nullopt); if (!{c}) {{0}}", self.fold(sink, f"(*{c}_too)[1]"))  # fmt: skip
        return [head], replace(scope, arrays=(*scope.arrays, (f"(*{c})", 4))), [last]

    def pairs_of_numbers(self, scope: Scope, c: str, sink: Expression) -> Made:
        """A heap of numbers with what they belong to."""
        head = text(
            f"std::priority_queue<std::pair<REAL, int>, std::vector<std::pair<REAL, int>>, std::greater<>> {c}; for (int i = 0; i < 4; i++) {c}.emplace({{0}}, i);",
            self.filling(scope),
        )
        last = text(
            f"while ({c}.size() > 1) {{{{ auto [e, key] = {c}.top(); {c}.pop(); {{0}} if (key == 2) {c}.emplace(e * REAL(1.5), 5); }}}}",
            self.fold(sink, "e * (REAL)(key + 1)"),
        )
        return [head], scope, [last]
