// expect: 9:12: error: cannot differentiate the call to 'total'
extern double __enzyme_autodiff(void *, ...);
struct box { double *numbers; int n; };
extern struct box *made(int n);
extern double total(const struct box *b);
static double f(double x) {
    struct box *b = made(2);
    b->numbers[0] = x;
    return total(b);
}
double slope(double x) { return __enzyme_autodiff((void *)f, x); }
