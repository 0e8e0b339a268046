/* Infinite factors that do not reach the result: a zero adjoint still wins. (Where they do reach it,
   the result is infinite or NaN, and nobody asks for its derivative.) */
#include "check.h"

static volatile double huge = 1e300;

static double masked(const double *x, const double *w, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        if (w[i] < 1e300) sum += x[i] * w[i];
    return sum;
}

static double skipped(const double *x, const double *w, int n) {
    double sum = 1;
    for (int i = 0; i < n; i++) {
        double term = x[i] * w[i];
        if (w[i] > 1e300) continue;
        sum = sum * 0.5 + term;
        if (i == 2) break;
    }
    return sum;
}

static double saturated(const double *x, const double *w, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += 1 / (1 + x[i] * exp(w[i]));
    return sum;
}

static double only_last(const double *x, const double *w, int n) {
    double last = 0;
    for (int i = 0; i < n; i++) last = x[i] * w[i];
    return last;
}

static double smallest(const double *x, const double *w, int n) {
    double best = x[0] * w[0];
    for (int i = 1; i < n; i++) {
        double other = x[i] * w[i];
        best = other < best ? other : best;
    }
    return best;
}

static double left_early(const double *x, const double *w, int n) {
    double product = 1, before = 1;
    for (int i = 0; i < n; i++) {
        before = product;
        product = product * x[i] * w[i];
        if (product > 1e300) return before;
    }
    return product;
}

static double to_memory(const double *x, const double *w, double *out, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        out[i] = x[i] * w[i];
        if (i != 1) sum += out[i];
    }
    return sum;
}

/* An inner loop may run zero times, and each way through it decides. */
static double nested(const double *x, const double *w, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (w[j] < 1e300) sum -= x[i] * x[j] * w[j];
    return sum;
}

static double nested_last(const double *x, const double *w, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double last = 0;
        for (int j = i; j < n; j += 2) last = x[j] * w[j];
        sum = i == 1 ? sum : sum + last;
    }
    return sum;
}

/* A root of zero is a kink where it does not make the result infinite. */
static double roots(const double *x, const double *w, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double root = sqrt(x[i] * w[i]);
        if (w[i] > 0)
            sum += 1 / (root * 2);
        else
            sum += root;
    }
    return sum;
}

static double root_in_front(const double *x, const double *w, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += 1 / (1 + sqrt(x[i] * w[i]));
    return sum;
}

static double root_divided(const double *x, const double *w, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double root = sqrt(x[i] * w[i]), last = 0;
        for (int j = 0; j < (int)w[i]; j++) last += 1 / root;
        sum += last;
    }
    return sum;
}

/* The way back from the block that begins the loop loses all but the last root. */
static double root_at_last(const double *x, const double *w, int n) {
    double root;
    int i = 0;
    do root = sqrt(x[i] * w[i]);
    while (++i < n);
    return 1 / root;
}

static void check(const double *want, const double *dx, int line) {
    for (int i = 0; i < 4; i++)
        if (!is_close(dx[i], want[i], 1e-14)) {
            printf("line %d: dx[%d] is %g, want %g\n", line, i, dx[i], want[i]);
            failures++;
        }
}

#define GRADIENT(f, ...)                                                                         \
    do {                                                                                         \
        double dx[4] = {0}, want[4] = {__VA_ARGS__};                                             \
        __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_const, w, enzyme_const, 4);       \
        check(want, dx, __LINE__);                                                         \
    } while (0)

/* What `enzcc/analysis/spreading.py` says of functions. */
static void check_functions(double infinity) {
    typedef double function(double);
    static function *const passing[] = {fabs, sqrt, cbrt, log,  log2, log10, log1p, sin,  cos,
                                        tan,  asin, acos, sinh, cosh, asinh, acosh, atanh};
    static function *const zero[] = {fabs, sqrt, cbrt, log1p, expm1, sin,  tan,
                                     asin, atan, sinh, tanh,  asinh, atanh};
    const double nan = infinity - infinity, odd[] = {infinity, -infinity, nan};
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < LENGTH(passing); i++) CHECK_TRUE(!isfinite(passing[i](odd[k])));
        for (int i = 0; i < 3; i++)
            CHECK_TRUE(!isfinite(hypot(odd[k], odd[i])) && !isfinite(hypot(odd[k], 1)) &&
                       !isfinite(fma(odd[k], odd[i], 1)) && !isfinite(fma(1, odd[k], odd[i])));
    }
    for (int i = 0; i < LENGTH(zero); i++)
        CHECK_TRUE(zero[i](0.0) == 0 && zero[i](-0.0) == 0 && isnan(zero[i](nan)));
    CHECK_TRUE(isinf(log(0.0)) && isinf(log2(-0.0)) && isinf(log10(0.0)));
}

int main(void) {
#if defined __FAST_MATH__ || defined ORACLE_ONLY
    return 0;
#endif
    double infinity = huge * huge;
    double x[4] = {1, 2, 3, 4}, w[4] = {0.5, infinity, 2, 3}, dx[4] = {0}, out[4], seeds[4] = {0};
    if (!markers_work) return report();
    check_functions(infinity);
    GRADIENT(masked, 0.5, 0, 2, 3);
    GRADIENT(skipped, 0.25, 0, 2, 0);
    GRADIENT(only_last, 0, 0, 0, 3);
    GRADIENT(smallest, 0.5, 0, 0, 0);
    GRADIENT(left_early, 0.5, 0, 0, 0);
    __enzyme_autodiff((void *)to_memory, enzyme_dup, x, dx, enzyme_const, w, enzyme_dup, out, seeds,
                      enzyme_const, 4);
    double sums[4] = {0.5, 0, 2, 3};
    check(sums, dx, __LINE__);
    GRADIENT(nested, -4.5, -0.5, -0.5 - 8, -0.5 - 6);
    GRADIENT(nested_last, 0, 0, 4, 3);
    w[1] = 0;
    double r[4];
    for (int i = 0; i < 4; i++) r[i] = i == 1 ? 0 : -w[i] / (4 * x[i] * w[i] * sqrt(x[i] * w[i]));
    GRADIENT(roots, r[0], r[1], r[2], r[3]);
    for (int i = 0; i < 4; i++) {
        double root = sqrt(x[i] * w[i]);
        r[i] = i == 1 ? 0 : -w[i] / (2 * root * (1 + root) * (1 + root));
    }
    GRADIENT(root_in_front, r[0], r[1], r[2], r[3]);
    for (int i = 0; i < 4; i++)
        r[i] = i == 1 ? 0 : -(int)w[i] * w[i] / (2 * x[i] * w[i] * sqrt(x[i] * w[i]));
    GRADIENT(root_divided, r[0], r[1], r[2], r[3]);
    GRADIENT(root_at_last, 0, 0, 0, -w[3] / (2 * x[3] * w[3] * sqrt(x[3] * w[3])));
    w[1] = 1000; /* exp overflows, and its inverse is zero */
    double e[4], ew[4] = {0.5, 1000, 2, 3};
    for (int i = 0; i < 4; i++) {
        double one = 1 + x[i] * exp(ew[i]);
        e[i] = i == 1 ? 0 : -exp(ew[i]) / (one * one);
    }
    GRADIENT(saturated, e[0], e[1], e[2], e[3]);
    return report();
}
