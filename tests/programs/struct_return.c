/* Structs returned: in registers, through sret, nested, and used as arguments at once. */
#include "check.h"

struct vec2 { double x, y; };
struct vec3 { double x, y, z; };
struct frame { struct vec3 origin; struct vec2 size; int id; };

static NOINLINE struct vec2 rotate(struct vec2 v, double angle) {
    return (struct vec2){v.x * cos(angle) - v.y * sin(angle), v.x * sin(angle) + v.y * cos(angle)};
}
static NOINLINE struct vec3 cross(struct vec3 a, struct vec3 b) {
    struct vec3 r;
    r.x = a.y * b.z - a.z * b.y;
    r.y = a.z * b.x - a.x * b.z;
    r.z = a.x * b.y - a.y * b.x;
    return r;
}
static NOINLINE struct frame make(struct vec3 o, double s, int id) {
    struct frame f = {o, {s, s * s}, id};
    f.origin.z += s;
    return f;
}

static double f(double *x, int n) {
    struct vec3 a = {x[0], x[1], x[2]}, b = {1, x[0], 2};
    struct frame one = make(cross(a, cross(a, b)), x[1], n), two = one;
    one.size = rotate(two.size, one.origin.x);
    two.origin = cross(one.origin, a);
    return one.size.x * one.size.y + two.origin.x + two.origin.y * two.origin.z + one.id;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
