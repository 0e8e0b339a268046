/* The element before one that varies, in arrays of pointers, of structs that hold them, of functions: LLVM reads it
   some bytes in front of the other one. */
#include "check.h"

static double rows(double *x, int n) {
    double *r[3];
    for (int i = 0; i < 3; i++) r[i] = calloc(6, sizeof *r[i]);
    for (int k = 1; k < 4; k++)
        for (int i = 0; i < k; i++)
            for (int j = 0; j < 6; j++) r[i][j] += x[j % n] * x[i] * (k == i + 1) + (i ? r[i - 1][j] : 0);
    double s = r[2][0] + r[2][4] * r[1][1];
    for (int i = 0; i < 3; i++) free(r[i]);
    return s;
}
ARRAY_TEST(rows)

struct row {
    double *data;
    int number;
};

static double structs(double *x, int n) {
    struct row r[3];
    for (int i = 0; i < 3; i++) r[i] = (struct row){calloc(6, sizeof *x), i};
    for (int k = 1; k < 4; k++)
        for (int i = 0; i < k; i++)
            for (int j = 0; j < 6; j++)
                r[i].data[j] += x[j % n] * x[i] * (k == i + 1) + (i ? r[i - 1].data[j] : 0);
    double s = r[2].data[0] * r[1].number;
    for (int i = 0; i < 3; i++) free(r[i].data);
    return s;
}
ARRAY_TEST(structs)

struct term {
    double (*value)(struct term *, double);
    double c;
};
static double square(struct term *t, double x) { return x * x * t->c; }
static double shifted(struct term *t, double x) { return x + t->c; }

static double terms(double *x, int n) {
    struct term made[3] = {{square, x[0]}, {shifted, x[1]}, {square, x[2]}}, *t[3] = {made, made + 1, made + 2};
    double sums[6] = {0}, s = 0;
    for (int k = 1; k < 4; k++)
        for (int i = 0; i < k; i++)
            for (int j = 0; j < 6; j++)
                sums[j] += t[i]->value(t[i], x[j % n]) * (k == i + 1)
                           + (i ? t[i - 1]->value(t[i - 1], x[2]) : 0);
    for (int j = 0; j < 6; j++) s += sums[j] * (j + 1);
    return s;
}
ARRAY_TEST(terms)

/* Other arrays lie in front: `s.rows[i - 1]` is also so many elements behind `s`, and some bytes. */
#define BEHIND(name, type, ...)                                                                  \
    struct name##_struct {                                                                       \
        type front[2];                                                                           \
        double *rows[3];                                                                         \
    };                                                                                           \
    static double name(double *x, int n) {                                                       \
        int numbers[2] = {2, 3};                                                                 \
        double floats[2] = {1.5, x[1]};                                                          \
        struct name##_struct s;                                                                  \
        type front[2] = {__VA_ARGS__};                                                           \
        s.front[0] = front[0], s.front[1] = front[1];                                            \
        for (int i = 0; i < 3; i++) s.rows[i] = calloc(6, sizeof *x);                            \
        for (int k = 1; k < 4; k++)                                                              \
            for (int i = 0; i < k; i++)                                                          \
                for (int j = 0; j < 6; j++)                                                      \
                    s.rows[i][j] += x[j] * x[i] * (k == i + 1)                                   \
                                    + (i ? s.rows[i - 1][j] * FRONT(s.front[k & 1]) : 0);        \
        double sum = s.rows[2][0] + 0 * (numbers[0] + floats[0]);                                \
        for (int i = 0; i < 3; i++) free(s.rows[i]);                                             \
        return sum;                                                                              \
    }                                                                                            \
    ARRAY_TEST(name)

#define FRONT(x) (x)
BEHIND(behind_floats, double, x[1], x[2])
#undef FRONT
#define FRONT(x) (x)[0]
BEHIND(behind_pointers, double *, floats, floats + 1)
BEHIND(behind_indices, int *, numbers, numbers + 1)

struct pair {
    double *front[2], *rows[3];
};

static double downwards(double *x, int n) {
    struct pair s;
    double c[2] = {1.5, 2.5};
    for (int i = 0; i < 2; i++) s.front[i] = c + i;
    for (int i = 0; i < 3; i++) s.rows[i] = calloc(6, sizeof *x), s.rows[i][0] = x[i] * x[i];
    double sum = 0;
    for (int i = n; i > 0; i--) sum += s.rows[i - 1][0] * s.front[i & 1][0];
    for (int i = 0; i < 3; i++) free(s.rows[i]);
    return sum;
}
ARRAY_TEST(downwards)

int main(void) {
    CHECK(downwards, 0.5, 1.25, -0.75);
    CHECK(behind_floats, 0.5, 1.25, -0.75, 1.5, 0.25, 2);
    CHECK(behind_pointers, 0.5, 1.25, -0.75, 1.5, 0.25, 2);
    CHECK(behind_indices, 0.5, 1.25, -0.75, 1.5, 0.25, 2);
    CHECK(rows, 0.5, 1.25, -0.75);
    CHECK(structs, 0.5, 1.25, -0.75);
    CHECK(terms, 0.5, 1.25, -0.75);
    return report();
}
