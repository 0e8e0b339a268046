/* Memory of arguments that holds a double or a pointer in turn, and is cleared by memset: shadows of pointers go,
   and seeds stay for the numbers that come there later. */
#include <enzyme.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

union cell {
  double number;
  double *pointer;
};

__attribute__((noinline)) static void clear(union cell *c, int n) { memset(c, 0, n * sizeof *c); }

/* c[0]: a pointer, cleared, a number. c[1]: a number from before, cleared. c[2]: a number from before, then a pointer,
   cleared, a number again. c[3]: a pointer from before, cleared, then a number. */
static double f(double *x, union cell *c, int n) {
  c[0].pointer = &x[1];
  double s = *c[0].pointer * x[0];
  clear(c, 1);
  c[0].number = x[0] * x[0];
  s += c[1].number * x[1];
  double before = c[2].number;
  c[2].pointer = x;
  s += before * c[2].pointer[n];
  s += *c[3].pointer;
  clear(c + 1, 3);
  c[2].number = x[2] * x[1];
  c[3].number = x[2];
  return s + c[1].number + c[3].number * c[3].number;
}

static int failures;

static void check(const char *what, double got, double want) {
  if (fabs(got - want) <= 1e-12 * (1 + fabs(want))) return;
  printf("%s is %.17g, want %.17g\n", what, got, want);
  failures++;
}

int main(void) {
  double x[3] = {1.5, 0.5, -2}, dx[3] = {0}, y = 3, dy = 0;
  union cell c[4] = {{.number = 4}, {.number = 5}, {.number = 6}, {.pointer = &y}};
  union cell dc[4] = {{.number = 0.25}, {.number = 100}, {.number = 0.125}, {.pointer = &dy}};
  __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_dup, c, dc, 2);
  check("dx[0]", dx[0], x[1] + 0.25 * 2 * x[0]);
  check("dx[1]", dx[1], x[0] + 5 + 0.125 * x[2]);
  check("dx[2]", dx[2], 6 + 0.125 * x[1] + 2 * x[2]);
  check("dc[0]", dc[0].number, 0);
  check("dc[1]", dc[1].number, x[1]);
  check("dc[2]", dc[2].number, x[2]);
  check("dy", dy, 1);
  check("c[0]", c[0].number, x[0] * x[0]);
  return failures != 0;
}
