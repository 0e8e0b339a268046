// flags: -Wl,--wrap=malloc
/* The tape's memory is kept: a second derivative of the same size allocates nothing, unless it was given back. */
#include <enzyme.h>
#include "check.h"

static int allocated;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size) {
    allocated++;
    return __real_malloc(size);
}

NOINLINE static double kept(int n, const double *x) { /* how often the loops run is not known */
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double y = x[i];
        for (int k = 0; y * y > 1e-3; k++) y = sin(y) * y * 0.5 * (1 + k % 2);
        sum += y * x[i];
    }
    return sum;
}

int main(void) {
    enum { N = 2000 };
    static double x[N], dx[N], first[N];
    for (int i = 0; i < N; i++) x[i] = 0.5 + 0.0002 * i;
    if (!markers_work) return 0;
    for (int call = 0; call < 3; call++) {
        int before = allocated;
        memset(dx, 0, sizeof dx);
        __enzyme_autodiff((void *)kept, enzyme_const, N, enzyme_dup, x, dx);
        if (!call) memcpy(first, dx, sizeof dx);
        for (int i = 0; i < N; i++) CHECK_CLOSE(dx[i], first[i], 0);
        if (call) CHECK_TRUE(allocated == before);
    }
    int before = allocated;
    enzcc_tape_trim();
    enzcc_tape_trim();
    __enzyme_autodiff((void *)kept, enzyme_const, N, enzyme_dup, x, dx);
    CHECK_TRUE(allocated > before);
    return report();
}
