/* Split reverse mode over recursion, globals, heap and stack memory, lists, function pointers, and itself differentiated. */
#include <enzyme.h>
#include "check.h"

#define NEAR(got, want) CHECK_CLOSE(got, want, 1e-9)
struct aug { void *tape; double r; };
struct aug __enzyme_augmentfwd_aug(void *, ...);
void *__enzyme_augmentfwd_tape(void *, ...);
double __enzyme_reverse_d(void *, ...);
/* recursion */
static double tree(double x, int d) { if (d == 0) return x * x; return sin(tree(x, d - 1)) + x * tree(x * 0.5, d - 1); }
/* globals with active data */
static double acc; static double buf[4];
static double glob(const double *x, int n) { acc = 0; for (int i = 0; i < n; i++) { buf[i % 4] = x[i] * x[i]; acc += buf[i % 4] * x[i]; } return acc; }
/* calloc accumulators, nofree */
static double hist(const double *x, const int *b, int n) {
  double *h = calloc(4, sizeof *h);
  for (int i = 0; i < n; i++) h[b[i]] += x[i] * x[i];
  double s = 1; for (int i = 0; i < 4; i++) s *= 1 + h[i];
  free(h); return s;
}
/* structs with pointers, linked list */
struct node { double v; struct node *next; };
static double list(struct node *p) { double s = 0; for (int k = 1; p; p = p->next, k++) s += k * p->v * p->v; return s; }
/* function pointers */
static double tw(double x) { return 2 * x * x; } static double th(double x) { return x * x * x; }
typedef double (*fn)(double);
static double via(fn *t, const double *x, int n) { double s = 1; for (int i = 0; i < n; i++) s *= t[i & 1](x[i]); return s; }
/* local arrays, vla */
static double vla(const double *x, int n) { double a[n]; double b[3] = {1, 2, 3}; a[0] = x[0]; for (int i = 1; i < n; i++) { a[i] = a[i - 1] * x[i]; b[i % 3] *= a[i]; } return b[0] + b[1] * b[2]; }
/* realloc */
static double re(const double *x, int n) { double *p = 0; for (int i = 0; i < n; i++) { p = realloc(p, (i + 1) * sizeof *p); p[i] = i ? p[i - 1] * x[i] : x[i]; } double r = p[n - 1]; free(p); return r; }
/* returned memory */
static double *mk(const double *x, int n) { double *p = malloc(n * sizeof *p); for (int i = 0; i < n; i++) p[i] = x[i] * x[i]; return p; }
struct tpd { void *t; double *p, *d; };
struct tpd __enzyme_augmentfwd_mk(void *, ...);
/* second order: gradient by split mode, differentiated */
static double cube(const double *x) { return x[0] * x[0] * x[1] + x[1] * x[1] * x[1]; }
static void grad(double *x, double *g) { void *t = __enzyme_augmentfwd_tape((void *)cube, enzyme_noret, x, g); __enzyme_reverse_void((void *)cube, x, g, 1.0, t); }
static double gc(const double *x) { return x[0] > 0 ? x[0] * x[1] : (x[1] > 2 ? x[0] + x[1] * x[1] : 0); }
int main(void) {
  double x[6] = {0.5, 1.5, -0.7, 2, 0.3, 1.1}, dx[6] = {0}, rx[6] = {0};
  struct aug a;
  a = __enzyme_augmentfwd_aug((void *)tree, 0.7, 5);
  NEAR(__enzyme_reverse_d((void *)tree, 0.7, 5, 1.0, a.tape), __enzyme_autodiff((void *)tree, 0.7, 5));
#define RUN(f, ...) do { memset(dx, 0, sizeof dx); memset(rx, 0, sizeof rx); double y[6]; memcpy(y, x, sizeof y); \
  a = __enzyme_augmentfwd_aug((void *)f, ##__VA_ARGS__); for (int i = 0; i < 6; i++) x[i] = NAN; \
  __enzyme_reverse_void((void *)f, enzyme_nofree, ##__VA_ARGS__, a.tape); double d1[6]; memcpy(d1, dx, sizeof d1); memset(dx, 0, sizeof dx); \
  __enzyme_reverse_void((void *)f, ##__VA_ARGS__, a.tape); memcpy(x, y, sizeof y); double d2[6]; memcpy(d2, dx, sizeof d2); memset(dx, 0, sizeof dx);\
  __enzyme_autodiff_void((void *)f, ##__VA_ARGS__); for (int i = 0; i < 6; i++) { NEAR(d1[i], dx[i]); NEAR(d2[i], dx[i]); } } while (0)
  RUN(glob, x, dx, 6);
  int b[6] = {0, 1, 2, 0, 1, 3};
  RUN(hist, x, dx, enzyme_const, b, 6);
  fn t[2] = {tw, th};
  RUN(via, enzyme_const, t, x, dx, 6);
  RUN(vla, x, dx, 6);
  RUN(re, x, dx, 6);
  RUN(gc, x, dx);
  struct node n2 = {3, 0}, n1 = {2, &n2}, d2 = {0, 0}, d1 = {0, &d2};
  a = __enzyme_augmentfwd_aug((void *)list, &n1, &d1); n1.next = 0; n1.v = n2.v = 0;
  __enzyme_reverse_void((void *)list, &n1, &d1, 1.0, a.tape); NEAR(d1.v, 4); NEAR(d2.v, 12);
  memset(dx, 0, sizeof dx);
  struct tpd m = __enzyme_augmentfwd_mk((void *)mk, x, dx, 6);
  for (int i = 0; i < 6; i++) { NEAR(m.p[i], x[i] * x[i]); m.d[i] = i; }
  __enzyme_reverse_void((void *)mk, x, dx, 6, m.t);
  for (int i = 0; i < 6; i++) NEAR(dx[i], 2 * x[i] * i);
  free(m.p); free(m.d);
  double X[2] = {3, 2}, v[2] = {1, 10}, g[2] = {0}, hv[2] = {0};
  __enzyme_fwddiff_void((void *)grad, X, v, g, hv);
  NEAR(g[0], 12); NEAR(hv[0], 4 + 60); NEAR(hv[1], 6 + 120);
  return report();
}
