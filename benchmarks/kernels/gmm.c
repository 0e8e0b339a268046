/* The log-likelihood of a Gaussian mixture, as in samples/gmm.c, which describes it and its files. */
#include "harness.h"

#include "../../samples/sample.h"

#define PI 3.14159265358979323846

static REAL log_sum_exp(int n, const REAL *x) {
  REAL largest = x[0];
  for (int i = 1; i < n; i++)
    if (x[i] > largest) largest = x[i];
  REAL sum = 0;
  for (int i = 0; i < n; i++) sum += exp(x[i] - largest);
  return log(sum) + largest;
}

/* result = Q * v, Q lower triangular with diagonal `diagonal` and packed columns `lower` */
static void multiply(int d, const REAL *RESTRICT diagonal, const REAL *RESTRICT lower,
                     const REAL *RESTRICT v, REAL *RESTRICT result) {
  for (int i = 0; i < d; i++) result[i] = diagonal[i] * v[i];
  for (int j = 0; j < d; j++)
    for (int i = j + 1; i < d; i++) result[i] += *lower++ * v[j];
}

static double log_gamma(int d, double a) {
  double sum = 0.25 * d * (d - 1) * log(PI);
  for (int j = 1; j <= d; j++) sum += lgamma(a + 0.5 * (1 - j));
  return sum;
}

static REAL log_wishart_prior(int d, int k, double gamma, int m, const REAL *RESTRICT diagonals,
                              const REAL *RESTRICT sums, const REAL *RESTRICT icf) {
  int size = d * (d + 1) / 2;
  int n = d + m + 1;
  double constant = n * d * (log(gamma) - 0.5 * log(2)) - log_gamma(d, 0.5 * n);
  REAL total = 0;
  for (int c = 0; c < k; c++) {
    REAL square = 0;
    for (int i = 0; i < d; i++) square += diagonals[c * d + i] * diagonals[c * d + i];
    for (int i = d; i < size; i++) square += icf[c * size + i] * icf[c * size + i];
    total += 0.5 * gamma * gamma * square - m * sums[c];
  }
  return total - k * constant;
}

REAL gmm_objective(int d, int k, int n, const REAL *RESTRICT alphas, const REAL *RESTRICT means,
                   const REAL *RESTRICT icf, const double *RESTRICT x, double gamma, int m) {
  int size = d * (d + 1) / 2;
  REAL *diagonals = new_reals((size_t)d * k), *sums = new_reals(k), *terms = new_reals(k);
  REAL *centered = new_reals(d), *scaled = new_reals(d);

  for (int c = 0; c < k; c++) {
    sums[c] = 0;
    for (int i = 0; i < d; i++) {
      sums[c] += icf[c * size + i];
      diagonals[c * d + i] = exp(icf[c * size + i]);
    }
  }

  REAL total = 0;
  for (int p = 0; p < n; p++) {
    for (int c = 0; c < k; c++) {
      for (int i = 0; i < d; i++) centered[i] = x[p * d + i] - means[c * d + i];
      multiply(d, &diagonals[c * d], &icf[c * size + d], centered, scaled);
      REAL square = 0;
      for (int i = 0; i < d; i++) square += scaled[i] * scaled[i];
      terms[c] = alphas[c] + sums[c] - 0.5 * square;
    }
    total += log_sum_exp(k, terms);
  }
  total -= n * log_sum_exp(k, alphas) + 0.5 * n * d * log(2 * PI);
  total += log_wishart_prior(d, k, gamma, m, diagonals, sums, icf);

  delete_reals(diagonals);
  delete_reals(sums);
  delete_reals(terms);
  delete_reals(centered);
  delete_reals(scaled);
  return total;
}

static int d, k, n, m; /* dimensions, normal distributions, points, of the prior */
static double prior_gamma, *points;

void setup(int argc, char **argv) {
  if (argc != 1) die("usage", "gmm VARIANT MILLISECONDS INSTANCE");
  FILE *file = open_file(argv[0]);
  d = read_int(file);
  k = read_int(file);
  n = read_int(file);
  problem.inputs = (size_t)k * (1 + d + d * (d + 1) / 2);
  problem.x = read_doubles(file, problem.inputs); /* alphas, means, icf, one after the other */
  points = read_doubles(file, (size_t)n * d);
  prior_gamma = read_double(file);
  m = read_int(file);
  fclose(file);
}

