"""Which symbols are which function, and which are nobody's but the user's."""

# ruff: noqa: A002 - `type` is LLVM's word, and it has no other

from __future__ import annotations

import pytest

from enzcc.ir import types as ty
from enzcc.rules import RULES, find, is_inactive, why_inactive
from enzcc.rules.readers import may_write_numbers

D, F, L, N, P = ty.DOUBLE, ty.FLOAT, ty.X86_FP80, ty.I32, ty.PTR

KNOWN = {
    "sin": "sin sinf sinl sinf128 sinf64x __sin_finite __sinf_finite __nv_sin __nv_sinf __nv_sind"
           " __fd_sin_1 __ocml_sin_f64"
           " __ocml_native_sin_f32 __nv_fast_sinf llvm.sin.f64"
           " llvm.sin.v4f32 llvm.sin.nxv2f64 llvm.sin.f80 llvm.experimental.constrained.sin.f64"
           " \\01sinf",
    "modf": "modf modff modfl modff128 __nv_modf",
    "erf": "erf erff erfl __nv_erff Faddeeva_erf_re",
    "exp10": "exp10 exp10f pow10 pow10l llvm.exp10.f64 __nv_fast_exp10f",
    "lgamma": "lgamma lgammal gamma gammaf __lgamma_finite",
    "lgamma_r": "lgamma_r lgammaf_r lgammal_r gamma_r __lgamma_r_finite lgammaf128_r",
    "fmin": "fmin fminf llvm.minnum.f64 llvm.minnum.v2f64 __ocml_fmin_f64",
    "fminimum": "fminimum llvm.minimum.f32", "fma": "fma fmal llvm.fmuladd.f64 llvm.fma.v8f32",
    "powi": "powi llvm.powi.f64.i32 __powidf2 __powixf2", "scalbln": "scalbln scalblnf scalblnl",
    "j0": "j0 j0f j0l", "yn": "yn ynf ynl", "llvm.modf": "llvm.modf.f64",
    "nexttoward": "nexttowardf",
    "llvm.sincos": "llvm.sincos.f32 __fd_sincos_1", "sincos": "sincos sincosf sincosl __nv_sincosf",
    "norm3d": "__nv_norm3d __nv_norm3df __ocml_len3_f64", "rcp": "__nv_frcp_rn __nv_drcp_rz",
    "digamma": "__enzcc_digamma __enzcc_digammal", "lrint": "lrint lrintf llvm.lrint.i64.f64",
    "csqrt": "csqrt", "__muldc3": "__muldc3", "__divsc3": "__divsc3",
    "llvm.x86.sse2.min.pd": "llvm.x86.sse2.min.pd",
    "sqrt": "llvm.sqrt.bf16 llvm.sqrt.ppcf128 sqrtf16",
}  # fmt: skip

NOBODYS = (
    "sinful sine sind my_sin _ZN3foo3sinEd _Z3sind sin_ _sin llvm.sinful.f64 norm3d rcp digamma"
    " erfcx normcdf csqrtf csqrtl cabsf main f l __nv_ __enzcc_ llvm.vector.reduce.fadd.v4f64 expd"
).split()


@pytest.mark.parametrize("rule", KNOWN)
def test_every_spelling_is_found(rule: str) -> None:
    for name in KNOWN[rule].split():
        found = find(name)
        assert found is not None, name
        assert found.name == rule, name


@pytest.mark.parametrize("name", NOBODYS)
def test_other_names_are_not_touched(name: str) -> None:
    assert find(name) is None


def test_every_rule_of_the_c_library_is_found_in_three_types() -> None:
    for name, rule in RULES.items():
        if "." not in name and not name.startswith(("__", "c", "Faddeeva")) and find(name):
            for suffix in ("f", "l"):
                spelled = (
                    name.replace("_r", suffix + "_r") if name.endswith("_r") else name + suffix
                )
                assert find(spelled) is rule, spelled


FITTING = [
    ("sin", ty.function(D, (D,))),
    ("sinf", ty.function(F, (F,))),
    ("fma", ty.function(L, (L, L, L))),
    ("jn", ty.function(D, (N, D))),
    ("frexp", ty.function(D, (D, P))),
    ("sincos", ty.function(ty.VOID, (D, P, P))),
    ("lround", ty.function(ty.I64, (D,))),
    ("llvm.sin.v4f64", ty.function(ty.vector(D, 4), (ty.vector(D, 4),))),
    ("llvm.sincos.f64", ty.function(ty.struct((D, D)), (D,))),
    ("__mulsc3", ty.function(ty.vector(F, 2), (F, F, F, F))),
    (
        "llvm.experimental.constrained.sqrt.f64",
        ty.function(D, (D, ty.METADATA, ty.METADATA)),
    ),
    ("nexttoward", ty.function(D, (D, L))),
]

