"""Every sample compiles at every level and is satisfied with its own derivatives."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from building import LEVELS, SAMPLES, SANITIZED, build, real_data, run

sys.path.insert(0, str(SAMPLES))
import make_data

ALONE = (
    "quickstart",
    "ode_fit",
    "neural_net",
    "hessian",
    "jacobian",
    "jacobian_lanes",
    "implicit",
    "spring_ring",
    "time_loop",
    "plug_ins",
    "layers",
)
SEEDED = (
    "gmm_d1_K1",
    "gmm_d2_K3",
    "gmm_d4_K5",
    "ba_n1_m1_p1",
    "ba_n2_m3_p10",
    "lstm_l1_c2",
    "lstm_l2_c12",
)
MIXTURES = ("gmm_d2_K5", "gmm_d10_K25", "gmm_d20_K50")


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the compiled samples lie."""
    return tmp_path_factory.mktemp("programs")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seeded instances with their answers."""
    folder = tmp_path_factory.mktemp("data")
    made = make_data.make(folder)
    assert sorted(path.stem for path in made) == sorted(SEEDED)
    return folder


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("name", ALONE)
def test_a_sample_without_data_is_right(name: str, level: str, programs: Path) -> None:
    done = run(build(name, (level,), programs))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("instance", SEEDED)
def test_a_sample_finds_the_expected_derivatives(
    instance: str, level: str, programs: Path, data: Path
) -> None:
    program = build(instance.split("_")[0], (level,), programs)
    done = run(program, data / f"{instance}.txt", data / f"{instance}.expected.txt")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("instance", SEEDED)
def test_reverse_forward_and_differences_agree(
    instance: str, level: str, programs: Path, data: Path
) -> None:
    done = run(build(instance.split("_")[0], (level,), programs), data / f"{instance}.txt")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("instance", ["gmm_d2_K3", "ba_n1_m1_p1", "lstm_l2_c12"])
def test_a_wrong_number_is_noticed(
    instance: str, programs: Path, data: Path, tmp_path: Path
) -> None:
    lines = (data / f"{instance}.expected.txt").read_text().splitlines()
    worst = max(range(1, len(lines)), key=lambda i: abs(float(lines[i])))
    lines[worst] = repr(float(lines[worst]) * (1 + 1e-7))
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("\n".join(lines))
    program = build(instance.split("_")[0], ("-O0",), programs)
    assert run(program, data / f"{instance}.txt", wrong).returncode == 1


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("instance", MIXTURES)
def test_mixtures_of_adbench(instance: str, level: str, programs: Path) -> None:
    path = real_data() / f"{instance}.txt"
    if not path.exists():
        pytest.skip("the data of ADBench is not here; set ENZCC_SHARED_DATA")
    program = build("gmm", (level,), programs)
    done = run(program, path, path.with_suffix(".expected.txt"))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("level", LEVELS)
def test_bundle_adjustment_of_adbench(level: str, programs: Path) -> None:
    path = real_data() / "ba1_n49_m7776_p31843.txt"
    if not path.exists():
        pytest.skip("the data of ADBench is not here; set ENZCC_SHARED_DATA")
    done = run(build("ba", (level,), programs), path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("instance", ["gmm_d2_K3", "ba_n2_m3_p10", "lstm_l2_c12"])
def test_memory_is_used_rightly(instance: str, programs: Path, data: Path) -> None:
    program = build(instance.split("_")[0], SANITIZED, programs)
    done = run(program, data / f"{instance}.txt")
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_same_seed_makes_the_same_files(data: Path, tmp_path: Path) -> None:
    for path in make_data.make(tmp_path / "again"):
        assert path.read_text() == (data / path.name).read_text()
    texts = {path.read_text() for path in make_data.make(tmp_path / "other", seed=2)}
    assert texts.isdisjoint(path.read_text() for path in data.iterdir())


def test_every_sample_is_tested() -> None:
    tested = {*ALONE, *(instance.split("_")[0] for instance in SEEDED)}
    elsewhere = {"bundle_eigen", "odeint_orbit"}  # test_library_samples.py
    sources = (*SAMPLES.glob("*.c"), *SAMPLES.glob("*.cpp"))
    assert {path.stem for path in sources} == tested | elsewhere
