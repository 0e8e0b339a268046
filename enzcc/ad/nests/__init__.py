"""Loops of the reverse sweep, made such that LLVM vectorises them."""
