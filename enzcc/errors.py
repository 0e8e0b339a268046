"""What can go wrong, told apart: user mistakes, unsupported constructs, our own faults.

One class a code. The docstring of a class with a `code` is the text of its entry in docs/errors.md,
which `python -m enzcc.errors` prints and a test keeps current.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final


@final
@dataclass(frozen=True)
class Location:
    """A place in the user's source: file as the compiler was told it, 1-based line and column."""

    file: str
    line: int
    column: int


class Diagnosis(Exception):
    """Base of all errors that are told to the user.

    message   one sentence without a full stop, names in single quotes
    because   how it came to this, if that is not plain from the message
    remedy    what to write instead
    argument  number of the marker's argument that is to blame, counted from 0, of `arguments`; the
              caret then points at it where the source text can be read
    missing   the function whose definition would help
    elsewhere other files may say which function is meant
    named     a name of the program's that it is about, and the source files: without a location,
              the place is where the name stands
    """

    code: ClassVar[str] = ""
    argument: int | None = None
    arguments: int = 0
    missing: str = ""
    elsewhere: bool = False
    named: tuple[str, tuple[str, ...]] = ("", ())

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
    """The request itself is wrong: its arguments, words or types."""

    code = "user-mistake"


class MisspeltMarker(UserMistake):
    """A function is called whose name looks like a marker and is none.

    Names that begin with `__enzyme_` ask the compiler for something. One that it does not know
    would only show as an undefined symbol when the program is linked.

        double __enzyme_autodif(void *, ...);      // __enzyme_autodiff is meant
    """

    code = "misspelt-marker"


class NotAFunction(UserMistake):
    """The compiler cannot tell which function is to be differentiated.

    The first argument of a marker has to be known when the program is compiled: the name of a
    function, a local variable or a constant table that holds one, or a choice among several of
    these. A pointer that arrives from elsewhere (read from memory that changes, returned by an
    unknown function) is not.
    In a function that passes its own parameter on to a marker, the parameter is traced to the calls
    of that function, which therefore must be in the same file.
    """

    code = "not-a-function"


class NoBody(UserMistake):
    """The function to be differentiated is only declared in this file.

    Its derivative is made from its definition. Move the marker call to the file that defines it,
    or put the definition into a header that both include (`static inline`), or compile and link all
    files with `-fenzcc-link`.
    """

    code = "no-body"


class UnknownWord(UserMistake):
    """An argument's name begins with `enzyme_`, but there is no such word.

    Global variables with such names are words that tell how the next argument is to be treated. To
    pass the value of a variable of your own that is named so, copy it to a local variable first.
    """

    code = "unknown-word"


class MisplacedWord(UserMistake):
    """A word stands where it says nothing: nothing follows it, or the request has no use for it.

    `enzyme_dup`, `enzyme_const` and their like belong in front of the argument they describe. Some
    words belong to one kind of request only: `enzyme_scalar` to `__enzyme_batch`, `enzyme_tape` to
    split mode.
    """

    code = "misplaced-word"


class WrongCount(UserMistake):
    """The marker call has more or fewer arguments than the function that it differentiates.

    Each parameter of the function takes one argument of the call, and behind it its shadow if it
    has one. Without a word in front, pointers have a shadow (in forward mode floating values too):

        double f(double *x, int n);
        __enzyme_autodiff((void *)f, x, dx, 3);                 // x and its shadow, n
        __enzyme_autodiff((void *)f, enzyme_const, x, 3);       // x without a shadow

    A struct that is passed by value in two registers counts as two parameters.
    """

    code = "wrong-count"


class MissingShadow(UserMistake):
    """An argument that takes a shadow is not followed by one.

    `enzyme_dup` (the default for pointers, and for floating values in forward mode) is followed by
    the value, then by its shadow: the memory that receives the gradient, or in forward mode the
    tangent. With `enzyme_width` there are as many shadows as lanes.
    """

    code = "missing-shadow"


class WrongType(UserMistake):
    """An argument's type is not that of the function's parameter.

    Nothing declares to C what a marker passes on, so nothing is converted: an `int` is not a
    `double`, and an `int` is not a `long`. Write `1.0` for a `double`, `(long)n` for a `long`. What
    C itself promotes when it passes arguments through `...` (`float`, `char`, `short`, `bool`) is
    converted back.
    """

    code = "wrong-type"


class WrongActivity(UserMistake):
    """A word does not suit the argument or the result it describes.

    * `enzyme_out` returns the gradient of a floating value passed by value, in reverse mode. Memory
      behind a pointer has a shadow instead (`enzyme_dup`), and forward mode returns no gradients.
    * Integers have no derivative: no word, or `enzyme_const`.
    """

    code = "wrong-activity"


class WrongWidth(UserMistake):
    """`enzyme_width` is followed by something else than one constant from 1 to 4096.

    The number of lanes decides what code is made, so it must be known when the program is compiled,
    and it can be given once. Each lane is code of its own: ask for many in a loop.
    """

    code = "wrong-width"


