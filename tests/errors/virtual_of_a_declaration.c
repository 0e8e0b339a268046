// expect: 4:49: error: no derivative of 'f' can be called through a pointer
extern void *__enzyme_virtualreverse(void *);
double f(double);
void *g(void) { return (__enzyme_virtualreverse((void *)f)); }
