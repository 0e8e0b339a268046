/* Active data behind pointers that global variables hold: lists, buffers allocated once, tables, cursors. */
#include <enzyme.h>
#include "check.h"

static double storage[4];
static double *cursor = storage;
static double *const table[2] = {storage, storage + 2};

static double through_a_cursor(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        *cursor = x[i] * x[i];
        s += *cursor * (i + 1);
        cursor = cursor == storage + 3 ? storage : cursor + 1;
    }
    return s;
}
ARRAY_TEST(through_a_cursor)

static double through_a_table(double *x, int n) {
    double s = 1;
    for (int i = 0; i < n; i++) {
        table[i & 1][i >> 1 & 1] = sin(x[i]);
        s *= 1 + table[i & 1][i >> 1 & 1] * x[i];
    }
    return s;
}
ARRAY_TEST(through_a_table)

static double *buffer; /* allocated when it is first needed, never released */
static double once(double *x, int n) {
    if (!buffer) buffer = malloc(64 * sizeof *buffer);
    for (int i = 0; i < n; i++) buffer[i] = i ? buffer[i - 1] * x[i] : x[i];
    return buffer[n - 1] * buffer[n / 2];
}
ARRAY_TEST(once)

struct node {
    double value;
    struct node *next;
};
static struct node *head;
static int length;
static NOINLINE void push(double value) {
    struct node *p = malloc(sizeof *p);
    p->value = value, p->next = head;
    head = p;
    length++;
}
static double list(double *x, int n) {
    double s = 0;
    head = 0, length = 0;
    for (int i = 0; i < n; i++) push(x[i] * x[n - 1 - i]);
    for (struct node *p = head; p; p = p->next) s += p->value * p->value * length;
    while (head) {
        struct node *next = head->next;
        free(head);
        head = next;
    }
    return s;
}
ARRAY_TEST(list)

/* What was there before is given back: its shadow is itself, and no block. */
static struct node *left;
static NOINLINE void leave(double value, int n) {
    for (int i = 0; i < n; i++) {
        struct node *one = malloc(sizeof *one);
        one->next = left, one->value = value;
        left = one;
    }
}
static NOINLINE void give_back(void) {
    while (left) {
        struct node *next = left->next;
        free(left);
        left = next;
    }
}
static double given_back(double x, int n) {
    give_back();
    for (int i = 0; i < n; i++) leave(x * i, 1);
    double s = 0;
    for (struct node *one = left; one; one = one->next) s += one->value * one->value;
    give_back();
    return s;
}
static void check_given_back(void) {
    if (!markers_work) return;
    leave(3, 2);
    CHECK_CLOSE(__enzyme_fwddiff((void *)given_back, 0.5, 1.0, 3), 5, 1e-12);
    leave(3, 2);
    CHECK_CLOSE(__enzyme_autodiff((void *)given_back, 0.5, 3), 5, 1e-12);
}

static struct state {
    double *data, scratch[2];
    int count;
    const char *name;
} state = {0, {0}, 0, "state"};
static double *current(void) { return state.data + state.count % 2; }
static double in_a_struct(double *x, int n) {
    state.data = x; /* the argument's own memory */
    state.count = 1;
    state.scratch[0] = *current() * 3;
    state.data = state.scratch;
    state.count = n - n;
    double s = *current() * x[0];
    state.data = 0;
    return s + state.scratch[0] * (state.name[0] == 's');
}
ARRAY_TEST(in_a_struct)

static _Thread_local double *mine, kept[3];
static double of_the_thread(double *x, int n) {
    mine = kept;
    for (int i = 0; i < n; i++) mine[i % 3] = x[i] * (i ? mine[(i - 1) % 3] : 1);
    return mine[(n - 1) % 3];
}
ARRAY_TEST(of_the_thread)

static struct {
    double *where, value;
} sum;
static NOINLINE void keep(double x) { sum.value += x * *sum.where; }
static double by_a_local(double x) {
    double y = x * x;
    sum.where = &y;
    sum.value = 0;
    keep(x);
    return sum.value * x;
}
SCALAR1_TEST(by_a_local)

int main(void) {
    for (int again = 0; again < 2; again++) {
        CHECK(through_a_cursor, 0.5, 1.5, -2, 0.7, 0.2);
        CHECK(through_a_table, 0.5, 1.5, -2, 0.7, 0.2);
        CHECK(once, 0.5, 1.5, -2, 0.7, 0.2);
        CHECK(list, 0.5, 1.5, -2, 0.7, 0.2);
        check_given_back();
        CHECK(in_a_struct, 0.5, 1.5, -2);
        CHECK(by_a_local, 1.5);
        CHECK(of_the_thread, 0.5, 1.5, -2, 0.7);
    }
    return report();
}
