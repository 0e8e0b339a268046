"""Functions of libstdc++ and libc++ without derivative, whose bodies programs do not see.

Names are mangled (Itanium C++ ABI), so that a family is a pattern: `_ZNSt6localeC1Ev` and all else
that begins with `_ZNSt6locale` is a member of std::locale.
"""

from __future__ import annotations

import re
from typing import Final

from enzcc.patterns import pattern

_OLD_OR_NEW: Final = r"(?:7__cxx11)?"
_STREAMS: Final = (
    r"\d+basic_(?:[io]?stringstream|[io]?fstream|stringbuf|filebuf|streambuf|[io]?stream|iostream"
    r"|ios|istream|ostream)I\w*"
)

_EXCEPTIONS: Final = (
    r"St(?:3__1)?\d+(?:exception|[a-z_]+_error|bad_[a-z_]+|out_of_range|invalid_argument)"
)
_EXCEPTION: Final = rf"_ZNK?{_EXCEPTIONS}(?:[CD]\d|4what)E\w*"

LIBRARY: Final[tuple[tuple[str, str], ...]] = (
    # what is thrown, and the end
    ("ends the program", r"_ZSt\d+__throw_\w+|_ZSt21__glibcxx_assert_fail\w*"),
    ("ends the program", r"_ZNSt3__1\d+__throw_\w+|_ZNSt3__122__libcpp_verbose_abort\w+"),
    ("ends the program", _EXCEPTION),
    # hash tables, and hashes of bytes
    ("computes with integers", r"_ZNKSt8__detail20_Prime_rehash_policy\w+"),
    ("computes with integers", r"_ZSt(?:11_Hash_bytes|15_Fnv_hash_bytes)\w+"),
    ("computes with integers", r"_ZNSt3__112__next_primeEm|_ZNSt3__1(?:6__hash|13__hash_mem)\w*"),
    ("computes with integers", r"_ZSt20_Rb_tree_black_countP\w+"),
    ("counts owners", r"_ZNK?St(?:15__exception_ptr)?13exception_ptr\w+"),
    ("counts owners", r"_ZNSt3__1(?:14__shared_count|19__shared_weak_count)D2Ev"),
    # streams, locales
    ("prints or reads text", rf"_ZNK?St{_OLD_OR_NEW}{_STREAMS}|_ZNK?St3__1{_STREAMS}"),
    ("prints or reads text", r"_ZNK?S[oid]\w+|_ZT[hv]n\w*S[oid]\w*"),
    ("prints or reads text", r"_ZSt(?:ls|rs|ws|4endl|4ends|5flush|7getline|16__ostream_insert)\w+"),
    ("prints or reads text", r"_ZStlsISt11char_traits\w+|_ZStrsISt11char_traits\w+"),
    ("prints or reads text", r"_ZNSt3__1(?:ls|rs|4endl|5flush|7getline)I\w+"),
    ("prints or reads text", r"_ZNSt3__124__put_character_sequenceI\w+"),
    ("prints or reads text", r"_ZNK?St8ios_base\w+|_ZNK?St3__18ios_base\w+"),
    ("prints or reads text", r"_ZNK?St6locale\w+|_ZNK?St3__16locale\w+|_ZNK?St5ctypeI\w+"),
    ("prints or reads text", r"_ZSt9use_facet\w+|_ZSt9has_facet\w+|_ZNKSt7num_putI\w+"),
    ("prints or reads text", r"_ZNK?St(?:3__1)?(?:8time_put|7num_get|8numpunct)I\w+"),
    ("turns text into numbers", r"_ZNSt3__1\d+sto(?:[dil]|f|ld|ll|ull?)ERK\w+"),
    # clocks, random devices, threads
    ("asks for the time", r"_ZNSt3__16chrono\d+(?:system|steady)_clock3nowEv"),
    ("draws random numbers", r"_ZNSt3__113random_device\w+"),
    ("belongs to threads", r"_ZNSt(?:3__1)?6thread(?!15_M_start)\w+|_ZNSt3__15mutex\w+"),
    ("belongs to threads", r"_ZNSt18condition_variable\w+"),
)  # fmt: skip

_BOOST_OF_ONE: Final = r"_ZN5boost4math\d{}I[dfe]EENS0_5tools12promote_args\w+"

