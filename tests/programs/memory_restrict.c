/* restrict-qualified outputs, several of them, one written in full and one in part. */
#include "check.h"

static void split(const double *restrict x, double *restrict y) {
    double *restrict even = y, *restrict odd = y + 3;
    for (int i = 0; i < 3; i++) {
        even[i] = x[2 * i] * x[2 * i + 1];
        if (i) odd[i] += even[i - 1] / (2 + x[2 * i]);
    }
}
MAP_TEST(split, 6)

int main(void) {
    CHECK(split, 0.5, 1.25, -0.75, 0.3, 0.7, 0.9, /**/ 1, 2, 3, 4, 5, 6);
    return report();
}
