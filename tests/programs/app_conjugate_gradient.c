/* Conjugate gradients with heap vectors, stopping on the residual. */
#include "check.h"

static double dot(const double *a, const double *b, int n) {
    double s = 0;
    while (n--) s += *a++ * *b++;
    return s;
}
static void axpy(double *y, double a, const double *x, int n) {
    for (int i = 0; i < n; i++) y[i] += a * x[i];
}
static void apply(const double *z, const double *v, double *out, int n) {
    for (int i = 0; i < n; i++)
        out[i] = (2.5 + z[i] * z[i]) * v[i] - (i ? v[i - 1] : 0) - (i + 1 < n ? v[i + 1] : 0);
}

static double f(double *z, int n) {
    double *x = calloc(4 * n, sizeof *x), *r = x + n, *p = r + n, *q = p + n, rr, alpha;
    for (int i = 0; i < n; i++) r[i] = p[i] = sin(z[i]) + i;
    rr = dot(r, r, n);
    for (int k = 0; k < 3 * n && rr > 1e-26; k++) {
        apply(z, p, q, n);
        alpha = rr / dot(p, q, n);
        axpy(x, alpha, p, n);
        axpy(r, -alpha, q, n);
        double next = dot(r, r, n), beta = next / rr;
        for (int i = 0; i < n; i++) p[i] = r[i] + beta * p[i];
        rr = next;
    }
    double s = dot(x, x, n);
    free(x);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK_TOL(f, 1e-7, 0.3, -0.5, 0.8, 0.1);
    return report();
}
