"""Derivatives that the program gives by hand."""
