/* Active numbers that are written as text, where other text is read as a number, or nobody wants
 * what is read, or the program says that it is constant. */
#include "check.h"
#include <stdarg.h>

static char line[80];

__attribute__((annotate("enzyme_inactive"))) static double parse(const char *text) { return strtod(text, 0); }

struct run { FILE *log, *settings; const char *scale; double step; char name[8], line[40]; };

static struct run run;

static void say(const char *how, ...) {
    va_list list;
    va_start(list, how);
    vfprintf(run.log, how, list);
    va_end(list);
}

static double f(double *x, int n) {
    char log[80], scale[] = "2.5";
    double y, rounded;
    snprintf(log, sizeof log, "%g", x[0] * x[0]);
    if (atof(log) > 1e9) puts(log);
    sscanf(scale, "%lf", &y);
    snprintf(line, sizeof line, "%.1f", 0 * x[1] + 0.25);
    rounded = parse(line);
    if (run.settings && fscanf(run.settings, "%lf", &run.step) != 1) return 0;
    snprintf(run.line, sizeof run.line, "%s %g", run.name, x[0]);
    say("%s: %s %g\n", run.name, run.line, x[1]);
    return y * x[0] * x[n - 1] + rounded * x[0] + run.step * atof(run.scale) * x[1];
}
ARRAY_TEST(f)

int main(void) {
    run = (struct run){fopen("/dev/null", "w"), 0, "1.5", 0.5, "newton", ""};
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
