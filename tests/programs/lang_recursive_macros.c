/* X-macros, token pasting and nested ternaries generate the code. */
#include "check.h"

#define FIELDS(X) X(mass, 1.0) X(charge, -0.5) X(spin, 0.25)
struct body {
#define MEMBER(name, weight) double name;
    FIELDS(MEMBER)
};

static double energy(const struct body *b) {
    double e = 0;
#define TERM(name, weight) e += weight * b->name * (b->name > 1 ? b->name : b->name < 0 ? -1 : sin(b->name));
    FIELDS(TERM)
    return e;
}

static double f(double *x, int n) {
    struct body b;
    int i = 0;
#define LOAD(name, weight) b.name = x[i++ % n];
    FIELDS(LOAD)
    return energy(&b);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    CHECK(f, -0.3, 0.5);
    return report();
}
