"""Writes docs/rules.md from the tables: `python -m enzcc.rules.document > docs/rules.md`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping

from enzcc.rules import (
    ALLOCATORS,
    INSTRUCTIONS,
    RULES,
    Fields,
    Formula,
    Partial,
    Rule,
    may_be_infinite,
)
from enzcc.rules.algebra import Apply, Condition, Symbol, substitute
from enzcc.rules.emit import RUNTIME
from enzcc.rules.inactive import INACTIVE
from enzcc.rules.names import WRAPPED_ONLY

_HEAD = """\
# Known functions and their derivatives

This page is written by `python -m enzcc.rules.document > docs/rules.md`; a test keeps it current.
To add a function, add its row to a table in `enzcc/rules/` and its primal to
`tests/rules/exact_functions.py`.

`x, y, z` are the arguments, `n` an integer argument, `r` the function's own result (`r0, r1` if it
returns a pair), `[c ? a : b]` is a where c holds and b elsewhere. A row covers the family of its
function: `sin` is also `sinf`, `sinl`, `sinf128`, `__sin_finite`, `llvm.sin.*`, `__nv_sin` and
`__ocml_sin_f64`. A function that the program itself defines, or declares with another type, is the
program's and is not looked up here.

Where the partial can be infinite or NaN (marked `*`) an adjoint or tangent of zero contributes
zero, unless the user asked for fast math.
"""

_SECTIONS: Mapping[str, str] = {
    "Instructions": "Floating instructions of LLVM.",
    "Functions": "The C mathematics library, special functions and intrinsics.",
    "Complex functions": (
        "Arguments are real and imaginary parts, each partial is a pair: of the real and of the"
        " imaginary part of the result. Known in double; the compiler's own helpers in every type."
    ),
}


OURS = "__enzcc_"
"""How functions of our own run-time library begin: no user calls them."""


def page() -> str:
    """The whole page."""
    return "\n".join([*_lines(), ""])


def _lines() -> Iterator[str]:
    yield _HEAD
    smooth = [rule for rule in RULES.values() if not rule.is_flat]
    pairs = [r for r in smooth if r.has_fields and not r.name.startswith("llvm.")]
    tables = (INSTRUCTIONS.values(), [r for r in smooth if r not in pairs], pairs)
    for (title, text), rules in zip(_SECTIONS.items(), tables, strict=True):
        yield f"## {title}\n\n{text}\n"
        yield "| function | partials |\n|---|---|"
        for rule in rules:
            yield f"| `{_spelled(rule)}` | {'<br>'.join(_partials(rule))} |"
        yield ""
    yield from _kinks(smooth)
    yield from _flat()
    yield from _inactive()
    yield from _allocators()


def _spelled(rule: Rule) -> str:
    """The primal, under the name by which it is known."""
    ours = "std::" if rule.name == "lerp" else "__enzcc_" if rule.name in RUNTIME else None
    prefix = ours or "__nv_"
    name = prefix + rule.name if rule.name in WRAPPED_ONLY else rule.name
    return name + rule.primal[rule.primal.index("(") :]


def _partials(rule: Rule) -> Iterator[str]:
    if rule.returns:
        yield from _column(rule, None, "")
    for output in rule.outputs:
        yield from _column(rule, output, f"written to argument {output + 1}: ")


def _column(rule: Rule, output: int | None, prefix: str) -> Iterator[str]:
    names = rule.primal[rule.primal.index("(") + 1 : -1].split(", ")
    for index, kind in enumerate(rule.parameters):
        if not kind.is_output:
            yield f"{prefix}d/d{names[index]} = {_show(rule.partial(index, output=output))}"


def _show(partial: Partial) -> str:
    star = " *" if may_be_infinite(partial) else ""
    given = partial.partials if isinstance(partial, Fields) else (partial,)
    notes = []
    for letter in "uvw":
        shared = _longest_shared([f for f in given if isinstance(f, Formula)])
        if shared is None:
            break
        short = {shared: Symbol(letter)}
        given = tuple(substitute(f, short) if isinstance(f, Formula) else f for f in given)
        notes.append(f"{letter} = `{shared}`")
    inside = ", ".join(map(str, given))
    text = f"({inside})" if isinstance(partial, Fields) else inside
    return f"`{text}`{star}" + (f" with {', '.join(notes)}" if notes else "")


def _longest_shared(formulas: list[Formula]) -> Formula | None:
    """The longest part that occurs more than once, if it is worth a letter."""
    counts = Counter(part for formula in formulas for part in _occurrences(formula))
    found = [part for part, count in counts.items() if count > 1 and len(str(part)) > 12]
    return max(found, key=lambda part: len(str(part)), default=None)


def _occurrences(part: Formula | Condition) -> Iterator[Formula]:
    """Every function application in the tree, as often as it stands there."""
    if isinstance(part, Apply):
        yield part
    for inner in part.parts:
        yield from _occurrences(inner)


def _kinks(rules: list[Rule]) -> Iterator[str]:
    yield "## Where there is no derivative\n"
    yield "At these points we return a subgradient, the derivative of one side, or 0; never NaN.\n"
    yield "| functions | at | we return |\n|---|---|---|"
    found: dict[tuple[str, str], list[str]] = {}
    for rule in [*INSTRUCTIONS.values(), *rules]:
        for kink in rule.kinks:
            found.setdefault((kink.point, kink.choice), []).append(f"`{rule.name}`")
    for (point, choice), names in found.items():
        yield f"| {', '.join(names)} | {point} | {choice} |"
    yield ""


def _flat() -> Iterator[str]:
    yield "## Steps\n"
    yield "Flat wherever they have a derivative, and 0 at their jumps too:\n"
    yield ", ".join(f"`{rule.name}`" for rule in RULES.values() if rule.is_flat) + ".\n"


def _inactive() -> Iterator[str]:
    yield "## Functions without a derivative\n"
    yield "| reason | functions |\n|---|---|"
    reasons: dict[str, list[str]] = {}
    for name, reason in INACTIVE.items():
        if name.startswith(OURS):
            continue
        reasons.setdefault(reason, []).append(f"`{name}`")
    for reason, names in reasons.items():
        yield f"| {reason} | {' '.join(names)} |"
    yield ""


def _allocators() -> Iterator[str]:
    yield "## Allocation\n"
    yield "| function | given back by | comes zeroed |\n|---|---|---|"
    for made in ALLOCATORS.values():
        if made.name.startswith(OURS):
            continue
        yield f"| `{made.name}` | `{made.frees}` | {'yes' if made.zeroed else 'no'} |"


if __name__ == "__main__":
    sys.stdout.write(page())
