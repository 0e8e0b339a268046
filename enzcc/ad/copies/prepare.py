"""Makes simplified copies of the functions to differentiate: inlined, in SSA form, loops in
canonical form.

    define double @f(ptr %x) #0 { ... call double @helper(...) ... }
    -->
    define double @f..enzcc(ptr %x) { ... helper's body, registers instead of stack slots ... }

The user's functions stay as they are: their own code is not touched. Copies of functions that must
stay calls (recursive, too large, variadic, `noinline` of C++) call each other's copies.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache, partial
from typing import Final, final

from enzcc import llvm
from enzcc.ad.calls.dispatch import PREFIX, Dispatch
from enzcc.ad.calls.liveclasses import live_tables
from enzcc.ad.copies.agreed import with_agreed, without_uncalled
from enzcc.ad.copies.alike import merge_alike
from enzcc.ad.copies.arms import with_arms
from enzcc.ad.copies.assembly import with_plain_assembly, with_roundings, with_vector_signs
from enzcc.ad.copies.blended import with_blends
from enzcc.ad.copies.bodies import with_bodies
from enzcc.ad.copies.bystanders import shown
from enzcc.ad.copies.byvalue import with_own_copies
from enzcc.ad.copies.chosen import with_choices
from enzcc.ad.copies.counted import with_counters
from enzcc.ad.copies.ends import with_ends
from enzcc.ad.copies.exchanged import with_exchanges
from enzcc.ad.copies.fieldtypes import FieldTypes
from enzcc.ad.copies.halves import with_whole_words
from enzcc.ad.copies.hoisted import with_hoisted_loads
from enzcc.ad.copies.joined import join_halves
from enzcc.ad.copies.library import library_in
from enzcc.ad.copies.librarylines import LibraryLines
from enzcc.ad.copies.mantissas import with_mantissas
from enzcc.ad.copies.moved import Moved
from enzcc.ad.copies.pairs import hands_on, store_as_vectors
from enzcc.ad.copies.picked import with_picked
from enzcc.ad.copies.reducible import fold_lone_phis, make_reducible
from enzcc.ad.copies.silent import looks_at_errno, without_errno
from enzcc.ad.copies.slopes import with_slopes
from enzcc.ad.copies.unchecked import without_checks, without_checks_of_library
from enzcc.ad.copies.unhoisted import unhoist
from enzcc.ad.copies.unions import with_whole_unions
from enzcc.ad.copies.unsunk import unsink
from enzcc.ad.copies.variadic import with_parameters
from enzcc.ad.copies.watched import WATCHED, unwatched, watching, with_plain_functions
from enzcc.ad.exceptions.caught import return_what_is_caught
from enzcc.ad.exceptions.destroyed import (
    owning_in,
    thrown_destructors,
    with_destroyers,
    with_own_destruction,
)
from enzcc.ad.exceptions.thrown import with_handlers_apart, with_pointers_loaded
from enzcc.ad.exceptions.unwinding import settle
from enzcc.ad.names import SUFFIX, kept, prepared, prepared_distinct
from enzcc.analysis.cfg import Shape
from enzcc.ir.function import Function
from enzcc.ir.lines import POINTER_CALL, attribute_groups, definitions, lines_with, name_in
from enzcc.ir.module import Module
from enzcc.ir.names import quoted
from enzcc.markers import raised
from enzcc.patterns import pattern

INLINE_LIMIT: Final = 20_000
"""Lines of unoptimised IR, callees included, up to which a function called once is inlined ..."""

COPY_LIMIT: Final = 2_000
"""... and if it is called from several places."""

WHOLE_LIMIT: Final = 1_500
"""Branches and arithmetic that all these bring to one function; if that is more, COPY_LIMIT is
lower: what LLVM does to one function may take time that grows with the square of its size."""

MOST_ROUNDS: Final = 40
"""How often calls that became known by inlining are followed."""

INLINED_AGAIN: Final = 3
"""In how many of these rounds one function is inlined: one that calls itself through a pointer
becomes known by that again."""

MOST_AGREED: Final = 4
"""How often constants are handed on to what calls each other."""

CELLS: Final = (
    "__enzcc_clear_cells",
    "__enzcc_clear_numbers",
    "__enzcc_copy_cells",
    "__enzcc_copy_pointers",
    "__enzcc_move_adjoint_",
    "__enzcc_redirect",
)
"""Functions of the run-time library that are differentiated by their bodies."""

_NAME = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)\(')
_CALL = pattern(r'@(?<=[ )]@)("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)(?=\()')
_NESTING = pattern(r'["()]')
_WORK = pattern(r"^  (?:br i1|%\S+ = (?:f(?:mul|add|sub|div|neg|cmp)|icmp)) ", re.M)
_CXX = "mustprogress"
"""What clang says of functions of C++."""

_LINKAGE = frozenset(
    "private internal available_externally linkonce linkonce_odr weak weak_odr common appending"
    " extern_weak external dso_local dso_preemptable hidden protected default dllimport"
    " dllexport".split()
)
_DROPPED_ATTRIBUTES = pattern(
    r"\b(?:noinline|optnone|alwaysinline|inlinehint|cold|hot|minsize|optsize|naked|null_pointer_is_valid|strictfp)\b"
)


@final
class _Definition:
    """One function of the module, as text."""

    def __init__(self, text: str) -> None:
        self.text = text
        line, self.body = text.split("\n", 1)
        self.name, self.prefix, self.params, self.trailer = _head(line)
        self._calls: list[str] | None = None  # most are never asked
        self._work: int | None = None

    @property
    def calls(self) -> list[str]:
        """What it calls by name, call by call."""
        if self._calls is None:
            self._calls = [m.strip('"') for m in _CALL.findall(self.body)]
        return self._calls

    @property
    def called(self) -> dict[str, None]:
        """What it calls by name."""
        return dict.fromkeys(self.calls)

    @property
    def is_variadic(self) -> bool:
        """Does it take `...`?"""
        return self.params.endswith("...")

    @property
    def lines(self) -> int:
        """How many lines its body has."""
        return self.body.count("\n")

    @property
    def work(self) -> int:
        """How many branches and how much arithmetic its body has."""
        if self._work is None:
            self._work = len(_WORK.findall(self.body))
        return self._work

    def redirect(self, names: Mapping[str, str]) -> None:
        """Calls other functions in place of these."""
        if names.keys().isdisjoint(self.calls if names else ()):
            return
        self.body = _CALL.sub(lambda m: f"@{names.get(m.group(1), m.group(1))}", self.body)
        self._calls = [names.get(name, name) for name in self.calls]


@lru_cache(maxsize=65536)
def _head(line: str) -> tuple[str, str, str, str]:
    """Of a define line: the name, what is in front of it, the parameters, what is behind them."""
    match = _NAME.search(line)
    assert match is not None
    end = _closing(line, match.end() - 1)
    trailer = line[end + 1 :].removesuffix("{").strip()
    prefix = line[len("define ") : match.start()]
    return match.group(1).strip('"'), prefix, line[match.end() : end], trailer


def _closing(text: str, start: int) -> int:
    depth = 0
    quoted_part = False
    for found in _NESTING.finditer(text, start):
        char = found[0]
        if char == '"':
            quoted_part = not quoted_part
        elif quoted_part:
            continue
        elif char == "(":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return found.start()
    raise ValueError("unbalanced parentheses in a define line")


def copied(
    text: str,
    roots: Iterable[str],
    keep: frozenset[str] = frozenset(),
    inactive_globals: Iterable[str] = (),
    *,
    optimise: bool = True,
    level: int = 2,
    distinct: Iterable[str] = (),
    checks: bool = True,
    calls: bool = True,
) -> str:
    """The text of the module with copies (`name + SUFFIX`) of the roots and of all that they call,
    as LLVM simplifies them.

    Simplification may turn calls through pointers into calls by name; those are followed in turn.
    Without `optimise` the copies are in SSA form, and nothing more is simplified or inlined.

    level             LLVM's passes simplify them as at -O<level>
    keep              functions whose bodies are none of our business: copies call them by their
                      kept names, which are declared only
    inactive_globals  variables through which no derivative flows, hence no value is forwarded
    distinct          roots that get a second copy, whose pointers do not lead to the same memory
    checks            checks of sanitizers in the functions are in the copies, too
    calls             what C++ marks `noinline` stays a call
    """
    text = with_plain_functions(_with_named_labels(text))
    if thrown := thrown_destructors(text):
        bodies = {d.name: d.body for d in _every_definition(text) if d.name not in keep}
        text = with_destroyers(text, thrown, bodies)
    every = _definitions(without_checks_of_library(text) if checks else without_checks(text))
    roots = [name for name in dict.fromkeys(roots) if name in every]
    heads = _heads(text) if keep else {}
    keep = frozenset(name for name in keep if name in heads)
    found = {name: d for name, d in every.items() if name not in keep}
    groups = attribute_groups(text)
    live = live_tables(text, {d.name: d.body for d in _every_definition(text)}, roots)
    reachable = _reachable([name for name in roots if name in found], found)
    inlined = _inlined(reachable, groups, optimise, calls)
    lines, silent = LibraryLines(text, reachable, roots), not looks_at_errno(text)
    copies = [
        _copy(
            reachable[name],
            name in inlined,
            reachable,
            groups,
            keep,
            lines,
            silent=silent,
            root=name in roots,
        )
        for name in reachable
    ]
    twins = set(distinct).intersection(roots) if optimise else set()
    copies += [
        d for n, c in zip(reachable, copies, strict=True) if n in twins for d in _distinct(n, c)
    ]
    moved = Moved(text)
    copies = [moved.as_floats(_through_globals(copy, inactive_globals)) for copy in copies]
    copies = with_parameters(text, with_bodies(text, copies), keep)
    fields = FieldTypes(text)
    copies = [fields.told(copy) for copy in copies]
    copies += [_wrapper(every[name]) for name in roots if name in keep]
    text += "\n" + "\n".join(
        [*copies, *(_declaration(heads[n], n, groups) for n in sorted(keep)), *fields.added]
    )
    names = list(dict.fromkeys([*_copies_in(copies), *map(prepared, (*reachable, *roots))]))
    sought = [f(name) for name in roots for f in (prepared, prepared_distinct)]
    level = level if optimise else 0
    text = _simplified(text, names, sought, level)
    dispatch = Dispatch(keep, live)
    followed: Counter[str] = Counter()
    for _ in range(MOST_ROUNDS):
        late = _called_late(text, found, keep)
        if late is not None:
            followed.update(late.keys())
            again = {name for name, times in followed.items() if times > INLINED_AGAIN}
            text = _follow(
                text,
                late,
                keep,
                again,
                sought,
                level=level,
                checks=checks,
                calls=calls,
                silent=silent,
            )
            continue
        by_name = dispatch.by_name(text)
        if by_name is None:
            break
        text = by_name
        found |= {
            d.name: d
            for d in _every_definition(text)
            if d.name.startswith(PREFIX) and not d.name.endswith(SUFFIX)
        }
    if optimise:
        for _ in range(MOST_AGREED):
            text, changed = with_agreed(text, sought)
            if not changed:
                break
            text = without_uncalled(_simplified(text, changed, sought, level, []), sought)
        text = merge_alike(text, sought)
    return with_blends(with_mantissas(with_roundings(with_vector_signs(text))))


def prepare(
    text: str,
    roots: Iterable[str],
    *,
    optimise: bool = True,
    distinct: Iterable[str] = (),
    arms: bool = False,
    choices: bool = False,
    counters: bool = False,
    ends: bool = False,
) -> Module:
    """The module with copies of the roots, as `copied` makes them; their loops have the form that
    we need.

    distinct  roots that have got a second copy; loops get a second version, in which what they read
              again and again stays
    arms      numbers that one arm of a branch needs are computed in it
    choices   arms that only choose between numbers become choices
    counters  loops that walk with pointers count their iterations
    ends      iterations at the ends of loops that differ from all others stand apart
    """
    roots = dict.fromkeys(roots)
    twins = set(distinct).intersection(roots) if optimise else set()
    module = _with_plain_shape(text, ends and optimise)
    with_own_copies(module, _made_in(module))
    made = _made_in(module) if optimise else []
    with_slopes(module, made)
    if counters:
        with_counters(module, made)
    if choices:
        with_choices(module, made)
    if arms:
        with_picked(module, made)
        with_arms(module, made)
    if twins:
        alone = {prepared(name) for name in roots if name not in twins}
        with_hoisted_loads(module, [name for name in made if name not in alone])
    return module


def _distinct(name: str, copy: str) -> list[str]:
    """The copy of a root once more, with `noalias` parameters, if there are several without."""
    head, body = copy.split("\n", 1)
    before, after = f"@{quoted(prepared(name))}(", f"@{quoted(prepared_distinct(name))}("
    start = head.index(before)
    end = _closing(head, start + len(before) - 1)
    params = head[start + len(before) : end]
    told = re.sub(r"(^|, )ptr (?!noalias)", r"\1ptr noalias ", params)
    if told.count("ptr noalias ") - params.count("ptr noalias ") < 1 or told.count("ptr ") < 2:
        return []
    return [f"{head[:start]}{after}{told}{head[end:]}\n{body}"]


def _heads(text: str) -> dict[str, str]:
    """The lines that define or declare functions, by name."""
    out: dict[str, str] = {}
    for word in ("\ndefine ", "\ndeclare "):
        start = text.find(word)
        while start >= 0:
            end = text.find("\n", start + 1)
            out[name_in(text, start)] = text[start + 1 : end if end >= 0 else len(text)]
            start = text.find(word, start + 1)
    return out


def _declaration(line: str, name: str, groups: Mapping[str, str]) -> str:
    """Declares the kept name of a function, which that line defines or declares."""
    start = line.index("@")
    opening = start + 1 + len(quoted(name))
    end = _closing(line, opening)
    words = line[:start].split()[1:]
    prefix = " ".join(w for w in words if w not in _LINKAGE and not w.startswith("!"))
    words = line[end:].split()
    words += [word for group in words for word in groups.get(group, "").split()]
    throws = " nounwind" if "nounwind" in words else ""
    return f"declare {prefix} @{quoted(kept(name))}{line[opening : end + 1]}{throws}\n"


def _wrapper(definition: _Definition) -> str:
    """A copy of a function that is kept: it only calls it."""
    prefix = " ".join(w for w in definition.prefix.split() if w not in _LINKAGE)
    head = f"define {prefix} @{quoted(prepared(definition.name))}({definition.params}) noinline {{"
    call = f"call {prefix} @{quoted(kept(definition.name))}({definition.params})"
    if prefix.split()[-1] == "void":
        return f"{head}\n  {call}\n  ret void\n}}\n"
    type = _result_type(prefix)  # noqa: A001
    return f"{head}\n  %made = {call}\n  ret {type} %made\n}}\n"


def _result_type(prefix: str) -> str:
    """The type in `noundef zeroext { i8, i32 }` and the like."""
    for opening, closing in ("{}", "<>", "[]"):
        if prefix.endswith(closing):
            return prefix[prefix.index(opening) :]
    return prefix.split()[-1]


def _through_globals(copy: str, names: Iterable[str]) -> str:
    """A copy in which accesses to these variables are volatile: what is read is what lies there."""
    for name in names:
        symbol = re.escape("@" + quoted(name))
        if not re.search(rf"{symbol}(?![-\w.$])", copy):
            continue
        made = re.findall(
            rf"^  (%\S+) = getelementptr [^\n]*ptr {symbol}(?![-\w.$])", copy, re.MULTILINE
        )
        made = [re.escape(pointer) + r"(?=[, \n])" for pointer in made]
        pointer = "|".join([rf"{symbol}(?![-\w.$])", *made])
        access = (
            r"^(  (?:%\S+ = load|store)) ((?:(?!volatile)[^\n])*?"
            rf", ptr (?:getelementptr [^\n]*?)?(?:{pointer}))"
        )
        copy = re.sub(access, r"\1 volatile \2", copy, flags=re.MULTILINE)
    return copy


def _every_definition(text: str) -> Iterator[_Definition]:
    return (_Definition(text[start:end]) for start, end in definitions(text))


def _definitions(text: str) -> dict[str, _Definition]:
    """The functions by name, without those of our own run-time library that the tables know."""
    found = {d.name: d for d in _every_definition(text)}
    bodies = library_in(text)
    owning = owning_in(text)
    if WATCHED in text:
        groups, kept_as_is = (
            attribute_groups(text),
            watching({n: d.calls for n, d in found.items()}),
        )
        for definition in found.values():
            if definition.name not in kept_as_is:
                definition.body = unwatched(definition.body, groups)
    for definition in found.values():
        if owning:
            definition.body = with_own_destruction(definition.body, owning)
        definition.redirect(bodies)
    known = (*CELLS, *bodies.values())
    return {n: d for n, d in found.items() if not n.startswith("__enzcc_") or n.startswith(known)}


def _with_plain_shape(text: str, ends: bool) -> Module:
    """The module; cycles with several entries, as gotos make them, have got one, and stores that
    were sunk and allocations that were hoisted stand in their arms; with `ends`, what differs at
    the ends of loops stands apart."""
    module = Module.parse(text)
    names = [n for n in _made_in(module) if Shape(module.function(n)).irreducible]
    if names:
        for name in names:
            fold_lone_phis(module.function(name))
        text = module.print()
        module = Module.parse(shown(text, names, partial(llvm.demote, names=names)))
        for name in names:
            make_reducible(module.function(name))
            module.function(name).name_everything()
        module = _promoted(module, names)
    names = with_ends(module, _made_in(module)) if ends else []
    if names:
        module = Module.parse(shown(module.print(), names, partial(llvm.tidied, names=names)))
    names = [
        n
        for n in _made_in(module)
        if unsink(module.function(n))
        | unhoist(module.function(n))
        | join_halves(module.function(n))
        | store_as_vectors(module.function(n), _source(module, n))
    ]
    if names:
        for name in names:
            module.function(name).name_everything()
        module = _promoted(module, names)
    for name in _made_in(module):
        with_pointers_loaded(module.function(name))
    return_what_is_caught(module)
    for name in _made_in(module):
        settle(module.function(name))
    return module


def _promoted(module: Module, names: list[str]) -> Module:
    return Module.parse(shown(module.print(), names, partial(llvm.promote, names=names)))


def _source(module: Module, copy: str) -> Function | None:
    """The function of the program that a copy was made of, if it has variables that are vectors,
    and hands on floats that it has got."""
    name = copy.removesuffix(SUFFIX)
    if not any(map(hands_on, module.function(copy).args)):
        return None
    if not module.defines(name) or "alloca <" not in module.body_text(name):
        return None
    found = module.function(name)
    same = [arg.type for arg in module.function(copy).args] == [arg.type for arg in found.args]
    return found if same else None


def _made_in(module: Module) -> list[str]:
    return [name for name in module.functions_with_bodies() if name.endswith(SUFFIX)]


def _with_named_labels(text: str) -> str:
    """Functions with computed gotos get words for labels: only those have names elsewhere."""
    if "\n  indirectbr " not in text:
        return text
    module = Module.parse(text)
    for definition in _every_definition(text):
        if "\n  indirectbr " in definition.body:
            function = module.function(definition.name)
            function.name_everything()
            for inst in function.instructions():
                inst.records = ()
    return module.print()


def _called_late(
    text: str, found: dict[str, _Definition], keep: frozenset[str]
) -> dict[str, _Definition] | None:
    """User functions that copies call by name although they have copies, or could have; None if
    there are neither these nor calls of functions that are kept."""
    out: dict[str, _Definition] = {}
    keeping = False
    for start, end in definitions(text):
        if name_in(text, start).endswith(SUFFIX):
            called = _Definition(text[start:end]).called
            out.update({name: found[name] for name in called if name in found})
            keeping |= not keep.isdisjoint(called)
    return out if out or keeping else None


def _follow(
    text: str,
    late: dict[str, _Definition],
    keep: frozenset[str],
    again: set[str],
    sought: list[str],
    *,
    level: int,
    checks: bool,
    calls: bool,
    silent: bool,
) -> str:
    """Makes copies call the copies of functions that were known by pointer only; those of `again`
    stay functions."""
    groups = attribute_groups(text)
    every = _definitions(without_checks_of_library(text) if checks else without_checks(text))
    found = {n: d for n, d in every.items() if n not in keep}
    there = {name for name in found if name.endswith(SUFFIX)}
    reachable = _reachable(list(late), {n: d for n, d in found.items() if n not in there})
    inlined = _inlined(reachable, groups, level > 0, calls) - again
    moved, lines = Moved(text), LibraryLines(text, reachable, late)
    made = {
        name: moved.as_floats(
            _copy(reachable[name], name in inlined, reachable, groups, keep, lines, silent=silent)
        )
        for name in reachable
        if prepared(name) not in there or reachable[name].is_variadic
    }
    copies = with_bodies(text, [c for name, c in made.items() if prepared(name) not in there])

    calling: list[str] = []  # the others are what they were, and simplified already
    places: list[tuple[int, int]] = []
    callers: list[str] = []
    for start, end in definitions(text):
        head = text.find("\n", start)
        name = text[start:head].split("@", 1)[1].split("(", 1)[0].strip('"')
        if name.endswith(SUFFIX):
            before = text[head:end]
            body = _CALL.sub(lambda m: _renamed_call(m, reachable, keep), before)
            if body != before:
                calling.append(name)
                places.append((start, end))
                callers.append(text[start:head] + body)
    older = [copy for name, copy in made.items() if prepared(name) in there]
    both = with_parameters(text, [*callers, *copies], keep, older)
    callers, copies = both[: len(callers)], both[len(callers) :]
    out: list[str] = []
    done = 0
    for (start, end), caller in zip(places, callers, strict=True):
        out += [text[done:start], caller]
        done = end
    text = "".join([*out, text[done:]])
    new = _copies_in(copies)
    return _simplified(text + "\n" + "\n".join(copies), [*calling, *new], sought, level, new)


def _copies_in(texts: list[str]) -> list[str]:
    """The names of the copies that are defined there."""
    lines = ((text, at) for text in texts for at in lines_with(text, "define "))
    names = (name_in(text, at) for text, at in lines if text.startswith("define ", at))
    return [name for name in names if name.endswith(SUFFIX)]


def _simplified(
    text: str, names: list[str], sought: list[str], level: int, new: list[str] | None = None
) -> str:
    """The module with these functions simplified; those of `new` (or all) for the first time."""
    if level:
        text = merge_alike(text, sought)
        text = with_exchanges(text, names if new is None else new)
    return shown(text, names, partial(llvm.simplify, names=names, level=level))


def _reachable(roots: list[str], found: dict[str, _Definition]) -> dict[str, _Definition]:
    out: dict[str, _Definition] = {}
    work = list(roots)
    while work:
        name = work.pop()
        if name not in out and name in found:
            out[name] = found[name]
            work.extend(found[name].called)
    return out


def _inlined(
    functions: dict[str, _Definition], groups: dict[str, str], optimise: bool, calls: bool
) -> set[str]:
    """Functions whose copies are to be inlined wherever they are called. Without `optimise` only
    those that call through pointers, which are often known to the caller."""
    recursive = _recursive(functions)
    able = {
        name
        for name, definition in functions.items()
        if name not in recursive and _is_inlinable(definition, groups, optimise, calls)
    }
    sites = Counter(callee for definition in functions.values() for callee in definition.calls)
    limit = COPY_LIMIT
    found, largest = _inlined_up_to(limit, functions, recursive, able, sites)
    while largest > WHOLE_LIMIT and limit > 1:
        limit //= 2
        found, largest = _inlined_up_to(limit, functions, recursive, able, sites)
    return found


def _is_inlinable(
    definition: _Definition, groups: dict[str, str], optimise: bool, calls: bool
) -> bool:
    """May a function be inlined, if it is small enough?"""
    words = re.findall(r"#\d+", definition.trailer)
    attributes = " ".join([definition.trailer, *(groups.get(word, "") for word in words)])
    return (
        not _stays(definition.name, attributes, calls)
        and not (definition.is_variadic and "@llvm.va_start" in definition.body)
        and (optimise or POINTER_CALL.search(definition.body) is not None)
    )


def _inlined_up_to(
    limit: int,
    functions: dict[str, _Definition],
    recursive: set[str],
    able: set[str],
    sites: Mapping[str, int],
) -> tuple[set[str], int]:
    """The same if `limit` is that of functions called from several places, and how much work
    a function does at most that comes from those.

    able    functions that may be inlined if they are small enough
    sites   how often each function is called
    """
    sizes: dict[str, int] = {}
    works: dict[str, int] = {}

    def size(name: str) -> int:
        if name not in sizes:
            sizes[name] = functions[name].lines
            if name not in recursive:
                sizes[name] += sum(
                    size(c) for c in functions[name].calls if c in functions and can_inline(c)
                )
        return sizes[name]

    @cache
    def can_inline(name: str) -> bool:
        return name in able and size(name) <= (limit if is_shared(name) else INLINE_LIMIT)

    def is_shared(name: str) -> bool:
        """Is it called from several places? (Those that move cells do so in other steps at each:
        from within one function they would seem to go anywhere in all memory that is moved.)"""
        return sites.get(name, 0) > 1 and not name.startswith(CELLS)

    def work(name: str) -> int:
        if name not in works:
            works[name] = functions[name].work + brought(name)
        return works[name]

    def brought(name: str) -> int:
        return sum(work(c) for c in functions[name].calls if c in found and not c.startswith(CELLS))

    found = {name for name in functions if can_inline(name)}
    return found, max(map(brought, functions), default=0)


def _stays(name: str, attributes: str, calls: bool) -> bool:
    """Does a function with these attributes stay a call in the copies? Those that return twice;
    and what is kept from being inlined as it ends the program, as we do (`calls.dispatch`), or,
    with `calls`, in C++, as it is large (kernels of matrix products; C++ is what must progress).
    C programs say `noinline` for debuggers and stopwatches: without the call, more is known of
    memory, and derivatives are faster."""
    words = attributes.split()
    if "noinline" not in words:
        return "returns_twice" in words
    ends = name.startswith(PREFIX) or "noreturn" in words or "returns_twice" in words
    return ends or (calls and _CXX in words)


def has_kept_calls(text: str) -> bool:
    """May there be functions that only `prepare`'s `calls` keeps from being inlined?"""
    groups = attribute_groups(text).values()
    return any({"noinline", _CXX} <= set(words.split()) for words in groups)


