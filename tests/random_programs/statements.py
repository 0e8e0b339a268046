"""Random statements: bounded loops, jumps that leave no heap memory behind, squashed values."""

from __future__ import annotations

from dataclasses import replace

from .expressions import Expressions
from .language import Expression, Statement, apply, text
from .scope import Scope

Body = tuple[Statement, ...]
HALF = apply("const", text("0.5"))


class Statements(Expressions):
    """Assignments, branches, loops, jumps, memory, and blocks of them."""

    one_new, one_freed = "malloc(sizeof({0}))", "free"

    def assignment(self, scope: Scope) -> Statement:
        place, kind = self.place(scope), self.draw.integer(0, 9)
        if kind <= 2:
            return Statement((apply("set", place, self.bounded(scope, 2)),))
        if kind <= 4:
            mixed = apply("mul", HALF, apply("add", self.place(scope), self.bounded(scope, 2)))
            return Statement((apply("set", place, mixed),))
        if kind <= 6:
            part = apply("mul", HALF, self.bounded(scope, 1))
            return Statement((apply(self.pick(("add_to", "sub_from")), place, part),))
        if kind == 7:
            return Statement((apply("scale", place, apply("cos", self.real(scope, 1))),))
        if kind == 8:
            return Statement((apply("set", place, self.place(scope)),))
        return Statement((apply("set", place, apply("sin", self.real(scope, 2))),))

    def whole_assignment(self, scope: Scope) -> Statement:
        variable, value = self.pick(scope.variables), self.whole(scope, 2)
        return Statement((text(f"{variable} = ({{0}}) & 15;", value),))

    def call(self, scope: Scope) -> Statement:
        place, helper = self.place(scope), self.pick(scope.helpers)
        pointer = self.array_of_four(scope)
        arguments = (self.bounded(scope, 1), pointer, text("({0}) & 3", self.whole(scope, 1)))
        made = text(f"{helper}({{0}}, {{1}}, {{2}})", *arguments)
        return Statement((apply("set", place, made),))

    def array_of_four(self, scope: Scope) -> Expression:
        wide = [(array, length) for array, length in scope.arrays if length >= 4]
        if scope.pointers and self.chance(30):
            return text(self.pick(scope.pointers))
        array, length = self.pick(wide)
        if length == 4:
            return text(array)
        return text(f"{array} + (({{0}}) & {length - 4})", self.whole(scope, 1))

    def branch(self, scope: Scope, size: int) -> Statement:
        inner = replace(scope, depth=scope.depth + 1)
        test = text("if ({0}) {{", self.condition(scope, 1))
        first = self.block(inner, size)
        if self.chance(50):
            return Statement((test, 0, text("}}")), (first,))
        return Statement(
            (test, 0, text("}} else {{"), 1, text("}}")), (first, self.block(inner, size))
        )

    def into_loop(self, scope: Scope, counter: str | None = None) -> Scope:
        integers = (*scope.integers, counter) if counter else scope.integers
        return replace(
            scope,
            integers=integers,
            in_loop=True,
            can_continue=True,
            loops=scope.loops + 1,
            depth=scope.depth + 1,
        )

    def counted(self, scope: Scope, size: int) -> Statement:
        i, kind = self.new("i"), self.draw.integer(0, 6)
        trips = self.draw.integer(0, 5)
        if kind <= 1:
            head = text(f"for (int {i} = 0; {i} < {trips}; {i}++) {{{{")
        elif kind == 2:
            head = text(f"for (int {i} = {trips}; {i} >= 0; {i}--) {{{{")
        elif kind == 3:
            head = text(f"for (int {i} = 1; {i} < {3 * trips}; {i} += 3) {{{{")
        elif kind == 4:
            head = text(f"for (unsigned {i} = 1; {i} < {1 << trips}u; {i} *= 2) {{{{")
        else:
            bound = self.whole(scope, 1)
            head = text(f"for (int {i} = 0, n_{i} = ({{0}}) & 3; {i} < n_{i}; {i}++) {{{{", bound)
        return Statement((head, 0, text("}}")), (self.block(self.into_loop(scope, i), size),))

    def walk(self, scope: Scope, size: int) -> Statement:
        w, (array, length) = self.new("w"), self.pick(scope.arrays)
        heads = (
            f"for (REAL *{w} = {array}; {w} != {array} + {length}; ++{w}) {{{{",
            f"for (REAL *{w} = {array} + {length}; {w}-- > {array};) {{{{",
            f"for (const REAL *{w} = {array}; {w} < {array} + {length}; {w} += 2) {{{{",
        )
        kind = self.draw.integer(0, 2)
        use = apply("mul", HALF, apply("sin", text(f"*{w}")))
        first = Statement((apply("add_to", text(self.pick(scope.scalars)), use),))
        if kind < 2:
            first = Statement((apply("set", text(f"*{w}"), self.bounded(scope, 1)),))
        body = (first, *self.block(self.into_loop(scope), size - 1))
        return Statement((text(heads[kind]), 0, text("}}")), (body,))

    def guarded_loop(self, scope: Scope, size: int) -> Statement:
        """while, do-while and endless loops, cut by the fuel."""
        inner, kind = self.into_loop(scope), self.draw.integer(0, 2)
        body = self.block(inner, size)
        test = self.condition(scope, 1)
        if kind == 0:
            return Statement((text("while (fuel-- > 0 && {0}) {{", test), 0, text("}}")), (body,))
        if kind == 1:
            return Statement(
                (text("do {{"), 0, text("}} while (fuel-- > 0 && {0});", test)), (body,)
            )
        cut = text("if (fuel-- <= 0 || {0}) break;", test)
        return Statement((text("for (;;) {{"), text("    {0}", cut), 0, text("}}")), (body,))

    def switch(self, scope: Scope, size: int) -> Statement:
        inner = replace(scope, depth=scope.depth + 1, in_loop=True)
        frame: list[Expression | int] = [text("switch (({0}) & 3) {{", self.whole(scope, 2))]
        bodies: list[Body] = []
        for label in ("case 0:", "case 2:", "default:", "case 3:")[: self.draw.integer(1, 4)]:
            ending = "" if self.chance(35) else " break;"
            frame += [
                text(label + " {{"),
                len(bodies),
                text("}}" + (ending or " /* fall through */;")),
            ]
            bodies.append(self.block(inner, size))
        return Statement((*frame, text("}}")), tuple(bodies))

    def jump(self, scope: Scope) -> Statement:
        """break, continue, or an early exit, under a condition."""
        test = text("if ({0})", self.condition(scope, 0))
        choices = ["break;"] * scope.in_loop + ["continue;"] * scope.can_continue
        if not choices or (scope.can_leave and scope.leave != "never" and self.chance(20)):
            choices = ["leave"]
        kind = self.pick(choices)
        if kind != "leave":
            return Statement((text("{0} " + kind, test),))
        if scope.leave == "return":
            value = self.bounded(scope, 1)
            return Statement((text("{0} {1}", test, apply("return", value)),))
        value = apply("set", text("result"), self.bounded(scope, 1))
        return Statement((text("{0} {{ {1} goto done; }}", test, value),))

    def backward(self, scope: Scope, size: int) -> Statement:
        """A loop by goto; or two blocks that jump to one another, both entered from outside."""
        inner = replace(scope, depth=scope.depth + 1, loops=scope.loops + 1, in_loop=False)
        inner = replace(inner, can_continue=False)
        again, middle = self.new("again"), self.new("middle")
        test = text("if (fuel-- > 0 && {0})", self.condition(scope, 1))
        first = self.block(inner, size)
        if self.chance(40):
            label = text(f"{again}:;")
            return Statement((label, 0, text(f"{{0}} goto {again};", test)), (first,))
        enter = text(f"if ({{0}}) goto {middle};", self.condition(scope, 0))
        frame = (enter, text(f"{again}:;"), 0, text(f"{middle}:;"), 1)
        return Statement(
            (*frame, text(f"{{0}} goto {again};", test)), (first, self.block(inner, size))
        )

    def forward_jump(self, scope: Scope, size: int) -> Statement:
        inner = replace(scope, depth=scope.depth + 1)
        skip = self.new("skip")
        test = text(f"if ({{0}}) goto {skip};", self.condition(scope, 1))
        return Statement((test, 0, text(f"{skip}:;")), (self.block(inner, size),))

    def owned(self, scope: Scope, size: int) -> Statement:
        """A block with memory of its own: from the heap, of variable length, or a local array."""
        m, c, kind = self.new("m"), self.new("c"), self.draw.integer(0, 3)
        inner = replace(scope, arrays=(*scope.arrays, (m, 4)), depth=scope.depth + 1)
        if kind < 2:
            inner = replace(inner, in_loop=False, can_continue=False, can_leave=False)
        make = (
            f"REAL *{m} = malloc((4 + (({{0}}) & 3)) * sizeof *{m});",
            f"REAL *{m} = calloc(4 + (({{0}}) & 3), sizeof *{m});",
            f"REAL {m}[4 + (({{0}}) & 3)];",
            f"REAL {m}[4]; /* {{0}} */",
        )[kind]
        counting = replace(scope, integers=(*scope.integers, c))
        fill = apply("set", text(f"{m}[{c}]"), self.bounded(counting, 1))
        frame: list[Expression | int] = [text("{{"), text("    " + make, self.whole(scope, 1))]
        if kind != 1:
            frame.append(text(f"    for (int {c} = 0; {c} < 4; {c}++) {{0}}", fill))
        frame.append(0)
        if kind < 2:
            frame.append(text(f"    free({m});"))
        return Statement((*frame, text("}}")), (self.block(inner, size),))

    def listed(self, scope: Scope) -> Statement:
        """A linked list, built and taken down."""
        c, head, node = self.new("c"), self.new("head"), self.new("node")
        counting = replace(scope, integers=(*scope.integers, c))
        struct, sink = f"struct {self.name}_node", text(self.pick(scope.scalars))
        use = apply("mul", HALF, apply("sin", text(f"{node}->v")))
        make = f"{struct} *{node} = {self.one_new.format(struct)};"
        lines = (
            text("{{"),
            text(f"    {struct} *{head} = NULL;"),
            text(f"    for (int {c} = 0; {c} < (({{0}}) & 3); {c}++) {{{{", self.whole(scope, 1)),
            text(f"        {make} {node}->next = {head}; {node}->k = {c}; {head} = {node};"),
            text("        {0}", apply("set", text(f"{node}->v"), self.bounded(counting, 2))),
            text("    }}"),
            text(f"    while ({head}) {{{{"),
            text(f"        {struct} *{node} = {head}; {head} = {node}->next;"),
            text(f"        if ({node}->k & 1) {{0}}", apply("add_to", sink, use)),
            text("        else {0}", apply("sub_from", sink, text(f"{node}->v"))),
            text(f"        {self.one_freed}({node});"),
            text("    }}"),
            text("}}"),
        )
        return Statement(lines)

    def climbed(self, scope: Scope) -> Statement:
        """A tree, grown, summed and felled by functions that call themselves."""
        t, name = self.new("tree"), self.name
        grow = text(
            f"    struct {name}_tree *{t} = {name}_grow({{0}}, ({{1}}) & 3);",
            self.bounded(scope, 1),
            self.whole(scope, 1),
        )
        sink, value = self.place(scope), text(f"{name}_sum({t}, {{0}})", self.bounded(scope, 1))
        sums = apply(self.pick(("set", "add_to")), sink, apply("sin", value))
        again = apply("add_to", text(self.pick(scope.scalars)), text(f"{t}->v"))
        lines = [text("{{"), grow, text("    {0}", sums)]
        if self.chance(50):
            lines.append(text(f"    if ({t}) {{0}}", again))
        return Statement((*lines, text(f"    {name}_fell({t});"), text("}}")))

    def plugged(self, scope: Scope) -> Statement:
        """Functions in structs, with numbers beside them."""
        plugs, c, name = self.new("plugs"), self.new("c"), self.name
        counting = replace(scope, integers=(*scope.integers, c))
        loop = f"    for (int {c} = 0; {c} < 3; {c}++)"
        chosen = text(f"({{0}}) & 1 ? {name}_g0 : {name}_g1", self.whole(counting, 1))
        called = text(f"{plugs}[{c}].f({{0}})", self.real(counting, 1))
        part = apply("mul", text(f"{plugs}[{c}].w"), apply("sin", called))
        return Statement(
            (
                text("{{"),
                text(f"    struct {name}_plug {plugs}[3];"),
                text(f"{loop} {plugs}[{c}].f = {{0}};", chosen),
                text(
                    loop + " {0}", apply("set", text(f"{plugs}[{c}].w"), self.bounded(counting, 1))
                ),
                text(loop + " {0}", apply("add_to", text(self.pick(scope.scalars)), part)),
                text("}}"),
            )
        )

    def moved(self, scope: Scope) -> Statement:
        """memcpy, memmove, memset, and copies of structs."""
        kind = self.draw.integer(0, 4)
        if kind == 0 and scope.structs:
            first, second = (self.struct(scope) for _ in range(2))
            if self.chance(50):
                return Statement((text("{0} = {1};", first, second),))
            return Statement((text("memmove(&{0}, &{1}, sizeof {0});", first, second),))
        (array, length), (other, width) = self.pick(scope.arrays), self.pick(scope.arrays)
        if kind == 1:
            count = self.draw.integer(0, length)
            at = self.draw.integer(0, length - count)
            return Statement((text(f"memset({array} + {at}, 0, {count} * sizeof(REAL));"),))
        if kind == 2 and array != other:
            some = text(f"(({{0}}) & {min(length, width) - 1})", self.whole(scope, 1))
            return Statement((text(f"memmove({array}, {other}, {{0}} * sizeof(REAL));", some),))
        by = self.draw.integer(1, length - 1)
        ends = (array, f"{array} + {by}")
        to, source = ends if self.chance(50) else ends[::-1]
        return Statement((text(f"memmove({to}, {source}, {length - by} * sizeof(REAL));"),))

    def struct(self, scope: Scope) -> Expression:
        struct = self.pick(scope.structs)
        if struct.endswith("[]"):
            return text(f"{struct[:-2]}[{{0}}]", self.index(scope, 2))
        return text(struct)

    def aimed(self, scope: Scope) -> Statement:
        """A pointer is pointed elsewhere, by value or by a function, or two are swapped."""
        pointer, kind = self.pick(scope.pointers), self.draw.integer(0, 3)
        steady = replace(scope, arrays=tuple((name, 4) for name in scope.fixed))
        if kind == 0 and len(scope.pointers) > 1:
            other = self.pick(scope.pointers)
            swap = f"{{{{ REAL *t = {pointer}; {pointer} = {other}; {other} = t; }}}}"
            return Statement((text(swap),))
        if kind == 1:
            ends = (self.array_of_four(steady), self.array_of_four(steady))
            made = text(f"{self.name}_either({{0}}, {{1}}, {{2}})", *ends, self.whole(scope, 1))
            return Statement((text(f"{pointer} = {{0}};", made),))
        target = self.array_of_four(steady)
        single = [struct for struct in scope.structs if not struct.endswith("[]")]
        if kind == 2 and single:
            return Statement((text(f"{self.pick(single)}.r = {{0}};", target),))
        return Statement((text(f"{pointer} = {{0}};", target),))

    def reshaped(self, scope: Scope) -> Statement:
        """A struct goes through a function by value."""
        return Statement(
            (
                text(
                    f"{{0}} = {self.name}_turn({{1}}, {{2}});",
                    s := self.struct(scope),
                    s,
                    self.place(scope),
                ),
            )
        )

    def statement(self, scope: Scope, size: int) -> Statement:
        kind = self.draw.integer(0, 99)
        nested, looping = scope.depth < 4 and size > 1, scope.loops < 3
        inner = max(1, size * 2 // 3)
        if kind < 12 and nested:
            return self.branch(scope, inner)
        if kind < 22 and nested and looping:
            return self.counted(scope, inner)
        if kind < 28 and nested and looping:
            return self.guarded_loop(scope, inner)
        if kind < 31 and nested and looping:
            return self.walk(scope, inner)
        if kind < 35 and nested:
            return self.switch(scope, inner)
        if kind < 39 and nested and looping:
            return self.backward(scope, inner)
        if kind < 42 and nested:
            return self.forward_jump(scope, inner)
        if kind < 47 and nested:
            return self.owned(scope, inner)
        if kind < 50 and scope.loops < 2:
            if self.has_trees and self.chance(50):
                return self.climbed(scope)
            return self.listed(scope)
        leaves = scope.can_leave and scope.leave != "never" and self.chance(30)
        if kind < 55 and (scope.in_loop or scope.can_continue or leaves):
            return self.jump(scope)
        if kind < 60:
            return self.moved(scope)
        if kind < 64 and scope.pointers:
            return self.aimed(scope)
        if kind < 66 and self.called_by_pointer and self.chance(40):
            return self.plugged(scope)
        if kind < 67 and scope.structs:
            return self.reshaped(scope)
        if kind < 74 and scope.helpers and scope.loops < 3:
            return self.call(scope)
        if kind < 79 and scope.variables:
            return self.whole_assignment(scope)
        return self.assignment(scope)

    def block(self, scope: Scope, size: int) -> Body:
        return tuple(self.statement(scope, size) for _ in range(self.draw.integer(1, max(1, size))))
