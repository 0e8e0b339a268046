/* lanes: their own */
/* Derivatives by hand in reverse mode: tapes of every kind, every kind of parameter and result. Each rule gives
   something that no derivative of the body is, so that a body that was looked at shows. */
#include "check.h"

struct pair { double a, b; };
struct floats { float a, b; };
struct three __enzyme_autodiff_3(void *, ...);
float __enzyme_autodiff_float(void *, ...);

/* ---- no tape: the augmented function returns what the function returns ---- */
static double plain(double x) { return x * x; }
static double plain_aug(double x) { return x * x; }
static double plain_rev(double x, double seed) { return 100 * x * seed; }
void *__enzyme_register_gradient_plain[] = {(void *)plain, (void *)plain_aug, (void *)plain_rev};
static double uses_plain(double x) { return plain(x) * x; }

/* ---- nothing at all: void and void ---- */
static void fill(double *y, double x) { *y = x; }
static void fill_aug(double *y, double *dy, double x) { (void)dy, *y = x; }
static double fill_rev(double *y, double *dy, double x) {
    double g = 7 * *dy;
    (void)y, (void)x;
    *dy = 0;
    return g;
}
void *__enzyme_register_gradient_fill[] = {(void *)fill, (void *)fill_aug, (void *)fill_rev};
static double uses_fill(double x) {
    double y = 0;
    fill(&y, x * x);
    return y * y;
}

/* ---- a pointer as tape; arrays, integers and numbers ---- */
double scale_sum(double *x, long n, double s) {
    double t = 0;
    for (long i = 0; i < n; i++) t += x[i];
    return s * t;
}
struct pointer_tape { void *tape; double value; };
struct pointer_tape ss_aug(double *x, double *dx, long n, long dn, double s) {
    double *keep = malloc(sizeof *keep), t = 0;
    (void)dx, (void)dn;
    for (long i = 0; i < n; i++) t += x[i];
    *keep = t;
    return (struct pointer_tape){keep, s * t};
}
double ss_rev(double *x, double *dx, long n, long dn, double s, double seed, void *tape) {
    (void)x, (void)dn;
    for (long i = 0; i < n; i++) dx[i] += 2 * s * seed;
    double ds = 3 * *(double *)tape * seed;
    free(tape);
    return ds;
}
void *__enzyme_register_gradient_ss[] = {(void *)scale_sum, (void *)ss_aug, (void *)ss_rev};
static double uses_scale(double *x, int n, double s) {
    double r = 0;
    for (int k = 0; k < 3; k++) r += scale_sum(x, n - k, s * (k + 1));
    return r;
}

/* ---- a number as tape, and the result not returned at all ---- */
static double forgetful(double x) { return x; }
static long forgetful_aug(double x) { return (long)(10 * x); }
static double forgetful_rev(double x, double seed, long tape) { return (void)x, tape * seed; }
void *__enzyme_register_gradient_forgetful[] = {(void *)forgetful, (void *)forgetful_aug, (void *)forgetful_rev};
static double uses_forgetful(double x) { return forgetful(x + 1) + 1; }

/* ---- a struct as tape: in registers, and through memory ---- */
static double small_tape(double x, double y) { return x * y; }
struct with_pair { struct pair tape; double value; };
static struct with_pair small_tape_aug(double x, double y) { return (struct with_pair){{y, x}, x * y}; }
static struct pair small_tape_rev(double x, double y, double seed, struct pair tape) {
    (void)x, (void)y;
    return (struct pair){10 * tape.a * seed, 20 * tape.b * seed};
}
void *__enzyme_register_gradient_small[] = {(void *)small_tape, (void *)small_tape_aug, (void *)small_tape_rev};

struct tape_five { double v[4]; int n; };
struct with_five { struct tape_five tape; double value; };
static double large_tape(double x, float y, double z) { return x * y * z; }
static struct with_five large_tape_aug(double x, float y, double z) {
    return (struct with_five){{{y * z, x * z, x * y, 0}, 5}, x * y * z};
}
struct mixed_gradient { double x; float y; double z; };
static struct mixed_gradient large_tape_rev(double x, float y, double z, double seed, struct tape_five tape) {
    (void)x, (void)y, (void)z;
    return (struct mixed_gradient){tape.n * tape.v[0] * seed, (float)(tape.v[1] * seed), 2 * tape.v[2] * seed};
}
void *__enzyme_register_gradient_large[] = {(void *)large_tape, (void *)large_tape_aug, (void *)large_tape_rev};
static double uses_tapes(double x, double y, double z) {
    return small_tape(x, y) * z + large_tape(x, 2.0f, z);
}

/* a small tape that the ABI returns in one word with the result */
static float in_a_word(float x, int k) { return k > 3 ? x * x : 2 * x; }
struct with_flag { int tape; float value; };
static struct with_flag in_a_word_aug(float x, int k, int dk) {
    (void)dk;
    return (struct with_flag){k > 3, in_a_word(x, k)};
}
static float in_a_word_rev(float x, int k, int dk, float seed, int tape) {
    (void)k, (void)dk;
    return 10 * seed * (tape ? 2 * x : 2);
}
void *__enzyme_register_gradient_word[] = {(void *)in_a_word, (void *)in_a_word_aug, (void *)in_a_word_rev};
static double uses_words(double x) { return in_a_word((float)x, 2) * in_a_word((float)x, 5); }

/* a pair of numbers where nothing is returned: it is the tape */
static void assign(double *y, double a, double b) { *y = a * b; }
static struct pair assign_aug(double *y, double *dy, double a, double b) {
    (void)dy, *y = a * b;
    return (struct pair){a, b};
}
static struct pair assign_rev(double *y, double *dy, double a, double b, struct pair tape) {
    double s = *dy;
    (void)y, (void)a, (void)b;
    *dy = 0;
    return (struct pair){3 * tape.b * s, 5 * tape.a * s};
}
void *__enzyme_register_gradient_assign[] = {(void *)assign, (void *)assign_aug, (void *)assign_rev};
static double uses_assign(double a, double b) {
    double y;
    assign(&y, a, b);
    return y * y;
}

/* ---- floats: two in a register, three in two ---- */
static float three_floats(float x, float y, float z) { return x * y * z; }
struct float_and_tape { void *tape; float value; };
static struct float_and_tape three_floats_aug(float x, float y, float z) { return (struct float_and_tape){0, x * y * z}; }
struct three_gradients { float x, y, z; };
static struct three_gradients three_floats_rev(float x, float y, float z, float seed) {
    return (struct three_gradients){2 * y * z * seed, 3 * x * z * seed, 5 * x * y * seed};
}
void *__enzyme_register_gradient_3f[] = {(void *)three_floats, (void *)three_floats_aug, (void *)three_floats_rev};
static float uses_floats(float x, float y) { return three_floats(x, y, 2) * three_floats(1, x, y); }

/* ---- structs of floats as results and parameters ---- */
static struct floats both(float x, struct floats f) { return (struct floats){x * f.a, x * f.b}; }
static struct floats both_aug(float x, struct floats f) { return both(x, f); }
struct both_gradients { float x; struct floats f; };
static struct both_gradients both_rev(float x, struct floats f, struct floats seed) {
    return (struct both_gradients){10 * (f.a * seed.a + f.b * seed.b), {20 * x * seed.a, 30 * x * seed.b}};
}
void *__enzyme_register_gradient_both[] = {(void *)both, (void *)both_aug, (void *)both_rev};
static double uses_both(double x, double y) {
    struct floats r = both((float)x, (struct floats){(float)y, 2});
    return (double)r.a * r.b;
}
static struct pair doubles(double x, const struct pair *p) { return (struct pair){x * p->a, x * p->b}; }
static struct pair doubles_aug(double x, const struct pair *p, struct pair *dp) { return (void)dp, doubles(x, p); }
static double doubles_rev(double x, const struct pair *p, struct pair *dp, struct pair seed) {
    dp->a += 7 * x * seed.a;
    dp->b += 9 * x * seed.b;
    return 11 * (p->a * seed.a + p->b * seed.b);
}
void *__enzyme_register_gradient_doubles[] = {(void *)doubles, (void *)doubles_aug, (void *)doubles_rev};
static double uses_doubles(double x, double a, double b) {
    struct pair p = {a, b}, r = doubles(x, &p);
    return r.a + 2 * r.b;
}

/* ---- a struct by value in registers is its pieces ---- */
struct counted { double x; int n; };
static double counted(struct counted c, int m) { return c.x * c.n * m; }
static double counted_aug(double x, int n, int dn, int m, int dm) { return (void)dn, (void)dm, x * n * m; }
static double counted_rev(double x, int n, int dn, int m, int dm, double seed) {
    (void)x;
    return (dn + dm) * 1000 + n * m * seed;
}
void *__enzyme_register_gradient_counted[] = {(void *)counted, (void *)counted_aug, (void *)counted_rev};
static double uses_counted(double x) { return counted((struct counted){x, 3}, 4); }

/* ---- results that are pointers ---- */
static double *newly(double x) {
    double *p = malloc(sizeof *p);
    *p = x;
    return p;
}
struct triple { void *tape; double *value, *shadow; };
static struct triple newly_aug(double x) {
    double *p = calloc(2, sizeof *p);
    *p = x;
    return (struct triple){p, p, p + 1};
}
static double newly_rev(double x, void *tape) {
    double g = 13 * ((double *)tape)[1];
    (void)x;
    free(tape);
    return g;
}
void *__enzyme_register_gradient_newly[] = {(void *)newly, (void *)newly_aug, (void *)newly_rev};
static double uses_newly(double x) {
    double *p = newly(x * x);
    return p[0] * 2;
}

