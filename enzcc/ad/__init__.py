"""Differentiation: from a module with markers to one with derivatives; see `differentiate`."""

from enzcc.ad.differentiate import differentiate
from enzcc.settings import Settings

__all__ = ["Settings", "differentiate"]
