"""Pragmas and attributes of Enzyme's which clang does not know.

    #pragma enzyme checkpoint("revolve", 4)
    for (...) ...
    -->
    __enzcc_loop(2,4)
    for (...) ...

    __attribute__((enzyme_inactive))   -->   __attribute__((__EZ_inactive))

A loop's macro is a statement's head that calls a marker (`iterations.outline` finds the loop behind
it); the others are clang's own `annotate`. The rewritten text is laid over the file by clang's
virtual file system: names, lines and columns stay, also those of messages, macros and dependency
files. Sources that do not speak of these things are not touched.

Files that a source includes are found as the preprocessor finds them, in the directory of the file
that includes them and in those that the call names, whatever conditions stand around. What is
included in other ways (a macro is the name; in the system's own directories) is told by clang when
it has compiled the source; it compiles it again where that matters.
"""

from __future__ import annotations

import difflib
import json
import os
import re
from functools import cache
from typing import TYPE_CHECKING, Final

from enzcc.data import INCLUDE
from enzcc.errors import Location, UserMistake
from enzcc.patterns import pattern

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from enzcc.driver.command import Arg, Command

SCHEDULES: Final = {
    "none": 0, "periodic": 1, "regular": 1, "revolve": 2, "store_all": 3, "binomial": 4,
}  # fmt: skip
MOST_FILES: Final = 500
"""So many included files are looked into at most."""

_MACRO: Final = (
    "switch(__extension__({extern void __enzyme_set_checkpointing_next("
    "unsigned long long,unsigned long long);"
    "__enzyme_set_checkpointing_next(s,(unsigned long long)(b));0;}))default:"
)
_WORDS: Final = (
    "inactive_noblock", "inactive", "nofree", "shouldrecompute", "sparse_accumulate",
    "elementwise_read",
)  # fmt: skip
_LIKE: Final = "function_like"
_WORD: Final = pattern(
    rf"\b(?:enzyme::|__enzyme_|enzyme_)({'|'.join((*_WORDS, _LIKE))})(?:__)?\b(?=\s*[,()\]])"
)
_WRONG_ARGUMENTS: Final = pattern(
    rf"\b(?:(?P<like>(?:enzyme::|__enzyme_|enzyme_){_LIKE}(?:__)?)\b(?=\s*(?:[,)\]]|\(\s*\"[^\"\n]*\"\s*,))"
    rf"|(?P<plain>(?:enzyme::|__enzyme_|enzyme_)(?:{'|'.join(_WORDS)})(?:__)?)\b(?=\s*\())"
)
_PRAGMAS: Final = ("checkpoint", "checkpointing_enable")
_USED: Final = pattern(rf"\b__EZS?_({'|'.join((*_WORDS, _LIKE))})\b")
_NAME: Final = r"(?:enzyme::|enzyme_|__enzyme_)checkpoint(?:ing_enable)?(?:__)?"
_GIVEN: Final = r"\s*(?:\((?P<{}>(?:[^()]|\([^()]*\))*)\))?\s*"
_ANNOTATION: Final = pattern(
    rf"(?P<pragma>^[ \t]*\#[ \t]*pragma[ \t]+enzyme[ \t]+checkpoint(?:ing_enable)?[ \t]*"
    rf"(?:\((?P<p>[^\n]*)\))?[ \t]*(?=//|/\*|\r?$))"
    rf"|(?P<unknown>^[ \t]*\#[ \t]*pragma[ \t]+enzyme[ \t]+(?P<word>\w+)[^\n]*)"
    rf"|(?P<square>\[\[\s*{_NAME}{_GIVEN.format('s')}\]\])"
    rf"|(?P<attribute>__attribute(?:__)?\s*\(\(\s*{_NAME}{_GIVEN.format('a')}\)\))"
    rf'|(?P<operator>_Pragma\s*\(\s*"enzyme\s+checkpoint(?:ing_enable)?\s*'
    rf'(?:\((?P<o>(?:[^"]|\\")*)\))?\s*"\s*\))'
    r'|(?P<strange>_Pragma\s*\(\s*"enzyme\s+(?P<called>\w+)(?:[^"\\]|\\.)*"\s*\))'
    r"|(?P<list>__attribute(?:__)?\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\))"
    r"|(?P<squares>\[\[[^\[\]]*\]\])"
    r'|(?P<other>"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*.*?\*/)',
    re.MULTILINE | re.DOTALL,
)
_INCLUDED: Final = pattern(rb'#[ \t]*(?:include|import)(?:_next)?[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>)')
_DIRECTORIES: Final = ("-I", "-isystem", "-idirafter", "-cxx-isystem", "--include-directory")
_FIRST: Final = ("-include", "--include", "-imacros", "--imacros")
_GAP: Final = pattern(r"(?:\s|\\\n|//[^\n]*|/\*.*?\*/|\[\[[^\]]*\]\]|\#[^\n]*)*", re.DOTALL)


