"""Response files, read and written."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enzcc.driver.words import expand, join, split

WORDS = st.lists(st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8), max_size=6)


@given(WORDS)
def test_what_we_write_we_read(words: list[str]) -> None:
    assert split(join(words)) == words


TEXTS = [
    r"a b",
    r"'a b' c",
    r'"a b"c d',
    r"a\ b c\\d",
    r'"a\"b" \'c',
    r"'it''s' '' x",
    'a\\\tb  c "d\'e"',
    r"'a\'b' c",
    "  leading and trailing  \n\n",
    "a\\\nb",
]


@pytest.mark.parametrize("text", TEXTS)
def test_we_split_as_clang_does(clang: str, tmp_path: Path, text: str) -> None:
    (tmp_path / "rsp").write_text(text)
    (tmp_path / "empty.c").touch()
    told = subprocess.run(
        [clang, "-c", "-v", "-fsyntax-only", "empty.c", "-###", "--", "@rsp"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stderr
    words = [word for word in split(text) if word]
    for word in words:
        assert f"no such file or directory: '{word}'" in told
    assert told.count("no such file") == len(words)


def test_files_within_files(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.write_text("-DINNER 'x y'")
    outer = tmp_path / "outer"
    outer.write_text(f"-O2 @{inner} foo.c")
    assert expand(["-c", f"@{outer}", "-g"]) == ["-c", "-O2", "-DINNER", "x y", "foo.c", "-g"]


def test_a_missing_file_stays_a_word() -> None:
    assert expand(["@/no/such/file", "@"]) == ["@/no/such/file", "@"]


def test_a_cycle_ends(tmp_path: Path) -> None:
    cycle = tmp_path / "cycle"
    cycle.write_text(f"@{cycle}")
    assert expand([f"@{cycle}"]) == [f"@{cycle}"]
