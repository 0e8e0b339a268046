"""Differentiation: from a module with markers to one with derivatives. The door is `differentiate`."""

from enzcc.ad.differentiate import Settings, differentiate

__all__ = ["Settings", "differentiate"]
