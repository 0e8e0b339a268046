// expect: 7:18: error: cannot differentiate a function that starts a thread
// note: differentiate what each thread runs, within the thread: derivatives may be taken in several threads at a time
#include <future>
template <class R, class... A> R __enzyme_autodiff(A...);

double square(double x) {
    auto found = std::async(std::launch::async, [x] { return x * x; });
    return found.get();
}
double g(double x) { return __enzyme_autodiff<double>((void *)square, x); }
