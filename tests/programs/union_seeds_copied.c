/* Memory of arguments that holds doubles and pointers in turn, copied in bulk; and numbers that are stored where pointers
   have lain since before the call, whose shadows are no seeds. LLVM loads one double for both members of a union. */
#include "check.h"

struct item {
    int kind;
    union {
        double d;
        const double *p;
    };
    double rest[9];
};

NOINLINE static void through_copies(struct item *u, const double *x, int n) {
    for (int i = 0; i < n; i++) {
        u[0].kind += 2;
        struct item k = u[0]; /* a number */
        double old = k.d;
        u[0].p = x + i % 3; /* a pointer lies there meanwhile */
        double y = u[0].p[1];
        u[1] = u[0];
        y += u[1].p[0];
        u[1].d = y * old;
        k.d *= y + u[1].d;
        k.rest[3] += k.d;
        u[0] = k; /* and a number again, in bulk */
    }
}

/* What lies there in the end is only known at run time: a pointer, if n is odd. */
NOINLINE static void untold(struct item *u, const double *x, int n) {
    struct item a = {0}, b = {0};
    a.d = u[0].d * x[0];
    b.p = x + 1;
    a.kind = n, b.kind = 2, a.rest[n] = x[1];
    for (int i = 0; i < n; i++) {
        u[2] = i & 1 ? a : b;
        if (!(i & 1)) u[3].d = u[2].p[i & 1] * x[3] + u[0].d;
    }
}

/* A variable of the function's own holds a pointer in one iteration and a number in the next. */
NOINLINE static void exchanged(struct item *u, const double *x, int n) {
    for (int i = 0; i < n; i++) {
        u[0].p = x + 1, u[0].kind = i;
        double y = u[0].p[i % 2];
        struct item m = u[i & 1 ? 1 : 0];
        u[i & 1 ? 1 : 0] = u[i & 1 ? 3 : 2];
        u[i & 1 ? 3 : 2] = m;
        u[0].d = y * u[i & 1 ? 1 : 0].rest[2];
        if (!(i & 1)) u[2].d = y * y; /* a pointer has come there */
    }
}

static const double weights[4] = {1, 3, 0.5, -2};

typedef void function(struct item *, const double *, int);
static function *const all[] = {through_copies, untold, exchanged};
static const char *const names[] = {"through_copies", "untold", "exchanged"};
#define GRADIENT(f) \
    __enzyme_autodiff_void((void *)f, enzyme_dup, u, d, enzyme_dup, z + 4, got + 4, enzyme_const, n)

static double weighted(const double *z, int n, int which) {
    struct item u[4];
    double sum = 0;
    memset(u, 0, sizeof u);
    for (int i = 0; i < 4; i++) u[i].d = z[i], u[i].rest[2] = 0.5;
    all[which](u, z + 4, n);
    for (int i = 0; i < 4; i++)
        if (which != 1 || i != 2 || n % 2 == 0) sum += weights[i] * u[i].d;
    return sum;
}

static void check_copies(int n, int which) {
    double z[9] = {0.5, 0.75, 1.25, 1.5, 0.3, 0.4, 0.6, 0.2, 0.9}, got[9] = {0};
    struct item u[4], d[4];
    memset(u, 0, sizeof u), memset(d, 0, sizeof d);
    for (int i = 0; i < 4; i++) u[i].d = z[i], u[i].rest[2] = 0.5, d[i].d = weights[i];
    if (which == 1 && n % 2) d[2].d = 0;
    switch (which) {
    case 0: GRADIENT(through_copies); break;
    case 1: GRADIENT(untold); break;
    default: GRADIENT(exchanged);
    }
    for (int i = 0; i < 9; i++) {
        double h = 1e-4, y = z[i];
        double slope = (z[i] = y + h, weighted(z, n, which)) - (z[i] = y - h, weighted(z, n, which));
        z[i] = y;
        check_expect(names[which], "gradient", i, i < 4 ? d[i].d : got[i], slope / (2 * h), 1e-6);
    }
}

/* Pointers from before the call: the shadow there is no seed of the float that comes. */
struct single {
    int kind;
    union {
        float f;
        const double *p;
        struct { float a, b; } both;
    };
};

NOINLINE static void floats_over(struct single *u, const double *x, int n) {
    for (int i = 0; i < n; i++) {
        double y = u[i].kind == 2 ? u[i].p[1] : u[i].f;
        if (u[i].kind == 2 && i & 1) u[i].p = x + 2, y += u[i].p[0];
        if (i % 3 == 2)
            u[i].both.a = u[i].both.b = (float)(y * x[0]);
        else
            u[i].f = (float)(y * x[0]);
        u[i].kind = 0;
    }
}

NOINLINE static void doubles_over(struct item *u, struct item *v, const double *x, int n) {
    for (int i = 0; i < n; i++) {
        struct item k = u[i];
        double y = k.kind == 2 ? k.p[1] : k.d;
        k.kind = 0, k.d = y * x[0], k.rest[1] *= y;
        u[i] = k;
        v[i] = k;
    }
}

static void check_before(void) {
    double x[4] = {0.5, 0.75, 1.25, 1.5}, dx[4] = {0};
    struct single u[6], d[6];
    memset(u, 0, sizeof u), memset(d, 0, sizeof d);
    for (int i = 0; i < 6; i++) {
        u[i].kind = i != 3 ? 2 : 0;
        if (i != 3)
            u[i].p = x, d[i].p = dx;
        else
            u[i].f = 2, d[i].f = 4;
    }
    __enzyme_autodiff_void((void *)floats_over, enzyme_dup, u, d, enzyme_dup, x, dx, enzyme_const, 6);
    for (int i = 0; i < 4; i++) check_expect("floats_over", "dx", i, dx[i], i == 0 ? 8 : 0, 1e-12);
    for (int i = 0; i < 6; i++) check_expect("floats_over", "d", i, d[i].f, i == 3 ? 2 : 0, 1e-6);

    double z[4] = {0.5, 0.75, 1.25, 1.5}, dz[4] = {0};
    struct item a[3], b[3], da[3], db[3];
    memset(a, 0, sizeof a), memset(da, 0, sizeof da), memset(b, 0, sizeof b), memset(db, 0, sizeof db);
    for (int i = 0; i < 3; i++) {
        a[i].kind = i != 1 ? 2 : 0, a[i].rest[1] = 1, da[i].rest[1] = 3;
        if (i != 1)
            a[i].p = z, da[i].p = dz;
        else
            a[i].d = 2, da[i].d = 4;
        db[i].d = 5;
    }
    __enzyme_autodiff_void((void *)doubles_over, enzyme_dup, a, da, enzyme_dup, b, db, enzyme_dup, z, dz, enzyme_const, 3);
    check_expect("doubles_over", "dz", 0, dz[0], 2 * 5 * 0.75 + 9 * 2, 1e-12);
    check_expect("doubles_over", "dz", 1, dz[1], 2 * (5 * 0.5 + 3), 1e-12);
    check_expect("doubles_over", "da", 1, da[1].d, 9 * 0.5 + 3, 1e-12);
}

int main(void) {
    if (!markers_work) return report();
    for (int which = 0; which < 3; which++)
        for (int n = 1; n < 4; n++) check_copies(n, which);
    check_before();
    return report();
}
