/* The mean of the middle half of some numbers, and a quantile between two of them, after sorting
 * them by heap sort. */
#include "harness.h"

static int count;
static REAL *sorted;

static void sift(REAL *RESTRICT heap, int root, int size) {
  REAL moving = heap[root];
  for (int child; (child = 2 * root + 1) < size; root = child) {
    if (child + 1 < size && heap[child + 1] > heap[child]) child++;
    if (!(heap[child] > moving)) break;
    heap[root] = heap[child];
  }
  heap[root] = moving;
}

static REAL quantile(int n, double share, const REAL *RESTRICT x, REAL *RESTRICT s) {
  for (int i = 0; i < n; i++) s[i] = x[i];
  for (int root = n / 2 - 1; root >= 0; root--) sift(s, root, n);
  for (int size = n - 1; size > 0; size--) {
    REAL largest = s[0];
    s[0] = s[size];
    s[size] = largest;
    sift(s, 0, size);
  }
  REAL mean = 0;
  for (int i = n / 4; i < 3 * n / 4; i++) mean += s[i];
  double place = share * (n - 1);
  int below = (int)place;
  return mean / (3 * n / 4 - n / 4) + (s[below] + (place - below) * (s[below + 1] - s[below]));
}

void setup(int argc, char **argv) {
  count = (int)size_argument(argc, argv);
  problem.inputs = count;
  problem.x = uniforms(count, -1, 1);
  sorted = new_reals(count);
}

void evaluate(const REAL *x, REAL *y) { y[0] = quantile(count, 0.9, x, sorted); }

#ifndef PEER
double primal(void) { return quantile(count, 0.9, problem.x, sorted); }

struct placed {
  double value;
  int place;
};

static void sift_placed(struct placed *heap, int root, int size) {
  struct placed moving = heap[root];
  for (int child; (child = 2 * root + 1) < size; root = child) {
    if (child + 1 < size && heap[child + 1].value > heap[child].value) child++;
    if (!(heap[child].value > moving.value)) break;
    heap[root] = heap[child];
  }
  heap[root] = moving;
}

/* Sorts the numbers together with where they come from. */
void by_hand(double *result) {
  int n = count;
  struct placed *s = malloc(n * sizeof *s);
  for (int i = 0; i < n; i++) s[i] = (struct placed){problem.x[i], i};
  for (int root = n / 2 - 1; root >= 0; root--) sift_placed(s, root, n);
  for (int size = n - 1; size > 0; size--) {
    struct placed largest = s[0];
    s[0] = s[size];
    s[size] = largest;
    sift_placed(s, 0, size);
  }
  memset(result, 0, n * sizeof *result);
  double part = 1.0 / (3 * n / 4 - n / 4), place = 0.9 * (n - 1);
  int below = (int)place;
  for (int i = n / 4; i < 3 * n / 4; i++) result[s[i].place] = part;
  result[s[below].place] += 1 - (place - below);
  result[s[below + 1].place] += place - below;
  free(s);
}
#endif

#ifndef WITHOUT_ENZYME
static double *dsorted;

void gradient(double *result) {
  if (!dsorted) dsorted = doubles(count);
  memset(dsorted, 0, count * sizeof *dsorted);
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)quantile, enzyme_const, count, enzyme_const, 0.9, enzyme_dup,
                    problem.x, result, enzyme_dupnoneed, sorted, dsorted);
}
#endif
