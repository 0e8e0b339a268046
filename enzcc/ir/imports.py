"""Functions of one module made known to another: how derivatives cross the borders of files.

Module A asks for the derivative of a function that module B defines. What A reaches in B is copied
into A, A is differentiated as one file, and then the copies of what B defines for all become
declarations again (`Imports.without`). So nothing is there twice when the program runs:

    external functions and variables     B's own
    static variables, and static         B's own: B makes them known under a new, hidden name
      functions whose address is taken     (`Program.exporting`), and has to be compiled again
    other static functions, constants    copied
    inline functions                     one of the copies, as ever

Everything here is text: bodies are not read, only the names in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, final

from enzcc.ir.lines import POINTER_CALL
from enzcc.ir.module import Module
from enzcc.ir.names import quoted, unquoted
from enzcc.ir.symboltext import LINKAGE
from enzcc.patterns import pattern

_TOKEN: Final = pattern(r'@("[^"]*"|[-a-zA-Z$._0-9]+)|"[^"]*"')
_USED: Final = pattern(r'@("[^"]*"|[-a-zA-Z$._0-9]+)(\()?|"[^"]*"|blockaddress\(@[^,]*,')
_NOT_IMPORTED: Final = pattern(
    r"^(?:!(?:llvm\.(?:module\.flags|ident)|enzcc\.carried) = |module asm ).*\n", re.MULTILINE
)
_DEBUG_VERSION: Final = pattern(r'^(!\d+) = !\{i32 2, !"Debug Info Version", i32 3\}', re.MULTILINE)
_COMDAT: Final = pattern(r" comdat(?:\([^)]*\))?(?=[ ,\n]|$)")
_ATTACHED: Final = pattern(r"(?: personality [^{]*?| ![\w.]+ !\d+)+ \{\n")
_ANNOTATIONS: Final = "llvm.global.annotations"
_ENTRY: Final = pattern(r"\{ ptr, ptr, ptr, i32, ptr \} \{ ptr @[^}]*\}")
_OWN: Final = frozenset(("internal", "private"))
_SHARED: Final = frozenset(("linkonce_odr", "linkonce", "available_externally"))
_REGISTRATION: Final = pattern(
    r"__enzyme_(?:register_|inactive|nofree|function_like|allocation_like|shouldrecompute"
    r"|shadow_global)"
)
_OPEN_MARKER: Final = pattern(r"@\"?[^(\n ]*__enzyme_[^(\n ]*\([^@,)\n]*%")
_TABLES: Final = ("_ZTV", "_ZTI", "_ZTS", "_ZTT")
"""Virtual tables and type information: what they are is told by where they are."""
Place = tuple[int, str]
"""A symbol of a module: the module's number, the name there."""


def mentioned(text: str) -> list[str]:
    """The names of symbols in a text, in order, each once."""
    names = (m[1] for m in _TOKEN.finditer(text) if m[1] is not None)
    return [unquoted(name) for name in dict.fromkeys(names)]


@final
@dataclass
class Roots:
    """What the derivatives that a module asks for start from.

    functions  those handed on, not called, where a marker is called, or where a function is called
               (by way of others) that calls one; and what is registered
    held       what other variables of the module hold: calls through pointers may lead there
    open       whether a marker is given a pointer of which only the run says where it leads
    """

    functions: list[str]
    held: list[str]
    open: bool


def roots(module: Module) -> Roots:
    """Where the derivatives that a module may ask for start."""
    mentions: dict[str, list[str]] = {}
    taken: dict[str, list[str]] = {}
    registered: list[str] = []
    held: list[str] = []
    is_open = False
    for kind, name, text in module.pieces():
        if kind == "define":
            mentions[name] = mentioned(text)
            taken[name] = _taken(text[text.index("\n", text.index("define ")) :])
            is_open = is_open or _OPEN_MARKER.search(text) is not None
        elif kind == "variable" and not name.startswith("llvm."):
            where = registered if _REGISTRATION.search(name) else held
            where += mentioned(text.partition(" = ")[2])
    asking = {name for name, found in mentions.items() if any("__enzyme_" in n for n in found)}
    work = list(asking)
    callers: dict[str, list[str]] = {}
    for name, found in mentions.items():
        for other in found:
            callers.setdefault(other, []).append(name)
    while work:
        for caller in callers.get(work.pop(), ()):
            if caller not in asking:
                asking.add(caller)
                work.append(caller)
    if not asking:
        return Roots([], [], open=False)
    found = [name for caller in mentions if caller in asking for name in taken[caller]]
    return Roots(list(dict.fromkeys((*found, *registered))), list(dict.fromkeys(held)), is_open)


