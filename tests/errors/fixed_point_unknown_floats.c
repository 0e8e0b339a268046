// expect: 13:5: error: cannot tell which floating numbers a state of the iteration consists of
// note: the step works with several kinds of them
// note: pass a pointer to the state to the step, declared as what it points to
struct context { void *y; double k; };
extern int enzyme_fp_state;
extern void __enzyme_fixed_point(void *, ...);
extern double __enzyme_autodiff(void *, ...);
static int step(int i, struct context *c) {
    *(float *)c->y = 0.5f * *(float *)c->y + (float)c->k;
    return i < 9;
}
static void run(struct context *c) {
    __enzyme_fixed_point((void *)step, enzyme_fp_state, c->y, sizeof(float), c);
}
static double f(double k) {
    float y = 0;
    struct context c = {&y, k};
    run(&c);
    return y;
}
double slope(double k) { return __enzyme_autodiff((void *)f, k); }
