/* A list as argument; primal and shadow lists have the same shape. */
#include "check.h"

struct node { double value; int weight; struct node *next; };

static double sum(struct node *list) {
    double s = 0;
    for (struct node *p = list; p != NULL; p = p->next) {
        s += p->weight * p->value * p->value;
        if (p->next) p->next->value += p->value;
    }
    return s;
}

static void build(struct node *nodes, const double *z, int n) {
    for (int i = 0; i < n; i++) nodes[i] = (struct node){z[i], i + 1, i + 1 < n ? &nodes[i + 1] : NULL};
}

static double f_primal(double *z, int n) {
    struct node nodes[8];
    build(nodes, z, n);
    double r = sum(nodes);
    for (int i = 0; i < n; i++) z[i] = nodes[i].value;
    return r;
}
static void f_reverse(double *z, double *bz, int n) {
    struct node nodes[8], shadows[8];
    build(nodes, z, n);
    build(shadows, bz, n);
    __enzyme_autodiff_void((void *)sum, nodes, shadows);
    for (int i = 0; i < n; i++) z[i] = nodes[i].value, bz[i] = shadows[i].value;
}
static double f_forward(double *z, double *dz, int n) {
    struct node nodes[8], shadows[8];
    build(nodes, z, n);
    build(shadows, dz, n);
    double dr = __enzyme_fwddiff((void *)sum, nodes, shadows);
    for (int i = 0; i < n; i++) z[i] = nodes[i].value, dz[i] = shadows[i].value;
    return dr;
}

int main(void) {
    CHECK(f, 0.5);
    CHECK(f, 0.5, 1.25, -0.75, 1.5);
    return report();
}
