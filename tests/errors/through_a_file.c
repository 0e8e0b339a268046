// expect: 10:7: error: cannot differentiate through a file
// note: keep the values in memory
#include <stdio.h>
extern double __enzyme_autodiff(void *, ...);
static double f(const double *x) {
  double y, square = *x * *x;
  FILE *file = tmpfile();
  fwrite(&square, sizeof square, 1, file);
  rewind(file);
  if (fread(&y, sizeof y, 1, file) != 1) return 0;
  fclose(file);
  return y;
}
double d(double *x, double *dx) { return __enzyme_autodiff((void *)f, x, dx); }
