/* A variant: a number, an integer or a string, kept in arrays and copied whole. */
#include "check.h"

enum kind { NUMBER, COUNT, TEXT };
struct variant {
    enum kind kind;
    union { double number; long count; const char *text; } as;
};

static double value(const struct variant *v) {
    switch (v->kind) {
    case NUMBER: return v->as.number;
    case COUNT: return (double)v->as.count;
    case TEXT: return (double)strlen(v->as.text);
    }
    return 0;
}

static double f(double *x, int n) {
    struct variant row[6], copy[6];
    for (int i = 0; i < 6; i++)
        switch (i % 3) {
        case 0: row[i].kind = NUMBER, row[i].as.number = x[i % n] * x[0]; break;
        case 1: row[i].kind = COUNT, row[i].as.count = i + n; break;
        default: row[i].kind = TEXT, row[i].as.text = i % 2 ? "odd" : "evenly"; break;
        }
    for (int i = 0; i < 6; i++) copy[(i * 5 + n) % 6] = row[i];
    struct variant last = copy[n % 6];
    copy[n % 6] = copy[0], copy[0] = last;
    double s = 1;
    for (int i = 0; i < 6; i++) s = s * 0.5 + value(&copy[i]) * (i + 1) * value(&row[5 - i]);
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75);
    CHECK(f, 0.5, 1.25);
    return report();
}