/* ---- the gradient of a struct is such a struct; registers do not last for the seed ---- */
struct wide { double a; float b; };
struct row { float a, b, c; };
struct of_structs { struct row r; struct wide w; float k; struct row s; };
NOINLINE static struct row blend(struct row r, struct wide w, float k, struct row s) {
    return (struct row){r.a * (float)w.a, w.b * k, r.c * s.c};
}
static struct row blend_aug(struct row r, struct wide w, float k, struct row s) { return blend(r, w, k, s); }
static struct of_structs blend_rev(struct row r, struct wide w, float k, struct row s, struct row seed) {
    return (struct of_structs){{seed.a * (float)w.a, 0, seed.c * s.c},
                               {seed.a * r.a, seed.b * k},
                               10 * seed.b * w.b,
                               {0, 0, seed.c * r.c}};
}
void *__enzyme_register_gradient_blend[] = {(void *)blend, (void *)blend_aug, (void *)blend_rev};
static double uses_blend(double x, double y) {
    float u = (float)x, v = (float)y;
    struct row o = blend((struct row){u, 1, v}, (struct wide){y, u}, v, (struct row){0, 0, u});
    return o.a + 100 * o.b + 10000 * o.c;
}

/* ---- recursion and functions that stay calls ---- */
NOINLINE static double deep(double x, int n) { return n ? plain(deep(x, n - 1)) : x; }

int main(void) {
    double x[4] = {1, 2, 3, 4}, dx[4] = {0};
    if (!markers_work) return report();
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_plain, 3.0), 100 * 3 * 3 + 9, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)plain, 3.0), 300, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_fill, 2.0), 2 * 4 * 7 * 2 * 2, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_scale, x, dx, enzyme_const, 4, 0.5),
                3 * (10 * 1 + 6 * 2 + 3 * 3), 1e-15);
    CHECK_CLOSE(dx[0], 2 * 0.5 * (1 + 2 + 3), 1e-15);
    CHECK_CLOSE(dx[2], 2 * 0.5 * (1 + 2), 1e-15);
    CHECK_CLOSE(dx[3], 2 * 0.5 * 1, 1e-15);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_forgetful, 2.0), 30, 0);
    struct three g = __enzyme_autodiff_3((void *)uses_tapes, 2.0, 3.0, 5.0);
    CHECK_CLOSE(g.a, 10 * 3 * 5 + 5 * 2 * 5, 1e-15);
    CHECK_CLOSE(g.b, 20 * 2 * 5, 1e-15);
    CHECK_CLOSE(g.c, 2 * 3 + 2 * 2 * 2, 1e-15);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_words, 2.0), 10 * (2 * 4 + 4 * 4), 0);
    struct two d = __enzyme_autodiff_two((void *)uses_assign, 2.0, 3.0);
    CHECK_CLOSE(d.a, 3 * 3 * 12.0, 1e-15);
    CHECK_CLOSE(d.b, 5 * 2 * 12.0, 1e-15);
    /* r = 2 x y * x y: rule for (x, y, 2) and for (1, x, y) */
    CHECK_CLOSE(__enzyme_autodiff_float((void *)uses_floats, 2.0f, enzyme_const, 3.0f),
                2 * 3 * 2 * 6 + 3 * 3 * 12, 1e-6);
    d = __enzyme_autodiff_two((void *)uses_both, 2.0, 3.0); /* r = (6, 4), seeds (4, 6) */
    CHECK_CLOSE(d.a, 10 * (3 * 4 + 2 * 6), 1e-6);
    CHECK_CLOSE(d.b, 20 * 2 * 4, 1e-6);
    g = __enzyme_autodiff_3((void *)uses_doubles, 2.0, 3.0, 5.0);
    CHECK_CLOSE(g.a, 11 * (3 + 5 * 2), 1e-15);
    CHECK_CLOSE(g.b, 7 * 2, 1e-15);
    CHECK_CLOSE(g.c, 9 * 2 * 2, 1e-15);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_counted, 2.0), 7000 + 12, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)uses_newly, 2.0), 2 * 13 * 4, 0);
    d = __enzyme_autodiff_two((void *)uses_blend, 2.0, 3.0); /* x y, 100 x y (10 in v), 10000 x y */
    CHECK_CLOSE(d.a, 3 + 300 + 30000, 0);
    CHECK_CLOSE(d.b, 2 + 2000 + 20000, 0);
    CHECK_CLOSE(__enzyme_autodiff((void *)deep, 2.0, 2), 100 * 4 * 100 * 2, 1e-15);
    return report();
}
