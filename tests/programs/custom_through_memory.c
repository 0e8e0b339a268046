/* Derivatives by hand of functions that return large structs, written as C has them: results,
   tangents and adjoints are values. With tapes, structs in registers, in several lanes, twice
   differentiated, in split mode, with pointers in the struct. */
#include "check.h"

extern int enzyme_width, enzyme_noret, enzyme_dup_return;
#define NEAR(a, b) CHECK_CLOSE(a, b, 1e-12)

struct ab { double a, b; };
struct big { double s, t, u; int n; };
struct taped { double *tape; struct big r; };
struct both { struct big r, d; };
struct gradients { double x; struct ab q; };
extern struct ab __enzyme_autodiff_ab(void *, ...);
extern struct ab __enzyme_fwddiff_ab(void *, ...);
extern void *__enzyme_augmentfwd_tape(void *, ...);
extern struct ab __enzyme_reverse_ab(void *, ...);
extern double __enzyme_fwdsplit(void *, ...);

static int tapes;
static NOINLINE struct big h(double x, struct ab q, const double *y, char c) {
    return (struct big){x * x * q.a, x * y[0] * c, q.b * 2 * x, 3};
}
static struct taped h_augmented(double x, struct ab q, const double *y, double *dy, char c, char dc) {
    double *tape = malloc(sizeof *tape);
    tapes++;
    *tape = y[0];
    return (struct taped){tape, h(x, q, y, c)};
}
static struct gradients h_reverse(double x, struct ab q, const double *y, double *dy, char c, char dc,
                                  struct big d, double *tape) {
    dy[0] += d.t * x * c;
    struct gradients g = {2 * x * q.a * d.s + *tape * c * d.t + 2 * q.b * d.u, {x * x * d.s, 2 * x * d.u}};
    tapes--;
    free(tape);
    return g;
}
void *__enzyme_register_gradient_h[] = {(void *)h, (void *)h_augmented, (void *)h_reverse};
static struct both h_tangent(double x, double dx, struct ab q, struct ab dq, const double *y,
                             const double *dy, char c, char dc) {
    return (struct both){h(x, q, y, c), {2 * x * q.a * dx + x * x * dq.a, c * (dx * y[0] + x * dy[0]),
                                         2 * (dq.b * x + q.b * dx), 3}};
}
void *__enzyme_register_derivative_h[] = {(void *)h, (void *)h_tangent};

#define SUM(h) double s = 0; for (int i = 1; i < 4; i++) { struct ab q = {x * i, y}; double w = x + y; \
    struct big o = h(y * i, q, &w, 2); s += o.s * o.t + o.u * o.n; } return s
static inline struct big plain(double x, struct ab q, const double *y, char c) {
    return (struct big){x * x * q.a, x * y[0] * c, q.b * 2 * x, 3};
}
static double by_hand(double x, double y) { SUM(h); }
static double reference(double x, double y) { SUM(plain); }
static double by_hand_x(double x, double y) { return __enzyme_autodiff((void *)by_hand, x, enzyme_const, y); }
static double reference_x(double x, double y) { return __enzyme_autodiff((void *)reference, x, enzyme_const, y); }

/* the struct holds pointers: the augmented function returns its shadow, too */
struct view { double *p; long n; double s; };
struct seen { long tape; struct view r, d; };
static NOINLINE struct view rest(double *x, long n) { return (struct view){x + 1, n - 1, 7}; }
static struct seen rest_augmented(double *x, double *dx, long n, long dn) {
    return (struct seen){n, rest(x, n), {dx + 1, n - 1, 0}};
}
static void rest_reverse(double *x, double *dx, long n, long dn, long tape) { failures += tape != n; }
void *__enzyme_register_gradient_rest[] = {(void *)rest, (void *)rest_augmented, (void *)rest_reverse};
static double through_view(double *x) {
    struct view v = rest(x, 3);
    return v.p[0] * v.p[1] * v.n;
}

/* forward mode in two halves */
struct triple { double s, t, u; };
struct kept { double tape[3]; struct triple r; };
struct pair { struct triple r, d; };
static NOINLINE struct triple k(double *x) { return (struct triple){x[0] * x[1], x[1] * x[2], x[0]}; }
static struct kept k_augmented(double *x, double *dx) { return (struct kept){{x[0], x[1], x[2]}, k(x)}; }
static struct pair k_tangent(double *x, double *dx, struct { double k[3]; } t) {
    return (struct pair){{t.k[0] * t.k[1], t.k[1] * t.k[2], t.k[0]},
                         {dx[0] * t.k[1] + dx[1] * t.k[0], dx[1] * t.k[2] + dx[2] * t.k[1], dx[0]}};
}
void *__enzyme_register_splitderivative_k[] = {(void *)k, (void *)k_augmented, (void *)k_tangent};
static double uses_k(double *x) {
    double s = 0;
    for (int i = 0; i < 2; i++) {
        struct triple o = k(x + i);
        s += o.s * o.t * o.u;
    }
    return s;
}

int main(void) {
    if (!markers_work) return report();
    double x = 0.7, y = 1.3;
    struct ab g = __enzyme_autodiff_ab((void *)by_hand, x, y);
    struct ab w = __enzyme_autodiff_ab((void *)reference, x, y);
    NEAR(g.a, w.a);
    NEAR(g.b, w.b);
    g = __enzyme_fwddiff_ab((void *)by_hand, enzyme_width, 2, x, 1.0, 0.0, y, 0.0, 1.0);
    NEAR(g.a, w.a);
    NEAR(g.b, w.b);
    void *tape = __enzyme_augmentfwd_tape((void *)by_hand, enzyme_noret, x, y);
    g = __enzyme_reverse_ab((void *)by_hand, enzyme_noret, x, y, 2.0, tape);
    NEAR(g.a, 2 * w.a);
    NEAR(g.b, 2 * w.b);
    g = __enzyme_fwddiff_ab((void *)by_hand_x, enzyme_width, 2, x, 1.0, 0.0, y, 0.0, 1.0);
    w = __enzyme_fwddiff_ab((void *)reference_x, enzyme_width, 2, x, 1.0, 0.0, y, 0.0, 1.0);
    NEAR(g.a, w.a);
    NEAR(g.b, w.b);
    NEAR(tapes, 0);
    double v[3] = {2, 3, 4}, dv[3] = {0};
    __enzyme_autodiff_void((void *)through_view, v, dv);
    NEAR(dv[1], 8);
    NEAR(dv[2], 6);
    double z[4] = {1, 2, 3, 4}, dz[4] = {1, 0.5, 2, -1};
    tape = __enzyme_augmentfwd_tape((void *)uses_k, enzyme_noret, enzyme_dup_return, enzyme_dup, z, dz);
    /* a^2 b^2 c + b^2 c^2 d */
    NEAR(__enzyme_fwdsplit((void *)uses_k, enzyme_noret, enzyme_dup_return, enzyme_dup, z, dz, tape),
         2 * 4 * 3 * 1 + (2 * 2 * 3 + 2 * 2 * 9 * 4) * 0.5 + (4 + 4 * 2 * 3 * 4) * 2 - 4 * 9);
    return report();
}
