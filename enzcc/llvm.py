"""The only door to llvmlite: read and upgrade IR, run LLVM's passes, verify.

Everything goes in and out as text (LLVM 22 IR); no llvmlite object leaves this module.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import Any, Final, final

import llvmlite.binding as _llvm

from enzcc.patterns import pattern

MAJOR: int = _llvm.llvm_version_info[0]
VERSION = ".".join(map(str, _llvm.llvm_version_info))


TESTS_IN_LOOPS = "-hoist-runtime-checks=false"
"""LLVM tests in front of a vectorised loop that what it accesses is apart, and moves this test out
of the loop around, if it can. But where that one runs backwards, as it does in reverse sweeps, the
test that it makes (LLVM 18 to 22, `expandBounds` of LoopUtils.cpp) always fails, and the loop never
runs as vectorised: its `stride.check` asks for addresses that grow. So tests stay."""

_OPTIONS = (
    "-enable-pre=false", "-enable-load-pre=false", "-disable-vector-combine", TESTS_IN_LOOPS,
    "-unroll-full-max-count=24", "-non-global-value-max-name-size=1000000",
)  # fmt: skip
"""Partial redundancy elimination makes phis of what could be computed again in the reverse sweep.
Combining vectors widens loads: a pointer behind a float would travel as an element of a vector of
floats. The backend's own passes do both for the finished code. Short loops become straight-line
code, in which there is less to keep; one of 32 iterations would only become long code, which takes
as long to run and twice as long to compile. Blocks on critical edges are called after both ends:
two functions of Eigen inlined make a name that LLVM writes and does not read."""


class InvalidIR(Exception):
    """LLVM refused a module; the message is LLVM's own."""


@cache
def _initialised() -> None:
    _llvm.initialize_all_targets()
    _llvm.initialize_all_asmprinters()
    _llvm.initialize_native_asmparser()  # inline assembly, where LLVM here generates the code
    for option in _OPTIONS:
        _llvm.set_option("enzcc", option)


def _parse(text: str | bytes, context: Any = None) -> Any:
    """A module, in a context of its own: names of structs stay what they are."""
    context = context or _llvm.create_context()
    try:
        if isinstance(text, bytes):
            return _llvm.parse_bitcode(text, context)
        return _llvm.parse_assembly(text, context)
    except RuntimeError as error:
        raise InvalidIR(str(error)) from None


_BITCODE: Final = (b"BC\xc0\xde", b"\xde\xc0\x17\x0b")


def normalise(text: str | bytes) -> str:
    """Any IR that LLVM 22 can read (text, or bitcode or text as bytes), upgraded and printed by
    LLVM 22. What is not UTF-8 in the text are names of files in comments; others are escaped."""
    if isinstance(text, bytes) and not text.startswith(_BITCODE):
        text = text.decode("utf-8", "replace")
    return str(_parse(text))


def verify(text: str) -> None:
    """Raises InvalidIR if LLVM's parser or verifier refuses the module."""
    module = _parse(text)
    try:
        module.verify()
    except RuntimeError as error:
        raise InvalidIR(str(error)) from None


@final
class _Passes:
    """LLVM's passes, set up for a module. Each run has a builder of its own: one that is used again
    calls, at each pass, what every run before has registered with it, so that the time would grow
    with the square of the number of functions."""

    def __init__(self, module: Any, level: int, *, vectorise: bool, unroll: bool) -> None:
        _initialised()
        triple = module.triple or _llvm.get_default_triple()
        self._machine = _llvm.Target.from_triple(triple).create_target_machine()
        self._tuning = _llvm.create_pipeline_tuning_options(speed_level=level)
        self._tuning.loop_vectorization = vectorise
        self._tuning.slp_vectorization = vectorise
        self._tuning.loop_unrolling = unroll

    def _builder(self) -> Any:
        return _llvm.create_pass_builder(self._machine, self._tuning)

    def run(self, passes: Any, on: Any) -> None:
        """Runs these passes on a module or a function."""
        passes.run(on, self._builder())

    def simplify(self, function: Any) -> None:
        """Runs the passes by which LLVM simplifies a function at this level."""
        builder = self._builder()
        builder.getFunctionPassManager().run(function, builder)

    def optimise(self, module: Any) -> None:
        """Runs the passes by which LLVM optimises a module at this level."""
        builder = self._builder()
        builder.getModulePassManager().run(module, builder)


