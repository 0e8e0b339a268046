/* Lennard-Jones with cutoff: an integer neighbour list built from active positions, then used. */
#include "check.h"

static double f(double *x, int n) {
    int *start = malloc((n + 1) * sizeof *start), *neighbours = malloc(n * n * sizeof *neighbours), k = 0;
    for (int i = 0; i < n; i++) {
        start[i] = k;
        for (int j = i + 1; j < n; j++)
            if (fabs(x[i] - x[j]) < 2.5) neighbours[k++] = j;
    }
    start[n] = k;
    double energy = 0;
    for (int i = 0; i < n; i++)
        for (const int *j = neighbours + start[i]; j != neighbours + start[i + 1]; ++j) {
            double r = x[i] - x[*j], r2 = r * r, r6 = 1 / (r2 * r2 * r2);
            energy += 4 * r6 * (r6 - 1);
        }
    free(start);
    free(neighbours);
    return energy;
}
ARRAY_TEST(f)

int main(void) {
    CHECK_TOL(f, 1e-8, 0, 1.4, 3.1, 4.5, 6.2);
    return report();
}
