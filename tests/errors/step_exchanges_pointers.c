// expect: 6:13: error: a step of a loop that keeps few states stores a pointer
// note: copy the data instead of exchanging pointers, or leave the loop as it is
double __enzyme_autodiff(void *, ...);
void __enzyme_checkpoint_for(void *, ...);
static void step(int i, double **rows) {
    rows[0] = rows[1] + i;
}
static double f(double *x) {
    double y[1] = {0}, *rows[2] = {x, y};
    __enzyme_checkpoint_for((void *)step, 0, 3, rows);
    return rows[0][0];
}
double g(double *x, double *dx) { return __enzyme_autodiff((void *)f, x, dx); }