def simplify(
    text: str, names: Iterable[str], *, level: int = 2, as_at_2: Collection[str] = ()
) -> str:
    """Makes the named functions ready for differentiation; the others stay as they are.

    Calls of `alwaysinline` functions are inlined, then LLVM's function simplification runs, as at
    -O<level> (SROA, GVN, LICM, loop rotation, full unrolling of short loops ... but no vectoriser
    and no run-time unrolling); at last loops get their simplified, closed form (one preheader, one
    latch, LCSSA) and functions one return. At level 0, stack slots become registers and loops are
    rotated, which the form needs, and that is all. Functions in which level 3 only multiplies
    loops, as it unrolls what is around them, are simplified as at level 2.
    """
    module = _parse(text)
    llvm = _Passes(module, level or 2, vectorise=False, unroll=True)
    gentle = _Passes(module, 2, vectorise=False, unroll=True) if as_at_2 else llvm
    wanted = set(names)
    multiplied: list[str] = []
    for function in module.functions:
        if function.name in wanted and not function.is_declaration:
            first = _llvm.create_new_function_pass_manager()
            first.add_sroa_pass()
            llvm.run(first, function)
    inliner = _llvm.create_new_module_pass_manager()
    inliner.add_always_inliner_pass()
    llvm.run(inliner, module)
    if level:
        for function in module.functions:
            if function.name not in wanted or function.is_declaration:
                continue
            if function.name in as_at_2:
                gentle.simplify(function)
                continue
            before = _loops_in(function) if level > 2 else 0
            llvm.simplify(function)
            if level > 2 and _loops_in(function) > 2 * before:
                multiplied.append(function.name)
    if multiplied:
        return simplify(text, wanted, level=level, as_at_2={*as_at_2, *multiplied})
    catch: set[str] = set()  # the edges on which calls return become blocks there
    if "\n          to label %" in text:
        catch = _functions_mentioning(" invoke ", str(module))
    for function in module.functions:
        if function.name in wanted and not function.is_declaration:
            shape = _llvm.create_new_function_pass_manager()
            if level:
                shape.add_simplify_cfg_pass()
            else:
                shape.add_sroa_pass()
                shape.add_loop_rotate_pass()
            shape.add_unify_function_exit_nodes_pass()
            if function.name in catch:
                shape.add_break_critical_edges_pass()
            shape.add_loop_simplify_pass()
            shape.add_lcssa_pass()
            llvm.run(shape, function)
    return str(module)


def _loops_in(function: Any) -> int:
    """How many loops of the source's there are in a function."""
    return str(function).count(", !llvm.loop !")


def rotated(text: str, names: Iterable[str]) -> str:
    """The named functions with stack slots in registers, and loops that test at their ends."""

    def shape(passes: Any) -> None:
        passes.add_sroa_pass()
        passes.add_instruction_combine_pass()
        passes.add_simplify_cfg_pass()
        passes.add_loop_rotate_pass()
        passes.add_instruction_combine_pass()
        passes.add_simplify_cfg_pass()
        passes.add_loop_simplify_pass()

    return _function_passes(text, names, shape)


def demote(text: str, names: Iterable[str]) -> str:
    """The named functions with every value that lives across blocks in a stack slot."""
    return _function_passes(text, names, lambda passes: passes.add_register_to_memory_pass())


def promote(text: str, names: Iterable[str]) -> str:
    """The named functions with stack slots in registers again, loops in simplified, closed form."""

    def shape(passes: Any) -> None:
        passes.add_sroa_pass()
        _close_loops(passes, text)

    return _function_passes(text, names, shape)


def tidied(text: str, names: Iterable[str]) -> str:
    """The named functions, in which branches were decided, simplified again, loops in simplified,
    closed form."""

    def shape(passes: Any) -> None:
        passes.add_simplify_cfg_pass()
        passes.add_instruction_combine_pass()
        passes.add_simplify_cfg_pass()
        _close_loops(passes, text)

    return _function_passes(text, names, shape)


