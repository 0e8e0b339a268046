/* Three directions at once give in each lane what one direction gives alone, whatever the program does:
   in both modes, with memory of every kind, calls that stay calls, tapes, bits and vectors. */
#include "check.h"

extern int enzyme_width, enzyme_dupv;

enum { N = 6, W = 3 };

static const double table[N] = {0.5, 1.5, 2.5, 3.5, 4.5, 5.5};

static double heap(double *x, int n) {
    double *rows = malloc(n * sizeof *rows), s = 0;
    int capacity = 1;
    double *grown = malloc(sizeof *grown);
    for (int i = 0; i < n; i++) {
        if (i == capacity) grown = realloc(grown, (capacity *= 2) * sizeof *grown);
        grown[i] = x[i] * x[i];
        double *part = calloc(2, sizeof *part);
        part[1] = x[i] * grown[i];
        rows[i] = part[0] + part[1];
        free(part);
    }
    for (int i = 0; i < n; i++) s += rows[i] * grown[n - 1 - i];
    free(rows);
    free(grown);
    return s;
}

struct node { double value; struct node *next; int tag; };
static double list(double *x, int n) {
    struct node *head = NULL;
    for (int i = 0; i < n; i++) {
        struct node *made = malloc(sizeof *made);
        *made = (struct node){x[i] * (i + 1), head, i % 2};
        head = made;
    }
    double s = 0;
    while (head) {
        struct node *next = head->next;
        s = s * 0.5 + head->value * head->value * (head->tag ? 2 : 1);
        free(head);
        head = next;
    }
    x[0] = s;
    return s;
}

static NOINLINE double recursion(double *x, int n) {
    if (n == 0) return 1;
    double before = recursion(x, n - 1);
    x[n - 1] *= before;
    return sin(x[n - 1]) + before * 0.5;
}

static double *NOINLINE chosen(double *a, double *b, int k) { return k % 3 ? a + k : b + k; }
struct view { double *data; long count; double scale; };
static NOINLINE double through(struct view v, double k) {
    double s = 0;
    for (long i = 0; i < v.count; i++) s += v.data[i] * v.scale * k;
    return s;
}
static double pointers(double *x, int n) {
    double y[N], *rows[2] = {x, y}, s = 0;
    for (int i = 0; i < n; i++) rows[1][i] = rows[0][i] * rows[0][(i + 1) % n];
    for (int i = 0; i < n; i++) s += *chosen(x, y, i) * y[i];
    struct view v = {y, n, x[0]};
    return s + through(v, x[1]);
}

struct mixed { int kind; double a; float b; const char *name; double c[2]; };
static double structs(double *x, int n) {
    struct mixed items[N], copies[N];
    memset(items, 0, sizeof items);
    for (int i = 0; i < n; i++) {
        items[i].kind = i;
        items[i].a = x[i];
        items[i].b = (float)x[i];
        items[i].name = "name";
        items[i].c[i % 2] = x[i] * x[i];
    }
    memcpy(copies, items, n * sizeof *items);
    memmove(copies, copies + 1, (n - 1) * sizeof *items);
    double s = 0;
    for (int i = 0; i < n; i++) s += copies[i].a * copies[i].c[0] + copies[i].b * copies[i].c[1];
    return s;
}

static double scratch[N], total;
static double globals(double *x, int n) {
    total = 0;
    for (int i = 0; i < n; i++) scratch[i] = x[i] * x[(i + 2) % n];
    for (int i = 0; i < n; i++) total += scratch[i] * scratch[i];
    return total * x[0];
}

static double square(double x) { return x * x; }
static double half(double x) { return x / 2; }
static double wave(double x) { return sin(x); }
typedef double shape(double);
static shape *volatile picked[] = {square, half, wave};
static double functions(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        shape *f = picked[i % 3];
        s += f(x[i]) * (i + 1);
    }
    return s;
}

static double meets_constants(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        const double *p = i % 2 ? x : table;
        s += p[i] * p[i] * x[0];
    }
    return s;
}

