/* What the primal prints is printed once a call, in its order. */
#include "check.h"

static FILE *sink;

static double f(double *x, int n) {
    double s = 1;
    for (int i = 0; i < n; i++) {
        fprintf(sink, "%d:%.2f ", i, s);
        s *= x[i];
    }
    fprintf(sink, "end %.2f\n", s);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    char text[200] = {0};
    double x[] = {2, 3, 4}, b[3] = {0};
    sink = tmpfile();
    if (!sink) return 1;
    CHECK(f, 2.0, 3.0, 4.0);
    fclose(sink);
    sink = tmpfile();
    if (markers_work) {
        f_reverse(x, b, 3);
        f_forward(x, b, 3);
        rewind(sink);
        size_t got = fread(text, 1, sizeof text - 1, sink);
        const char *line = "0:1.00 1:2.00 2:6.00 end 24.00\n";
        CHECK_TRUE(got == 2 * strlen(line));
        CHECK_TRUE(memcmp(text, line, strlen(line)) == 0);
        CHECK_TRUE(memcmp(text + strlen(line), line, strlen(line)) == 0);
    }
    fclose(sink);
    return report();
}
