// expect: 3:51: error: cannot tell which context is meant
void __enzyme_zero_shadows(void *);
void reset(void *context) { __enzyme_zero_shadows(context); }
