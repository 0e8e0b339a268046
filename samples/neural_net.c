/* A neural network, trained by gradient descent.
 *
 *     enzcc -O3 neural_net.c -o neural_net -lm && ./neural_net
 *
 * Points in the square belong to one of two classes: inside a ring, or not. A network of two
 * hidden layers learns to tell them apart. Its parameters are a struct, and so is the gradient: the
 * shadow of a struct is a struct of the same type.
 */
#include <enzyme.h>
#include <string.h>

#include "sample.h"

enum { INPUTS = 2, HIDDEN = 12, POINTS = 256, STEPS = 750 };

struct network {
  double first[HIDDEN][INPUTS], first_bias[HIDDEN];
  double second[HIDDEN][HIDDEN], second_bias[HIDDEN];
  double output[HIDDEN], output_bias;
};
enum { PARAMETERS = sizeof(struct network) / sizeof(double) };

struct point {
  double at[INPUTS];
  int inside;
};

/* ---- The objective: plain C, which knows nothing of derivatives ---- */

static void dense(int rows, int columns, const double *matrix, const double *bias,
                  const double *input, double *output) {
  for (int i = 0; i < rows; i++) {
    double sum = bias[i];
    for (int j = 0; j < columns; j++) sum += matrix[i * columns + j] * input[j];
    output[i] = tanh(sum);
  }
}

/* Positive: the network takes the point to be inside. */
static double score(const struct network *net, const struct point *point) {
  double a[HIDDEN], b[HIDDEN], sum = net->output_bias;
  dense(HIDDEN, INPUTS, &net->first[0][0], net->first_bias, point->at, a);
  dense(HIDDEN, HIDDEN, &net->second[0][0], net->second_bias, a, b);
  for (int i = 0; i < HIDDEN; i++) sum += net->output[i] * b[i];
  return sum;
}

/* The mean cross entropy. */
double loss(const struct network *net, const struct point *points, int count) {
  double total = 0;
  for (int i = 0; i < count; i++) {
    double margin = points[i].inside ? score(net, &points[i]) : -score(net, &points[i]);
    total += margin > 0 ? log1p(exp(-margin)) : log1p(exp(margin)) - margin;
  }
  return total / count;
}

/* ---- Training ---- */

static void gradient(const struct network *net, const struct point *points, int count,
                     struct network *result) {
  memset(result, 0, sizeof *result);
  __enzyme_autodiff_void((void *)loss, enzyme_dup, net, result, enzyme_const, points, count);
}

/* The same numbers on every machine, between -1 and 1. */
static double random_number(void) {
  static unsigned long state = 12345;
  state = (state * 1103515245ul + 12345ul) & 0x7ffffffful;
  return (double)state / 0x40000000 - 1;
}

static void make_points(struct point *points) {
  for (int i = 0; i < POINTS; i++) {
    double x = random_number(), y = random_number(), r = sqrt(x * x + y * y);
    points[i] = (struct point){{x, y}, r > 0.3 && r < 0.8};
  }
}

static int correct(const struct network *net, const struct point *points) {
  int count = 0;
  for (int i = 0; i < POINTS; i++) count += (score(net, &points[i]) > 0) == points[i].inside;
  return count;
}

/* How far the gradient is from central differences, over all parameters; disturbs nothing. */
static double check_gradient(struct network *net, const struct point *points) {
  const double h = 1e-5;
  static struct network dnet;
  double *weights = (double *)net, *found = (double *)&dnet, worst = 0;
  gradient(net, points, POINTS, &dnet);
  for (int i = 0; i < PARAMETERS; i++) {
    double value = weights[i], ahead, behind;
    weights[i] = value + h;
    ahead = loss(net, points, POINTS);
    weights[i] = value - h;
    behind = loss(net, points, POINTS);
    weights[i] = value;
    worst = fmax(worst, difference(found[i], (ahead - behind) / (2 * h)));
  }
  return worst;
}

int main(void) {
  static struct point points[POINTS];
  static struct network net, dnet;
  double *weights = (double *)&net, *slopes = (double *)&dnet, velocity[PARAMETERS] = {0};
  make_points(points);
  for (int i = 0; i < PARAMETERS; i++) weights[i] = random_number();
  double at_start = check_gradient(&net, points);

  for (int step = 0; step <= STEPS; step++) {
    if (step % (STEPS / 5) == 0)
      printf("step %5d   loss %.6f   right %3d of %d\n", step, loss(&net, points, POINTS),
             correct(&net, points), POINTS);
    gradient(&net, points, POINTS, &dnet);
    for (int i = 0; i < PARAMETERS; i++) {
      velocity[i] = 0.9 * velocity[i] - 0.1 * slopes[i];
      weights[i] += velocity[i];
    }
  }
  int status = verdict("gradient at the start, against differences", at_start, 1e-5);
  status |= verdict("gradient at the end, against differences", check_gradient(&net, points), 1e-5);
  status |= verdict("share of points told wrong", 1 - correct(&net, points) / (double)POINTS, 0.05);
  return status;
}
