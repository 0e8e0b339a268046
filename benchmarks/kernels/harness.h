/* The main program of every kernel: times one variant of it, or checks its gradient.
 *
 *     KERNEL check|fingerprint 0 [argument of the kernel...]
 *     KERNEL primal|by_hand|gradient MILLISECONDS [argument of the kernel...]
 *
 * `check` prints "disagreement NUMBER", how far the gradient is from the one by hand, `fingerprint`
 * two numbers about the gradient (of the peer, or by hand). The second line
 * prints "seconds NUMBER", the processor time of one call (the middle one of several batches that
 * fill MILLISECONDS together), and "peak BYTES", the most memory that the process has had.
 *
 * A kernel includes this file first and defines the functions below. It is compiled
 *
 *     by clang, with -DWITHOUT_ENZYME    `primal` and `by_hand`: what everything is compared with
 *     by enzcc                           `primal` and `gradient`, `by_hand` for the check
 *     by a peer, as C++, with -DPEER=... `evaluate`, in the peer's own type of number
 *
 * so functions that are differentiated say REAL for `double`, and RESTRICT for `restrict`, which
 * -DNO_RESTRICT takes away. A kernel that is no gradient defines JACOBIAN before it includes this
 * file, and `gradient` for peers, too.
 */
#ifndef HARNESS_H
#define HARNESS_H

#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#ifdef PEER
#define WITHOUT_ENZYME
#include PEER /* REAL, and `peer_gradient` and `peer_jacobian`, which call `evaluate` */
#else
typedef double REAL;
#endif

#ifdef NO_RESTRICT
#define RESTRICT
#elif defined __cplusplus
#define RESTRICT __restrict
#else
#define RESTRICT restrict
#endif

#ifdef WITHOUT_ENZYME
#ifndef PEER
#include <enzyme.h>
/* Something to link with: a file that asks for derivatives compiles everywhere. */
int enzyme_dup, enzyme_dupnoneed, enzyme_const, enzyme_out;
void __enzyme_autodiff_void(void *f, ...) { (void)f; }
double __enzyme_autodiff(void *f, ...) { return (void)f, 0; }
void __enzyme_fwddiff_void(void *f, ...) { (void)f; }
double __enzyme_fwddiff(void *f, ...) { return (void)f, 0; }
#endif
#else
#include <enzyme.h>
#endif

/* What `setup` leaves for the others. */
static struct {
  size_t inputs;         /* how many numbers the gradient has */
  size_t outputs;        /* how many numbers `evaluate` gives; 0 means 1 */
  double *x;             /* the point: `inputs` numbers */
  const double *weights; /* the gradient is that of the outputs' sum with these weights */
} problem;

void setup(int argc, char **argv);            /* makes the instance and fills in `problem` */
double primal(void);                          /* the value, or some of the outputs */
void gradient(double *result);                /* the gradient, by enzcc; overwrites `result` */
void by_hand(double *result);                 /* the same, as a person would write it */
void evaluate(const REAL *x, REAL *y);        /* the outputs at x, for peers */

/* ---- For kernels ---- */

/* The only argument: how large the instance is. */
static inline long size_argument(int argc, char **argv) {
  if (argc != 1 || atol(argv[0]) <= 0) {
    fprintf(stderr, "one argument is needed: the size\n");
    exit(2);
  }
  return atol(argv[0]);
}

/* The same numbers on every machine, between low and high. */
static inline double uniform(double low, double high) {
  static unsigned long long state = 88172645463325252ULL;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return low + (high - low) * (double)(state >> 11) * 0x1p-53;
}

static inline double *doubles(size_t count) {
  double *result = (double *)calloc(count ? count : 1, sizeof *result);
  if (!result) exit(3);
  return result;
}

static inline double *uniforms(size_t count, double low, double high) {
  double *result = doubles(count);
  for (size_t i = 0; i < count; i++) result[i] = uniform(low, high);
  return result;
}

/* Memory for numbers that are differentiated. */
#ifdef __cplusplus
static inline REAL *new_reals(size_t count) { return new REAL[count ? count : 1]; }
static inline void delete_reals(REAL *p) { delete[] p; }
#else
#define new_reals(count) ((REAL *)malloc((count) * sizeof(REAL)))
#define delete_reals(p) free(p)
#endif

/* ---- The main program ---- */

static double *volatile harness_result; /* so that what is written there is written */
static volatile double harness_sink;

