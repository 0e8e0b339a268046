"""The benchmarks run, and the gradients they time agree with those written by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
from building import ROOT, SAMPLES, enzcc

sys.path.insert(0, str(SAMPLES))
import make_data

FULL = bool(os.environ.get("ENZCC_FULL"))  # without `restrict`, too
KERNELS = sorted(path.stem for path in (ROOT / "benchmarks" / "kernels").glob("*.c"))


def kernels(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the suite, as briefly as it can be."""
    script = ROOT / "benchmarks" / "kernels.py"
    brief = ["--rounds", "1", "--milliseconds", "1", "--compilations", "0", "--size", "small"]
    command = [sys.executable, script, *brief, *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    "restrict", [True, pytest.param(False, marks=pytest.mark.skipif(not FULL, reason="ENZCC_FULL"))]
)
def test_a_kernel_agrees_with_its_adjoint_by_hand(kernel: str, restrict: bool) -> None:
    flags = ["-O2"] if restrict else ["-O2", "-DNO_RESTRICT"]
    done = kernels("--tool", "none", "--kernel", kernel, "--", *flags)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[1].split()[:2] == [kernel, "small"]


# What the file of an expected answer begins with that is not in the kernel's gradient: the value.
OF_SAMPLES = {"gmm_d4_K5": 1, "ba_n2_m3_p10": 0, "lstm_l2_c12": 1}


@pytest.mark.parametrize("instance", OF_SAMPLES)
def test_a_kernel_says_what_the_sample_of_its_name_says(instance: str, tmp_path: Path) -> None:
    make_data.make(tmp_path)
    name, program = instance.split("_")[0], tmp_path / "kernel"
    source = ROOT / "benchmarks" / "kernels" / f"{name}.c"
    done = enzcc("-O1", f"-I{ROOT / 'include'}", source, "-o", program, "-lm")
    assert done.returncode == 0, done.stderr
    words = [program, "fingerprint", "0", tmp_path / f"{instance}.txt"]
    found = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    lines = (tmp_path / f"{instance}.expected.txt").read_text().split()
    expected = [float(line) for line in lines[OF_SAMPLES[instance] :]]
    if name == "ba":
        expected *= 10  # observations, of which the file holds one
    weighted = sum(x * (1 + i * 7 % 11) for i, x in enumerate(expected))
    scale = sum(map(abs, expected))
    assert abs(float(found[1]) - weighted) <= 1e-10 * scale
    assert abs(float(found[2]) - scale) <= 1e-10 * scale


@pytest.mark.parametrize("peer", ["adolc", "sacado"])
@pytest.mark.parametrize("kernel", ["gmm", "ba", "lstm", "csr"])
def test_peers_that_are_installed_agree(kernel: str, peer: str, tmp_path: Path) -> None:
    done = kernels("--tool", peer, "--kernel", kernel, "--output", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    numbers = json.loads((tmp_path / "numbers.json").read_text())
    assert numbers["refusals"] == []


def test_the_numbers_and_a_plot_are_written(tmp_path: Path) -> None:
    done = kernels("--tool", "none", "--kernel", "taylor_log", "--output", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (cost,) = json.loads((tmp_path / "numbers.json").read_text())["costs"]
    assert cost["seconds"].keys() == {"primal", "by_hand", "enzcc_primal", "gradient"}
    assert "taylor_log" in (tmp_path / "table.md").read_text()
    done = kernels("--tool", "none", "--kernel", "euler", "--output", tmp_path, "--keep")
    assert done.returncode == 0, done.stdout + done.stderr
    both = json.loads((tmp_path / "numbers.json").read_text())["costs"]
    assert [cost["kernel"] for cost in both] == ["euler", "taylor_log"]
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")


def test_directions_at_once_are_timed() -> None:
    script = ROOT / "benchmarks" / "vector.py"
    command = [sys.executable, script, "--rounds", "1", "--flags=-O2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) == 12
    assert all(float(cell) > 0 for row in rows for cell in row[1:] if "/" not in cell)
