/* may be refused: A tagged union whose members are a double, a float pair, or integers. */
#include "check.h"

struct value {
    int tag;
    union { double d; struct { float a, b; } pair; int64_t i; double *p; } u;
};

static double get(const struct value *v) {
    switch (v->tag) {
    case 0: return v->u.d;
    case 1: return v->u.pair.a + v->u.pair.b;
    case 2: return (double)v->u.i;
    default: return *v->u.p;
    }
}

static double f(double *x, int n) {
    struct value v[4];
    v[0].tag = 0, v[0].u.d = x[0] * x[1];
    v[1].tag = 1, v[1].u.pair.a = 2, v[1].u.pair.b = 0.5f;
    v[2].tag = 2, v[2].u.i = n;
    v[3].tag = 3, v[3].u.p = x + 1;
    double s = 1;
    for (int i = 0; i < 4; i++) s = s * get(&v[i]) + 0.1 * i;
    v[1] = v[0];
    v[0].tag = 2, v[0].u.i = 5;
    for (int i = 0; i < 4; i++) s += get(&v[i]) * get(&v[3 - i]);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
