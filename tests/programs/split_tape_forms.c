/* The forms of tapes, seeds and results of split reverse mode. */
#include <enzyme.h>
#include "check.h"

#define NEAR(got, want) CHECK_CLOSE(got, want, 1e-9)
static double sq(double x) { return x * x; }
static double at(const double *x, int i) { return x[i] * x[i] * x[i]; }
static double prod(const double *x, int n) { double p = 1; for (int i = 0; i < n; i++) p *= x[i]; return p; }
double __enzyme_augmentfwd_d(void *, ...);
double __enzyme_reverse_d(void *, ...);
struct pad { char tape[64]; double r; };
struct pad __enzyme_augmentfwd_pad(void *, ...);
struct img { double t[8]; };
struct img __enzyme_augmentfwd_img(void *, ...);
struct aug { void *tape; double r; };
struct aug __enzyme_augmentfwd_aug(void *, ...);
void *__enzyme_augmentfwd_tape(void *, ...);

struct big { double a, b, c; };
static struct big mk(const double *x, double k) { struct big r = {x[0] * x[1], x[1] * k, k * x[0] * x[0]}; return r; }
static double use(struct big s, double *y) { s.a *= 2; y[0] += s.a * s.b; return s.a * s.c; }
struct pair { double a, b; };
static struct pair two(double x, double y) { struct pair p = {x * y, x + sin(y)}; return p; }
struct atwo { void *tape; struct pair r; };
struct atwo __enzyme_augmentfwd_two(void *, ...);
struct pair __enzyme_reverse_two(void *, ...);
static double *pick(double *a, double *b, int w) { double *p = w ? a : b; p[0] = p[0] * p[0]; return p + 1; }
struct ptr3 { void *tape; double *r, *d; };
struct ptr3 __enzyme_augmentfwd_ptr(void *, ...);
static float ff(float x, float *y) { float t = *y; *y = t * x; return t * t * x; }
struct af { void *t; float r; };
struct af __enzyme_augmentfwd_f(void *, float, float*, float*);
float __enzyme_reverse_f(void *, float, float*, float*, float, void*);
int main(void) {
  /* nothing kept */
  NEAR(__enzyme_augmentfwd_d((void *)sq, enzyme_allocated, 0, 3.0), 9);
  NEAR(__enzyme_reverse_d((void *)sq, enzyme_allocated, 0, 3.0, 5.0), 30);
  NEAR(__enzyme_reverse_d((void *)sq, enzyme_allocated, 0, 3.0), 6);
  NEAR((double)__enzyme_augmentsize((void *)sq, enzyme_out), 0);
  struct pad q = __enzyme_augmentfwd_pad((void *)sq, enzyme_allocated, 64, 3.0);
  memcpy(&q.r, &q, 8); NEAR(q.r, 9);
  /* anonymous of nothing: null */
  struct aug z = __enzyme_augmentfwd_aug((void *)sq, 3.0);
  if (z.tape) failures++; NEAR(z.r, 9);
  NEAR(__enzyme_reverse_d((void *)sq, 3.0, 2.0, z.tape), 12);
  NEAR(__enzyme_reverse_d((void *)sq, 3.0, z.tape), 6);
  /* by value */
  double x[3] = {2, 3, 5}, dx[3] = {0};
  size_t n = __enzyme_augmentsize((void *)at, enzyme_dup, enzyme_const);
  void *tp = malloc(n);
  __enzyme_augmentfwd_void((void *)at, enzyme_allocated, n, enzyme_tape, tp, enzyme_dup, x, dx, enzyme_const, 1);
  x[1] = 9;
  __enzyme_reverse_void((void *)at, enzyme_allocated, n, enzyme_tape, tp, enzyme_dup, x, dx, enzyme_const, 1, 2.0);
  NEAR(dx[1], 54); x[1] = 3; dx[1] = 0;
  __enzyme_augmentfwd_void((void *)at, enzyme_allocated, __enzyme_augmentsize((void *)at, enzyme_dup, enzyme_const), enzyme_tape, tp, enzyme_dup, x, dx, enzyme_const, 1);
  x[1] = 9;
  __enzyme_reverse_void((void *)at, enzyme_allocated, n, enzyme_tape, tp, enzyme_dup, x, dx, enzyme_const, 1);
  NEAR(dx[1], 27); x[1] = 3; dx[1] = 0; free(tp);
  struct pad p = __enzyme_augmentfwd_pad((void *)prod, enzyme_allocated, 64, x, dx, 3);
  NEAR(p.r, 30); x[0] = x[1] = x[2] = 100;
  __enzyme_reverse_void((void *)prod, enzyme_allocated, 64, x, dx, 3, 2.0, p);
  NEAR(dx[0], 30); NEAR(dx[1], 20); NEAR(dx[2], 12);
  x[0]=2,x[1]=3,x[2]=5; memset(dx,0,sizeof dx);
  struct img im = __enzyme_augmentfwd_img((void *)prod, enzyme_noret, enzyme_allocated, 64, x, dx, 3);
  x[0] = x[1] = x[2] = 100;
  __enzyme_reverse_void((void *)prod, enzyme_allocated, 64, x, dx, 3, im);
  NEAR(dx[0], 15); NEAR(dx[1], 10); NEAR(dx[2], 6);
  /* anonymous in memory, noret */
  x[0]=2,x[1]=3,x[2]=5; memset(dx,0,sizeof dx);
  void *tape = __enzyme_augmentfwd_tape((void *)prod, enzyme_noret, x, dx, 3);
  __enzyme_reverse_void((void *)prod, x, dx, 3, tape);
  NEAR(dx[0], 15); memset(dx,0,sizeof dx);
  NEAR(__enzyme_augmentfwd_d((void *)prod, enzyme_tape, &tape, x, dx, 3), 30);
  __enzyme_reverse_void((void *)prod, enzyme_tape, &tape, x, dx, 3, 3.0);
  NEAR(dx[0], 45); memset(dx,0,sizeof dx);
  /* nested */
  __enzyme_reverse_void((void *)prod, x, dx, 3, 2.0, __enzyme_augmentfwd_tape((void *)prod, enzyme_noret, x, dx, 3));
  NEAR(dx[0], 30); memset(dx,0,sizeof dx);
  /* not overwritten */
  n = __enzyme_augmentsize((void *)prod, enzyme_dup, enzyme_const);
  struct aug a = __enzyme_augmentfwd_aug((void *)at, enzyme_not_overwritten, x, dx, 2);
  __enzyme_reverse_void((void *)at, enzyme_not_overwritten, x, dx, 2, 1.0, a.tape);
  NEAR(dx[2], 75); memset(dx,0,sizeof dx);
  /* sret */
  struct big db = {1, 10, 100};
  double k = 7;
  tape = __enzyme_augmentfwd_tape((void *)mk, &db, x, dx, k);
  x[0] = x[1] = 50;
  NEAR(__enzyme_reverse_d((void *)mk, &db, x, dx, k, tape), 10 * 3 + 100 * 4);
  NEAR(dx[0], 1 * 3 + 100 * 7 * 4); NEAR(dx[1], 1 * 2 + 10 * 7); NEAR(db.a, 0); NEAR(db.c, 0);
  /* byval */
  struct big s = {2, 3, 4}, ds = {0}; double y = 1, dy = 1;
  struct aug u = __enzyme_augmentfwd_aug((void *)use, s, &ds, &y, &dy);
  NEAR(u.r, 16); NEAR(y, 13); struct big s2 = {0}; 
  __enzyme_reverse_void((void *)use, s2, &ds, &y, &dy, 1.0, u.tape);
  NEAR(ds.a, 2 * 4 + 2 * 3); NEAR(ds.b, 4); NEAR(ds.c, 4); NEAR(dy, 1);
  /* struct result */
  struct atwo w = __enzyme_augmentfwd_two((void *)two, 2.0, 3.0);
  NEAR(w.r.a, 6);
  struct pair seed = {10, 100};
  struct pair g = __enzyme_reverse_two((void *)two, 2.0, 3.0, seed, w.tape);
  NEAR(g.a, 10 * 3 + 100); NEAR(g.b, 20 + 100 * cos(3));
  g = __enzyme_reverse_two((void *)two, 2.0, 3.0, w.tape);
  NEAR(g.a, 3 + 1); NEAR(g.b, 2 + cos(3));
  g = __enzyme_reverse_two((void *)two, 2.0, 3.0, enzyme_byref, sizeof seed, &seed, w.tape);
  NEAR(g.a, 10 * 3 + 100);
  /* pointer result */
  double A[2] = {3, 4}, dA[2] = {1, 0}, B[2] = {5, 6}, dB[2] = {10, 0};
  struct ptr3 pr = __enzyme_augmentfwd_ptr((void *)pick, A, dA, B, dB, 0);
  if (pr.r != B + 1 || pr.d != dB + 1) failures++;
  NEAR(B[0], 25); B[0] = 0;
  __enzyme_reverse_void((void *)pick, A, dA, B, dB, 0, pr.tape);
  NEAR(dB[0], 100); NEAR(dA[0], 1);
  float fy = 3, dfy = 2;
  struct af fa = __enzyme_augmentfwd_f((void *)ff, 5, &fy, &dfy); NEAR(fa.r, 45); fy = 0;
  NEAR(__enzyme_reverse_f((void *)ff, 5, &fy, &dfy, 10, fa.t), 3*2 + 90); NEAR(dfy, 5 * 2 + 10 * 30);
  return report();
}
