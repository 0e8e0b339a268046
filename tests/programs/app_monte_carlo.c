/* Monte Carlo with its own generator (Box-Muller), payoff with a kink and a knock-out barrier. */
#include "check.h"

struct generator { uint64_t state; int spare_ready; double spare; };

static double uniform(struct generator *g) {
    g->state = g->state * 6364136223846793005u + 1442695040888963407u;
    return ((double)(g->state >> 11) + 0.5) / 9007199254740992.0;
}
static double normal(struct generator *g) {
    if (g->spare_ready) {
        g->spare_ready = 0;
        return g->spare;
    }
    double r = sqrt(-2 * log(uniform(g))), angle = 6.283185307179586 * uniform(g);
    g->spare_ready = 1;
    g->spare = r * sin(angle);
    return r * cos(angle);
}

static double price(double *z, int n) {
    double spot = z[0], strike = z[1], rate = z[2], sigma = z[3], sum = 0;
    struct generator g = {42, 0, 0};
    (void)n;
    for (int path = 0; path < 20; path++) {
        double s = spot, dt = 0.25;
        int alive = 1;
        for (int k = 0; k < 4; k++) {
            s *= exp((rate - 0.5 * sigma * sigma) * dt + sigma * sqrt(dt) * normal(&g));
            if (s > 180) {
                alive = 0;
                break;
            }
        }
        if (alive && s > strike) sum += s - strike;
    }
    return exp(-rate) * sum / 20;
}
ARRAY_TEST(price)

int main(void) {
    CHECK(price, 100, 95, 0.05, 0.3);
    return report();
}
