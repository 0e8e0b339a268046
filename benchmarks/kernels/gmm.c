/* The objective of samples/gmm.c, its gradient there, and its adjoint by hand. */
#include "harness.h"

#define gradient sample_gradient
#define main sample_main
#include "../../samples/gmm.c"
#undef main
#undef gradient

static struct gmm instance;

void setup(int argc, char **argv) {
  if (argc != 1) die("usage", "gmm VARIANT MILLISECONDS INSTANCE");
  instance = read_gmm(argv[0]);
  problem.inputs = instance.count;
}

double primal(void) { return objective(&instance, instance.parameters); }

#ifndef WITHOUT_ENZYME
void gradient(double *result) { sample_gradient(&instance, result); }
#endif

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
  const struct gmm *g = &instance;
  const double *p = g->parameters;
  int means = g->k, icf = g->k + g->k * g->d;
  memset(result, 0, g->count * sizeof *result);
  gmm_adjoint(g->d, g->k, g->n, p, p + means, p + icf, g->x, g->gamma, g->m, result,
              result + means, result + icf);
}
