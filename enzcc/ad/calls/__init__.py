"""Calls through pointers, of unknown functions, and into other files."""
