/* printf, puts, fprintf and putchar of active values: printed by the primal, without derivative. */
#include "check.h"

static FILE *log_file;

static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += x[i] * x[i];
        fprintf(log_file, "i=%d x=%g s=%.3f\n", i, x[i], s);
        if (s > 1e6) printf("large %f\n", s);
    }
    fputs("done", log_file);
    fputc('\n', log_file);
    if (s < 0) puts("negative");
    char text[64];
    snprintf(text, sizeof text, "%g", s);
    if (text[0] == '?') putchar('?');
    fflush(log_file);
    return s * x[0];
}
ARRAY_TEST(f)

int main(void) {
    log_file = tmpfile();
    if (!log_file) return 1;
    CHECK(f, 0.75, 0.25, -0.5);
    fclose(log_file);
    return report();
}
