/* Loops of which the rest takes only some: the reverse sweep passes the others by. */
#include "check.h"

static double best_of_rows(const double *z, int n) { /* the largest of several sums */
    double best = -1e300;
    for (int i = 0; i < 4; i++) {
        double sum = 0;
        for (int j = 0; j < n; j++) sum += z[j] * z[(i + j) % n] * (1 + i % 3);
        if (sum > best) best = sum;
    }
    return best;
}

static double fmax_of_rows(const double *z, int n) {
    double best = -1e300;
    for (int i = 0; i < 5; i++) {
        double sum = 1;
        for (int j = 0; j < n; j++) sum += z[j] * (j % (i + 2) - 1);
        best = fmax(best, sum * sum);
    }
    return best;
}

static double rectified(const double *z, int n) { /* two layers */
    double *h = malloc(n * sizeof *h), out = 0;
    for (int i = 0; i < n; i++) {
        double a = 0.1;
        for (int j = 0; j < n; j++) a += z[j] * (((i * 7 + j * 3) % 5) - 2);
        h[i] = a > 0 ? a : 0;
    }
    for (int i = 0; i < n; i++) {
        double a = -0.2;
        for (int j = 0; j < n; j++) a += h[j] * z[i] * (((i * 5 + j) % 7) - 3);
        if (a > 0) out += a * a;
    }
    free(h);
    return out;
}

static double payoff(const double *z, int n) { /* roots of zero where nothing is paid */
    double total = 0;
    for (int p = 0; p < 6; p++) {
        double s = z[0], v = p % 2 ? z[1] * 0.1 : 0 * z[1];
        for (int t = 0; t < n; t++) {
            double w = v > 0 ? v : 0;
            s += sqrt(w) * (p - t % 3) * z[t];
            v += 0.3 * (z[2] - w) * (p % 2);
        }
        double gain = s - (p % 2 ? -1e3 : 1e3);
        if (gain > 0) total += gain;
    }
    return total;
}

static double until_small(const double *z, int n) { /* nobody knows how often */
    double out = 0;
    for (int i = 0; i < n; i++) {
        double a = z[i] * z[i] + 2, b = 1;
        while (a > 0.3) {
            b = b * a + sin(a);
            a *= 0.55 + 0.1 * tanh(z[(i + 1) % n]);
        }
        double c = b * 0.01 * (i % 2 ? 1 : -1);
        out += c > 0 ? c : 0;
    }
    return out * out;
}

static NOINLINE double helper(const double *z, int n, int which) {
    double s = 0;
    for (int j = 0; j < n; j++) s += exp(-z[j]) * ((j + which) % 3 - 1);
    double t = 1;
    for (int j = 0; j < n; j++) t = t * 0.9 + s * z[j];
    return t > 0.5 ? t * t : 0.25 * z[0];
}
static double in_calls(const double *z, int n) {
    double out = 0;
    for (int i = 0; i < 4; i++) out += helper(z, n, i) * (1 + out);
    return out;
}

static NOINLINE double tree(const double *z, int n, int depth) {
    double s = -0.3;
    for (int j = 0; j < n; j++) s += cos(z[j] * (depth + 1)) * (j % 2 ? 1 : -1);
    double r = s > 0 ? s : 0;
    if (!depth) return r + z[0];
    return r * tree(z, n - 1, depth - 1) + tree(z, n, depth - 1);
}
static double recursive(const double *z, int n) { return tree(z, n + 1 - 1, 3); }

static double left_early(const double *z, int n) { /* several ways out */
    double out = 0;
    for (int i = 0; i < n; i++) {
        double s = 0;
        for (int j = 0; j < n; j++) {
            s += z[(i + j) % n] * z[j];
            if (s > 1.5) break;
            if (s < -1.5) {
                s *= z[i];
                break;
            }
        }
        if (s > 0.2) out += s * s;
    }
    return out;
}

static double nearest(const double *z, int n) { /* two results of one loop */
    double best = 1e300, weight = 0;
    for (int c = 0; c < 3; c++) {
        double d = 0, w = 1;
        for (int j = 0; j < n; j++) {
            double e = z[j] - 0.3 * c;
            d += e * e;
            w *= 1 + 0.1 * e;
        }
        if (d < best) {
            best = d;
            weight = w;
        }
    }
    return best * weight;
}

static double carried(const double *z, int n) { /* chosen, and the start of the next */
    double s = 0.5, out = 0;
    for (int i = 0; i < 5; i++) {
        double t = s;
        for (int j = 0; j < n; j++) t = t * z[j] * 0.8 + (i - 2) * z[(j + i) % n];
        s = t > 0 ? t : 0.1 * i;
        out += s * (i + 1);
    }
    return out;
}

