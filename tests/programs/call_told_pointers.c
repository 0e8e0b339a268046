/* Functions without a body here, of which the program says what they are, behind pointers: calls
   were refused, or ended the program. */
#include "check.h"

#ifdef __x86_64__
double squared(double), waved(double);
void hears(double);
__asm__(".text\nsquared: mulsd %xmm0, %xmm0\nret\nwaved: jmp sin@PLT\nhears: ret");

static double squared_augmented(double x) { return x * x; }
static double squared_reverse(double x, double seed) { return 20 * x * seed; }
static struct value_and_tangent {
    double value, tangent;
} squared_tangent(double x, double dx) {
    return (struct value_and_tangent){x * x, 20 * x * dx};
}
void *__enzyme_register_gradient_squared[] = {(void *)squared, (void *)squared_augmented,
                                              (void *)squared_reverse};
void *__enzyme_register_derivative_squared[] = {(void *)squared, (void *)squared_tangent};
void *__enzyme_function_like_waved[] = {(void *)waved, (void *)"sin"};
void *__enzyme_inactivefn_hears[] = {(void *)hears};

typedef double function(double);
static double cubed(double x) { return x * x * x; }
static function *const table[] = {squared, waved, cubed};
static void (*listener)(double) = hears;
void listen(void (*to)(double)) { listener = to; }

static double of_table(double x, int which) {
    listener(x);
    return table[which](x) * x;
}
static double handed(double x, function *f) { return f(x) * x; }

int main(void) {
    if (!markers_work) return report();
    double x = 3, want[] = {9 + 20 * 9, sin(x) + x * cos(x), 4 * 27};
    for (int i = 0; i < 3; i++) {
        CHECK_CLOSE(__enzyme_autodiff((void *)of_table, x, i), want[i], 1e-14);
        CHECK_CLOSE(__enzyme_fwddiff((void *)of_table, x, 1.0, i), want[i], 1e-14);
        CHECK_CLOSE(__enzyme_autodiff((void *)handed, x, enzyme_const, table[i]), want[i], 1e-14);
        CHECK_CLOSE(__enzyme_fwddiff((void *)handed, x, 1.0, enzyme_const, table[i]), want[i], 1e-14);
    }
    return report();
}
#else
int main(void) { return report(); }
#endif
