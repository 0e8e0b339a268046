#include "physics.h"

#include <math.h>

static long steps; /* there is one, which derivatives count up too */

static void step(double *x, double *v, double force, double dt) {
  *v += dt * (force - drag(*v));
  *x += dt * *v;
}

double miss(const struct start *start, double target) {
  double x = 0, y = 0, dt = 0.001;
  double vx = start->speed * cos(start->angle), vy = start->speed * sin(start->angle);
  double before = 0, height = 0;
  while (y >= 0) {
    before = x, height = y;
    step(&x, &vx, -0.3, dt);
    step(&y, &vy, -9.81, dt);
    steps++;
  }
  double landed = before + (x - before) * height / (height - y); /* between two steps */
  return (landed - target) * (landed - target);
}

long steps_taken(void) { return steps; }
