/* Pointers into records that functions of the library return: what lies beside the text is reached
   through them, and has a shadow. */
#define _GNU_SOURCE
#include "check.h"
#include <strings.h>
#include <time.h>

struct record { char name[8]; double value; };
static volatile int first = 0;

static struct record *of(char *name) { return (struct record *)(name - first); }
static void fill(struct record *r, const double *x) {
    for (int i = 0; i < 2; i++) {
        strcpy(r[i].name, i ? "xbc" : "abc");
        r[i].value = x[i] * x[i + 1];
    }
}
static double found(double *x, int n) {
    struct record r[2];
    fill(r, x);
    double s = of(memrchr(r[first].name, 'a', 8))->value * x[n - 1];
    s += of(index(r[first + 1].name, 'x'))->value * x[0];
    s += of(strcasestr(r[first].name, "AB"))->value * x[1];
    s *= of(memmem(r[first].name, 8, "abc", 3))->value;
    return s + of(strchr(r[first].name, 'a'))->value;
}
static double filled(double *x, int n) {
    struct record r[2];
    fill(r, x);
    FILE *input = fmemopen((char[]){"text"}, 5, "r");
    double s = of(fgets(r[first].name, 8, input))->value * x[n - 1];
    fclose(input);
    of(strncpy(r[first + 1].name, "text", 8))->value *= s;
    return r[1].value;
}
static double told(double *x, int n) {
    struct { struct tm time; double value; } at = {.value = x[0] * x[1]};
    time_t seconds = n;
    double *behind = (double *)(gmtime_r(&seconds, &at.time) + 1);
    *behind *= x[2];
    return at.value * at.time.tm_sec;
}
ARRAY_TEST(found)
ARRAY_TEST(filled)
ARRAY_TEST(told)

int main(void) {
    CHECK(found, 0.5, 0.75, 1.25);
    CHECK(filled, 0.5, 0.75, 1.25);
    CHECK(told, 0.5, 0.75, 1.25);
    return report();
}
