/* Pointers in what an argument leads to, with shadows or without, that lead to a variable which the function uses by
 * its name, too: what goes from one to the other is lost, and the program ends. (It went on, with wrong numbers; for
 * variables of the thread in any case.) Pointers to other memory are right. */
#define _GNU_SOURCE
#include "check.h"
#include "ends.h"
#include <math.h>
#include <string.h>

struct link { double *to; struct link *next; };
static double total[3];
static _Thread_local double own[3];

static double read_there(const double *x, const struct link *n) {
    total[1] = x[0] * x[0];
    double s = 0;
    for (; n; n = n->next) s += x[0] * *n->to;
    return s + total[1];
}
static double written_there(const double *x, const struct link *n) {
    for (; n; n = n->next) *n->to = x[0] * x[0];
    return x[0] * total[1];
}
static double read_own(const double *x, const struct link *n) {
    own[1] = x[0] * x[0];
    double s = 0;
    for (; n; n = n->next) s += x[0] * *n->to;
    return s + own[1];
}
static double written_own(const double *x, const struct link *n) {
    for (; n; n = n->next) *n->to = x[0] * x[0];
    return x[0] * own[1];
}
static double copied_there(const double *x, const struct link *n) {
    for (; n; n = n->next) memcpy(n->to, x, sizeof *x);
    return x[0] * total[1];
}
#ifdef __linux__
struct other { double *to; }; /* another type, so that the function writes to two places of its own */
static double second_there(const double *x, const struct link *n, const struct other *m) {
    sincos(x[0], n->to, m->to);
    return x[0] * total[1];
}
#endif
static double given_itself(const double *x) {
    own[1] = x[0] * x[0];
    return own[1] * x[1];
}

#define ENDS(f, target)                                                                                                \
    do {                                                                                                               \
        struct link last = {&target[1], 0}, first = {&target[2], &last};                                               \
        struct link last_shadow = {more, 0}, first_shadow = {more, &last_shadow};                                      \
        IN_CHILD(__enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_const, &first));                               \
        CHECK_TRUE(child_exit && strstr(child_said, "leads to the variable '" #target "'"));                           \
        IN_CHILD(__enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_dup, &first, &first_shadow));                  \
        CHECK_TRUE(child_exit && strstr(child_said, "leads to the variable '" #target "'"));                           \
        IN_CHILD(__enzyme_fwddiff((void *)f, enzyme_dup, x, dx, enzyme_dup, &first, &first_shadow));                   \
        CHECK_TRUE(child_exit && strstr(child_said, "leads to the variable '" #target "'"));                           \
    } while (0)

#define IS_RIGHT(f, gradient, there)                                                                                   \
    do {                                                                                                               \
        double other = 2, other_shadow = 0;                                                                            \
        struct link last = {&other, 0}, first = {&other, &last};                                                       \
        struct link last_shadow = {&other_shadow, 0}, first_shadow = {&other_shadow, &last_shadow};                    \
        dx[0] = 0;                                                                                                     \
        __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_dup, &first, &first_shadow);                            \
        CHECK_CLOSE(dx[0], gradient, 1e-12);                                                                           \
        CHECK_CLOSE(other_shadow, there, 1e-12);                                                                       \
    } while (0)

int main(void) {
    double x[] = {3}, dx[] = {0}, more[3] = {0};
    ENDS(read_there, total);
    ENDS(written_there, total);
    ENDS(copied_there, total);
#ifdef __linux__
    double sine;
    struct link first = {&sine, 0};
    struct other second = {&total[1]};
    IN_CHILD(__enzyme_autodiff((void *)second_there, enzyme_dup, x, dx, enzyme_const, &first, enzyme_const, &second));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the variable 'total'"));
#endif
    ENDS(read_own, own);
    ENDS(written_own, own);
    IN_CHILD(__enzyme_autodiff((void *)given_itself, enzyme_dup, own, more));
    CHECK_TRUE(child_exit && strstr(child_said, "points to the global variable 'own'"));
    IS_RIGHT(read_there, 10, 6);
    IS_RIGHT(read_own, 10, 6);
    total[1] = own[1] = 5;
    IS_RIGHT(written_there, 5, 0);
    IS_RIGHT(written_own, 5, 0);
    return report();
}
