/* Two floats in a union that are moved through its other member, a pointer; elsewhere it is one. */
#include "check.h"

union word {
    void *p;
    float f[2];
};

NOINLINE static void move(union word *to, const union word *from) {
    to[0].p = from[0].p;
    to[1].p = from[1].p;
}

static double pointers(double *x, int n) {
    union word a[2], b[2];
    a[0].p = n > 4 ? x + 1 : x;
    a[1].p = x + 1;
    move(b, a);
    double *first = b[0].p, *last = b[n].p;
    return *first * *last;
}

static double floats(double x, int n) {
    union word a[2], b[2];
    a[0].f[0] = n > 4 ? 2 : (float)x;
    a[0].f[1] = (float)(x * x);
    a[1].f[0] = a[1].f[1] = 1;
    move(b, a);
    return b[0].f[0] * b[0].f[1] * b[n].f[0];
}

union value {
    double d;
    void *p;
};

NOINLINE static void put(union value *to, const union value *from) {
    if (from->p) to->p = from->p; /* looked at, too */
}

static double both(double *x, int n) {
    union value a[4], b[4];
    for (int i = 0; i < 4; i++) b[i].p = NULL;
    for (int i = 0; i < 3; i++) a[i].d = x[i % 2] * x[i % 2];
    a[3].p = n > 4 ? x : x + 1;
    for (int i = 0; i < 4; i++) put(b + i, a + i);
    double sum = *(double *)b[3].p;
    for (int i = 0; i < 3; i++) sum += b[i].d * (i + 1);
    return sum;
}

/* two floats, where a null pointer is looked for */
static double looked_at(double *x, int n) {
    union word a[3], b[3];
    for (int i = 0; i < 3; i++) b[i].p = NULL;
    for (int i = 0; i < 3; i++) a[i].f[0] = (float)(x[i % 2] * x[i % 2]), a[i].f[1] = (float)x[0];
    for (int i = 0; i < 3; i++)
        if (a[i].p) b[i].p = a[i].p;
    double sum = n;
    for (int i = 0; i < 3; i++) sum += b[i].f[0] * (i + 1) + b[i].f[1];
    return sum;
}

union number {
    double value, *leads;
};
struct told {
    union number number;
    int leads;
};

/* LLVM makes one store of the two, of a double that is the bits of a pointer: its derivative was lost. */
static double told(const double *x, int n) {
    double *block = malloc(2 * sizeof *block);
    struct told all[4];
    for (int i = 0; i < n; i++) {
        block[i & 1] = x[0] * x[1];
        uintptr_t address = (uintptr_t)&block[i & 1];
        all[i].leads = i & 1;
        if (i & 1) memcpy(&all[i].number, &address, sizeof address);
        else all[i].number.value = x[0] * i + x[1];
    }
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double one = all[i].leads ? *all[i].number.leads : all[i].number.value;
        sum += one * one;
    }
    free(block);
    return sum;
}

/* Counters and other calculated integers lie between the two, and where they were before. */
struct entry {
    int kind;
    union {
        double value, *leads;
        long count;
    } as;
};

static double counted(const double *x, int n) {
    struct entry all[6];
    double copy[6], sum = 0;
    long seen = 0;
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < n; i++) {
            struct entry *e = &all[i];
            switch (e->kind = (i + round) % 4) {
            case 0: e->as.value = x[i] * (round + 1) + sum / 8; break;
            case 1: e->as.count = i + round; break;
            case 2: e->as.leads = copy + i, copy[i] = 2 * x[i]; break;
            default:
                if (x[i] > 1) e->as.value = 1, e->kind = 0; /* bits of a constant */
                else e->as.count = seen++;
            }
        }
        for (int i = 0; i < n; i++)
            switch (all[i].kind) {
            case 0: sum += all[i].as.value * all[i].as.value * x[0]; break;
            case 2: sum += *all[i].as.leads * *all[i].as.leads; break;
            default: sum += (double)all[i].as.count * x[i];
            }
    }
    return sum;
}
ARRAY_TEST(counted)

/* The address of a string is stored as a word, where others store numbers and pointers to them. */
struct named {
    int kind;
    union {
        double value;
        const char *text;
        struct row { int n; double *at; } *row;
    } as;
};

NOINLINE static struct named text(const char *text) {
    struct named one = {.kind = 1};
    one.as.text = text;
    return one;
}

NOINLINE static struct named row(int n) {
    struct named one = {.kind = 2};
    one.as.row = malloc(sizeof *one.as.row);
    one.as.row->n = n;
    one.as.row->at = calloc(n, sizeof(double));
    return one;
}

static double length(struct named one) {
    double sum = 0;
    switch (one.kind) {
    case 0: return one.as.value;
    case 1: return (double)strlen(one.as.text);
    }
    for (int i = 0; i < one.as.row->n; i++) sum += one.as.row->at[i] * one.as.row->at[i];
    return sum;
}

static double named(const double *x, int n) {
    struct named all[4];
    double sum = 0;
    for (int i = 0; i < n; i++) {
        all[0].kind = 0, all[0].as.value = x[i] * x[0] + sum;
        all[1] = text("hello");
        struct named owner = row(2);
        owner.as.row->at[0] = x[i];
        all[2] = owner;
        all[3] = all[(i + n) % 3];
        for (int k = 0; k < 4; k++) sum = sum / 2 + length(all[k]) * x[0];
        free(owner.as.row->at);
        free(owner.as.row);
    }
    return sum;
}
ARRAY_TEST(named)

int main(void) {
    if (!markers_work) return report();
    CHECK(named, 0.5, 1.25, -0.75);
    CHECK(counted, 0.5, 1.25, -0.75, 1.5, 0.25, 0.75);
    double x[2] = {3, 5}, gradient[2] = {0}, tangent[2] = {1, 0};
    __enzyme_autodiff((void *)pointers, enzyme_dup, x, gradient, enzyme_const, 1);
    CHECK_CLOSE(gradient[0], 5, 1e-12);
    CHECK_CLOSE(gradient[1], 3, 1e-12);
    CHECK_CLOSE(__enzyme_autodiff((void *)floats, 2.0, 1), 12, 1e-6);
    /* what was known of the first function is known no more: the words are what the second moves */
    CHECK_CLOSE(__enzyme_fwddiff((void *)pointers, enzyme_dup, x, tangent, enzyme_const, 1), 5, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)floats, 2.0, 1.0, enzyme_const, 1), 12, 1e-6);
    double of_both[2] = {0};
    __enzyme_autodiff((void *)both, enzyme_dup, x, of_both, enzyme_const, 1);
    CHECK_CLOSE(of_both[0], 24, 1e-12);
    CHECK_CLOSE(of_both[1], 21, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)both, enzyme_dup, x, tangent, enzyme_const, 1), 24, 1e-12);
    double seen[2] = {0};
    __enzyme_autodiff((void *)looked_at, enzyme_dup, x, seen, enzyme_const, 1);
    CHECK_CLOSE(seen[0], 27, 1e-6);
    CHECK_CLOSE(seen[1], 20, 1e-6);
    double of_told[2] = {0}; /* of y^2 + (2x + y)^2 + 2 (xy)^2 */
    __enzyme_autodiff((void *)told, enzyme_dup, x, of_told, enzyme_const, 4);
    CHECK_CLOSE(of_told[0], 4 * 11 + 4 * 3 * 25, 1e-12);
    CHECK_CLOSE(of_told[1], 2 * 5 + 2 * 11 + 4 * 9 * 5, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)told, enzyme_dup, x, tangent, enzyme_const, 4), of_told[0], 1e-12);
    return report();
}
