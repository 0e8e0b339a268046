/* Callbacks that need not be given: no function of their types is there at all. */
#include "check.h"

typedef struct {
    double (*value)(const double *, double);
    int (*progress)(void *, const double *, int);
    void (*log)(const char *, double);
    void *self;
} hooks;

static double square(const double *p, double t) { return t * t * *p; }

__attribute__((noinline)) static double descend(const hooks *h, const double *p, double t) {
    for (int i = 0; i < 5; i++) {
        t -= 0.1 * h->value(p, t);
        if (h->progress && h->progress(h->self, &t, i)) break;
        if (h->log != NULL) h->log("t", t);
    }
    return t;
}

hooks given = {square, NULL, NULL, NULL};

static double f(double *x, int n) {
    (void)n;
    return descend(&given, x, x[1]);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 2.0, 0.7);
    return report();
}
