/* Pointers that were stored before the derivative, and lead to a variable through which active data pass: the
   program ends and says which. Where they lead elsewhere, derivatives are right. */
#include "check.h"
#include "ends.h"

static double bound, rate, unread;
static double *direct;
static struct expression {
    int leaf;
    union { double value; const double *variable; } as;
    struct expression *part;
} *held, apart[2];
static struct { const char *name; double *value; } options[] = {{"rate", &rate}, {"unread", &unread}};

static double through(double *x, int n) {
    bound = x[0] * x[n - 1];
    return *direct + bound;
}
ARRAY_TEST(through)

static double evaluate(const struct expression *e) {
    if (e->leaf == 0) return evaluate(e->part) * 2;
    return e->leaf == 1 ? e->as.value : *e->as.variable;
}
static double tree(double *x, int n) {
    bound = x[0] * x[n - 1];
    return evaluate(held);
}
ARRAY_TEST(tree)

static double members(double *x, int n) {
    bound = x[0] * x[n - 1];
    double sum = bound;
    for (int i = 0; i < 2; i++) sum += *apart[i].as.variable * x[0];
    return sum;
}
ARRAY_TEST(members)

/* written through: what was there is lost */
static double cleared(double *x, int n) {
    bound = x[0] * x[n - 1];
    *direct = 5;
    return bound;
}
ARRAY_TEST(cleared)

/* looked at, but not so that it counts; stored in the function itself; read before */
static double options_seen(double *x, int n) {
    rate = x[0] * x[0];
    for (int i = 0; i < 2; i++)
        if (*options[i].value > 1e9) fprintf(stderr, "%s\n", options[i].name);
    return rate * x[n - 1];
}
ARRAY_TEST(options_seen)

static double set_here(double *x, int n) {
    rate = x[0] * x[n - 1];
    direct = &rate;
    return *direct;
}
ARRAY_TEST(set_here)

/* twice differentiated */
static double slopes(double *x, int n) {
    double dx[3] = {0};
    through_reverse(x, dx, n);
    return dx[0] * dx[0] + dx[n - 1];
}
static void slopes_reverse(double *x, double *dx, int n) {
    __enzyme_autodiff((void *)slopes, enzyme_dup, x, dx, enzyme_const, n);
}

/* an argument that is the variable itself: written by one name, read by the other */
static double scratch[4];
static double by_argument(const double *x, double *out) {
    scratch[1] = x[0] * x[0];
    return out[1] * 3;
}
static double by_name(const double *x, double *out) {
    out[1] = x[0] * x[0];
    return scratch[1] * 3;
}
static void by_argument_reverse(double *x, double *dx, int n) {
    double dout[4] = {0};
    __enzyme_autodiff((void *)by_argument, enzyme_dup, x, dx, enzyme_dup, n ? scratch : x, dout);
}
static void by_name_reverse(double *x, double *dx, int n) {
    double dout[4] = {0};
    __enzyme_autodiff((void *)by_name, enzyme_dup, x, dx, enzyme_dup, n ? scratch : x, dout);
}

/* an argument whose address lies in memory of the heap; set in the function itself, it is right */
static struct system { double *position, *velocity; } *moving;
static double energy(const double *x, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) sum += moving->position[i] * x[i];
    return sum;
}
ARRAY_TEST(energy)
static double placed(double *x, int n) {
    if (n > 1) moving->position = x;
    double sum = 0;
    for (int i = 0; i < n; i++) sum += moving->position[i] * x[i];
    return sum;
}
ARRAY_TEST(placed)

/* stored by an earlier call of the function itself */
static double *latest;
static double kept(double *x, int n) {
    if (n > 2) latest = x;
    return latest[1] * latest[1] + x[0];
}
ARRAY_TEST(kept)

