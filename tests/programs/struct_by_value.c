/* Structs by value: two registers, one register of floats, in memory, mixed with integers. */
#include "check.h"

struct pair { double a, b; };
struct floats { float a, b; };
struct big { double v[3]; int k; double w; };
struct mixed { double a; long k; };

static NOINLINE double use_pair(struct pair p, double s) { return p.a * p.b * s; }
static NOINLINE double use_floats(struct floats p) { return (double)p.a * p.b; }
static NOINLINE double use_big(struct big p, double s) {
    p.v[0] *= s;
    return p.v[p.k] * p.w + p.v[0];
}
static NOINLINE double use_mixed(struct mixed p, const double *x) { return p.a * x[p.k]; }

static double f(double *x, int n) {
    struct pair p = {x[0], x[1]};
    struct floats q = {(float)x[0], 0.5f};
    struct big b = {{x[0] * x[1], x[1], 3}, n - 2, x[n - 1]};
    double s = use_pair(p, x[1]) + use_big(b, x[0]) + use_mixed((struct mixed){x[0], 1}, x);
    return s * b.v[0] + use_floats((struct floats){2, 3}) + 0 * use_floats(q);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
