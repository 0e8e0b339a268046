/* Derivatives by hand in several lanes, whose tapes hold pointers to what the function reads. */
#include <enzyme.h>
#include "check.h"

NOINLINE static double dot(const double *x, int n, double s) {
    double r = 0;
    for (int i = 0; i < n; i++) r += x[i] * x[i];
    return r * s;
}
struct bare { void *tape; double value; };
static struct bare dot_augmented(const double *x, double *dx, int n, int dn, double s) {
    return (struct bare){(void *)x, dot(x, n, s)};
}
static double dot_reverse(const double *x, double *dx, int n, int dn, double s, double seed, void *tape) {
    const double *kept = tape;
    for (int i = 0; i < n; i++) dx[i] += 2 * kept[i] * s * seed;
    return seed * dot(x, n, 1);
}
ENZYME_REGISTER_GRADIENT(dot, dot_augmented, dot_reverse);

struct kept { const double *x; double sum; };
NOINLINE static double mean(const double *x, int n) {
    double r = 0;
    for (int i = 0; i < n; i++) r += x[i] / n;
    return r * r;
}
static struct bare mean_augmented(const double *x, double *dx, int n, int dn) {
    struct kept *k = malloc(sizeof *k);
    k->x = x, k->sum = 0;
    for (int i = 0; i < n; i++) k->sum += x[i];
    return (struct bare){k, k->sum * k->sum / n / n};
}
static void mean_reverse(const double *x, double *dx, int n, int dn, double seed, void *tape) {
    struct kept *k = tape;
    if (k->x != x) abort();
    for (int i = 0; i < n; i++) dx[i] += 2 * k->sum / n / n * seed;
    free(k);
}
void *__enzyme_register_gradient_mean[] = {(void *)mean, (void *)mean_augmented, (void *)mean_reverse};

static void f(double *x, double *out) { /* s = 6 x1 (x0^2 + x1^2) + (x0 + x1)^2 / 4 */
    double s = mean(x, 2);
    for (int k = 1; k <= 3; k++) s += dot(x, 2, k * x[1]);
    out[0] = s;
    out[1] = x[0] * s;
}

/* In place, but the augmented function looks at no shadow: it is called once for all lanes. */
static int calls;
NOINLINE static void axpy(int n, double a, const double *x, double *y) {
    for (int i = 0; i < n; i++) y[i] += a * x[i] * y[i];
}
static double axpy_augmented(int n, int dn, double a, const double *x, double *dx, double *y, double *dy) {
    double kept = y[0];
    axpy(n, a, x, y);
    return kept;
}
static double axpy_reverse(int n, int dn, double a, const double *x, double *dx, double *y, double *dy, double kept) {
    double s = 0; /* for n = 1 */
    s += dy[0] * x[0] * kept;
    dx[0] += a * dy[0] * kept;
    dy[0] *= 1 + a * x[0];
    calls++;
    return s;
}
ENZYME_REGISTER_GRADIENT(axpy, axpy_augmented, axpy_reverse);
static void in_place(const double *x, double *y, double a) {
    for (int k = 0; k < 2; k++) axpy(1, a * (k + 1), x, y);
}
extern struct two __enzyme_autodiff_two(void *, ...);

static double square(double x) { return x * x; }
extern struct two __enzyme_batch_two(void *, ...); /* answered in a round of its own, before the others */
extern int enzyme_vector;

int main(void) {
    double x[2] = {2, 3}, out[2], dx[3][2] = {{0}}, seeds[3][2] = {{1, 0}, {0, 1}, {1, 1}};
    if (!markers_work) return report();
    __enzyme_autodiff_void((void *)f, enzyme_width, 3, enzyme_dupv, sizeof *dx, x, dx, enzyme_dupv,
                           sizeof *seeds, out, seeds);
    double s = 6 * 3 * 13 + 6.25, s0 = 6 * 3 * 4 + 2.5, s1 = 6 * 13 + 6 * 3 * 6 + 2.5;
    CHECK_CLOSE(dx[0][0], s0, 1e-12);
    CHECK_CLOSE(dx[0][1], s1, 1e-12);
    CHECK_CLOSE(dx[1][0], s + 2 * s0, 1e-12);
    CHECK_CLOSE(dx[1][1], 2 * s1, 1e-12);
    CHECK_CLOSE(dx[2][0], s + 3 * s0, 1e-12);
    CHECK_CLOSE(dx[2][1], 3 * s1, 1e-12);
    double u = 2, v = 3, du[2] = {0}, dv[2] = {1, 10}; /* v (1 + a u) (1 + 2 a u), a = 5 */
    struct two da = __enzyme_autodiff_two((void *)in_place, enzyme_width, 2, &u, &du[0], &du[1], &v, &dv[0], &dv[1], 5.0);
    CHECK_CLOSE(v, 3 * 11 * 21, 0);
    for (int i = 0; i < 2; i++) {
        double seed = i ? 10 : 1;
        CHECK_CLOSE(du[i], seed * 3 * (5 * 21 + 10 * 11), 1e-12);
        CHECK_CLOSE(i ? da.b : da.a, seed * 3 * (2 * 21 + 4 * 11), 1e-12);
        CHECK_CLOSE(dv[i], seed * 11 * 21, 1e-12);
    }
    CHECK_CLOSE(calls, 4, 0);
    CHECK_CLOSE(__enzyme_batch_two((void *)square, enzyme_width, 2, enzyme_vector, 2.0, 3.0).b, 9, 0);
    return report();
}
