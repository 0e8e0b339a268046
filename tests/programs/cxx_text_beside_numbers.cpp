/* Streams and strings that active numbers are written to, beside others from which numbers are read. */
#include "check.h"
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>

static std::string told(double x) {
    std::ostringstream out;
    out << x;
    return out.str();
}
static double number(const std::string &text) {
    std::istringstream in(text);
    double y = 0;
    in >> y;
    return y;
}

/* numbers and text in one object, and names that are written before the numbers */
struct history {
    std::ostringstream log;
    std::string name, last;
    double sum = 0;
    void add(double v) {
        log << name << ' ' << v << '\n';
        last = name + std::to_string(v);
        sum += v * v;
    }
};

static double f(double *x, int n) {
    history seen;
    seen.name = "newton";
    for (int i = 0; i < n; i++) seen.add(x[i]);
    if (x[0] > 1e9) throw std::runtime_error("too large: " + std::to_string(x[0]) + seen.name);
    std::ostringstream log;
    log.imbue(std::locale::classic());
    log << x[0] * x[0] << told(x[n - 1]);
    if (log.str().size() > 1000) std::cerr << log.str();
    std::istringstream in("2.5");
    in.imbue(std::locale::classic());
    double y = 0;
    in >> y;
    std::ofstream nothing("/dev/null");
    nothing << x[0];
    std::string settings = "scale=1.5";
    return seen.sum + y * x[0] * x[n - 1] + number("0.5") * x[0] + std::stod(settings.substr(settings.find('=') + 1)) * x[0];
}
ARRAY_TEST(f)

int main() {
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
