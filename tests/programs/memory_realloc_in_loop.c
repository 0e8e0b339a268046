/* One more element with each iteration, by realloc; and blocks that are filled before they grow. */
#include "check.h"

static double f(double *x, int n) {
    double *p = NULL, s = 0;
    int size = 0;
    for (int i = 0; i < n; i++) {
        double *q = realloc(p, (size + 1) * sizeof *q);
        if (!q) {
            free(p);
            return 0;
        }
        p = q;
        p[size] = x[i] * (size > 0 ? p[size - 1] : 1.5);
        size++;
        if (p[size - 1] < -1) break;
    }
    for (int i = 0; i < size; i++) s += p[i] * p[i];
    free(p);
    return s;
}
ARRAY_TEST(f)

static double g(double *x, int n) {
    double *p = malloc(n * sizeof *p);
    for (int i = 0; i < n; i++) p[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) p = realloc(p, (n + i + 1) * sizeof *p);
    double s = 0;
    for (int i = 0; i < n; i++) s += p[i] * (i + 1);
    free(p);
    return s;
}
ARRAY_TEST(g)

static double *grown(double *p, int *room, int size) {
    if (size > *room) {
        p = realloc(p, size * sizeof *p);
        for (int i = *room; i < size; i++) p[i] = 0;
        *room = size;
    }
    return p;
}

static double h(double *x, int n) {
    int room = n;
    double *p = calloc(n, sizeof *p), s = 0;
    for (int i = 0; i < n; i++) p[i] = x[i];
    for (int i = 0; i < n; i++) {
        p = grown(p, &room, n + i);
        s += p[room - 1] * p[0];
    }
    free(p);
    return s;
}
ARRAY_TEST(h)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 1.3, 0.9, 1.1);
    CHECK(f, 1.5, -1.25, -0.75);
    CHECK(g, 0.5, 1.25, -0.75);
    CHECK(h, 0.5, 1.25, -0.75);
    return report();
}