def _recursive(functions: dict[str, _Definition]) -> set[str]:
    """Functions on a cycle of calls (Tarjan's strongly connected components)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    found: set[str] = set()
    for start in functions:
        if start in index:
            continue
        work = [(start, iter(functions[start].called))]
        index[start] = low[start] = len(index)
        stack.append(start)
        on_stack.add(start)
        while work:
            name, rest = work[-1]
            for callee in rest:
                if callee == name:
                    found.add(name)
                if callee not in functions:
                    continue
                if callee not in index:
                    index[callee] = low[callee] = len(index)
                    stack.append(callee)
                    on_stack.add(callee)
                    work.append((callee, iter(functions[callee].called)))
                    break
                if callee in on_stack:
                    low[name] = min(low[name], index[callee])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == index[name]:
                    component = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component.append(member)
                        if member == name:
                            break
                    if len(component) > 1:
                        found.update(component)
    return found


def _renamed_call(
    match: re.Match[str], functions: dict[str, _Definition], keep: frozenset[str]
) -> str:
    """What a copy calls in the place of a function."""
    name = match.group(1).strip('"')
    if name in keep:
        return "@" + quoted(kept(name))
    return "@" + quoted(prepared(name)) if name in functions else match.group(0)


def _copy(
    definition: _Definition,
    inline: bool,
    functions: dict[str, _Definition],
    groups: dict[str, str],
    keep: frozenset[str],
    lines: LibraryLines,
    *,
    silent: bool,
    root: bool = False,
) -> str:
    """
    silent  nothing looks at `errno`
    """
    prefix = " ".join(w for w in definition.prefix.split(" ") if w not in _LINKAGE)
    attributes = " ".join(groups.get(word, "") for word in re.findall(r"#\d+", definition.trailer))
    attributes = " ".join(_DROPPED_ATTRIBUTES.sub("", attributes).split())
    personality = re.search(r"personality .*?(?= ![a-z]|$)", definition.trailer)
    attributes += " alwaysinline" if inline else " noinline"
    text = _without_reverse_names(_without_computed_gotos(definition))
    body = "\n".join(line for line in text.split("\n") if not line.startswith("    #dbg_"))
    if inline:
        body = lines.left_out(definition.name, body)

    linkage = "internal " if inline and not root else ""  # goes when it has been inlined
    name = quoted(definition.name + SUFFIX)
    head = f"define {linkage}{prefix.strip()} @{name}({definition.params})"
    tail = f" {personality.group(0)}" if personality else ""
    body = with_whole_unions(definition.name, definition.params, body)
    body = with_handlers_apart(with_whole_words(body))
    renamed = raised(_CALL.sub(lambda m: _renamed_call(m, functions, keep), body))
    if silent:
        renamed = without_errno(renamed)
    return with_plain_assembly(f"{head} {attributes}{tail} {{\n{renamed}")


_OWN_LABEL = pattern(r"(?<=label %)r(?![-\w$.])|^r(?=:)|(?<=, %)r(?= \])", re.M)


def _without_reverse_names(body: str) -> str:
    """The body with another name for the user's label `r`: LLVM calls its copies `r.i` when it
    inlines them, as blocks of reverse sweeps are called (`nests.border`), where zero wins."""
    return _OWN_LABEL.sub("enzcc.r", body) if "\nr:" in f"\n{body}" else body


_COMPUTED_GOTO = pattern(r"^  indirectbr ptr (.*), \[(.*)\].*$", re.M)


def _without_computed_gotos(definition: _Definition) -> str:
    """The body with `indirectbr` as comparisons with the addresses of the user's own labels.

    The copy keeps to the addresses of the original's blocks, which tables of labels hold.
    """
    count = 0

    def compared(match: re.Match[str]) -> str:
        nonlocal count
        address = match.group(1)
        labels = re.findall(r'label (%(?:"[^"]*"|[-a-zA-Z$._0-9]+))', match.group(2))
        out: list[str] = []
        for label in labels[:-1]:
            count += 1
            own = f"blockaddress(@{quoted(definition.name)}, {label})"
            out.append(f"  %enzcc.same{count} = icmp eq ptr {address}, {own}")
            out.append(f"  br i1 %enzcc.same{count}, label {label}, label %enzcc.else{count}\n")
            out.append(f"enzcc.else{count}:")
        out.append(f"  br label {labels[-1]}" if labels else "  unreachable")
        return "\n".join(out)

    if "  indirectbr " not in definition.body:
        return definition.body
    return _COMPUTED_GOTO.sub(compared, definition.body)
