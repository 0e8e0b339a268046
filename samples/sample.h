/* What the samples share: reading numbers, memory, comparing results. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static inline void die(const char *what, const char *detail) {
  fprintf(stderr, "error: %s: %s\n", what, detail);
  exit(2);
}

static inline FILE *open_file(const char *path) {
  FILE *file = fopen(path, "r");
  if (!file) die("cannot open", path);
  return file;
}

static inline double read_double(FILE *file) {
  double value;
  if (fscanf(file, "%lf", &value) != 1) die("cannot read", "a number is missing");
  return value;
}

static inline int read_int(FILE *file) {
  int value;
  if (fscanf(file, "%d", &value) != 1) die("cannot read", "an integer is missing");
  return value;
}

/* `count` zeros. */
static inline double *new_doubles(size_t count) {
  double *values = (double *)calloc(count ? count : 1, sizeof *values);
  if (!values) die("cannot allocate", "out of memory");
  return values;
}

static inline double *read_doubles(FILE *file, size_t count) {
  double *values = new_doubles(count);
  for (size_t i = 0; i < count; i++) values[i] = read_double(file);
  return values;
}

static inline double norm(const double *x, size_t count) {
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += x[i] * x[i];
  return sqrt(sum);
}

/* How far `found` is from `expected`, relative to it, or to 0.001 where it is less. NaN is far. */
static inline double difference(double found, double expected) {
  double distance = fabs(found - expected) / fmax(1e-3, fabs(expected));
  return distance <= 1e300 ? distance : 1e300;
}

static inline double largest_difference(const double *found, const double *expected, size_t count) {
  double worst = 0;
  for (size_t i = 0; i < count; i++) worst = fmax(worst, difference(found[i], expected[i]));
  return worst;
}

/* Prints how the check ended; returns the exit status of the sample. */
static inline int verdict(const char *what, double found, double allowed) {
  int passed = found <= allowed;
  printf("%-44s %9.2e  %s %g\n", what, found, passed ? "<=" : "NOT <=", allowed);
  return passed ? 0 : 1;
}

#endif
