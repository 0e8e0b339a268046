/* Active data that goes to memory which was there before and has no shadow, or that is reached through a
   pointer which nobody knows to point to an argument: the program ends and says where, rather than
   giving a derivative without it. */
#include "check.h"
#include "ends.h"

static double *cache;
void use_memory(double *memory) { cache = memory; }
static double f(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) cache[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += cache[i];
    return s;
}
ARRAY_TEST(f)

/* a block of its own, which is handed out, and comes back as an argument */
static double *block;
static double g(double *x, int n) {
    if (!block) block = malloc(16 * sizeof *block);
    for (int i = 0; i < n; i++) block[i + 4] = x[i] * x[i];
    return block[4] + block[3 + n];
}
ARRAY_TEST(g)

/* set from outside, only read */
double *factors;
static double h(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += factors[i] * x[i];
    return s;
}
ARRAY_TEST(h)

/* two pointers to one block, one written through, the other read through */
static double *writes, *reads;
static void share(int n) { writes = malloc(n * sizeof *writes), reads = writes + 1; }
static double k(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) writes[i] = x[i] * x[i];
    for (int i = 1; i < n; i++) s += reads[i - 1] * x[i];
    return s;
}
ARRAY_TEST(k)

static double *moving;
static double l(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) writes[i] = x[i] * x[i];
    for (int i = 0; i < n; i++, moving++) s += *moving * writes[i];
    moving -= n;
    return s;
}
ARRAY_TEST(l)

/* and one that is only written through */
static double *again;
static double m(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) writes[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += again[i] * x[i], again[i] = s;
    return s;
}
ARRAY_TEST(m)

/* the same node by two ways, the same array in two structs */
static struct node { double value; struct node *next; } *head, *tail;
static struct grid { double *u; int n; } *grid, *same;
static void build(int n) {
    for (int i = 0; i < n; i++) {
        struct node *p = malloc(sizeof *p);
        p->value = i, p->next = NULL;
        if (head) tail->next = p;
        else head = p;
        tail = p;
    }
    grid = same = malloc(sizeof *grid);
    grid->n = n, grid->u = calloc(n, sizeof(double));
}
static double p(double *x, int n) {
    tail->value = x[0] * x[0];
    double s = n;
    for (struct node *t = head; t; t = t->next) s += t->value * x[1];
    return s;
}
ARRAY_TEST(p)
static double q(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) grid->u[i] = x[i] * x[i];
    for (int i = 0; i < n; i++) s += same->u[i];
    return s;
}
ARRAY_TEST(q)

typedef void derivative(double *, double *, int);
static void h_tangent(double *x, double *dx, int n) { h_forward(x, dx, n); }
extern int enzyme_noret;
extern void *__enzyme_augmentfwd(void *, ...);
extern void __enzyme_reverse(void *, ...);
static void h_halves(double *x, double *dx, int n) {
    void *t = __enzyme_augmentfwd((void *)h, enzyme_noret, enzyme_dup, x, dx, enzyme_const, n);
    __enzyme_reverse((void *)h, enzyme_dup, x, dx, enzyme_const, n, 1.0, t);
}
static double memory[8] = {1, 2, 3};
/* Does the derivative end the program? */
static int ends(derivative *what, double *x) {
    double dx[3] = {0};
    IN_CHILD(what(x, dx, 3));
    return child_exit != 0;
}

int main(void) {
    double x[3] = {1, 2, 3}, heap[8];
    factors = memory;
    CHECK(h, 0.5, 1.5, -2);
    CHECK(g, 0.5, 1.5, -2);
    if (!markers_work) return report();
    use_memory(heap);
    CHECK_TRUE(ends(f_reverse, x));
    CHECK_TRUE(strstr(child_said, "memory_global_foreign.c:11: active data is stored here") != NULL);
    CHECK_TRUE(!ends(g_reverse, x));
    CHECK_TRUE(ends(g_reverse, block));
    CHECK_TRUE(strstr(child_said, "'block' points to the memory of an argument of 'g") != NULL);
    CHECK_TRUE(ends(g_reverse, block + 1));
    CHECK_TRUE(!ends(h_reverse, x));
    CHECK_TRUE(ends(h_reverse, memory));
    CHECK_TRUE(strstr(child_said, "'factors' points to the memory of an argument of 'h") != NULL);
    CHECK_TRUE(!ends(h_halves, x));
    CHECK_TRUE(ends(h_halves, memory));
    CHECK_TRUE(ends(h_tangent, memory));
    share(4);
    again = writes;
    CHECK_TRUE(ends(m_reverse, x));
    CHECK_TRUE(strstr(child_said, "'writes' and 'again' point to the same memory") != NULL);
    CHECK_TRUE(ends(k_reverse, x));
    CHECK_TRUE(strstr(child_said, "'writes' and 'reads' point to the same memory") != NULL);
    build(4);
    CHECK_TRUE(ends(p_reverse, x));
    CHECK_TRUE(strstr(child_said, "active data is stored here") != NULL);
    CHECK_TRUE(ends(q_reverse, x));
    CHECK_TRUE(strstr(child_said, "active data is stored here") != NULL);
    moving = writes;
    CHECK_TRUE(ends(l_reverse, x));
    CHECK_TRUE(strstr(child_said, "'writes' and 'moving' point to the same memory") != NULL);
    free(block), free(writes);
    return report();
}
