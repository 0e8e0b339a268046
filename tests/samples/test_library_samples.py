"""The samples that stand on C++ libraries, where these are installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from building import SAMPLES, enzcc, run

INCLUDE = Path("/usr/include")
EIGEN = INCLUDE / "eigen3"


@pytest.mark.parametrize(
    ("name", "level", "folder", "header"),
    [
        ("bundle_eigen", "-O2", EIGEN, "Eigen/Dense"),
        ("odeint_orbit", "-O0", INCLUDE, "boost/numeric/odeint.hpp"),
    ],
)
def test_a_sample_on_a_library_is_right(
    name: str, level: str, folder: Path, header: str, tmp_path: Path
) -> None:
    if not (folder / header).exists():
        pytest.skip(f"{header} is not installed")
    program = tmp_path / name
    done = enzcc(
        level, "-Wall", "-I", folder, SAMPLES / f"{name}.cpp", "-o", program, "-lstdc++", "-lm"
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    done = run(program)
    assert done.returncode == 0, done.stdout + done.stderr
