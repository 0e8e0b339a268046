// expect: 6:48: error: too many arguments for 'f': it takes 2
// note: 'enzyme_width' and a number say how many calls there are; without, it is one
struct both { double a, b; };
extern struct both __enzyme_batch(void *, ...);
static double f(double x, double y) { return x * y; } struct both h(void) {
    return __enzyme_batch((void *)f, 1.0, 2.0, 3.0, 4.0); }
