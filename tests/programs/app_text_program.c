/* A program read from text: tokens, numbers by strtod and atoi (inactive), variables active. */
#include "check.h"
#include <ctype.h>

static double evaluate(const char *s, const double *x) {
    double total = 0, factor = 1;
    while (*s) {
        char *end;
        if (isspace((unsigned char)*s)) {
            s++;
        } else if (*s == 'x') {
            factor *= x[atoi(s + 1)];
            s += 2;
        } else if (*s == '+') {
            total += factor;
            factor = 1;
            s++;
        } else if (isdigit((unsigned char)*s)) {
            factor *= strtod(s, &end);
            s = end;
        } else {
            s++;
        }
    }
    return total + factor;
}

static double f(double *x, int n) { return evaluate("2.5 x0 x1 + x1 x1 x1 0.5 + 7", x) * n; }
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5);
    return report();
}
