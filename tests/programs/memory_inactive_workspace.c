/* Inactive doubles that are overwritten: factors needed in reverse are not what memory holds then. */
#include "check.h"

static double f(double *x, int n) {
    double weight[4] = {1, 2, 3, 4}, decay = 1, *heap = malloc(n * sizeof *heap), s = 0.2;
    for (int i = 0; i < n; i++) heap[i] = i;
    for (int t = 0; t < 5; t++) {
        for (int i = 0; i < n; i++) {
            s += x[i] * weight[i % 4] * decay + heap[i] * x[i] * x[i];
            weight[(i + t) % 4] = weight[i % 4] * 0.5 + 1;
            heap[n - 1 - i] = sqrt(heap[i] + t);
        }
        s = sin(s);
        decay *= 0.5;
    }
    free(heap);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