def _taken(text: str) -> list[str]:
    """The names whose address a body takes."""
    return [
        unquoted(m[1])
        for m in _USED.finditer(text)
        if m[1] is not None and m[2] is None and not m[0].startswith("blockaddress")
    ]


def open_names(module: Module) -> list[str]:
    """What a module's derivatives may need, and the module does not finally define."""
    asked = roots(module)
    seen = dict.fromkeys((*asked.functions, *asked.held))
    found: list[str] = []
    work = list(seen)
    texts = {name: text for _, name, text in module.pieces() if name}
    while work:
        name = work.pop()
        if name not in texts or name.startswith("llvm.") or "__enzyme_" in name:
            continue
        symbol = module.symbol(name)
        if not symbol.defined or symbol.linkage in ("weak", "extern_weak"):
            found.append(name)
        if symbol.defined:
            for other in mentioned(_behind_name(texts[name], name)):
                if other not in seen:
                    seen[other] = None
                    work.append(other)
    return sorted(found)


def _behind_name(text: str, name: str) -> str:
    spelled = "@" + quoted(name)
    return text[text.index(spelled) + len(spelled) :]


def declared(text: str, *, elsewhere: bool = False) -> str:
    """A definition's text made a declaration; `elsewhere`: in another library."""
    start = re.search(r"^(?:define |@)", text, re.MULTILINE)
    assert start is not None
    text = text[start.start() :]
    if text.startswith("@"):
        return _declared_variable(text, elsewhere)
    head = text[: text.index(" {\n") + 3]
    head = _ATTACHED.sub(" {\n", head)
    head = _COMDAT.sub("", head.removesuffix(" {\n"))
    words = head.removeprefix("define ").removesuffix(" ")
    words = _without_linkage(words)
    if elsewhere:
        words = words.replace("dso_local ", "", 1)
    return f"declare {words}\n\n"


def _without_linkage(words: str) -> str:
    linkage = LINKAGE.match(words)
    return words[linkage.end() :].lstrip() if linkage else words


def _declared_variable(text: str, elsewhere: bool) -> str:
    name, _, rest = text.rstrip("\n").partition(" = ")
    rest = _without_linkage(rest)
    head, word, tail = re.split(r"\b(global|constant) ", rest, maxsplit=1)
    end = _end_of_type(tail)
    aligned = re.search(r", align \d+", tail[end:])
    head = head.replace("unnamed_addr ", "").replace("local_", "")
    if elsewhere:
        head = head.replace("dso_local ", "")
    behind = aligned[0] if aligned else ""
    return f"{name} = external {head}{word} {tail[:end]}{behind}\n"


def _end_of_type(text: str) -> int:
    """Where the type ends with which a text starts."""
    depth, quote = 0, False
    for at, c in enumerate(text):
        if c == '"':
            quote = not quote
        elif quote:
            continue
        elif c in "[{<(":
            depth += 1
        elif c in "]}>)":
            depth -= 1
        elif c in " ," and depth == 0:
            return at
    return len(text)


def renamed(text: str, names: Mapping[str, str]) -> str:
    """A text with other names for some symbols."""

    def spelled(m: re.Match[str]) -> str:
        if m[1] is None:
            return m[0]
        new = names.get(unquoted(m[1]))
        return m[0] if new is None else "@" + quoted(new)

    return _TOKEN.sub(spelled, text) if names else text


