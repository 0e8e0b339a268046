// expect: 21:28: error: cannot differentiate a coroutine
// note: compute the values in a loop, or hand them to a lambda
#include <coroutine>
template <class R, class... A> R __enzyme_autodiff(A...);
struct Values {
    struct promise_type {
        double value;
        Values get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
        std::suspend_always initial_suspend() { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        std::suspend_always yield_value(double v) {
            value = v;
            return {};
        }
        void return_void() {}
        void unhandled_exception() {}
    };
    std::coroutine_handle<promise_type> handle;
};

Values multiples(double x) {
    for (int i = 0; i < 3; i++) co_yield x * i;
}
double f(double x) {
    Values v = multiples(x);
    double s = 0;
    for (int i = 0; i < 3; i++) {
        v.handle.resume();
        s += v.handle.promise().value;
    }
    v.handle.destroy();
    return s;
}
double g(double x) { return __enzyme_autodiff<double>((void *)f, x); }
