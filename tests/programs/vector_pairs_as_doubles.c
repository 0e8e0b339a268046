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
    return report();
}
