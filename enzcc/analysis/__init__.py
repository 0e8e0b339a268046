"""Analyses: pure functions from functions to facts."""
