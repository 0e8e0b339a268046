"""Marker calls: found, read into requests, and replaced by calls of derivatives.

for found in find_marker_calls(module):
    for call in split_choices(module, found.caller, found.call):
        request = read_request(module, found.caller, call)
        ...                                     # make the derivative of request.callee
        replace(request, module, derivative, derivative_type)
"""

from __future__ import annotations

from enzcc.markers.annotations import Annotations, read_annotations
from enzcc.markers.choice import split_choices
from enzcc.markers.contexts import place_contexts
from enzcc.markers.find import MarkerCall, find_marker_calls, markers_with_bodies
from enzcc.markers.halves import Halves, replace_half, replace_size
from enzcc.markers.lowering import replace, replace_batch
from enzcc.markers.names import Mode, mode_of
from enzcc.markers.reader import read_request
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
from enzcc.markers.small import TODENSE, put_back, raised, set_aside
from enzcc.markers.trace import traced_function, traced_member
from enzcc.markers.virtual import place_virtuals, virtual_function

__all__ = [
    "TODENSE",
    "Activity",
    "Annotations",
    "Given",
    "Halves",
    "Loaded",
    "MarkerCall",
    "Mode",
    "Moved",
    "NeedsInlining",
    "Operand",
    "Request",
    "Source",
    "Temporary",
    "find_marker_calls",
    "markers_with_bodies",
    "mode_of",
    "place_contexts",
    "place_virtuals",
    "put_back",
    "raised",
    "read_annotations",
    "read_request",
    "replace",
    "replace_batch",
    "replace_half",
    "replace_size",
    "set_aside",
    "split_choices",
    "traced_function",
    "traced_member",
    "virtual_function",
]
