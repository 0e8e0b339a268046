/* A table of plug-ins: which functions run is decided at run time.
 *
 *     enzcc -O2 plug_ins.c -o plug_ins -lm && ./plug_ins
 *
 * A pipeline is a list of names; each stage is looked up in a table and called through its pointer. Derivatives
 * go through these calls: enzcc compares the pointer with the functions whose address is taken in the file.
 */
#include <enzyme.h>
#include <math.h>
#include <string.h>

#include "sample.h"

/* ---- The plug-ins, and the pipeline that calls them ---- */

typedef double stage(double x, const double *weights);

static double affine(double x, const double *w) { return w[0] * x + w[1]; }
static double squash(double x, const double *w) { return tanh(w[0] * x); }
static double soft_step(double x, const double *w) { return log1p(exp(x - w[0])) + w[1] * x; }

static const struct plug_in { const char *name; stage *run; } plug_ins[] = {
    {"affine", affine}, {"squash", squash}, {"soft_step", soft_step}};

static stage *find(const char *name) {
  for (size_t i = 0; i < sizeof plug_ins / sizeof *plug_ins; i++)
    if (!strcmp(plug_ins[i].name, name)) return plug_ins[i].run;
  return NULL;
}

static double run(const double *weights, const char *const *names, int count, double x) {
  for (int i = 0; i < count; i++) {
    stage *next = find(names[i]);
    if (next) x = next(x, weights + 2 * i); /* unknown names are passed over */
  }
  return x;
}

/* ---- The gradient by all weights, against differences ---- */

int main(int argc, char **argv) {
  const char *const standard[] = {"affine", "squash", "no such thing", "soft_step", "affine"};
  const char *const *names = argc > 1 ? (const char *const *)argv + 1 : standard;
  int count = argc > 1 ? argc - 1 : 5, n = 2 * count;
  double *w = new_doubles(n), *slope = new_doubles(n), *expected = new_doubles(n);
  for (int i = 0; i < n; i++) w[i] = 0.5 + 0.25 * cos(i);
  __enzyme_autodiff_void((void *)run, w, slope, enzyme_const, names, count, enzyme_const, 0.75);
  for (int i = 0; i < n; i++) {
    double h = 1e-5, at = w[i];
    w[i] = at + h, expected[i] = run(w, names, count, 0.75);
    w[i] = at - h, expected[i] = (expected[i] - run(w, names, count, 0.75)) / (2 * h);
    w[i] = at;
  }
  for (int i = 0; i < count; i++) printf("%-14s %10.6f %10.6f\n", names[i], slope[2 * i], slope[2 * i + 1]);
  double worst = largest_difference(slope, expected, n);
  free(w), free(slope), free(expected);
  return verdict("gradient by the weights, against differences", worst, 1e-6);
}
