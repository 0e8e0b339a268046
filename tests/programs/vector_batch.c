/* __enzyme_batch: a function for several arguments at once. */
#include "check.h"

extern int enzyme_width, enzyme_scalar, enzyme_vector, enzyme_buffer;

struct l2 { double l[2]; };
struct l3 { double l[3]; };
struct l4 { double a, b, c, d; };
struct f4 { float l[4]; };
extern struct l2 __enzyme_batch_l2(void *, ...);
extern struct l3 __enzyme_batch_l3(void *, ...);
extern struct l4 __enzyme_batch_l4(void *, ...);
extern struct f4 __enzyme_batch_f4(void *, int, int, float, float, float, float);
extern double __enzyme_batch_one(void *, ...);
extern void __enzyme_batch_void(void *, ...);

static double scaled(double x, double k) { return k * x * x; }
static NOINLINE double cube(double x) { return x * x * x; }
static double calls(double x) { return cube(x) + (x > 0 ? cube(x + 1) : 0); }
static float half_of(float x) { return x / 2; }
static double sum(const double *x, int n) {
    double s = 0;
    for (int i = 0; i < n; i++) s += x[i];
    return s;
}
static void scale(double *x, double k, int n) {
    for (int i = 0; i < n; i++) x[i] *= k;
}
static double diverges(double x) { /* the trip count depends on the argument */
    int steps = 0;
    while (x > 1) x /= 2, steps++;
    return steps + x;
}
static double of_pair(struct two z, double k) { return z.a + 10 * z.b + k; }
static struct two swapped(struct two z) { return (struct two){z.b, z.a}; }
struct twos { struct two l[2]; };
extern struct twos __enzyme_batch_twos(void *, ...);
struct big { double v[4]; };
struct bigs { struct big l[2]; };
extern struct bigs __enzyme_batch_bigs(void *, ...);
static struct big four(double x) { return (struct big){{x, x * x, x * x * x, 1}}; }
static double of_big(struct big b, double k) { return k * (b.v[0] + b.v[1] + b.v[2] + b.v[3]); }
static int whole(int x) { return 3 * x; }
struct i2 { int a, b; };
extern struct i2 __enzyme_batch_i2(void *, ...);
static double through_batch(double x) {
    struct l2 r = __enzyme_batch_l2((void *)calls, enzyme_width, 2, x, 2 * x);
    return r.l[0] * r.l[1];
}

int main(int argc, char **argv) {
    (void)argv;
    if (!markers_work) return report();
    struct l2 a = __enzyme_batch_l2((void *)scaled, enzyme_width, 2, 3.0, 4.0, enzyme_scalar, 10.0);
    CHECK_CLOSE(a.l[0], 90, 0);
    CHECK_CLOSE(a.l[1], 160, 0);
    struct l4 b = __enzyme_batch_l4((void *)calls, enzyme_width, 4, enzyme_vector, 1.0, -1.0, 2.0, -2.0);
    CHECK_CLOSE(b.a, 1 + 8, 0);
    CHECK_CLOSE(b.b, -1, 0);
    CHECK_CLOSE(b.c, 8 + 27, 0);
    CHECK_CLOSE(b.d, -8, 0);
    struct f4 c = __enzyme_batch_f4((void *)half_of, enzyme_width, 4, 2, 4, 6, 8);
    CHECK_CLOSE(c.l[0] + 10 * c.l[1] + 100 * c.l[2] + 1000 * c.l[3], 4321, 0);

    double x[3][4] = {{1, 2, 3, 4}, {10, 20, 30, 40}, {5, 6, 7, 8}};
    struct l3 d = __enzyme_batch_l3((void *)sum, enzyme_width, 3, enzyme_buffer, sizeof *x, x,
                                    enzyme_scalar, 4);
    CHECK_CLOSE(d.l[0], 10, 0);
    CHECK_CLOSE(d.l[1], 100, 0);
    CHECK_CLOSE(d.l[2], 26, 0);
    long stride = 32 * argc; /* known at run time only; the word between is the reference's way */
    struct l3 e = __enzyme_batch_l3((void *)sum, enzyme_width, 3, enzyme_buffer, stride, enzyme_vector, x,
                                    enzyme_vector, 4, 3, 2);
    CHECK_CLOSE(e.l[0], 10, 0);
    CHECK_CLOSE(e.l[1], 60, 0);
    CHECK_CLOSE(e.l[2], 11, 0);
    __enzyme_batch_void((void *)scale, enzyme_width, 2, x[0], x[2], 2.0, 3.0, enzyme_scalar, 4);
    CHECK_CLOSE(x[0][3], 8, 0);
    CHECK_CLOSE(x[1][3], 40, 0);
    CHECK_CLOSE(x[2][3], 24, 0);
    struct l2 f = __enzyme_batch_l2((void *)diverges, enzyme_width, 2, 5.0, 100.0);
    CHECK_CLOSE(f.l[0], 3 + 0.625, 0);
    CHECK_CLOSE(f.l[1], 7 + 0.78125, 0);

    CHECK_CLOSE(__enzyme_batch_one((void *)calls, enzyme_width, 1, 2.0), 35, 0);
    CHECK_CLOSE(__enzyme_batch_one((void *)calls, 2.0), 35, 0);
    struct two z = {1, 2}, w = {3, 4};
    struct l2 g = __enzyme_batch_l2((void *)of_pair, enzyme_width, 2, z, w, enzyme_scalar, 100.0);
    CHECK_CLOSE(g.l[0], 121, 0);
    CHECK_CLOSE(g.l[1], 143, 0);
    struct twos h = __enzyme_batch_twos((void *)swapped, enzyme_width, 2, z, w);
    CHECK_CLOSE(h.l[0].a + 10 * h.l[0].b + 100 * h.l[1].a + 1000 * h.l[1].b, 2 + 10 + 400 + 3000, 0);
    struct bigs i = __enzyme_batch_bigs((void *)four, enzyme_width, 2, 2.0, 3.0);
    CHECK_CLOSE(i.l[0].v[2], 8, 0);
    CHECK_CLOSE(i.l[1].v[2], 27, 0);
    struct l2 j = __enzyme_batch_l2((void *)of_big, enzyme_width, 2, i.l[0], i.l[1], 1.0, 2.0);
    CHECK_CLOSE(j.l[0], 15, 0);
    CHECK_CLOSE(j.l[1], 80, 0);
    struct i2 k = __enzyme_batch_i2((void *)whole, enzyme_width, 2, 5, 7);
    CHECK_CLOSE(k.a + 100 * k.b, 2115, 0);
    struct l2 l = __enzyme_batch_l2(argc > 1 ? (void *)cube : (void *)calls, enzyme_width, 2, 2.0, -2.0);
    CHECK_CLOSE(l.l[0] - l.l[1], 35 + 8, 0);

    double slope = __enzyme_autodiff((void *)through_batch, 1.5);
    double (*v)(double) = through_batch;
    double want = (v(1.5 + 1e-5) - v(1.5 - 1e-5)) / 2e-5;
    CHECK_CLOSE(slope, want, 1e-8);
    CHECK_CLOSE(__enzyme_fwddiff((void *)through_batch, 1.5, 1.0), slope, 1e-14);
    return report();
}
