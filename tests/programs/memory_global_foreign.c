/* Active data that goes to memory which was there before, and has no shadow: the program ends and
   says where, rather than giving a derivative without it. */
#include "check.h"
#include <sys/wait.h>
#include <unistd.h>

static double *cache;
static int size;
NOINLINE static double *workspace(int n) {
    if (n > size) {
        free(cache);
        cache = malloc(n * sizeof *cache);
        size = n;
    }
    return cache;
}
static double f(double *x, int n) {
    double *w = workspace(n);
    for (int i = 0; i < n; i++) w[i] = x[i] * x[i];
    double s = 0;
    for (int i = 0; i < n; i++) s += w[i];
    return s;
}
ARRAY_TEST(f)

int main(void) {
    double x[3] = {1, 2, 3}, dx[3] = {0};
    f_primal(x, 3); /* allocates the workspace: not what a derivative knows of */
    int ends[2];
    if (pipe(ends)) return 1;
    if (fork() == 0) {
        dup2(ends[1], STDERR_FILENO);
        f_reverse(x, dx, 3);
        _exit(0);
    }
    close(ends[1]);
    char text[4096];
    int status;
    ssize_t length = read(ends[0], text, sizeof text - 1);
    text[length < 0 ? 0 : length] = 0;
    wait(&status);
    if (markers_work) {
        CHECK_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
        CHECK_TRUE(strstr(text, "memory_global_foreign.c:19: active data is stored here") != NULL);
    }
    free(cache);
    return report();
}
