/* Elements that a loop reads again in the next iterations, or hands to them, are on the tape once.
   In place or not, upwards and downwards, in steps of two, behind conditions, where a store comes
   between two reads, and for loops that run never, once or twice: against forward mode. */
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIZE = 24 };
extern int enzyme_dup, enzyme_const;
void __enzyme_autodiff(void *, ...);
double __enzyme_fwddiff(void *, ...);

static double squares(const double *w) {
    double sum = 0;
    for (int i = 0; i < SIZE; i++) sum += w[i] * w[i];
    return sum;
}

#define LOOP(name, head, body)                        \
    static double name(const double *x, int n) {      \
        double w[SIZE], v[SIZE];                      \
        for (int i = 0; i < SIZE; i++) w[i] = v[i] = x[i]; \
        for (int t = 0; t < 3; t++) {                 \
            head { body }                             \
            for (int i = 0; i < SIZE; i++) v[i] *= 0.9; \
        }                                             \
        return squares(w) + squares(v);               \
    }

LOOP(relaxed, for (int i = 1; i + 1 < n; i++),
     w[i] = w[i] * w[i + 1] * 0.5 + w[i - 1] * w[i - 1] * 0.3 + w[i] * w[i] * 0.2;)
LOOP(ahead, for (int i = 0; i + 2 < n; i++), w[i] = w[i + 2] * w[i] * 0.5 + w[i + 1] * w[i];)
LOOP(between, for (int i = 0; i + 3 < n; i++),
     w[i + 1] = w[i + 3] * w[i] * 0.5 + w[i + 2] * w[i + 1];)
LOOP(downwards, for (int i = n - 1; i >= 2; i--), w[i] = w[i - 2] * w[i] * 0.5 + w[i - 1] * w[i];)
LOOP(by_twos, for (int i = 0; i + 4 < n; i += 2),
     w[i] = w[i + 4] * w[i] * 0.5 + w[i + 2] * w[i] + w[i + 1] * w[i + 3];
     w[i + 1] = w[i] * w[i + 2];)
LOOP(elsewhere, for (int i = 2; i + 2 < n; i++),
     w[i] *= 0.9; v[i] = v[i] * v[i] + w[i] * w[i - 2] + w[i + 2] * w[i - 1] * w[i + 1] * 0.3;)
LOOP(chosen, for (int i = 2; i + 2 < n; i++),
     if (x[i] > 0.5) w[i + 1] = w[i] * w[i - 2]; else v[i] = w[i + 2] * w[i - 1] * v[i - 1];)
LOOP(twice, for (int i = 0; i + 3 < n; i++), double a = w[i] * w[i + 1] * 0.3;
     w[i + 2] = a + w[i + 2] * 0.5; double b = w[i + 1] * w[i + 2];
     w[i + 3] = b * a * 0.1 + w[i + 3] * w[i + 3] * 0.1;)
LOOP(nonlinear, for (int i = 1; i + 1 < n; i++),
     v[i] = w[i] - 0.1 * w[i] * (w[i + 1] - w[i - 1]); w[i - 1] = v[i - 1] * v[i];)

static double handed(const double *x, int n) {
    double w[SIZE], p = x[0], q = x[1], r = x[2];
    for (int i = 0; i < SIZE; i++) w[i] = x[i];
    for (int t = 0; t < 3; t++)
        for (int i = 0; i < n; i++) {
            double z = sin(p * r) + w[i] * q;
            p = q;
            q = r;
            r = z * 0.5;
            w[i] = z * p + 0.1 * w[i];
        }
    return squares(w) + p * q * r;
}

static double recurrent(const double *x, int n) {
    double w[SIZE], state = x[3], sum = 0;
    for (int i = 0; i < SIZE; i++) w[i] = x[i];
    for (int i = 0; i < n; i++) {
        double next = tanh(state * x[4] + w[i]);
        w[i] = next * state;
        state = next;
        sum += next * next * state;
    }
    return sum + squares(w);
}

static double plane(const double *x, int n) {
    double w[SIZE][SIZE], sum = 0;
    for (int j = 0; j < SIZE; j++)
        for (int i = 0; i < SIZE; i++) w[j][i] = x[i] * (1 + 0.01 * j);
    for (int t = 0; t < 2; t++)
        for (int j = 1; j + 1 < n; j++)
            for (int i = 1; i + 1 < n; i++)
                w[j][i] = w[j][i] * w[j][i + 1] * 0.4 + w[j - 1][i + 1] * w[j + 1][i - 1] * 0.5 +
                          w[j + 1][i] * w[j + 1][i + 1] * 0.1;
    for (int j = 0; j < SIZE; j++) sum += squares(w[j]);
    return sum;
}

/* a place beside them that goes round and round */
static double around(const double *p, int n) {
    double x[SIZE], s = 0;
    memcpy(x, p, sizeof x);
    for (long i = 1; i + 1 < n; i++)
        x[i] = .7 * x[i] * x[i + 1] + .2 * x[i - 1] / (1.5 + p[i % 3] * x[i % 3]);
    for (int i = 0; i < n; i++) s += x[i] * (i + 1);
    return s;
}

static int wrong;

static void check(const char *name, int n, const double *d, const double *expected) {
    for (int i = 0; i < SIZE; i++)
        if (!(fabs(d[i] - expected[i]) <= 1e-11 * (1 + fabs(expected[i])))) {
            if (wrong++ < 20)
                printf("%s, n = %d: %g, not %g\n", name, n, d[i], expected[i]);
            return;
        }
}

#define RUN(name)                                                                             \
    for (int n = 0; n <= SIZE; n++) {                                                         \
        double x[SIZE], d[SIZE] = {0}, e[SIZE], expected[SIZE];                               \
        for (int i = 0; i < SIZE; i++) x[i] = 0.3 + 0.6 * fabs(sin(i * 1.3 + n));             \
        __enzyme_autodiff((void *)name, enzyme_dup, x, d, enzyme_const, n);                   \
        for (int i = 0; i < SIZE; i++) {                                                      \
            memset(e, 0, sizeof e);                                                           \
            e[i] = 1;                                                                         \
            expected[i] = __enzyme_fwddiff((void *)name, enzyme_dup, x, e, enzyme_const, n);  \
        }                                                                                     \
        check(#name, n, d, expected);                                                         \
    }

int main(void) {
    RUN(relaxed) RUN(ahead) RUN(between) RUN(downwards) RUN(by_twos) RUN(elsewhere)
    RUN(chosen) RUN(twice) RUN(nonlinear) RUN(handed) RUN(recurrent) RUN(plane) RUN(around)
    return wrong != 0;
}
