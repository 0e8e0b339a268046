// expect: 5:45: error: the step 'step' does not take the number of the step
// note: its first parameter has to be an integer, and it must not be variadic
void __enzyme_checkpoint_for(void *, ...);
static void step(double *x) { *x *= 2; }
void f(double *x) { __enzyme_checkpoint_for((void *)step, 0, 10, x); }
