/* Rays against spheres: the nearest hit, tracked by pointer; misses return a sky colour. */
#include "check.h"

typedef struct { double x, y, z; } vec3;
struct sphere { vec3 centre; double radius; const double *colour; };

static double dot(vec3 a, vec3 b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
static vec3 sub(vec3 a, vec3 b) { return (vec3){a.x - b.x, a.y - b.y, a.z - b.z}; }
static vec3 along(vec3 o, vec3 d, double t) { return (vec3){o.x + t * d.x, o.y + t * d.y, o.z + t * d.z}; }

static int hit(const struct sphere *s, vec3 origin, vec3 direction, double *t) {
    vec3 oc = sub(origin, s->centre);
    double b = dot(oc, direction), c = dot(oc, oc) - s->radius * s->radius, disc = b * b - c;
    if (disc < 0) return 0;
    *t = -b - sqrt(disc);
    return *t > 1e-6;
}

static double shade(const struct sphere *scene, int n, vec3 o, vec3 d, int depth) {
    const struct sphere *nearest = NULL;
    double best = 1e9, t;
    for (int i = 0; i < n; i++)
        if (hit(&scene[i], o, d, &t) && t < best) {
            best = t;
            nearest = &scene[i];
        }
    if (!nearest || depth == 0) return 0.2 + 0.1 * d.y;
    vec3 p = along(o, d, best), normal = sub(p, nearest->centre);
    double cosine = dot(normal, d) / nearest->radius;
    vec3 reflected = along(d, normal, -2 * cosine / nearest->radius);
    return *nearest->colour * -cosine + 0.5 * shade(scene, n, p, reflected, depth - 1);
}

static double f(double *z, int n) {
    struct sphere scene[2];
    double sum = 0;
    (void)n;
    for (int i = 0; i < 2; i++)
        scene[i] = (struct sphere){{z[5 * i], z[5 * i + 1], z[5 * i + 2]}, z[5 * i + 3], &z[5 * i + 4]};
    for (int i = -2; i <= 2; i++) {
        vec3 d = {0.2 * i, 0.1, 1};
        double norm = sqrt(dot(d, d));
        d = (vec3){d.x / norm, d.y / norm, d.z / norm};
        sum += shade(scene, 2, (vec3){0, 0, 0}, d, 3);
    }
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.1, 0.2, 4, 1.1, 0.8, /**/ -1.5, 0.1, 5, 1.3, 0.6);
    return report();
}
