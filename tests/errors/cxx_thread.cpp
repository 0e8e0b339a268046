// expect: 9:17: error: cannot differentiate a function that starts a thread
// note: differentiate what each thread runs, within the thread: derivatives may be taken in several threads at a time
#include <thread>
template <class R, class... A> R __enzyme_autodiff(A...);

double square(double x) {
    double r = 0;
    auto work = [&] { r = x * x; };
    std::thread other(work);
    other.join();
    return r;
}
double g(double x) { return __enzyme_autodiff<double>((void *)square, x); }
