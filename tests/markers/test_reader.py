"""What marker calls mean: one row a call, the request read from it on the right."""

from __future__ import annotations

import pytest
from markers.helper import module_of, requests, summary

from enzcc.errors import Diagnosis
from enzcc.markers import NeedsInlining, find_marker_calls, read_request

PRELUDE = """
#include <stddef.h>
extern int enzyme_dup, enzyme_dupnoneed, enzyme_const, enzyme_out, enzyme_width, enzyme_dupv,
    enzyme_interleave, enzyme_primal_return, enzyme_const_return, enzyme_dup_return, enzyme_byref,
    enzyme_active_return, enzyme_strong_zero, enzyme_runtime_activity, enzyme_noret;
extern const int enzyme_not_overwritten;
double __enzyme_autodiff(void *, ...);
double __enzyme_fwddiff(void *, ...);
float __enzyme_autodiff_float(void *, float);
struct pair { double a, b; };
struct mixed { double a; long n; };
struct floats { float a, b; };
struct big { double v[4]; };
struct two_big { struct big a, b; };
struct pair __enzyme_fwddiff_pair(void *, ...);
struct big __enzyme_autodiff_big(void *, ...), __enzyme_fwddiff_big(void *, ...);
struct two_big __enzyme_fwddiff_two_big(void *, ...);
double f(double x) { return x * x; }
double f2(double x, double y) { return x * y; }
double g(const double *x, int n) { return x[0] * n; }
float ff(float x) { return x * x; }
double small(char c, short s, _Bool b, double x) { return x * c * s * b; }
void v(double *x) { x[0] *= x[0]; }
int count(double x) { return x > 0; }
double *where(double *x) { return x + 1; }
double use_pair(struct pair p, double s) { return p.a * p.b * s; }
double use_mixed(struct mixed p, double *x) { return p.a * x[p.n]; }
double use_complex(_Complex double z) { return __real__ z * __imag__ z; }
struct slice { double *x; int n; };
struct tagged { float f; int i; };
double use_slice(struct slice s) { return s.x[s.n]; }
double use_tagged(struct tagged t) { return t.f; }
double use_floats(struct floats p) { return p.a * p.b; }
double use_big(struct big b) { return b.v[1]; }
struct pair make_pair(double x) { struct pair p = {x, x}; return p; }
struct big make_big(double x) { struct big b = {{x, x}}; return b; }
double seven(double a, double b, double c, double d, double e, double f, struct pair p) {
  return a * b * c * d * e * f * p.a;
}
static double (*const table[2])(double) = {f, f};
static double (*const alone)(double) = f;
struct ops { int k; double (*fn)(double); };
static const struct ops ops = {1, f};
struct row { double (*of[2])(double); const char *name; };
static const struct row rows[2] = {{{(void *)v, f}, "a"}, {{f, (void *)count}, "b"}};
static const struct named { const char *name; void *of[2]; } named[1] = {{"a", {f, count}}};
static void *forgot_const[2] = {f, count};
static void *self(void *p) { return p; }
static void *get(void) { return f; }
extern __typeof(f) alias_of_f __attribute__((alias("f")));
enum { LANES = 2 };
"""

