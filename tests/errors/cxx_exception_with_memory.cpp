// expect: 12:22: error: cannot differentiate an exception that holds active memory
// note: let exceptions carry numbers, keep vectors in variables, or define the destructor in the class
#include <exception>
#include <vector>
template <class R, class... A> R __enzyme_autodiff(A...);
struct Stopped {
    std::vector<double> at;
};
std::exception_ptr keep() { return std::current_exception(); }
double f(double x) {
    try {
        if (x > 0) { throw Stopped{{x, x * x}}; }
    } catch (Stopped &s) {
        return s.at[0] * s.at[1];
    }
    return x;
}
double g(double x) { return __enzyme_autodiff<double>((void *)f, x); }
