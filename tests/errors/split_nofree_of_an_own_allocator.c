// expect: 16:5: error: the reverse of 'f' can run only once
// note: it gives back blocks of the program's own allocator
#include <enzyme.h>
#include <stdlib.h>
__attribute__((noinline)) void *pool_alloc(long n) { return malloc(n); }
__attribute__((noinline)) void pool_free(void *p) { free(p); }
void *__enzyme_allocation_like_pool[4] = {(void *)pool_alloc, (void *)0, (void *)"-1",
                                          (void *)pool_free};
static double f(double *x, int n) {
    double *copy = pool_alloc(n * (long)sizeof(double)), sum = 0;
    for (int i = 0; i < n; i++) copy[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) sum += copy[i] * copy[n - 1 - i];
    return sum;
}
void twice(double *x, double *dx, void *tape) {
    __enzyme_reverse((void *)f, enzyme_nofree, enzyme_dup, x, dx, 8, 1.0, tape);
}
