/* Quaternions in structs by value (passed in memory), normalised and composed in a loop. */
#include "check.h"

typedef struct { double w, x, y, z; } quat;

static quat multiply(quat a, quat b) {
    quat r;
    r.w = a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z;
    r.x = a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y;
    r.y = a.w * b.y - a.x * b.z + a.y * b.w + a.z * b.x;
    r.z = a.w * b.z + a.x * b.y - a.y * b.x + a.z * b.w;
    return r;
}
static quat conjugate(quat q) { return q.x = -q.x, q.y = -q.y, q.z = -q.z, q; }
static void normalise(quat *q) {
    double *v = &q->w, s = 0;
    s = q->w * q->w + q->x * q->x + q->y * q->y + q->z * q->z;
    s = 1 / sqrt(s);
    *v *= s, q->x *= s, q->y *= s, q->z *= s;
}

static double f(double *z, int n) {
    quat q = {z[0], z[1], z[2], z[3]}, step = {1, 0.1 * z[n - 1], 0.2, -0.1}, v = {0, 1, z[0], 3};
    for (int i = 0; i < 6; i++) {
        q = multiply(q, step);
        normalise(&q);
    }
    v = multiply(multiply(q, v), conjugate(q));
    return v.x * v.y + v.z;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.9, 0.7, -0.3, 0.5);
    CHECK(f, 0.9, 0.7, -0.3, 0.5, 1.5);
    return report();
}
