/* The same by a table of functions; choices of other types than double. */
// levels: precise
#include "choices.h"

static void *const table[] = {
    (void *)get_trace,       (void *)get_choice,      (void *)insert_call,
    (void *)insert_choice,   (void *)insert_argument, (void *)insert_return,
    (void *)insert_function, (void *)insert_gradient_choice,
    (void *)insert_gradient_argument, (void *)new_trace, (void *)free_trace,
    (void *)has_call,        (void *)has_choice,
};

static float draw_float(float mean) { return mean + 1.5f; }
static double log_float(float mean, float x) { return -(double)(x - mean) * (x - mean); }
static int draw_count(double rate) { return (int)(rate * 3); }
static double log_count(double rate, int n) { return n * log(rate) - rate; }
float __enzyme_sample_float(void *, void *, const char *, float);
int __enzyme_sample_int(void *, void *, const char *, double);
void __enzyme_trace_void(void *, ...);

static double model(double rate, float mean) {
  int n = __enzyme_sample_int((void *)draw_count, (void *)log_count, "n", rate);
  float x = __enzyme_sample_float((void *)draw_float, (void *)log_float, "x", mean);
  return n + x * rate;
}

int main(void) {
  trace *t = new_trace(), *u = new_trace();
  double result = __enzyme_trace((void *)model, enzyme_interface, table, enzyme_trace, t, 1.2, 0.5f);
  int n;
  float x, slope;
  memcpy(&n, choice(t, "n")->datum, sizeof n);
  memcpy(&x, choice(t, "x")->datum, sizeof x);
  expect("n", n, 3);
  expect("x", x, 2);
  expect("result", result, 3 + 2 * 1.2);
  expect("score", choice(t, "n")->score, log_count(1.2, 3));

  double sum = 0, seed = 1;
  double drate = __enzyme_condition((void *)model, enzyme_interface, table, enzyme_observations, t,
                                    enzyme_duptrace, u, enzyme_duplikelihood, &sum, &seed, 1.5,
                                    enzyme_const, 0.5f);
  expect("conditioned", sum, log_count(1.5, 3) + log_float(0.5f, 2));
  expect("gradient", drate, 3 / 1.5 - 1);
  memcpy(&slope, &choice(u, "x")->gradient, sizeof slope);
  expect("d/dx", slope, -2 * 1.5);
  free_trace(t);
  free_trace(u);
  return report();
}
