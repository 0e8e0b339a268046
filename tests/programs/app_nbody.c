/* Gravity among bodies in an array of structs, leapfrog in time, all pairs. */
#include "check.h"

struct body { double p[3], v[3], mass; };

static void accelerate(struct body *bodies, int n, double dt) {
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++) {
            struct body *a = &bodies[i], *b = &bodies[j];
            double d[3], r2 = 0.05;
            for (int k = 0; k < 3; k++) d[k] = a->p[k] - b->p[k], r2 += d[k] * d[k];
            double s = dt / (r2 * sqrt(r2));
            for (int k = 0; k < 3; k++) {
                a->v[k] -= d[k] * b->mass * s;
                b->v[k] += d[k] * a->mass * s;
            }
        }
    for (struct body *b = bodies; b < bodies + n; b++)
        for (int k = 0; k < 3; k++) b->p[k] += dt * b->v[k];
}

static double f(double *z, int n) {
    struct body bodies[3];
    double energy = 0;
    for (int i = 0; i < 3; i++) {
        for (int k = 0; k < 3; k++) bodies[i].p[k] = z[(4 * i + k) % n] + i, bodies[i].v[k] = 0.1 * k;
        bodies[i].mass = z[(4 * i + 3) % n];
    }
    for (int t = 0; t < 6; t++) accelerate(bodies, 3, 0.1);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 3; k++) energy += bodies[i].mass * bodies[i].v[k] * bodies[i].v[k];
    return energy + bodies[0].p[0] * bodies[2].p[1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.9, 0.7, -0.3, 0.5, 1.5, -0.6, 0.2, 1.1, 0.35, -0.85, 0.65, 0.75);
    return report();
}
