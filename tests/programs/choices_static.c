/* Traces, conditions, likelihoods and their gradients, by functions that are found by their names. */
// levels: precise
#include "choices.h"

trace *__enzyme_newtrace(void) { return new_trace(); }
void __enzyme_freetrace(trace *t) { free_trace(t); }
trace *__enzyme_get_trace(trace *t, const char *name) { return get_trace(t, name); }
int64_t __enzyme_get_choice(trace *t, const char *name, void *to, int64_t size) {
  return get_choice(t, name, to, size);
}
bool __enzyme_has_call(trace *t, const char *name) { return has_call(t, name); }
bool __enzyme_has_choice(trace *t, const char *name) { return has_choice(t, name); }
void __enzyme_insert_call(trace *t, const char *name, trace *inner) { insert_call(t, name, inner); }
void __enzyme_insert_choice(trace *t, const char *name, double score, void *datum, int64_t size) {
  insert_choice(t, name, score, datum, size);
}
void __enzyme_insert_argument(trace *t, const char *name, void *datum, int64_t size) {
  insert_argument(t, name, datum, size);
}
void __enzyme_insert_return(trace *t, void *datum, int64_t size) { insert_return(t, datum, size); }
void __enzyme_insert_function(trace *t, void *function) { insert_function(t, function); }
void __enzyme_insert_gradient_choice(trace *t, const char *name, void *datum, int64_t size) {
  insert_gradient_choice(t, name, datum, size);
}
void __enzyme_insert_gradient_argument(trace *t, const char *name, void *datum, int64_t size) {
  insert_gradient_argument(t, name, datum, size);
}

NOINLINE static double inner(double mean) {
  return __enzyme_sample((void *)draw_normal, (void *)log_normal, "z", mean, 2.0);
}

static double model(double mean, double datum) {
  double a = __enzyme_sample((void *)draw_normal, (void *)log_normal, "a", mean, 1.0);
  double z = inner(a * a);
  __enzyme_observe(datum, (void *)log_normal, "y", z, 0.5);
  return a + z;
}

static double score(double mean, double datum, double a, double z) {
  return log_normal(mean, 1, a) + log_normal(a * a, 2, z) + log_normal(z, 0.5, datum);
}

static void chain(const double *steps, int n) {
  double x = 0;
  for (int i = 0; i < n; i++) {
    static const char *const names[] = {"x0", "x1", "x2", "x3"};
    x = __enzyme_sample((void *)draw_normal, (void *)log_normal, names[i], x * steps[i], 1.5);
  }
}

static void check_gradients(trace *t, double mean, double datum, int with_arguments) {
  double a = value(choice(t, "a")), z = value(choice(t->calls[0], "z"));
  expect("d/da", choice(t, "a")->gradient, -(a - mean) + (z - a * a) / 4 * 2 * a);
  expect("d/dz", choice(t->calls[0], "z")->gradient, -(z - a * a) / 4 + (datum - z) / 0.25);
  if (!with_arguments) return;
  expect("d/dmean", argument(t, "mean")->gradient, a - mean);
  expect("d/ddatum", argument(t, "datum")->gradient, -(datum - z) / 0.25);
  expect("d/dinner", argument(t->calls[0], "mean")->gradient, (z - a * a) / 4);
}

int main(void) {
  void *f = (void *)model;
  expect("outside of requests", model(1, 2), 1.5 + (1.5 * 1.5 + 2 * 0.75));

  trace *t = new_trace(), *again = new_trace(), *graded = new_trace(), *partly = new_trace();
  double result = __enzyme_trace(f, enzyme_trace, t, 1.0, 5.0);
  double a = value(choice(t, "a")), z = value(choice(t->calls[0], "z"));
  expect("result", result, a + z);
  expect("recorded result", value(&t->result), result);
  expect("function", t->function == f, 1);
  expect("argument", value(argument(t, "datum")), 5);
  expect("score", choice(t, "a")->score, log_normal(1, 1, a));
  expect("inner score", choice(t->calls[0], "z")->score, log_normal(a * a, 2, z));

  expect("conditioned", __enzyme_condition(f, enzyme_observations, t, enzyme_trace, again, 1.0, 5.0),
         result);
  expect("same choice", value(choice(again, "a")), a);

  double sum = 10, dsum = 1;
  __enzyme_likelihood(f, enzyme_likelihood, &sum, 1.0, 5.0);
  expect("likelihood is finite", sum < 10, 1);

  sum = 10;
  double dmean = __enzyme_condition(f, enzyme_observations, t, enzyme_duptrace, graded,
                                    enzyme_duplikelihood, &sum, &dsum, 1.0, enzyme_const, 5.0);
  expect("likelihood", sum, 10 + score(1, 5, a, z));
  expect("gradient", dmean, a - 1);
  check_gradients(graded, 1, 5, 0);
  dsum = 3;
  trace *thrice = new_trace();
  dmean = __enzyme_condition(f, enzyme_observations, t, enzyme_duptrace, thrice,
                             enzyme_duplikelihood, &sum, &dsum, 1.0, enzyme_const, 5.0);
  expect("seeded", dmean, 3 * (a - 1));

  trace *alone = new_trace();
  __enzyme_trace(f, enzyme_duptrace, alone, 2.0, enzyme_const, 4.0);
  check_gradients(alone, 2, 4, 0);

  __enzyme_condition(f, enzyme_observations, t, enzyme_active_rand_var, "a", enzyme_duptrace, partly,
                     1.0, enzyme_const, 5.0);
  expect("chosen", choice(partly, "a")->gradient, choice(graded, "a")->gradient);
  expect("not chosen", choice(partly->calls[0], "z")->gradient, 0);

  double steps[4] = {1, 2, -1, 0.5}, dsteps[4] = {0};
  trace *c = new_trace();
  double log_sum = 0, seed = 1;
  extern void __enzyme_trace_void(void *, ...);
  __enzyme_trace_void((void *)chain, enzyme_duptrace, c, enzyme_duplikelihood, &log_sum, &seed,
                      steps, dsteps, 4);
  double x[5] = {0};
  for (int i = 0; i < 4; i++) x[i + 1] = value(&c->choices[i]);
  for (int i = 0; i < 4; i++) {
    double by = (x[i + 1] - x[i] * steps[i]) / 2.25;
    expect("d/dstep", dsteps[i], by * x[i]);
    double next = i < 3 ? (x[i + 2] - x[i + 1] * steps[i + 1]) / 2.25 * steps[i + 1] : 0;
    expect("d/dx", c->choices[i].gradient, next - by);
  }
  trace *all[] = {t, again, graded, partly, thrice, alone, c};
  for (int i = 0; i < LENGTH(all); i++) free_trace(all[i]);
  return report();
}
