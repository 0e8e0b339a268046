/* The gravitational energy of n bodies: by their places, which are the forces, and their masses. */
#include "harness.h"

static int bodies;

static REAL energy(int n, const REAL *RESTRICT place, const REAL *RESTRICT mass) {
  REAL sum = 0;
  for (int i = 0; i < n; i++)
    for (int j = 0; j < i; j++) {
      REAL x = place[3 * i] - place[3 * j];
      REAL y = place[3 * i + 1] - place[3 * j + 1];
      REAL z = place[3 * i + 2] - place[3 * j + 2];
      sum -= mass[i] * mass[j] / sqrt(x * x + y * y + z * z + 1e-4);
    }
  return sum;
}

void setup(int argc, char **argv) {
  bodies = (int)size_argument(argc, argv);
  problem.inputs = 4 * (size_t)bodies;
  problem.x = uniforms(problem.inputs, 0.5, 1.5);
}

void evaluate(const REAL *x, REAL *y) { y[0] = energy(bodies, x, x + 3 * (size_t)bodies); }

#ifndef PEER
double primal(void) { return energy(bodies, problem.x, problem.x + 3 * (size_t)bodies); }

static void energy_adjoint(int n, const double *RESTRICT place, const double *RESTRICT mass,
                           double *RESTRICT dplace, double *RESTRICT dmass) {
  for (int i = 0; i < n; i++) {
    double dx = 0, dy = 0, dz = 0, dm = 0;
    for (int j = 0; j < i; j++) {
      double x = place[3 * i] - place[3 * j];
      double y = place[3 * i + 1] - place[3 * j + 1];
      double z = place[3 * i + 2] - place[3 * j + 2];
      double square = x * x + y * y + z * z + 1e-4;
      double inverse = 1 / sqrt(square), force = mass[i] * mass[j] * inverse / square;
      dx += force * x;
      dy += force * y;
      dz += force * z;
      dm -= mass[j] * inverse;
      dplace[3 * j] -= force * x;
      dplace[3 * j + 1] -= force * y;
      dplace[3 * j + 2] -= force * z;
      dmass[j] -= mass[i] * inverse;
    }
    dplace[3 * i] += dx;
    dplace[3 * i + 1] += dy;
    dplace[3 * i + 2] += dz;
    dmass[i] += dm;
  }
}

void by_hand(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  energy_adjoint(bodies, problem.x, problem.x + 3 * (size_t)bodies, result,
                 result + 3 * (size_t)bodies);
}
#endif

#ifndef WITHOUT_ENZYME
void gradient(double *result) {
  memset(result, 0, problem.inputs * sizeof *result);
  __enzyme_autodiff((void *)energy, enzyme_const, bodies, enzyme_dup, problem.x, result,
                    enzyme_dup, problem.x + 3 * (size_t)bodies, result + 3 * (size_t)bodies);
}
#endif
