"""A command line, understood: argv in, a `Command` out, which nothing changes afterwards."""

from __future__ import annotations

from enzcc.driver.options import (
    ALONE,
    C_FAMILY,
    C_LANGUAGES,
    ENZYME_OPTIONS,
    HEADERS,
    IR,
    MECHANISMS,
    NEXT,
    NUMBER,
    OPTIONS,
    PREPROCESSED,
    REST,
    REST_AND_NEXT,
    SWITCH,
    THREE,
    TWO,
    Means,
)
from enzcc.driver.words import expand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Final

_HANDED_OUT: Final = {TWO: 2, THREE: 3, REST_AND_NEXT: 1}
_LONGEST: Final = max(map(len, OPTIONS))


class Arg:
    """One option or input with all its words.

    value      what was given to it: the file after -o, the path of an input
    language   of an input: what -x said, "" where the suffix decides
    """

    __slots__ = ("language", "means", "value", "words")

    def __init__(self, means: int, words: tuple[str, ...], value: str, language: str = "") -> None:
        self.means, self.words, self.value, self.language = means, words, value, language

    @property
    def suffix(self) -> str:
        """The suffix of an input: `c` of foo.c."""
        name = self.value.rpartition("/")[2]
        return name.rpartition(".")[2] if "." in name else ""

    @property
    def is_ir(self) -> bool:
        """LLVM IR, as text or as bitcode."""
        return self.language == "ir" or (not self.language and self.suffix in IR)

    @property
    def is_c(self) -> bool:
        """A language in which a marker can be called."""
        if self.language:
            return self.language in C_LANGUAGES
        return self.value == "-" or self.suffix in C_FAMILY

    @property
    def is_preprocessed(self) -> bool:
        """Whether the preprocessor sees it, and so may have to find <enzyme.h>."""
        if self.is_header:
            return True
        if self.language:
            return self.is_c and "cpp-output" not in self.language
        return self.is_c and self.suffix not in PREPROCESSED

    @property
    def is_header(self) -> bool:
        if self.language:
            return self.language.endswith("-header")
        return self.suffix in HEADERS

    @property
    def stem(self) -> str:
        """The name clang derives output names from: `dir/foo.c` gives `foo`."""
        name = self.value.rpartition("/")[2]
        return name.rpartition(".")[0] or name


class Command:
    """What the user asked for. Frozen: every step derives its own words from it.

    stage      "link", "object", "assembly", or "query": a call that differentiates nothing
    output     the operand of -o, or None
    enzyme     values of the -enzyme-... options
    mechanisms how derivatives are made, by field of the settings
    links_derivatives  -fenzcc-link: objects carry their IR, derivatives across files when linking
    directory  where clang looks for and puts files with relative names, "" for where it was called
    report     where -fenzcc-report goes: a file, "" for stderr, None if not asked for
    warnings   what to tell the user about options that we do not know
    """

    __slots__ = (
        "args",
        "clang",
        "cxx",
        "directory",
        "emit_llvm",
        "enzyme",
        "expanded",
        "links_derivatives",
        "mechanisms",
        "mistakes",
        "original",
        "output",
        "report",
        "stage",
        "warnings",
    )

    def __init__(self, argv: Sequence[str], *, cxx: bool) -> None:
        self.original = tuple(argv)
        self.cxx = cxx
        self.expanded = expand(argv)
        args = list(_own(list(parse(self.expanded))))
        means = {arg.means for arg in args}
        self.stage = _stage(args, means)
        self.output = _last(args, Means.OUTPUT)
        self.emit_llvm = Means.EMIT_LLVM in means
        self.clang = _last(args, Means.CLANG)
        report = _last(args, Means.REPORT)
        self.report = None if report is None else report.removeprefix("=")
        self.directory = _last(args, Means.DIRECTORY) or ""
        if self.directory and self.report:
            from os.path import abspath

            self.report = abspath(self.report)
        self.mechanisms = dict(
            MECHANISMS[arg.words[0]] for arg in args if arg.means == Means.MECHANISM
        )
        if not _contracts(args):
            self.mechanisms["contract"] = False
        self.links_derivatives = _last_word(args, Means.ACROSS_FILES) == "-fenzcc-link"
        self.enzyme, self.warnings, self.mistakes = _enzyme(args)
        if self.report is None and self.enzyme.get("enzyme-print-perf") is True:
            self.report = ""
        self.args = tuple(arg for arg in args if arg.means not in _OURS)

    @property
    def inputs(self) -> list[Arg]:
        return [arg for arg in self.args if arg.means == Means.INPUT]

    @property
    def candidates(self) -> list[Arg]:
        """The inputs that may call a marker."""
        return [arg for arg in self.inputs if arg.is_c or arg.is_ir]

    @property
    def only_links(self) -> bool:
        """Whether objects and libraries are linked and nothing is compiled."""
        other = (Means.QUERY, Means.VERSION, Means.OBJECT, Means.ASSEMBLY)
        inputs = self.inputs
        return (
            (bool(inputs) or self.has(Means.LINK))
            and not any(arg.means in other for arg in self.args)
            and not any(arg.is_header or arg.is_c or arg.is_ir for arg in inputs)
        )

    @property
    def makes_dependencies(self) -> bool:
        """Whether a file of dependencies is written beside the output."""
        makes = ("-MD", "-MMD", "--write-dependencies", "--write-user-dependencies")
        return any(arg.words[0] in makes for arg in self.args)

    @property
    def level(self) -> str:
        """The last -O, without the O: "0", "2", "s", "fast" ..."""
        value = _last(self.args, Means.LEVEL)
        if value is None:
            return "0"
        return value or "1"

    @property
    def has_debug(self) -> bool:
        """Whether the user asked for debug information, at least for line numbers."""
        wanted = False
        for arg in self.args:
            if arg.means == Means.DEBUG:
                wanted = _wants_debug(arg.value, wanted)
        return wanted

    @property
    def tracks_locations(self) -> bool:
        """Whether clang keeps locations for other ends than debug information."""
        return any(arg.words[0].startswith(NEEDS_LOCATIONS) for arg in self.args)

    @property
    def sanitizers(self) -> set[str]:
        """The names after -fsanitize=."""
        return {
            name
            for arg in self.args
            if arg.means == Means.SANITIZE
            for name in arg.value.split(",")
        }

    def has(self, means: int) -> bool:
        return any(arg.means == means for arg in self.args)

    def words(
        self,
        *,
        without: Collection[int] = (),
        only: Collection[Arg] | None = None,
        instead: Mapping[Arg, str] | None = None,
        add: Sequence[str] = (),
    ) -> list[str]:
        """What clang gets: the user's words in their order.

        without   meanings to leave out
        only      the inputs to keep, if not all
        instead   objects and IR to put in the places of inputs
        add       more words, at the end
        """
        before: list[str] = []
        inputs: list[str] = []
        into = before
        as_given = only is None and not instead
        instead = instead or {}
        language = ""
        for arg in self.args:
            if arg.means == Means.INPUTS:
                into = inputs
            if arg.means in without or (arg.means == Means.LANGUAGE and not as_given):
                continue
            if arg.means != Means.INPUT or as_given:
                into += arg.words
            elif only is None or arg in only:
                wanted = "" if arg in instead else arg.language
                if wanted != language:
                    before += ("-x", wanted or "none")
                    language = wanted
                into.append(instead.get(arg, arg.value))
        return [*before, *add, *inputs]


