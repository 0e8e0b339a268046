/* Annotations of loops in the source: the pragma, and every spelling of the attribute. */
#include "check.h"

#define EVERY(n) __attribute__((enzyme_checkpoint("periodic", n)))

static double annotated(double x, int n) {
    double s = x, t = 0;
    const char *text = "#pragma enzyme checkpoint(\"revolve\", 4) [[enzyme::checkpoint]]"; /* not one of them */
    #pragma enzyme checkpoint("revolve", 4)  // few states
    for (int i = 0; i < n; i++) s = s + 0.1 * sin(s + i);
    if (n > 3)
        [[enzyme::checkpoint("binomial")]] for (int i = 0; i < n; i++) { t += s * i; s *= 0.99; }
    else t = 2;
    EVERY(2 + 1) for (int i = 0; i < n; i++) { if (i == 7) continue; t += cos(s); s *= 0.98; }
    _Pragma("enzyme checkpoint(\"store_all\")") for (int i = 0; i < 3; i++) t *= s;
    for (int k = 0; k < 2; k++) {
        [[enzyme_checkpoint]] for (int i = 0; i < n; i++) {
            if (s > 50) break;
            s += t * 0.001;
        }
        __attribute__((enzyme_checkpointing_enable("regular", 2)))
        for (int i = 0; i < 4; i++) s += 0.01 * s * i;
    }
    [[enzyme::checkpointing_enable("none")]] for (int i = 0; i < 3; i++) t += s;
    return t + (strlen(text) == 62 ? 0 : 1000);
}

static double plain(double x, int n) {
    double s = x, t = 0;
    for (int i = 0; i < n; i++) s = s + 0.1 * sin(s + i);
    if (n > 3)
        for (int i = 0; i < n; i++) { t += s * i; s *= 0.99; }
    else t = 2;
    for (int i = 0; i < n; i++) { if (i == 7) continue; t += cos(s); s *= 0.98; }
    for (int i = 0; i < 3; i++) t *= s;
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < n; i++) {
            if (s > 50) break;
            s += t * 0.001;
        }
        for (int i = 0; i < 4; i++) s += 0.01 * s * i;
    }
    for (int i = 0; i < 3; i++) t += s;
    return t;
}

int main(void) {
    for (int n = 0; n < 20; n += 6) {
        CHECK_CLOSE(annotated(0.5, n), plain(0.5, n), 1e-14);
        if (!markers_work) continue;
        double want = __enzyme_autodiff((void *)plain, 0.5, n);
        CHECK_CLOSE(__enzyme_autodiff((void *)annotated, 0.5, n), want, 1e-11);
        CHECK_CLOSE(__enzyme_fwddiff((void *)annotated, 0.5, 1.0, n), want, 1e-11);
    }
    return failures != 0;
}