static double nested(const double *z, int n) {
    double out = 0;
    for (int i = 0; i < n; i++) {
        double s = 0;
        for (int j = 0; j < n; j++) {
            double m = -1e300;
            for (int k = 0; k <= j; k++) {
                double v = z[k] * z[j] - z[i] * (k % 2);
                if (v > m) m = v;
            }
            s += m * m;
        }
        out = fmax(out, s - 0.5 * i);
    }
    return out;
}

static double at_poles(const double *z, int n) { /* what is not taken has no derivative */
    double out = 0;
    for (int i = 0; i < 4; i++) {
        double s = 0;
        for (int j = 0; j < n; j++) s += log(fabs((i % 2 ? z[j] : 0 * z[j]))) + sqrt((i % 2) * z[j] * z[j]);
        if (s > -1e9) out += s;
    }
    return out;
}

static double with_memory(const double *z, int n) { /* what is written there has adjoints, too */
    double *t = calloc(n, sizeof *t), out = 0;
    for (int i = 0; i < 3; i++) {
        double s = 0;
        for (int j = 0; j < n; j++) {
            t[j] += z[j] * (i + 1);
            s += t[j] * (j % 2 ? 1 : -1);
        }
        out += s > 0 ? s : 0;
    }
    for (int j = 0; j < n; j++) out += t[j] * t[j];
    free(t);
    return out;
}

static double twice_used(const double *z, int n) { /* chosen here, taken there */
    double out = 0;
    for (int i = 0; i < 3; i++) {
        double s = 0;
        for (int j = 0; j < n; j++) s += sin(z[j] + i);
        out += (s > 0.1 ? s : 0) + 0.5 * s * s;
    }
    return out;
}

static double masked(const double *z, int n) { /* integers choose */
    static const int mask[8] = {1, 0, 0, 1, 0, 1, 1, 0};
    double out = 0;
    for (int i = 0; i < 8; i++) {
        double s = 1;
        for (int j = 0; j < n; j++) s *= 1 + 0.1 * z[j] * (i + 1);
        if (mask[i]) out += s;
    }
    return out;
}

static double best_way(const double *z, int n) { /* what is largest goes through memory */
    double d[8], e[8];
    for (int s = 0; s < n; s++) d[s] = z[s] * z[s];
    for (int t = 1; t < 5; t++) {
        for (int s = 0; s < n; s++) {
            double best = -1e300;
            for (int r = 0; r < n; r++) {
                double way = d[r] + z[s] * z[r] * ((r + t) % 3 - 1) + 0.1 * sin(z[r] * t);
                if (way > best) best = way;
            }
            e[s] = best + 0.2 * z[(s + t) % n];
        }
        for (int s = 0; s < n; s++) d[s] = e[s] * 0.9;
    }
    double best = d[0], least = d[0];
    for (int s = 1; s < n; s++) {
        best = d[s] > best ? d[s] : best;
        least = fmin(least, d[s]);
    }
    return best * best + 0.3 * least;
}

static double largest_of_windows(const double *z, int n) { /* all of them are taken */
    double sum = 0;
    for (int i = 0; i < n; i++) {
        double best = z[i], second = z[0];
        for (int j = i; j < i + n; j++) {
            double v = z[j % n] * z[i];
            if (v > best) {
                second = best;
                best = v;
            }
        }
        sum += best * second;
    }
    return sum;
}

#define GRADIENT(f)                                                                  \
    static double f##_primal(double *z, int n) { return f(z, n); }                   \
    static void f##_reverse(double *z, double *bz, int n) {                          \
        __enzyme_autodiff_void((void *)f, enzyme_dup, z, bz, enzyme_const, n);       \
    }                                                                                \
    static double f##_forward(double *z, double *dz, int n) {                        \
        return __enzyme_fwddiff((void *)f, enzyme_dup, z, dz, enzyme_const, n);      \
    }

#define EACH(DO)                                                                                      \
    DO(best_of_rows) DO(fmax_of_rows) DO(rectified) DO(payoff) DO(until_small) DO(in_calls)           \
    DO(recursive) DO(left_early) DO(nearest) DO(carried) DO(nested) DO(with_memory) DO(twice_used)    \
    DO(masked) DO(at_poles)           \
    DO(best_way) DO(largest_of_windows)

EACH(GRADIENT)

#define TRY(f)                                                                       \
    CHECK(f, 0.31, 0.42, 0.87, -0.55, 0.21);                                         \
    CHECK(f, -0.9, 0.77, 0.35, 0.66);                                                \
    CHECK(f, 1.31, 0.52, 0.17, 0.25, 0.11, -0.93, 0.64);

int main(void) {
    EACH(TRY)
    return report();
}