_OURS: Final = frozenset(
    (
        *(Means.CLANG, Means.REPORT, Means.MECHANISM, Means.ENZYME, Means.ENZYME_AT_LINK),
        Means.ACROSS_FILES,
    )
)


_SEPARATE: Final = frozenset(("-ffp-contract=off", "-ffp-model=strict"))


def _contracts(args: Sequence[Arg]) -> bool:
    """Whether products and sums may be fused: clang's default."""
    said = [a.words[0] for a in args if a.words[0].startswith(("-ffp-contract=", "-ffp-model="))]
    return not said or said[-1] not in _SEPARATE


NEEDS_LOCATIONS: Final = (
    "--coverage",
    "-coverage",
    "-fprofile-arcs",
    "-ftest-coverage",
    "-fprofile-sample-use",
    "-fsave-optimization-record",
    "-Rpass",
)


def _last(args: Sequence[Arg], means: int) -> str | None:
    for arg in reversed(args):
        if arg.means == means:
            return arg.value
    return None


def _last_word(args: Sequence[Arg], means: int) -> str:
    """The last option with this meaning, as it was spelled."""
    return next((arg.words[0] for arg in reversed(args) if arg.means == means), "")


def _wants_debug(value: str, before: bool) -> bool:
    """What -g<value> says, where -g... before it said `before`."""
    if value in ("", "1", "2", "3"):
        return True
    if value == "0" or value.endswith("gdb0"):
        return False
    if value.startswith(("gdb", "lldb", "line-", "full", "modules", "dwarf", "split-dwarf")):
        return True
    return before  # -gz, -gcolumn-info and other details


def _stage(args: list[Arg], means: set[int]) -> str:
    if means & {Means.QUERY, Means.VERSION, Means.PLACE}:
        return "query"
    inputs = [arg for arg in args if arg.means == Means.INPUT]
    if any(arg.is_header for arg in inputs):
        return "query"
    if not any(arg.is_c or arg.is_ir for arg in inputs):
        return "query"
    if Means.ASSEMBLY in means:
        return "assembly"
    return "object" if Means.OBJECT in means else "link"


