// Lists of LLVM's library, whose functions are inline.
// flags: -stdlib=libc++
// needs: /usr/lib/llvm-22/include/c++/v1/map
#include "probe.hpp"
#include <list>

static std::list<double> recent;

double window(const double *x, int n) {
    recent.clear();
    for (int i = 0; i < 12; i++) {
        recent.push_back(x[i % n] * i);
        if (recent.size() > 5) recent.pop_front();
    }
    double s = 0;
    for (double v : recent) s += v * v;
    return s;
}

int main() {
    const double before[] = {0.3, 0.7};
    window(before, 2);
    PROBE(window, {0.3, 0.7, -0.4});
    PROBE(window, {0.3, 0.7});
    return failures != 0;
}