# fmt: off
CALLS = [
    # the call, in a function with parameters (double x, double *p, double *q, int n, double y)
    ("__enzyme_autodiff((void *)f, x)",                    "reverse f(out) -> out"),
    ("__enzyme_autodiff(f, x)",                            "reverse f(out) -> out"),
    ("__enzyme_autodiff(&f, &enzyme_out, x)",              "reverse f(out) -> out"),
    ("__enzyme_fwddiff(f, x, 1.0)",                        "forward f(dup+) -> dup"),
    ("__enzyme_fwddiff(f, enzyme_dup, x, 1.0)",            "forward f(dup+) -> dup"),
    ("__enzyme_fwddiff(f, enzyme_const, x)",               "forward f(const) -> dup"),
    ("__enzyme_autodiff(g, p, q, n)",                      "reverse g(dup+, const) -> out"),
    ("__enzyme_autodiff(g, enzyme_dupnoneed, p, q, enzyme_const, n)",
                                                           "reverse g(dupnoneed+, const) -> out"),
    ("__enzyme_autodiff(g, enzyme_const, p, n)",           "reverse g(const, const) -> out"),
    ("__enzyme_autodiff(f, enzyme_const, enzyme_out, x)",  "reverse f(out) -> out"),
    ("__enzyme_autodiff(g, enzyme_not_overwritten, enzyme_dup, p, q, n)",
                                                           "reverse g(dup+, const) -> out"),
    ("__enzyme_fwddiff(v, p, q)",                          "forward v(dup+) -> const"),
    ("__enzyme_autodiff(count, x)",                        "reverse count(out) -> const"),
    ("__enzyme_fwddiff(where, p, q)",                      "forward where(dup+) -> dup"),
    # words for the whole call stand anywhere
    ("__enzyme_autodiff(f2, x, enzyme_const_return, y)",   "reverse f2(out, out) -> const"),
    ("__enzyme_autodiff(f2, x, y, enzyme_active_return)",  "reverse f2(out, out) -> out"),
    ("__enzyme_fwddiff_pair(f, x, enzyme_primal_return, 1.0)",
                                                           "forward f(dup+) -> primal and dup"),
    ("__enzyme_autodiff(f, enzyme_noret, x)",              "reverse f(out) -> out"),
    # lanes
    ("__enzyme_fwddiff_pair(f, enzyme_width, 2, x, 1.0, 0.0)",
                                                           "forward x2 f(dup++) -> dup"),
    ("__enzyme_fwddiff_pair(f, x, 1.0, 0.0, enzyme_width, LANES)",
                                                           "forward x2 f(dup++) -> dup"),
    ("__enzyme_autodiff(g, enzyme_width, sizeof(int) / 2, p, q, q, n)",
                                                           "reverse x2 g(dup++, const) -> out"),
    ("__enzyme_autodiff(g, enzyme_width, 2, enzyme_dupv, 8 * n, p, q, n)",
                                             "reverse x2 g(dup+moved+moved, const) -> out"),
    ("__enzyme_autodiff(g, enzyme_dupv, 8, p, q, n)",      "reverse g(dup+moved, const) -> out"),
    # what C promotes on the way
    ("__enzyme_autodiff(ff, (float)x)",                    "reverse ff(out) -> out"),
    ("__enzyme_autodiff(ff, 0.1f)",                        "reverse ff(out) -> out"),
    ("__enzyme_autodiff_float(ff, x)",                     "reverse ff(out) -> out"),
    ("__enzyme_autodiff(small, (char)n, (short)n, (_Bool)n, x)",
                                          "reverse small(const, const, const, out) -> out"),
    # structs
    ("__enzyme_autodiff(use_pair, pair, x)",          "reverse use_pair(out, out, out) -> out"),
    ("__enzyme_fwddiff(use_pair, enzyme_dup, pair, x, enzyme_interleave, pair, y)",
                                                   "forward use_pair(dup+, dup+, dup+) -> dup"),
    ("__enzyme_fwddiff(use_mixed, enzyme_dup, mixed, p, enzyme_interleave, mixed, q)",
                                                   "forward use_mixed(dup+, const, dup+) -> dup"),
    ("__enzyme_fwddiff(use_pair, enzyme_dup, pair, pair, x, y)",
                                                   "forward use_pair(dup+, dup+, dup+) -> dup"),
    ("__enzyme_fwddiff(use_pair, pair, pair, x, y)", "forward use_pair(dup+, dup+, dup+) -> dup"),
    ("__enzyme_fwddiff(use_pair, enzyme_dup, x, y, enzyme_dup, x, y, x, y)",
                                                   "forward use_pair(dup+, dup+, dup+) -> dup"),
    ("__enzyme_fwddiff(use_pair, enzyme_width, 2, pair, pair, pair, x, y, y)",
                                            "forward x2 use_pair(dup++, dup++, dup++) -> dup"),
    ("__enzyme_fwddiff(use_mixed, mixed, mixed, p, q)",
                                                   "forward use_mixed(dup+, const, dup+) -> dup"),
    ("__enzyme_autodiff(use_mixed, mixed, p, q)", "reverse use_mixed(out, const, dup+) -> out"),
    ("__enzyme_autodiff(use_pair, enzyme_const, pair, x)",
                                                   "reverse use_pair(const, const, out) -> out"),
    ("__enzyme_fwddiff(use_complex, z, z)",        "forward use_complex(dup+, dup+) -> dup"),
    ("__enzyme_fwddiff(use_complex, enzyme_dup, 2 * z, z)",
                                                   "forward use_complex(dup+, dup+) -> dup"),
    ("__enzyme_autodiff(use_complex, z)",          "reverse use_complex(out, out) -> out"),
    ("__enzyme_autodiff(use_slice, slice, slice)", "reverse use_slice(dup+, const) -> out"),
    ("__enzyme_autodiff(use_slice, enzyme_const, slice)",
                                                   "reverse use_slice(const, const) -> out"),
    ("__enzyme_autodiff(use_tagged, enzyme_const, tagged)", "reverse use_tagged(const) -> out"),
    ("__enzyme_fwddiff(f2, enzyme_const, x, enzyme_dup, y, enzyme_interleave, 1.0)",
                                                   "forward f2(const, dup+) -> dup"),
    ("__enzyme_autodiff(use_floats, floats)",              "reverse use_floats(out) -> out"),
    ("__enzyme_autodiff(use_big, big, big)",               "reverse use_big(dup+) -> out"),
    ("__enzyme_autodiff(use_big, enzyme_dup, big, &big)",  "reverse use_big(dup+) -> out"),
    ("__enzyme_autodiff(seven, x, x, x, x, x, x, pair)",
            "reverse seven(out, out, out, out, out, out, out, out) -> out"),
    ("__enzyme_fwddiff_pair(make_pair, x, 1.0)",           "forward make_pair(dup+) -> dup"),
    ("__enzyme_autodiff(make_pair, x)",                    "reverse make_pair(out) -> out"),
    ("__enzyme_fwddiff_big(make_big, x, 1.0)",
                                        "forward make_big(dup@temporary+moved, dup+) -> const"),
    ("__enzyme_fwddiff_two_big(make_big, enzyme_primal_return, x, 1.0)",
                                        "forward make_big(dup@moved+moved, dup+) -> const"),
    ("__enzyme_fwddiff_two_big(make_big, enzyme_width, 2, x, 1.0, 2.0)",
                                "forward x2 make_big(dup@temporary+moved+moved, dup++) -> const"),
    ("__enzyme_autodiff(make_big, &big, x)",
                                        "reverse make_big(dup@temporary+, out) -> const"),
    ("__enzyme_autodiff(make_big, &big, enzyme_const_return, x)",
                                        "reverse make_big(const@temporary, out) -> const"),
    ("__enzyme_autodiff(f, enzyme_byref, 8, &x)",          "reverse f(out@loaded) -> out"),
    ("__enzyme_autodiff(g, enzyme_const, p, enzyme_byref, sizeof n, enzyme_const, &n)",
                                                           "reverse g(const, const@loaded) -> out"),
    # integers have no shadow that is read, even if one is given
    ("__enzyme_fwddiff(g, enzyme_dup, p, n, enzyme_interleave, q, n)",
                                                           "forward g(dup+, const) -> dup"),
    ("__enzyme_autodiff(f2, enzyme_dup, x, 1.0, y)",       "reverse f2(const, out) -> out"),
    # where the function comes from
    ("__enzyme_autodiff(table[1], x)",                     "reverse f(out) -> out"),
    ("__enzyme_autodiff(alone, x)",                        "reverse f(out) -> out"),
    ("__enzyme_autodiff(ops.fn, x)",                       "reverse f(out) -> out"),
    ("__enzyme_autodiff((&ops)->fn, x)",                   "reverse f(out) -> out"),
    ("__enzyme_autodiff(n ? f : f, x)",                    "reverse f(out) -> out"),
    ("__enzyme_autodiff(self(f), x)",                      "reverse f(out) -> out"),
    ("__enzyme_autodiff(self(get()), x)",                  "reverse f(out) -> out"),
    ("__enzyme_autodiff(alias_of_f, x)",                   "reverse f(out) -> out"),
    ("(__enzyme_autodiff)(**f, x)",                        "reverse f(out) -> out"),
    ("((double (*)(void *, double))__enzyme_autodiff)(f, x)", "reverse f(out) -> out"),
]
# fmt: on


