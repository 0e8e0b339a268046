// expect: 8:7: error: cannot differentiate through text
// note: active floating values are written as text, and a floating value is read from such text here
#include <sstream>
static double f(double x) {
    std::stringstream s;
    s << x * x;
    double y;
    s >> y;
    return x + y;
}
double __enzyme_autodiff(void *, ...);
double g(double x) { return __enzyme_autodiff((void *)f, x); }
