/* Integer state evolved beside active weights; the derivative is of the weights only. */
#include "check.h"

static double f(double *w, int n) {
    unsigned char now[6][6] = {{0}}, next[6][6];
    double s = 0;
    now[1][2] = now[2][3] = now[3][1] = now[3][2] = now[3][3] = 1;
    for (int t = 0; t < 4; t++) {
        for (int i = 0; i < 6; i++)
            for (int j = 0; j < 6; j++) {
                int k = 0;
                for (int a = 5; a <= 7; a++)
                    for (int b = 5; b <= 7; b++)
                        if (a != 6 || b != 6) k += now[(i + a) % 6][(j + b) % 6];
                next[i][j] = k == 3 || (k == 2 && now[i][j]);
                if (next[i][j]) s = 0.9 * s + w[(i + j) % n] * w[t % n];
            }
        memcpy(now, next, sizeof now);
    }
    return s;
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
