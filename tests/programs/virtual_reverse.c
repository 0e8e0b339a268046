/* __enzyme_virtualreverse: the shadow of a function is a pair of halves, that of a table a table of pairs. */
#include <enzyme.h>
#include "check.h"

static double area(double r, int n, double *scale) { return r * r * *scale * n; }
struct augmented {
    void *tape;
    double value;
};
struct pair {
    struct augmented (*augmented)(double, int, int, double *, double *);
    double (*reverse)(double, int, int, double *, double *, double, void *);
};

static void fill(double *x, char k) { x[1] = x[0] * x[0] * k; }
struct fill_pair {
    void *(*augmented)(double *, double *, char);
    void (*reverse)(double *, double *, char, void *);
};

static int told;
static void tell(const char *what) { told += what[0]; }
static double *next(double *p) { return p + 1; }
struct ops {
    double weight;
    int version;
    double (*area)(double, int, double *);
    void (*tell)(const char *);
    struct more {
        double *(*next)(double *);
    } *more;
};
static struct more more = {next};
static struct ops table[2] = {{2, 7, area, tell, &more}, {3, 8, area, tell, &more}};

/* a derivative by way of such a shadow is differentiated again: the pointer's function was not among
 * those that the call may mean */
static double cube(double x) { return x * x * x; }
static double through(double (*g)(double), double x) { return g(x) * x; }
static double slope(double x) {
    return __enzyme_autodiff((void *)through, enzyme_dup, cube, __enzyme_virtualreverse((void *)cube), enzyme_out, x);
}

int main(void) {
    CHECK_CLOSE(slope(3.0), 108, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)slope, 3.0, 1.0), 108, 1e-12);
    CHECK_CLOSE(__enzyme_autodiff((void *)slope, 3.0), 108, 1e-12);
    struct pair *p = __enzyme_virtualreverse((void *)area);
    double scale = 3, dscale = 0;
    struct augmented a = p->augmented(2, 5, 5, &scale, &dscale);
    CHECK_CLOSE(a.value, 60, 1e-12);
    scale = 77;
    CHECK_CLOSE(p->reverse(2, 5, 5, &scale, &dscale, 10, a.tape), 10 * 2 * 2 * 3 * 5, 1e-12);
    CHECK_CLOSE(dscale, 10 * 4 * 5, 1e-12);

    struct fill_pair *f = __enzyme_virtualreverse((void *)fill);
    double x[2] = {3, 0}, dx[2] = {0, 1};
    void *tape = f->augmented(x, dx, 2);
    CHECK_CLOSE(x[1], 18, 1e-12);
    x[0] = 0;
    f->reverse(x, dx, 2, tape);
    CHECK_CLOSE(dx[0], 12, 1e-12);
    CHECK_CLOSE(dx[1], 0, 1e-12);

    struct ops *shadow = __enzyme_virtualreverse(table);
    CHECK_TRUE(shadow != table && shadow[1].version == 8 && shadow[1].weight == 0);
    CHECK_TRUE((void *)shadow[0].area == (void *)p && shadow[0].more != &more);
    CHECK_TRUE((void *)shadow[1].more->next == __enzyme_virtualreverse((void *)next));
    struct ops *second = __enzyme_virtualreverse(&table[1]);
    CHECK_TRUE(second == shadow + 1);
    table[0].tell("a");
    return report();
}
