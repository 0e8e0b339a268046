/* Memory of the library that its functions change: errno, what a function has handed out a pointer
   to, variables. What was read there is kept; functions that set it stay where they are. */
#include "check.h"
#include <errno.h>
#include <time.h>
#include <unistd.h>

#define USE(k)                                                                                   \
    do {                                                                                         \
        int at = (k) & 3;                                                                        \
        s += exp(x[at]) * x[(at + 1) & 3];                                                       \
        if (at > 1) s *= x[(at + 2) & 3];                                                        \
    } while (0)

static double set_by_logarithms(double *x, int n) {
    double s = 0;
    errno = 0;
    for (int i = 0; i < n; i++) {
        s += atan(log(i != 2)) * x[i];
        USE(errno == ERANGE ? 3 : errno ? 2 : 1);
        USE(errno);
    }
    return s;
}
static double set_by_others(double *x, int n) {
    static const char *const numbers[] = {"1", "99999999999999999999999", "3", "4"};
    double s = 0;
    errno = 0;
    for (int i = 0; i < n; i++) {
        int k = strtol(numbers[i % 4], 0, 10) & 3;
        USE(k);
        USE(errno == ERANGE ? 2 : 1);
        USE(errno);
    }
    return s;
}
static double told(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        time_t at = i * 3601;
        const struct tm *m = gmtime(&at);
        USE(m->tm_hour + m->tm_sec);
    }
    return s;
}
static double in_variables(double *x, int n) {
    static char name[] = "f", a[] = "-a", b[] = "-b2", *words[] = {name, a, b, a, 0};
    double s = 0;
    int c;
    for (optind = 1; (c = getopt(4, words, "ab:")) >= 0;) {
        USE(optind);
        if (c == 'b') USE(*optarg);
    }
    return s;
}
ARRAY_TEST(set_by_logarithms)
ARRAY_TEST(set_by_others)
ARRAY_TEST(told)
ARRAY_TEST(in_variables)

int main(void) {
    CHECK(set_by_others, 0.5, 0.75, 1.25, 0.3);
    CHECK(told, 0.5, 0.75, 1.25, 0.3);
    CHECK(in_variables, 0.5, 0.75, 1.25, 0.3);
    CHECK(set_by_logarithms, 0.5, 0.75, 1.25, 0.3);
    return report();
}
