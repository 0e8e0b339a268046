/* Active values in variables of file scope, of all kinds: they have shadows of their own, which
   nothing of an earlier derivative is left in. */
#include "check.h"

static double total = 3;
static _Thread_local double buffer[4][3];
static struct {
    int count;
    double last, rows[2][4];
} state;
double shared[4];

/* What the variable holds before the call is a constant. */
static double accumulated(double *x, int n) {
    double before = total;
    for (int i = 0; i < n; i++) total += x[i] * x[i] * (i ? total : 1);
    double r = total * x[0];
    total = before;
    return r;
}
ARRAY_TEST(accumulated)

static NOINLINE void put(int i, int j, double v) { buffer[i][j] = v; }

static double thread_local_array(double *x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < 3; j++) put(i, j, x[i] * x[j]);
    for (int j = 0; j < 3; j++)
        for (int i = 0; i < n; i++) sum += buffer[i][j] * buffer[(i + 1) % n][2];
    return sum + buffer[1][2] * buffer[0][1];
}
ARRAY_TEST(thread_local_array)

static double in_a_struct(double *x, int n) {
    state.count = 0;
    for (int i = 0; i < n; i++) {
        state.rows[i & 1][i] = x[i] * x[(i + 1) % n];
        state.last = state.rows[i & 1][i] * (state.count ? state.last : 1);
        state.count++;
    }
    double *row = state.rows[n & 1];
    return state.last * state.count + row[0] * row[n - 1] + state.rows[1][1];
}
ARRAY_TEST(in_a_struct)

/* Memory of an argument, a local array or a variable behind one pointer. */
static double one_of_three(double *x, int n) {
    double local[4];
    for (int i = 0; i < n; i++) local[i] = x[i] * 2, shared[i] = x[i] * x[i];
    double r = 0;
    for (int i = 0; i < n; i++) {
        double *p = i % 3 == 0 ? x : i % 3 == 1 ? local : shared;
        p[i] += x[0] * p[n - 1 - i];
        r += p[i] * p[0];
    }
    return r;
}
ARRAY_TEST(one_of_three)

static double *place(int k) {
    static double kept[4];
    return &kept[k];
}

static double in_a_function(double *x, int n) {
    double r = 1;
    for (int i = 0; i < n; i++) *place(i) = sin(x[i]);
    for (int i = 0; i < n; i++) r += *place(i) * *place(n - 1 - i) * x[i];
    return r;
}
ARRAY_TEST(in_a_function)

/* Static variables with names that derivatives and their helpers might have. */
static double named_like_ours(double *x, int n) {
    static double gradient, autodiff, forward, tangent, shadow, enzcc, kept[2];
    gradient = x[0] * x[1], autodiff = gradient * x[n - 1], forward = sin(autodiff);
    tangent = forward * gradient, shadow = tangent + autodiff, enzcc = shadow * x[0];
    kept[n & 1] = enzcc * enzcc;
    return kept[n & 1] + gradient;
}
ARRAY_TEST(named_like_ours)

/* A variable that a pointer may lead to, and that nobody reads. */
static double unread[8];
NOINLINE static double *either(double *a, double *b, int k) { return k & 1 ? a : b; }
static double into_unread(double *x, int n) {
    double local[4] = {x[0], x[1], x[n - 1]};
    for (int i = 0; i < n; i++) unread[i] = x[i];
    double *p = either(local, unread, n);
    for (int i = 1; i < n - 1; i++) p[i] = x[0] * x[i];
    return sin(local[0]) + local[1] * x[1] + local[n - 2];
}
ARRAY_TEST(into_unread)

int main(void) {
    CHECK(into_unread, 0.3, 1.5, -0.7, 0.4);
    CHECK(into_unread, 0.3, 1.5, -0.7);
    CHECK(named_like_ours, 0.3, 1.5, -0.7);
    CHECK(accumulated, 0.3, 1.5, -0.7);
    CHECK(thread_local_array, 0.3, 1.5, -0.7, 0.4);
    CHECK(in_a_struct, 0.3, 1.5, -0.7, 0.4);
    CHECK(one_of_three, 0.3, 1.5, -0.7, 0.4);
    CHECK(in_a_function, 0.3, 1.5, -0.7, 0.4);
    return report();
}
