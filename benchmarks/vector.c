/* Directions at once against one direction: prints `KERNEL MODE WIDTH SECONDS` lines for vector.py. */
#ifndef _XOPEN_SOURCE
#define _XOPEN_SOURCE 700
#endif
#include <enzyme.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { N = 1024, MOST = 16, ROW = N + 24 }; /* rows 2^k bytes apart would share cache lines */

/* Arithmetic alone: a chaotic system, by Euler's method. */
static double lorenz(const double *x) {
  double a = x[0], b = x[1], c = x[2];
  for (int k = 0; k < 2000; k++) {
    double da = 10 * (b - a), db = a * (28 - c) - b, dc = a * b - 8.0 / 3 * c;
    a += 0.001 * da, b += 0.001 * db, c += 0.001 * dc;
  }
  return a + b + c;
}

/* Arithmetic with division: a continued fraction. */
static double fraction(const double *x) {
  double r = 1;
  for (int i = 0; i < N; i++) r = 1 + x[i] / (r + x[0]);
  return r;
}

/* Functions of the mathematics library. */
static double waves(const double *x) {
  double sum = 0;
  for (int i = 0; i < N; i++) sum += sin(x[i]) * exp(-0.5 * x[i] * x[i]) + tanh(x[i]);
  return sum;
}

/* A small dense network: two layers. */
static double network(const double *w) {
  double hidden[16], sum = 0;
  for (int i = 0; i < 16; i++) {
    double s = 0;
    for (int j = 0; j < 32; j++) s += w[32 * i + j] * (0.1 * j - 1);
    hidden[i] = s / (1 + s * s);
  }
  for (int i = 0; i < 16; i++)
    for (int j = 0; j < 16; j++) sum += hidden[i] * hidden[j] * w[512 + 16 * i + j];
  return sum;
}

/* Memory: one product for two numbers read. */
static double neighbours(const double *x) {
  double sum = 0;
  for (int i = 1; i < N; i++) sum += x[i] * x[i - 1];
  return sum;
}

static double x[N], d[MOST][ROW];
static volatile double sink;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double best_time(void (*run)(void), int rounds) {
  double best = 1e9;
  long calls = 1;
  for (int round = 0; round < rounds;) {
    double begin = now();
    for (long i = 0; i < calls; i++) run();
    double took = now() - begin;
    if (took < 2e-3) {
      calls *= 2;
      continue;
    }
    best = fmin(best, took / (double)calls);
    round++;
  }
  return best;
}

#define DUP(n) enzyme_width, n, enzyme_dupv, sizeof *d, x, d
#define KERNEL(f)                                                                                 \
  static void f##_primal(void) { sink = f(x); }                                                   \
  WIDTH(f, 1) WIDTH(f, 2) WIDTH(f, 4) WIDTH(f, 8) WIDTH(f, 16)
#define WIDTH(f, n)                                                                               \
  static void f##_forward_##n(void) { sink = __enzyme_fwddiff((void *)f, DUP(n)); }               \
  static void f##_reverse_##n(void) { __enzyme_autodiff_void((void *)f, DUP(n)); }
KERNEL(lorenz)
KERNEL(fraction)
KERNEL(waves)
KERNEL(network)
KERNEL(neighbours)

#define ROW(f, mode, n) {#f, #mode, n, f##_##mode##_##n},
#define ROWS(f, mode) ROW(f, mode, 1) ROW(f, mode, 2) ROW(f, mode, 4) ROW(f, mode, 8) ROW(f, mode, 16)
#define TABLE(f) {#f, "primal", 1, f##_primal}, ROWS(f, forward) ROWS(f, reverse)

static const struct {
  const char *kernel, *mode;
  int width;
  void (*run)(void);
} rows[] = {TABLE(lorenz) TABLE(fraction) TABLE(waves) TABLE(network) TABLE(neighbours)};

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 15;
  for (int i = 0; i < N; i++) x[i] = 0.5 + 1e-3 * i;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    memset(d, 0, sizeof d);
    for (int v = 0; v < MOST; v++) d[v][v] = 1;
    printf("%s %s %d %.9g\n", rows[i].kernel, rows[i].mode, rows[i].width, best_time(rows[i].run, rounds));
    fflush(stdout);
  }
  return 0;
}
