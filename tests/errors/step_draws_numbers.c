// expect: 5:57: error: a step of a loop that keeps few states calls 'rand'
// note: call it in front of the loop, or use one whose state is in memory of the program ('erand48', 'rand_r')
double __enzyme_autodiff(void *, ...);
void __enzyme_set_checkpointing(unsigned long, unsigned long);
int rand(void); static int die(void) { return 1 + (int)(rand() % 6); }
static double f(double s) {
    for (int i = 0; i < 20; i++) {
        __enzyme_set_checkpointing(2, 3);
        s += 0.1 * s * s * die(); /* run again it draws other numbers: the derivative was of another function */
    }
    return s;
}
double g(double s) { return __enzyme_autodiff((void *)f, s); }
