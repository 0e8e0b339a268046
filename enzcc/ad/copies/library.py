"""Functions of the libraries of C and C++ that call back have bodies of ours in the copies.

    call void @qsort(ptr %a, i64 %n, i64 8, ptr @compare)
    -->                                                       in what derivatives are made from
    call void @__enzcc_qsort(ptr %a, i64 %n, i64 8, ptr @compare)

They are then inlined as a function of the program would be: the size of the elements and the
function called back become known.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from enzcc import llvm
from enzcc.ad.copies import resources
from enzcc.ad.copies.unpacked import unpack
from enzcc.ir.lines import line_of, lines_with
from enzcc.patterns import pattern

BODIES: Final = {
    **{name: f"__enzcc_{name}" for name in ("qsort", "qsort_r", "bsearch", "lfind")},
    # std::sort of numbers in libc++
    **{
        f"_ZNSt3__16__sortIRNS_6__lessI{c}{c}EEP{c}EEvT0_S5_T_": f"__enzcc_sort_{name}"
        for c, name in (("f", "float"), ("d", "double"), ("e", "long_double"))
    },
    # members of std::shared_ptr's control block in libc++
    "_ZNSt3__119__shared_weak_count14__release_weakEv": "__enzcc_shared_release_weak",
    "_ZNSt3__119__shared_weak_count4lockEv": "__enzcc_shared_lock",
    # containers of GNU's library that check their iterators
    **{
        f"_ZN11__gnu_debug{name}": f"__enzcc_checked_{body}"
        for name, body in {
            "19_Safe_iterator_base9_M_attachEPNS_19_Safe_sequence_baseEb": "attach",
            "19_Safe_iterator_base16_M_attach_singleEPNS_19_Safe_sequence_baseEb": "attach",
            "19_Safe_iterator_base9_M_detachEv": "detach",
            "19_Safe_iterator_base16_M_detach_singleEv": "detach",
            "25_Safe_local_iterator_base9_M_attachEPNS_19_Safe_sequence_baseEb": "attach",
            "25_Safe_local_iterator_base9_M_detachEv": "detach",
            "19_Safe_sequence_base13_M_detach_allEv": "detach",
            "19_Safe_sequence_base18_M_detach_singularEv": "detach",
            "19_Safe_sequence_base22_M_revalidate_singularEv": "detach",
            "30_Safe_unordered_container_base13_M_detach_allEv": "detach",
            "19_Safe_iterator_base12_M_get_mutexEv": "mutex",
            "19_Safe_sequence_base12_M_get_mutexEv": "mutex",
            "19_Safe_sequence_base7_M_swapERS0_": "swap",
            "30_Safe_unordered_container_base7_M_swapERS0_": "swap",
        }.items()
    },
    "_ZNK11__gnu_debug19_Safe_iterator_base11_M_singularEv": "__enzcc_checked_singular",
    "_ZNK11__gnu_debug19_Safe_iterator_base14_M_can_compareERKS0_": "__enzcc_checked_comparable",
}
"""Library function -> our body for it (runtime/sorting/sorting.c, runtime/sharing.c,
runtime/checked.c)."""

OF_COPIES: Final = ("__enzcc_checked_attach", resources.NEW)
"""What a module has in which copies do something else: they list no iterators with their
containers, and ask no resources for memory."""

_BFLOAT: Final = "bfloat/bfloat"

_PARTS: Final = {
    "aligned": "aligned",
    "aside": "aside|displac|end_pointer|bring_back",
    "special/boost": "boost_",
    "special/complex": "complex_",
    "cells": "cells|numbers|pointers|move_adjoint|table_of|apart|within|require|refused|redirect"
    "|need_shadow|note|take_|broken_copy|heap_|link_",
    "blocks": "resource_new|resource_delete",
    "checked": "checked_",
    "exceptions": "exception|handle|owner",
    "held": "heap_|link_",
    "log": "log_",
    "noted": "note|take_",
    "origins": "origins",
    "precision": "round_",
    "resources": "resource_allocate|resource_deallocate",
    "sharing": "shared_",
    "sorting/sorting": "sort|bsearch|lfind",
    "special/digamma": "gamma",
    "tanh": "sech",
    "undone": "undo",
}
"""Files of the runtime beside the arena that programs need which mention functions so named."""

_MENTIONED: Final = pattern(r"@__enzcc_(\w+)")
_OURS: Final = pattern(r"@(__enzcc_\w+)\(")

_ROUNDING: Final = pattern(
    r" = (?:fptrunc [^\n]* to (?:<\d+ x )?bfloat|f(?:add|sub|mul|div) [^\n%]*\bbfloat\b)"
)

REPLACED: Final = {
    "handmade_aligned_realloc": "ptr @__enzcc_aligned_realloc(ptr, i64, i64)",
    "memory_resource8allocate": f"ptr @{resources.ALLOCATE}(ptr, i64, i64)",
    "memory_resource10deallocate": f"void @{resources.DEALLOCATE}(ptr, ptr, i64, i64)",
}
"""The same for functions that headers define, by a part of the name: one that looks at addresses
(runtime/aligned.c), two that make virtual calls (runtime/resources.c)."""

_SUFFIXES: Final = {"d": "", "f": "f", "e": "l"}
"""Letter of a type in names -> C's suffix."""

_RETURNED: Final = pattern(r" (void|<2 x float>|\{ (\w+), \2 \}) @\w+\($")
"""What a complex number is returned as where classes of C++ are returned as numbers of C are, or
in memory, at the end of a definition's head."""

