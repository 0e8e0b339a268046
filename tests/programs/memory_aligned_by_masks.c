#include "check.h"
/* Addresses made aligned: the shadow of memory need not have the same low bits. */
static double raw(double *x, int n) {
    char *base = malloc(n * 8 + 64 + 8) ;
    char *start = base + 8 * (n % 3);
    double *p = (double *)(((uintptr_t)start + 63) & ~(uintptr_t)63);
    for (int i = 0; i < n; i++) p[i] = x[i] * x[i];
    double s = 0;
    for (int i = 0; i < n; i++) s += p[i] * (i + 1);
    free(base);
    return s;
}
ARRAY_TEST(raw)
static double loop(double *x, int n) {
    char buf[1024]; char *at = buf + 8; double *row[8];
    for (int i = 0; i < n; i++) { at = (char *)(((uintptr_t)at + 31) & -32); row[i] = (double *)at; at += 8 * (i % 3 + 1); for (int j = 0; j <= i % 3; j++) row[i][j] = x[i] * (j + 1); }
    double s = 0;
    for (int i = 0; i < n; i++) for (int j = 0; j <= i % 3; j++) s += row[i][j] * row[i][0];
    return s;
}
ARRAY_TEST(loop)
int main(void) { CHECK(raw, 0.5, 0.75, -1.25); CHECK(loop, 0.5, 0.75, -1.25, 0.3, 0.4);  return report(); }
