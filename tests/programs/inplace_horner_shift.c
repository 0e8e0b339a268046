/* Taylor shift of a polynomial in place (triangular updates), the shift being data as well. */
#include "check.h"

static void shift(double *c, int n) {
    double by = c[n - 1];
    int degree = n - 2;
    for (int i = 0; i < degree; i++)
        for (int j = degree - 1; j >= i; j--) c[j] += by * c[j + 1];
}
INPLACE_TEST(shift)

int main(void) {
    CHECK(shift, 1, -2, 0.5, 3, 0.25, /**/ 0.75);
    return report();
}
