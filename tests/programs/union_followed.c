/* The pointers of a union are stored by the caller, and the function differentiated copies them and follows them: LLVM
   loads words, of which no tag says what they are, and nothing but doubles is seen to be stored. */
#include "check.h"

struct item {
    int kind;
    union {
        double d;
        double *p;
    } u;
};

NOINLINE static double number(struct item x, int kind) { return kind == 1 ? *x.u.p : x.u.d; }

static double follow(struct item *t, double *y, double *z, int n) {
    double sum = z[1] + y[0] * y[0];
    for (int i = 0; i < n; i++) {
        t[0] = t[1];
        struct item *one = t + (i + 2) % 5;
        one->kind = 0, one->u.d = sum * 0.5 + z[i % n];
        one = t + (i + 1) % 5;
        sum = sum * 0.7 + number(*one, one->kind) * z[0];
    }
    for (int i = 0; i < 5; i++) sum += (i + 1) * number(t[i], t[i].kind);
    return sum;
}

/* LLVM chooses among a number and the bits of a pointer, as doubles. */
struct beside {
    double w;
    union { double d; double *p; } u;
    int kind;
};
static inline double value(struct beside x) { return x.kind == 1 ? *x.u.p : x.u.d; }
static double chosen(double *z, int n) {
    struct beside t[5] = {{0}};
    double y[6], sum = z[1];
    for (int i = 0; i < 6; i++) y[i] = z[i] * (i + 1);
    for (int i = 0; i < 5; i++) {
        t[i].kind = i & 1, t[i].w = z[i];
        if (i & 1)
            t[i].u.p = y + i;
        else
            t[i].u.d = z[i];
    }
    for (int i = 0; i < n; i++) {
        t[3].kind = 0, t[3].u.d = sum * 0.5 + z[i % n];
        struct beside *one = t + (i + 1) % 5;
        one->w = one->w * 0.5 + sum * 0.1, sum += one->w;
        t[0].kind = 1, t[0].u.p = &y[i % 6];
        t[1].kind = 1, t[1].u.p = &y[3];
        if (sum > 0.1) t[3].kind = 1, t[3].u.p = &y[i % 6];
    }
    for (int i = 0; i < 5; i++) sum += (i + 1) * value(t[i]) + t[i].w;
    return sum;
}

static void check_chosen(double *z, int n) {
    for (int i = 0; i < 6; i++) {
        double h = 1e-4, y[6], unit[6] = {0}, slope = 0;
        unit[i] = 1;
        for (int k = -1; k < 2; k += 2) {
            memcpy(y, z, sizeof y);
            y[i] += k * h;
            slope += k * chosen(y, n) / (2 * h);
        }
        double tangent = __enzyme_fwddiff((void *)chosen, enzyme_dup, z, unit, enzyme_const, n);
        check_expect("chosen", "tangent", i, tangent, slope, 1e-7);
    }
}

/* z[0..4]: where pointers lead and what numbers are; z[5..]: the rest. */
static void start(struct item *t, double *z) {
    for (int i = 0; i < 5; i++)
        if (i & 1)
            t[i].kind = 1, t[i].u.p = z + i;
        else
            t[i].kind = 0, t[i].u.d = z[i];
}

static double followed(double *z, int n) {
    struct item t[5];
    start(t, z);
    return follow(t, z, z + 5, n);
}

int main(void) {
    double z[11] = {0.31, 0.72, -0.43, 0.94, 0.157, -1.21, 0.5, 0.25, 0.7, 0.35, 0.4};
    if (!markers_work) return report();
    for (int n = 1; n < 7; n++) {
        check_chosen(z, n);
        double low[6] = {0.31, -0.72, -0.43, 0.94, 0.157, -1.21};
        check_chosen(low, n);
        struct item t[5], d[5];
        double y[11], dy[11] = {0}, unit[11] = {0};
        memcpy(y, z, sizeof z);
        start(t, y);
        for (int i = 0; i < 5; i++) {
            d[i] = (struct item){0};
            if (i & 1) d[i].u.p = dy + i;
        }
        __enzyme_autodiff((void *)follow, enzyme_dup, t, d, enzyme_dup, y, dy, enzyme_dup, y + 5, dy + 5, enzyme_const, n);
        for (int i = 0; i < 5; i += 2) dy[i] += d[i].u.d;
        for (int i = 0; i < 11; i++) {
            double h = 1e-4, slope = 0;
            for (int k = -1; k < 2; k += 2) {
                memcpy(y, z, sizeof z);
                y[i] += k * h;
                slope += k * followed(y, n) / (2 * h);
            }
            check_expect("follow", "gradient", i, dy[i], slope, 1e-7);
            memcpy(y, z, sizeof z);
            unit[i] = 1;
            double tangent = __enzyme_fwddiff((void *)followed, enzyme_dup, y, unit, enzyme_const, n);
            check_expect("follow", "tangent", i, tangent, slope, 1e-7);
            memset(unit, 0, sizeof unit);
        }
    }
    return report();
}
