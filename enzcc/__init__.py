"""enzcc: a C and C++ compiler that writes derivatives."""

__version__ = "0.1.0"
