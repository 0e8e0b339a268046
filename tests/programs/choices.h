/* A trace for the programs about probabilistic programming: a list of what was recorded. */
#ifndef CHOICES_H
#define CHOICES_H

#include "check.h"

#include <stdbool.h>

enum { ENTRIES = 64 };

typedef struct trace trace;
struct entry { char name[24]; double score; double gradient; char datum[32]; int64_t size; };
struct trace {
  struct entry choices[ENTRIES], arguments[ENTRIES], result;
  trace *calls[ENTRIES];
  char called[ENTRIES][24];
  int choice_count, argument_count, call_count;
  void *function;
};

static void put(struct entry *to, const char *name, void *datum, int64_t size) {
  if (strlen(name) >= sizeof to->name || size > (int64_t)sizeof to->datum) abort();
  strcpy(to->name, name);
  memcpy(to->datum, size > (int64_t)sizeof datum ? datum : &datum, size);
  to->size = size;
}

static struct entry *find(struct entry *entries, int count, const char *name) {
  for (int i = 0; i < count; i++)
    if (!strcmp(entries[i].name, name)) return &entries[i];
  return NULL;
}

static int find_call(trace *t, const char *name) {
  for (int i = 0; i < t->call_count; i++)
    if (!strcmp(t->called[i], name)) return i;
  return -1;
}

static trace *new_trace(void) { return calloc(1, sizeof(trace)); }
static void free_trace(trace *t) {
  for (int i = 0; i < t->call_count; i++) free_trace(t->calls[i]);
  free(t);
}
static trace *get_trace(trace *t, const char *name) { return t->calls[find_call(t, name)]; }
static int64_t get_choice(trace *t, const char *name, void *to, int64_t size) {
  struct entry *found = find(t->choices, t->choice_count, name);
  if (found->size != size) abort();
  memcpy(to, found->datum, size);
  return size;
}
static bool has_call(trace *t, const char *name) { return find_call(t, name) >= 0; }
static bool has_choice(trace *t, const char *name) {
  return find(t->choices, t->choice_count, name) != NULL;
}
static void insert_call(trace *t, const char *name, trace *inner) {
  strcpy(t->called[t->call_count], name);
  t->calls[t->call_count++] = inner;
}
static void insert_choice(trace *t, const char *name, double score, void *datum, int64_t size) {
  t->choices[t->choice_count].score = score;
  put(&t->choices[t->choice_count++], name, datum, size);
}
static void insert_argument(trace *t, const char *name, void *datum, int64_t size) {
  put(&t->arguments[t->argument_count++], name, datum, size);
}
static void insert_return(trace *t, void *datum, int64_t size) { put(&t->result, "", datum, size); }
static void insert_function(trace *t, void *function) { t->function = function; }
static void insert_gradient_choice(trace *t, const char *name, void *datum, int64_t size) {
  memcpy(&find(t->choices, t->choice_count, name)->gradient, &datum, size);
}
static void insert_gradient_argument(trace *t, const char *name, void *datum, int64_t size) {
  memcpy(&find(t->arguments, t->argument_count, name)->gradient, &datum, size);
}

UNUSED static double value(struct entry *e) {
  double v;
  memcpy(&v, e->datum, sizeof v);
  return v;
}
UNUSED static struct entry *choice(trace *t, const char *name) {
  return find(t->choices, t->choice_count, name);
}
UNUSED static struct entry *argument(trace *t, const char *name) {
  return find(t->arguments, t->argument_count, name);
}

static double pulled(double from, double step) { /* no random numbers: the same in each run */
  static int count;
  return from + step * (0.5 + 0.25 * (count++ % 5));
}
UNUSED static double draw_normal(double mean, double deviation) { return pulled(mean, deviation); }
UNUSED static double log_normal(double mean, double deviation, double x) {
  double z = (x - mean) / deviation;
  return -z * z / 2 - log(deviation);
}

UNUSED static void expect(const char *what, double got, double want) {
  check_expect(what, "value", 0, got, want, 1e-9 * (1 + fabs(want)));
}

extern int enzyme_trace, enzyme_duptrace, enzyme_observations, enzyme_likelihood;
extern int enzyme_duplikelihood, enzyme_active_rand_var, enzyme_interface;
double __enzyme_sample(void *, ...);
double __enzyme_observe(double, ...);
double __enzyme_trace(void *, ...);
double __enzyme_condition(void *, ...);
void __enzyme_likelihood(void *, ...);
#endif
