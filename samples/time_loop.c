/* A long loop in reverse mode: a pendulum over a million time steps.
 *
 *     enzcc -O2 time_loop.c -o time_loop -lm && ./time_loop
 *
 * Reverse mode needs every state again, from the last to the first. `__enzyme_checkpoint_for` keeps some of them
 * and computes the others again: 2000 states instead of a million, for a second run of the steps. By default it
 * keeps about the square root of their number; <enzyme_checkpoint.h> has other schemes.
 */
#include <enzyme.h>
#include <math.h>

#include "sample.h"

enum { STEPS = 1000000 };

/* ---- The model: angle and speed of a pendulum with friction ---- */

static void step(long i, double *state, double length, double friction, double dt) {
  (void)i; /* the forces do not depend on time */
  double speed = state[1] - dt * (9.81 / length * sin(state[0]) + friction * state[1]);
  state[0] += dt * speed;
  state[1] = speed;
}

static double final_angle(double length, double friction) {
  double state[2] = {1, 0};
  __enzyme_checkpoint_for((void *)step, 0L, (long)STEPS, enzyme_checkpoint_region, state, sizeof state, state,
                          length, friction, 10.0 / STEPS);
  return state[0];
}

/* ---- Its gradient, and a check by forward mode, which needs no states ---- */

struct gradient { double length, friction; };
struct gradient __enzyme_autodiff_gradient(void *, ...);

int main(void) {
  struct gradient g = __enzyme_autodiff_gradient((void *)final_angle, 1.0, 0.1);
  double by_length = __enzyme_fwddiff((void *)final_angle, 1.0, 1.0, 0.1, 0.0);
  double by_friction = __enzyme_fwddiff((void *)final_angle, 1.0, 0.0, 0.1, 1.0);
  printf("angle after %d steps: %.6f\n", STEPS, final_angle(1.0, 0.1));
  printf("by length %.6f, by friction %.6f\n", g.length, g.friction);
  double worst = fmax(difference(g.length, by_length), difference(g.friction, by_friction));
  return verdict("reverse mode, against forward mode", worst, 1e-8);
}
