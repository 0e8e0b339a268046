/* _Generic, _Bool, enums, static_assert, designated initialisers, anonymous members. */
#include "check.h"
#include <stdbool.h>

#define twice(v) _Generic((v), float: twicef, double: twiced)(v)
static float twicef(float v) { return 2 * v; }
static double twiced(double v) { return v * v; }
_Static_assert(sizeof(double) == 8, "double");

enum kind { LINEAR = 3, CUBIC = -1 };
struct shape {
    enum kind kind;
    bool on;
    union { struct { double a, b; }; double both[2]; };
};

static double f(double *x, int n) {
    struct shape shapes[] = {[1] = {.kind = CUBIC, .on = true, .a = x[0], .b = x[1]},
                             [0] = {LINEAR, n > 1, {{x[1], 2}}}};
    double s = 0;
    for (int i = 0; i < 2; i++) {
        const struct shape *p = shapes + i;
        bool cubic = p->kind == CUBIC;
        if (p->on) s += cubic ? p->both[0] * p->b * p->a : p->both[1] * p->a;
        s += twice(p->a) * cubic + (double)twice(1.5f);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    return report();
}
