"""From a symbol's name to the name that its rule has.

`sin` is also sinf, sinl, sinf128, __sin_finite, __nv_sin, __ocml_sin_f64, llvm.sin.v4f64 ... Names
are matched whole: `sinful` and `_ZN3foo3sinEd` are not `sin`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Final

from enzcc.patterns import pattern

ALIASES: Final[Mapping[str, str]] = {
    "pow10": "exp10", "gamma": "lgamma", "gamma_r": "lgamma_r", "lgam": "lgamma",
    "__powidf2": "powi", "__powisf2": "powi", "__powixf2": "powi", "__powitf2": "powi",
    "__fd_sincos_1": "llvm.sincos", "__fd_sincosf_1": "llvm.sincos",
    "Faddeeva_erf_re": "erf", "Faddeeva_erfc_re": "erfc", "Faddeeva_erfcx_re": "erfcx",
    "Faddeeva_erfi_re": "erfi", "Faddeeva_dawson_re": "dawson",
}  # fmt: skip
"""Other names of the same function."""

INTRINSIC_ALIASES: Final[Mapping[str, str]] = {
    "fmuladd": "fma", "minnum": "fmin", "maxnum": "fmax", "minimum": "fminimum",
    "maximum": "fmaximum", "minimumnum": "fminimum_num", "maximumnum": "fmaximum_num",
}  # fmt: skip
"""Intrinsics (without `llvm.` and type) that are a C function under another name."""

DEVICE_ALIASES: Final[Mapping[str, str]] = {
    "ncdf": "normcdf", "ncdfinv": "normcdfinv", "len3": "norm3d", "len4": "norm4d",
    "rlen3": "rnorm3d", "rlen4": "rnorm4d",
    "fast_exp": "exp", "fast_exp10": "exp10", "fast_log": "log", "fast_log2": "log2",
    "fast_log10": "log10", "fast_sin": "sin", "fast_cos": "cos", "fast_tan": "tan",
    "fast_pow": "pow", "fast_sincos": "sincos",
    "frcp_rd": "rcp", "frcp_rn": "rcp", "frcp_ru": "rcp", "frcp_rz": "rcp",
    "drcp_rd": "rcp", "drcp_rn": "rcp", "drcp_ru": "rcp", "drcp_rz": "rcp",
}  # fmt: skip
"""Names in the device libraries (`__nv_X`, `__ocml_X_f64`) that differ from C's."""

WRAPPED_ONLY: Final = frozenset(
    """
    rcp rcbrt rhypot norm3d rnorm3d norm4d rnorm4d normcdf normcdfinv erfcx erfcinv dawson
    digamma polygamma sech_squared lerp
    """.split()
)
"""No C library has these: they count with a prefix only, for alone they are the user's."""

ONE_SHAPE: Final = frozenset(
    """
    cexp clog csqrt csin ccos ctan casin cacos catan csinh ccosh ctanh casinh cacosh catanh cproj
    cabs carg creal cimag conj cpow Faddeeva_erf Faddeeva_erfc cmplx_inv cmplx_sqrt
    """.split()
)
"""Complex functions, known in their double form only; the others go by their parts."""

PIECES: Final = ".pieces"
"""Behind the name of such a function: it takes and returns parts (`enzcc.ad.copies.unpacked`)."""


def has_pieces(name: str) -> bool:
    """Is it a complex function, of `float` or `long double`, that has a rule for its parts?"""
    return name in ("__mulsc3", "__divsc3") or (name[-1:] in ("f", "l") and name[:-1] in ONE_SHAPE)


_TYPE: Final = r"(?:nx)?(?:v\d+)?(?:bf16|f16|f32|f64|f80|f128|ppcf128|i\d+|p\d+)"
_INTRINSIC: Final = pattern(rf"llvm\.(?:experimental\.constrained\.)?(.+?)(?:\.{_TYPE})*")
_WRAPPED: Final = (
    pattern(r"__(\w+)_finite"),
    pattern(r"__fd_(\w+)_1"),
    pattern(r"__nv_(\w+)"),
    pattern(r"__enzcc_(\w+)"),
    pattern(r"__ocml_(?:native_)?(\w+)_f(?:16|32|64)"),
)
_WIDTH: Final = pattern(r"(\w+?)(?:f16|f32x|f32|f64x|f64|f128|f|l)(_r)?")


def rule_name(name: str, known: Container[str]) -> str | None:
    """The name under which `known` has the symbol, or None."""
    return next((found for found in _candidates(name) if found in known), None)


def _candidates(name: str) -> Iterator[str]:
    name = name.removeprefix("\\01")
    if name.startswith("llvm."):
        yield from _intrinsic(name)
        return
    if name.endswith(PIECES):
        name = name.removesuffix(PIECES)
        yield name if name.startswith("__") else name[:-1]
        return
    if name in ALIASES:
        yield ALIASES[name]
    if name in ONE_SHAPE:
        yield name
    yield from (n for n in _library(name) if n not in WRAPPED_ONLY and n not in ONE_SHAPE)
    for wrapping in _WRAPPED:
        match = wrapping.fullmatch(name)
        if match is not None:
            inner = match[1]
            yield from (DEVICE_ALIASES[n] for n in _widths(inner) if n in DEVICE_ALIASES)
            yield from _library(inner)
            yield inner.removesuffix("d")


def _intrinsic(name: str) -> Iterator[str]:
    yield name
    match = _INTRINSIC.fullmatch(name)
    if match is not None:
        base = match[1]
        yield f"llvm.{base}"
        yield INTRINSIC_ALIASES.get(base, base)


def _library(name: str) -> Iterator[str]:
    for found in _widths(name):
        yield ALIASES.get(found, found)


def _widths(name: str) -> Iterator[str]:
    """The name, and the name without the letters that tell its type."""
    yield name
    match = _WIDTH.fullmatch(name)
    if match is not None:
        yield match[1] + (match[2] or "")
