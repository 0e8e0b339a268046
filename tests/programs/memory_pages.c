/* Pages that mmap hands out: given back, kept, not to be had; large ones are never touched as a whole. */
#include "check.h"
#if defined(__linux__)
#include <sys/mman.h>

static void *pages(size_t bytes) {
    int protection = PROT_READ | PROT_WRITE;
    void *found = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return found == MAP_FAILED ? NULL : found;
}

static double given_back(double *x, int n) {
    double *p = pages(n * sizeof *p), s = 0;
    for (int i = 0; i < n; i++) p[i] = x[i] * x[0];
    for (int i = 0; i < n; i++) s += p[i] * p[n - 1 - i];
    munmap(p, n * sizeof *p);
    return s;
}
ARRAY_TEST(given_back)

static double far_apart(double *x, int n) {
    double *p = pages((size_t)n << 30);
    if (!p) return 0;
    p[0] = x[0];
    for (int i = 1; i < n; i++) p[(size_t)i << 26] = p[(size_t)(i - 1) << 26] * x[i] + x[i];
    double s = p[(size_t)(n - 1) << 26];
    munmap(p, (size_t)n << 30);
    return s;
}
ARRAY_TEST(far_apart)

static double not_to_be_had(double *x, int n) {
    double *p = pages((size_t)1 << 62);
    return p ? p[n] : x[0] * x[1];
}
ARRAY_TEST(not_to_be_had)

struct node {
    double value;
    struct node *next;
};
static double list(double *x, int n) {
    struct node *pool = pages(n * sizeof *pool), *head = NULL;
    for (int i = 0; i < n; i++) {
        pool[i].value = x[i] * x[i];
        pool[i].next = head;
        head = &pool[i];
    }
    double s = 0, k = 1;
    for (struct node *p = head; p; p = p->next) s += p->value * k++;
    munmap(pool, n * sizeof *pool);
    return s;
}
ARRAY_TEST(list)

static double slope(double x) {
    double z[3] = {x, 1, 2};
    return given_back(z, 3);
}
static double tangent(double x) { return __enzyme_fwddiff((void *)slope, x, 1.0); }
static double gradient(double x) { return __enzyme_autodiff((void *)slope, x); }

int main(void) {
    CHECK(given_back, 0.5, 1.25, -0.75, 2);
    CHECK(far_apart, 0.5, 1.25, -0.75, 2);
    CHECK(not_to_be_had, 0.5, 1.25, -0.75, 2);
    CHECK(list, 0.5, 1.25, -0.75, 2);
    /* slope is 4x^3 + x^2 */
    double x = 0.5;
    CHECK_CLOSE(tangent(x), 12 * x * x + 2 * x, 1e-12);
    CHECK_CLOSE(gradient(x), 12 * x * x + 2 * x, 1e-12);
    CHECK_CLOSE(__enzyme_autodiff((void *)gradient, x), 24 * x + 2, 1e-12);
    CHECK_CLOSE(__enzyme_fwddiff((void *)gradient, x, 1.0), 24 * x + 2, 1e-12);
    return report();
}
#else
int main(void) { return 0; }
#endif
