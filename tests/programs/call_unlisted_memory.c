/* A function that nobody knows of here, behind a pointer, hands out memory into which active data
   goes and from where it is read: the program ends there, and says so. Functions that are known may
   allocate: such programs were refused when they were compiled. */
#include "check.h"
#include "ends.h"

extern double __enzyme_autodiff(void *, ...), __enzyme_fwddiff(void *, ...);

typedef double *getter(int);
static double own[2], more[2];
static double *get_own(int i) { return own + i; }
static double *get_more(int i) { return more + i; }
#ifdef __x86_64__
double *get_unknown(int i);
void *unknown_allocate(size_t bytes);
__asm__(".text\nunknown_allocate: jmp malloc@PLT\n"
        ".local unknown\n.comm unknown,16,16\n.text\nget_unknown: leaq unknown(%rip), %rax\nret");
#endif
static getter *table[3] = {get_own, get_more, get_own};

static double f(double u, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        *table[i](i & 1) = u * i;
        s += *table[i](i & 1) * u;
    }
    return s;
}

static int blocks;
static void *counted(size_t bytes) { return blocks++, calloc(1, bytes); }
static void given_back(void *p) { blocks--, free(p); }
static void *(*allocate)(size_t) = malloc;
static void (*release)(void *) = free;
struct hooks { void *(*allocate)(size_t), *(*resize)(void *, size_t); void (*release)(void *); };
static struct hooks hooks = {malloc, realloc, free};
void use_hooks(void *(*a)(size_t), void (*r)(void *)) { allocate = a, release = r; }

static double by_variables(double u, int n) {
    double *t = allocate(n * sizeof *t), s = 0;
    for (int i = 0; i < n; i++) t[i] = u * i;
    for (int i = 0; i < n; i++) s += t[i] * t[n - 1];
    release(t);
    return s;
}
static double by_table(double u, int n, const struct hooks *h) {
    double *t = h->allocate(sizeof *t), s = 0;
    for (int i = 0; i < n; i++) {
        t = hooks.resize(t, (i + 1) * sizeof *t);
        t[i] = u * u * i;
        s += t[i / 2];
    }
    h->release(t);
    return s;
}
struct cell {
    double v;
    struct cell *next;
};
static double by_list(double u, int n) {
    struct cell *head = 0;
    double s = 0;
    for (int i = 0; i < n; i++) {
        struct cell *c = allocate(sizeof *c);
        *c = (struct cell){u * i, head};
        head = c;
    }
    while (head) {
        struct cell *next = head->next;
        s += head->v * u;
        release(head);
        head = next;
    }
    return s;
}
static double by_rows(double u, int n) {
    double **rows = allocate(n * sizeof *rows), s = 0;
    for (int i = 0; i < n; i++) {
        rows[i] = allocate(sizeof **rows);
        *rows[i] = u * i;
    }
    for (int i = 0; i < n; i++) s += *rows[n - 1 - i] * u;
    for (int i = 0; i < n; i++) release(rows[i]);
    release(rows);
    return s;
}
static double list_reverse(double u, int n) { return __enzyme_autodiff((void *)by_list, u, n); }
static double list_forward(double u, int n) { return __enzyme_fwddiff((void *)by_list, u, 1.0, n); }
static double rows_reverse(double u, int n) { return __enzyme_autodiff((void *)by_rows, u, n); }
static double rows_forward(double u, int n) { return __enzyme_fwddiff((void *)by_rows, u, 1.0, n); }
static double (*const lists[])(double, int) = {list_reverse, list_forward, rows_reverse, rows_forward};

static double handed_out(double u, getter *get) {
    double *t = get(0);
    *t = u * u;
    return *t * u;
}

static double forward(double u, int n) { return __enzyme_fwddiff((void *)f, u, 1.0, n); }
static double reverse(double u, int n) { return __enzyme_autodiff((void *)f, u, n); }
static double at_once(double u, int n) {
    return __enzyme_autodiff((void *)handed_out, u, enzyme_const, table[n - 1]) - 9;
}
static double at_once_forward(double u, int n) {
    return __enzyme_fwddiff((void *)handed_out, u, 1.0, enzyme_const, table[n - 1]) - 9;
}

static int is_right_or_ends(double (*derivative)(double, int)) {
    IN_CHILD(_exit(derivative(3, 3) == 18 ? 0 : 1));
    return is_right_or_said("call_unlisted_memory.c:", "has no derivative");
}

int main(void) {
    if (!markers_work) return report();
    CHECK_TRUE(forward(3, 2) == 6);
    CHECK_TRUE(reverse(3, 2) == 6);
    CHECK_TRUE(forward(3, 3) == 18);
    CHECK_TRUE(reverse(3, 3) == 18);
    CHECK_TRUE(at_once(3, 3) == 18);
    CHECK_TRUE(at_once_forward(3, 3) == 18);
    struct hooks own = {counted, realloc, given_back};
    for (int k = 0; k < 2; k++) {
        const struct hooks *h = k ? &own : &hooks;
        CHECK_TRUE(__enzyme_autodiff((void *)by_variables, 3.0, 3) == 36);
        CHECK_TRUE(__enzyme_fwddiff((void *)by_variables, 3.0, 1.0, 3) == 36);
        CHECK_TRUE(__enzyme_autodiff((void *)by_table, 3.0, 4, enzyme_const, h) == 12);
        CHECK_TRUE(__enzyme_fwddiff((void *)by_table, 3.0, 1.0, 4, enzyme_const, h) == 12);
        for (int i = 0; i < LENGTH(lists); i++) CHECK_TRUE(lists[i](3, 3) == 18);
        use_hooks(counted, given_back);
    }
    CHECK_TRUE(blocks == 0);
#ifdef __x86_64__
    use_hooks(unknown_allocate, free);
    for (int i = 0; i < LENGTH(lists); i++) CHECK_TRUE(is_right_or_ends(lists[i]));
    table[2] = get_unknown;
    CHECK_TRUE(is_right_or_ends(at_once));
    CHECK_TRUE(is_right_or_ends(at_once_forward));
    CHECK_TRUE(is_right_or_ends(forward));
    CHECK_TRUE(is_right_or_ends(reverse));
#endif
    return report();
}
