/* Ping-pong of whole structs through pointers to them. */
#include "check.h"

struct state { double position[2], velocity[2]; int steps; };

static void advance(const struct state *from, struct state *to, double dt) {
    double r2 = from->position[0] * from->position[0] + from->position[1] * from->position[1];
    for (int k = 0; k < 2; k++) {
        to->velocity[k] = from->velocity[k] - dt * from->position[k] / (r2 * sqrt(r2));
        to->position[k] = from->position[k] + dt * to->velocity[k];
    }
    to->steps = from->steps + 1;
}

static double orbit(double *z, int n) {
    struct state one = {{z[0], z[1]}, {z[2], z[3]}, 0}, other, *a = &one, *b = &other;
    (void)n;
    while (a->steps < 11) {
        advance(a, b, 0.05);
        struct state *t = a;
        a = b;
        b = t;
    }
    return a->position[0] * b->velocity[1] + a->velocity[0] * b->position[1];
}
ARRAY_TEST(orbit)

int main(void) {
    CHECK(orbit, 1, 0.2, -0.1, 0.9);
    return report();
}
