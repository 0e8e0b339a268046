/* An expression holds a pointer to one member of an object here, to another member there, as Eigen's products do with
   the two permutations of a solver: the object is told apart no less. One that a callee exchanges. */
#include "check.h"

struct order { int *places; long size; };
struct solver { double *values, scale; struct order forth, back; double shift; };
struct product { const struct order *order; const double *x; };

NOINLINE static double applied(const struct product *p, long i) {
    if (i == p->order->size) return 0;
    return (i + 1) * p->x[p->order->places[i]] * p->x[i] + applied(p, i + 1) * 0.5;
}

NOINLINE static void scale(struct solver *s, const double *x, long i) {
    if (i == s->forth.size) return;
    s->values[s->back.places[i]] = x[i] * s->scale;
    s->back.places[i + s->back.size] = s->forth.places[i];
    s->shift += x[i] * 0.1;
    scale(s, x, i + 1);
    s->scale += x[i];
}

static double solved(double *x, int n) {
    int forth[8], back[16];
    double y[8];
    for (int i = 0; i < n; i++) forth[i] = (i + 1) % n, back[(i + 1) % n] = i;
    struct solver s = {y, x[0], {forth, n}, {back, n}, x[1]};
    scale(&s, x, 0);
    struct product one = {&s.forth, x}, other = {&s.back, s.values};
    return applied(&one, 0) * s.scale + applied(&other, 0) * s.shift;
}
ARRAY_TEST(solved)

struct pair { double a, *b, c, *d; };
struct choice { double *which; };
NOINLINE static double taken(struct choice *c, double *next, int k) {
    double found = *c->which;
    if (k) return taken(c, next, k - 1) * found;
    if (found > 0.6) c->which = next;
    return found * *c->which;
}

static double exchanged(double *x, int n) {
    double far = x[n - 1] * x[0];
    struct pair p = {x[0] * x[1], &far, x[1], &far};
    struct choice one = {&p.a}, other = {&p.c};
    double sum = taken(&one, &far, 2) * x[0] + taken(&other, &far, 1);
    *one.which += x[0];
    *other.which *= x[0];
    return sum + p.a * 3 + *p.b * p.c + *one.which + *other.which * *p.d;
}
ARRAY_TEST(exchanged)

int main(void) {
    CHECK(solved, 0.5, 1.25, -0.75, 0.3);
    CHECK(exchanged, 0.5, 1.25, -0.75, 0.3);
    CHECK(exchanged, 1.5, 0.25, -0.75);
    return report();
}
