/* Members that are found by tables of offsets, as readers of settings do: numbers, and pointers to
   arrays, of which the first member may be any. */
#include "check.h"
#include <stddef.h>

struct model {
    int n;
    double *a, *b;
    double scale;
    float weight;
    double shift;
};
struct field {
    const char *name;
    size_t offset;
    int is_float;
};
static const struct field numbers[] = {
    {"scale", offsetof(struct model, scale), 0},
    {"shift", offsetof(struct model, shift), 0},
    {"weight", offsetof(struct model, weight), 1},
};
static const struct field arrays[] = {
    {"a", offsetof(struct model, a), 0},
    {"b", offsetof(struct model, b), 0},
};

__attribute__((noinline)) static double *array(const struct model *m, const struct field *f) {
    return *(double *const *)((const char *)m + f->offset);
}
__attribute__((noinline)) static void set_array(struct model *m, const struct field *f, double *v) {
    *(double **)((char *)m + f->offset) = v;
}
__attribute__((noinline)) static double number(const struct model *m, const struct field *f) {
    const char *at = (const char *)m + f->offset;
    return f->is_float ? *(const float *)at : *(const double *)at;
}
__attribute__((noinline)) static void add(struct model *m, const struct field *f, double v) {
    *(double *)((char *)m + f->offset) += v;
}

static double f(double *x, int n) {
    double first[2] = {x[0], 2 * x[1]}, second[2] = {x[0] * x[1], 1};
    struct model m = {.n = 2, .scale = x[1], .weight = 0.5f, .shift = 1};
    set_array(&m, &arrays[n % 2], first);
    set_array(&m, &arrays[1 - n % 2], second);
    m.a[0] *= 3;
    m.b[1] += x[0];
    add(&m, &numbers[n % 2], x[0] * x[0]);
    double sum = 0;
    for (int i = 0; i < 2; i++) {
        double *v = array(&m, &arrays[i]);
        for (int j = 0; j < m.n; j++) sum += v[j] * v[j] * (i + 1);
    }
    for (int i = 0; i < 3; i++) sum *= number(&m, &numbers[i]) + i;
    return sum;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 1.25, 0.7);
    return report();
}
