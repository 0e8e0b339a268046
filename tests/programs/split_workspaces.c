/* Workspaces that static variables kept from earlier calls, in split mode: each tape has its own shadows of
   them, whatever becomes of the blocks between the halves. */
#include "check.h"
extern int enzyme_noret, enzyme_nofree, enzyme_width;
extern void *__enzyme_augmentfwd_tape(void *, ...);
extern void __enzyme_reverse_back(void *, ...);
#define FORWARD(f, ...) __enzyme_augmentfwd_tape((void *)f, enzyme_noret, enzyme_dup, __VA_ARGS__)
#define BACK(f, ...) __enzyme_reverse_back((void *)f, enzyme_dup, __VA_ARGS__)

static double *grown;
static int room;
static double by_realloc(double *x, int n) {
    if (room < n) grown = realloc(grown, n * sizeof *grown), room = n;
    for (int i = 0; i < n; i++) grown[i] = x[i] * x[0];
    double s = 0;
    for (int i = 0; i < n; i++) s += grown[i] * grown[i];
    return s;
}

/* what was there is read, and what is left is not */
static double *carried;
static void get(int n) {
    free(carried);
    carried = malloc(n * sizeof *carried);
    for (int i = 0; i < n; i++) carried[i] = 10;
}
static double reads_first(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += carried[i] * x[i];
        carried[i] = x[i] * x[0];
    }
    for (int i = 0; i < n; i++) s += carried[i] * carried[i];
    for (int i = 0; i < n; i++) carried[i] = 7;
    return s;
}

static struct { int n; double *a, *b; } pair;
static double exchanged(double *x, int n) {
    if (n > pair.n) {
        free(pair.a), free(pair.b);
        pair.a = malloc(n * sizeof(double)), pair.b = calloc(n, sizeof(double)), pair.n = n;
    }
    for (int i = 0; i < n; i++) pair.a[i] = x[i] * x[0];
    for (int i = 0; i < n; i++) pair.b[i] = pair.a[n - 1 - i] * pair.a[i];
    double *t = pair.a, s = 0;
    pair.a = pair.b, pair.b = t;
    for (int i = 0; i < n; i++) s += pair.a[i];
    return s;
}

int main(void) {
    double x[3] = {1, 2, 3}, y[5] = {1, 1, 2, 2, 1}, dx[3] = {0}, ex[3] = {0}, dy[5] = {0};
    if (!markers_work) return report();
    by_realloc(x, 3);
    void *t = FORWARD(by_realloc, x, dx, enzyme_const, 3);
    void *u = FORWARD(by_realloc, y, dy, enzyme_const, 5);
    void *v = FORWARD(by_realloc, y, dy, enzyme_const, 5);
    BACK(by_realloc, x, dx, enzyme_const, 3, 1.0, t);
    BACK(by_realloc, y, dy, enzyme_const, 5, 1.0, u);
    BACK(by_realloc, y, dy, enzyme_const, 5, 1.0, v);
    CHECK_CLOSE(dx[1], 4, 1e-12);
    CHECK_CLOSE(dy[2], 8, 1e-12);

    get(4);
    dx[1] = 0;
    t = FORWARD(reads_first, x, dx, enzyme_const, 3, enzyme_nofree);
    get(8);
    carried[1] = 3;
    BACK(reads_first, x, dx, enzyme_const, 3, enzyme_nofree, 1.0, t);
    CHECK_CLOSE(dx[1], 14, 1e-12);
    BACK(reads_first, x, dx, enzyme_const, 3, 1.0, t);
    CHECK_CLOSE(dx[1], 28, 1e-12);

    struct two seeds = {1, 2};
    dx[1] = 0;
    t = FORWARD(reads_first, x, dx, ex, enzyme_const, 3, enzyme_width, 2);
    get(2);
    BACK(reads_first, x, dx, ex, enzyme_const, 3, enzyme_width, 2, seeds, t);
    CHECK_CLOSE(dx[1], 4 + 3, 1e-12);
    CHECK_CLOSE(ex[1], 2 * (4 + 3), 1e-12);

    exchanged(x, 3);
    dx[1] = dx[2] = 0, dy[1] = 0;
    t = FORWARD(exchanged, x, dx, enzyme_const, 3);
    exchanged(x, 3);
    u = FORWARD(exchanged, y, dy, enzyme_const, 4);
    BACK(exchanged, y, dy, enzyme_const, 4, 1.0, u);
    BACK(exchanged, x, dx, enzyme_const, 3, 1.0, t);
    CHECK_CLOSE(dx[1], 4, 1e-12);
    CHECK_CLOSE(dx[2], 2, 1e-12);
    CHECK_CLOSE(dy[1], 4, 1e-12);
    free(grown), free(carried), free(pair.a), free(pair.b);
    return report();
}
