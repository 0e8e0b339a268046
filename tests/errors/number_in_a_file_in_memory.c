// expect: 11:17: error: cannot differentiate through a file
// note: active floating values are written to one, and floating values are read from one here
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
static double f(const double *x) {
    double sum;
    int file = memfd_create("f", 0);
    if (pwrite(file, x, 16, 0) != 16) return 0;
    double *y = mmap(0, 16, PROT_READ, MAP_PRIVATE, file, 0);
    sum = y[0] * y[1];
    munmap(y, 16);
    close(file);
    return sum;
}
extern double __enzyme_autodiff(void *, ...);
extern int enzyme_dup;
double g(const double *x, double *dx) { return __enzyme_autodiff((void *)f, enzyme_dup, x, dx); }