def overlay_words(
    command: Command,
    source: Arg,
    path: str | None,
    directory: str,
    *,
    marked: bool,
    further: tuple[str, ...] = (),
) -> list[str]:
    """The words that lay rewritten sources over the user's, none if there are no annotations.

    path        of the source; if that is standard input, of a file of ours with what came in
    directory   makes a directory for temporary files
    marked      the unit asks for derivatives, or may be asked for: headers are looked into even if
                the source itself does not say "enzyme"
    further     files that clang has included as well
    """
    if path is None or not (source.is_c or source.is_header):
        return []
    rewritten: dict[str, str] = {}
    stdin = path if source.value == "-" else None
    for name, content in speaking(command, source, path, marked=marked, further=further):
        text = content.decode("utf-8", "surrogateescape")
        made = _rewritten(text, name, expanded=not source.is_preprocessed)
        if made != text:
            rewritten[name] = made
    if not rewritten:
        return []
    os.makedirs(directory, exist_ok=True)
    roots = []
    for number, (name, text) in enumerate(rewritten.items()):
        if name == stdin:
            _write(name, text)
            continue
        place = os.path.join(directory, f"{number}-{os.path.basename(name)}")
        _write(place, text)
        told = os.stat(name)
        os.utime(place, ns=(told.st_atime_ns, told.st_mtime_ns))  # precompiled headers look at it
        entry = {"type": "file", "name": os.path.abspath(name), "external-contents": place}
        roots.append({**entry, "use-external-name": False})
    overlay = os.path.join(directory, "overlay.yaml")
    with open(overlay, "w", encoding="utf-8") as file:
        json.dump({"version": 0, "use-external-names": False, "roots": roots}, file)
    if not source.is_preprocessed:
        return ["-Xclang", "-ivfsoverlay", "-Xclang", overlay]  # an option of the preprocessor else
    whole = "".join(rewritten.values())
    macros = [f"-D__enzcc_loop(s,b)={_MACRO}"] if "__enzcc_loop(" in whole else []
    for match in dict.fromkeys(m[0] for m in _USED.finditer(whole)):
        macros.append(f"-D{_definition(match)}")
    return ["-ivfsoverlay", overlay, *macros]


def _definition(macro: str) -> str:
    """What an attribute's macro stands for."""
    scope = "clang::" if macro.startswith("__EZS") else ""
    word = macro.split("_", 3)[3]
    if word == _LIKE:
        return f'{macro}(n)={scope}annotate("enzyme_{word}=" n)'
    return f'{macro}={scope}annotate("enzyme_{word}")'


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        file.write(text)


@cache
def speaking(
    command: Command,
    source: Arg,
    path: str,
    *,
    marked: bool = True,
    further: tuple[str, ...] = (),
) -> tuple[tuple[str, bytes], ...]:
    """Those of the source and of the files that it includes that say "enzyme"."""
    files = dict(_files(command, path, beside="" if source.value == "-" else None, marked=marked))
    for name in further:
        files.setdefault(name, _content(name) or b"")
    return tuple((name, content) for name, content in files.items() if b"enzyme" in content)


def overlooked(command: Command, source: Arg, path: str, listing: str) -> tuple[str, ...]:
    """Files that speak of "enzyme" and are not found here, but clang names them in a list of what
    it has included: by way of a macro, or of options that are not known here."""
    lines = (_content(listing) or b"").splitlines()
    known = {os.path.abspath(name) for name, _ in speaking(command, source, path)}
    ours = os.path.join(INCLUDE, "")
    found: dict[str, str] = {}
    for line in lines:
        name = os.fsdecode(line.lstrip(b".").strip())
        key = os.path.abspath(name)
        if key in known or key in found or key.startswith(ours):
            continue
        if b"enzyme" in (_content(name) or b""):
            found[key] = name
    return tuple(found.values())


def _content(name: str) -> bytes | None:
    try:
        with open(name, "rb") as file:
            return file.read()
    except OSError:
        return None


def _files(
    command: Command, path: str, *, beside: str | None, marked: bool
) -> Iterator[tuple[str, bytes]]:
    """The source and the files that it includes, the nearer ones first.

    beside      the directory of the source, if it is not where the file lies
    """
    angled, quoted, first = _searched(command)
    work = [(path, beside)]
    work += [(name, None) for each in first for name in _found(each, [".", *quoted, *angled])]
    known: dict[tuple[str | None, bytes], None] = {}
    seen: dict[str, None] = {}
    for name, home in work:
        key = os.path.abspath(name)
        if key in seen:
            continue
        content = _content(name)
        if content is None:
            continue
        if not seen and not marked and b"enzyme" not in content:
            return
        seen[key] = None
        yield name, content
        if len(seen) == MOST_FILES:
            return
        here = os.path.dirname(name) if home is None else home
        for in_quotes, in_angles in _INCLUDED.findall(content):
            asked = (here if in_quotes else None, in_quotes or in_angles)
            if asked not in known:
                where = [here, *quoted, *angled] if in_quotes else angled
                known[asked] = None
                work += [(found, None) for found in _found(os.fsdecode(asked[1]), where)]


