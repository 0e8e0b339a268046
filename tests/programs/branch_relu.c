/* relu by branch, in a dense layer. */
#include "check.h"

static double relu(double x) {
    if (x > 0) return x;
    return 0;
}

static double layer(double *x, int n) {
    static const double weights[2][3] = {{0.5, -1.5, 0.25}, {-0.75, 2.0, 1.0}};
    double sum = 0;
    for (int i = 0; i < 2; i++) {
        double z = -0.1;
        for (int j = 0; j < n; j++) z += weights[i][j] * x[j];
        sum += relu(z) * relu(z) + 0.01 * z;
    }
    return sum;
}
ARRAY_TEST(layer)
SCALAR1_TEST(relu)

int main(void) {
    CHECK(layer, 1.0, 2.0, 3.0);
    CHECK(layer, 3.0, -1.0, 0.5);
    CHECK(layer, -1.0, -2.0, -0.25);
    CHECK(relu, 2.0);
    CHECK(relu, -2.0);
    return report();
}
