/* Streams and strings that active numbers are written to, beside others from which numbers are read. */
#include "check.h"
#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <variant>

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

/* an integer that becomes text lies where there may be an active number */
struct steps {
    int count;
};
using state = std::variant<double, steps, std::string>;

static double counted(double *x, int n) {
    state now = x[0];
    double sum = 0;
    for (int i = 0; i < 2 * n; i++) {
        if (const double *v = std::get_if<double>(&now)) {
            sum += *v * *v;
            now = steps{i};
        } else if (const steps *s = std::get_if<steps>(&now)) {
            now = std::to_string(s->count);
        } else {
            sum += std::get<std::string>(now).size() * x[1];
            now = x[i % n] * x[1];
        }
    }
    return sum;
}
ARRAY_TEST(counted)

int main() {
    CHECK(counted, 0.3, 1.5, -0.7);
    CHECK(f, 0.3, 1.5, -0.7);
    return report();
}
