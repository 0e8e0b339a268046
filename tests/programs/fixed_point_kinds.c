/* Fixed-point iterations whose states are not arrays of double: whether they have converged is told by
   the floats that they are. */
#include "check.h"

extern int enzyme_fp_state, enzyme_fp_reduction;
void __enzyme_fixed_point(void *, ...);
void __enzyme_set_fixed_point(double, int64_t, void *, ...);

/* ---- y = cos(y) / 2 + k, as a float */

static double annotated(double k) {
    float y = 0;
    for (int i = 0; i < 60; i++) {
        __enzyme_set_fixed_point(-1.0, -1, 0, &y, sizeof y);
        y = (float)(0.5 * cos(y) + k);
    }
    return y * y;
}

/* ---- behind a pointer in a struct */

struct context { float *y, k; };
static int step_behind(int i, struct context *c) {
    float *y = c->y;
    for (int j = 0; j < 2; j++) y[j] = 0.5f * cosf(y[1 - j]) + c->k;
    return i < 60;
}
static double behind(double k) {
    struct context c = {calloc(2, sizeof(float)), (float)k};
    __enzyme_fixed_point((void *)step_behind, enzyme_fp_state, c.y, 2 * sizeof(float), &c);
    double r = c.y[0] * c.y[1];
    free(c.y);
    return r;
}

/* ---- a double that converges at once, a float that takes long */

static int step_two(int i, double *x, float *y, double k) {
    *x = 3 * k;
    *y = (float)(0.5 * cos(*y) + *x / 3);
    return i < 60;
}
static double two_states(double k) {
    double x = 1;
    float y = 0;
    __enzyme_fixed_point((void *)step_two, enzyme_fp_state, &x, sizeof x, enzyme_fp_state, &y, sizeof y,
                         &x, &y, k);
    return y * y;
}

/* ---- a struct of all kinds */

struct state { long double e; int n; float y[3]; double z; };
static int step_struct(int i, struct state *s, double k) {
    s->y[2] = (float)(0.5 * cos(s->y[2]) + k);
    s->e = s->y[2];
    s->n++;
    return i < 60;
}
static double in_a_struct(double k) {
    struct state s = {0};
    __enzyme_fixed_point((void *)step_struct, enzyme_fp_state, &s, sizeof s, &s, k);
    return (double)s.e * s.y[2];
}

int main(void) {
    if (!markers_work) return report();
    double y = 0;
    for (int i = 0; i < 100; i++) y = 0.5 * cos(y) + 0.3;
    double want = 2 * y / (1 + 0.5 * sin(y));
    double (*functions[])(double) = {annotated, behind, two_states, in_a_struct};
#define BOTH(f)                                                                                  \
    CHECK_CLOSE(__enzyme_autodiff((void *)f, 0.3), want, 1e-5);                                  \
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, 0.3, 1.0), want, 1e-5)
    for (int i = 0; i < LENGTH(functions); i++) CHECK_CLOSE(functions[i](0.3), y * y, 1e-5);
    BOTH(annotated);
    BOTH(behind);
    BOTH(two_states);
    BOTH(in_a_struct);
    return report();
}