def _close_loops(passes: Any, text: str) -> None:
    """Loops in simplified, closed form; what unwinds leads to blocks of its own."""
    if "\n          to label %" in text:
        passes.add_break_critical_edges_pass()
    passes.add_loop_simplify_pass()
    passes.add_lcssa_pass()


def _function_passes(text: str, names: Iterable[str], fill: Callable[[Any], None]) -> str:
    module = _parse(text)
    _run_function_passes(module, names, fill)
    return str(module)


def _run_function_passes(module: Any, names: Iterable[str], fill: Callable[[Any], None]) -> None:
    llvm = _Passes(module, 1, vectorise=False, unroll=False)
    wanted = set(names)
    for function in module.functions:
        if function.name in wanted and not function.is_declaration:
            passes = _llvm.create_new_function_pass_manager()
            fill(passes)
            llvm.run(passes, function)


def inline(text: str) -> str:
    """Inlines the calls of `alwaysinline` functions."""
    module = _parse(text)
    llvm = _Passes(module, 1, vectorise=False, unroll=False)
    inliner = _llvm.create_new_module_pass_manager()
    inliner.add_always_inliner_pass()
    llvm.run(inliner, module)
    return str(module)


_ANY: Final = "__enzcc_any_address"
_CHECKED_ADDRESS: Final = pattern(r"= ptrtoint ptr \S+ to i64(?=[^\n]*!nosanitize)")


def function_attributes(text: str) -> tuple[str, dict[str, tuple[str, list[str]]]]:
    """The optimised module, and what LLVM finds out about each function and each of its parameters:
    `readonly`, `writeonly` ... The checks of sanitizers look at no address of ours: they
    report, and change nothing."""
    text, checks = _CHECKED_ADDRESS.subn(f"= call i64 @{_ANY}()", text)
    if checks:
        text += f"\ndeclare i64 @{_ANY}() nounwind willreturn memory(none)\n"
    module = _parse(text)
    llvm = _Passes(module, 1, vectorise=False, unroll=False)
    llvm.optimise(module)

    def words(value: Any) -> str:
        return " ".join(attribute.decode() for attribute in value.attributes)

    said = {
        function.name: (words(function), [words(argument) for argument in function.arguments])
        for function in module.functions
    }
    return str(module), said


def link(text: str, library: str) -> str:
    """Links into `text` what it needs of a library module of linkonce functions."""
    context = _llvm.create_context()
    module = _parse(text, context)
    try:
        module.link_in(_parse(library, context))
    except RuntimeError as error:
        raise InvalidIR(str(error)) from None
    return str(module)


def merge(text: str, others: Iterable[str]) -> str:
    """The modules as one: `text` with what the others define."""
    context = _llvm.create_context()
    module = _parse(text, context)
    try:
        for other in others:
            module.link_in(_parse(other, context))
    except RuntimeError as error:
        raise InvalidIR(str(error)) from None
    return str(module)


def without_unused(text: str) -> str:
    """The module without what nothing in it uses and no other module can."""
    module = _parse(text)
    _drop_unused(module)
    return str(module)


def _drop_unused(module: Any) -> None:
    llvm = _Passes(module, 1, vectorise=False, unroll=False)
    passes = _llvm.create_new_module_pass_manager()
    passes.add_global_dead_code_eliminate_pass()
    llvm.run(passes, module)


def complete(text: str, names: Iterable[str], library: Callable[[], str] | None) -> str:
    """The module with new functions of these names, ready for the user's own passes: verified, with
    what it needs of a library of linkonce functions, their stack slots in registers.

    Raises InvalidIR if LLVM's parser or verifier refuses the module.
    """
    context = _llvm.create_context()
    module = _parse(text, context)
    try:
        module.verify()
        if library is not None:
            module.link_in(_parse(library(), context))
    except RuntimeError as error:
        raise InvalidIR(str(error)) from None

    if "blockaddress(" not in text:  # labels that others look at: see _with_labels
        _drop_unused(module)
    _run_function_passes(module, names, _clean)
    _run_function_passes(module, _functions_mentioning(_WORDS, text), _without_dead_code)
    return str(module)


def _clean(passes: Any) -> None:
    passes.add_simplify_cfg_pass()  # SROA is quadratic in long chains of blocks
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.add_simplify_cfg_pass()


