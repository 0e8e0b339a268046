"""Exceptions that own memory are destroyed by the copies, not by the C++ runtime.

    throw Domain(w);    __cxa_throw(e, @type, @~Domain)
    -->
                        __enzcc_exception_owned(e, @~Domain)
                        __cxa_throw(e, @type, @__enzcc_exception_left)
    }  // of a handler  __cxa_end_catch()
    -->
                        enzcc.leave(): if (e = __enzcc_exception_leaving(@~Domain)) ~Domain(e); ...
                                       __cxa_end_catch()

What a destructor gives back has a shadow, and the reverse sweep may read it: so the derivative has
to see the call. The run-time library (`runtime/exceptions.c`) counts handlers as the C++ runtime
does, and tells whether the exception goes with this one; one that leaves the derivative is
destroyed by whoever catches it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from enzcc.analysis.cxxabi import ENTERED, LEAVING, LEFT, OWNED
from enzcc.ir.lines import POINTER_CALL, lines_with
from enzcc.ir.names import quoted
from enzcc.patterns import pattern
from enzcc.rules import DEALLOCATORS
from enzcc.rules.cxx import is_of_strings

LEAVE: Final = "enzcc.leave"
"""What copies call at the end of a handler."""

_NAME: Final = r'"(?:[^"\\]|\\.)*"|[-a-zA-Z$._0-9]+'
_THROW: Final = pattern(
    rf"^(?P<head>  (?:call|invoke) void @__cxa_throw\()(?P<exception>ptr [^,]*)"
    rf"(?P<type>, ptr [^,]*, )ptr @(?P<destroy>{_NAME})\)",
    re.M,
)
_BEGIN: Final = pattern(r"^(?=  %\S+ = (?:tail )?call ptr @__cxa_begin_catch\((ptr [^)]*)\))", re.M)
_AGAIN: Final = pattern(r"^(?=  (?:call|invoke) void @__cxa_rethrow\(\))", re.M)
_KEEPS: Final = "@_ZSt17current_exceptionv("
_CALLED: Final = pattern(rf"@({_NAME})\(")

_DECLARATIONS: Final = (
    f"declare void @{OWNED}(ptr, ptr) nounwind",
    f"declare void @{LEFT}(ptr) nounwind",
    f"declare void @{ENTERED}(ptr) nounwind",
    "declare void @__enzcc_exception_rethrown() nounwind",
    f"declare ptr @{LEAVING}(ptr) nounwind",
    "declare void @__enzcc_exception_ended() nounwind",
    "declare void @__cxa_end_catch()",
    "declare i32 @__gxx_personality_v0(...)",
)


def thrown_destructors(text: str) -> list[str]:
    """The destructors of the exceptions that a module throws; none if somebody may keep exceptions
    after they have been caught, or if copies call these already."""
    if "@__cxa_throw(" not in text or f"@{LEAVE}(" in text or _KEEPS in text:
        return []
    found = (_THROW.match(text, at) for at in lines_with(text, "@__cxa_throw("))
    return list(dict.fromkeys(match["destroy"].strip('"') for match in found if match))


def with_destroyers(text: str, thrown: list[str], bodies: Mapping[str, str]) -> str:
    """The module with a function that ends handlers, if some of the destructors give memory back.
    The bodies are those of its functions."""
    owning = [name for name in thrown if _gives_back(name, bodies)]
    if not owning:
        return text
    lines = [f"define internal void @{LEAVE}() personality ptr @__gxx_personality_v0 {{"]
    for number, name in enumerate(owning):
        lines += [
            f"  %e{number} = call ptr @{LEAVING}(ptr @{quoted(name)})",
            f"  %no{number} = icmp eq ptr %e{number}, null",
            f"  br i1 %no{number}, label %next{number}, label %this{number}",
            "",
            f"this{number}:",
            f"  call void @{quoted(name)}(ptr %e{number})",
            f"  br label %next{number}",
            "",
            f"next{number}:",
        ]
    lines += ["  call void @__enzcc_exception_ended()", "  call void @__cxa_end_catch()"]
    lines += ["  ret void", "}", ""]
    there = [d for d in _DECLARATIONS if f"@{_CALLED.findall(d)[0]}(" not in text]
    return "\n".join([text, *lines, *there, ""])


def with_own_destruction(body: str, owning: frozenset[str]) -> str:
    """The body of a function whose exceptions are destroyed by the copies."""
    if "@__cxa_" not in body or "@__enzcc_exception_" in body:
        return body
    body = _THROW.sub(lambda match: _owned(match, owning), body)
    body = _BEGIN.sub(rf"  call void @{ENTERED}(\1)\n", body)
    body = _AGAIN.sub("  call void @__enzcc_exception_rethrown()\n", body)
    return body.replace("@__cxa_end_catch(", f"@{LEAVE}(")


def owning_in(text: str) -> frozenset[str]:
    """The destructors that the copies of a module call."""
    found = re.findall(rf"call ptr @{LEAVING}\(ptr @({_NAME})\)", text)
    return frozenset(name.strip('"') for name in found)


def counts_handlers(text: str) -> bool:
    """Does the module need what the run-time library knows of handlers and exceptions?"""
    return "@__enzcc_exception_" in text


def _owned(match: re.Match[str], owning: frozenset[str]) -> str:
    if match["destroy"].strip('"') not in owning:
        return match[0]
    told = f"  call void @{OWNED}({match['exception']}, ptr @{match['destroy']})\n"
    return f"{told}{match['head']}{match['exception']}{match['type']}ptr @{LEFT})"


def _gives_back(name: str, bodies: Mapping[str, str]) -> bool:
    """May the function give memory back that holds numbers?"""
    work, seen = [name], {name}
    while work:
        body = bodies.get(work.pop(), "")
        if POINTER_CALL.search(body):
            return True
        for called in (one.strip('"') for one in _CALLED.findall(body)):
            if called in DEALLOCATORS:
                return True
            if called not in seen and not is_of_strings(called):
                seen.add(called)
                work.append(called)
    return False