@final
@dataclass
class Imports:
    """What a module takes from others.

    texts      modules to link into it
    dropped    its own definitions that do not win
    declared   names that become declarations again, with whether another library defines them
    missing    variables that are needed and cannot be reached: static ones of a shared library
    """

    texts: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    declared: dict[str, bool] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def without(self, text: str) -> str:
        """The differentiated module without what others define."""
        module = Module.parse(text)
        return "".join(
            declared(piece, elsewhere=self.declared[name])
            if name in self.declared and module.symbol(name).defined
            else piece
            for _, name, piece in module.pieces()
        )


@final
class Program:
    """All modules that are linked together.

    modules    one a translation unit
    owner      which module has the definition of a name that wins; asked by a module
    suffix     of a module: makes its static names unique
    closed     modules of a shared library, in which nothing can be made known
    speaking   modules that may register derivatives by hand
    calling    functions of libraries that call those that they are handed
    naming     may a module, which need not be read for that, name a symbol?
    """

    def __init__(
        self,
        modules: Sequence[Callable[[], Module]],
        owner: Callable[[int, str], int | None],
        suffix: Callable[[int], str],
        closed: Callable[[int], bool],
        speaking: Iterable[int],
        calling: Iterable[str],
        naming: Callable[[int, str], bool] = lambda *_: True,
    ) -> None:
        self._load, self._owner, self._suffix, self._closed = modules, owner, suffix, closed
        self._speaking = list(speaking)
        self._calling = frozenset(calling)
        self._naming = naming
        self._hooks: dict[int, dict[Place, None]] = {}
        self._registered: dict[Place, list[Place]] | None = None
        self._modules: dict[int, Module] = {}
        self._texts: dict[int, dict[str, str]] = {}
        self._addresses: dict[int, frozenset[str]] = {}
        self.exported: dict[int, dict[str, None]] = {}

    def module(self, index: int) -> Module:
        if index not in self._modules:
            self._modules[index] = self._load[index]()
        return self._modules[index]

    def _text(self, place: Place) -> str:
        index, name = place
        if index not in self._texts:
            self._texts[index] = {n: text for _, n, text in self.module(index).pieces() if n}
        return self._texts[index][name]

    # Reaching

    def reach(self, asking: int) -> dict[Place, None]:
        """All symbols that the derivatives of a module may need, in any module."""
        asked = roots(self.module(asking))
        held = [(asking, name) for name in asked.held]
        reached: dict[Place, None] = {}
        work: list[Place] = [(asking, name) for name in reversed(asked.functions)]
        registered = self._registrations()
        through_pointers = asked.open
        hooks = self._hooks[asking] = {}
        while True:
            if not work and through_pointers:
                work, held = held, work
                if not work:
                    known = {*hooks, *(p for p in reached if not self._is_function(p))}
                    found = [p for p in self._set_elsewhere(asking, reached) if p not in known]
                    hooks.update((p, None) for p in found if self._is_function(p))
                    work += found
            if not work:
                break
            place = self._resolve(asking, *work.pop())
            if place is None or place in reached:
                continue
            reached[place] = None
            index, name = place
            text = _behind_name(self._text(place), name)
            names = mentioned(text)
            work += [(index, n) for n in names]
            through_pointers = through_pointers or (
                POINTER_CALL.search(text) is not None or not self._calling.isdisjoint(names)
            )
            for rule in registered.get(place, ()):
                work.append(rule)
        for place in list(reached):
            if place[0] != asking:
                self._export_if_needed(place)
        return reached

    def _set_elsewhere(self, asking: int, reached: Mapping[Place, None]) -> Iterator[Place]:
        """What other modules may put into variables that are reached: functions, and variables that
        lead to some, whose address is taken where such a variable may be set, or where a function
        is called that sets one or hands out its address (`Registry::instance().add(...)`)."""
        for variable in list(reached):
            symbol = self.module(variable[0]).symbol(variable[1])
            held = str(symbol.value_type)
            if symbol.kind != "variable" or symbol.constant or not ("ptr" in held or "%" in held):
                continue
            if _REGISTRATION.search(variable[1]):
                continue
            setters = {p: None for p in self._naming_it(asking, variable) if self._stores(p)}
            for setter in list(setters):
                setters.update(dict.fromkeys(self._naming_it(asking, setter)))
            for index, name in setters:
                if index == asking:
                    continue
                for other in self._taken_by(index, name):
                    place = self._resolve(asking, index, other)
                    if place is not None and self._leads_to_functions(place):
                        yield place

    def _is_function(self, place: Place) -> bool:
        return self.module(place[0]).defines(place[1])

    def _leads_to_functions(self, place: Place) -> bool:
        """Is it a function, or a variable that may lead to one?"""
        is_variable = self.module(place[0]).symbol(place[1]).kind == "variable"
        return self._is_function(place) or (
            is_variable and bool(mentioned(_behind_name(self._text(place), place[1])))
        )

    def _stores(self, function: Place) -> bool:
        """Does a function store pointers, or return one?"""
        text = self._text(function)
        return "store ptr " in text or "ret ptr " in text

    def _taken_by(self, index: int, root: str) -> dict[str, None]:
        """The names whose address a function takes, itself or by the inline and static functions
        of its module (conversions of lambdas, constructors of a `std::function`)."""
        module = self.module(index)
        taken: dict[str, None] = {}
        seen: set[str] = set()
        work = [root]
        while work:
            name = work.pop()
            if name in seen:
                continue
            seen.add(name)
            text = _behind_name(self._text((index, name)), name)
            taken.update(dict.fromkeys(_taken(text)))
            work += [
                other
                for other in mentioned(text)
                if module.defines(other) and module.symbol(other).linkage in _OWN | _SHARED
            ]
        return taken

    def _naming_it(self, asking: int, place: Place) -> Iterator[Place]:
        """The functions of all modules that name a symbol."""
        home, symbol = place
        spelled = "@" + quoted(symbol)
        is_own = self.module(home).symbol(symbol).linkage in _OWN
        for index in [home] if is_own else range(len(self._load)):
            if index != home and not self._naming(index, symbol):
                continue
            module = self.module(index)
            if not module.has_symbol(symbol) or self._resolve(asking, index, symbol) != place:
                continue
            for kind, name, text in module.pieces():
                if kind != "define" or name == symbol or spelled not in text:
                    continue
                if symbol in mentioned(text):
                    yield index, name

    def _resolve(self, asking: int, index: int, name: str) -> Place | None:
        """The definition that a name means in a module, None if there is none in any module."""
        module = self.module(index)
        if name.startswith(("llvm.", "enzyme_")) or not module.has_symbol(name):
            return None
        symbol = module.symbol(name)
        if symbol.defined and symbol.linkage in _OWN:
            return index, name
        if symbol.defined and symbol.linkage in _SHARED:
            return self._one_of_the_shared(asking, index, name)
        found = self._owner(index, name)
        if found is None or not self.module(found).has_symbol(name):
            return (index, name) if symbol.defined else None
        symbol = self.module(found).symbol(name)
        if symbol.defined and symbol.linkage in _SHARED:
            return self._one_of_the_shared(asking, found, name)
        return (found, name) if symbol.defined else None

    def _one_of_the_shared(self, asking: int, index: int, name: str) -> Place:
        """Of an inline function, the copy of the module that asks is as good."""
        own = self.module(asking)
        if own.has_symbol(name) and own.symbol(name).defined:
            return asking, name
        return index, name

    def _registrations(self) -> dict[Place, list[Place]]:
        """Registrations of derivatives by hand and the like, by the function they speak of."""
        if self._registered is not None:
            return self._registered
        found = self._registered = {}
        for index in self._speaking:
            module = self.module(index)
            for kind, name, text in module.pieces():
                if kind != "variable" or not _REGISTRATION.search(name):
                    continue
                for about in mentioned(text.partition(" = ")[2])[:1]:
                    place = self._resolve(index, index, about)
                    found.setdefault(place or (index, about), []).append((index, name))
        return found

    def _export_if_needed(self, place: Place) -> None:
        index, name = place
        symbol = self.module(index).symbol(name)
        if symbol.linkage not in _OWN or symbol.kind == "alias":
            return
        if symbol.kind == "variable":
            one = not symbol.constant or name.startswith(_TABLES)
            if one and not _REGISTRATION.search(name):
                self.exported.setdefault(index, {})[name] = None
        elif name in self._addresses_taken(index) and not self._closed(index):
            self.exported.setdefault(index, {})[name] = None

    def _addresses_taken(self, index: int) -> frozenset[str]:
        if index not in self._addresses:
            found: set[str] = set()
            for kind, name, text in self.module(index).pieces():
                if name.startswith("llvm.") or _REGISTRATION.search(name):
                    continue
                if kind == "define":
                    found |= set(_taken(text[text.index("\n", text.index("define ")) :]))
                elif kind == "variable":
                    found |= set(_taken(text.partition(" = ")[2]))
            self._addresses[index] = frozenset(found)
        return self._addresses[index]

    def made_known(self) -> Iterator[tuple[int, str, str]]:
        """The symbols that modules make known: module, name there, new name."""
        for index, names in self.exported.items():
            for name, new in self._new_names(index, names).items():
                yield index, name, new

    # Text

    def exporting(self, index: int) -> str:
        """The text of a module with its exported symbols under their new names."""
        names = self._new_names(index, self.exported.get(index, ()))
        module = self.module(index)
        if not names:
            return module.text
        out: list[str] = []
        for _, name, text in module.pieces():
            text = renamed(text, names)
            out.append(self._hidden(text) if name in names else text)
        return "".join(out)

    def _new_names(self, index: int, names: Iterable[str]) -> dict[str, str]:
        suffix = self._suffix(index)
        return {name: (name.removesuffix('"') + suffix).strip('"') for name in names}

    @staticmethod
    def _hidden(text: str) -> str:
        text = re.sub(r"^((?:define|@.* =)) (?:internal|private) ", r"\1 hidden ", text, flags=re.M)
        return re.sub(r"^(@.* = hidden .*?)(?:local_)?unnamed_addr ", r"\1", text, flags=re.M)

    def imports(self, asking: int, reached: Iterable[Place]) -> Imports:
        """What a module needs of the others, of what it reaches."""
        result = Imports()
        own = self.module(asking)
        by_module: dict[int, list[str]] = {}
        for index, name in reached:
            if index != asking:
                by_module.setdefault(index, []).append(name)
                if own.has_symbol(name) and own.symbol(name).defined:
                    linkage = self.module(index).symbol(name).linkage
                    if linkage not in _OWN and own.symbol(name).linkage not in _OWN:
                        result.dropped.append(name)
        for index in sorted(by_module):
            hooks = [name for at, name in self._hooks.get(asking, ()) if at == index]
            result.texts.append(self._import(index, by_module[index], hooks, result))
        return result

    def _import(
        self, index: int, wanted: Sequence[str], hooks: Sequence[str], result: Imports
    ) -> str:
        module, needed = self.module(index), dict.fromkeys(wanted)
        annotations = [*self._annotations(index, needed)]
        for entry in annotations:
            needed.update(dict.fromkeys(n for n in mentioned(entry)))
        own = [n for n in needed if module.symbol(n).linkage in _OWN]
        registrations = [n for n in needed if _REGISTRATION.search(n)]
        names = self._new_names(index, dict.fromkeys((*own, *registrations)))
        exported, closed = self.exported.get(index, {}), self._closed(index)
        mentions: set[str] = set()
        for name in needed:
            mentions |= {*mentioned(_behind_name(self._text((index, name)), name))}
        out: list[str] = []
        for kind, name, text in module.pieces():
            if kind == "text":
                out.append(_NOT_IMPORTED.sub("", text))
            elif name == _ANNOTATIONS and annotations:
                type_ = "{ ptr, ptr, ptr, i32, ptr }"
                line = f"@{_ANNOTATIONS} = appending global [{len(annotations)} x {type_}] ["
                out.append(renamed(line + ", ".join(annotations), names))
                out.append('], section "llvm.metadata"\n')
            elif name in needed:
                out.append(self._imported(index, kind, name, text, names, result))
                if closed and name in exported:
                    result.missing.append(name)
            elif name in mentions and not name.startswith(_ANNOTATIONS):
                out.append(self._mentioned_only(module, kind, name, text, closed))
        if hooks:  # which functions pointers may lead to, as the places that say so stay behind
            table = f"enzcc.hooks.{index}"
            rows = ", ".join(f"ptr @{quoted(name)}" for name in hooks)
            text = f"\n@{table} = hidden constant [{len(hooks)} x ptr] [{rows}]\n"
            out.append(renamed(text, names))
            result.declared[table] = closed
        version = _DEBUG_VERSION.search(module.text)
        if version is not None:
            out.append(f"\n!llvm.module.flags = !{{{version[1]}}}\n")
        return "".join(out)

    def _imported(
        self,
        index: int,
        kind: str,
        name: str,
        text: str,
        names: Mapping[str, str],
        result: Imports,
    ) -> str:
        """A definition as another module gets it."""
        symbol, closed = self.module(index).symbol(name), self._closed(index)
        if symbol.kind == "alias":
            text = self._copy_of_aliasee(index, name, text)
            kind = "define" if text.startswith(("define", ";")) else "variable"
        text = renamed(text, names)
        new = names.get(name, name)
        if symbol.linkage in _SHARED:
            return text
        if _REGISTRATION.search(name):
            return re.sub(r"^(@.* =) (?:(?:internal|private) )?", r"\1 ", _COMDAT.sub("", text))
        if symbol.linkage in _OWN and name not in self.exported.get(index, ()):
            return _COMDAT.sub("", text) if kind == "variable" else _without_comdat(text)
        if symbol.linkage in _OWN:
            text = self._hidden(text)
        result.declared[new] = closed
        if kind == "define":
            text = re.sub(r"^define (.*)$", _plain, text, count=1, flags=re.M)
            return _without_comdat(text)
        text = re.sub(
            r"^(@\S+ = )(.*)$", lambda m: m[1] + _without_linkage(m[2]), text, count=1, flags=re.M
        )
        return _COMDAT.sub("", text)

    def _copy_of_aliasee(self, index: int, name: str, text: str) -> str:
        """An alias as a definition of its own, which is what another module may know of it."""
        target = re.search(r", ptr @(\"[^\"]*\"|[-\w$.]+)", text)
        module = self.module(index)
        if target is not None and module.defines(unquoted(target[1])):
            body = self._text((index, unquoted(target[1])))
            start = body.index("define ")
            head, rest = body[start:].split("\n", 1)
            spelled = "@" + target[1] + "("
            head = re.sub(r" !dbg !\d+", "", head)  # it describes one function only
            return head.replace(spelled, f"@{quoted(name)}(", 1) + "\n" + rest
        found = re.search(r"alias ([^@]*?), ptr", text)
        value = found[1] if found else "i8"
        return f"@{quoted(name)} = external global {value}\n"

    @staticmethod
    def _mentioned_only(module: Module, kind: str, name: str, text: str, closed: bool) -> str:
        symbol = module.symbol(name)
        if not symbol.defined or kind == "declare":
            return text
        if symbol.kind in ("alias", "ifunc"):
            return f"declare void @{quoted(name)}(...)\n"
        return declared(text, elsewhere=closed)

    def _annotations(self, index: int, needed: Iterable[str]) -> Iterator[str]:
        """The entries of `__attribute__((annotate(...)))` that speak of these symbols."""
        module = self.module(index)
        if not module.has_symbol(_ANNOTATIONS):
            return
        wanted = {*needed}
        for entry in _ENTRY.findall(self._text((index, _ANNOTATIONS))):
            if mentioned(entry)[:1] and mentioned(entry)[0] in wanted:
                yield entry

    def own_text(self, asking: int, dropped: Iterable[str]) -> str:
        """The text of a module, without its definitions that do not win."""
        text = self.exporting(asking)
        gone = {*dropped}
        if not gone:
            return text
        return "".join(
            declared(piece) if name in gone else piece
            for _, name, piece in Module.parse(text).pieces()
        )


def _plain(m: re.Match[str]) -> str:
    return "define " + _without_linkage(m[1])


def _without_comdat(text: str) -> str:
    """A function's text without its comdat."""
    end = text.index(" {\n")
    return _COMDAT.sub("", text[:end]) + text[end:]