static double kinks(double *x, int n) { /* x[1] is 0: infinite partials met by a zero derivative */
    double z = x[1] * 0, s = sqrt(z) + pow(z, 0.5);
    for (int i = 0; i < n; i++) s += fabs(x[i]) + fmax(x[i], 0.7) + (x[i] > 1 ? log(x[i]) : 0);
    return s;
}

static double outputs(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        double whole, part = modf(x[i] * 3.3, &whole);
        int exponent;
        double fraction = frexp(x[i] + 2, &exponent);
        s += part * fraction + whole + exponent;
        s += hypot(x[i], 1) * cbrt(x[i] + 3) + fma(x[i], x[i], x[i]) + ldexp(x[i], 2);
    }
    return s;
}

static double bits(double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) {
        uint64_t u;
        memcpy(&u, &x[i], sizeof u);
        u &= ~(UINT64_C(1) << 63);
        double a, b;
        memcpy(&a, &u, sizeof a);
        u ^= UINT64_C(1) << 63;
        memcpy(&b, &u, sizeof b);
        uint64_t moved[1] = {0};
        memcpy(moved, &x[(i + 1) % n], 8);
        double c;
        memcpy(&c, moved, 8);
        s += a * a + b * c;
    }
    return s;
}

typedef double pair __attribute__((vector_size(16)));
static double vectors(double *x, int n) {
    pair s = {0, 1};
    for (int i = 0; i + 1 < n; i += 2) {
        pair a = {x[i], x[i + 1]}, b = {a[1], a[0]};
        s += a * b / (a + 3);
        s = a[0] > 1 ? s * 2 : s - b;
    }
    return s[0] * s[1];
}

static double unknown_trips(double *x, int n) {
    double r = x[0], s = 0;
    for (int i = 0; i < n; i++) {
        int steps = 0;
        while (fabs(r * r - x[i] - 2) > 1e-3 && steps++ < 20) r = 0.5 * (r + (x[i] + 2) / r);
        if (steps == 3) continue;
        s += r * x[i];
        if (s > 1e3) break;
    }
    return s;
}

static double in_place(double *x, int n) {
    for (int k = 0; k < 4; k++)
        for (int i = 1; i < n; i++) {
            x[i] = x[i] * 0.3 + x[i - 1] * x[i - 1] * 0.2;
            if (x[i] > 1.2) x[i - 1] = x[i];
        }
    double swap = x[0];
    x[0] = x[n - 1] * swap;
    return x[n / 2];
}

static long double wider(long double a, float b) { return a * a * b; }
static double widths(double *x, int n) {
    float s = 0;
    long double t = 1;
    for (int i = 0; i < n; i++) {
        s += (float)x[i] * (float)x[i];
        t = wider(t, s) / (1 + t * t);
    }
    return (double)t + s;
}

static NOINLINE double states(double *x, int n) {
    double s = 1;
    int i = 0;
start:
    if (i >= n) goto done;
    if (x[i] > 0.9) goto high;
    s *= x[i] + 1;
    i++;
    goto start;
high:
    s += x[i] * s;
    i += 2;
    if (i < n && x[i] < 0.5) goto high;
    goto start;
done:
    return s;
}

union cell { double d; int i; };
static double unions(double *x, int n) {
    union cell cells[N];
    double s = 0;
    for (int i = 0; i < n; i++) {
        if (i % 2) cells[i].i = i;
        else cells[i].d = x[i] * 2;
    }
    for (int i = 0; i < n; i++) s += i % 2 ? cells[i].i * x[i] : cells[i].d * cells[i].d;
    return s;
}

static NOINLINE struct two rotated(struct two z, double angle) {
    return (struct two){z.a * cos(angle) - z.b * sin(angle), z.a * sin(angle) + z.b * cos(angle)};
}
static double by_value(double *x, int n) {
    struct two z = {x[0], x[1]};
    for (int i = 2; i < n; i++) z = rotated(z, x[i]);
    return z.a * 2 + z.b;
}

