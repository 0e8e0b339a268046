// expect: 10:37: error: cannot differentiate through a file
// note: keep the values in memory
#include <stdio.h>
extern double __enzyme_autodiff(void *, ...);
static double f(double *x) {
  double y = 0;
  FILE *file = tmpfile();
  for (int i = 0; i < 8; i++) putc(((unsigned char *)x)[i], file);
  rewind(file);
  for (int i = 0, c; i < 8 && ((c = getc(file)) != EOF); i++) ((unsigned char *)&y)[i] = c;
  fclose(file);
  return y * *x;
}
double d(double *x, double *dx) { return __enzyme_autodiff((void *)f, x, dx); }
