"""Exceptions: thrown, caught, destroyed, with what they carry."""
