// expect: 7:6: error: cannot differentiate the bits of a floating value as a whole number
// note: use floating arithmetic (log2, frexp, ldexp, pow), or hide it in an inactive function
typedef float floats __attribute__((vector_size(16)));
typedef int words __attribute__((vector_size(16)));
extern void __enzyme_autodiff(void *, ...);
static void exponential(floats *a) {
  *a = (floats)(__builtin_convertvector(*a * 12102203.0f, words) + 1064866805);
}
void d(floats *a, floats *da) { __enzyme_autodiff((void *)exponential, a, da); }
