// expect: 12:3: error: cannot differentiate through a file
// note: keep the values in memory
#include <sys/uio.h>
#include <unistd.h>
extern double __enzyme_autodiff(void *, ...);
static int file;
static double f(const double *x) {
  double y = 0, square = *x * *x;
  struct iovec from = {&square, sizeof square}, to = {&y, sizeof y};
  writev(file, &from, 1);
  lseek(file, 0, SEEK_SET);
  readv(file, &to, 1);
  return y;
}
double d(double *x, double *dx) { return __enzyme_autodiff((void *)f, x, dx); }
