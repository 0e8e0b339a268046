// expect: 6:10: error: 'poseidon_confidence' without 'poseidon_tau'
double __poseidon_fp_optimize(void *, ...);
extern int poseidon_confidence;
double f(double x) { return x * x; }
double g(double x) {
  return __poseidon_fp_optimize((void *)f, poseidon_confidence, 0.5, x);
}
