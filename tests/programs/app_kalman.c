/* A Kalman filter with 2x2 matrices in structs, passed and returned by value. */
#include "check.h"

struct mat { double a, b, c, d; };
struct vec { double x, y; };

static struct mat mul(struct mat p, struct mat q) {
    return (struct mat){p.a * q.a + p.b * q.c, p.a * q.b + p.b * q.d, p.c * q.a + p.d * q.c,
                        p.c * q.b + p.d * q.d};
}
static struct mat transpose(struct mat p) { return (struct mat){p.a, p.c, p.b, p.d}; }
static struct mat add(struct mat p, struct mat q) {
    return (struct mat){p.a + q.a, p.b + q.b, p.c + q.c, p.d + q.d};
}

static double f(double *z, int n) {
    struct vec x = {z[0], z[1]};
    struct mat P = {1, 0, 0, 1}, F = {1, z[2], 0, 1}, Q = {z[3], 0, 0, z[3]};
    double loss = 0;
    for (int k = 0; k < 5; k++) {
        x = (struct vec){F.a * x.x + F.b * x.y, F.c * x.x + F.d * x.y};
        P = add(mul(mul(F, P), transpose(F)), Q);
        double innovation = z[4 + k % (n - 4)] - x.x, s = P.a + 0.25;
        struct vec gain = {P.a / s, P.c / s};
        x.x += gain.x * innovation;
        x.y += gain.y * innovation;
        struct mat I_KH = {1 - gain.x, 0, -gain.y, 1};
        P = mul(I_KH, P);
        loss += 0.5 * (innovation * innovation / s + log(s));
    }
    return loss;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, -0.2, 0.1, 0.2, -0.4, 0.6, 0.1);
    return report();
}
