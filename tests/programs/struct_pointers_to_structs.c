/* Structs that point to one another and to arrays, all local, changed through several ways. */
#include "check.h"

struct grid { double *values; int width, height; };
struct view { struct grid *grid; int x0, y0; double offset; };

static double *at(const struct view *v, int x, int y) {
    struct grid *g = v->grid;
    return &g->values[(v->y0 + y) % g->height * g->width + (v->x0 + x) % g->width];
}

static double f(double *x, int n) {
    double first[6], second[6] = {0};
    struct grid a = {first, 3, 2}, b = {second, 2, 3};
    struct view views[2] = {{&a, 1, 1, x[0]}, {&b, 0, 2, 0.5}};
    for (int i = 0; i < 6; i++) first[i] = x[i % n] * x[0];
    for (int t = 0; t < 5; t++) {
        struct view *from = &views[t & 1], *to = &views[!(t & 1)];
        *at(to, t, t + 1) += *at(from, t, 1) * from->offset;
        to->offset = sin(*at(to, 1, 1) + from->offset);
        to->x0++;
        if (t == 3) views[0].grid = &b;
    }
    return *at(&views[0], 0, 0) + second[3] * first[2] + views[1].offset * second[5] + second[1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7, 0.8);
    return report();
}
