"""Random expressions: every index is masked, every function stays in its domain."""

from __future__ import annotations

from .language import Expression, apply, text
from .scope import Chooser, Scope


class Expressions(Chooser):
    """Numbers, integers, conditions and places."""

    def constant(self) -> Expression:
        value = self.draw.integer(-12, 12) / 8
        return apply("const", text(str(value)))

    def index(self, scope: Scope, length: int) -> Expression:
        if self.chance(40):
            return text(str(self.draw.integer(0, length - 1)))
        return text(f"({{0}}) & {length - 1}", self.whole(scope, 1))

    def whole(self, scope: Scope, depth: int) -> Expression:
        """An integer, small enough to calculate with."""
        kind = self.draw.integer(0, 9 if depth > 0 else 4)
        if kind <= 3 and scope.integers:
            return text(self.pick(scope.integers))
        if kind <= 4:
            return text(str(self.draw.integer(0, 9)))
        if kind <= 7:
            operator = self.pick(("+", "-", "*", "^", "&", "|"))
            left, right = self.whole(scope, depth - 1), self.whole(scope, depth - 1)
            return text(f"(({{0}} {operator} {{1}}) & 63)", left, right)
        if kind == 8:
            return text(f"({{0}} % {self.draw.integer(2, 5)})", self.whole(scope, depth - 1))
        four = apply("const", text("4.0"))
        return apply("to_int", apply("mul", four, self.bounded(scope, 1)))

    def place(self, scope: Scope) -> Expression:
        """Something that can be read and assigned."""
        kind = self.draw.integer(0, 9)
        if kind >= 7 and scope.structs:
            struct = self.pick(scope.structs)
            if struct.endswith("[]"):
                struct = f"{struct[:-2]}[{{0}}]"
                index = self.index(scope, 2)
                if self.chance(50):
                    return text(f"{struct}.p", index)
                return text(f"{struct}.q[{{1}}]", index, self.index(scope, 2))
            if self.chance(30):
                return text(f"{struct}.r[{{0}}]", self.index(scope, 4))
            if self.chance(50):
                return text(f"{struct}.p")
            return text(f"{struct}.q[{{0}}]", self.index(scope, 2))
        if kind >= 5 and scope.pointers:
            return text(f"{self.pick(scope.pointers)}[{{0}}]", self.index(scope, 4))
        if kind >= 3 and scope.arrays:
            array, length = self.pick(scope.arrays)
            return text(f"{array}[{{0}}]", self.index(scope, length))
        return text(self.pick(scope.scalars))

    def leaf(self, scope: Scope) -> Expression:
        kind = self.draw.integer(0, 11)
        if kind == 0:
            return self.constant()
        if kind == 1:
            return apply("from_int", text("({0}) & 7", self.whole(scope, 1)))
        if kind == 2 and scope.tables:
            return apply(
                "of_table", text(f"{self.pick(scope.tables)}[{{0}}]", self.index(scope, 4))
            )
        return self.place(scope)

    def real(self, scope: Scope, depth: int) -> Expression:
        """A number of any size that the operations make."""
        if depth <= 0 or self.chance(20):
            return self.leaf(scope)
        kind = self.draw.integer(0, 15 if self.called_by_pointer else 13)
        left = self.real(scope, depth - 1)
        if kind == 14:
            return text(f"{self.name}_pick({{0}})({{1}})", self.whole(scope, 1), left)
        if kind == 15:
            chosen = text(f"({{0}}) & 1 ? {self.name}_g0 : {self.name}_g1", self.whole(scope, 1))
            return text(f"{self.name}_given({{0}}, {{1}}, {{2}})", chosen, left, self.leaf(scope))
        if kind <= 6:
            right = self.real(scope, depth - 1)
            return apply(("add", "sub", "mul", "mul", "add", "fmin", "fmax")[kind], left, right)
        if kind == 7:
            square = apply("mul", right := self.leaf(scope), right)
            return apply("div", left, apply("add", square, apply("const", text("1.5"))))
        if kind == 8:
            return apply(self.pick(("neg", "bit_neg", "fabs", "bit_abs", "neg")), left)
        if kind == 9:
            return apply("choose", self.condition(scope, 1), left, self.real(scope, depth - 1))
        if kind == 10:
            return apply("fma", left, self.leaf(scope), self.leaf(scope))
        if kind == 11:
            above = apply("add", apply("mul", left, left), apply("const", text("0.75")))
            if self.chance(40):
                return apply("copysign", above, self.leaf(scope))
            return apply(self.pick(("cbrt", "floor")), above)
        return self.bounded(scope, depth)

    def bounded(self, scope: Scope, depth: int) -> Expression:
        """A number whose size does not grow with its arguments."""
        inner = self.real(scope, depth - 1)
        kind = self.draw.integer(0, 9)
        sine = apply("sin", inner)
        shifted = apply("add", sine, apply("const", text("1.75")))
        if kind <= 1:
            return sine
        if kind == 2:
            return apply("cos", inner)
        if kind == 3:
            return apply("tanh", inner)
        if kind == 4:
            return apply("atan", inner)
        if kind == 5:
            return apply("exp", sine)
        if kind == 6:
            return apply(self.pick(("log", "sqrt", "cbrt")), shifted)
        if kind == 7:
            return apply("pow", shifted, apply("cos", self.leaf(scope)))
        if kind == 8:
            two = apply("add", apply("cos", self.leaf(scope)), apply("const", text("2.5")))
            return apply("atan2", inner, two)
        one = apply("const", text("1.25"))
        return apply("div", inner, apply("add", one, apply("mul", inner, inner)))

    def condition(self, scope: Scope, depth: int) -> Expression:
        kind = self.draw.integer(0, 7)
        if kind <= 2:
            return apply(self.pick(("less", "greater")), self.place(scope), self.real(scope, 1))
        if kind <= 5 or depth <= 0:
            operator = self.pick(("<", ">", "==", "!=", "<="))
            return text(f"({{0}} {operator} {{1}})", self.whole(scope, 1), self.whole(scope, 0))
        left, right = self.condition(scope, depth - 1), self.condition(scope, depth - 1)
        return text(f"({{0}} {self.pick(('&&', '||'))} {{1}})", left, right)
