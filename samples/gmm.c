/* A Gaussian mixture model: the gradient of its log-likelihood by all parameters.
 *
 *     enzcc -O3 gmm.c -o gmm -lm
 *     ./gmm INSTANCE [EXPECTED]
 *
 * Objective and file format are those of the ADBench suite. A mixture of K normal distributions
 * in D dimensions is described by K weights alpha, K means, and K factors of the inverse
 * covariances ("icf"): first the logarithms of the diagonal, then the strictly lower triangle,
 * column by column. N points are given, and a Wishart prior (gamma, m) on the covariances.
 *
 * EXPECTED holds the objective and its gradient, one number a line. Without it the gradient is
 * compared with forward mode and with a central difference, both in one direction.
 */
#include <enzyme.h>
#include <string.h>

#include "sample.h"

#define PI 3.14159265358979323846

/* ---- The objective: plain C, which knows nothing of derivatives ---- */

static double log_sum_exp(int n, const double *x) {
  double largest = x[0];
  for (int i = 1; i < n; i++)
    if (x[i] > largest) largest = x[i];
  double sum = 0;
  for (int i = 0; i < n; i++) sum += exp(x[i] - largest);
  return log(sum) + largest;
}

/* result = Q * v, Q lower triangular with diagonal `diagonal` and packed columns `lower` */
static void multiply(int d, const double *restrict diagonal, const double *restrict lower,
                     const double *restrict v, double *restrict result) {
  for (int i = 0; i < d; i++) result[i] = diagonal[i] * v[i];
  for (int j = 0; j < d; j++)
    for (int i = j + 1; i < d; i++) result[i] += *lower++ * v[j];
}

static double log_gamma(int d, double a) {
  double sum = 0.25 * d * (d - 1) * log(PI);
  for (int j = 1; j <= d; j++) sum += lgamma(a + 0.5 * (1 - j));
  return sum;
}

static double log_wishart_prior(int d, int k, double gamma, int m, const double *restrict diagonals,
                                const double *restrict sums, const double *restrict icf) {
  int size = d * (d + 1) / 2;
  int n = d + m + 1;
  double constant = n * d * (log(gamma) - 0.5 * log(2)) - log_gamma(d, 0.5 * n);
  double total = 0;
  for (int c = 0; c < k; c++) {
    double square = 0;
    for (int i = 0; i < d; i++) square += diagonals[c * d + i] * diagonals[c * d + i];
    for (int i = d; i < size; i++) square += icf[c * size + i] * icf[c * size + i];
    total += 0.5 * gamma * gamma * square - m * sums[c];
  }
  return total - k * constant;
}

double gmm_objective(int d, int k, int n, const double *restrict alphas,
                     const double *restrict means, const double *restrict icf,
                     const double *restrict x, double gamma, int m) {
  int size = d * (d + 1) / 2;
  double *diagonals = malloc((size_t)d * k * sizeof *diagonals);
  double *sums = malloc(k * sizeof *sums);
  double *terms = malloc(k * sizeof *terms);
  double *centered = malloc(d * sizeof *centered);
  double *scaled = malloc(d * sizeof *scaled);

  for (int c = 0; c < k; c++) {
    sums[c] = 0;
    for (int i = 0; i < d; i++) {
      sums[c] += icf[c * size + i];
      diagonals[c * d + i] = exp(icf[c * size + i]);
    }
  }

  double total = 0;
  for (int p = 0; p < n; p++) {
    for (int c = 0; c < k; c++) {
      for (int i = 0; i < d; i++) centered[i] = x[p * d + i] - means[c * d + i];
      multiply(d, &diagonals[c * d], &icf[c * size + d], centered, scaled);
      double square = 0;
      for (int i = 0; i < d; i++) square += scaled[i] * scaled[i];
      terms[c] = alphas[c] + sums[c] - 0.5 * square;
    }
    total += log_sum_exp(k, terms);
  }
  total -= n * log_sum_exp(k, alphas) + 0.5 * n * d * log(2 * PI);
  total += log_wishart_prior(d, k, gamma, m, diagonals, sums, icf);

  free(diagonals);
  free(sums);
  free(terms);
  free(centered);
  free(scaled);
  return total;
}

/* ---- The instance and its derivatives ---- */

struct gmm {
  int d, k, n, m;
  double gamma;
  size_t count;       /* of parameters */
  double *parameters; /* alphas, means, icf, one after the other */
  double *x;
};