FORMULAS: Final = {
    "6__lerp": (pattern(r"_ZN?St(?:3__1)?6__lerp(?:B\w+?)?I[fde]E\w+"), "__enzcc_lerp"),
    "math7erf_inv": (pattern(_BOOST_OF_ONE.format("erf_inv")), "erfinv"),
    "math6cos_pi": (pattern(_BOOST_OF_ONE.format("cos_pi")), "cospi"),
}
"""Part of a name -> the whole of it, and the rule of the function. Its body returns an argument as
it is in places, or a constant (`std::lerp`, where both ends are alike): there, derivatives of the
body are not those of the function."""


def formula_of(name: str) -> str | None:
    """The rule of such a function."""
    for part, (whole, rule) in FORMULAS.items():
        if part in name and whole.fullmatch(name) is not None:
            return rule
    return None


_STARTING: Final = pattern(r"pthread_create|thrd_create|_ZNSt6thread15_M_start\w+")


def starts_a_thread(name: str) -> bool:
    """Is it a function that calls another one beside what goes on? No derivative follows it."""
    return _STARTING.fullmatch(name) is not None


def is_exception(name: str) -> bool:
    """Is it the name of one of the library's classes of exceptions, as type information has it?"""
    return re.fullmatch(rf"_ZTS{_EXCEPTIONS}", name) is not None


def makes_exception(name: str) -> bool:
    """Is it a constructor, a destructor, or `what()` of one of the library's exceptions?"""
    return re.fullmatch(_EXCEPTION, name) is not None


_STRING: Final = pattern(
    r"_ZNK?St(?:7__cxx11|3__1)?12basic_stringI(?:c|w|D[isu])\w*"
    r"|_ZNK?Ss\w+"
    r"|_ZSt(?:pl|eq|ne|lt|gt|le|ge|ss)I(?:c|w|D[isu])St11char_traits\w+"
    r"|_ZNSt3__1(?:pl|eq|ne|lt|gt|le|ge|ss)(?:B\w+?)?I(?:c|w|D[isu])NS_11char_traits\w+"
    r"|_ZNSt(?:7__cxx11|3__1)9to_string\w+"
    r"|_ZNK?St(?:7__cxx11|3__1)(?:11basic_regex|9sub_match|13match_results|14regex_iterator"
    r"|20regex_token_iterator)I\w*"
    r"|_ZN?St(?:3__1|8__detail)?\d+(?:__)?regex_(?:algo_)?(?:search|match|replace)(?:B\w+?)?I\w*"
)
"""Members of std::string and its sisters, comparisons and sums of strings, regular expressions."""

_STATE_OF_STREAMS: Final = pattern(
    r"_Z(?:TS|NK?)(?:St8ios_base|St9basic_iosI|N?St3__18ios_base|N?St3__19basic_iosI).*"
)
"""The classes, as type-based alias metadata names them, and their members."""


_ITERATOR: Final = pattern(r"EE\w*I(?:N9__gnu_cxx17__normal_iteratorI|NS_11__wrap_iterI)?P[cah]")
"""A member that takes iterators: pointers to bytes, or what wraps them."""


def is_of_strings(name: str) -> bool:
    """Does the function work on strings of the library, which hold text and no derivative?

    Nobody looks into these functions: the characters of a string lie in the string itself or on the
    heap, and are moved in numbers that only the run knows.
    """
    return _STRING.match(name) is not None


def is_state_of_streams(name: str) -> bool:
    """Is it the class that holds the state of a stream, or a member of that? It is a virtual base
    of the stream, and carries no derivative."""
    return _STATE_OF_STREAMS.fullmatch(name) is not None


def reads_characters(name: str) -> bool:
    """Does such a function take the address of characters that are no string?"""
    return "PK" in name or _ITERATOR.search(name) is not None


_WIDE: Final = pattern(r"(?:11char_traits|basic_string)I(w|D[is])")
_WIDTHS: Final = {"w": 32, "Di": 32, "Ds": 16}


def bits_of_characters(name: str) -> int | None:
    """How wide the characters are that such a function takes one by one; None if it takes none:
    `std::to_string(int)` writes digits, not the bytes of a number."""
    if "to_string" in name:
        return None
    wide = _WIDE.search(name)
    return 8 if wide is None else _WIDTHS[wide[1]]
