/* One block for numbers and, behind these, the integers of a pivoted solver: what is moved there are no halves of
   numbers. */
#include "check.h"

static void sort_by(int *index, const double *key, int n) {
    for (int i = 0; i < n; i++) index[i] = i;
    for (int i = 1; i < n; i++)
        for (int j = i; j > 0 && key[index[j - 1]] < key[index[j]]; j--) {
            int held = index[j];
            index[j] = index[j - 1];
            index[j - 1] = held;
        }
}

/* sum over ranks of (rank + 1) * x^2, the largest first */
static double ranked(const double *x, int n) {
    double *w = malloc(n * (sizeof(double) + sizeof(int)));
    int *index = (int *)(w + n);
    for (int i = 0; i < n; i++) w[i] = x[i] * x[i];
    sort_by(index, w, n);
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (i + 1) * w[index[i]];
    free(w);
    return sum;
}

/* log |det(2a)| by elimination with pivots, whose rows are exchanged by their numbers */
static double log_det(const double *a, int n) {
    double *lu = malloc(n * n * sizeof(double) + n * sizeof(short));
    short *row = (short *)(lu + n * n);
    for (int i = 0; i < n * n; i++) lu[i] = 2 * a[i];
    for (int i = 0; i < n; i++) row[i] = (short)i;
    double sum = 0;
    for (int k = 0; k < n; k++) {
        int best = k;
        for (int i = k + 1; i < n; i++)
            if (fabs(lu[row[i] * n + k]) > fabs(lu[row[best] * n + k])) best = i;
        short held = row[k];
        row[k] = row[best];
        row[best] = held;
        double pivot = lu[row[k] * n + k];
        sum += log(fabs(pivot));
        for (int i = k + 1; i < n; i++) {
            double factor = lu[row[i] * n + k] / pivot;
            for (int j = k; j < n; j++) lu[row[i] * n + j] -= factor * lu[row[k] * n + j];
        }
    }
    free(lu);
    return sum;
}

/* The same ranks, the numbers in two parts of the block that are copied to each other, the integers moved in a
   function that stays one; then numbers lie where the integers lay. */
static void sink(int *index, const double *key, int at) {
    if (at == 0 || key[index[at - 1]] >= key[index[at]]) return;
    int held = index[at];
    index[at] = index[at - 1];
    index[at - 1] = held;
    sink(index, key, at - 1);
}

static double kept_twice(const double *x, int n) {
    double *w = malloc(n * (3 * sizeof(double) + sizeof(int))), *twice = w + n, *last = twice + n;
    int *index = (int *)last;
    for (int i = 0; i < n; i++) w[i] = x[i] * x[i];
    memcpy(twice, w, n * sizeof(double));
    for (int i = 0; i < n; i++) w[i] *= 3;
    for (int i = 0; i < n; i++) {
        index[i] = i;
        sink(index, twice, i);
    }
    double sum = 0;
    for (int i = 0; i < n; i++) sum += (i + 1) * twice[index[i]] + w[i];
    memcpy(last, twice, n * sizeof(double));
    for (int i = 0; i < n; i++) sum += last[i] * last[i];
    free(w);
    return sum;
}

int main(void) {
    if (!markers_work) return report();
    double x[4] = {3, -1, 4, 2}, gradient[4] = {0}, along[4] = {1, 1, 1, 1};
    __enzyme_autodiff((void *)ranked, enzyme_dup, x, gradient, enzyme_const, 4);
    double rank[4] = {2, 4, 1, 3};
    for (int i = 0; i < 4; i++) CHECK_CLOSE(gradient[i], 2 * rank[i] * x[i], 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)ranked, enzyme_dup, x, along, enzyme_const, 4), 2 * (6 - 4 + 4 + 6), 1e-12);
    for (int i = 0; i < 4; i++) gradient[i] = 0;
    __enzyme_autodiff((void *)kept_twice, enzyme_dup, x, gradient, enzyme_const, 4);
    for (int i = 0; i < 4; i++) CHECK_CLOSE(gradient[i], (2 * rank[i] + 6) * x[i] + 4 * x[i] * x[i] * x[i], 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)kept_twice, enzyme_dup, x, along, enzyme_const, 4), 464, 1e-12);
    double a[9] = {1, 2, 3, 4, 1, 6, 7, 8, 2}, inverse[9] = {0}, h = 1e-6;
    __enzyme_autodiff((void *)log_det, enzyme_dup, a, inverse, enzyme_const, 3);
    for (int i = 0; i < 9; i++) {
        double kept = a[i];
        a[i] = kept + h;
        double above = log_det(a, 3);
        a[i] = kept - h;
        double below = log_det(a, 3);
        a[i] = kept;
        CHECK_CLOSE(inverse[i], (above - below) / (2 * h), 1e-6);
    }
    return report();
}