static struct gmm read_gmm(const char *path) {
  FILE *file = open_file(path);
  struct gmm g;
  g.d = read_int(file);
  g.k = read_int(file);
  g.n = read_int(file);
  if (g.d < 1 || g.k < 1 || g.n < 1) die("not a mixture", path);
  g.count = (size_t)g.k * (1 + g.d + g.d * (g.d + 1) / 2);
  g.parameters = read_doubles(file, g.count);
  g.x = read_doubles(file, (size_t)g.n * g.d);
  g.gamma = read_double(file);
  g.m = read_int(file);
  fclose(file);
  return g;
}

static void free_gmm(struct gmm *g) {
  free(g->parameters);
  free(g->x);
}

static double objective(const struct gmm *g, const double *parameters) {
  const double *means = parameters + g->k, *icf = means + g->k * g->d;
  return gmm_objective(g->d, g->k, g->n, parameters, means, icf, g->x, g->gamma, g->m);
}

/* Writes the gradient by all parameters, in their order. */
static void gradient(const struct gmm *g, double *result) {
  int means = g->k, icf = g->k + g->k * g->d;
  const double *p = g->parameters;
  memset(result, 0, g->count * sizeof *result);
  __enzyme_autodiff_void((void *)gmm_objective, enzyme_const, g->d, enzyme_const, g->k,
                         enzyme_const, g->n, enzyme_dup, p, result, enzyme_dup, p + means,
                         result + means, enzyme_dup, p + icf, result + icf, enzyme_const, g->x,
                         enzyme_const, g->gamma, enzyme_const, g->m);
}

/* The derivative in one direction, by forward mode. */
static double tangent(const struct gmm *g, const double *direction) {
  int means = g->k, icf = g->k + g->k * g->d;
  const double *p = g->parameters;
  return __enzyme_fwddiff((void *)gmm_objective, enzyme_const, g->d, enzyme_const, g->k,
                          enzyme_const, g->n, enzyme_dup, p, direction, enzyme_dup, p + means,
                          direction + means, enzyme_dup, p + icf, direction + icf, enzyme_const,
                          g->x, enzyme_const, g->gamma, enzyme_const, g->m);
}

/* ---- Checks ---- */

static int check_against_file(double value, const double *found, size_t count, const char *path) {
  FILE *file = open_file(path);
  double expected_value = read_double(file);
  double *expected = read_doubles(file, count);
  fclose(file);
  int status = verdict("objective, relative difference", difference(value, expected_value), 1e-9);
  status |= verdict("gradient, largest relative difference",
                    largest_difference(found, expected, count), 1e-9);
  free(expected);
  return status;
}

static int check_in_one_direction(const struct gmm *g, const double *found) {
  const double h = 1e-6;
  double *direction = new_doubles(g->count), *moved = new_doubles(g->count);
  double reverse = 0, ahead, behind;
  for (size_t i = 0; i < g->count; i++) {
    direction[i] = sin(1.0 + (double)i);
    reverse += found[i] * direction[i];
  }
  for (size_t i = 0; i < g->count; i++) moved[i] = g->parameters[i] + h * direction[i];
  ahead = objective(g, moved);
  for (size_t i = 0; i < g->count; i++) moved[i] = g->parameters[i] - h * direction[i];
  behind = objective(g, moved);
  int status = verdict("gradient * direction, against forward mode",
                       difference(reverse, tangent(g, direction)), 1e-9);
  status |= verdict("gradient * direction, against a difference",
                    difference(reverse, (ahead - behind) / (2 * h)), 1e-5);
  free(direction);
  free(moved);
  return status;
}

int main(int argc, char **argv) {
  if (argc < 2 || argc > 3) {
    fprintf(stderr, "usage: %s INSTANCE [EXPECTED]\n", argv[0]);
    return 2;
  }
  struct gmm g = read_gmm(argv[1]);
  double *found = new_doubles(g.count);
  double value = objective(&g, g.parameters);
  gradient(&g, found);

  printf("mixture of %d normal distributions in %d dimensions, %d points, %zu parameters\n", g.k,
         g.d, g.n, g.count);
  printf("objective      %.12g\n", value);
  printf("gradient norm  %.12g\n", norm(found, g.count));
  int status = argc == 3 ? check_against_file(value, found, g.count, argv[2])
                         : check_in_one_direction(&g, found);
  free(found);
  free_gmm(&g);
  return status;
}
