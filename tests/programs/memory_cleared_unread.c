// Memory of arguments that is cleared has members that nobody reads or writes besides: of whatever kind they are, they
// are zero, and so are their adjoints (refused before, also where it was only padding).
#include <stdio.h>
#include <string.h>

extern int enzyme_dup, enzyme_const;
void __enzyme_autodiff(void *, ...);
void __enzyme_fwddiff(void *, ...);

struct part {
    double number;
    float unread[3];
    const double *unused;
    int count;
};

__attribute__((noinline)) static void start(struct part *p) { memset(p, 0, sizeof *p); }

static void f(struct part *p, const double *x, int n) {
    start(p);
    for (int i = 0; i < n; i++) p->number += x[i] * x[0], p->count++;
}

int main(void) {
    double x[] = {2, 3, 5}, dx[3] = {0}, t[] = {1, 0, 0};
    struct part p = {1, {2, 3, 4}, x, 5}, dp = {1, {7, 8, 9}, t, 0};
    __enzyme_autodiff((void *)f, enzyme_dup, &p, &dp, enzyme_dup, x, dx, enzyme_const, 3);
    if (dx[0] != 12 || dx[1] != 2 || dx[2] != 2) return printf("gradient %g %g %g\n", dx[0], dx[1], dx[2]);
    if (dp.unread[0] || dp.unread[1] || dp.unread[2]) return printf("adjoints are left\n");

    struct part tp = {1, {7, 8, 9}, t, 0};
    __enzyme_fwddiff((void *)f, enzyme_dup, &p, &tp, enzyme_dup, x, t, enzyme_const, 3);
    if (tp.number != 12 || tp.unread[1] || tp.unused) return printf("tangent %g\n", tp.number);
    return 0;
}
