/* Horizontal sums, masks, gathers, reductions, matrices: vectors as intrinsics have them. */
#include "check.h"

typedef double v2 __attribute__((vector_size(16)));
typedef double v4 __attribute__((vector_size(32)));
typedef float f4 __attribute__((vector_size(16)));

#define BOTH(f)                                                                                        \
    static void f##_reverse(double *z, double *bz, int n) { __enzyme_autodiff_void((void *)f, z, bz, n); } \
    static double f##_forward(double *z, double *dz, int n) { return __enzyme_fwddiff((void *)f, z, dz, n); }
#define TRY(f) check_run(#f, f, f##_reverse, f##_forward, z, n, 1e-3, 1e-8)

/* ---- reductions, as clang has them for every target */

static double reductions(double *z, int n) {
    v4 a = {z[0], z[1], z[2], z[3]};
    double high = __builtin_reduce_max(a), low = __builtin_reduce_min(a * a - 1);
    v4 sum = {0};
    for (int i = 0; i + 4 <= n; i += 4) sum += (v4){z[i], z[i + 1], z[i + 2], z[i + 3]} * a;
    return high * low + sum[0] + sum[1] * sum[2] + sum[3];
}
BOTH(reductions)

#ifdef __x86_64__
#include <immintrin.h>
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

static double horizontal(double *z, int n) {
    __m256d a = _mm256_loadu_pd(z), b = _mm256_loadu_pd(z + n - 4);
    __m256d s = _mm256_hadd_pd(a, b), d = _mm256_hsub_pd(b, a);
    __m256d t = _mm256_addsub_pd(_mm256_mul_pd(s, d), a);
    t = _mm256_fmaddsub_pd(t, a, s);
    t = _mm256_fmsubadd_pd(t, d, b);
    __m128d low = _mm_hadd_pd(_mm256_castpd256_pd128(t), _mm256_extractf128_pd(t, 1));
    return _mm_cvtsd_f64(low) * _mm_cvtsd_f64(_mm_unpackhi_pd(low, low)) + _mm_cvtsd_f64(_mm_dp_pd(low, low, 0x31));
}
BOTH(horizontal)

static double masks(double *z, int n) {
    double out[4] = {1, 1, 1, 1};
    __m256i k = _mm256_set_epi64x(-1, 0, n > 4 ? -1 : 0, -1);
    __m256d a = _mm256_maskload_pd(z, k), b = _mm256_loadu_pd(z + 1);
    _mm256_maskstore_pd(out, k, _mm256_mul_pd(a, b));
    _mm256_maskstore_pd(z + 2, k, _mm256_add_pd(a, b));
    __m256d c = _mm256_blendv_pd(a, b, _mm256_cmp_pd(a, b, _CMP_LT_OQ));
    c = _mm256_max_pd(c, _mm256_min_pd(a, _mm256_set1_pd(0.25)));
    c = _mm256_permutevar_pd(c, _mm256_set_epi64x(2, 0, 0, 2));
    return out[0] + 2 * out[1] + 3 * out[2] * out[3] + c[0] * c[1] + c[2] * c[3];
}
BOTH(masks)

static double gathers(double *z, int n) {
    __m128i at = _mm_set_epi32(n - 1, 0, 2, 1);
    __m256d a = _mm256_i32gather_pd(z, at, 8);
    __m256d b = _mm256_mask_i64gather_pd(a, z, _mm256_set_epi64x(3, 3, 1, 0), _mm256_set_pd(-1, 1, -1, 1), 8);
    a = _mm256_mul_pd(a, b);
    return a[0] + 2 * a[1] + 3 * a[2] + 4 * a[3];
}
BOTH(gathers)

static double scalars(double *z, int n) {
    __m128d a = _mm_set_sd(z[0]), b = _mm_set_pd(z[2], z[1]);
    __m128d c = _mm_max_sd(a, b), d = _mm_min_sd(b, a);
    c = _mm_add_sd(c, _mm_floor_sd(b, b));
    d = _mm_mul_pd(d, _mm_sqrt_sd(b, a));
    if (_mm_comilt_sd(c, d)) c = _mm_add_sd(c, _mm_set_sd(z[n - 1]));
    return _mm_cvtsd_f64(c) * _mm_cvtsd_f64(d) + _mm_cvtsd_f64(_mm_unpackhi_pd(d, d));
}
BOTH(scalars)

/* Doubles that are moved by their halves, as Eigen does: under a sanitizer LLVM leaves it at that. */
static __m128d half_by_half(const double *p, int both) {
    __m128i v = _mm_castpd_si128(_mm_loadu_pd(p));
    return _mm_castsi128_pd(both ? _mm_shuffle_epi32(v, 0xee) : _mm_shuffle_epi32(v, 0x44));
}
static double halves(double *z, int n) {
    double t[6], s = 0;
    for (int i = 0; i < 6; i++) t[i] = z[i % n] * z[i % n];
    for (int i = 0; i < 3; i++) {
        __m128i v = _mm_castpd_si128(_mm_loadu_pd(t + 2 * i));
        __m128d low = _mm_castsi128_pd(_mm_shuffle_epi32(v, 0x44));
        __m128d high = _mm_castsi128_pd(_mm_shuffle_epi32(v, 0xee));
        __m128d turned = _mm_castsi128_pd(_mm_shuffle_epi32(v, 0x4e));
        __m128d r = _mm_add_pd(_mm_mul_pd(low, high), _mm_mul_pd(turned, half_by_half(z + i, i & 1)));
        s += r[0] + 2 * r[1];
    }
    return s;
}
BOTH(halves)

static float floats(float x, float y) {
    __m128 a = _mm_set_ps(x, y, x * y, 2);
    a = _mm_hadd_ps(_mm_mul_ps(a, a), a);
    a = _mm_insert_ps(a, _mm_set1_ps(y), 0x10);
    __m128 d = _mm_dp_ps(a, a, 0x71);
    d = _mm_add_ss(d, _mm_rcp_ss(_mm_set1_ps(x)));
    return _mm_cvtss_f32(d) + _mm_cvtss_f32(_mm_rsqrt_ps(_mm_set1_ps(y)));
}
static float floats_plain(float x, float y) {
    float s = 4 + x * y * x * y, u = 2 + x * y, v = x + y; /* 4 lanes: s, y, u, v; three of them count */
    return s * s + y * y + u * u + 0 * v + 1 / x + 1 / sqrtf(y);
}
struct floats2 { float x, y; };
struct floats2 __enzyme_autodiff_floats(void *, float, float);

static void x86(void) {
    double z[6] = {0.5, 1.25, 0.75, 1.5, 0.3, 2};
    int n = 6;
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return;
    TRY(horizontal);
    TRY(masks);
    TRY(gathers);
    TRY(scalars);
    TRY(halves);
    if (!markers_work) return;
    struct floats2 g = __enzyme_autodiff_floats((void *)floats, 0.5f, 1.5f);
    struct floats2 w = __enzyme_autodiff_floats((void *)floats_plain, 0.5f, 1.5f);
    CHECK_CLOSE(floats(0.5f, 1.5f), floats_plain(0.5f, 1.5f), 1e-3);
    CHECK_CLOSE(g.x, w.x, 2e-3);
    CHECK_CLOSE(g.y, w.y, 2e-3);
}
#pragma clang attribute pop
#else
static void x86(void) {}
#endif

int main(void) {
    double z[8] = {0.5, 1.25, 0.75, 1.5, 0.3, 2, 1, 0.8};
    int n = 8;
    TRY(reductions);
    x86();
    return failures != 0;
}