void evaluate(const REAL *x, REAL *y) {
  y[0] = gmm_objective(d, k, n, x, x + k, x + k + k * d, points, prior_gamma, m);
}

#ifndef PEER
double primal(void) {
  const double *x = problem.x;
  return gmm_objective(d, k, n, x, x + k, x + k + k * d, points, prior_gamma, m);
}

/* Adds to result the transpose of `multiply`'s matrix times v. */
static void multiply_transposed(int d, const double *diagonal, const double *lower,
                                const double *v, double *result) {
  for (int j = 0; j < d; j++) {
    double sum = diagonal[j] * v[j];
    for (int i = j + 1; i < d; i++) sum += *lower++ * v[i];
    result[j] += sum;
  }
}

static void gmm_adjoint(int d, int k, int n, const double *alphas, const double *means,
                        const double *icf, const double *x, double gamma, int m, double *dalphas,
                        double *dmeans, double *dicf) {
  int size = d * (d + 1) / 2;
  double *diagonals = malloc((size_t)d * k * sizeof *diagonals);
  double *sums = malloc(k * sizeof *sums);
  double *terms = malloc(k * sizeof *terms);
  double *centered = malloc((size_t)k * d * sizeof *centered);
  double *scaled = malloc((size_t)k * d * sizeof *scaled);
  double *moved = malloc(d * sizeof *moved);

  for (int c = 0; c < k; c++) {
    sums[c] = 0;
    for (int i = 0; i < d; i++) {
      sums[c] += icf[c * size + i];
      diagonals[c * d + i] = exp(icf[c * size + i]);
    }
  }
  for (int p = 0; p < n; p++) {
    for (int c = 0; c < k; c++) {
      double *v = &centered[c * d], *y = &scaled[c * d], square = 0;
      for (int i = 0; i < d; i++) v[i] = x[p * d + i] - means[c * d + i];
      multiply(d, &diagonals[c * d], &icf[c * size + d], v, y);
      for (int i = 0; i < d; i++) square += y[i] * y[i];
      terms[c] = alphas[c] + sums[c] - 0.5 * square;
    }
    double largest = terms[0], total = 0;
    for (int c = 1; c < k; c++) largest = fmax(largest, terms[c]);
    for (int c = 0; c < k; c++) total += terms[c] = exp(terms[c] - largest);
    for (int c = 0; c < k; c++) {
      double share = terms[c] / total, *v = &centered[c * d], *y = &scaled[c * d];
      double *dlower = &dicf[c * size + d];
      dalphas[c] += share;
      for (int i = 0; i < d; i++) {
        y[i] *= -share;
        dicf[c * size + i] += share + y[i] * v[i] * diagonals[c * d + i];
        moved[i] = 0;
      }
      for (int j = 0; j < d; j++)
        for (int i = j + 1; i < d; i++) *dlower++ += y[i] * v[j];
      multiply_transposed(d, &diagonals[c * d], &icf[c * size + d], y, moved);
      for (int i = 0; i < d; i++) dmeans[c * d + i] -= moved[i];
    }
  }
  double normaliser = log_sum_exp(k, alphas);
  for (int c = 0; c < k; c++) {
    dalphas[c] -= n * exp(alphas[c] - normaliser);
    for (int i = 0; i < d; i++)
      dicf[c * size + i] += gamma * gamma * diagonals[c * d + i] * diagonals[c * d + i] - m;
    for (int i = d; i < size; i++) dicf[c * size + i] += gamma * gamma * icf[c * size + i];
  }
  free(diagonals);
  free(sums);
  free(terms);
  free(centered);
  free(scaled);
  free(moved);
}

void by_hand(double *result) {
  const double *x = problem.x;
  int icf = k + k * d;
  memset(result, 0, problem.inputs * sizeof *result);
  gmm_adjoint(d, k, n, x, x + k, x + icf, points, prior_gamma, m, result, result + k, result + icf);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  const double *x = problem.x;
  int icf = k + k * d;
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff_void((void *)gmm_objective, enzyme_const, d, enzyme_const, k, enzyme_const, n,
                         enzyme_dup, x, result, enzyme_dup, x + k, result + k, enzyme_dup, x + icf,
                         result + icf, enzyme_const, points, enzyme_const, prior_gamma, enzyme_const, m);
}
#endif
