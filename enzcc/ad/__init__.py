"""Differentiation: from a module with markers to one with derivatives; see `differentiate`."""

from enzcc.ad.differentiate import differentiate
from enzcc.ad.memory.owners import Owners
from enzcc.ad.report import Report
from enzcc.settings import Settings

__all__ = ["Owners", "Report", "Settings", "differentiate"]
