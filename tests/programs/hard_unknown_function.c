/* may be refused: the value passes through a file. */
#include "check.h"

static double f(double *x, int n) {
    double y = 0, k[2] = {2, 3};
    FILE *file = tmpfile();
    if (!file) return 0;
    fwrite(k, sizeof *k, 2, file);
    rewind(file);
    if (fread(&y, sizeof y, 1, file) != 1) y = 0;
    fclose(file);
    return x[0] * y + x[n - 1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
