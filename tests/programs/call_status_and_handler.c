/* A status that comes back from functions in a table decides whether an error handler is called, which
   nobody has set: neither the status nor the handler carries a derivative. */
#include "check.h"

typedef void handler(const char *reason, int code);
typedef struct {
    int (*start)(double *state, const double *x, int n);
    double (*value)(const double *state, int n);
} method;

handler *error_handler = 0;

handler *set_error_handler(handler *h) {
    handler *before = error_handler;
    error_handler = h;
    return before;
}

NOINLINE static void fail(const char *reason, int code) {
    if (error_handler) {
        error_handler(reason, code);
        return;
    }
    printf("%s: %d\n", reason, code);
    abort();
}

static int start_squares(double *state, const double *x, int n) {
    for (int i = 0; i < n; i++) state[i] = x[i] * x[i];
    return n > 9 ? 3 : 0;
}
static double value_squares(const double *state, int n) { return state[0] * state[n - 1]; }
static int start_sines(double *state, const double *x, int n) {
    for (int i = 0; i < n; i++) state[i] = sin(x[i]) + x[0];
    return n > 9 ? 4 : 0;
}
static double value_sines(const double *state, int n) { return state[0] + 2 * state[n - 1]; }

static const method squares = {start_squares, value_squares};
static const method sines = {start_sines, value_sines};
const method *methods[2] = {&squares, &sines};

static double f(double *x, int n) {
    double sum = 0;
    for (int k = 0; k < 2; k++) {
        const method *m = methods[k];
        double *state = malloc(n * sizeof *state);
        int status = m->start(state, x, n);
        if (status) fail("cannot start", status);
        sum += m->value(state, n);
        free(state);
    }
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    return report();
}