static inline void run_primal(void) { harness_sink = primal(); }
#ifndef PEER
static inline void run_by_hand(void) { by_hand(harness_result); }
#endif
#if defined PEER && !defined JACOBIAN
void gradient(double *result) {
  static const double one = 1;
  peer_gradient(evaluate, problem.inputs, problem.outputs ? problem.outputs : 1, problem.x,
                problem.weights ? problem.weights : &one, result);
}
#endif
#if !defined WITHOUT_ENZYME || defined PEER
static inline void run_gradient(void) { gradient(harness_result); }
#endif

static const struct {
  const char *name;
  void (*run)(void);
} variants[] = {
#ifndef PEER
    {"primal", run_primal},
    {"by_hand", run_by_hand},
#endif
#if !defined WITHOUT_ENZYME || defined PEER
    {"gradient", run_gradient},
#endif
};
enum { VARIANTS = sizeof variants / sizeof *variants, BATCHES = 5 };

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); /* what others do on the machine does not count */
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double time_of(void (*run)(void), long calls) {
  void (*volatile opaque)(void) = run; /* each call counts, also where its result cannot differ */
  double start = now();
  for (long i = 0; i < calls; i++) opaque();
  return (now() - start) / (double)calls;
}

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Two numbers by which gradients of different programs are compared: a sum with weights, and its
 * scale. */
static inline void print_fingerprint(const double *numbers) {
  double sum = 0, scale = 0;
  for (size_t i = 0; i < problem.inputs; i++) {
    sum += numbers[i] * (1 + (double)(i * 7 % 11));
    scale += fabs(numbers[i]);
  }
  printf("fingerprint %.17g %.17g\n", sum, scale);
}

/* The middle batch of several that take `seconds` together; a batch is a call at least. */
static double middle_time(void (*run)(void), double seconds) {
  double once, batch[BATCHES], begin = now();
  long calls = 1;
  int done = 0;
  run(); /* brings data and code into the caches */
  for (;;) {
    once = time_of(run, calls);
    if (once * (double)calls * 20 >= seconds) break;
    calls *= 2;
  }
  calls = (long)(seconds / BATCHES / once);
  if (calls < 1) calls = 1;
  while (done < BATCHES && (done < 1 || now() - begin < 4 * seconds))
    batch[done++] = time_of(run, calls);
  qsort(batch, (size_t)done, sizeof *batch, compare_doubles);
  return batch[done / 2];
}

#ifndef WITHOUT_ENZYME
static double distance_to(const double *other) {
  double worst = 0, scale = 0;
  for (size_t i = 0; i < problem.inputs; i++) {
    double distance = fabs(harness_result[i] - other[i]);
    scale = fmax(scale, fabs(other[i]));
    worst = fmax(worst, distance <= 1e300 ? distance : 1e300); /* also if it is NaN */
  }
  return worst == 0 ? 0 : worst / scale;
}

/* The largest difference of both gradients, relative to the largest number in them; of two calls,
 * since a gradient must not depend on what the last one has left. */
static double disagreement(void) {
  double *other = doubles(problem.inputs), worst = 0;
  by_hand(other);
  for (int call = 0; call < 2; call++) {
    gradient(harness_result);
    worst = fmax(worst, distance_to(other));
  }
  free(other);
  return worst;
}
#endif

int main(int argc, char **argv) {
  if (argc < 3) {
    fprintf(stderr, "usage: %s VARIANT MILLISECONDS [argument...]\n", argv[0]);
    return 2;
  }
  setup(argc - 3, argv + 3);
  harness_result = doubles(problem.inputs);
  for (size_t i = 0; i < problem.inputs; i++) harness_result[i] = 1; /* its memory counts for all */
#ifndef WITHOUT_ENZYME
  if (!strcmp(argv[1], "check")) {
    printf("disagreement %g\n", disagreement());
    return 0;
  }
#endif
#ifdef PEER
  if (!strcmp(argv[1], "fingerprint")) {
    gradient(harness_result);
#else
  if (!strcmp(argv[1], "fingerprint")) {
    by_hand(harness_result);
#endif
    print_fingerprint(harness_result);
    return 0;
  }
  for (int i = 0; i < VARIANTS; i++)
    if (!strcmp(argv[1], variants[i].name)) {
      struct rusage usage;
      printf("seconds %.9g\n", middle_time(variants[i].run, 1e-3 * atof(argv[2])));
      getrusage(RUSAGE_SELF, &usage);
      printf("peak %ld\n", usage.ru_maxrss * 1024L);
      return 0;
    }
  fprintf(stderr, "%s: no variant '%s'\n", argv[0], argv[1]);
  return 2;
}

#endif
