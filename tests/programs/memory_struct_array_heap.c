/* An array of structs on the heap: grown, sorted by an active key, and compacted. */
#include "check.h"

struct particle { double position, weight; int id; struct particle *partner; };

static double f(double *x, int n) {
    struct particle *p = calloc(n, sizeof *p);
    double s = 0;
    int alive = n;
    for (int i = 0; i < n; i++) p[i] = (struct particle){x[i], x[i] * x[0], i, NULL};
    for (int i = 0; i < n; i++)
        for (int j = i + 1; j < n; j++)
            if (p[j].position < p[i].position) {
                struct particle t = p[i];
                p[i] = p[j];
                p[j] = t;
            }
    for (int i = 0; i < alive;) {
        if (p[i].weight < -0.5) p[i] = p[--alive];
        else i++;
    }
    for (int i = 0; i < alive; i++) p[i].partner = &p[(i + 1) % alive];
    for (int i = 0; i < alive; i++) s += p[i].position * p[i].partner->weight * (p[i].id + 1);
    free(p);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7, 0.9);
    CHECK(f, 1.3, 1.5, -0.7, 0.9, -0.2);
    return report();
}
