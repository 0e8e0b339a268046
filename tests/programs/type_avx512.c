/* AVX-512 as <immintrin.h> has it: what is no plain IR. */
#include "check.h"
#if defined(__x86_64__)
#include <immintrin.h>
#define WIDE __attribute__((target("avx512f,avx512dq,avx512vl")))

WIDE static double extremes(double *x, int n) {
    __m512d a = _mm512_loadu_pd(x), b = _mm512_set1_pd(0.6 * x[1]);
    __mmask8 m = _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ);
    __m512d c = _mm512_max_pd(a, _mm512_mul_pd(b, b)), d = _mm512_mask_min_pd(a, m, _mm512_mul_pd(a, a), b);
    __m512d e = _mm512_fmadd_pd(c, d, _mm512_sqrt_pd(_mm512_abs_pd(a)));
    return _mm512_reduce_add_pd(_mm512_maskz_add_pd(0x7b, e, c)) + _mm512_mask_reduce_add_pd(m, e) + n;
}
ARRAY_TEST(extremes)

WIDE static double rounding(double *x, int n) {
    __m512d a = _mm512_loadu_pd(x);
    __m512d b = _mm512_add_round_pd(a, _mm512_mul_round_pd(a, a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC),
                                    _MM_FROUND_CUR_DIRECTION);
    __m512d c = _mm512_mul_pd(b, _mm512_sub_pd(a, _mm512_floor_pd(a)));
    return _mm512_reduce_add_pd(_mm512_fmaddsub_pd(c, a, b)) + _mm512_reduce_max_pd(a) + n;
}
ARRAY_TEST(rounding)

WIDE static double moved(double *x, int n) {
    __m512d a = _mm512_loadu_pd(x), b = _mm512_mul_pd(a, _mm512_set1_pd(x[2]));
    __m512i i = _mm512_setr_epi64(7, 1, 1, 0, 3, 15, 8, 4);
    __m512d c = _mm512_permutexvar_pd(i, a), d = _mm512_permutex2var_pd(a, i, b);
    __m512d e = _mm512_permutevar_pd(b, _mm512_slli_epi64(i, 1));
    double s = 0, out[8];
    _mm512_storeu_pd(out, _mm512_fmadd_pd(c, d, e));
    for (int k = 0; k < 8; k++) s = 0.5 * s + out[k] * (k + 1);
    return s + n;
}
ARRAY_TEST(moved)

WIDE static double packed(double *x, int n) {
    __m512d a = _mm512_loadu_pd(x);
    __mmask8 m = _mm512_cmp_pd_mask(a, _mm512_setzero_pd(), _CMP_GT_OQ);
    __m512d b = _mm512_mask_compress_pd(_mm512_mul_pd(a, a), m, a), c = _mm512_maskz_expand_pd(m, a);
    double s = 0, out[8];
    _mm512_storeu_pd(out, _mm512_fmadd_pd(b, _mm512_set1_pd(x[0]), c));
    for (int k = 0; k < 8; k++) s = 0.5 * s + out[k] * out[k];
    return s + n;
}
ARRAY_TEST(packed)

WIDE static double gathered(double *x, int n) {
    __m512i i = _mm512_setr_epi64(7, 1, 2, 0, 3, 6, 5, 4);
    __m512d a = _mm512_i64gather_pd(i, x, 8);
    __m512d b = _mm512_mask_i32gather_pd(a, 0x35, _mm512_castsi512_si256(i), x, 8);
    double out[8];
    _mm512_i64scatter_pd(out, i, _mm512_mul_pd(a, b), 8);
    _mm512_mask_i64scatter_pd(x, 0x0f, i, a, 8);
    double s = 0;
    for (int k = 0; k < 8; k++) s = 0.5 * s + out[k] * x[k];
    return s + n;
}
ARRAY_TEST(gathered)

WIDE static double narrow(double *x, int n) {
    __m512d a = _mm512_loadu_pd(x);
    __m128d low = _mm_max_sd(_mm_set_sd(x[1]), _mm_set_sd(x[2]));
    low = _mm_mask_add_sd(low, n > 2, low, _mm_set_sd(x[3])), low = _mm_mask_min_sd(low, n < 2, low, low);
    __m512d back = _mm512_cvtps_pd(_mm512_cvtpd_ps(_mm512_roundscale_pd(a, _MM_FROUND_TO_ZERO)));
    return _mm512_reduce_add_pd(_mm512_mul_pd(back, a)) * _mm_cvtsd_f64(low);
}
ARRAY_TEST(narrow)

WIDE static double singles(double *x, int n) {
    float f[16], s = 0;
    for (int i = 0; i < 16; i++) f[i] = (float)(x[i % n] * (i + 1)) / 8;
    __m512 a = _mm512_loadu_ps(f), b = _mm512_min_ps(a, _mm512_mul_ps(a, a));
    _mm512_storeu_ps(f, _mm512_permutexvar_ps(_mm512_set1_epi32(3), _mm512_add_ps(a, b)));
    for (int i = 0; i < 16; i++) s += f[i] * f[i];
    return s;
}
#endif

int main(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        CHECK(extremes, 0.3, 1.5, 0.7, 2, 0.1, 0.5, 1.2, -2);
        CHECK(rounding, 0.3, 1.5, 0.7, 2.25, 0.1, 0.95, 1.1, -2.5);
        CHECK(moved, 0.3, 1.5, 0.7, 2, 0.1, 0.95, 1.1, -2);
        CHECK(packed, 0.3, 1.5, -0.7, 2, -0.1, 0.95, 1.1, -2);
        CHECK(gathered, 0.3, 1.5, 0.7, 2, 0.1, 0.95, 1.1, -2);
        CHECK(narrow, 0.3, 1.5, 0.7, 2.5, 0.1, 0.95, 1.1, -2.5);
        double x[3] = {0.5, 1.25, -0.75}, dx[3] = {0};
        if (markers_work) __enzyme_autodiff((void *)singles, x, dx, 3);
        double h = 1.0 / 1024, y[3] = {0.5 + h, 1.25, -0.75}, z[3] = {0.5 - h, 1.25, -0.75};
        if (markers_work) CHECK_CLOSE(dx[0], (singles(y, 3) - singles(z, 3)) / (2 * h), 1e-2);
        double t[3] = {1, 0, 0}, ty[3] = {0, 1, 0};
        if (markers_work) {
            CHECK_CLOSE(__enzyme_fwddiff((void *)singles, x, t, 3), dx[0], 1e-5);
            CHECK_CLOSE(__enzyme_fwddiff((void *)singles, x, ty, 3), dx[1], 1e-5);
        }
    }
#endif
    return report();
}