_COMPLEX: Final = (
    r"_ZSt3(?P<power>pow)I(?P<gnu>[dfe])ESt7complexIT_ERKS2_RKS1_"
    r"|_ZNSt3__1\d(?P<one>exp|cosh|acos|asinh|acosh|atanh)(?:B\w+?)?I(?P<llvm>[dfe])E"
    r"ENS_7complexIT_EERKS3_"
)
"""Functions that look whether a part of the number is zero (runtime/special/complex.c): powers with
a real exponent of GNU's library, some of LLVM's."""

_BOOST: Final = (
    r"_ZN5boost4math\d(?P<special>erfc?|[tl]gamma)I(?P<number>[dfe])(?:E|NS0_8policies6policyI)\w+"
)
"""Functions that look for arguments whose result they have ready (runtime/special/boost.c)."""

_TAKEN: Final = {"PiRKT0_": "_signed_by", "Pi": "_signed", "RKT0_": "_by", "": ""}
"""How a name of such a function ends, for what it takes behind the number -> end of our name."""

_DECLARATION = pattern(rf"^declare [^@\n]*@({'|'.join(BODIES)})\(.*$", re.M)

_DEFINITION = pattern(
    r"define linkonce_odr [^@\n]*"
    rf"@(_ZN5Eigen8internal24handmade_aligned_reallocEPvmm|{resources.NAMES}|{_COMPLEX}|{_BOOST})\("
)


def _defined(text: str) -> dict[str, str]:
    """The functions of headers that are replaced -> what our body is declared as."""
    found = (_DEFINITION.match(text, at) for at in lines_with(text, "define linkonce_odr "))
    named = ((match[1], _replacing(match)) for match in found if match is not None)
    return {name: body for name, body in named if body is not None}


def _replacing(definition: re.Match[str]) -> str | None:
    """What is declared in the place of a function; None if C would return it in another way."""
    if definition["special"] is not None:
        return _of_boost(definition)
    number = definition["gnu"] or definition["llvm"]
    if number is None:
        return next(body for part, body in REPLACED.items() if part in definition[1])
    result = _RETURNED.search(definition[0])
    if result is None:
        return None
    taken = ["ptr", "ptr"] if definition["power"] else ["ptr"]
    name = (definition["power"] or definition["one"]) + _SUFFIXES[number]
    if result[1] == "void":
        taken, name = ["ptr", *taken], f"{name}_to"
    return f"{result[1]} @__enzcc_complex_{name}({', '.join(taken)})"


def _of_boost(definition: re.Match[str]) -> str:
    end = next(end for end in _TAKEN if definition[1].endswith(end))
    number = definition[0].split(" @")[0].split(" ")[-1]
    taken = ", ".join([number, *["ptr"] * _TAKEN[end].count("_")])
    name = definition["special"] + _SUFFIXES[definition["number"]] + _TAKEN[end]
    return f"{number} @__enzcc_boost_{name}({taken})"


def library_for(text: str, runtime: Callable[..., str], *parts: str) -> Callable[[], str]:
    """The run-time library with the parts that a module needs, and these."""
    names = set(_MENTIONED.findall(text))
    needed = [
        part
        for part, words in _PARTS.items()
        if any(word in name for word in words.split("|") for name in names)
    ]
    bfloat = (_BFLOAT,) if rounds_to_bfloat(text) else ()
    return partial(runtime, *needed, *bfloat, *parts)


def rounds_to_bfloat(text: str) -> bool:
    """May the backend call a function that rounds to bfloat16 (runtime/bfloat/bfloat.c)?"""
    return "bfloat" in text and _ROUNDING.search(text) is not None


def with_library(text: str, runtime: Callable[..., str]) -> str:
    """The module with our bodies of the functions that it declares."""
    declared = {
        BODIES[match[1]]: match[0].replace(f"@{match[1]}(", f"@{BODIES[match[1]]}(")
        for at in lines_with(text, "declare ")
        if (match := _DECLARATION.match(text, at)) is not None
        and f"@{match[1]}(" in text[: match.start()] + text[match.end() :]
    }
    defined = _defined(text)
    bodies_of_headers = dict.fromkeys(f"declare {body}" for body in defined.values())
    found = [*declared.values(), *bodies_of_headers]
    if not found or not _reached(text) & (BODIES.keys() | defined.keys()):
        return text
    if any(resources.DEALLOCATE in line for line in found) and not resources.can_stand_in(text):
        found = [line for line in found if "@__enzcc_resource_" not in line]
    bodies = library_for("\n".join(found), runtime)
    return llvm.normalise(unpack(llvm.link("\n".join([text, *found, ""]), bodies())))


_MENTION = pattern(r'@("(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+)')


def _reached(text: str) -> set[str]:
    """What functions that call markers mention, and what that mentions in turn."""
    mentions: dict[str, set[str]] = {}
    found: set[str] = set()
    work: list[str] = []
    for entity in resources.ENTITY.findall(text):
        name, *others = (m.strip('"') for m in _MENTION.findall(entity))
        mentions[name] = set(others)
        if "__enzyme_" in entity:
            work += mentions[name].difference(BODIES)
    while work:
        name = work.pop()
        if name not in found:
            found.add(name)
            work += mentions.get(name, ())
    return found


def library_in(text: str) -> dict[str, str]:
    """The library functions of which the module has our bodies, and no other: name -> body."""
    there = set(_OURS.findall(text))
    if not there:
        return {}
    own = {name: re.split("[@(]", body)[1] for name, body in _defined(text).items()}
    return {
        name: body
        for name, body in {**BODIES, **own}.items()
        if body in there and (name in own or line_of(text, name, "define ") is None)
    }
