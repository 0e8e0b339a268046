/* Workspaces kept in static variables from call to call: allocated when first needed, grown, replaced, by
   calls that are no derivatives too. They have a shadow in each derivative. */
#include "check.h"

/* grown by realloc; other files could see it, but this is the main one */
double *grown;
static int capacity;
static double by_realloc(double *x, int n) {
    if (n > capacity) grown = realloc(grown, n * sizeof *grown), capacity = n;
    for (int i = 0; i < n; i++) grown[i] = x[i] * x[i];
    double s = 0;
    for (int i = 0; i < n; i++) s += grown[i] * grown[(i + 1) % n];
    return s;
}
ARRAY_TEST(by_realloc)

/* replaced, by a function that stays a call, through a wrapper that checks */
static void *checked_malloc(size_t bytes) {
    void *p = malloc(bytes);
    if (!p) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    return p;
}
NOINLINE static double *workspace(int n) {
    static double *block;
    static int size;
    if (n > size) {
        free(block);
        block = checked_malloc(n * sizeof *block);
        size = n;
    }
    return block;
}
static double replaced(double *x, int n) {
    double *w = workspace(n), s = 0;
    for (int i = 0; i < n; i++) w[i] = sin(x[i]) + (i ? w[i - 1] * x[i] : 0);
    for (int i = 0; i < n; i++) s += w[i] * x[n - 1 - i];
    return s;
}
ARRAY_TEST(replaced)

/* several, in a struct; one holds pointers, which may be constant only */
static struct {
    int n;
    double *a, *b[2];
    const double **rows;
    double scale;
} kept;
static const double table[3] = {1.5, 2.5, -0.5};
static double in_a_struct(double *x, int n) {
    if (kept.n < n) {
        double *t = realloc(kept.a, n * sizeof *t);
        if (!t) return -1;
        kept.a = t;
        for (int k = 0; k < 2; k++)
            if (!kept.b[k]) kept.b[k] = calloc(32, sizeof(double));
        free(kept.rows);
        kept.rows = malloc(n * sizeof *kept.rows);
        kept.n = n;
    }
    kept.scale = x[0];
    for (int i = 0; i < n; i++) kept.a[i] = x[i], kept.rows[i] = table + i % 3;
    for (int i = 0; i < n; i++) kept.b[i & 1][i] = kept.a[i] * *kept.rows[i];
    double s = 0;
    for (int i = 0; i < n; i++) s += kept.b[0][i] * x[i] + kept.b[1][i] * kept.a[n - 1 - i];
    return s * kept.scale;
}
ARRAY_TEST(in_a_struct)

/* an array behind a pointer, in a struct and of any length: what earlier calls left there is constant */
struct fixed {
    double *p, data[8];
};
struct tailed {
    double *p, data[];
};
static struct fixed *fixed;
static struct tailed *tailed;
static double *behind;
static double arrays_behind_pointers(double *x, int n) {
    if (!behind) {
        fixed = calloc(1, sizeof *fixed), tailed = calloc(1, sizeof *tailed + 64), behind = calloc(8, 8);
        for (int i = 0; i < 8; i++) fixed->data[i] = tailed->data[i] = 0.5;
    }
    double s = 0;
    fixed->p = tailed->p = behind;
    for (int i = 0; i < n; i++) s += (fixed->data[i] + tailed->data[i]) * x[0];
    for (int i = 0; i < n; i++) fixed->data[i] = x[i] * x[i], tailed->data[i] = x[i];
    for (int i = 0; i < n; i++) fixed->p[i] = fixed->data[i] * tailed->data[i];
    for (int i = 0; i < n; i++) s += tailed->p[i] * fixed->data[n - 1 - i];
    for (int i = 0; i < n; i++) fixed->data[i] = tailed->data[i] = 0.5;
    return s;
}
ARRAY_TEST(arrays_behind_pointers)

/* numbers beside counts */
struct item { double value; int count; };
static struct item *items;
static double of_structs(double *x, int n) {
    if (!items) items = calloc(64, sizeof *items);
    for (int i = 0; i < n; i++) {
        struct item *t = &items[i % 2];
        if (i < 2) t->value = 1, t->count = 0;
        t->value *= x[i];
        t->count++;
    }
    return items[0].value * items[0].count + items[1].value * items[1].value;
}
ARRAY_TEST(of_structs)

