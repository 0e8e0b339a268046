// expect: 7:14: error: cannot tell whether the data moved here are floating values
// note: nothing in the functions that are differentiated reads or writes these bytes as a floating, integer or pointer value
// note: copy through a pointer to the real type, or say what lies at the pointer, once in the function: '__enzyme_double(p, -1);', or '__enzyme_integer(p, -1);'
void __enzyme_autodiff(void *, ...);
static void exchange(void *a, void *b, long n) {
  for (char *p = a, *q = b; n--; p++, q++) {
    char t = *p;
    *p = *q, *q = t;
  }
}
void gradient(void *x, void *dx, void *y, void *dy) {
  __enzyme_autodiff((void *)exchange, x, dx, y, dy, (long)sizeof(double));
}