static NOINLINE double by_hand(double x, double *out) {
    *out = x * x;
    return exp(x);
}
static struct two by_hand_forward(double x, double dx, double *out, double *dout) {
    *out = x * x;
    *dout = 2 * x * dx;
    return (struct two){exp(x), exp(x) * dx};
}
struct tape { double slope; long kind; };
struct tape_and_result { struct tape tape; double result; };
static double by_hand_reverse(double x, double *out, double *dout, double seed,
                              struct tape tape) {
    (void)out;
    double g = seed * tape.slope * (tape.kind == 7) + *dout * 2 * x;
    *dout = 0;
    return g;
}
void *__enzyme_register_derivative_by_hand[] = {(void *)by_hand, (void *)by_hand_forward};
static struct tape_and_result by_hand_forward_sweep(double x, double *out, double *dout) {
    (void)dout;
    *out = x * x;
    return (struct tape_and_result){{exp(x), 7}, exp(x)};
}
void *__enzyme_register_gradient_by_hand[] = {(void *)by_hand, (void *)by_hand_forward_sweep,
                                              (void *)by_hand_reverse};
static double uses_by_hand(double *x, int n) {
    double s = 0, square;
    for (int i = 0; i < n; i++) {
        s += by_hand(x[i], &square) * (i + 1);
        s += square * x[0];
    }
    return s;
}

struct l3 { double l[W]; };
extern struct l3 __enzyme_fwddiff_l3(void *, ...);

static const double start[N] = {0.8, -0.3, 1.3, 0.4, 2.1, 1.1};

static double direction(int v, int i) { return 0.5 * v + 0.25 * ((i * 3 + v) % 5) - 0.3; }

static void expect(const char *name, const char *what, int v, int i, double got, double want) {
    if (is_close(got, want, 1e-12)) return;
    printf("%s: %s[%d][%d] is %.17g, want %.17g\n", name, what, v, i, got, want);
    failures++;
}

#define COMPARE(f)                                                                               \
    do {                                                                                         \
        double x[N], y[N], d[W][N], e[W][N], one[W];                                             \
        for (int v = 0; v < W; v++) {                                                            \
            memcpy(x, start, sizeof x);                                                          \
            for (int i = 0; i < N; i++) d[v][i] = e[v][i] = direction(v, i);                     \
            one[v] = __enzyme_fwddiff((void *)f, x, d[v], N);                                    \
        }                                                                                        \
        memcpy(y, start, sizeof y);                                                              \
        struct l3 all = __enzyme_fwddiff_l3((void *)f, enzyme_width, W, y, e[0], e[1], e[2], N); \
        for (int i = 0; i < N; i++) expect(#f, "primal after forward", 0, i, y[i], x[i]);        \
        for (int v = 0; v < W; v++) {                                                            \
            expect(#f, "tangent of the result", v, 0, all.l[v], one[v]);                         \
            for (int i = 0; i < N; i++) expect(#f, "tangent", v, i, e[v][i], d[v][i]);           \
        }                                                                                        \
        for (int v = 0; v < W; v++) {                                                            \
            memcpy(x, start, sizeof x);                                                          \
            for (int i = 0; i < N; i++) d[v][i] = e[v][i] = direction(v, i);                     \
            __enzyme_autodiff((void *)f, x, d[v], N);                                            \
        }                                                                                        \
        memcpy(y, start, sizeof y);                                                              \
        __enzyme_autodiff_void((void *)f, enzyme_width, W, enzyme_dupv, sizeof *e, y, e, N);     \
        for (int i = 0; i < N; i++) expect(#f, "primal after reverse", 0, i, y[i], x[i]);        \
        for (int v = 0; v < W; v++)                                                              \
            for (int i = 0; i < N; i++) expect(#f, "gradient", v, i, e[v][i], d[v][i]);          \
    } while (0)

int main(void) {
    if (!markers_work) return report();
    COMPARE(heap);
    COMPARE(list);
    COMPARE(recursion);
    COMPARE(pointers);
    COMPARE(structs);
    COMPARE(globals);
    COMPARE(functions);
    COMPARE(meets_constants);
    COMPARE(kinks);
    COMPARE(outputs);
    COMPARE(bits);
    COMPARE(vectors);
    COMPARE(unknown_trips);
    COMPARE(in_place);
    COMPARE(widths);
    COMPARE(states);
    COMPARE(unions);
    COMPARE(by_value);
    COMPARE(uses_by_hand);
    return report();
}
