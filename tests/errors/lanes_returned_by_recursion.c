// expect: 8:16: error: cannot differentiate floats whose bits are handed over as one 'double'
// note: so does the calling convention with small vectors, such as two floats in 'vector_size(8)'
// note: hand them over in a struct, or through a pointer
typedef float lanes __attribute__((vector_size(8)));
float __enzyme_autodiff(void *, ...);
static lanes power(float x, float y, int n) {
    lanes r = {x * y, x + y};
    return n ? power(x, y, n - 1) * r : r;
}
static float f(float x, float y) {
    lanes r = power(x, y, 2);
    return r[0] + r[1];
}
float slope(float x) { return __enzyme_autodiff((void *)f, x, 2.0f); }
