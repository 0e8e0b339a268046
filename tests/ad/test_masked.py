"""Shadows of addresses with tags belong to the shadow's object also where LLVM generates code."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

from calling import Enzcc

PROGRAMS = Path(__file__).parents[1] / "programs"


def test_no_part_of_the_primal_s_object_is_made_of_a_shadow(enzcc: Enzcc, tmp_path: Path) -> None:
    """A shadow at p + (q - p) was loaded before what was stored there: LLVM orders loads by p."""
    source = (PROGRAMS / "lang_tagged_pointers.c").read_text()
    assert "CHECK(f, 0.3, 0.5, -0.7);" in source
    (tmp_path / "two.c").write_text(
        source.replace("CHECK(f, 0.3, 0.5, -0.7);", "CHECK(f, 0.3, 0.5);")
    )
    level = ["-O3", "-msse4.2"] if platform.machine() == "x86_64" else ["-O3"]
    done = enzcc(*level, "-w", f"-I{PROGRAMS}", "two.c", "-o", "two", "-lm")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run([tmp_path / "two"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout
