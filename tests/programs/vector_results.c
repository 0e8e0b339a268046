/* Several directions at once: what comes back, in all forms of the result. */
#include "check.h"

extern int enzyme_width;

struct l2 { double l[2]; };
struct l3 { double l[3]; };
struct named3 { double a, b, c; };
struct pl2 { double p, a, b; };
struct two_of_l2 { double x[2], y[2]; };
struct p_two_of_l2 { double p, x[2], y[2]; };
struct f2 { float a, b; };
struct f4 { float l[4]; };
struct f_and_d { float x[2]; double y[2]; };

extern struct l2 __enzyme_fwddiff_l2(void *, ...), __enzyme_autodiff_l2(void *, ...);
extern struct l3 __enzyme_fwddiff_l3(void *, ...), __enzyme_autodiff_l3(void *, ...);
extern struct named3 __enzyme_fwddiff_named3(void *, ...);
extern struct pl2 __enzyme_fwddiff_pl2(void *, ...), __enzyme_autodiff_pl2(void *, ...);
extern struct two_of_l2 __enzyme_autodiff_two_of_l2(void *, ...);
extern struct p_two_of_l2 __enzyme_autodiff_p_two_of_l2(void *, ...);
extern struct f2 __enzyme_fwddiff_f2(void *, int, int, float, float, float);
extern struct f2 __enzyme_autodiff_f2(void *, int, int, float);
extern struct f4 __enzyme_fwddiff_f4(void *, int, int, float, float, float, float, float);
extern struct f4 __enzyme_autodiff_f4(void *, int, int, float);
extern struct f_and_d __enzyme_autodiff_f_and_d(void *, int, int, float, double);

static double f(double x) { return x * sin(x); }
static double df(double x) { return sin(x) + x * cos(x); }
static double two_inputs(double x, double y) { return x * x * y; }
static float narrow(float x) { return x * x; }
static double mixed(float x, double y) { return x * y * y; }
static long double extended(long double x) { return x * x * x; }

struct el2 { long double l[2]; };
extern struct el2 __enzyme_fwddiff_el2(void *, ...), __enzyme_autodiff_el2(void *, ...);

static struct two pair(double x, double y) { return (struct two){x * y, x * x}; }
struct pairs { struct two l[2]; };
struct p_pairs { struct two p, l[2]; };
extern struct pairs __enzyme_fwddiff_pairs(void *, ...);
extern struct p_pairs __enzyme_fwddiff_p_pairs(void *, ...);

struct big { double v[5]; };
struct bigs { struct big l[2]; };
struct p_bigs { struct big p, l[2]; };
extern struct bigs __enzyme_fwddiff_bigs(void *, ...);
extern struct p_bigs __enzyme_fwddiff_p_bigs(void *, ...);
static struct big powers(double x) {
    return (struct big){{1, x, x * x, x * x * x, x * x * x * x}};
}
static float first_of(struct f2 z) { return z.a * z.a * z.b; }
struct f2s { struct f2 l[2]; };
extern struct f2s __enzyme_autodiff_f2s(void *, int, int, struct f2);
extern float __enzyme_autodiff_first(void *, int, int, float);

int main(void) {
    if (!markers_work) return report();
    double x = 1.5;
    struct l2 a = __enzyme_fwddiff_l2((void *)f, enzyme_width, 2, x, 1.0, -2.0);
    CHECK_CLOSE(a.l[0], df(x), 1e-15);
    CHECK_CLOSE(a.l[1], -2 * df(x), 1e-15);
    struct l3 b = __enzyme_fwddiff_l3((void *)f, x, 1.0, -2.0, 0.5, enzyme_width, 3);
    CHECK_CLOSE(b.l[2], 0.5 * df(x), 1e-15);
    struct named3 c = __enzyme_fwddiff_named3((void *)f, enzyme_width, 3, enzyme_dup, x, 1.0, 2.0, 3.0);
    CHECK_CLOSE(c.a, df(x), 1e-15);
    CHECK_CLOSE(c.b, 2 * df(x), 1e-15);
    CHECK_CLOSE(c.c, 3 * df(x), 1e-15);
    struct pl2 d = __enzyme_fwddiff_pl2((void *)f, enzyme_width, 2, enzyme_primal_return, x, 1.0, 2.0);
    CHECK_CLOSE(d.p, f(x), 1e-15);
    CHECK_CLOSE(d.a, df(x), 1e-15);
    CHECK_CLOSE(d.b, 2 * df(x), 1e-15);

    struct l2 e = __enzyme_autodiff_l2((void *)f, enzyme_width, 2, x);
    CHECK_CLOSE(e.l[0], df(x), 1e-15);
    CHECK_CLOSE(e.l[1], df(x), 1e-15);
    struct l3 g = __enzyme_autodiff_l3((void *)f, enzyme_width, 3, enzyme_out, x);
    CHECK_CLOSE(g.l[2], df(x), 1e-15);
    CHECK_CLOSE(__enzyme_autodiff((void *)f, enzyme_width, 4, x), df(x), 1e-15);
    struct pl2 h = __enzyme_autodiff_pl2((void *)f, enzyme_width, 2, enzyme_primal_return, x);
    CHECK_CLOSE(h.p, f(x), 1e-15);
    CHECK_CLOSE(h.b, df(x), 1e-15);
    struct two_of_l2 i = __enzyme_autodiff_two_of_l2((void *)two_inputs, enzyme_width, 2, 3.0, 5.0);
    CHECK_CLOSE(i.x[1], 30, 0);
    CHECK_CLOSE(i.y[0], 9, 0);
    CHECK_CLOSE(i.y[1], 9, 0);
    struct p_two_of_l2 j = __enzyme_autodiff_p_two_of_l2(
        (void *)two_inputs, enzyme_primal_return, enzyme_width, 2, 3.0, 5.0);
    CHECK_CLOSE(j.p, 45, 0);
    CHECK_CLOSE(j.x[0], 30, 0);
    CHECK_CLOSE(j.y[1], 9, 0);

    struct f2 k = __enzyme_fwddiff_f2((void *)narrow, enzyme_width, 2, 3, 1, 10);
    CHECK_CLOSE(k.a, 6, 0);
    CHECK_CLOSE(k.b, 60, 0);
    struct f4 l = __enzyme_fwddiff_f4((void *)narrow, enzyme_width, 4, 3, 1, 2, 3, 4);
    CHECK_CLOSE(l.l[0] + l.l[1] * 10 + l.l[2] * 100 + l.l[3] * 1000, 6 + 120 + 1800 + 24000, 0);
    struct f2 m = __enzyme_autodiff_f2((void *)narrow, enzyme_width, 2, 3);
    CHECK_CLOSE(m.a + 10 * m.b, 66, 0);
    struct f4 n = __enzyme_autodiff_f4((void *)narrow, enzyme_width, 4, 3);
    CHECK_CLOSE(n.l[0] + n.l[1] * 10 + n.l[2] * 100 + n.l[3] * 1000, 6666, 0);
    struct f_and_d o = __enzyme_autodiff_f_and_d((void *)mixed, enzyme_width, 2, 2, 3.0);
    CHECK_CLOSE(o.x[0] + 10 * o.x[1], 99, 0);
    CHECK_CLOSE(o.y[0] + 10 * o.y[1], 11 * 12, 0);
    CHECK_CLOSE(__enzyme_autodiff_first((void *)narrow, enzyme_width, 2, 3), 6, 0);

    struct el2 p = __enzyme_fwddiff_el2((void *)extended, enzyme_width, 2, 2.0L, 1.0L, 3.0L);
    CHECK_CLOSE((double)p.l[0], 12, 0);
    CHECK_CLOSE((double)p.l[1], 36, 0);
    struct el2 q = __enzyme_autodiff_el2((void *)extended, enzyme_width, 2, 2.0L);
    CHECK_CLOSE((double)(q.l[0] + 10 * q.l[1]), 132, 0);

    struct pairs r = __enzyme_fwddiff_pairs((void *)pair, enzyme_width, 2, 3.0, 1.0, 0.0, 5.0, 0.0, 1.0);
    CHECK_CLOSE(r.l[0].a, 5, 0);
    CHECK_CLOSE(r.l[0].b, 6, 0);
    CHECK_CLOSE(r.l[1].a, 3, 0);
    CHECK_CLOSE(r.l[1].b, 0, 0);
    struct p_pairs s = __enzyme_fwddiff_p_pairs((void *)pair, enzyme_width, 2, enzyme_primal_return, 3.0,
                                                1.0, 0.0, 5.0, 0.0, 1.0);
    CHECK_CLOSE(s.p.a, 15, 0);
    CHECK_CLOSE(s.p.b, 9, 0);
    CHECK_CLOSE(s.l[1].a, 3, 0);
    struct two_of_l2 t = __enzyme_autodiff_two_of_l2((void *)pair, enzyme_width, 2, 3.0, 5.0);
    CHECK_CLOSE(t.x[0] + 10 * t.x[1], 11 * (5 + 6), 0); /* 1 in every field of every lane */
    CHECK_CLOSE(t.y[0] + 10 * t.y[1], 11 * 3, 0);

    struct bigs u = __enzyme_fwddiff_bigs((void *)powers, enzyme_width, 2, 2.0, 1.0, 10.0);
    for (int v = 0; v < 5; v++) {
        double want = v ? v * pow(2, v - 1) : 0;
        CHECK_CLOSE(u.l[0].v[v], want, 0);
        CHECK_CLOSE(u.l[1].v[v], 10 * want, 0);
    }
    struct p_bigs w = __enzyme_fwddiff_p_bigs((void *)powers, enzyme_width, 2, enzyme_primal_return, 2.0,
                                              1.0, 10.0);
    CHECK_CLOSE(w.p.v[3], 8, 0);
    CHECK_CLOSE(w.l[0].v[3], 12, 0);
    CHECK_CLOSE(w.l[1].v[4], 320, 0);
    struct big seeds[2] = {{{0, 1, 0, 0, 0}}, {{0, 0, 0, 1, 0}}};
    struct l2 y = __enzyme_autodiff_l2((void *)powers, &seeds[0], &seeds[1], enzyme_width, 2, 2.0);
    CHECK_CLOSE(y.l[0], 1, 0);
    CHECK_CLOSE(y.l[1], 12, 0);
    CHECK_CLOSE(seeds[0].v[1] + seeds[1].v[3], 0, 0);
    struct f2s z = __enzyme_autodiff_f2s((void *)first_of, enzyme_width, 2, (struct f2){2, 3});
    CHECK_CLOSE(z.l[0].a + 10 * z.l[1].a, 11 * 12, 0);
    CHECK_CLOSE(z.l[0].b + 10 * z.l[1].b, 11 * 4, 0);
    return report();
}
