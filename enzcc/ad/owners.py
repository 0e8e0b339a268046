"""Static pointers that only ever hold whole blocks of the heap, told by the text of the module."""

from __future__ import annotations

import re

from enzcc.ad.names import SUFFIX
from enzcc.ir import types as ty
from enzcc.ir.module import Module
from enzcc.ir.names import quoted

_FUNCTION = re.compile(r"^define [^\n]*\{\n.*?^\}\n", re.M | re.S)
_ALLOCATES = r"= (?:tail )?call [^@\n]*@(?:malloc|calloc|aligned_alloc|realloc)\("


def only_allocated(module: Module, name: str) -> bool:
    """Is a static pointer only read, and set to null or to new blocks, wherever it is mentioned?"""
    symbol = module.symbol(name)
    if symbol.value_type is not ty.PTR or not re.search(
        r"= internal (?:unnamed_addr )?global ptr null", symbol.line
    ):
        return False
    spelled = re.escape("@" + quoted(name)) + r"(?![-\w.$])"
    rest = module.text.replace(symbol.line, "", 1)
    for function in _FUNCTION.findall(module.text):
        rest = rest.replace(function, "", 1)
        head = function.split("\n", 1)[0]
        if re.search(rf"{re.escape(SUFFIX)}\W", head):
            continue  # a copy
        for line in function.split("\n"):
            if not re.search(spelled, line):
                continue
            if re.search(rf"= load ptr, ptr {spelled}", line):
                continue
            stored = re.search(rf"^\s*store ptr (null|%[-\w.$]+), ptr {spelled}", line)
            if stored is None:
                return False
            value = stored.group(1)
            if value != "null" and not re.search(
                rf"^\s*{re.escape(value)} {_ALLOCATES}", function, re.M
            ):
                return False
    return not re.search(spelled, rest)
