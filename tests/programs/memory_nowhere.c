/* Pointers that go ways on which the analysis of memory loses sight of them: the derivative is right,
   or the program ends and says where, rather than giving one in which something is missing. */
#include "check.h"
#include "ends.h"
#include <stdint.h>

struct pair { double *p; long n; };

static double printed(double *x, int n) {
    char text[64];
    void *p;
    snprintf(text, sizeof text, "%p", (void *)x);
    sscanf(text, "%p", &p);
    return ((double *)p)[0] * ((double *)p)[n - 1];
}
static double moved_as_bytes(double *x, int n) {
    struct pair a = {x, n}, *b = malloc(sizeof *b);
    volatile int size = sizeof a;
    for (int i = 0; i < size; i++) ((char *)b)[i] = ((char *)&a)[i];
    double y = b->p[0] * b->p[n - 1];
    free(b);
    return y;
}
/* which memory strtok cuts into words, it alone knows */
static double cut(double *x, int n) {
    struct { char words[8]; double value; } a = {"b c", x[n - 1]};
    volatile int first = 0;
    char *word = strtok(a.words + first, " ");
    return *(double *)(word + 8) * x[0];
}
/* what no pointer ever leads to, and nobody reads */
static double never_read(double *x, int n) {
    struct pair none[2] = {{0}};
    double s = x[0] * x[n - 1], into[2] = {0};
    for (int i = 0; i < 2; i++) {
        if (none[i].p) s += none[i].p[0];
        if (none[i].n) memcpy(into, none[i].p, none[i].n * sizeof *into);
    }
    return s + into[0];
}
ARRAY_TEST(printed)
ARRAY_TEST(moved_as_bytes)
ARRAY_TEST(cut)
ARRAY_TEST(never_read)

typedef void derivative(double *, double *, int);

/* Does it end with a message that names this place, or give what is right? */
static int is_right_or_ends(derivative *what) {
    double x[2] = {2, 3}, dx[2] = {0};
    IN_CHILD(what(x, dx, 2); _exit(dx[0] == 3 && dx[1] == 2 ? 0 : 1));
    return is_right_or_said("memory_nowhere.c:", "cannot tell to which memory");
}

int main(void) {
    if (!markers_work) return report();
    CHECK_TRUE(is_right_or_ends(printed_reverse));
    CHECK_TRUE(is_right_or_ends(moved_as_bytes_reverse));
    CHECK_TRUE(is_right_or_ends(cut_reverse));
    double x[2] = {2, 3}, dx[2] = {0};
    never_read_reverse(x, dx, 2);
    CHECK_TRUE(dx[0] == 3 && dx[1] == 2);
    return report();
}
