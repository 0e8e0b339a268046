/* Structs of three floats, which the ABI hands over as a vector and a float: results lie as C lays
   them out, one behind the other. And gradients that come back through memory where the function
   itself returns through memory, too. A float that shares a register with an integer. Gradients by a
   struct that is aligned otherwise than its pieces would be. Structs and seeds for which no register is left. */
#include "check.h"

extern int enzyme_width;

struct v3 { float x, y, z; };
struct with_lanes { struct v3 p, l[3]; };
struct with_tangent { struct v3 p, t; };
struct with_room { struct v3 a[3]; double more; };
struct two_v3 { struct v3 a, b; };
struct p_two_v3 { float p; struct v3 a, b; };
struct first_half { void *tape; struct v3 p; };
struct three_v3 { struct v3 l[3]; };
extern struct with_lanes __enzyme_fwddiff_lanes(void *, int, int, int, float, float, float, float);
extern struct with_tangent __enzyme_fwddiff_tangent(void *, int, float, float);
extern struct with_room __enzyme_fwddiff_room(void *, int, float, float);
extern struct v3 __enzyme_autodiff_v3(void *, struct v3);
extern struct two_v3 __enzyme_autodiff_two_v3(void *, struct v3, struct v3);
extern struct p_two_v3 __enzyme_autodiff_p_two_v3(void *, int, struct v3, struct v3);
extern struct first_half __enzyme_augmentfwd_v3(void *, float);
extern float __enzyme_reverse_v3(void *, float, struct v3, void *);
extern struct three_v3 __enzyme_batch_v3(void *, ...);

static NOINLINE struct v3 powers(float x) { return (struct v3){x, x * x, x * x * x}; }
static float dot(struct v3 a, struct v3 b) { return a.x * b.x + 2 * a.y * b.y + 3 * a.z * b.z; }
static float norm(struct v3 a) { return dot(a, a); }
static struct v3 row(const float *a, float k) { return (struct v3){k * a[0], k * a[1], k * a[2]}; }

struct result { double v[3]; };
struct gradients { double x, y, z; };
extern struct gradients __enzyme_autodiff_gradients(void *, ...);
static struct result large(double x, double y, double z) {
    return (struct result){{x * y, y * z, x}};
}

struct mixed { int n; float f; double d; };
struct with_mixed { struct mixed p, t; };
extern struct with_mixed __enzyme_fwddiff_mixed(void *, ...);
static struct mixed shares(double x) { return (struct mixed){3, 2 * (float)x, x * x}; }
struct other { float f; int n; };
static NOINLINE struct mixed inner(float x) { return (struct mixed){3, x * x, 2 * x}; }
static NOINLINE struct other cube(float x) { return (struct other){x * x * x, 7}; }
static double through(float *x) {
    struct mixed a = inner(*x);
    struct other b = cube(a.f);
    return a.f * a.n + a.d + b.f * b.n;
}

/* eight bytes of floats for which no register is left come as one integer */
struct pair { float x, y; };
extern struct gradients __enzyme_fwddiff_gradients(void *, ...);
static double many(double a, double b, struct pair c) { return a * b + c.x * c.y; }

/* where there are none for the function itself either, it takes the pair in memory */
static float crowded(double a, double b, double c, double d, double e, double f, double g, double h, struct pair p) {
    return a * b * c * d * e * f * g * h * p.x * p.x * p.y;
}
#define CROWD(x) enzyme_const, x, enzyme_const, x, enzyme_const, x, enzyme_const, x, enzyme_const, x, enzyme_const, x, enzyme_const, x, enzyme_const, x

struct uneven { float a; double b; };
struct by_uneven { float x; struct uneven q; float z; };
struct p_by_uneven { double p; struct by_uneven g; };
struct first_uneven { void *tape; double p; };
extern struct by_uneven __enzyme_autodiff_by_uneven(void *, float, struct uneven, float);
extern struct p_by_uneven __enzyme_autodiff_p_by_uneven(void *, int, float, struct uneven, float);
extern struct first_uneven __enzyme_augmentfwd_uneven(void *, float, struct uneven, float);
extern struct by_uneven __enzyme_reverse_uneven(void *, float, struct uneven, float, double, void *);
static double product(float x, struct uneven q, float z) { return x * q.a * q.b * z; }
static void check_uneven(struct by_uneven g) {
    CHECK_CLOSE(g.x, 105, 0);
    CHECK_CLOSE(g.q.a, 70, 0);
    CHECK_CLOSE(g.q.b, 42, 0);
    CHECK_CLOSE(g.z, 30, 0);
}

/* a seed of three floats in each lane lies in memory as C lays it out */
struct by_lanes { double x[2]; };
extern void *__enzyme_augmentfwd_lanes(void *, ...);
extern struct by_lanes __enzyme_reverse_lanes(void *, ...);
static struct v3 shifted(double x) { return (struct v3){x, 2 * x, x * x}; }

static void check(struct v3 got, float x, float y, float z) {
    CHECK_CLOSE(got.x, x, 1e-6);
    CHECK_CLOSE(got.y, y, 1e-6);
    CHECK_CLOSE(got.z, z, 1e-6);
}

