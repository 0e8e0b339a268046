"""Lambdas, std::function and exceptions in random C++ programs."""
# ruff: noqa: E501 - a line of the program that is written is a line here

from __future__ import annotations

from dataclasses import replace

from .designs import Designs
from .language import Expression, Statement, apply, text
from .scope import Scope


class Closures(Designs):
    """Functions made on the way, and what they leave by."""

    def closure(self, scope: Scope, size: int) -> Statement:
        """A lambda of one of many kinds, called in a block."""
        f, kind = self.new("f"), self.draw.integer(0, 8)
        shut = replace(scope, leave="never", can_leave=False, in_loop=False, can_continue=False)
        inside = replace(
            shut,
            scalars=("c", *scope.scalars),
            integers=("l", *scope.integers),
            depth=scope.depth + 1,
            loops=scope.loops + 1,
        )
        if kind in (0, 1, 4, 5, 7):
            inside = self.copied(inside)
        head = "(REAL c, [[maybe_unused]] int l)"
        value = apply("return", self.bounded(inside, 2))
        calls, actions = scope.calls, scope.actions
        if kind <= 1:
            line = text(f"    auto {f} = [=]{head} -> REAL {{{{ {{0}} }}}};", value)
            opening: tuple[Expression | int, ...] = (line,)
            calls = (*calls, f"{f}({{0}}, {{1}})")
        elif kind == 2:
            line = text(f"    auto {f} = [&]{head} -> REAL {{{{ {{0}} }}}};", value)
            opening = (line,)
            calls = (*calls, f"{f}({{0}}, {{1}})")
        elif kind == 3:
            opening = (
                text(f"    auto {f} = [&]{head} -> REAL {{{{"),
                1,
                text("        {0}", value),
                text("    }};"),
            )
            actions = (*actions, f"{f}({{0}}, {{1}})")
        elif kind == 4:
            state = text(
                f"    auto {f} = [=, own = REAL({{0}})]{head} mutable -> REAL {{{{ own = sinSFX(own + c); return own * REAL({{1}}); }}}};",
                self.bounded(scope, 1),
                self.bounded(inside, 1),
            )
            opening = (state,)
            actions = (*actions, f"{f}({{0}}, {{1}})")
        elif kind == 5:
            other = apply("return", self.bounded(inside, 1))
            opening = (
                text(
                    f"    std::function<REAL(REAL, int)> {f} = [=]{head} -> REAL {{{{ {{0}} }}}};",
                    value,
                ),
                text(
                    f"    if ({{0}}) {f} = [&]{head} -> REAL {{{{ {{1}} }}}};",
                    self.condition(scope, 1),
                    other,
                ),
            )
            calls = (*calls, f"{f}({{0}}, {{1}})")
        elif kind == 6:
            opening = (text(f"    auto {f} = {self.name}_adder({{0}});", self.bounded(scope, 1)),)
            calls = (*calls, f"{f}({{0}})")
        elif kind == 7:
            unary = replace(inside, integers=("i", *(n for n in inside.integers if n != "l")))
            opening = (
                text(f"    std::vector<std::function<REAL(REAL)>> {f};"),
                text(
                    f"    for (int i = 0; i < 2; i++) {f}.push_back([=](REAL c) -> REAL {{{{ {{0}} }}}});",
                    apply("return", self.bounded(unary, 1)),
                ),
                text(f"    {f}.push_back({self.name}_adder({{0}}));", self.bounded(scope, 1)),
            )
            calls = (*calls, f"{f}[(({{1}}) & 63) % 3]({{0}})")
        else:
            opening = (
                text(
                    f"    std::function<REAL(REAL, int)> {f} = [&]{head} -> REAL {{{{ return l > 0 ? sinSFX({f}(c, l - 1)) : {{0}}; }}}};",
                    self.bounded(inside, 1),
                ),
            )
            calls = (*calls, f"{f}({{0}}, ({{1}}) & 3)")
        inner = replace(scope, calls=calls, actions=actions, depth=scope.depth + 1)
        body = self.block(inner, size)
        use = self.applied(inner) if calls != scope.calls else self.acted(inner)
        bodies = (body, self.block(inside, 2) if kind == 3 else ())
        return Statement((text("{{"), *opening, 0, text("    {0}", use), text("}}")), bodies)

    def copied(self, scope: Scope) -> Scope:
        """What a closure that captures by value can hold, and read."""
        return replace(
            scope,
            scalars=tuple(name for name in scope.scalars if name.isidentifier()),
            arrays=tuple((array, 4) for array in scope.fixed),
            integers=tuple(name for name in scope.integers if name.isidentifier()),
            structs=tuple(struct for struct in scope.structs if struct == "s"),
            keyed=(),
            calls=(),
        )

    def applied(self, scope: Scope) -> Expression:
        """The closure made last is called, or handed to a template."""
        place, last = self.place(scope), scope.calls[-1]
        value = self.bounded(scope, 1)
        if self.chance(40):
            call = last.replace("{0}", "y").replace("{1}", "1")
            given = text(f"{self.name}_apply([&](REAL y) {{{{ return {call}; }}}}, {{0}})", value)
            return apply("set", place, given)
        return apply("set", place, text(last, value, self.whole(scope, 1)))

    def acted(self, scope: Scope) -> Expression:
        return apply(
            "set",
            text(self.pick(scope.scalars)),
            text(scope.actions[-1], self.bounded(scope, 1), self.whole(scope, 1)),
        )

    def action(self, scope: Scope) -> Statement:
        """A closure that changes what it sees is called."""
        place = text(self.pick(scope.scalars))
        call = text(self.pick(scope.actions), self.bounded(scope, 1), self.whole(scope, 1))
        return Statement((apply("set", place, call),))

    # Exceptions

    def tried(self, scope: Scope, size: int) -> Statement:
        """A block whose exceptions are caught, by the type or all alike."""
        name = self.name
        inner = replace(scope, is_tried=True, depth=scope.depth + 1)
        handler = replace(scope, depth=scope.depth + 1)
        sink = text(self.pick(scope.scalars))
        carried = apply("set", sink, apply("sin", text("e.v")))
        number = apply("add_to", sink, apply("from_int", text("e & 7")))
        frame: list[Expression | int] = [text("try {{"), 0]
        bodies = [self.block(inner, size + 1)]
        if scope.is_tried and self.chance(40):
            frame.append(text("    {0}", self.thrown(inner)))
        kind = self.draw.integer(0, 4)
        if kind != 0:
            rethrow = " throw;" if scope.is_tried and self.chance(30) else ""
            frame += [
                text("}} catch (const " + name + "_error &e) {{"),
                text("    {0}" + rethrow, carried),
                len(bodies),
            ]
            bodies.append(self.block(handler, 1))
        if kind in (1, 3):
            frame += [text("}} catch (int e) {{"), text("    {0}", number)]
        if kind in (2, 3):
            frame += [
                text("}} catch (const std::exception &e) {{"),
                text("    {0}", apply("scale", sink, apply("from_int", text("e.what()[0] & 1")))),
            ]
        if kind == 4 and scope.is_tried:
            frame += [
                text("}} catch (REAL e) {{"),
                text("    {0} throw " + name + "_error(e, 2);", apply("set", sink, text("e"))),
            ]
        frame += [text("}} catch (...) {{"), len(bodies)]
        bodies.append(self.block(handler, 1))
        return Statement((*frame, text("}}")), tuple(bodies))

    def thrown(self, scope: Scope) -> Expression:
        kind = self.draw.integer(0, 4)
        test = self.condition(scope, 0)
        what = (
            text(f"{self.name}_error({{0}}, 1)", self.bounded(scope, 1)),
            text(f"{self.name}_error({{0}}, 3)", self.bounded(scope, 1)),
            text('std::runtime_error("low")'),
            text("({0})", self.whole(scope, 0)),
            text("REAL({0})", self.bounded(scope, 1)),
        )[kind]
        return text("if ({0}) throw {1};", test, what)

    def throwing(self, scope: Scope) -> Statement:
        return Statement((self.thrown(scope),))

    def risky(self, scope: Scope) -> Statement:
        """A function that may throw is called, where that is caught."""
        place = self.place(scope)
        call = text(
            f"{self.name}_risky({{0}}, {{1}})", self.bounded(scope, 1), self.whole(scope, 1)
        )
        if scope.is_tried:
            return Statement((apply("set", place, call),))
        error = apply("set", text(self.pick(scope.scalars)), text("e.v"))
        return Statement(
            (
                text(
                    "try {{ {0} }} catch (const " + self.name + "_error &e) {{ {1} }}",
                    apply("set", place, call),
                    error,
                ),
            )
        )