def cleaned(text: str, names: Iterable[str]) -> str:
    """The named functions with stack slots in registers, and without what nobody uses."""
    return _function_passes(text, names, _clean)


# How LLVM numbers code models in a module's flags.
_CODE_MODELS = {1: "small", 2: "kernel", 3: "medium", 4: "large"}


def generate(text: str, *, kind: str, level: str) -> bytes:
    """Optimises and compiles a module, as clang does at -O<level>, for a clang that cannot read it.

    kind is "object", "assembly", "ir" or "bitcode". CPU and features are attributes of the
    functions; relocation and code model are flags of the module, as every clang since 14 writes.
    """
    _initialised()
    module = _parse(text)
    speed = {"0": 0, "1": 1, "g": 1, "2": 2, "s": 2, "z": 2}.get(level, 3)
    llvm = _Passes(module, speed, vectorise=speed > 1 and level != "z", unroll=speed > 0)
    llvm.optimise(module)
    if kind == "ir":
        return str(module).encode()
    if kind == "bitcode":
        return bytes(module.as_bitcode())
    triple = module.triple or _llvm.get_default_triple()
    is_elf = not any(system in triple for system in ("darwin", "macos", "windows"))
    static = is_elf and _flag(text, "PIC Level") is None
    machine = _llvm.Target.from_triple(triple).create_target_machine(
        opt=speed,
        reloc="static" if static else "pic",
        codemodel=_CODE_MODELS.get(_flag(text, "Code Model") or 0, "default"),
        abiname=_word_flag(text, "target-abi"),
    )
    machine.set_asm_verbosity(True)
    if kind == "assembly":
        return str(machine.emit_assembly(module)).encode()
    return bytes(machine.emit_object(module))


_ASSEMBLY = pattern(r'^(?:module asm "|.*\bcall .*\basm (?:[a-z]+ )*")', re.MULTILINE)


def can_assemble(text: str) -> bool:
    """Can assembly in a module be made an object? llvmlite has this machine's assembler only."""
    own = _llvm.get_default_triple().split("-")[0]
    triple = re.search(r'^target triple = "([^"-]*)', text, re.MULTILINE)
    return triple is None or triple[1] == own or _ASSEMBLY.search(text) is None


def _flag(text: str, name: str) -> int | None:
    """The value of a module flag that is a number."""
    found = re.search(rf'^![0-9]+ = !{{i32 \d+, !"{name}", i32 (\d+)}}', text, re.MULTILINE)
    return int(found[1]) if found else None


def _word_flag(text: str, name: str) -> str:
    found = re.search(rf'^![0-9]+ = !{{i32 \d+, !"{name}", !"([^"]*)"}}', text, re.MULTILINE)
    return found[1] if found else ""


_DEBUG_NODE = pattern(r"\n!(\d+) = (?:distinct )?!(?:DI\w+)\(")
_DEBUG_RECORD = pattern(r"^ *#dbg_\w+\(.*\n", re.MULTILINE)
_DEBUG_CALL = pattern(r"^ *(?:tail )?call void @llvm\.dbg\.\w+\(.*\n", re.MULTILINE)
_DEBUG_ATTACHMENTS = {
    start: pattern(rf"{start}!\d+(?=$|,? !\S+ !| \{{$)", re.MULTILINE)
    for kind in ("dbg", "DIAssignID", "heapallocsite")
    for start in (f", !{kind} ", f" !{kind} ")
}
"""By how they begin, which is quickly found."""
_DEBUG_DECLARATION = pattern(r"^declare !dbg !\d+", re.MULTILINE)
_LOCATION_NODE = pattern(r"\n!\d+ = (?:distinct )?!DILocation\(.*")
_DEBUG_UNITS = pattern(r"^!llvm\.dbg\.cu = .*\n", re.MULTILINE)
_LOOP_NODE = pattern(
    r'(\n!\d+ = (?:distinct !\{|!\{(?=!"llvm\.loop\.)))((?:!"[\w.]+"|!\d+)(?:, !\d+)*)\}(?=\n)'
)
"""What is said of a loop, and of the loops that it becomes, beside where it is."""


