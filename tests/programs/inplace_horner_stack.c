/* A stack machine: push and pop with an integer stack pointer, in a local array. */
#include "check.h"

static double evaluate(const char *program, const double *x) {
    double stack[8];
    int sp = 0;
    for (const char *p = program; *p; p++) {
        switch (*p) {
        case '+': sp--; stack[sp - 1] += stack[sp]; break;
        case '*': sp--; stack[sp - 1] *= stack[sp]; break;
        case '/': sp--; stack[sp - 1] /= stack[sp]; break;
        case 's': stack[sp - 1] = sin(stack[sp - 1]); break;
        case 'd': stack[sp] = stack[sp - 1]; sp++; break;
        default: stack[sp++] = x[*p - 'a'];
        }
    }
    return stack[0];
}

static double f(double *x, int n) {
    (void)n;
    return evaluate("ab*sdc+/a+dd**", x) + evaluate("abc++s", x);
}
ARRAY_TEST(f)

int main(void) {
    CHECK(f, 0.5, 0.25, 1.75);
    return report();
}
