/* A small net: one layer of tanh, then a softmax over ten classes; the cross entropy of some
 * pictures by all weights. */
#include "harness.h"

enum { HIDDEN = 32, CLASSES = 10 };

static int pixels, pictures;
static double *picture;
static int *label;

static REAL loss(int n, int d, const REAL *RESTRICT weight, const double *RESTRICT image,
                 const int *RESTRICT label) {
  const REAL *first = weight, *bias = first + HIDDEN * d, *second = bias + HIDDEN;
  const REAL *last = second + CLASSES * HIDDEN;
  REAL result = 0;
  for (int p = 0; p < n; p++) {
    REAL hidden[HIDDEN], score[CLASSES], sum = 0;
    for (int i = 0; i < HIDDEN; i++) {
      REAL in = bias[i];
      for (int j = 0; j < d; j++) in += first[i * d + j] * image[p * d + j];
      hidden[i] = tanh(in);
    }
    for (int i = 0; i < CLASSES; i++) {
      REAL in = last[i];
      for (int j = 0; j < HIDDEN; j++) in += second[i * HIDDEN + j] * hidden[j];
      score[i] = in;
      sum += exp(in);
    }
    result += log(sum) - score[label[p]];
  }
  return result;
}

void setup(int argc, char **argv) {
  pixels = (int)size_argument(argc, argv);
  pictures = 20;
  problem.inputs = (size_t)HIDDEN * (pixels + 1) + CLASSES * (HIDDEN + 1);
  problem.x = uniforms(problem.inputs, -0.1, 0.1);
  picture = uniforms((size_t)pictures * pixels, 0, 1);
  label = (int *)malloc(pictures * sizeof *label);
  for (int p = 0; p < pictures; p++) label[p] = p % CLASSES;
}

void evaluate(const REAL *x, REAL *y) { y[0] = loss(pictures, pixels, x, picture, label); }

#ifndef PEER
double primal(void) { return loss(pictures, pixels, problem.x, picture, label); }

/* Picture by picture, forwards and backwards. */
static void loss_adjoint(int n, int d, const double *RESTRICT weight,
                         const double *RESTRICT image, const int *RESTRICT label,
                         double *RESTRICT dweight) {
  int bias = HIDDEN * d, second = bias + HIDDEN, last = second + CLASSES * HIDDEN;
  for (int p = 0; p < n; p++) {
    double hidden[HIDDEN], share[CLASSES], dhidden[HIDDEN] = {0}, sum = 0;
    for (int i = 0; i < HIDDEN; i++) {
      double in = weight[bias + i];
      for (int j = 0; j < d; j++) in += weight[i * d + j] * image[p * d + j];
      hidden[i] = tanh(in);
    }
    for (int i = 0; i < CLASSES; i++) {
      double in = weight[last + i];
      for (int j = 0; j < HIDDEN; j++) in += weight[second + i * HIDDEN + j] * hidden[j];
      sum += share[i] = exp(in);
    }
    for (int i = 0; i < CLASSES; i++) {
      double din = share[i] / sum - (i == label[p]);
      dweight[last + i] += din;
      for (int j = 0; j < HIDDEN; j++) {
        dweight[second + i * HIDDEN + j] += din * hidden[j];
        dhidden[j] += din * weight[second + i * HIDDEN + j];
      }
    }
    for (int i = 0; i < HIDDEN; i++) {
      double din = dhidden[i] * (1 - hidden[i] * hidden[i]);
      dweight[bias + i] += din;
      for (int j = 0; j < d; j++) dweight[i * d + j] += din * image[p * d + j];
    }
  }
}

void by_hand(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  loss_adjoint(pictures, pixels, problem.x, picture, label, result);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)loss, enzyme_const, pictures, enzyme_const, pixels, enzyme_dup,
                    problem.x, result, enzyme_const, picture, enzyme_const, label);
}
#endif
