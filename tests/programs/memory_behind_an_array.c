/* A loop over the rest of an array that has none, its first rounds peeled off: the integers behind
   the array are none of its elements. (Eigen's JacobiSVD of 2x2 matrices.) */
#include "check.h"

struct values {
    double a[2];
    int info;
    char known[4];
    long count;
};

int used = 2;

NOINLINE static double product(struct values *v, int n) {
    if (n > 9) return sin(product(v, n - 1)); /* recursive: stays a call */
    v->count = v->info < 0 ? 1 : n;
    double r = v->a[0] * v->a[1];
    for (long i = 2; i < v->count; i++) r += v->a[i];
    v->known[0] = r > 0;
    return r;
}

/* ... also more rounds than it has elements: what is read behind it begins with flags. (Eigen's
   JacobiSVD of 3x2 matrices.) */
struct wide {
    double a[2];
    long info;
    _Bool is_known, is_done;
    int rank;
    long count;
};

NOINLINE static double sum(struct wide *v, int n) {
    if (n > 9) return sin(sum(v, n - 1));
    v->count = v->info < 0 ? 1 : n;
    v->rank = 2;
    double r = v->a[0] * v->a[1];
    for (long i = 3; i < v->count; i++) r += v->a[i];
    v->is_known = r > 0;
    v->is_done = 1;
    return r;
}

static double g(double x) {
    struct wide v = {{x, x * x}, 0, 0, 0, 0, 0};
    double r = sum(&v, used);
    long n = v.count;
    while (n > 0 && v.a[n - 1] < 0.5) n--;
    struct wide w = {{x, r}, 0, 0, 0, 0, n};
    r += sum(&w, (int)(n + w.count) / 2);
    return r * n * w.rank + (v.is_known ? v.a[0] : 0) * v.info;
}

static double f(double x) {
    struct values v = {{x, x * x}, 0, {0}, 0};
    double r = product(&v, used);
    long n = v.count;
    while (n > 0 && v.a[n - 1] < 0.5) n--;
    struct values w = {{x, r}, 0, {0}, n};
    r += product(&w, (int)(n + w.count) / 2);
    return r * n + (v.known[0] ? v.a[0] : 0) * v.info;
}

SCALAR1_TEST(f)
SCALAR1_TEST(g)

int main(void) {
    CHECK(f, 0.8);
    CHECK(f, 0.6);
    CHECK(g, 0.8);
    return 0;
}
