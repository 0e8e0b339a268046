"""Annotated loops: checkpointed ones and fixed points."""