/* compared, and returned by a function that stays a call */
static volatile int no_more;
static const double *leaf_from(const struct expression *e, int from) {
    if (from > 100) return leaf_from(e, from - no_more);
    const double *found = e[from].as.variable;
    return found ? found : leaf_from(e, from + 1);
}
static double fetched(double *x, int n) {
    bound = x[0] * x[n - 1];
    return *leaf_from(held, 0) * x[0] + bound;
}
ARRAY_TEST(fetched)

/* compared with an argument, and left alone where it is the same; or only compared; or replaced */
static struct body { double mass, at; struct body *next; } **bodies;
static int many;
static struct body *list[1];
static double pull(const struct body *self, int n) {
    double sum = 0;
    for (int i = 0; i < many; i++)
        if (bodies[i] != self || n < 0) sum += bodies[i]->mass * (bodies[i]->at - self->at) * (bodies[i]->at - self->at);
    return sum;
}
static double pull_of_list(const struct body *self, int n) {
    double sum = 0;
    for (const struct body *one = list[n - n]->next; one; one = one->next)
        if (one != self || n < 0) sum += one->mass * (one->at - self->at) * (one->at - self->at);
    return sum;
}
static const double *seen_last;
static int seen;
static double noticed(const double *x, int n) {
    if (seen_last != x) seen_last = x, seen++;
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i] * x[i];
    return sum;
}
static double *room;
static double with_room(const double *x, double *own, int n) {
    if (!room || n > 0) room = own;
    for (int i = 0; i < 3; i++) room[i] = x[i] * x[i];
    return room[0] + room[1];
}
static void pull_reverse(struct body *self, struct body *slope, int n) {
    __enzyme_autodiff((void *)pull, enzyme_dup, self, slope, enzyme_const, n);
}
static void pull_of_list_reverse(struct body *self, struct body *slope, int n) {
    __enzyme_autodiff((void *)pull_of_list, enzyme_dup, self, slope, enzyme_const, n);
}
static void check_compared(void) {
    struct body all[3] = {{1, 2, all + 1}, {3, 4, all + 2}, {5, 7, NULL}}, slope = {0};
    struct body head = {0, 0, all}, *world[3];
    bodies = world;
    for (many = 0; many < 3; many++) bodies[many] = all + many;
    list[0] = &head;
    pull_reverse(all + 1, &slope, 1);
    CHECK_CLOSE(slope.at, 2 * (1 * (4 - 2) + 5 * (4 - 7)), 1e-12);
    pull_of_list_reverse(all + 1, &slope, 1);
    CHECK_CLOSE(slope.at, 4 * (1 * (4 - 2) + 5 * (4 - 7)), 1e-12);
    IN_CHILD(pull_reverse(all + 1, &slope, -1));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the memory of argument 1 of 'pull'"));
    IN_CHILD(pull_of_list_reverse(all + 1, &slope, -1));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the memory of argument 1 of 'pull_of_list'"));
    double x[3] = {1, 2, 3}, dx[3] = {0}, own[3], down[3] = {0};
    for (int i = 0; i < 2; i++) {
        __enzyme_autodiff((void *)noticed, enzyme_dup, x, dx, enzyme_const, 3);
        __enzyme_autodiff((void *)with_room, enzyme_dup, x, dx, enzyme_dup, own, down, enzyme_const, 1);
        CHECK_CLOSE(dx[1], 8 * (i + 1), 1e-12);
    }
    room = own;
    IN_CHILD(__enzyme_autodiff((void *)with_room, enzyme_dup, x, dx, enzyme_dup, own, down, enzyme_const, 0));
    CHECK_TRUE(child_exit && strstr(child_said, "active data is stored here"));
}

/* into the middle of the argument's memory, where what the function accesses tells how far it reaches */
static double *middle;
static double second(double *x, int n) {
    if (n > 2) middle = x + 1;
    return *middle * *middle + x[0];
}
ARRAY_TEST(second)
struct state { double at[3], rate[2]; };
static double *rates;
static double last_rate(struct state *s, int set) {
    if (set) rates = s->rate;
    return rates[1] * rates[1] + s->at[0];
}

