"""Marker calls: found, read into requests, and replaced by calls of derivatives."""

from __future__ import annotations

from enzcc.markers.names import Mode
from enzcc.markers.request import (
    Activity,
    Given,
    Loaded,
    Moved,
    NeedsInlining,
    Operand,
    Request,
    Source,
    Temporary,
)

__all__ = [
    "Activity",
    "Given",
    "Loaded",
    "Mode",
    "Moved",
    "NeedsInlining",
    "Operand",
    "Request",
    "Source",
    "Temporary",
]