def _source(statements: str) -> str:
    return (
        f"{PRELUDE}\nvoid test(double x, double *p, double *q, int n, double y, struct pair pair,"
        f" struct mixed mixed, struct floats floats, struct big big, _Complex double z,"
        f" struct slice slice, struct tagged tagged) {{ {statements} }}\n"
    )


def test_calls() -> None:
    """All rows in one compilation, for speed."""
    module = module_of(_source("\n".join(f"{call};" for call, _ in CALLS)))
    found = [summary(request) for request in requests(module)]
    assert dict(zip([c for c, _ in CALLS], found, strict=True)) == dict(CALLS)


STATEMENTS = [
    # locals, as an optimiser would see through them
    ("double (*fn)(double) = f; __enzyme_autodiff(fn, x);", ["f"]),
    ("void *fn = f; void *other = fn; __enzyme_autodiff(other, x);", ["f"]),
    ("void *h = f; __enzyme_autodiff(h, x); h = count; __enzyme_autodiff(h, x);", ["f", "count"]),
    ("void *fn; if (n) fn = f; else fn = f; __enzyme_autodiff(fn, x);", ["f"]),
    ("void *fn = f; for (int i = 0; i < n; i++) __enzyme_autodiff(fn, x);", ["f"]),
    ("double (*fns[2])(double) = {f, f}; __enzyme_autodiff(fns[1], x);", ["f"]),
    ("double (*fns[2])(double); fns[0] = f; fns[1] = 0; __enzyme_autodiff(fns[0], x);", ["f"]),
    ("struct ops o = {n, f}; __enzyme_autodiff(o.fn, x);", ["f"]),
    ("struct ops o = {n, f}, o2 = o; __enzyme_autodiff(o2.fn, x);", ["f"]),
    ("const struct ops *o = &ops; __enzyme_autodiff(o->fn, x);", ["f"]),
    ("struct ops o = {n, f}; struct ops *po = &o; __enzyme_autodiff(po->fn, x);", ["f"]),
    ("struct ops o = {n, f}; struct ops *po = &o; set(p); __enzyme_autodiff(po->fn, x);"
     " __enzyme_autodiff(po->fn, x);", ["f", "f"]),
    ("struct ops o = {n, 0}; struct ops *a = &o; a->fn = f; __enzyme_autodiff(o.fn, x);", ["f"]),
    ("void *h = 0; if (n == 1) h = f; if (n == 2) h = count; __enzyme_autodiff(h, x);",
     ["count", "f"]),
    ("void *h[4] = {0}; h[2] = f; __enzyme_autodiff(h[2], x);", ["f"]),
    # chosen at run time: one request each
    ("__enzyme_autodiff(n ? (void *)f : (void *)count, x);", ["f", "count"]),
    ("double (*fn)(double) = 0; switch (n) { case 1: fn = f; break; case 2: fn = (void *)get; }"
     " __enzyme_autodiff((void *)f, x);", ["f"]),
    ("double r = __enzyme_autodiff(n ? (void *)f : (void *)count, x); p[0] = r;", ["f", "count"]),
    ("int next[4] = {1, 2, 3, 0}, at = 0; void *h[4] = {f, f, f, count};"
     " for (int i = 0; i < n; i++) { at = next[at]; next[i] = at; } __enzyme_autodiff(h[at], x);",
     ["f", "count"]),
    ("__enzyme_autodiff(table[n], x);", ["f"]),
    ("__enzyme_autodiff(rows[n].of[1], x);", ["f", "count"]),
    ("const struct row *row = &rows[n]; __enzyme_autodiff(row->of[1], x);", ["f", "count"]),
    ("const struct named *row = &named[n]; __enzyme_autodiff(row->of[n], x);", ["f", "count"]),
    ("__enzyme_autodiff(forgot_const[n], x);", ["f", "count"]),
]  # fmt: skip