/* what was in it before is constant */
static double *memory;
static double carried(double *x, int n) {
    if (!memory) memory = calloc(64, sizeof *memory);
    double s = 0;
    for (int i = 0; i < n; i++) {
        s += memory[i] * x[i];
        memory[i] = x[i] * x[i];
        s += memory[i];
        memory[i] = 0.25;
    }
    return s;
}
ARRAY_TEST(carried)

static _Thread_local double *own;
static double of_the_thread(double *x, int n) {
    if (!own) own = malloc(64 * sizeof *own);
    memcpy(own, x, n * sizeof *own);
    double s = 1;
    for (int i = 0; i < n; i++) s *= own[i] + i;
    return s;
}
ARRAY_TEST(of_the_thread)

/* allocated by others only */
static double *ready;
void get_ready(int n) { ready = malloc(n * sizeof *ready); }
static double made_elsewhere(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) ready[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += ready[i] * ready[n - 1 - i];
    return s;
}
ARRAY_TEST(made_elsewhere)

/* exchanged */
static double *now, *next;
static double exchanged(double *x, int n) {
    if (!now) now = calloc(32, sizeof *now), next = calloc(32, sizeof *next);
    for (int i = 0; i < n; i++) now[i] = x[i];
    for (int k = 0; k < 3; k++) {
        for (int i = 0; i < n; i++) next[i] = now[i] * now[(i + 1) % n] + now[i];
        double *t = now;
        now = next, next = t;
    }
    double s = 0;
    for (int i = 0; i < n; i++) s += now[i];
    return s;
}
ARRAY_TEST(exchanged)

/* rows of pointers into another block */
static double *matrix, **rows;
static int order;
static double by_rows(double *x, int n) {
    if (order < n) {
        free(matrix), free(rows);
        matrix = malloc(n * n * sizeof *matrix), rows = malloc(n * sizeof *rows);
        for (int i = 0; i < n; i++) rows[i] = matrix + i * n;
        order = n;
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) rows[i][j] = x[i] * x[j];
    double s = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) s += matrix[i * order + j] * rows[j][i] * (i + 1);
    return s;
}
ARRAY_TEST(by_rows)

/* two names of one block */
static double *one, *other;
static void name_twice(int n) {
    double *p = malloc(n * sizeof *p);
    one = p, other = p;
}
static double twice(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) one[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += other[i] * x[n - 1 - i], other[i] = s;
    return s + one[0];
}
ARRAY_TEST(twice)

int main(void) {
    get_ready(8);
    name_twice(8);
    double x[8] = {0.5, 1.5, -2, 0.7, 0.2, 1.25, -0.75, 2};
    for (int warm = 0; warm < 2; warm++) {
        CHECK(by_realloc, 0.5, 1.5, -2);
        CHECK(replaced, 0.5, 1.5, -2);
        CHECK(in_a_struct, 0.5, 1.5, -2);
        CHECK(exchanged, 0.5, 1.5, -2);
        CHECK(arrays_behind_pointers, 0.5, 1.5, -2);
        CHECK(by_rows, 0.5, 1.5, -2);
        CHECK(twice, 0.5, 1.5, -2);
        exchanged(x, 5), by_rows(x, 4);
        CHECK(by_rows, 0.5, 1.5, -2, 0.7);
        CHECK(made_elsewhere, 0.5, 1.5, -2);
        CHECK(of_structs, 0.5, 1.5, -2, 0.7, 0.2);
        if (warm) CHECK(carried, 0.5, 1.5, -2);
        CHECK(of_the_thread, 0.5, 1.5, -2);
        CHECK(by_realloc, 0.5, 1.5, -2, 0.7, 0.2); /* needs more than there is */
        CHECK(replaced, 0.5, 1.5, -2, 0.7, 0.2);
        CHECK(in_a_struct, 0.5, 1.5, -2, 0.7, 0.2);
        by_realloc(x, 6), replaced(x, 6), in_a_struct(x, 6), of_structs(x, 6);
        carried(x, 6), of_the_thread(x, 6);
        CHECK(replaced, 0.5, 1.5, -2, 0.7, 0.2, 1.25, -0.75);
        CHECK(by_realloc, 0.5, 1.5, -2, 0.7, 0.2, 1.25, -0.75);
        CHECK(in_a_struct, 0.5, 1.5, -2, 0.7, 0.2, 1.25, -0.75);
    }
    free(grown), grown = NULL, capacity = 0;
    return report();
}
