// expect: 6:3: error: no seed for the result of 'chosen', a vector of 2 floats
// note: the ABI returns it as one number, and 1 is no derivative of its elements
typedef float pair __attribute__((vector_size(8)));
pair __enzyme_autodiff(void *, pair, pair, int);
static pair chosen(pair a, pair b, int first) {
  return first ? a : b;
}
pair gradient(pair a, pair b, int first) {
  return __enzyme_autodiff((void *)chosen, a, b, first);
}
