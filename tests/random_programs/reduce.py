"""A failing program made small: statements dropped and unfolded while it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from .language import Expression, Program, Routine, Statement, apply, text

Body = tuple[Statement, ...]


def smaller_bodies(body: Body) -> Iterator[Body]:
    """`body` without a run of statements, with one unfolded, or with one made smaller inside."""
    run = len(body)
    while run >= 1:
        for start in range(0, len(body), run):
            yield body[:start] + body[start + run :]
        run //= 2
    for at, statement in enumerate(body):
        for inner in statement.bodies:
            yield body[:at] + inner + body[at + 1 :]
        for number, inner in enumerate(statement.bodies):
            for smaller in smaller_bodies(inner):
                yield (*body[:at], statement.with_body(number, smaller), *body[at + 1 :])


def simpler_expressions(expression: Expression) -> Iterator[Expression]:
    """One operation replaced by its first number, or by a constant."""
    numbers = (
        "add",
        "sub",
        "mul",
        "div",
        "sin",
        "cos",
        "tanh",
        "atan",
        "exp",
        "fma",
        "fmin",
        "fmax",
    )
    if expression.operation in (
        *numbers,
        "pow",
        "sqrt",
        "log",
        "cbrt",
        "atan2",
        "copysign",
        "floor",
    ):
        yield expression.arguments[0]
        yield apply("const", text("0.5"))
    for at, argument in enumerate(expression.arguments):
        for simpler in simpler_expressions(argument):
            arguments = (*expression.arguments[:at], simpler, *expression.arguments[at + 1 :])
            yield replace(expression, arguments=arguments)


def simpler_bodies(body: Body) -> Iterator[Body]:
    """`body` with one expression simplified."""
    for at, statement in enumerate(body):
        for place, piece in enumerate(statement.frame):
            if isinstance(piece, int):
                continue
            for simpler in simpler_expressions(piece):
                frame = (*statement.frame[:place], simpler, *statement.frame[place + 1 :])
                yield (*body[:at], replace(statement, frame=frame), *body[at + 1 :])
        for number, inner in enumerate(statement.bodies):
            for simpler_body in simpler_bodies(inner):
                yield (*body[:at], statement.with_body(number, simpler_body), *body[at + 1 :])


def smaller_routines(routine: Routine, step: Callable[[Body], Iterator[Body]]) -> Iterator[Routine]:
    """`routine` with one part made smaller; what initialises memory stays."""
    for body in step(routine.body):
        yield replace(routine, body=body)
    for closing in step(routine.closing):
        yield replace(routine, closing=closing)


def smaller_programs(program: Program) -> Iterator[Program]:
    """The next smaller programs, the much smaller ones first."""
    for at in range(len(program.routines) - 1):
        yield replace(program, routines=program.routines[:at] + program.routines[at + 1 :])
    for step in (smaller_bodies, simpler_bodies):
        for at in reversed(range(len(program.routines))):
            for smaller in smaller_routines(program.routines[at], step):
                routines = (*program.routines[:at], smaller, *program.routines[at + 1 :])
                yield replace(program, routines=routines)


def reduce(program: Program, fails: Callable[[Program], bool], tries: int = 300) -> Program:
    """The smallest program found in `tries` that `fails`; a candidate that is no C does not."""
    done = False
    while not done:
        done = True
        for candidate in smaller_programs(program):
            if tries <= 0:
                return program
            tries -= 1
            if fails(candidate):
                program, done = candidate, False
                break
    return program
