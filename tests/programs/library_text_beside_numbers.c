/* Active numbers that are written as text, where other text is read as a number, or nobody wants
 * what is read, or the program says that it is constant. */
#include "check.h"

static char line[80];

__attribute__((annotate("enzyme_inactive"))) static double parse(const char *text) { return strtod(text, 0); }

static double f(double *x, int n) {
    char log[80], scale[] = "2.5";
    double y, rounded;
    snprintf(log, sizeof log, "%g", x[0] * x[0]);
    if (atof(log) > 1e9) puts(log);
    sscanf(scale, "%lf", &y);
    snprintf(line, sizeof line, "%.1f", 0 * x[1] + 0.25);
    rounded = parse(line);
    return y * x[0] * x[n - 1] + rounded * x[0];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
