/* A function that nobody knows of here, behind a pointer, hands out memory into which active data
   goes and from where it is read by another call: the program ends there, and says so. */
#include "check.h"
#include "ends.h"

extern double __enzyme_autodiff(void *, ...), __enzyme_fwddiff(void *, ...);

typedef double *getter(int);
static double own[2], more[2];
static double *get_own(int i) { return own + i; }
static double *get_more(int i) { return more + i; }
#ifdef __x86_64__
double *get_unknown(int i);
__asm__(".local unknown\n.comm unknown,16,16\n.text\nget_unknown: leaq unknown(%rip), %rax\nret");
#endif
static getter *table[3] = {get_own, get_more, get_own};

static double f(double u, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        *table[i](i & 1) = u * i;
        s += *table[i](i & 1) * u;
    }
    return s;
}
static double forward(double u, int n) { return __enzyme_fwddiff((void *)f, u, 1.0, n); }
static double reverse(double u, int n) { return __enzyme_autodiff((void *)f, u, n); }

static int is_right_or_ends(double (*derivative)(double, int)) {
    IN_CHILD(_exit(derivative(3, 3) == 18 ? 0 : 1));
    return is_right_or_said("call_unlisted_memory.c:", "has no derivative");
}

int main(void) {
    if (!markers_work) return report();
    CHECK_TRUE(forward(3, 2) == 6);
    CHECK_TRUE(reverse(3, 2) == 6);
    CHECK_TRUE(forward(3, 3) == 18);
    CHECK_TRUE(reverse(3, 3) == 18);
#ifdef __x86_64__
    table[2] = get_unknown;
    CHECK_TRUE(is_right_or_ends(forward));
    CHECK_TRUE(is_right_or_ends(reverse));
#endif
    return report();
}