def _searched(command: Command) -> tuple[list[str], list[str], list[str]]:
    """The directories that a call names for <files>, and for "files" only, and the files that it
    includes in front of the source."""
    paths = (os.environ.get(name, "") for name in ("CPATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH"))
    of_environment = [one for path in paths for one in path.split(os.pathsep) if one]
    angled: list[str] = []
    quoted: list[str] = []
    first: list[str] = []
    for arg in command.args:
        word = arg.words[0]
        for option, into in (
            *((name, angled) for name in _DIRECTORIES),
            ("-iquote", quoted),
            *((name, first) for name in _FIRST),
        ):
            if word == option and len(arg.words) == 2:
                into.append(arg.words[1])
            elif word.startswith(option) and not word.startswith("-include-"):
                into.append(word[len(option) :].removeprefix("="))
    return angled + of_environment, quoted, [name for name in first if name]


def _found(name: str, directories: Sequence[str]) -> list[str]:
    """The file of that name in the first directory that has one."""
    paths = (os.path.join(directory, name) for directory in directories)
    return next(([path] for path in paths if os.path.isfile(path)), [])


def _rewritten(text: str, name: str, *, expanded: bool) -> str:
    """The text with each annotation as the head of a statement, of the same size if it can be."""

    def instead(match: re.Match[str]) -> str:
        if match["other"] is not None:
            return match[0]
        unknown = match["word"] or match["called"]
        if unknown is not None:
            if difflib.get_close_matches(unknown, _PRAGMAS, 1, 0.75):
                message = f"cannot read the pragma '{unknown}'; write checkpoint(\"revolve\", 4)"
                raise _mistake(text, match, name, message)
            return match[0]
        if match["list"] is not None or match["squares"] is not None:
            wrong = _WRONG_ARGUMENTS.search(match[0])
            if wrong is not None:
                named = wrong["like"] or wrong["plain"]
                takes = "the name of a function, in quotes" if wrong["like"] else "no arguments"
                raise _mistake(text, match, name, f"the attribute '{named}' takes {takes}")
            return _with_macros(match[0], square=match["squares"] is not None, expanded=expanded)
        given = next((match[k] for k in "psao" if match[k] is not None), "")
        tag, budget = _read(given, lambda message: _mistake(text, match, name, message))
        _check_place(text, match, name)
        if expanded:
            made = _MACRO.replace("(s,", f"({tag},", 1).replace("(b)", f"({budget})")
        else:
            made = f"__enzcc_loop({tag},{budget})"
        return made.ljust(len(match[0])) + "\n" * match[0].count("\n")

    return _ANNOTATION.sub(instead, text)


def _with_macros(attributes: str, *, square: bool, expanded: bool) -> str:
    """A list of attributes, with macros for those of Enzyme's."""

    def instead(match: re.Match[str]) -> str:
        macro = f"__EZ{'S' if square else ''}_{match[1]}"
        if expanded:
            return _definition(macro).split("=", 1)[1].removesuffix(" n)")
        return macro.ljust(len(match[0]))

    made = _WORD.sub(instead, attributes)
    if expanded and _LIKE in attributes:  # the name follows in parentheses
        made = re.sub(r'=" *"?\s*\(\s*"', "=", made)
    return made


def _read(given: str, mistake: Callable[[str], UserMistake]) -> tuple[int, str]:
    """Schedule and budget."""
    parts = [p.strip() for p in given.split(",", 1)] if given.strip() else []
    tag = SCHEDULES["periodic"]
    if parts and '"' in parts[0]:
        found = parts.pop(0).replace("\\", "").strip('"')
        if found not in SCHEDULES:
            names = ", ".join(f'"{n}"' for n in SCHEDULES)
            raise mistake(f"unknown schedule '{found}'; there are {names}")
        tag = SCHEDULES[found]
    return tag, parts[0] if parts and parts[0] else "~0ull"


def _check_place(text: str, match: re.Match[str], name: str) -> None:
    line = text.rfind("\n", 0, match.start()) + 1
    if re.match(r"[ \t]*#[ \t]*define\b", text[line : match.start()]):
        return  # where it is used, the compiler sees
    gap = _GAP.match(text, match.end())
    assert gap is not None
    if not re.match(r"(?:for|[A-Z_]+\w*)\b", text[gap.end() : gap.end() + 80]):
        raise _mistake(
            text, match, name, "only a 'for' statement can have a schedule of checkpoints"
        )


def _mistake(text: str, match: re.Match[str], name: str, message: str) -> UserMistake:
    start = match.start() + len(match[0]) - len(match[0].lstrip())
    line = text.count("\n", 0, start) + 1
    column = start - text.rfind("\n", 0, start)
    return UserMistake(Location(name, line, column), message)
