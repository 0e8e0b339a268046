// expect: 3:48: error: the width of a context has to be a constant
extern void *__enzyme_context(int);
void *g(int n) { return __enzyme_context(      n); }