def finish(text: str, *, keep_debug: bool) -> str:
    """The module without what nobody asked for: traces of the markers, and debug information.

    A marker call leaves dead loads of words such as `enzyme_dup`, which without optimisation or
    under a sanitizer would become undefined symbols. Names stay, and without debug information the
    module is as clang writes it without -g.
    """
    result = text if keep_debug else without_debug(text)
    mentioning = _functions_mentioning(_WORDS, result)
    if mentioning:
        result = _function_passes(result, mentioning, _without_dead_code)
    uses = Counter(_SYMBOL.findall(result))
    for declaration in (_PROTOTYPE, _EXTERNAL):
        result = declaration.sub(lambda line: line[0] if uses[line[1]] > 1 else "", result)
    for word in _WORD.findall(result):
        if uses[word] == 1:
            result = re.sub(rf"\n@{re.escape(word)} = .*", "", result)
    return _with_labels(result)


_LABEL = pattern(r'blockaddress\(@("[^"]*"|[-\w.$]+), ')
_USED = pattern(
    r"^@llvm\.compiler\.used = appending global \[\d+ x ptr\] \[(.*)\](.*)$", re.MULTILINE
)


def _with_labels(text: str) -> str:
    """The module in which functions stay whose labels others look at: to LLVM, all labels of a
    function that nobody calls are one."""
    if "blockaddress(" not in text:
        return text
    kept: dict[str, None] = {}
    for piece in text.split("\ndefine ")[1:]:
        body = piece[: piece.find("\n}")]
        own = _DEFINED.search(body)
        names = (name for name in _LABEL.findall(body) if own is None or name != own[1])
        kept |= dict.fromkeys(f"ptr @{name}" for name in names)
    if not kept:
        return text
    used = _USED.search(text)
    if used is not None:
        text = text[: used.start()] + text[used.end() :]
        kept |= dict.fromkeys(used[1].split(", "))
    listed = f"[{len(kept)} x ptr] [{', '.join(kept)}]"
    line = f'@llvm.compiler.used = appending global {listed}, section "llvm.metadata"'
    return f"{text}\n{line}\n"


def _without_dead_code(passes: Any) -> None:
    passes.add_dead_code_elimination_pass()


_WORDS = "enzyme_"
_WORD = pattern(r"\n@([\w.$]*enzyme_\w+) = internal ")
_SYMBOL = pattern(r'@("[^"]*"|[-\w.$]+)')
_PROTOTYPE = pattern(r'\ndeclare [^\n@]*@("[^"]*"|[-\w.$]+)\(.*')
_EXTERNAL = pattern(r'\n@("[^"]*"|[-\w.$]+) = (?:external|extern_weak) .*')


def _functions_mentioning(word: str, text: str) -> set[str]:
    """The functions of a module whose bodies contain a word. (LLVM would number all metadata of the
    module again for each function that it prints alone.)"""
    found: set[str] = set()
    for piece in text.split("\ndefine ")[1:]:
        body = piece[: piece.find("\n}\n")]
        if word in body:
            name = _DEFINED.search(body)
            assert name is not None
            found.add(_ESCAPE.sub(lambda code: chr(int(code[1], 16)), name[1].strip('"')))
    return found


_ESCAPE = pattern(r"\\([0-9A-Fa-f]{2})")


_DEFINED = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)\(')


def without_debug(text: str) -> str:
    """The module without places in the source, as clang writes it without -g."""
    nodes = set(_DEBUG_NODE.findall(text))
    if not nodes:
        return text

    def loop(found: re.Match[str]) -> str:
        kept = [node for node in found[2].split(", ") if node[1:] not in nodes]
        return found[1] + ", ".join(kept) + "}"

    text = without_places(text)
    if "declare !dbg" in text:
        text = _DEBUG_DECLARATION.sub("declare", text)
    text = _LOOP_NODE.sub(loop, text)
    text = _LOCATION_NODE.sub("", text)
    return _DEBUG_UNITS.sub("", text)


def without_places(text: str) -> str:
    """Functions without places in the source."""
    if "#dbg_" in text:
        text = _DEBUG_RECORD.sub("", text)
    if "@llvm.dbg." in text:
        text = _DEBUG_CALL.sub("", text)
    for start, attachment in _DEBUG_ATTACHMENTS.items():
        if start in text:
            text = attachment.sub("", text)
    return text
