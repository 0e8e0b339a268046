// expect: 6:55: error: cannot differentiate floating values that are moved in pieces
// note: their bytes are read and written one by one, as smaller integers
// note: copy whole values, or use memcpy or memmove
void __enzyme_autodiff(void *, ...);
static void copy(char *to, const char *from, int n) {
  for (int i = 0; i < n; i++)                   to[i] = from[i];
}
void gradient(double *x, double *dx, double *y, double *dy, int n) {
  __enzyme_autodiff((void *)copy, (char *)y, (char *)dy, (char *)x, (char *)dx, 8 * n);
}
