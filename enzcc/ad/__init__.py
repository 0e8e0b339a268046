"""Differentiation: from a module with markers to one with derivatives; see `differentiate`."""

from enzcc.ad.differentiate import Settings, differentiate

__all__ = ["Settings", "differentiate"]
