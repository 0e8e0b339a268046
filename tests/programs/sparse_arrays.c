/* Shadows that are never memory: each load and store of theirs is a call. */
#include "check.h"

extern int enzyme_width;
void *__enzyme_todense(void *, ...);
void *__enzyme_post_sparse_todense(void *, ...);

enum { N = 7 };

/* ---- a row of a Jacobian by reverse mode */

static double row_of(const double *x, int n, int k) { return x[k] * x[(k + 2) % n] + sin(x[k]); }

struct list { int count; int column[64]; double value[64]; };

static double nothing(int64_t offset, struct list *list) { return offset >= 0 ? 0 : list->value[0]; }
static void append(double value, int64_t offset, struct list *list) {
    if (value == 0) return;
    list->column[list->count] = (int)(offset / 8);
    list->value[list->count++] = value;
}

static void rows(void) {
    double x[N];
    for (int i = 0; i < N; i++) x[i] = 0.5 + 0.25 * i;
    for (int k = 0; k < N; k++) {
        struct list list = {0};
        double *shadow = __enzyme_todense((void *)nothing, (void *)append, &list);
        __enzyme_autodiff_void((void *)row_of, x, shadow, enzyme_const, N, enzyme_const, k);
        double sum[N] = {0};
        for (int i = 0; i < list.count; i++) sum[list.column[i]] += list.value[i];
        for (int i = 0; i < N; i++) {
            double want = i == k ? x[(k + 2) % N] + cos(x[k]) : i == (k + 2) % N ? x[k] : 0;
            CHECK_CLOSE(sum[i], want, 1e-14);
        }
        CHECK_TRUE(list.count >= 2 && list.count < 9);
    }
}

/* ---- a column of a Jacobian by forward mode; structs; zeros that are left out */

struct point { float weight; int tag; double at[2]; };

static void spread(const struct point *p, double *out, int n) {
    for (int i = 0; i < n; i++) {
        const struct point *q = p + (i + 1) % n;
        out[i] = p[i].at[0] * q->at[1] * p[i].tag;
    }
}

struct seen { int loads, stores; double sum[N]; };
static double direction(int64_t offset, int which, struct seen *s) {
    s->loads++;
    return offset == (int64_t)(which * sizeof(struct point) + 8);
}
static void no_store(double value, int64_t offset, int which, struct seen *s) { abort(); }
static double start(int64_t offset, int which, struct seen *s) { return 0; }
__attribute__((annotate("enzyme_sparse_accumulate")))
static void collect(double value, int64_t offset, int which, struct seen *s) {
    s->stores++;
    s->sum[offset / 8] = value;
}

static void columns(void) {
    struct point p[N];
    double out[N];
    for (int i = 0; i < N; i++) p[i] = (struct point){1, i, {0.5 + i, 2 - 0.25 * i}};
    for (int which = 0; which < N; which++) {
        struct seen s = {0};
        __enzyme_fwddiff_void((void *)spread, p,
                              __enzyme_post_sparse_todense((void *)direction, (void *)no_store, which, &s), out,
                              __enzyme_todense((void *)start, (void *)collect, which, &s), N);
        CHECK_TRUE(s.loads > 0 && s.stores == (which != 0));
        for (int i = 0; i < N; i++) CHECK_CLOSE(s.sum[i], i == which ? p[(i + 1) % N].at[1] * i : 0, 1e-14);
    }
}

/* Three columns of a Jacobian with three diagonals at once: each lane has an array of its own. */
enum { M = 6 };
static double jacobian[M][M];
static void three(const double *x, double *y, int n) {
    for (int i = 0; i < n; i++)
        y[i] = x[i] * x[i] + (i ? 3 * x[i - 1] : 0) + (i < n - 1 ? x[i] * x[i + 1] : 0);
}
static double of_colour(int64_t offset, long colour) { return offset / 8 % 3 == colour; }
static void none(double value, int64_t offset, long colour) { abort(); }
static double nothing_yet(int64_t offset, long colour) { return 0; }
static void put(double value, int64_t offset, long colour) {
    long row = offset / 8;
    for (long k = row - 1; k <= row + 1; k++)
        if (k >= 0 && k < M && k % 3 == colour) jacobian[row][k] += value;
}
static void in_lanes(void) {
    double x[M] = {1, 2, 3, 4, 5, 6}, y[M];
    void *f = (void *)of_colour, *no = (void *)none, *zero = (void *)nothing_yet, *to = (void *)put;
    __enzyme_fwddiff_void((void *)three, enzyme_width, 3, enzyme_dup, x, __enzyme_todense(f, no, 0L),
                          __enzyme_todense(f, no, 1L), __enzyme_todense(f, no, 2L), enzyme_dup, y,
                          __enzyme_todense(zero, to, 0L), __enzyme_todense(zero, to, 1L),
                          __enzyme_todense(zero, to, 2L), M);
    for (int i = 0; i < M; i++) {
        CHECK_CLOSE(jacobian[i][i], 2 * x[i] + (i < M - 1 ? x[i + 1] : 0), 1e-14);
        if (i) CHECK_CLOSE(jacobian[i][i - 1], 3, 1e-14);
        if (i < M - 1) CHECK_CLOSE(jacobian[i][i + 1], x[i], 1e-14);
    }
}

int main(void) {
    if (!markers_work) return 0;
    in_lanes();
    rows();
    columns();
    return failures != 0;
}
