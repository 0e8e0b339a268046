/* 2D convolution with padding by bounds checks, then max-pooling. */
#include "check.h"

enum { H = 4, W = 5 };

static double f(double *z, int n) {
    double out[H][W], pooled = 0;
    const double *image = z, *kernel = z + H * W;
    (void)n;
    for (int i = 0; i < H; i++)
        for (int j = 0; j < W; j++) {
            out[i][j] = 0;
            for (int di = -1; di <= 1; di++)
                for (int dj = -1; dj <= 1; dj++) {
                    int y = i + di, x = j + dj;
                    if (y < 0 || y >= H || x < 0 || x >= W) continue;
                    out[i][j] += image[y * W + x] * kernel[3 * (di + 1) + dj + 1];
                }
        }
    for (int i = 0; i + 1 < H; i += 2)
        for (int j = 0; j + 1 < W; j += 2) {
            double m = out[i][j];
            for (int k = 1; k < 4; k++) {
                double v = out[i + k / 2][j + k % 2];
                if (v > m) m = v;
            }
            pooled += m * m;
        }
    return pooled;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.1, 0.7, -0.3, 0.9, 0.2, 0.5, -0.8, 0.4, 0.6, -0.1, 0.3, 0.15, -0.55, 0.25, 0.75, -0.65,
          0.85, 0.05, -0.35, 0.45, /**/ 0.5, -0.2, 0.1, 0.3, 0.9, -0.4, 0.2, 0.6, -0.7);
    return report();
}
