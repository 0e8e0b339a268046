/* As a Fortran compiler calls it: names end in an underscore, words are common blocks, all is passed by reference. */
#include "check.h"

int enzyme_const_, enzyme_dup_;
double f__enzyme_autodiff_(void *, ...);
double f__enzyme_fwddiff_(void *, ...);

double f_(const double *x, const int *n) {
    double s = 0, t = 1;
    for (int i = 0; i < *n; i++) {
        t = t * sin(x[i]) + 0.5;
        s += x[i] * x[i] * t;
    }
    return s;
}

int main(void) {
    int n = 3;
    double x[3] = {0.3, 0.7, 1.1}, dx[3] = {0};
    f__enzyme_autodiff_((void *)f_, x, dx, &enzyme_const_, &n);
    for (int i = 0; i < n; i++) {
        double d[3] = {0}, h = 1e-6, saved = x[i];
        d[i] = 1;
        double tangent = f__enzyme_fwddiff_((void *)f_, &enzyme_dup_, x, d, &enzyme_const_, &n);
        x[i] = saved + h;
        double more = f_(x, &n);
        x[i] = saved - h;
        double slope = (more - f_(x, &n)) / (2 * h);
        x[i] = saved;
        if (fabs(tangent - slope) > 1e-7 || fabs(dx[i] - slope) > 1e-7) {
            printf("%d: %.9g and %.9g, not %.9g\n", i, tangent, dx[i], slope);
            return 1;
        }
    }
    return 0;
}
