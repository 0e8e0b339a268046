/* Second and third derivatives: a derivative is a function like any other.
 *
 *     enzcc -O2 hessian.c -o hessian -lm && ./hessian
 *
 * The loss of a small neural network, and of it: the Hessian, one column a call (forward over
 * reverse); its product with a direction without the matrix, in three ways; a third derivative. All
 * are compared with nested dual numbers, which carry the same derivatives through arithmetic of
 * their own.
 */
#include <enzyme.h>
#include <math.h>
#include <string.h>

#include "sample.h"

enum { INPUTS = 2, HIDDEN = 4, POINTS = 9, N = HIDDEN * (INPUTS + 2) + 1 };

/* ---- The objective: plain C, which knows nothing of derivatives ---- */

static const double points[POINTS][INPUTS + 1] = {
    {-1, -1, 0}, {-1, 0, 1}, {-1, 1, 0}, {0, -1, 1}, {0, 0, 1}, {0, 1, 1}, {1, -1, 0}, {1, 0, 1}, {1, 1, 0},
};

/* Mean square error; the parameters w are, for each hidden unit, its weights, bias and output. */
double loss(const double *w) {
  double total = 0;
  for (int p = 0; p < POINTS; p++) {
    double score = w[N - 1];
    for (int i = 0; i < HIDDEN; i++) {
      const double *unit = w + i * (INPUTS + 2);
      double sum = unit[INPUTS];
      for (int j = 0; j < INPUTS; j++) sum += unit[j] * points[p][j];
      score += unit[INPUTS + 1] * tanh(sum);
    }
    score -= points[p][INPUTS];
    total += score * score;
  }
  return total / POINTS;
}

/* ---- Its derivatives ---- */

/* The gradient, added to g. */
static void gradient(const double *w, double *g) { __enzyme_autodiff_void((void *)loss, w, g); }

/* The derivative in the direction v. */
static double slope(const double *w, const double *v) {
  return __enzyme_fwddiff((void *)loss, w, v);
}

/* h = H v: the tangent of the gradient (forward over reverse). */
static void product(const double *w, const double *v, double *h) {
  double g[N] = {0};
  memset(h, 0, N * sizeof *h); /* the tangent of g = 0 */
  __enzyme_fwddiff_void((void *)gradient, w, v, g, h);
}

/* h = H v: the gradient of the slope (reverse over forward). */
static void product_of_slope(const double *w, const double *v, double *h) {
  memset(h, 0, N * sizeof *h);
  __enzyme_autodiff_void((void *)slope, w, h, enzyme_const, v);
}

/* h = H v: the gradient of g . v (reverse over reverse). What g holds is its seed, v. */
static void product_of_gradient(const double *w, const double *v, double *h) {
  double g[N] = {0}, seed[N];
  memcpy(seed, v, sizeof seed);
  memset(h, 0, N * sizeof *h);
  __enzyme_autodiff_void((void *)gradient, w, h, g, seed);
}

/* The second derivative in the directions u and v. */
static double curvature(const double *w, const double *u, const double *v) {
  return __enzyme_fwddiff((void *)slope, w, u, enzyme_const, v);
}

/* t = the gradient of u . H v, the third derivative in the directions u and v (reverse over forward
 * over forward). */
static void third(const double *w, const double *u, const double *v, double *t) {
  memset(t, 0, N * sizeof *t);
  __enzyme_autodiff_void((void *)curvature, w, t, enzyme_const, u, enzyme_const, v);
}

/* ---- The same by nested dual numbers: part k is the coefficient of the product of e1, e2, e3
 * whose bits are set in k, where each e squares to zero ---- */

struct dual { double part[8]; };

static struct dual constant(double x) { return (struct dual){{x}}; }

static struct dual plus(struct dual a, struct dual b) {
  for (int k = 0; k < 8; k++) a.part[k] += b.part[k];
  return a;
}

