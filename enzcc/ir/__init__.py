"""LLVM IR as objects: read from text, edited, printed as text."""
