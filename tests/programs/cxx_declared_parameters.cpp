// What a parameter is declared as tells what is moved there, where nothing else does.
#include "check.h"
#include <array>
#include <complex>

static double arrays(double *x, std::array<double, 4> &y) {
    memmove((void *)&y[0], &y[1], 3 * sizeof(double));
    return x[0] * 2;
}

static double complex_numbers(double *x, std::complex<float> *y, int n) {
    memmove((void *)y, y + 1, n * sizeof *y);
    return x[0] * 2;
}

int main() {
    if (!markers_work) return report();
    double x = 3, dx = 0;
    std::array<double, 4> y{1, 2, 3, 4}, dy{1, 10, 100, 1000};
    __enzyme_autodiff((void *)arrays, enzyme_dup, &x, &dx, enzyme_dup, &y, &dy);
    CHECK_CLOSE(dx, 2, 0);
    CHECK_CLOSE(dy[0], 0, 0);
    CHECK_CLOSE(dy[1], 1, 0);
    CHECK_CLOSE(dy[3], 1100, 0);
    std::complex<float> z[3], dz[3] = {{1, 2}, {3, 4}, {5, 6}};
    __enzyme_autodiff((void *)complex_numbers, enzyme_dup, &x, &dx, enzyme_dup, z, dz, 2);
    CHECK_CLOSE(dx, 4, 0);
    CHECK_CLOSE(dz[0].real(), 0, 0);
    CHECK_CLOSE(dz[1].imag(), 2, 0);
    CHECK_CLOSE(dz[2].real(), 8, 0);
    return report();
}
