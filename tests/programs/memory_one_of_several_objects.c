/* Pointers that may point to one of several objects of different shape: what lies in one says
   nothing about the others. */
#include "check.h"

struct item {
    double p;
    int k;
    double q[2];
    double *r;
};

/* A loaded pointer is chosen between an array and a field of one of several structs. */
static double field_or_array(double *x, int n) {
    struct item s, both[2];
    s.p = x[1], s.k = 2, s.r = x, s.q[0] = x[2] * x[0], s.q[1] = sin(x[0]);
    both[0] = both[1] = s;
    both[1].p *= x[0];
    double sum = 0;
    for (int i = 0; i < n; i++) {
        sum += x[i] > 0.5 ? x[i] * x[(i + 1) % n] : both[i & 1].p;
        for (int c = 0; c < 2; c++) sum += both[1].q[c] * both[0].r[i];
    }
    return sum;
}
ARRAY_TEST(field_or_array)

/* Written and read through a pointer that walks over one of them. */
static double written_through(double *x, int n) {
    struct item s = {x[0] * x[1], 1, {x[1], x[2]}, x};
    double plain[3] = {x[2], x[0], x[1] * x[1]};
    double *p = n > 3 && x[0] > 0 ? s.q : plain;
    for (int i = 0; i < 2; i++, p++) *p = *p * x[i] + cos(*p);
    return s.p * s.q[0] + s.q[1] * plain[0] + plain[1] * plain[2] + s.r[1] * s.k;
}
ARRAY_TEST(written_through)

/* A copy from one of two structs in different surroundings. */
static double copied_from_one(double *x, int n) {
    struct item alone = {x[0], 3, {x[1], x[0] * x[2]}, x + 1};
    struct item row[3] = {{x[1], 1, {x[2], x[3]}, x}, {x[0] * x[0], 0, {x[0], x[3]}, x + 2}, alone};
    double sum = 0;
    for (int i = 0; i < n; i++) {
        struct item copy;
        memcpy(&copy, x[i] > 0 ? &alone : &row[i % 3], sizeof copy);
        sum += copy.p * copy.q[i & 1] * *copy.r + copy.k * x[i];
        row[i % 3].q[0] = sum;
    }
    return sum;
}
ARRAY_TEST(copied_from_one)

/* Constant, local and active memory behind one parameter of a function that stays a call. */
static const double table[4] = {1.5, -0.5, 2, 0.25};

NOINLINE static double weighted(const double *p, double *out, int n) {
    for (int i = 0; i < n; i++) out[i] += p[i] * p[n - 1 - i];
    return n > 1 ? weighted(p + 1, out + 1, n - 1) : *p;
}

static double through_a_parameter(double *x, int n) {
    double local[4], sums[4] = {0}, unused[4] = {0};
    for (int i = 0; i < n; i++) local[i] = x[i] * table[i];
    double r = weighted(table, sums, n) + weighted(local, sums, n) + weighted(x, sums, n);
    weighted(table, unused, n);
    for (int i = 0; i < n; i++) r += sums[i] * unused[i] * x[i];
    return r;
}
ARRAY_TEST(through_a_parameter)

/* Two buffers change places; a struct remembers which is the current one. */
static double changing_places(double *x, int n) {
    double spare[4] = {0};
    struct {
        double *now, *next;
        double weight;
    } state = {x, spare, x[0]};
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < n; i++) state.next[i] = sin(state.now[i]) + state.now[(i + 1) % n] * state.weight;
        double *swap = state.now;
        state.now = state.next;
        state.next = swap;
    }
    return state.now[0] + state.next[1];
}
ARRAY_TEST(changing_places)

/* Cleared: one of them, of which only that call tells how long it is. */
static void clear_one(double *x, double *out) {
    double t[4], *unseen = out + 2;
    for (int i = 0; i < 4; i++) t[i] = x[i] * x[i];
    memset(x[0] > 0 ? t : unseen, 0, sizeof t);
    for (int i = 0; i < 2; i++) out[i] = t[i] + t[2 + i] * x[i];
}

static void check_cleared(double first, double kept) {
    double x[4] = {first, 2, 3, 4}, dx[4] = {0}, out[6] = {0}, dout[6] = {1, 1, 5, 5, 5, 5};
    __enzyme_autodiff((void *)clear_one, x, dx, out, dout);
    CHECK_CLOSE(dx[0], (1 - kept) * (2 * first + 9), 1e-12);
    CHECK_CLOSE(dx[3], (1 - kept) * 8 * 2, 1e-12);
    for (int i = 2; i < 6; i++) CHECK_CLOSE(dout[i], 5 * kept, 1e-12);
}

int main(void) {
    check_cleared(1, 1);
    check_cleared(-1, 0);
    CHECK(field_or_array, 0.3, 1.5, -0.7, 0.4);
    CHECK(written_through, 0.3, 1.5, -0.7, 0.4);
    CHECK(written_through, -0.3, 1.5, -0.7, 0.4);
    CHECK(copied_from_one, 0.3, 1.5, -0.7, 0.4);
    CHECK(through_a_parameter, 0.3, 1.5, -0.7, 0.4);
    CHECK(changing_places, 0.3, 1.5, -0.7, 0.4);
    return report();
}
