/* Allocators of the program's own that keep pointers to their blocks, or count them: what is read
   through these is right, or the program ends, and says where. As long as nobody computes with them,
   all is as ever; what was read before the allocator changed it is what it was. */
#include "check.h"
#include "ends.h"

struct block { struct block *next; double *data; };
struct pool { char *at; double *last; struct block *blocks; double *scratch; int made, alive; double weight; };
static double *latest;

static NOINLINE void remember(struct block **all, double *data) {
    struct block *b = malloc(sizeof *b);
    b->data = data;
    b->next = *all;
    *all = b;
}
static NOINLINE void *take(struct pool *p, size_t bytes) {
    void *block = p->at;
    p->at += (bytes + 15) / 16 * 16;
    p->last = latest = block;
    p->made++;
    p->weight *= 2;
    remember(&p->blocks, block);
    return block;
}
static NOINLINE void give(struct pool *p, void *block) { p->alive--; }
void *__enzyme_allocation_like_take[4] = {(void *)take, (void *)1, (void *)"0,-1", (void *)give};

static double read_by_last(struct pool *p, double x) {
    double *a = take(p, 16);
    a[0] = x * x;
    return p->last[0] * x;
}
static double written_by_last(struct pool *p, double x) {
    double *a = take(p, 16);
    p->last[0] = x * x;
    return a[0] * x;
}
static double by_variable(struct pool *p, double x) {
    double *a = take(p, 16);
    a[0] = x * x;
    return latest[0] * x;
}
static double by_list(struct pool *p, double x) {
    double *a = take(p, 16), s = 0;
    a[0] = x * x;
    for (struct block *b = p->blocks; b; b = b->next) s += b->data[0] * x;
    return s;
}
static NOINLINE double first(const double *x) { return x[0]; }
static double by_a_call(struct pool *p, double x) {
    double *a = take(p, 16);
    a[0] = x * x;
    return first(p->last) * x;
}
static double moved_on(struct pool *p, double x) {
    double *a = take(p, 16), *rows[2];
    a[0] = x * x;
    rows[p->scratch[0] > 1] = p->last;
    return rows[0][0] * x;
}
static double square(struct pool *p, int n, double x) {
    double *a = take(p, n * sizeof *a), s = 0;
    for (int i = 0; i < n; i++) a[i] = x * (i + 1);
    for (int i = 0; i < n; i++) s += a[i] * a[n - 1 - i];
    give(p, a);
    return s / (n == 1 ? 1 : 4);
}
static double by_count(struct pool *p, double x) { return square(p, 1, x) * p->made * x; }
static double by_alive(struct pool *p, double x) { return square(p, 2, x) * x * -p->alive; }
/* the second block lies where the shadow of the first one lay */
static double reset(struct pool *p, double x) {
    double s = 1;
    for (int k = 1; k < 3; k++) {
        s *= square(p, 2 * k, x) / (k == 1 ? x : 5 * x);
        p->at -= 16 * k;
    }
    return s * x;
}
/* these do not need them */
static double not_needed(struct pool *p, double x) {
    char *mark = p->at;
    double *a = take(p, 16), *b = take(p, 8), *before = p->last;
    a[0] = x * x;
    b[0] = x;
    p->scratch[0] = a[0];
    double y = p->scratch[0] * b[0] + (before == p->last ? 0 : x) + (p->at - mark > 2 ? 0 : x);
    p->at = mark;
    return y;
}

/* the pool's memory lasts as long as the blocks */
static NOINLINE double locally(int n, double x) {
    char *memory = malloc(400);
    struct pool p = {memory, NULL, NULL, NULL, 0, 0, 1};
    double y = square(&p, n, x);
    free(memory);
    return y;
}
static double in_local_pools(struct pool *p, double x) { return locally(1, x) * locally(2, x) / x; }
static double read_before(struct pool *p, double x) {
    double y = x * p->weight * (p->made + 1);
    return y * square(p, 1, x);
}

extern double __enzyme_autodiff(void *, ...), __enzyme_fwddiff(void *, ...);

#define BOTH(f)                                                                                     \
    static double f##_reverse(struct pool *p, struct pool *d, double x) {                           \
        return d ? __enzyme_autodiff((void *)f, enzyme_dup, p, d, x)                                \
                 : __enzyme_autodiff((void *)f, enzyme_const, p, x);                                \
    }                                                                                               \
    static double f##_forward(struct pool *p, struct pool *d, double x) {                           \
        return d ? __enzyme_fwddiff((void *)f, enzyme_dup, p, d, x, 1.0)                            \
                 : __enzyme_fwddiff((void *)f, enzyme_const, p, x, 1.0);                            \
    }
BOTH(read_by_last)
BOTH(written_by_last)
BOTH(by_variable)
BOTH(by_list)
BOTH(by_a_call)
BOTH(moved_on)
BOTH(by_count)
BOTH(reset)
BOTH(in_local_pools)
BOTH(by_alive)
BOTH(not_needed)
BOTH(read_before)

typedef double derivative(struct pool *, struct pool *, double);

/* Does it end with a message that names this place, or give what is right? */
static int is_right_or_ends(derivative *what, int is_constant) {
    char memory[256] = {0}, shadow[256] = {0};
    double some[2] = {0}, others[2] = {0};
    struct pool p = {memory, some, NULL, some, 0, 0, 1}, d = {shadow, others, NULL, others};
    IN_CHILD(_exit(what(&p, is_constant ? NULL : &d, 3) == 27 ? 0 : 1));
    return is_right_or_said("memory_pool_pointers.c:", "an allocator");
}

#define ENDS(f)                                                                                     \
    for (int i = 0; i < 2; i++) {                                                                   \
        CHECK_TRUE(is_right_or_ends(f##_reverse, i));                                               \
        CHECK_TRUE(is_right_or_ends(f##_forward, i));                                               \
    }

int main(void) {
    if (!markers_work) return report();
    ENDS(read_by_last)
    ENDS(written_by_last)
    ENDS(by_variable)
    ENDS(by_list)
    ENDS(by_a_call)
    ENDS(moved_on)
    ENDS(by_count)
    ENDS(reset)
    ENDS(by_alive)
    for (int forward = 0; forward < 2; forward++) {
        char memory[256] = {0}, shadow[256] = {0};
        double some[2] = {0}, others[2] = {0};
        struct pool p = {memory, some, NULL, some, 0, 0, 1}, d = {shadow, others, NULL, others};
        CHECK_TRUE((forward ? not_needed_forward : not_needed_reverse)(&p, &d, 3) == 27);
        CHECK_TRUE((forward ? in_local_pools_forward : in_local_pools_reverse)(&p, &d, 3) == 27);
        p.made = 0, p.weight = 1;
        CHECK_TRUE((forward ? read_before_forward : read_before_reverse)(&p, &d, 3) == 27);
    }
    return report();
}
