"""The tables hold together: nothing twice, nothing unknown, nothing malformed."""

from __future__ import annotations

import exact_functions as exact
import pytest
from formula_machine import parts

from enzcc.rules import (
    ALLOCATORS,
    DEALLOCATORS,
    INACTIVE,
    INSTRUCTIONS,
    RULES,
    WRITES_VALUES,
    ZERO,
    Fields,
    Formula,
    Parameter,
    Rule,
    find,
    is_inactive,
)
from enzcc.rules import inactive as inactive_names
from enzcc.rules.algebra import (
    arguments_used,
    eq,
    evaluate_number,
    functions_used,
    isnan,
    lt,
    n,
    named,
    r,
    spell,
    uses_result,
    where,
    x,
    y,
)
from enzcc.rules.emit import RUNTIME
from enzcc.rules.table import join, kink, rule, table, writes

sin, cos, jn, modf = named("sin cos jn modf")
ALL = [*INSTRUCTIONS.values(), *RULES.values()]


@pytest.mark.parametrize("made", ALL, ids=str)
def test_every_function_a_formula_applies_has_a_rule_itself(made: Rule) -> None:
    """Else a derivative could not be differentiated again."""
    for _, _, _, _, formula in parts(made):
        for name in functions_used(formula):
            found = find(f"__enzcc_{name}" if name in RUNTIME else name)
            assert found is not None, name


@pytest.mark.parametrize("made", ALL, ids=str)
def test_every_rule_is_tested_against_its_primal(made: Rule) -> None:
    assert made.is_flat or exact.primal(made.name) is not None


@pytest.mark.parametrize("made", ALL, ids=str)
def test_a_rule_says_something_of_every_argument(made: Rule) -> None:
    assert len(made.partials) == len(made.parameters)
    for index, kind in enumerate(made.parameters):
        if kind is not Parameter.REAL:
            assert made.partials[index] is INACTIVE
        for outputs in made.outputs.values():
            assert len(outputs) == len(made.parameters)
    for formula in (p for p in made.partials if isinstance(p, Formula)):
        assert arguments_used(formula) <= set(range(len(made.parameters)))


def test_the_tables_are_read_only() -> None:
    for mapping in (RULES, INSTRUCTIONS, ALLOCATORS, DEALLOCATORS, inactive_names.INACTIVE):
        with pytest.raises(TypeError):
            mapping["sin"] = None  # type: ignore[index]


def test_a_second_row_for_a_name_is_refused() -> None:
    with pytest.raises(ValueError, match="second rule for sin"):
        table((sin(x), cos(x)), (sin(x), cos(x)))
    with pytest.raises(ValueError, match="second rule for sin"):
        join([table((sin(x), cos(x))), table((sin(x), cos(x)))])


@pytest.mark.parametrize(
    "row",
    [(cos(x) + 1, 0), (sin(x), cos(x), 1), (sin(x, y), cos(x)), (sin(cos(x)), 1), (x, 1)],
    ids=["sum", "too many partials", "too few partials", "nested", "no function"],
)
def test_a_malformed_row_is_refused(row: tuple[object, ...]) -> None:
    with pytest.raises(ValueError, match=r"partials for|starts with|is a symbol"):
        table(row)  # type: ignore[arg-type]


def test_a_symbol_that_is_no_argument_is_refused() -> None:
    with pytest.raises(KeyError):
        _ = table((sin(x), cos(y)))["sin"].partials


def test_three_kinds_of_nothing() -> None:
    made = rule("f", (jn(n, x), INACTIVE, 0))
    assert made.partials == (INACTIVE, ZERO)
    assert made.is_flat
    assert not rule("f", (sin(x), 1)).is_flat


def test_what_is_written_has_partials_of_its_own() -> None:
    made = rule("f", (modf(x, writes(cos(x))), 1, kink("0", "1")))
    assert made.parameters == (Parameter.REAL, Parameter.REAL_OUT)
    assert str(made.partial(0, output=1)) == "cos(x)"
    assert str(made.partial(0)) == "1"
    assert made.returns
    assert [k.point for k in made.kinks] == ["0"]


def test_a_pair_has_a_partial_for_each_field() -> None:
    made = RULES["llvm.sincos"]
    assert made.has_fields
    assert isinstance(made.partials[0], Fields)
    assert str(made.partial(0, field=1)) == "-sin(x)"


def test_what_a_formula_reads() -> None:
    partial = RULES["pow"].partials
    assert isinstance(partial[0], Formula)
    assert isinstance(partial[1], Formula)
    assert arguments_used(partial[0]) == {0, 1}
    assert not uses_result(partial[0])
    assert uses_result(partial[1])
    assert functions_used(partial[1]) == {"log"}


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        (x - (y - 1), "x - (y - 1)"), (x - y - 1, "x - y - 1"), (x * (y / 3), "x * (y / 3)"),
        (-(x + y) * 2, "-(x + y) * 2"), (x / (y * 2), "x / (y * 2)"), (x * y * 2, "x * y * 2"),
        (x + -y, "x + (-y)"),
        (where(lt(x, 0) | isnan(r), -1, y), "[(x < 0) or (r is NaN) ? -1 : y]"),
        (where(~eq(x, 0) & lt(y, 1), 1, 0), "[(not (x == 0)) and (y < 1) ? 1 : 0]"),
    ],
    ids=str,
)  # fmt: skip
def test_a_formula_is_spelled_as_it_was_written(formula: Formula, text: str) -> None:
    assert spell(formula) == text


def test_only_the_chosen_arm_counts() -> None:
    formula = where(eq(x, 0), 7, 1 / x)
    made = rule("f", (sin(x), formula)).partials[0]
    assert isinstance(made, Formula)
    assert evaluate_number(made, {0: 0.0}, None, {}, float, 1e999) == 7.0
    assert evaluate_number(made, {0: 4.0}, None, {}, float, 1e999) == 0.25


def test_no_name_is_inactive_for_two_reasons() -> None:
    names = [name for group in inactive_names._GROUPS.values() for name in group.split()]
    assert sorted(names) == sorted(set(names))


def test_no_name_has_both_a_rule_and_a_reason_to_have_none() -> None:
    for name in inactive_names.INACTIVE:
        assert find(name) is None, name
        assert name not in ALLOCATORS
        assert name not in DEALLOCATORS


def test_what_writes_values_is_inactive() -> None:
    assert all(is_inactive(name) for name in WRITES_VALUES)


def test_every_allocator_has_its_deallocator() -> None:
    for made in ALLOCATORS.values():
        assert made.frees in DEALLOCATORS
        used = [made.count, made.align, made.out, made.old, made.text]
        given = [i for i in (made.size, *used) if i is not None and i >= 0]
        assert len(given) == len(set(given)), made.name
    assert not set(ALLOCATORS) & set(DEALLOCATORS)


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("malloc", {"size": 0}), ("calloc", {"count": 0, "size": 1, "zeroed": True}),
        ("realloc", {"old": 0, "size": 1}), ("aligned_alloc", {"align": 0, "size": 1}),
        ("posix_memalign", {"out": 0, "align": 1, "size": 2}), ("strdup", {"text": 0}),
        ("_Znwm", {"size": 0, "frees": "_ZdlPv"}), ("_Znam", {"size": 0, "frees": "_ZdaPv"}),
        ("_ZnwmSt11align_val_t", {"size": 0, "align": 1, "frees": "_ZdlPvSt11align_val_t"}),
    ],
    ids=str,
)  # fmt: skip
def test_roles_of_arguments(name: str, roles: dict[str, object]) -> None:
    made = ALLOCATORS[name]
    assert {role: getattr(made, role) for role in roles} == roles


def test_every_shape_is_of_a_known_name() -> None:
    assert set(inactive_names._SHAPES) <= set(inactive_names.INACTIVE)
    assert set(inactive_names._FLOATING) <= set(inactive_names.INACTIVE)
