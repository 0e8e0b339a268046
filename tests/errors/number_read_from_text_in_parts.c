// expect: 21:18: error: cannot differentiate through text
// note: active floating values are written as text, and a floating value is read from such text here
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct entry { double scale; char text[40]; };
static void format(char *to, const char *how, ...) {
    va_list list;
    va_start(list, how);
    vsnprintf(to, 80, how, list);
    va_end(list);
}
static double f(double x) {
    struct entry e = {2, ""};
    char line[80];
    snprintf(e.text, sizeof e.text, "%.17g", x * x);
    char *copy = strdup(e.text);
    format(line, "%d %s", 1, copy);
    strtok(line, " ");
    double sum = atof(strtok(0, " ")) + e.scale * x;
    free(copy);
    return sum;
}
extern double __enzyme_autodiff(void *, ...);
double g(double x) { return __enzyme_autodiff((void *)f, x); }
