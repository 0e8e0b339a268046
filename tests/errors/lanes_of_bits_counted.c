// expect: 8:8: error: cannot differentiate the bits of a floating value as a whole number
// note: use floating arithmetic (log2, frexp, ldexp, pow), or hide it in an inactive function
typedef float floats __attribute__((vector_size(16)));
typedef unsigned words __attribute__((vector_size(16)));
extern void __enzyme_autodiff(void *, ...);
static void start(floats *a) {
  words u = 0x5f3759df - ((words)*a >> 1);
  *a = (floats)u * *a;
}
void d(floats *a, floats *da) { __enzyme_autodiff((void *)start, a, da); }