NOT_FITTING = [
    ("y1", ty.function(N, ())),
    ("y1", ty.function(D, ())),
    ("gamma", ty.function(D, (D, D))),
    ("log", ty.function(ty.VOID, (P,))),
    ("log", ty.function(ty.VOID, (P,), vararg=True)),
    ("exp", ty.function(P, (P, P))),
    ("jn", ty.function(D, (D, D))),
    ("frexp", ty.function(D, (D, D))),
    ("sincos", ty.function(D, (D, P, P))),
    ("round", ty.function(P, (D,))),
    ("sin", ty.function(N, (D,))),
    ("csqrt", ty.function(ty.vector(F, 2), (ty.vector(F, 2),))),
]


@pytest.mark.parametrize(("name", "type"), FITTING, ids=str)
def test_a_function_of_the_right_shape_is_known(name: str, type: ty.FunctionType) -> None:
    assert find(name, type) is not None


@pytest.mark.parametrize(("name", "type"), NOT_FITTING, ids=str)
def test_a_users_function_of_another_shape_is_not_ours(name: str, type: ty.FunctionType) -> None:
    assert find(name) is not None
    assert find(name, type) is None


@pytest.mark.parametrize(
    "name",
    """
    printf puts fprintf __printf_chk putchar perror exit abort __assert_fail time clock rand
    getenv strlen strcmp memcmp strtod atof atoi fopen fclose fgets pthread_self isalpha
    __ubsan_handle_add_overflow __asan_report_load8 __sanitizer_cov_trace_pc __llvm_profile_runtime
    llvm.lifetime.start.p0 llvm.assume llvm.dbg.value llvm.stacksave.p0 llvm.is.constant.f64
    llvm.ctlz.i32 llvm.sadd.with.overflow.i32 llvm.fptosi.sat.i32.f64 llvm.lrint.i64.f64
    llvm.floor.f64 llvm.expect.i64 llvm.var.annotation.p0.p0 llvm.umax.v4i32 llvm.is.fpclass.f64
    llvm.experimental.noalias.scope.decl llvm.trap llvm.smul.fix.i32 llvm.x86.sse2.cvtsd2si
    floor ceilf lroundl ilogb nextafter isnan __finite fegetround omp_get_thread_num _ZNSolsEd
    _ZSt11_Hash_bytesPKvmm _ZNSt3__113__hash_memoryEPKvm
    """.split(),
)
def test_no_derivative_passes_through(name: str) -> None:
    assert is_inactive(name)
    assert why_inactive(name)


@pytest.mark.parametrize(
    "name",
    """
    sin memcpy memset llvm.memcpy.p0.p0.i64 llvm.fma.f64 qsort free malloc longjmp user_printf
    llvm.vector.reduce.fadd.v4f64 llvm.masked.load.v4f64.p0 llvm.fabs.f64 copysign strtodx
    llvm.canonicalize.f64 bsearch pthread_create __divdc3 frexp
    """.split(),
)
def test_a_derivative_may_pass_through(name: str) -> None:
    assert not is_inactive(name)


INACTIVE_SHAPES = [
    ("error", ty.function(ty.VOID, (N, N, P), vararg=True)),
    ("time", ty.function(ty.I64, (P,))),
    ("rand", ty.function(N, ())),
    ("read", ty.function(ty.I64, (N, P, ty.I64))),
    ("div", ty.function(ty.I64, (N, N))),
    ("div", ty.function(ty.struct((N, N)), (N, N))),
    ("strtod", ty.function(D, (P, P))),
    ("printf", ty.function(N, (P,), vararg=True)),
    ("printf", ty.function(N, (P, D))),
    ("floor", ty.function(D, (D,))),
    ("llvm.fptosi.sat.i32.f64", ty.function(N, (D,))),
    ("isnan", ty.function(N, (D,))),
]

THE_USERS = [
    ("error", ty.function(D, (P, P))),
    ("error", ty.function(ty.VOID, (P, N))),
    ("time", ty.function(D, (P,))),
    ("select", ty.function(D, (D, D))),
    ("div", ty.function(D, (D, D))),
    ("write", ty.function(ty.VOID, (P,))),
    ("index", ty.function(N, (N, N))),
    ("warn", ty.function(D, (D,))),
    ("fputs", ty.function(D, (P, P))),
    ("floor", ty.function(ty.VOID, (P,))),
    ("trunc", ty.function(D, (D, D))),
]


@pytest.mark.parametrize(("name", "type"), INACTIVE_SHAPES, ids=str)
def test_c_functions_are_inactive_in_their_own_shape(name: str, type: ty.FunctionType) -> None:
    assert is_inactive(name, type)


@pytest.mark.parametrize(("name", "type"), THE_USERS, ids=str)
def test_a_users_function_is_not_taken_for_cs(name: str, type: ty.FunctionType) -> None:
    assert is_inactive(name)
    assert not is_inactive(name, type)


@pytest.mark.parametrize(
    ("name", "count", "written"),
    [
        ("_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE6assignIPcvEERS4_T_S8_", 3, ()),
        ("_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4copyEPcmm", 4, (1,)),
        ("_ZNSi10_M_extractIdEERSiRT_", 2, (1,)),
    ],
)
def test_where_functions_may_write_numbers(name: str, count: int, written: tuple[int, ...]) -> None:
    """What becomes part of a string is text, wherever the string lies."""
    assert may_write_numbers(name, count) >= set(written)
    assert bool(may_write_numbers(name, count)) is bool(written)
