"""What can go wrong, told apart: user mistakes, unsupported constructs, our own faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Location:
    """A place in the user's source: file as the compiler was told it, 1-based line and column."""

    file: str
    line: int
    column: int


class Diagnosis(Exception):
    """Base of all errors that are told to the user."""

    def __init__(
        self,
        location: Location | None,
        message: str,
        *,
        because: str = "",
        remedy: str = "",
    ) -> None:
        super().__init__(message)
        self.location, self.message = location, message
        self.because, self.remedy = because, remedy


class UserMistake(Diagnosis):
    """The request itself is wrong: arguments, words, types."""


class NoDerivative(Diagnosis):
    """An active call or instruction without a known derivative."""


class Unsupported(Diagnosis):
    """A construct that enzcc does not differentiate."""


class InternalError(Exception):
    """A fault of enzcc."""
