/* Structs swapped byte by byte, as a generic sort does. */
#include "check.h"

struct it { double k; int id; };
static void sw(char *a, char *b, size_t n) { do { char t = *a; *a++ = *b; *b++ = t; } while (--n); }
static double f(double *x, int n) { struct it v[8]; double s = 0; for (int i = 0; i < n; i++) v[i] = (struct it){x[i] * x[0], i}; for (int i = 0; i < n; i++) for (int j = i + 1; j < n; j++) if (v[j].k < v[i].k) sw((char *)&v[i], (char *)&v[j], sizeof *v); for (int i = 0; i < n; i++) s += v[i].k * (i + 1) * v[i].id; return s; }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, 0.75, 1.5, 0.3, 0.9);
    return report();
}
