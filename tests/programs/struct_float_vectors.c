/* Small structs of floats, as graphics code has them: packed in registers, by value and returned. */
#include "check.h"

typedef struct { float x, y, z; } float3;
typedef struct { float x, y; } float2;

static float3 cross(float3 a, float3 b) {
    return (float3){a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
static NOINLINE float3 scale(float3 a, float s) { return (float3){a.x * s, a.y * s, a.z * s}; }
static NOINLINE float2 flat(float3 a, float2 b) { return (float2){a.x * b.y, a.y * b.x + a.z}; }

static float lit(const float *x) {
    float3 a = {x[0], x[1], x[2]}, b = {x[1], 1, x[0]}, c = scale(cross(a, b), x[2]);
    float2 f = flat(c, flat(a, (float2){x[0], 2}));
    return f.x * f.y + c.z;
}

static double in_double(const double *x) {
    double a[3] = {x[0], x[1], x[2]}, b[3] = {x[1], 1, x[0]}, c[3], f[2], g[2];
    for (int i = 0; i < 3; i++) {
        int j = (i + 1) % 3, k = (i + 2) % 3;
        c[i] = (a[j] * b[k] - a[k] * b[j]) * x[2];
    }
    g[0] = a[0] * 2, g[1] = a[1] * x[0] + a[2];
    f[0] = c[0] * g[1], f[1] = c[1] * g[0] + c[2];
    return f[0] * f[1] + c[2];
}

extern float __enzyme_fwddiff_f(void *, ...);
static double f_primal(double *z, int n) { return (void)n, in_double(z); }
static void f_reverse(double *z, double *bz, int n) {
    float x[3], bx[3] = {0};
    for (int i = 0; i < n; i++) x[i] = (float)z[i];
    __enzyme_autodiff_void((void *)lit, x, bx);
    for (int i = 0; i < n; i++) bz[i] += (double)bx[i];
}
static double f_forward(double *z, double *dz, int n) {
    float x[3], dx[3];
    for (int i = 0; i < n; i++) x[i] = (float)z[i], dx[i] = (float)dz[i];
    return (double)__enzyme_fwddiff_f((void *)lit, x, dx);
}

int main(void) {
    CHECK_TOL(f, 1e-5, 0.5, 0.75, -0.25);
    return report();
}
