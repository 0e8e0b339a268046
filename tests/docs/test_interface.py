"""The page that lists the interface row by row names tests that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "interface.md"
FOLDERS = {"e": "errors", "m": "markers", "d": "driver", "r": "rules", "": "programs"}
STATES = ("works", "differs", "refused", "no effect", "inactive", "0")


def rows() -> list[tuple[str, str, str]]:
    """Subject, state, tests."""
    lines = PAGE.read_text().splitlines()
    found = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("| ")]
    return [
        (a.strip(), b.strip(), c.strip()) for row in found if len(row) == 3 for a, b, c in [row]
    ]


def test_every_row_has_a_state() -> None:
    told = [state for _, state, _ in rows() if state != "state"]
    assert len(told) > 60
    assert [state for state in told if not state.startswith(STATES)] == []


def test_the_tests_that_rows_name_are_there() -> None:
    samples = (ROOT / "tests" / "samples" / "test_samples.py").read_text()
    for subject, _, tests in rows():
        for kind, name in re.findall(r"`(?:(\w):)?([\w.]+)`", tests):
            if kind == "s":
                assert f'"{name}"' in samples, subject
            else:
                assert (ROOT / "tests" / FOLDERS[kind] / name).exists(), f"{subject}: {name}"
