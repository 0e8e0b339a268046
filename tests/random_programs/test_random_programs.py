"""Random programs are right in both modes; and the oracle, the generator and the reducer are sound.

The long run is a command of its own: `python -m tests.random_programs --count 2000`.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from . import cxx, harness
from .generate import generate, generate_from_seed
from .language import Program, Statement, text
from .reduce import reduce

FIRST, COUNT, BATCH = 10_000, 40, 8
CXX_BATCH = 3


class FromHypothesis:
    """Decisions that Hypothesis takes, and can repeat."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def integer(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))


@st.composite
def programs(draw: st.DrawFn) -> Program:
    """C functions with all that differentiation meets."""
    return generate(FromHypothesis(draw), "f0")


def complaints(outcomes: dict[str, harness.Outcome]) -> list[str]:
    """What is wrong. A located refusal is no wrong answer; the long run counts them."""
    return [
        f"{name} {o.kind}: {o.message}"
        for name, o in outcomes.items()
        if o.is_bad and o.kind != "refused"
    ]


@pytest.mark.parametrize("first", range(FIRST, FIRST + COUNT, BATCH))
def test_random_programs_have_right_derivatives(first: int, tmp_path: Path) -> None:
    level = harness.LEVELS[first // BATCH % len(harness.LEVELS)]
    batch = [generate_from_seed(seed) for seed in range(first, first + BATCH)]
    assert not complaints(harness.judge(batch, tmp_path, (level,)))


@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_random_cxx_programs_have_right_derivatives(level: str, tmp_path: Path) -> None:
    first = FIRST + int(level[2:])
    batch = [cxx.generate_from_seed(seed) for seed in range(first, first + CXX_BATCH)]
    assert not complaints(harness.judge(batch, tmp_path, (level,)))


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(program=programs(), level=st.sampled_from(harness.LEVELS))
def test_programs_of_hypothesis_have_right_derivatives(
    tmp_path_factory: pytest.TempPathFactory, program: Program, level: str
) -> None:
    outcomes = harness.judge([program], tmp_path_factory.mktemp("program"), (level,))
    assert not complaints(outcomes), program.show("plain")


def test_the_oracle_agrees_with_differences(tmp_path: Path) -> None:
    """Dual numbers against difference quotients of the plain program: no marker is called."""
    batch = [generate_from_seed(seed) for seed in range(20)]
    outcomes = harness.judge(batch, tmp_path, ("-O1", "-DORACLE_ONLY"))
    assert not complaints(outcomes)
    assert sum(outcome.kind == "ok" for outcome in outcomes.values()) >= 18


def test_the_oracle_of_cxx_agrees_with_differences(tmp_path: Path) -> None:
    batch = [cxx.generate_from_seed(seed) for seed in range(12)]
    outcomes = harness.judge(batch, tmp_path, ("-O0", "-DORACLE_ONLY"))
    assert not complaints(outcomes)
    assert sum(outcome.kind == "ok" for outcome in outcomes.values()) >= 10


def test_oracles_are_built_once_and_what_is_refused_in_a_batch_is_tried_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built: list[str] = []
    first, other = (generate_from_seed(seed) for seed in range(2))

    def build(
        command: list[str], files: list[Path], executable: Path, limit: float
    ) -> tuple[int, str]:
        del command, files, limit
        executable.touch()
        built.append(executable.name.split(".")[0])
        return 0, ""

    def run(executable: Path) -> str:
        if executable.parent != tmp_path:
            return f"{first.name} ok"
        return f"a.c:1:1: error: no\n{first.name} crashed with status 1\n{other.name} ok"

    monkeypatch.setattr(harness, "build", build)
    monkeypatch.setattr(harness, "run", run)
    for level in ("-O0", "-O2"):
        outcomes = harness.judge([first, other], tmp_path, (level,))
        assert {n: o.kind for n, o in outcomes.items()} == {first.name: "alone", other.name: "ok"}
    assert built.count("oracle") == 2  # of the batch, and of the one that was tried alone
    assert built.count("program") == 4


def test_a_seed_is_a_program() -> None:
    for seeded in (generate_from_seed, cxx.generate_from_seed):
        assert seeded(3) == seeded(3)
        assert seeded(3) != seeded(4)


def test_programs_have_all_constructs() -> None:
    """No construct has become unreachable in the generator."""
    source = "\n".join(generate_from_seed(seed).show("plain") for seed in range(150))
    wanted = (
        "while (", "do {", "for (;;)", "switch (", "fall through", "break;", "continue;",
        "goto again", "goto middle", "goto skip", "goto done", "malloc(", "calloc(", "realloc(",
        "free(", "memmove(", "memset(", "NOINLINE", "->next", ".q[", ".r[", "bit_neg(", "sinf(",
        "? ", "pow(", "fma(", "k - 1)", "return ", "*w", "_either(", "_turn(", "float m",
        "_grow(", "_fell(", "->side[", "t->f(", ".f(", "_state.",
        "_pick(", "_given(", "_kept[", "double m", "copysign(", "(int)",
    )  # fmt: skip
    assert [construct for construct in wanted if construct not in source] == []


def test_cxx_programs_have_all_constructs() -> None:
    programs = [cxx.generate_from_seed(seed) for seed in range(1200)]
    source = "\n".join(program.show("plain") for program in programs)
    wanted = (
        "virtual public", "_mixin", "override", "final", "std::unique_ptr<", "std::shared_ptr<",
        "std::weak_ptr<", "dynamic_cast<", "typeid(", "template <class", "operator+", "REAL &ref",
        "pm)(", "::*pm", "[=]", "[&]", "mutable", "std::function<", "std::invoke(", "std::array<",
        "std::vector<std::vector<", "push_back(", ".erase(", "std::deque<", "std::list<",
        "std::map<int", "std::unordered_map<", "std::set<", "std::optional<", "std::variant<",
        "std::visit(", "std::tuple<", "std::tie(", "auto &[", "std::span", "std::string",
        "std::valarray<", "std::complex<", "std::move(", "new (", "::operator new(", "delete[]",
        "try {", "throw;", "catch (...)", "std::runtime_error", "std::sort(", "std::transform(",
        "std::accumulate(", "std::inner_product(", "std::views::", "std::ranges::sort(",
        "std::map<int, std::function<", "std::queue<std::function<", "->next->next",
        "std::erase_if(", "static const std::vector<", "std::optional<std::vector<",
        "std::priority_queue<std::pair<", "std::map<int, std::vector<", "std::map<std::pair<",
        "_plus(", "_power<", ".times(", "static inline", "noexcept = default",
        "_pool", "std::monostate", "std::ranges::max_element(", "std::views::iota(", "self(self,",
        "std::reference_wrapper<", "std::bind(", "operator++()", "enable_shared_from_this<",
        "std::deque<REAL> m;", "_put(", "_right : virtual", "std::rethrow_exception(",
        "std::tuple_cat(", "std::initializer_list<", "_maybe<", "std::any_cast<", "thread_local",
        "std::index_sequence<", "reinterpret_cast<", " : 3;", "union ",
    )  # fmt: skip
    source = source.replace("double", "REAL").replace("float", "REAL")
    assert [construct for construct in wanted if construct not in source] == []
    held = {p.held for program in programs for p in program.parameters}
    assert len(held) == 4  # pointers, vectors, arrays of two lengths
    assert any(harness.uses_header(program) for program in programs)


def test_the_reducer_keeps_what_matters() -> None:
    program = generate_from_seed(5)
    routine = program.routines[-1]
    marked = Statement((text("/* the fault */"),))
    before = len(routine.body)
    body = (*routine.body, Statement((text("if (n) {{"), 0, text("}}")), ((marked,),)))
    program = replace(program, routines=(*program.routines[:-1], replace(routine, body=body)))
    small = reduce(program, lambda candidate: "the fault" in candidate.show("plain"), tries=2000)
    assert before >= 1
    assert small.routines[-1].body == (marked,)
    assert small.size() < program.size()
