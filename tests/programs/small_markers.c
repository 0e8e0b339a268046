/* Markers that ask for no derivative: inactive calls, hints of kinds, counts that grow. */
#include "check.h"

void __enzyme_call_inactive(void *, ...);
double __enzyme_call_inactive_double(void *, ...);
void *__enzyme_call_inactive_pointer(void *, ...);
void __enzyme_double(void *, ...);
void __enzyme_float(void *, ...);
void __enzyme_integer(void *, ...);
void __enzyme_pointer(void *, ...);
int __enzyme_iter(int, int);

/* ---- calls that are not differentiated */

static double seen;
static int calls;
static double measure(double x) { calls++; return seen = x * x; }
static void note(const double *x, int n) { for (int i = 0; i < n; i++) seen += x[i]; calls++; }
static double *through(double *x) { calls++; return x; }

static double with_inactive(double x) {
    double scale = __enzyme_call_inactive_double((void *)measure, x);
    double local[2] = {x, 2 * x};
    __enzyme_call_inactive((void *)note, local, 2);
    return scale * x + local[1];
}

static double by_pointer(double (*f)(double), double x) {
    return __enzyme_call_inactive_double((void *)f, x) * x;
}
static double with_pointer(double x) { return by_pointer(x > 100 ? sin : measure, x); }

static void inactive_calls(void) {
    calls = 0, seen = 0;
    CHECK_CLOSE(__enzyme_autodiff((void *)with_inactive, 3.0), 9 + 2, 1e-15);
    CHECK_TRUE(calls == 2);
    CHECK_CLOSE(seen, 9 + 3 + 6, 1e-15);
    CHECK_CLOSE(__enzyme_fwddiff((void *)with_inactive, 3.0, 2.0), 22, 1e-15);
    CHECK_TRUE(calls == 4);
    CHECK_CLOSE(with_inactive(3.0), 33, 1e-15); /* it is a plain call where nothing is differentiated */
    CHECK_CLOSE(__enzyme_autodiff((void *)with_pointer, 3.0), 9, 1e-15);
    double *p = __enzyme_call_inactive_pointer((void *)through, &seen);
    CHECK_TRUE(p == &seen);
}

/* ---- kinds that nothing else tells */

struct mixed { unsigned char bytes[32]; };

static void copy_out(void *to, const void *from, int n) {
    memcpy(to, from, n * sizeof(double));
}

static void copies(void *to, void *from, int n) {
    __enzyme_double(to, 8);
    __enzyme_double(from, 8);
    copy_out(to, from, n);
}

static void copies_struct(struct mixed *to, struct mixed *from) {
    __enzyme_double(from, 16);                /* two doubles, a float, and integers */
    __enzyme_float(from->bytes + 16, 4);
    __enzyme_integer(from->bytes + 20, 12);
    memcpy(to, from, sizeof *to);
}

static void copies_floats(void *to, void *from, int bytes) {
    __enzyme_float(from, -1);
    memcpy(to, from, bytes);
}

static void hints(void) {
    double x[3] = {1, 2, 3}, y[3], dx[3] = {0}, dy[3] = {1, 10, 100};
    __enzyme_autodiff_void((void *)copies, y, dy, x, dx, 3);
    CHECK_CLOSE(dx[0] + dx[1] + dx[2], 111, 1e-15);
    CHECK_TRUE(dy[0] == 0 && dy[2] == 0);
    __enzyme_fwddiff_void((void *)copies, y, dy, x, dx, 3);
    CHECK_CLOSE(dy[2], 100, 1e-15);

    struct mixed from, to, dfrom, dto;
    memset(&from, 7, sizeof from), memset(&dfrom, 0, sizeof dfrom), memset(&dto, 0, sizeof dto);
    double seed[2] = {2, 3}, got[2];
    float small = 5;
    memcpy(&dto, seed, sizeof seed), memcpy(dto.bytes + 16, &small, sizeof small);
    __enzyme_autodiff_void((void *)copies_struct, &to, &dto, &from, &dfrom);
    memcpy(got, &dfrom, sizeof got), memcpy(&small, dfrom.bytes + 16, sizeof small);
    CHECK_CLOSE(got[0], 2, 1e-15);
    CHECK_CLOSE(got[1], 3, 1e-15);
    CHECK_CLOSE(small, 5, 1e-15);

    float u[2] = {1, 2}, v[2], du[2] = {0}, dv[2] = {3, 4};
    __enzyme_autodiff_void((void *)copies_floats, v, dv, u, du, (int)sizeof u);
    CHECK_CLOSE(du[0] * 10 + du[1], 34, 1e-15);
}

/* ---- a series of which each derivative takes more terms */

static double series(double x, int n) {
    double sum = 0, term = 1;
    int terms = __enzyme_iter(n, 1);
    for (int i = 0; i < terms; i++) {
        sum += term;
        term *= x;
    }
    return sum; /* 1 + x + ... + x^(n-1) */
}
static double slope(double x, int n) { return __enzyme_autodiff((void *)series, x, n); }
static double slope2(double x, int n) { return __enzyme_fwddiff((void *)slope, x, 1.0, n); }

static void iterations(void) {
    double x = 0.5, first = 0, second = 0;
    for (int k = 1; k <= 4; k++) first += k * pow(x, k - 1);      /* 4 + 1 terms */
    for (int k = 2; k <= 5; k++) second += k * (k - 1) * pow(x, k - 2); /* 4 + 2 terms */
    CHECK_CLOSE(series(x, 4), 1.875, 1e-15);
    CHECK_CLOSE(slope(x, 4), first, 1e-14);
    CHECK_CLOSE(slope2(x, 4), second, 1e-14);
}

int main(void) {
    if (!markers_work) return 0;
    inactive_calls();
    hints();
    iterations();
    return failures != 0;
}
