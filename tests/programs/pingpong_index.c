/* Two time levels in one array [2][n], chosen by a toggling index. */
#include "check.h"

static double f(double *x, int n) {
    double level[2][8];
    int now = 0;
    for (int i = 0; i < n; i++) level[now][i] = x[i];
    for (int t = 0; t < 7; t++, now ^= 1)
        for (int i = 0; i < n; i++)
            level[!now][i] = level[now][i] * level[now][(i + 1) % n] * 0.3 + 0.5 * x[i];
    return level[now][0] + level[1 - now][n - 1] * level[now][1];
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 1.25, -0.75, 2, 1.25);
    return report();
}
