"""Where the files are that travel with the package: C headers and the runtime's sources.

In a source checkout they lie beside the package, in an installed one within it.
"""

from __future__ import annotations

import os

_HERE = os.path.dirname(os.path.abspath(__file__))


def _find(name: str) -> str:
    installed = os.path.join(_HERE, "_data", name)
    return installed if os.path.isdir(installed) else os.path.join(os.path.dirname(_HERE), name)


INCLUDE = _find("include")  # enzyme.h
CMAKE = _find("cmake")  # the package that find_package(enzcc) finds, and a toolchain file
RUNTIME = _find("runtime")  # what derivatives need at run time, emitted into each object
