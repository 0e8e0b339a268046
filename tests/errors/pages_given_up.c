// expect: 13:9: error: cannot differentiate the call to 'madvise'
// note: 'madvise' has no definition in this file and no known derivative
// note: define 'madvise' in this file (or in a header that it includes), or compile and link with -fenzcc-link; if it carries no derivative, say ENZYME_INACTIVE_FUNCTION(madvise); (<enzyme.h>)
#define _GNU_SOURCE
#include <sys/mman.h>
extern int enzyme_dup, enzyme_const;
double __enzyme_autodiff(void *, ...);
static double work(double *x, int n) {
    double sum = 0, *p = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < n; i++) p[i] += x[i] * x[i];
        for (int i = 0; i < n; i++) sum += p[i] * p[n - 1 - i];
        madvise(p, 4096, MADV_DONTNEED);
    }
    munmap(p, 4096);
    return sum;
}
double gradient(double *x, double *dx, int n) {
    return __enzyme_autodiff((void *)work, enzyme_dup, x, dx, enzyme_const, n);
}
