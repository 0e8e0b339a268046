"""The option table says of clang's options what clang itself says."""

from __future__ import annotations

import subprocess

import pytest

from enzcc.driver.options import ALONE, NEXT, OPTIONS, REST, Means

# Ours, or of a target that this clang was not built for.
UNKNOWN_TO_CLANG = {
    Means.CLANG,
    Means.REPORT,
    Means.MECHANISM,
    Means.ACROSS_FILES,
    Means.PLACE,
    Means.ENZYME,
}
MISSING = "/no/such/file.c"


def reads_as_input(clang: str, *words: str) -> bool:
    """Whether the last word is an input: then clang says that the file does not exist."""
    done = subprocess.run(
        [clang, "-###", "-c", *words, MISSING], capture_output=True, text=True, check=False
    )
    assert "unknown argument" not in done.stderr
    return f"no such file or directory: '{MISSING}'" in done.stderr


TAKES_NEXT = sorted(name for name, (shape, _) in OPTIONS.items() if shape & NEXT)


@pytest.mark.parametrize("name", TAKES_NEXT)
def test_the_next_word_is_the_operand(clang: str, name: str) -> None:
    assert not reads_as_input(clang, name)


STANDS_ALONE = sorted(
    name
    for name, (shape, means) in OPTIONS.items()
    if shape & ALONE
    and not shape & NEXT
    and means not in (*UNKNOWN_TO_CLANG, Means.QUERY, Means.VERSION)
)


@pytest.mark.parametrize("name", STANDS_ALONE)
def test_the_next_word_is_an_input(clang: str, name: str) -> None:
    assert reads_as_input(clang, name)


def test_every_row_has_a_shape() -> None:
    assert all(shape for shape, _ in OPTIONS.values())


# Options of clang that begin like one of ours with a joined operand: none may be taken for it.
@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("-object-file-name=foo", Means.PASS),
        ("-ofoo", Means.OUTPUT),
        ("-xc++", Means.LANGUAGE),
        ("-lm", Means.LINK),
        ("-O2", Means.LEVEL),
        ("-Ofast", Means.LEVEL),
        ("-gline-tables-only", Means.DEBUG),
        ("-gsplit-dwarf", Means.NAMES_FILES),
        ("-MFfoo.d", Means.DEPENDENCIES),
        ("-MD", Means.DEPENDENCIES),
        ("-MMD", Means.DEPENDENCIES),
        ("-include", Means.PASS),
        ("-offload-arch=x", Means.PASS),
    ],
)
def test_the_longest_row_counts(word: str, means: int) -> None:
    from enzcc.driver.command import _recognise

    assert _recognise(word)[0] == means


def test_rest_rows_take_their_operand_in_the_word(clang: str) -> None:
    for name in ("-o", "-x", "-l", "-MF", "-MT", "-MQ"):
        assert OPTIONS[name][0] & REST
        operand = "c" if name == "-x" else "foo"
        assert reads_as_input(clang, name + operand)
