// expect: 17:54: error: cannot tell whether the data moved here are floating values
// note: the functions that are differentiated use these bytes as a floating value and as a pointer or an integer, or as floating values of several types, or that overlap
// note: assign the members one by one where it is known which are meant, or keep them in memory of their own
double __enzyme_autodiff(void *, ...);
struct item {
  int kind;
  union { double d; const double *p; struct { int count; float weight; } counted; } u;
};
static double get(const struct item *one) {
  return one->kind == 0 ? one->u.d : one->kind == 1 ? one->u.p[1] : one->u.counted.weight * one->u.counted.count;
}
static double f(struct item *all, const double *x, int n) { /* the weight lies in the pointer, and nobody takes notes here */
  for (int i = 0; i < n; i++)
    if ((all[i].kind = i % 3) == 0) all[i].u.d = x[i];
    else if (i % 3 == 1) all[i].u.p = x;
    else all[i].u.counted.count = i, all[i].u.counted.weight = (float)x[i];
  for (int i = 0; i < n; i++) all[(i * 3 + 1) % n] = all[i];
  double sum = 0;
  for (int i = 0; i < n; i++) sum += (i + 1) * get(all + i);
  return sum;
}
int main(void) {
  struct item all[8] = {{0}}, d[8] = {{0}};
  double x[8] = {0}, dx[8] = {0};
  __enzyme_autodiff((void *)f, all, d, x, dx, 8);
  return f(all, x, 8) != dx[0];
}
