"""Shadows of memory that no argument points to, and of memory that holds more than numbers."""