static void bind(double *to) {
    held->as.variable = to;
    direct = to;
    for (int i = 0; i < 2; i++) apart[i].as.variable = to;
    held->part->as.variable = to;
}

typedef void derivative(double *, double *, int);
static void tree_tangent(double *x, double *dx, int n) { tree_forward(x, dx, n); }
/* Does the derivative end the program, and say why? */
static int ends(derivative *what) {
    double x[3] = {1, 2, 3}, dx[3] = {0};
    IN_CHILD(what(x, dx, 3));
    return child_exit && strstr(child_said, "leads to the variable 'bound'");
}

int main(void) {
    static double other = 2;
    held = calloc(1, sizeof *held);
    held->part = calloc(1, sizeof *held);
    held->part->leaf = 2;
    bind(&other);
    CHECK(through, 0.5, 1.5, -2);
    CHECK(tree, 0.5, 1.5, -2);
    CHECK(members, 0.5, 1.5, -2);
    CHECK(fetched, 0.5, 1.5, -2);
    CHECK(cleared, 0.5, 1.5, -2);
    CHECK(options_seen, 0.5, 1.5, -2);
    CHECK(set_here, 0.5, 1.5, -2);
    double places[3] = {1, 2, 3};
    moving = calloc(1, sizeof *moving);
    moving->position = places;
    CHECK(energy, 0.5, 1.5, -2);
    if (!markers_work) return report();
    CHECK(placed, 0.5, 1.5, -2);
    double slope[3] = {0}, at[3] = {1, 2, 3};
    moving->position = at;
    IN_CHILD(energy_reverse(at, slope, 3));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the memory of argument 1 of 'energy'"));
    free(moving);
    CHECK(kept, 0.5, 1.5, -2);
    latest = places;
    slope[0] = slope[1] = 0;
    kept_reverse(at, slope, 2);
    CHECK_CLOSE(slope[1], 0, 0);
    kept_reverse(at, slope, 3);
    CHECK_CLOSE(slope[1], 4, 1e-12);
    IN_CHILD(kept_reverse(at, slope, 2));
    CHECK_TRUE(child_exit && strstr(child_said, "leads to the memory of argument 1 of 'kept'"));
    kept_reverse(places, slope, 2);
#if !__has_feature(address_sanitizer) && !__has_feature(undefined_behavior_sanitizer)
    check_compared(); /* their checks are uses, in front of which such a pointer may count */
#endif
    bind(&other);
    double x[3] = {1, 2, 3}, dx[3] = {0};
    slopes_reverse(x, dx, 3);
    CHECK_CLOSE(dx[0], 1, 1e-12);
    CHECK_CLOSE(dx[2], 2 * 3, 1e-12);
    bind(&bound);
    CHECK_TRUE(ends(through_reverse));
    CHECK_TRUE(strstr(child_said, "memory_global_bound.c:17: this pointer") != NULL);
    CHECK_TRUE(ends(tree_reverse));
    CHECK_TRUE(ends(tree_tangent));
    CHECK_TRUE(ends(members_reverse));
    CHECK_TRUE(ends(cleared_reverse));
    CHECK_TRUE(ends(fetched_reverse));
    CHECK_TRUE(ends(slopes_reverse));
    dx[0] = 0;
    by_argument_reverse(x, dx, 0);
    by_name_reverse(x, dx, 0);
    CHECK_CLOSE(dx[0], 0, 0);
    IN_CHILD(by_argument_reverse(x, dx, 3));
    CHECK_TRUE(child_exit && strstr(child_said, "argument 2 of 'by_argument' points to the global variable"));
    IN_CHILD(by_name_reverse(x, dx, 3));
    CHECK_TRUE(child_exit && strstr(child_said, "argument 2 of 'by_name' points to the global variable"));
    free(held->part), free(held);
    return report();
}