@pytest.mark.parametrize(("statements", "functions"), STATEMENTS)
def test_functions_are_traced(statements: str, functions: list[str]) -> None:
    source = _source(statements).replace("void test(", "void set(void *);\nvoid test(")
    module = module_of(source)
    assert [request.callee for request in requests(module)] == functions


def test_what_sanitizers_look_at_is_not_written() -> None:
    module = module_of(
        _source("__enzyme_autodiff(forgot_const[n], x);"), "-xc", "-fsanitize=undefined"
    )
    assert [request.callee for request in requests(module)] == ["f", "count"]


def test_words_and_width_in_locals() -> None:
    module = module_of(
        _source(
            """
            int word = enzyme_const, lanes = 1;
            lanes = lanes + 1;
            size_t bytes = sizeof(double);
            long wide = enzyme_out;
            __enzyme_autodiff(f2, word, x, y);
            __enzyme_fwddiff_pair(f, enzyme_width, lanes, x, 1.0, 2.0);
            __enzyme_autodiff(f, enzyme_byref, bytes, &x);
            __enzyme_autodiff(f2, wide, x, word, y);
            """
        )
    )
    assert list(map(summary, requests(module))) == [
        "reverse f2(const, out) -> out",
        "forward x2 f(dup++) -> dup",
        "reverse f(out@loaded) -> out",
        "reverse f2(out, const) -> out",
    ]


def test_flags_of_the_request() -> None:
    module = module_of(
        _source("__enzyme_autodiff(f, enzyme_strong_zero, x, enzyme_runtime_activity);")
    )
    (request,) = requests(module)
    assert request.strong_zero
    assert request.runtime_activity