static struct dual times(struct dual a, struct dual b) {
  struct dual r = {{0}};
  for (int i = 0; i < 8; i++)
    for (int j = 0; j < 8; j++)
      if (!(i & j)) r.part[i | j] += a.part[i] * b.part[j];
  return r;
}

static struct dual dual_tanh(struct dual a) {
  double t = tanh(a.part[0]), s = 1 - t * t;
  struct dual d = a, r = constant(t), power;
  d.part[0] = 0;
  power = d;
  r = plus(r, times(constant(s), power));
  power = times(power, d);
  r = plus(r, times(constant(-t * s), power));
  power = times(power, d);
  return plus(r, times(constant(s * (3 * t * t - 1) / 3), power));
}

static struct dual dual_loss(const struct dual *w) {
  struct dual total = constant(0);
  for (int p = 0; p < POINTS; p++) {
    struct dual score = w[N - 1];
    for (int i = 0; i < HIDDEN; i++) {
      const struct dual *unit = w + i * (INPUTS + 2);
      struct dual sum = unit[INPUTS];
      for (int j = 0; j < INPUTS; j++) sum = plus(sum, times(unit[j], constant(points[p][j])));
      score = plus(score, times(unit[INPUTS + 1], dual_tanh(sum)));
    }
    score = plus(score, constant(-points[p][INPUTS]));
    total = plus(total, times(score, score));
  }
  return times(total, constant(1.0 / POINTS));
}

/* The derivative in three directions; null: not in this one. */
static struct dual along(const double *w, const double *u, const double *v, const double *z) {
  struct dual x[N];
  for (int i = 0; i < N; i++)
    x[i] = (struct dual){{w[i], u ? u[i] : 0, v ? v[i] : 0, 0, z ? z[i] : 0}};
  return dual_loss(x);
}

int main(void) {
  double w[N], u[N], v[N], h[4][N], t[N], worst = 0, asymmetric = 0, hv[N] = {0}, wrong[3] = {0};
  static double hessian[N][N];
  for (int i = 0; i < N; i++) {
    w[i] = sin(3.0 * i + 1);
    u[i] = cos(2.0 * i);
    v[i] = 1.0 / (i + 1);
  }
  for (int j = 0; j < N; j++) {
    double unit[N] = {0};
    unit[j] = 1;
    product(w, unit, hessian[j]);
    for (int i = 0; i < N; i++) {
      double other[N] = {0};
      other[i] = 1;
      worst = fmax(worst, difference(hessian[j][i], along(w, unit, other, 0).part[3]));
      hv[i] += hessian[j][i] * v[j];
    }
  }
  for (int i = 0; i < N; i++)
    for (int j = 0; j < N; j++)
      asymmetric = fmax(asymmetric, difference(hessian[i][j], hessian[j][i]));
  product(w, v, h[0]);
  product_of_slope(w, v, h[1]);
  product_of_gradient(w, v, h[2]);
  for (int k = 0; k < 3; k++) wrong[k] = largest_difference(h[k], hv, N);
  third(w, u, v, t);
  double third_wrong = 0;
  for (int i = 0; i < N; i++) {
    double unit[N] = {0};
    unit[i] = 1;
    third_wrong = fmax(third_wrong, difference(t[i], along(w, u, v, unit).part[7]));
  }
  double form = curvature(w, u, v);
  printf("loss %.6f, slope along v %.6f, curvature %.6f\n", loss(w), slope(w, v), form);

  int bad = verdict("Hessian, to nested dual numbers", worst, 1e-11);
  bad |= verdict("Hessian, to its transpose", asymmetric, 1e-11);
  bad |= verdict("H v, forward over reverse", wrong[0], 1e-11);
  bad |= verdict("H v, reverse over forward", wrong[1], 1e-11);
  bad |= verdict("H v, reverse over reverse", wrong[2], 1e-11);
  bad |= verdict("u . H v, forward over forward", difference(form, along(w, u, v, 0).part[3]), 1e-11);
  bad |= verdict("third derivatives", third_wrong, 1e-11);
  return bad;
}
