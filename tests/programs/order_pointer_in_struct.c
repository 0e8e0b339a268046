/* A function pointer in a struct that has a shadow: its derivative is differentiated again, in all
   mixes of modes. */
#include "check.h"

struct state {
    double *x;
    double (*f)(double, struct state *);
    double k;
};
static double product(double r, struct state *s) { return r * s->k * s->x[0]; }
static double wave(double r, struct state *s) { return sin(r) * s->x[1]; }
static double run(struct state *s, int n) {
    double r = 1;
    for (int i = 0; i < n; i++) {
        r = s->f(r, s);
        s->f = s->f == product ? wave : product;
    }
    return r;
}
static double slope(struct state *s, struct state *d, int n) {
    return __enzyme_fwddiff((void *)run, s, d, enzyme_const, n);
}
static void gradient(struct state *s, struct state *d, int n) {
    __enzyme_autodiff((void *)run, s, d, n);
}
static double plain(double x1, double k) {
    double x[2] = {1.3, x1};
    struct state s = {x, product, k};
    return run(&s, 4);
}

int main(void) {
    double h = 1e-4, x1 = 0.7, k = 1.1;
    double want = (plain(x1 + h, k + h) - plain(x1 - h, k + h) - plain(x1 + h, k - h) +
                   plain(x1 - h, k - h)) / (4 * h * h);
    for (int mix = 0; mix < 4; mix++) {
        double x[2] = {1.3, x1}, unit[2] = {0, 1}, a[2] = {0}, b[2] = {0}, c[2] = {0};
        struct state s = {x, product, k}, along_x = {unit, product, 0}, along_k = {a, product, 1};
        struct state zero = {b, product, 0}, other = {c, product, 0};
        if (mix == 0) { /* forward over forward */
            double got = __enzyme_fwddiff((void *)slope, &s, &along_k, &along_x, &zero, enzyme_const, 4);
            CHECK_CLOSE(got, want, 1e-6);
        } else if (mix == 1) { /* forward over reverse */
            __enzyme_fwddiff_void((void *)gradient, &s, &along_k, &zero, &other, enzyme_const, 4);
            CHECK_CLOSE(c[1], want, 1e-6);
        } else if (mix == 2) { /* reverse over forward */
            __enzyme_autodiff((void *)slope, &s, &zero, &along_x, &other, 4);
            CHECK_CLOSE(zero.k, want, 1e-6);
        } else { /* reverse over reverse: the seed of the gradient by x1 */
            struct state seed = {unit, product, 0};
            __enzyme_autodiff_void((void *)gradient, &s, &other, &zero, &seed, 4);
            CHECK_CLOSE(other.k, want, 1e-6);
        }
    }
    return failures != 0;
}
