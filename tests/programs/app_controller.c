/* A PID loop: saturation by clamps, an anti-windup branch, state in a struct behind a pointer. */
#include "check.h"

struct pid { double kp, ki, kd, integral, last; int saturated; };

static double clamp(double x, double low, double high) { return x < low ? low : x > high ? high : x; }

static double update(struct pid *c, double error, double dt) {
    double derivative = (error - c->last) / dt;
    c->last = error;
    if (!c->saturated) c->integral += error * dt;
    double raw = c->kp * error + c->ki * c->integral + c->kd * derivative, out = clamp(raw, -1, 1);
    c->saturated = out != raw;
    return out;
}

static double f(double *z, int n) {
    struct pid c = {.kp = z[0], .ki = z[1], .kd = z[2]};
    double position = 0, speed = 0, cost = 0;
    for (int i = 0; i < 30; i++) {
        double u = update(&c, z[n - 1] - position, 0.1);
        speed += 0.1 * (u - 0.3 * speed);
        position += 0.1 * speed;
        cost += (position - z[n - 1]) * (position - z[n - 1]) + 0.01 * u * u;
    }
    return cost;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 2.3, 0.4, 0.15, 1);
    return report();
}
