// expect: 4:54: error: cannot make a shadow of 'elsewhere'
extern void *__enzyme_shadow(void *, ...);
extern double elsewhere;
double *g(void) { return __enzyme_shadow(&elsewhere, 1, 0); }
