/* The main program of every kernel: checks its gradient, then times its variants in turn.
 *
 *     KERNEL ROUNDS MILLISECONDS [argument of the kernel...]
 *
 * A kernel defines the four functions below and includes this file first. Built with
 * -DWITHOUT_ENZYME there is no `gradient`, so that a plain compiler can build it: this gives the
 * primal that everything is compared with.
 *
 * Each round prints one line "VARIANT SECONDS" a variant, where SECONDS is the processor time of
 * one call, averaged over as many calls as fill MILLISECONDS.
 */
#ifndef HARNESS_H
#define HARNESS_H

#define _POSIX_C_SOURCE 200809L
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#ifdef WITHOUT_ENZYME
#include <enzyme.h>
/* Something to link with: a file that asks for derivatives compiles everywhere. */
int enzyme_dup, enzyme_dupnoneed, enzyme_const, enzyme_out;
void __enzyme_autodiff_void(void *f, ...) { (void)f; }
double __enzyme_autodiff(void *f, ...) { return (void)f, 0; }
void __enzyme_fwddiff_void(void *f, ...) { (void)f; }
double __enzyme_fwddiff(void *f, ...) { return (void)f, 0; }
#endif

size_t setup(int argc, char **argv); /* returns how many numbers the gradient has */
double primal(void);                 /* the value */
void gradient(double *result);       /* the gradient, by enzcc; overwrites `result` */
void by_hand(double *result);        /* the same, as a person would write it */

static double *harness_result;
static volatile double harness_sink;

static void run_primal(void) { harness_sink = primal(); }
static void run_by_hand(void) { by_hand(harness_result); }
#ifndef WITHOUT_ENZYME
static void run_gradient(void) { gradient(harness_result); }
#endif

static const struct {
  const char *name;
  void (*run)(void);
} variants[] = {
    {"primal", run_primal},
    {"by_hand", run_by_hand},
#ifndef WITHOUT_ENZYME
    {"gradient", run_gradient},
#endif
};
enum { VARIANTS = sizeof variants / sizeof *variants };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* what others do on the machine does not count */
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double time_of(void (*run)(void), long calls) {
  double start = now();
  for (long i = 0; i < calls; i++) run();
  return now() - start;
}

/* How many calls fill `seconds`; warms caches and branch predictors on the way. */
static long calls_that_fill(void (*run)(void), double seconds) {
  long calls = 1;
  for (int i = 0; i < 3; i++) run();
  for (;;) {
    double taken = time_of(run, calls);
    if (taken >= seconds / 2) {
      calls = (long)((double)calls * seconds / taken);
      return calls > 0 ? calls : 1;
    }
    calls *= 2;
  }
}

#ifndef WITHOUT_ENZYME
/* The largest difference of both gradients, relative to the largest number in them. */
static double disagreement(size_t count) {
  double *other = malloc(count * sizeof *other), worst = 0, scale = 0;
  gradient(harness_result);
  by_hand(other);
  for (size_t i = 0; i < count; i++) {
    double distance = fabs(harness_result[i] - other[i]);
    scale = fmax(scale, fabs(other[i]));
    worst = fmax(worst, distance <= 1e300 ? distance : 1e300); /* also if it is NaN */
  }
  free(other);
  return worst / scale;
}
#endif

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s ROUNDS MILLISECONDS [argument...]\n", argv[0]);
    return 2;
  }
  int rounds = atoi(argv[1]);
  double seconds = 1e-3 * atof(argv[2]);
  size_t count = setup(argc - 2, argv + 2);
  harness_result = malloc(count * sizeof *harness_result);
#ifndef WITHOUT_ENZYME
  printf("disagreement %g\n", disagreement(count));
#endif
  long calls[VARIANTS];
  for (int i = 0; i < VARIANTS; i++) calls[i] = calls_that_fill(variants[i].run, seconds);
  for (int round = 0; round < rounds; round++)
    for (int i = 0; i < VARIANTS; i++)
      printf("%s %.9g\n", variants[i].name, time_of(variants[i].run, calls[i]) / (double)calls[i]);
  free(harness_result);
  return 0;
}

#endif
