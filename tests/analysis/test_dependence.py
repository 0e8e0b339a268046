"""Which stores may change what was read before, compared with nests of loops that really run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from enzcc.analysis.cfg import Shape
from enzcc.analysis.dependence import Dependence
from enzcc.analysis.inequalities import may_hold
from enzcc.analysis.recurrences import Recurrences
from enzcc.ir.instructions import Load, Store
from enzcc.ir.module import Module

Affine = dict[str, int]  # of counters, "n" and "n*COUNTER", and a constant under ""

LINEAR = """
define void @f(ptr noalias %x, i32 %rows) {
entry:
  %n = zext nneg i32 %rows to i64
"""


def value(form: Affine, at: dict[str, int]) -> int:
    """A form at these values of counters and n."""
    total = 0
    for name, factor in form.items():
        for word in name.split("*") if name else ():
            factor *= at[word]
        total += factor
    return total


@dataclass
class Loop:
    """`for (NAME = first; NAME < bound; NAME += step)`, tested in front or (`rotated`) behind."""

    name: str
    first: Affine
    bound: Affine
    step: int
    shape: str
    body: list[Node] = field(default_factory=list)


@dataclass
class Branch:
    """`if (form >= 0)`"""

    form: Affine
    body: list[Node] = field(default_factory=list)


@dataclass
class Access:
    """Reads or writes a number of bytes at x + form."""

    number: int
    kind: str
    form: Affine
    size: int


Node = Loop | Branch | Access


class Nest:
    """A random function: its text, and what it does."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.accesses: list[Access] = []
        self.names = 0
        self.body = self.statements([], 0)
        self.lines: list[str] = []
        self.block = "entry"

    def form(self, counters: list[str], *, small: bool = True) -> Affine:
        pick = self.random
        found: Affine = {"": pick.choice([0, 0, 0, 1, -1, 2])}
        for name in counters:
            if pick.random() < 0.4:
                found[name] = pick.choice([1, 1, 1, -1] if small else [1, 1, 2, -1])
        return {name: factor for name, factor in found.items() if factor}

    def address(self, counters: list[str]) -> Affine:
        pick = self.random
        unit, row = pick.choice([8, 8, 8, 4]), pick.choice(["n", "n", 4, 6, 1])
        total: Affine = {"": pick.choice([0, 0, 0, 8, -8, 4])}
        for form, times in ((self.form(counters), row), (self.form(counters), 1)):
            for name, factor in form.items():
                whole = "*".join(sorted(w for w in (name, times if times == "n" else "") if w))
                factor *= unit * (times if isinstance(times, int) else 1)
                total[whole] = total.get(whole, 0) + factor
        return {name: factor for name, factor in total.items() if factor}

    def statements(self, counters: list[str], depth: int) -> list[Node]:
        pick = self.random
        found: list[Node] = []
        for _ in range(pick.choice([1, 2, 2, 3])):
            kind = pick.random()
            if kind < 0.5 and depth < 3:
                self.names += 1
                name = f"i{self.names}"
                bound = pick.choice([{"n": 1}, {"n": 1}, {"": 4}, {"n": 1, "": -1}])
                if counters and pick.random() < 0.3:
                    bound = {pick.choice(counters): 1, "": pick.choice([0, 1])}
                first: Affine = {"": pick.choice([0, 0, 1])}
                if counters and pick.random() < 0.4:
                    first = {pick.choice(counters): 1, "": pick.choice([0, 1, 1])}
                shape = pick.choice(["front", "rotated", "until"])
                step = 1 if shape == "until" else pick.choice([1, 1, 2])
                loop = Loop(name, first, bound, step, shape)
                loop.body = self.statements([*counters, name], depth + 1)
                found.append(loop)
            elif kind < 0.6 and counters and depth < 4:
                branch = Branch(self.form([*counters, "n"]))
                branch.body = self.statements(counters, depth + 1)
                found.append(branch)
            else:
                word = pick.choice(["load", "store"])
                size = pick.choice([8, 8, 4])
                access = Access(len(self.accesses), word, self.address(counters), size)
                self.accesses.append(access)
                found.append(access)
        return found

    # ------------------------------------------------------------------ as IR

    def text(self) -> str:
        self.emit(self.body)
        return LINEAR + "\n".join(self.lines) + "\n  ret void\n}\n"

    def fresh(self, word: str) -> str:
        self.names += 1
        return f"{word}{self.names}"

    def put(self, text: str) -> str:
        name = f"%{self.fresh('v')}"
        self.lines.append(f"  {name} = {text}")
        return name

    def at(self, label: str) -> None:
        self.lines.append(f"{label}:")
        self.block = label

    def number(self, form: Affine) -> str:
        total = "0"
        for name, factor in form.items():
            one = str(factor)
            for word in name.split("*") if name else ():
                one = self.put(f"mul nsw i64 %{word}, {one}") if one != "1" else f"%{word}"
            total = self.put(f"add nsw i64 {total}, {one}") if total != "0" else one
        return total

    def emit(self, nodes: list[Node]) -> None:
        for node in nodes:
            match node:
                case Access():
                    place = self.number(node.form)
                    pointer = self.put(f"getelementptr inbounds i8, ptr %x, i64 {place}")
                    kind = "double" if node.size == 8 else "float"
                    if node.kind == "load":
                        self.lines.append(f"  %a{node.number} = load {kind}, ptr {pointer}")
                    else:
                        self.lines.append(f"  store {kind} 0.0, ptr {pointer} ; {node.number}")
                case Branch():
                    form = self.number(node.form)
                    test = self.put(f"icmp sge i64 {form}, 0")
                    then, rest = self.fresh("then"), self.fresh("rest")
                    self.lines.append(f"  br i1 {test}, label %{then}, label %{rest}")
                    self.at(then)
                    self.emit(node.body)
                    self.lines.append(f"  br label %{rest}")
                    self.at(rest)
                case Loop():
                    self.loop(node)

    def loop(self, loop: Loop) -> None:
        first, bound = self.number(loop.first), self.number(loop.bound)
        enter, head, body, latch, done = (
            self.fresh(w) for w in ("enter", "head", "body", "latch", "done")
        )
        if loop.shape == "front":
            self.lines.append(f"  br label %{enter}")
        else:
            test = self.put(f"icmp slt i64 {first}, {bound}")
            self.lines.append(f"  br i1 {test}, label %{enter}, label %{done}")
        self.at(enter)
        self.lines.append(f"  br label %{head}")
        self.at(head)
        self.lines.append(
            f"  %{loop.name} = phi i64 [ {first}, %{enter} ], [ %{loop.name}.next, %{latch} ]"
        )
        if loop.shape == "front":
            test = self.put(f"icmp slt i64 %{loop.name}, {bound}")
            self.lines.append(f"  br i1 {test}, label %{body}, label %{done}")
            self.at(body)
        self.emit(loop.body)
        self.lines.append(f"  br label %{latch}")
        self.at(latch)
        self.lines.append(f"  %{loop.name}.next = add nsw i64 %{loop.name}, {loop.step}")
        if loop.shape == "front":
            self.lines.append(f"  br label %{head}")
        else:
            word = "slt" if loop.shape == "rotated" else "ne"
            test = self.put(f"icmp {word} i64 %{loop.name}.next, {bound}")
            self.lines.append(f"  br i1 {test}, label %{head}, label %{done}")
        self.at(done)

    # ------------------------------------------------------------------ as it runs

    def run(self, nodes: list[Node], at: dict[str, int]) -> Iterator[tuple[Access, int]]:
        for node in nodes:
            match node:
                case Access():
                    yield node, value(node.form, at)
                case Branch():
                    if value(node.form, at) >= 0:
                        yield from self.run(node.body, at)
                case Loop():
                    for i in range(value(node.first, at), value(node.bound, at), node.step):
                        yield from self.run(node.body, {**at, node.name: i})

    def overwritten(self) -> set[tuple[int, int]]:
        """Accesses, and the stores that come to their bytes later."""
        found: set[tuple[int, int]] = set()
        for n in range(6):
            seen: list[tuple[Access, int]] = []
            for access, place in self.run(self.body, {"n": n}):
                if len(seen) > 400:
                    break
                if access.kind == "store":
                    found |= {
                        (old.number, access.number)
                        for old, where in seen
                        if where < place + access.size and place < where + old.size
                    }
                seen.append((access, place))
        return found


def answers(nest: Nest) -> dict[tuple[int, int], bool]:
    """What is said of each access and each store."""
    module = Module.parse(nest.text())
    function = module.function("f")
    shape = Shape(function)
    known = Dependence(shape, Recurrences(shape, module.layout), module.layout)
    found = [i for block in shape.order for i in block.instructions if isinstance(i, Load | Store)]
    every = dict(
        zip([i for i in function.instructions() if i in found], nest.accesses, strict=True)
    )
    return {
        (every[access].number, every[store].number): known.may_overwrite(store, access)
        for access in every
        for store in every
        if isinstance(store, Store)
    }


@pytest.mark.parametrize("part", range(4))
def test_what_is_never_overwritten_is_not_overwritten_when_it_runs(part: int) -> None:
    told = kept = 0
    for seed in range(part * 20, part * 20 + 20):
        nest = Nest(seed)
        if len(nest.accesses) > 10:
            continue
        met = nest.overwritten()
        for pair, may in answers(nest).items():
            assert may or pair not in met, (seed, pair)
            told += not may and pair not in met
            kept += pair not in met
    assert told > kept / 2


def test_inequalities_without_a_solution() -> None:
    x, y = (0,), (1,)
    assert not may_hold([{x: 1, (): -3}, {x: -1, (): 2}])
    assert may_hold([{x: 1, (): -3}, {x: -1, (): 3}])
    assert not may_hold([{x: 1, y: -1, (): -1}, {y: 1, x: -1}])
    assert not may_hold([{x: 2, (): -1}, {x: -2, (): 1}])  # 2 x = 1
