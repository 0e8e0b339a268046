/* Steps of loops that keep few states, and exchange pointers in their state. */
#include "check.h"

void __enzyme_checkpoint_for(void *, ...);
extern int enzyme_checkpoint_region;

/* One step of n cells in a ring, from one buffer to another. */
static void advance(double *to, const double *from, int n, double k) {
    for (int j = 0; j < n; j++) to[j] = from[j] + k * from[(j + 1) % n] * from[j];
}

/* In a struct. */
struct state {
    double *from, *to;
    int n;
};
static void exchange(double **a, double **b) {
    double *t = *a;
    *a = *b;
    *b = t;
}
static void step(long i, struct state *s, double k) {
    advance(s->to, s->from, s->n, k + 0.01 * i);
    exchange(&s->from, &s->to);
}
static double in_a_struct(double *x, int n) {
    double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), r = 0;
    memcpy(a, x, n * sizeof *a);
    struct state s = {a, b, n};
    __enzyme_checkpoint_for((void *)step, 0L, 7L, enzyme_checkpoint_region, a, n * sizeof *a,
                            enzyme_checkpoint_region, b, n * sizeof *b, enzyme_checkpoint_region,
                            &s, sizeof s, &s, x[0]);
    for (int j = 0; j < n; j++) r += s.from[j] * (j + 1) + s.to[j] * x[j];
    free(a), free(b);
    return r;
}
ARRAY_TEST(in_a_struct)

/* Local variables, three buffers in turn; an odd and an even number of steps. */
static double in_turn(double *x, int n) {
    double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), c[8], *p = c, r = 0;
    double *all[2] = {a, b};
    memcpy(a, x, n * sizeof *a);
    memset(b, 0, n * sizeof *b);
#pragma enzyme checkpoint("revolve", 3)
    for (int i = 0; i < 8; i++) {
        advance(p, a, n, 0.3 + b[0]);
        double *t = a;
        a = p, p = b, b = t;
    }
    for (int j = 0; j < n; j++) r += a[j] * (j + 1) + b[j] * p[j];
    free(all[0]), free(all[1]);
    return r;
}
ARRAY_TEST(in_turn)
static double freed(double *x, int n) {
    double *a = malloc(n * sizeof *a), *b = malloc(n * sizeof *b), r = 0;
    memcpy(a, x, n * sizeof *a);
#pragma enzyme checkpoint("periodic", 2)
    for (int i = 0; i < 9; i++) {
        advance(b, a, n, 0.3);
        double *t = a;
        a = b, b = t;
    }
    for (int j = 0; j < n; j++) r += a[j] * (j + 1) + b[j] * b[j];
    free(a), free(b);
    return r;
}
ARRAY_TEST(freed)

/* Static variables. */
static double first[8], second[8], *from = first, *to = second;
static void global_step(int i, int n, const double *x) {
    advance(to, from, n, x[i % n]);
    double *t = from;
    from = to, to = t;
}
static double in_variables(double *x, int n) {
    double r = 0;
    from = first, to = second;
    memcpy(from, x, n * sizeof *x);
    __enzyme_checkpoint_for((void *)global_step, 0, 5, enzyme_checkpoint_region, first,
                            sizeof first, enzyme_checkpoint_region, second, sizeof second, n, x);
    for (int j = 0; j < n; j++) r += from[j] * (j + 1) + to[j] * to[j];
    return r;
}
ARRAY_TEST(in_variables)

/* Structs that are assigned, and one that is copied, which says nothing of what is in it. */
struct buffer {
    double *data;
    int n;
};
struct buffers {
    struct buffer from, to, spare;
};
static void struct_step(long i, struct buffers *s, double k) {
    advance(s->to.data, s->from.data, s->from.n, k + 0.01 * i);
    struct buffer t;
    memcpy(&t, &s->from, sizeof t);
    s->from = s->to;
    memcpy(&s->to, &s->spare, sizeof t);
    s->spare = t;
}
static double in_structs(double *x, int n) {
    double r = 0, a[8], b[8] = {0}, c[8] = {0};
    memcpy(a, x, n * sizeof *a);
    struct buffers s = {{a, n}, {b, n}, {c, n}};
    __enzyme_checkpoint_for((void *)struct_step, 0L, 7L, enzyme_checkpoint_region, a, sizeof a,
                            enzyme_checkpoint_region, b, sizeof b, enzyme_checkpoint_region, c,
                            sizeof c, enzyme_checkpoint_region, &s, sizeof s, &s, x[0]);
    for (int j = 0; j < n; j++)
        r += s.from.data[j] * (j + 1) + s.to.data[j] * x[j] + s.spare.data[j] * b[j];
    return r;
}
ARRAY_TEST(in_structs)

int main(void) {
    CHECK(in_structs, 0.1, 0.2, 0.3);
    CHECK(in_a_struct, 0.1, 0.2, 0.3);
    CHECK(freed, 0.1, 0.2, 0.3);
    CHECK(in_variables, 0.1, 0.2, 0.3);
    CHECK(in_turn, 0.1, 0.2, 0.3);
    return report();
}
