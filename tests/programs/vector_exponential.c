/* An exponential in lanes, as libraries have it: lanes are rounded by integers, and integers become exponents. */
#include "check.h"

#ifdef __SSE2__
#include <emmintrin.h>

static inline __m128 exponential(__m128 x) {
    __m128 fx = _mm_add_ps(_mm_mul_ps(x, _mm_set1_ps(1.44269504f)), _mm_set1_ps(0.5f));
    __m128i whole = _mm_cvttps_epi32(fx);
    __m128 down = _mm_cvtepi32_ps(whole);
    __m128 mask = _mm_and_ps(_mm_cmpgt_ps(down, fx), _mm_set1_ps(1));
    fx = _mm_sub_ps(down, mask);
    x = _mm_sub_ps(x, _mm_mul_ps(fx, _mm_set1_ps(0.693359375f)));
    x = _mm_sub_ps(x, _mm_mul_ps(fx, _mm_set1_ps(-2.12194440e-4f)));
    static const float c[] = {1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f};
    __m128 y = _mm_set1_ps(c[0]);
    for (int i = 1; i < 6; i++) y = _mm_add_ps(_mm_mul_ps(y, x), _mm_set1_ps(c[i]));
    y = _mm_add_ps(_mm_add_ps(_mm_mul_ps(y, _mm_mul_ps(x, x)), x), _mm_set1_ps(1));
    whole = _mm_slli_epi32(_mm_add_epi32(_mm_cvttps_epi32(fx), _mm_set1_epi32(127)), 23);
    return _mm_mul_ps(y, _mm_castsi128_ps(whole));
}

static double f(double *x, int n) {
    float in[4], out[4];
    for (int i = 0; i < 4; i++) in[i] = (float)x[i % n];
    _mm_storeu_ps(out, exponential(_mm_loadu_ps(in)));
    double sum = 0;
    for (int i = 0; i < 4; i++) sum += out[i] * (i + 1);
    return sum;
}

int main(void) {
    double x[4] = {0.3, 2.7, -1.1, -3.4}, dx[4] = {0};
    __enzyme_autodiff((void *)f, enzyme_dup, x, dx, enzyme_const, 4);
    for (int i = 0; i < 4; i++) {
        double d[4] = {0}, want = (i + 1) * exp(x[i]);
        d[i] = 1;
        CHECK_CLOSE(dx[i], want, 1e-5);
        CHECK_CLOSE(__enzyme_fwddiff((void *)f, enzyme_dup, x, d, enzyme_const, 4), want, 1e-5);
    }
    return report();
}
#else
int main(void) { return 0; }
#endif
