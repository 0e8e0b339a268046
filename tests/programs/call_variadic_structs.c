/* Structs by value behind `...`, in registers and in memory, beside numbers and pointers. */
#include <stdarg.h>
#include "check.h"

struct point { double x, y; };
struct floats { float x, y, z; };
struct mixed { int n; double v; };
struct large { double v[3]; char c; };
struct narrow { float v[5]; };
struct one { float v; };

static double sum(const char *kinds, ...) {
    va_list list;
    double s = 0;
    va_start(list, kinds);
    for (; *kinds; kinds++) {
        switch (*kinds) {
        case 'p': { struct point p = va_arg(list, struct point); s += p.x * p.y; break; }
        case 'f': { struct floats f = va_arg(list, struct floats); s += f.x * f.y + 3 * f.z; break; }
        case 'm': { struct mixed m = va_arg(list, struct mixed); s += m.n * m.v; break; }
        case 'l': { struct large l = va_arg(list, struct large); s += l.v[0] * l.v[2] * l.c; break; }
        case 'n': { struct narrow n = va_arg(list, struct narrow); s += n.v[0] * n.v[4]; break; }
        case 'o': s += 7 * va_arg(list, struct one).v; break;
        case 'd': s *= va_arg(list, double); break;
        case 'i': s += va_arg(list, int); break;
        }
    }
    va_end(list);
    return s;
}

static double f(double *x, int n) {
    struct point p = {x[0], x[1]};
    struct floats q = {x[0], x[1], x[2]};
    struct mixed m = {n, x[3]};
    struct large l = {{x[0], 0, x[2]}, 3};
    struct narrow w = {{x[1], 0, 0, 0, x[3]}};
    struct one o = {x[2]};
    return sum("plnid", p, l, w, n, x[3]) + sum("fmond", q, m, o, w, x[0]) + sum("ppppppp", p, p, p, p, p, p, p) +
           sum("nnl", w, w, l);
}

/* by hand, for x = (1, 2, 4, 0.5) and n = 3 */
static const double by_x[4] = {0.5 * (2 + 12) + (2 + 12 + 1.5 + 28 + 1) + 2 + 14 + 12, 0.5 * (1 + 0.5) + 1.5 + 7 + 1,
                               1.5 + 3 + 7 + 3, (2 + 12 + 1 + 3) + 0.5 * 2 + (3 + 2) + 4};

/* The list is copied where it was handed to, and small structs of characters are passed as odd integers. */
struct letters { char c[3]; };
NOINLINE static double read(int n, va_list list) {
    va_list again;
    double s = 0, first;
    va_copy(again, list);
    for (int i = 0; i < n; i++) {
        double d = va_arg(list, double);
        s += d * d * va_arg(list, struct letters).c[1];
    }
    first = va_arg(again, double);
    va_end(again);
    return s > 1e6 ? read(n - 1, list) : s * first;
}
static double handed(int n, ...) {
    va_list list;
    va_start(list, n);
    double s = read(n, list);
    va_end(list);
    return s;
}
static double cube(double x) {
    struct letters l = {{1, 3, 2}};
    return handed(2, x, l, 2 * x, l);
}

int main(void) {
    double x[4] = {1, 2, 4, 0.5}, d[4] = {0};
    if (!markers_work) return 0;
    __enzyme_autodiff_void((void *)f, x, d, 3);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(d[i], by_x[i], 1e-6);
    for (int i = 0; i < 4; i++) {
        double t[4] = {i == 0, i == 1, i == 2, i == 3};
        CHECK_CLOSE(__enzyme_fwddiff((void *)f, x, t, 3), by_x[i], 1e-6);
    }
    CHECK_CLOSE(__enzyme_autodiff((void *)cube, 2.0), 180, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)cube, 2.0, 1.0), 180, 1e-12);
    return failures != 0;
}
