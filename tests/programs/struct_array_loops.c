/* Loops that copy to and from arrays that lie in the midst of structs: LLVM makes copies of as many
   bytes as the run says, which stay within the array. */
#include "check.h"

struct state { double first; double values[16]; int n; };
static volatile int one = 1;

NOINLINE static double product(const double *x, int n) {
    double s = 1;
    for (int i = 0; i < n; i++) s *= x[i];
    return s;
}
static double in_variables(double *x, int n) {
    struct state s, t, *p = one ? &t : &s;
    s.first = x[0];
    s.n = n;
    for (int i = 0; i < n; i++) s.values[i] = x[i];
    t = s;
    double y = product(p->values, p->n) * p->first;
    t.values[n - 1] *= y;
    s = *p;
    for (int i = 0; i < s.n; i++) x[i] = s.values[i];
    return y;
}
static double on_the_heap(double *x, int n) {
    struct state *s = malloc(2 * sizeof *s);
    s[1].n = n;
    for (int i = 0; i < n; i++) s[one].values[i] = x[i];
    s[one].first = product(s[one].values, s[one].n);
    s[0] = s[one];
    s[0].values[0] += s[0].first;
    for (int i = 0; i < s[0].n; i++) x[i] = s[0].values[i];
    double y = s[1 - one].first * s[1].values[1];
    free(s);
    return y;
}
ARRAY_TEST(in_variables)
ARRAY_TEST(on_the_heap)

int main(void) {
    CHECK(in_variables, 0.5, 0.75, 1.25);
    CHECK(on_the_heap, 0.5, 0.75, 1.25);
    return report();
}
