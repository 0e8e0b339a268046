/* Two lanes of single precision, stored and loaded as one double, as programs with SSE do. */
#include "check.h"

#ifdef __SSE2__
#include <emmintrin.h>

typedef union {
    struct { float x, y, z, w; } at;
    __m128 all;
} lanes;

/* Returned as two doubles, as unions of floats and vectors are. */
__attribute__((always_inline)) static inline lanes scaled(lanes a, lanes b) {
    lanes c;
    c.all = _mm_mul_ps(a.all, b.all);
    c.at.x += a.at.w;
    return c;
}

static double packed(double *x, int n) {
    float in[8], out[8] = {0};
    for (int i = 0; i < 8; i++) in[i] = (float)x[i % n] * (i + 1);
    __m128 a = _mm_loadu_ps(in), b = _mm_loadu_ps(in + 4);
    __m128 c = _mm_mul_ps(a, _mm_shuffle_ps(b, b, 0x1b));
    _mm_store_sd((double *)(out + 2), _mm_castps_pd(c));
    _mm_storeh_pd((double *)(out + 4), _mm_castps_pd(c));
    __m128d d = _mm_load_sd((double *)(out + 2));
    d = _mm_loadh_pd(d, (double *)(out + 4));
    _mm_storeu_ps(out + 4, _mm_add_ps(_mm_castpd_ps(d), a));
    lanes p, q;
    p.all = a, q.all = b;
    lanes r[2];
    r[1] = scaled(q, p);
    r[0] = scaled(p, r[1]);
    double sum = r[n & 1].at.x + 2 * r[n & 1].at.y + 3 * r[n & 1].at.z - r[n & 1].at.w;
    for (int i = 0; i < 8; i++) sum += sin(out[i]) * (i + 1);
    return sum;
}
#endif

/* The same, lane by lane in double precision. */
static double plain(double *x, int n) {
    double in[8], out[8] = {0}, c[4];
    for (int i = 0; i < 8; i++) in[i] = x[i % n] * (i + 1);
    for (int i = 0; i < 4; i++) c[i] = in[i] * in[7 - i];
    out[2] = c[0], out[3] = c[1];
    for (int i = 0; i < 4; i++) out[4 + i] = c[i] + in[i];
    double sum = in[0] * (in[4] * in[0] + in[7]) + in[3];
    for (int i = 1; i < 4; i++) sum += in[i] * in[4 + i] * in[i] * (i < 3 ? i + 1 : -1);
    for (int i = 0; i < 8; i++) sum += sin(out[i]) * (i + 1);
    return sum;
}

/* a pair by value comes as one double: its gradient is that of the lanes */
typedef float pair __attribute__((vector_size(8)));
extern pair __enzyme_autodiff_pair(void *, ...);
extern int enzyme_width;
struct two_pairs { pair lane[2]; };
extern struct two_pairs __enzyme_autodiff_pairs(void *, ...);
struct pair_and_float { pair v; float s; };
extern struct pair_and_float __enzyme_autodiff_pair_and_float(void *, ...);
static float of_pair(pair v) { return v[0] * v[0] * v[1]; }
static float of_both(pair v, float s) {
    pair t = v * v + s;
    for (int i = 0; i < 2; i++) t = t * v;
    return t[0] + s * t[1]; /* v0^2 (v0^2 + s) + s v1^2 (v1^2 + s) */
}
static NOINLINE float inner(pair v, float s) { return v[0] * s + v[1]; }
static float calls(pair v) { return inner(v * v, 3) + v[0]; }
static pair kept[2];
static float of_kept(pair v) {
    kept[0] = v;
    pair w = kept[0] * kept[0];
    kept[1] = w;
    return kept[1][0] * kept[0][1]; /* v0^2 v1 */
}
extern float __enzyme_fwddiff_pair(void *, pair, pair);

/* stored more than once, handed on more than once: adjoints are added lane by lane */
static void twice(pair v, pair *out) { out[0] = v, out[1] = v; }
extern pair __enzyme_autodiff_twice(void *, pair, pair *, pair *);
static NOINLINE float product(pair v) { return v[0] * v[1]; }
static NOINLINE float mixed(pair v) {
    pair t[2] = {v, v * v};
    return t[1][0] + t[0][1];
}
static float hands_on(pair v) { return product(v) * mixed(v); }

int main(void) {
    double x[4] = {0.3, 0.7, 1.1, 0.9}, got[4] = {0}, want[4] = {0};
    __enzyme_autodiff((void *)plain, enzyme_dup, x, want, enzyme_const, 4);
#ifdef __SSE2__
    __enzyme_autodiff((void *)packed, enzyme_dup, x, got, enzyme_const, 4);
    for (int i = 0; i < 4; i++) {
        double d[4] = {0};
        d[i] = 1;
        CHECK_CLOSE(got[i], want[i], 1e-4);
        CHECK_CLOSE(__enzyme_fwddiff((void *)packed, enzyme_dup, x, d, enzyme_const, 4), want[i], 1e-4);
    }
#endif
    pair v = {3, 4}, g = __enzyme_autodiff_pair((void *)of_pair, v);
    CHECK_CLOSE(g[0], 24, 1e-6);
    CHECK_CLOSE(g[1], 9, 1e-6);
    struct two_pairs p = __enzyme_autodiff_pairs((void *)of_pair, enzyme_width, 2, v);
    for (int i = 0; i < 2; i++) CHECK_TRUE(p.lane[i][0] == g[0] && p.lane[i][1] == g[1]);
    struct pair_and_float b = __enzyme_autodiff_pair_and_float((void *)of_both, v, 2.0f);
    CHECK_CLOSE(b.v[0], 4 * 27 + 2 * 3 * 2, 1e-6);
    CHECK_CLOSE(b.v[1], 2 * (4 * 64 + 2 * 4 * 2), 1e-6);
    CHECK_CLOSE(b.s, 9 + 256 + 2 * 2 * 16, 1e-6);
    g = __enzyme_autodiff_pair((void *)of_kept, v);
    CHECK_CLOSE(g[0], 24, 1e-6);
    CHECK_CLOSE(g[1], 9, 1e-6);
    CHECK_CLOSE(__enzyme_fwddiff_pair((void *)of_kept, v, (pair){1, 10}), 24 + 90, 1e-6);
    p = __enzyme_autodiff_pairs((void *)of_kept, enzyme_width, 2, v);
    for (int i = 0; i < 2; i++) CHECK_TRUE(p.lane[i][0] == g[0] && p.lane[i][1] == g[1]);
    pair out[2], seeds[2] = {{1, 2}, {10, 20}};
    g = __enzyme_autodiff_twice((void *)twice, v, out, seeds);
    CHECK_TRUE(g[0] == 11 && g[1] == 22 && out[1][1] == 4);
    g = __enzyme_autodiff_pair((void *)hands_on, v); /* v0 v1 (v0^2 + v1) */
    CHECK_CLOSE(g[0], 4 * 13 + 12 * 6, 1e-6);
    CHECK_CLOSE(g[1], 3 * 13 + 12, 1e-6);
    CHECK_CLOSE(__enzyme_fwddiff_pair((void *)hands_on, v, (pair){1, 10}), 124 + 510, 1e-6);
    g = __enzyme_autodiff_pair((void *)calls, v);
    CHECK_CLOSE(g[0], 19, 1e-6);
    CHECK_CLOSE(g[1], 8, 1e-6);
    return report();
}
