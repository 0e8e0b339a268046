/* Second derivatives of lists, grown memory, constant memory that meets active, VLAs, calls. */
#include "order.h"

struct node { double v; struct node *next; };
static double list(const double *x, int n) {
    struct node *head = 0; double s = 0;
    for (int i = 0; i < n; i++) { struct node *m = malloc(sizeof *m); m->v = x[i] * x[i]; m->next = head; head = m; }
    for (struct node *m = head; m; m = m->next) { for (struct node *k = m->next; k; k = k->next) k->v *= cos(m->v); s += m->v * m->v; }
    while (head) { struct node *m = head->next; s += head->v * (m ? m->v : 1); free(head); head = m; }
    return s;
}
static double grown(const double *x, int n) {
    double *y = 0, s = 0; int have = 0;
    for (int i = 0; i < n; i++) { have += 2; y = realloc(y, have * sizeof *y); y[have - 2] = x[i] * x[i]; y[have - 1] = sin(x[i]) * (i ? y[have - 3] : 1); }
    for (int i = 0; i < have; i++) s += y[i] * y[have - 1 - i] * y[i];
    free(y);
    return s;
}
static double mixed(const double *x, int n) {
    static const double table[4] = {1.5, 2.5, -1, 0.5}; double s = 1;
    for (int i = 0; i < n; i++) { const double *p = i & 1 ? x : table; s = s * p[i] + x[i] * s * s * 0.1; }
    return s;
}
/* What a `void *` in a table leads to: numbers, or a counter that changes. */
struct layer { double (*of)(double, void *); void *data; };
static double line(double z, void *data) { double *w = data; return w[0] * z + w[1]; }
static double power(double z, void *data) {
    int *k = data;
    double r = pow(fabs(z) + 1, *k * 0.5);
    *k = *k % 3 + 1;
    return r;
}
static double layers(const double *x, int n) {
    int k = 3;
    struct layer all[3] = {{line, (void *)x}, {power, &k}, {line, (void *)(x + 2)}};
    double z = x[n - 1];
    for (int i = 0; i < 9; i++) z = all[i % 3].of(0.5 * z, all[i % 3].data);
    return z;
}
static double vla(const double *x, int n) {
    double s = 0;
    for (int k = 1; k <= n; k++) { double y[k]; for (int i = 0; i < k; i++) y[i] = x[i] * (s + x[k - 1]); for (int i = 0; i < k; i++) s += sin(y[i] * y[k - 1 - i]); }
    return s;
}
static double mathf(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += pow(fabs(x[i]), 1.7) + atan2(x[i], s + 2) * tanh(x[i]) + erf(x[i] * s) + lgamma(2 + x[i]) + sqrt(1 + x[i] * x[i]) / (2 + s) + hypot(x[i], s) + log1p(x[i] * x[i]) + cbrt(3 + x[i]) + fmax(x[i], s) * x[i];
    return s;
}
static double spread(const double *x, int n) {
    double s = 0, m = 0;
    for (int i = 0; i < n; i++) m += x[i];
    m /= n;
    for (int i = 0; i < n; i++) s += (x[i] - m) * (x[i] - m) / (1 + x[i] * m);
    return sqrt(s / (n - 1)) * exp(-m);
}
NOINLINE static double inner(double *y, const double *x, int n, double a) {
    double s = 0;
    for (int i = 0; i < n; i++) { y[i] = a * y[i] * x[i] + s; s += y[i] * a; }
    return s;
}
static double calls(const double *x, int n) {
    double y[8], s = 1;
    for (int i = 0; i < n; i++) y[i] = x[i] + i;
    for (int i = 0; i < n; i++) s = sin(inner(y, x, n, s * x[i])) + y[i];
    return s;
}

SECOND_TEST(layers)
SECOND_TEST(list)
SECOND_TEST(grown)
SECOND_TEST(mixed)
SECOND_TEST(vla)
SECOND_TEST(mathf)
SECOND_TEST(spread)
SECOND_TEST(calls)

int main(void) {
    double x[4] = {0.3, 0.7, -0.4, 0.9};
    SECOND_CHECK(list, x, 4);
    SECOND_CHECK(grown, x, 4);
    SECOND_CHECK(mixed, x, 4);
    SECOND_CHECK(vla, x, 4);
    SECOND_CHECK(mathf, x, 4);
    SECOND_CHECK(spread, x, 4);
    SECOND_CHECK(calls, x, 4);
    SECOND_CHECK(layers, x, 4);
    return report();
}
