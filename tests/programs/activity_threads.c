/* Gradients computed in several threads at once do not disturb one another. */
#include "check.h"
#include <pthread.h>

static double f(const double *x, int n) {
    double s = x[0];
    for (int i = 0; i < 2000; i++) s = s * 0.999 + sin(s + x[i % n]) * 0.01;
    return s;
}

struct job { double x[3], g[3]; };

static void *work(void *opaque) {
    struct job *j = opaque;
    for (int k = 0; k < 20; k++) {
        memset(j->g, 0, sizeof j->g);
        __enzyme_autodiff_void((void *)f, enzyme_dup, j->x, j->g, enzyme_const, 3);
    }
    return NULL;
}

int main(void) {
    struct job jobs[4];
    pthread_t threads[4];
    if (!markers_work) return report();
    for (int t = 0; t < 4; t++) {
        for (int i = 0; i < 3; i++) jobs[t].x[i] = 0.1 * (t + 1) + 0.3 * i;
        if (pthread_create(&threads[t], NULL, work, &jobs[t])) return 1;
    }
    for (int t = 0; t < 4; t++) pthread_join(threads[t], NULL);
    for (int t = 0; t < 4; t++) {
        double g[3] = {0};
        __enzyme_autodiff_void((void *)f, enzyme_dup, jobs[t].x, g, enzyme_const, 3);
        for (int i = 0; i < 3; i++) CHECK_CLOSE(jobs[t].g[i], g[i], 1e-15);
    }
    return report();
}
