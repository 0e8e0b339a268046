// flags: -ffast-math
/* Lanes that nobody reads may hold anything: what they are multiplied with has a derivative all the
   same, also where the program promises that all its numbers are finite. */
#include "check.h"

typedef double two __attribute__((vector_size(16)));
typedef double four __attribute__((vector_size(32)));

static double half_read(double *z, int n) {
    two a = {z[0], z[1]}, s = a * a;
    two half = __builtin_shufflevector(a, a, 0, -1);
    two product = half * s, quotient = s / half;
    return product[0] * s[1] + quotient[0] * a[1];
}
static double parts(double *z, int n) {
    four a = {z[0], z[1], z[2], z[0] * z[1]}, b = a + a * z[2];
    four odd = __builtin_shufflevector(b, b, -1, 1, -1, 3), all = odd * b;
    two low = __builtin_shufflevector(all, all, 1, 3);
    return low[0] * low[1] + b[0] * b[2];
}
static double inner(double *x, int n) {
    double s = 1;
    for (int i = 0; i < n; i++) {
        s = s * sin(x[i]) + x[i];
        x[i] = s;
    }
    return s * s;
}
extern int enzyme_width, enzyme_dupv;
static double nested(double a, double b) {
    double x[2] = {a, b}, d[2][2] = {{0}};
    __enzyme_autodiff_void((void *)inner, enzyme_width, 2, enzyme_dupv, sizeof d[0], x, d, 2);
    return d[0][0] + 2 * d[1][1];
}

ARRAY_TEST(half_read)
ARRAY_TEST(parts)

int main(void) {
    CHECK(half_read, 0.5, 0.75);
    CHECK(parts, 0.5, 0.75, -1.25);
    double h = 1e-5, a = 0.8, b = 1.1;
    CHECK_CLOSE(__enzyme_autodiff((void *)nested, a, enzyme_const, b),
                (nested(a + h, b) - nested(a - h, b)) / (2 * h), 1e-7);
    return report() || failures != 0;
}
