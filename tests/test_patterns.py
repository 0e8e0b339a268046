"""Regular expressions of the modules, which are compiled where they are used, are right."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import enzcc
from enzcc.patterns import pattern


def held(value: Any) -> Iterator[Any]:
    """A value, or what lies in it."""
    if isinstance(value, dict):
        value = tuple(value.values())
    if isinstance(value, (tuple, list)):
        for one in value:
            yield from held(one)
    else:
        yield value


def test_all_can_be_compiled() -> None:
    seen = 0
    for found in pkgutil.walk_packages(enzcc.__path__, "enzcc."):
        if found.name.endswith("__main__"):
            continue
        for value in vars(importlib.import_module(found.name)).values():
            for one in held(value):
                if type(one) is type(pattern("")):
                    one.match(b"" if isinstance(one.pattern, bytes) else "")
                    seen += 1
    assert seen > 200


def test_it_is_what_re_compiles() -> None:
    digits = pattern(r"(\d+)", re.MULTILINE)
    assert digits.pattern == r"(\d+)"
    assert digits.flags == re.compile(r"(\d+)", re.MULTILINE).flags
    assert digits.findall("1 22") == ["1", "22"]
    assert digits.sub("x", "a1b2") == "axbx"
    assert pattern(rb"a+").fullmatch(b"aa")
