/* Global variables that hold pointers to active memory: their shadows hold pointers to its shadow. */
#include "check.h"

/* to an argument, or to constant data, used where nothing could be forwarded */
static double *work;
static double other[4] = {1, 2, 3, 4};
static double along(int i) { return i < 0 ? 0 : work[i] * work[i] + 0.5 * along(i - 1); }
static double chosen(double *x, int n) {
    work = n > 2 ? x : other;
    return along(n - 1);
}
ARRAY_TEST(chosen)

/* beside active numbers, in a struct */
static struct { double *w; int n; double scale; } context;
static double within(int i) {
    if (i < 0) return context.scale;
    return context.w[i] * context.w[i] + 0.5 * within(i - 1);
}
static double beside(double *x, int n) {
    context.w = malloc(n * sizeof(double));
    context.n = n;
    context.scale = x[0];
    for (int i = 0; i < n; i++) context.w[i] = sin(x[i]);
    double r = within(n - 1);
    free(context.w);
    context.w = NULL;
    return r;
}
ARRAY_TEST(beside)

/* the head of a list */
struct node { double v; struct node *next; };
static struct node *head;
static void push(double v) {
    struct node *new = malloc(sizeof *new);
    new->v = v;
    new->next = head;
    head = new;
}
static double total(struct node *n) { return n ? n->v * n->v + 0.5 * total(n->next) : 0; }
static double list(double *x, int n) {
    for (int i = 0; i < n; i++) push(x[i] * (i + 1));
    double r = total(head);
    while (head) {
        struct node *first = head;
        head = first->next;
        free(first);
    }
    return r;
}
ARRAY_TEST(list)

/* a buffer that grows */
static double *buffer;
static int capacity;
NOINLINE static void put(int i, double v) {
    if (i >= capacity) {
        capacity = capacity ? 2 * capacity : 2;
        buffer = realloc(buffer, capacity * sizeof *buffer);
    }
    buffer[i] = v;
}
static double grown(double *x, int n) {
    for (int i = 0; i < n; i++) put(i, x[i] * x[i]);
    double s = 0;
    for (int i = 0; i < n; i++) s = 0.5 * s + buffer[i];
    free(buffer);
    buffer = NULL;
    capacity = 0;
    return s;
}
ARRAY_TEST(grown)

/* set up outside, to constant data: only read */
static double *weights;
static double weighted_from(const double *x, int i) {
    return i < 0 ? 0 : weights[i] * x[i] * x[i] + 0.25 * weighted_from(x, i - 1);
}
static double weighted(double *x, int n) { return weighted_from(x, n - 1); }
ARRAY_TEST(weighted)

/* statically, to variables that become active */
static double here[4], there[4];
static struct { double *to[2]; int turn; } tables = {{here, there + 1}, 0};
static double read_back(int i) {
    return i < 0 ? 0 : tables.to[0][i] * tables.to[1][i] + 0.5 * read_back(i - 1);
}
static double initialised(double *x, int n) {
    for (int i = 0; i < n; i++) here[i] = x[i] * x[i], there[i + 1] = sin(x[i]);
    tables.turn++;
    return read_back(n - 1);
}
ARRAY_TEST(initialised)

/* swapped */
static double one[8], two[8], *now = one, *next = two;
NOINLINE static void step(double k) {
    for (int i = 1; i < 7; i++) next[i] = now[i] + k * (now[i - 1] - 2 * now[i] + now[i + 1]);
    double *t = now;
    now = next;
    next = t;
}
static double swapped(double *x, int n) {
    for (int i = 0; i < 8; i++) now[i] = x[i % n], next[i] = 0;
    for (int i = 0; i < 5; i++) step(0.1 * x[0]);
    double s = 0;
    for (int i = 0; i < 8; i++) s += now[i] * now[i];
    return s;
}
ARRAY_TEST(swapped)

int main(void) {
    CHECK(chosen, 0.5, 0.75, -1.25);
    CHECK(chosen, 0.5, 0.75);
    CHECK(beside, 0.5, 0.75, -1.25);
    CHECK(list, 0.5, 0.75, -1.25);
    CHECK(grown, 0.5, 0.75, -1.25, 2.0, 0.25);
    weights = malloc(3 * sizeof *weights);
    for (int i = 0; i < 3; i++) weights[i] = i + 1.5;
    CHECK(weighted, 0.5, 0.75, -1.25);
    free(weights);
    CHECK(initialised, 0.5, 0.75, -1.25);
    CHECK(swapped, 0.5, 0.75, -1.25);
    return report();
}