def test_requests_that_agree_share_a_derivative() -> None:
    module = module_of(
        _source("__enzyme_autodiff(f, x); __enzyme_autodiff(f, y); __enzyme_fwddiff(f, x, y);")
    )
    first, second, third = requests(module)
    assert first.key == second.key != third.key


@pytest.mark.parametrize(
    "wrapper",
    [
        "double grad(double (*h)(double), double x) { return __enzyme_autodiff((void *)h, x); }",
        "double grad(int lanes, double x) {"
        " return __enzyme_fwddiff(f, enzyme_width, lanes, x, 1.0, 2.0); }",
        "double grad(int word, double x) { return __enzyme_autodiff(f, word, x); }",
        "double grad(struct ops *o, double x) { return __enzyme_autodiff(o->fn, x); }",
        "double grad(struct ops o, double x) { return __enzyme_autodiff(o.fn, x); }",
    ],
)
def test_what_callers_decide(wrapper: str) -> None:
    module = module_of(PRELUDE + wrapper)
    (found,) = find_marker_calls(module)
    with pytest.raises(NeedsInlining) as caught:
        read_request(module, found.caller, found.call)
    assert caught.value.wrapper == "grad"
    assert caught.value.otherwise.message


UNKNOWN = [
    # slots that others may write
    "void *h = f; set(&h); __enzyme_autodiff(h, x);",
    "void *h = f; void **a = &h; *a = get(); set(a); __enzyme_autodiff(h, x);",
    "struct ops o = {1, f}; set(&o.fn); __enzyme_autodiff(o.fn, x);",
    "void *h[2] = {f, f}; h[n] = count; __enzyme_autodiff(h[0], x);",
    "void *h = f; void **a = &h; void **b = n ? a : &global; *b = count; __enzyme_autodiff(h, x);",
    "volatile int w = n; __enzyme_fwddiff_pair(f, enzyme_width, w, x, x, x);",
    "struct ops o = {n, f}, u = o; struct ops *a = &o; if (n) a = &u; a->fn = get();"
    " __enzyme_autodiff(o.fn, x);",
    "struct ops o = {n, f}, *a = &o; struct ops *b = a; set(b); __enzyme_autodiff(o.fn, x);",
    "struct ops o = {n, f}, *a = &o; struct ops **b = &a; set(*b); __enzyme_autodiff(o.fn, x);",
    # not constant
    "__enzyme_autodiff(global, x);",
    "__enzyme_autodiff(changed[n], x);",
    "__enzyme_autodiff(known_elsewhere[n], x);",
    "__enzyme_autodiff(replaced, x);",
    "int lanes = 1; for (int i = 0; i < n; i++) lanes++;"
    " __enzyme_fwddiff_pair(f, enzyme_width, lanes, x, x, x);",
    "__enzyme_autodiff(n ? (void *)f : global, x);",
    "__enzyme_autodiff(pick(f, count, n), x);",
    "__enzyme_autodiff(0, x);",
    "void *h[4] = {0}; h[2] = f; __enzyme_autodiff(h[1], x);",
    "void *h[2] = {f, f}; h[n] = count; __enzyme_autodiff(h[n], x);",
]


@pytest.mark.parametrize("statement", UNKNOWN)
def test_what_may_change_is_not_taken_for_known(statement: str) -> None:
    more = (
        "void set(void *); void *global = f;"
        " static void *changed[2] = {f, count}, *known_elsewhere[2] = {f, count};"
        " void **elsewhere = known_elsewhere; void change(int n) { changed[n] = f; }"
        " __attribute__((weak)) double (*const replaced)(double) = f;"
        " static void *pick(void *a, void *b, int n) { return n ? a : b; }"
    )
    module = module_of(_source(statement).replace("void test(", f"{more}\nvoid test("))
    with pytest.raises(Diagnosis):
        requests(module)


def test_only_markers_that_are_declared_count() -> None:
    module = module_of(
        """
        double __enzyme_autodiff_of_mine(double x) { return x; }
        double enzyme_kinetics(double x);
        double test(double x) { return __enzyme_autodiff_of_mine(x) + enzyme_kinetics(x); }
        """
    )
    assert find_marker_calls(module) == []


def test_location_is_that_of_the_call() -> None:
    module = module_of(_source("\n\n   x = __enzyme_autodiff(f, x);"))
    (request,) = requests(module)
    assert request.location is not None
    assert (request.location.line, request.location.column) == (PRELUDE.count("\n") + 4, 8)