def parse(words: list[str]) -> Iterator[Arg]:
    """Group the words into options with their operands, and inputs."""
    language = ""
    position = 0
    only_inputs = False
    while position < len(words):
        word = words[position]
        if not word:  # clang passes over it
            position += 1
            continue
        if only_inputs or word == "-" or not word.startswith("-"):
            yield Arg(Means.INPUT, (word,), word, language)
            position += 1
            continue
        means, count, value = _recognise(word)
        operands = words[position + 1 : position + 1 + count]
        position += 1 + count
        if count:
            value = value or (operands[0] if operands else "")
        if means == Means.LANGUAGE:
            language = "" if value == "none" else value
        only_inputs = means == Means.INPUTS
        yield Arg(means, (word, *operands), value)


def _recognise(word: str) -> tuple[int, int, str]:
    """What an option means, how many words follow it, and what is joined to it."""
    row = OPTIONS.get(word)
    if row is not None:
        shape, means = row
        if shape & NEXT:
            return means, 1, ""
        if shape & (ALONE | REST):
            return means, 0, ""
        return means, _HANDED_OUT[shape], ""
    for length in range(min(len(word), _LONGEST), 1, -1):
        row = OPTIONS.get(word[:length])
        if row is not None and row[0] & (REST | REST_AND_NEXT):
            shape, means = row
            return means, 1 if shape == REST_AND_NEXT else 0, word[length:]
    return Means.PASS, 0, ""


def _own(args: list[Arg]) -> Iterator[Arg]:
    """Take out what is meant for Enzyme's plugin: the plugin itself, and -mllvm -enzyme-..."""
    position = 0
    while position < len(args):
        arg = args[position]
        position += 1
        if arg.means == Means.PLUGIN and _is_enzyme_plugin(arg.value):
            continue
        if arg.means == Means.LINK and "nzyme" in arg.value:
            yield from _own_at_link_time(arg)
            continue
        if arg.means == Means.LLVM and arg.value.lstrip("-").startswith("enzyme"):
            yield Arg(Means.ENZYME, arg.words, arg.value)
            continue
        if arg.means == Means.XCLANG:
            following = args[position] if position < len(args) else None
            value = following.value if following and following.means == Means.XCLANG else ""
            if arg.value == "-mllvm" and value.lstrip("-").startswith("enzyme"):
                yield Arg(Means.ENZYME, (value,), value)
                position += 1
                continue
            if arg.value.startswith("-mllvm=") and arg.value[7:].lstrip("-").startswith("enzyme"):
                yield Arg(Means.ENZYME, arg.words, arg.value[7:])
                continue
            if arg.value == "-load" and _is_enzyme_plugin(value):
                position += 1
                continue
        if arg.means == Means.ENZYME:
            yield Arg(Means.ENZYME, arg.words, arg.words[0])
            continue
        yield arg


def _is_enzyme_plugin(path: str) -> bool:
    """ClangEnzyme-22.so, LLVMEnzyme-22.dylib, LLDEnzyme ...: enzcc does their work."""
    return path.rpartition("/")[2].startswith(("ClangEnzyme", "LLVMEnzyme", "LLDEnzyme"))


def _enzyme(
    args: list[Arg],
) -> tuple[Mapping[str, bool | int | str], tuple[str, ...], tuple[str, ...]]:
    """Values of the -enzyme-... options, warnings about unknown ones, and bad values."""
    values: dict[str, bool | int | str] = {}
    warnings: list[str] = []
    mistakes: list[str] = []
    for arg in args:
        if arg.means == Means.ENZYME_AT_LINK:
            warnings.append(f"'{arg.value}' has no effect when linking: give it to the compiler")
        if arg.means != Means.ENZYME:
            continue
        name, equals, value = arg.value.lstrip("-").partition("=")
        kind = ENZYME_OPTIONS.get(name)
        if kind is None:
            warnings.append(f"enzcc does not know the option '-{name}'; it has no effect")
        elif kind == SWITCH:
            switch = {"": True, "1": True, "true": True, "0": False, "false": False}.get(
                value.lower()
            )
            if switch is None:
                mistakes.append(f"invalid value '{value}' for '-{name}': expected 0 or 1")
            else:
                values[name] = switch
        elif kind == NUMBER:
            if value.isdecimal():
                values[name] = int(value)
            else:
                mistakes.append(f"invalid value '{value}' for '-{name}': expected a number")
        elif equals:
            values[name] = value
        else:
            mistakes.append(f"the option '-{name}' needs a value: -{name}=...")
    return values, tuple(warnings), tuple(mistakes)


def _own_at_link_time(arg: Arg) -> Iterator[Arg]:
    """-Wl,-mllvm=-enzyme-...: enzcc differentiates when it compiles, never when it links."""
    kept = []
    for part in arg.words[0].split(","):
        if part.startswith(("-mllvm=-enzyme", "-plugin-opt=-enzyme", "--plugin-opt=-enzyme")):
            yield Arg(Means.ENZYME_AT_LINK, (part,), part)
        elif not _is_enzyme_plugin(part.rpartition("=")[2]):
            kept.append(part)
    if len(kept) > 1 or arg.words[0] != "-Wl," + arg.value:
        yield Arg(Means.LINK, (",".join(kept), *arg.words[1:]), arg.value)
