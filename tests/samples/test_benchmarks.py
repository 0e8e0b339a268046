"""The benchmarks run, and the gradients they time agree with those written by hand."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from building import ROOT


def test_every_kernel_agrees_with_its_adjoint_by_hand() -> None:
    script = ROOT / "benchmarks" / "kernels.py"
    done = subprocess.run(
        [sys.executable, script, "--rounds", "1", "--milliseconds", "1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    kernels = {path.stem for path in (ROOT / "benchmarks" / "kernels").glob("*.c")}
    assert kernels == {line.split("_")[0] for line in done.stdout.splitlines()[1:]}
