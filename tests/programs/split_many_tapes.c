/* Many augmented calls before the first reverse call, reversed in any order, on other threads, and twice. */
#include <enzyme.h>
#include "check.h"

#define NEAR(got, want) CHECK_CLOSE(got, want, 1e-9)
#include <pthread.h>
/* by value floats, inner call, while loop, malloc */
__attribute__((noinline)) static double helper(double *p, int n, double k) {
  double s = 0;
  for (int i = 0; i < n; i++) { double t = p[i] * k; p[i] = t * t; s += exp(-t) * p[i]; }
  return s;
}
static double g(double *x, int n, double a, float b) {
  double *w = malloc(n * sizeof *w);
  memcpy(w, x, n * sizeof *w);
  double s = helper(w, n, a);
  double r = 1; int steps = 0;
  while (r < 50 && steps < 100) { r = r * a + b * w[steps % n] + 1; steps++; x[0] += 1; }
  for (int i = 0; i < n; i++) x[i] = x[i] * w[i];
  free(w);
  return s + r * a;
}
struct aug { void *tape; double r; };
struct aug __enzyme_augmentfwd_a(void *, void*, double*, double*, int, double, float);
struct aug __enzyme_augmentfwd_b(void *, ...);
struct grad { double a; float b; };
struct grad __enzyme_reverse_g(void *, double*, double*, int, double, float, double, void*);
struct grad __enzyme_reverse_k(void *, int, double*, double*, int, double, float, double, void*);
struct grad __enzyme_autodiff_g(void *, double*, double*, int, double, float);
typedef struct { double x[4], dx[4], s[4]; double a, seed; float b; struct aug t; struct grad g; } job;
static void fill(job *j, int k) { for (int i = 0; i < 4; i++) j->x[i] = 0.3 + i * 0.1 * k, j->dx[i] = j->s[i] = 0.1 * i - 0.2; j->a = 1.1 + 0.1 * k; j->b = 0.5 * k; j->seed = 1; }
static void *rev(void *p) { job *j = p; j->g = __enzyme_reverse_g((void *)g, j->x, j->dx, 4, j->a, j->b, j->seed, j->t.tape); return 0; }
#define AUG __enzyme_augmentfwd_c
struct aug __enzyme_augmentfwd_c(void *, double*, double*, int, double, float);
int main(void) {
  enum { N = 6 };
  job j[N], ref[N];
  for (int k = 0; k < N; k++) {
    fill(&j[k], k); fill(&ref[k], k);
    ref[k].g = __enzyme_autodiff_g((void *)g, ref[k].x, ref[k].dx, 4, ref[k].a, ref[k].b);
  }
  for (int order = 0; order < 3; order++) {
    for (int k = 0; k < N; k++) { fill(&j[k], k); j[k].t = AUG((void *)g, j[k].x, j[k].dx, 4, j[k].a, j[k].b);
      for (int i = 0; i < 4; i++) NEAR(j[k].x[i], ref[k].x[i]);
      for (int i = 0; i < 4; i++) j[k].x[i] = NAN; }
    if (order < 2) for (int k = 0; k < N; k++) rev(&j[order ? N - 1 - k : k]);
    else { pthread_t th[N]; for (int k = 0; k < N; k++) pthread_create(&th[k], 0, rev, &j[k]); for (int k = 0; k < N; k++) pthread_join(th[k], 0); }
    for (int k = 0; k < N; k++) { NEAR(j[k].g.a, ref[k].g.a); NEAR(j[k].g.b, ref[k].g.b); for (int i = 0; i < 4; i++) NEAR(j[k].dx[i], ref[k].dx[i]); }
  }
  /* nofree */
  fill(&j[0], 3);
  j[0].t = AUG((void *)g, j[0].x, j[0].dx, 4, j[0].a, j[0].b);
  for (int r = 0; r < 3; r++) {
    double dx[4]; memcpy(dx, j[0].s, sizeof dx);
    struct grad G = __enzyme_reverse_k((void *)g, enzyme_nofree, j[0].x, dx, 4, j[0].a, j[0].b, 1, j[0].t.tape);
    NEAR(G.a, ref[3].g.a); NEAR(G.b, ref[3].g.b); for (int i = 0; i < 4; i++) NEAR(dx[i], ref[3].dx[i]);
  }
  rev(&j[0]); NEAR(j[0].g.a, ref[3].g.a);
  return report();
}
