/* Lanes that have one shadow memory in common: forward mode computes the same in each, reverse mode adds up what the
   lanes contribute. Memory that moves onto itself must not be moved once a lane. */
#include "check.h"

extern int enzyme_width;

struct item { double v; int k; double *p; };

/* z: 8 numbers; they are shifted by two, by calls and by a loop that LLVM knows as memmove. */
static double shifted(double *z, int n) {
    struct item items[4];
    double *rows[4];
    for (int i = 0; i < 4; i++) {
        rows[i] = &z[i];
        items[i].v = sin(z[i]), items[i].k = i, items[i].p = &z[7 - i];
    }
    memmove(z + 2, z, n * sizeof *z);
    memmove(items + 1, items, 3 * sizeof *items);
    memmove(rows, rows + 1, 3 * sizeof *rows);
    for (int i = 0; i < 7; i++) z[i] = z[i + 1];
    double r = 0;
    for (int i = 0; i < 4; i++) r += items[i].v * items[i].v * *items[i].p * (items[i].k + 1) + *rows[i] * z[i];
    return r;
}

static double whole(double *z) { return shifted(z, 6); }

static void forward_shared(const double *at, const double *along, double *z, double *dz) {
    memcpy(z, at, 8 * sizeof *z);
    memcpy(dz, along, 8 * sizeof *dz);
    __enzyme_fwddiff_void((void *)whole, enzyme_width, 3, enzyme_dup, z, dz, dz, dz);
}

static void reverse_shared(const double *at, const double *seeds, double *z, double *bz) {
    memcpy(z, at, 8 * sizeof *z);
    memcpy(bz, seeds, 8 * sizeof *bz);
    __enzyme_autodiff_void((void *)whole, enzyme_width, 2, enzyme_dup, z, bz, bz);
}

int main(void) {
    double at[8], along[8], seeds[8], z[8], dz[8], want[8], bz[8], other[8];
    for (int i = 0; i < 8; i++) at[i] = 0.5 + 0.25 * (i * 5 % 7), along[i] = cos(i), seeds[i] = sin(i + 1);
    double h = 1e-5, plus[8], minus[8], dr, slope = 0;
    for (int i = 0; i < 8; i++) plus[i] = at[i] + h * along[i], minus[i] = at[i] - h * along[i];
    dr = (whole(plus) - whole(minus)) / (2 * h);
    for (int i = 0; i < 8; i++) want[i] = (plus[i] - minus[i]) / (2 * h);
    if (!markers_work) return 0;
    forward_shared(at, along, z, dz);
    for (int i = 0; i < 8; i++) CHECK_CLOSE(dz[i], want[i], 1e-8);
    /* the result is seeded in both lanes, the memory once */
    reverse_shared(at, seeds, z, bz);
    for (int i = 0; i < 8; i++) slope += bz[i] * along[i];
    double expected = 2 * dr;
    for (int i = 0; i < 8; i++) expected += seeds[i] * want[i];
    CHECK_CLOSE(slope, expected, 1e-7);
    /* lanes 0 and 2 share, lane 1 has its own: what is shared is moved once all the same */
    memcpy(z, at, sizeof z), memcpy(dz, along, sizeof dz);
    for (int i = 0; i < 8; i++) other[i] = -along[i];
    __enzyme_fwddiff_void((void *)whole, enzyme_width, 3, enzyme_dup, z, dz, other, dz);
    for (int i = 0; i < 8; i++) CHECK_CLOSE(dz[i], want[i], 1e-8);
    for (int i = 0; i < 8; i++) CHECK_CLOSE(other[i], -want[i], 1e-8);
    memcpy(z, at, sizeof z), memcpy(bz, seeds, sizeof bz);
    memset(other, 0, sizeof other);
    __enzyme_autodiff_void((void *)whole, enzyme_width, 3, enzyme_dup, z, other, bz, other);
    slope = 0;
    for (int i = 0; i < 8; i++) slope += (bz[i] + other[i]) * along[i];
    CHECK_CLOSE(slope, expected + dr, 1e-7);
    return failures != 0;
}
