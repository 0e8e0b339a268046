"""How errors are printed: as clang does, with the line and a caret."""

from __future__ import annotations

from pathlib import Path

import pytest

from enzcc.errors import Location, UserMistake, WrongType
from enzcc.source import call_arguments, render


@pytest.fixture
def place(tmp_path: Path) -> Location:
    path = tmp_path / "a.c"
    path.write_text(
        "int main(void) {\n"
        '\tint é = f(1, /* two, */ "a,)\\"",\n'
        "            g(3, 4) , ','); // end\n"
        "  return h ();\n"
        "}\n"
    )
    return Location(str(path), 2, 11)


def test_message_line_and_caret(place: Location) -> None:
    error = UserMistake(place, "no 'f'", because="it is late", remedy="sleep")
    where = f"{place.file}:2:11"
    assert render(error).splitlines() == [
        f"{where}: error: no 'f'",
        '    2 |         int é = f(1, /* two, */ "a,)\\"",',
        "      |                 ^",
        f"{where}: note: it is late",
        f"{where}: note: sleep",
    ]


def test_colours_only_if_asked(place: Location) -> None:
    error = UserMistake(place, "no")
    assert "\033" not in render(error)
    assert "\033[0;1;31merror: " in render(error, color=True)


def test_the_caret_points_at_the_argument_to_blame(place: Location) -> None:
    error = WrongType(place, "no")
    error.argument, error.arguments = 2, 4
    text = render(error).splitlines()
    assert text[0] == f"{place.file}:3:13: error: no"
    assert text[2] == "      |             ^~~~~~~"


def test_the_caret_stays_at_the_call_if_arguments_do_not_match(place: Location) -> None:
    error = WrongType(place, "no")
    error.argument, error.arguments = 2, 5
    assert render(error).startswith(f"{place.file}:2:11: error: no\n")


def test_arguments_of_a_call(place: Location) -> None:
    spans = call_arguments(place)
    assert [span.text for span in spans] == ["1", '"a,)\\""', "g(3, 4)", "','"]
    assert [(s.start.line, s.start.column) for s in spans] == [(2, 13), (2, 27), (3, 13), (3, 23)]
    assert call_arguments(Location(place.file, 4, 10)) == []


@pytest.mark.parametrize("line", [0, 6, 99])
def test_places_that_are_not_there(place: Location, line: int) -> None:
    error = UserMistake(Location(place.file, line, 1), "no")
    assert render(error) in (
        f"{place.file}:{line}:1: error: no\n",
        f"{place.file}:{line}:1: error: no\n{line:5} | \n      | ^\n",
    )


def test_a_file_that_cannot_be_read() -> None:
    error = UserMistake(Location("/nowhere/a.c", 3, 1), "no", remedy="yes")
    assert render(error) == "/nowhere/a.c:3:1: error: no\n/nowhere/a.c:3:1: note: yes\n"


def test_no_place_at_all() -> None:
    assert render(UserMistake(None, "no")) == "enzcc: error: no\n"


def test_lines_are_numbered_as_line_directives_say(tmp_path: Path) -> None:
    path = tmp_path / "made.c"
    path.write_text(
        "int a;\n"
        "#line 40\n"
        "int b;\n"
        '# 7 "grammar.y"\n'
        "int c;\n"
        f'#line 90 "{path}"\n'
        "int d = g(1,\n"
        "          2);\n"
    )

    def shown(line: int) -> list[str]:
        return render(UserMistake(Location(str(path), line, 5), "no")).splitlines()[1:]

    assert shown(1) == ["    1 | int a;", "      |     ^"]
    assert shown(40) == ["   40 | int b;", "      |     ^"]
    assert shown(7) == []
    spans = call_arguments(Location(str(path), 90, 9))
    assert [(span.text, span.start.line) for span in spans] == [("1", 90), ("2", 91)]
