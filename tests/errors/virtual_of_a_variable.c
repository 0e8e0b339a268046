// expect: 3:60: error: the argument has to be a function, or the address of a global variable
extern void *__enzyme_virtualreverse(void *);
void *g(void *p) { return (void)0, __enzyme_virtualreverse(p); }