class WrongSize(UserMistake):
    """A size in bytes does not fit: that behind `enzyme_byref`, or that of the struct returned.

    The size behind `enzyme_byref` is that of the parameter, a constant. A marker that returns the
    derivative of a struct returns that struct, once for the result (if asked for) and once a lane.
    """

    code = "wrong-size"


class NoPrimalResult(UserMistake):
    """`enzyme_primal_return` asks for the result of a function that returns none.

    In reverse mode neither is it there for a function that returns a large struct: there the
    struct's shadow is passed in, and the result itself is not kept.
    """

    code = "no-primal-result"


class NoSeed(UserMistake):
    """The result mixes floating fields with others, so there is no derivative "of the result".

    In reverse mode each floating number returned is seeded with 1. For a struct that also holds
    integers or pointers that is not defined: return the number of interest, or write through a
    pointer.
    """

    code = "no-seed"


class ResultMismatch(UserMistake):
    """What the marker is declared to return cannot hold the derivative.

    Reverse mode returns the gradients of the arguments passed by value (`enzyme_out`) in order,
    forward mode the tangent of the result; with `enzyme_primal_return` the result comes first.
    Declare a marker of your own with a struct of these, its name with any suffix:

        struct gradient { double dx, dy; };
        struct gradient __enzyme_autodiff_xy(void *, ...);
    """

    code = "result-mismatch"


class WrongAnnotation(UserMistake):
    """A registration or annotation does not say what it should, or does not fit its function.

    A derivative by hand is registered by a global variable:

        double f(double x, int n);
        double f_tangent ...                      // { f's result, its tangent }
        void *__enzyme_register_derivative_f[] = {(void *)f, (void *)f_tangent};

    In forward mode each parameter is followed by its tangent or shadow; in reverse mode a floating
    one stands alone, any other is followed by its shadow. Integers have a shadow too. Where the
    functions do not fit, the error shows the prototype that does; `docs/using.md` has an example of
    each.
    """

    code = "wrong-annotation"


class WrongPrecision(UserMistake):
    """A request for lower precision names no format, no function, or a type that does not fit.

    `__enzyme_truncate_op_func` and `__enzyme_truncate_mem_func` take a function that this file
    defines, the bits of the type (16, 32 or 64), and those of the format: a width, or bits of its
    exponent and of its significand. `-enzyme-truncate-all=` takes the same, as `64to32` or
    `64to11-8`. Behind `poseidon_tau` and `poseidon_confidence` stands a floating constant.
    """

    code = "wrong-precision"


class WrongChoice(UserMistake):
    """A probabilistic request, sample or observation is not as it should be.

        value = __enzyme_sample(sampler, log_density, "address", parameters...);
        __enzyme_observe(value, log_density, "address", parameters...);

    The log density takes the parameters of the sampler, and then the value. Sampler and density
    are named where they are used. Requests need the functions of a trace that the program defines,
    or a table of them behind `enzyme_interface`; `docs/choices.md` has all of it.
    """

    code = "wrong-choice"


class NoDerivative(Diagnosis):
    """An active value passes through a function whose derivative is unknown.

    Its definition is not in this file, and enzcc has no rule for it. Define it in this file or in a
    header that it includes: then its derivative is made from its definition; or compile and link
    all files with `-fenzcc-link`. If it is not meant to carry a derivative, pass it constant data
    only.
    """

    code = "no-derivative"


class Unsupported(Diagnosis):
    """The program uses something that enzcc does not differentiate (yet)."""

    code = "unsupported"


class InternalError(Exception):
    """A fault of enzcc."""


def unknown_kind(location: Location | None) -> NoDerivative:
    """The error for data that moves without its kind being known."""
    return NoDerivative(
        location,
        "cannot tell whether the data moved here are floating values",
        because="nothing in the functions that are differentiated reads or writes these bytes"
        " as a floating, integer or pointer value",
        remedy="copy through a pointer to the real type, or say what lies at the pointer, once in"
        " the function: '__enzyme_double(p, -1);', or '__enzyme_integer(p, -1);'",
    )


def kinds(base: type[Diagnosis] = Diagnosis) -> Iterator[type[Diagnosis]]:
    """Every kind of error with a code, in the order of this file."""
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def documentation() -> str:
    """The text of docs/errors.md."""
    parts = [
        "# Errors\n",
        "<!-- written by `python -m enzcc.errors`; a test keeps it current -->\n",
        "enzcc tells what is wrong as clang does: with the place in your source, the reason, and",
        "what to write instead. It then exits with status 1 and leaves no object file.\n",
    ]
    for kind in kinds():
        if kind.__module__ == Diagnosis.__module__:
            title, _, body = inspect.cleandoc(kind.__doc__ or "").partition("\n")
            parts.append(f"## {kind.code}\n\n{title}\n{body}".rstrip() + "\n")
    parts += [
        "## internal error\n",
        "A fault of enzcc itself, printed in one line. Please report it with the source that shows",
        "it; `ENZCC_DEBUG=1` prints where it happened.",
    ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    import enzcc.errors

    print(enzcc.errors.documentation(), end="")