int main(void) {
    if (!markers_work) return report();
    void *f = (void *)powers;
    struct with_lanes l =
        __enzyme_fwddiff_lanes(f, enzyme_primal_return, enzyme_width, 3, 2, 1, 10, -1);
    check(l.p, 2, 4, 8);
    check(l.l[0], 1, 4, 12);
    check(l.l[1], 10, 40, 120);
    check(l.l[2], -1, -4, -12);
    struct pair c = {2, 3}, c0 = {1, 0}, c1 = {0, 1}, c2 = {0, 0};
    struct gradients out_of_registers = __enzyme_fwddiff_gradients(
        (void *)many, enzyme_width, 3, enzyme_dup, 4.0, 1.0, 0.0, 0.0, enzyme_dup, 5.0, 0.0, 1.0, 0.0,
        enzyme_dup, c, c0, c1, c2);
    CHECK_CLOSE(out_of_registers.x, 5 + 3, 0);
    CHECK_CLOSE(out_of_registers.y, 4 + 2, 0);
    CHECK_CLOSE(out_of_registers.z, 0, 0);
    struct with_tangent t = __enzyme_fwddiff_tangent(f, enzyme_primal_return, 2, 1);
    check(t.p, 2, 4, 8);
    check(t.t, 1, 4, 12);
    struct with_room r = __enzyme_fwddiff_room(f, enzyme_primal_return, 2, 1);
    check(r.a[1], 1, 4, 12);

    struct v3 a = {1, 2, 3}, b = {4, 5, 6};
    check(__enzyme_autodiff_v3((void *)norm, a), 2, 8, 18);
    struct two_v3 g = __enzyme_autodiff_two_v3((void *)dot, a, b);
    check(g.a, 4, 10, 18);
    check(g.b, 1, 4, 9);
    struct p_two_v3 p = __enzyme_autodiff_p_two_v3((void *)dot, enzyme_primal_return, a, b);
    CHECK_CLOSE(p.p, 78, 0);
    check(p.a, 4, 10, 18);
    check(p.b, 1, 4, 9);

    struct first_half h = __enzyme_augmentfwd_v3(f, 2);
    check(h.p, 2, 4, 8);
    CHECK_CLOSE(__enzyme_reverse_v3(f, 2, a, h.tape), 1 + 2 * 4 + 3 * 12, 0);

    float rows[3][3] = {{1, 2, 3}, {0, 1, 0}, {2, 2, 1}};
    extern int enzyme_scalar, enzyme_buffer;
    struct three_v3 m = __enzyme_batch_v3((void *)row, enzyme_width, 3, enzyme_buffer,
                                          (int)sizeof rows[0], rows, enzyme_scalar, 2.0f);
    for (int i = 0; i < 3; i++) check(m.l[i], 2 * rows[i][0], 2 * rows[i][1], 2 * rows[i][2]);

    struct with_mixed s = __enzyme_fwddiff_mixed((void *)shares, enzyme_primal_return, 2.0, 1.0);
    CHECK_CLOSE(s.p.n, 3, 0);
    CHECK_CLOSE(s.p.f, 4, 0);
    CHECK_CLOSE(s.t.f, 2, 0);
    CHECK_CLOSE(s.t.d, 4, 0);
    float x = 1.5f, dx = 0, tx = 1;
    double slope = 3 * 2 * 1.5 + 2 + 7 * 6 * pow(1.5, 5);
    __enzyme_autodiff_void((void *)through, &x, &dx);
    CHECK_CLOSE(dx, slope, 1e-6);
    CHECK_CLOSE(__enzyme_fwddiff((void *)through, &x, &tx), slope, 1e-6);

    struct pair crowd = {2, 3}, along = {1, 0}, back = {0, 0};
    CHECK_CLOSE(__enzyme_fwddiff((void *)crowded, CROWD(1.0), enzyme_dup, crowd, along), 12, 1e-6);
    __enzyme_autodiff_void((void *)crowded, CROWD(1.0), enzyme_dup, crowd, back);
    check((struct v3){back.x, back.y, 0}, 12, 4, 0);

    struct uneven q = {3, 5};
    check_uneven(__enzyme_autodiff_by_uneven((void *)product, 2, q, 7));
    struct p_by_uneven pq = __enzyme_autodiff_p_by_uneven((void *)product, enzyme_primal_return, 2, q, 7);
    CHECK_CLOSE(pq.p, 210, 0);
    check_uneven(pq.g);
    struct first_uneven fu = __enzyme_augmentfwd_uneven((void *)product, 2, q, 7);
    check_uneven(__enzyme_reverse_uneven((void *)product, 2, q, 7, 1, fu.tape));

    extern int enzyme_noret;
    struct two_v3 seeds = {{1, 10, 100}, {-1, 0, 1}};
    void *tape = __enzyme_augmentfwd_lanes((void *)shifted, enzyme_noret, enzyme_width, 2, 3.0);
    struct by_lanes by = __enzyme_reverse_lanes((void *)shifted, enzyme_noret, enzyme_width, 2, 3.0, seeds, tape);
    CHECK_CLOSE(by.x[0], 1 + 20 + 600, 0);
    CHECK_CLOSE(by.x[1], -1 + 6, 0);

    struct result seed = {{1, 10, 100}};
    struct gradients d = __enzyme_autodiff_gradients((void *)large, &seed, 2.0, 3.0, 5.0);
    CHECK_CLOSE(d.x, 103, 0);
    CHECK_CLOSE(d.y, 2 + 50, 0);
    CHECK_CLOSE(d.z, 30, 0);
    CHECK_CLOSE(seed.v[1], 0, 0);
    return report();
}
