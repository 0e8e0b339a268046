/* The macros of <enzyme.h>, and registrations that are static. */
#include <enzyme.h>
#include "check.h"

static double twice(double x) { return 2 * x; }
static double twice_augmented(double x) { return 2 * x; }
static double twice_reverse(double x, double seed) { return (void)x, 200 * seed; }
ENZYME_REGISTER_GRADIENT(twice, twice_augmented, twice_reverse);
struct tangent { double value, tangent; };
static struct tangent twice_tangent(double x, double dx) { return (struct tangent){2 * x, 300 * dx}; }
ENZYME_REGISTER_DERIVATIVE(twice, twice_tangent);

static double split(double x) { return 5 * x; }
struct taped { void *tape; double value; };
static struct taped split_augmented(double x) { return (struct taped){0, 5 * x}; }
static struct tangent split_tangent(double x, double dx, void *tape) { return (void)tape, (struct tangent){5 * x, dx}; }
ENZYME_REGISTER_SPLITDERIVATIVE(split, split_augmented, split_tangent);

static double quiet(double x) { return x; }
ENZYME_INACTIVE_FUNCTION(quiet);
static double memory;
ENZYME_INACTIVE_GLOBAL(memory);
static double my_exp(double x) { return exp(x) + 1; }
ENZYME_FUNCTION_LIKE(my_exp, "log");
static double my_sin(double) ENZYME_LIKE("cos");
static double my_sin(double x) { return sin(x); }
ENZYME_INACTIVE static double silent(double x) { return x; }
static int alive;
static void *get(size_t bytes) { return alive++, malloc(bytes); }
static void give(void *p) { alive--, free(p); }
ENZYME_ALLOCATION_LIKE(get, 0, "-1", give);
ENZYME_NOFREE(quiet);
ENZYME_SHOULD_RECOMPUTE(silent);

static double plain(double x) { return x; }
static double plain_aug(double x) { return x; }
static double plain_rev(double x, double seed) { return (void)x, 77 * seed; }
#if __clang_major__ >= 18 /* older ones drop it: there enzcc asks for the macro */
static
#endif
void *__enzyme_register_gradient_plain[] = {(void *)plain, (void *)plain_aug, (void *)plain_rev};
static int unused_variable = 3;

static double f(double x) { return twice(x) + split(x) + quiet(x) * x + my_exp(x) + my_sin(x) + silent(x) * x; }
static double g(double x) {
    double *p = get(sizeof *p);
    memory = x;
    *p = x * memory;
    x *= *p;
    give(p);
    return x;
}
static double h(double x) { return plain(x); }

int main(void) {
    double x = 2;
    if (!markers_work) return report();
    CHECK_CLOSE(__enzyme_autodiff((void *)f, x), 200 + 5 + x + 1 / x - sin(x) + x, 1e-15);
    CHECK_CLOSE(__enzyme_fwddiff((void *)f, x, 1.0), 300 + 5 + x + 1 / x - sin(x) + x, 1e-15);
    CHECK_CLOSE(__enzyme_autodiff((void *)g, x), 2 * x * x, 1e-15);
    CHECK_CLOSE(__enzyme_fwddiff((void *)g, x, 1.0), 2 * x * x, 1e-15);
    CHECK_TRUE(alive == 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)h, x), 77, 0);
    return report();
}
