// expect: 6:3: error: the result of 'f' has no single derivative
extern void __enzyme_reverse_void(void *, ...);
struct r { double v; long n; };
static struct r f(double x) { return (struct r){x * x, 1}; }
void g(double x, void *tape) {
  __enzyme_reverse_void((void *)f, x, tape);
}
