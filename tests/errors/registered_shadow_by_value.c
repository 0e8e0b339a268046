// expect: 6:1: error: 'backward' does not fit as the reverse function of 'f'
// note: its prototype has to be: void f(struct big x0, struct big *dx0, double seed)
struct big { double v[4]; };
static double f(struct big b) { return b.v[0]; }
static double forward(struct big b, struct big *d) { return (void)d, b.v[0]; }
static void backward(struct big b, struct big d, double seed) { d.v[0] += b.v[0] * seed; }
void *__enzyme_register_gradient_f[] = {(void *)f, (void *)forward, (void *)backward};
extern void __enzyme_autodiff(void *, ...);
void slope(struct big *b, struct big *d) { __enzyme_autodiff((void *)f, *b, d); }
