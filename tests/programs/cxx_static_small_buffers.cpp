// A static object keeps a few numbers in itself and more on the heap: both are one memory to the analysis, in which the
// array is the last there is, so that what is copied from there are numbers, however many.
#include "probe.hpp"
#include <algorithm>

struct Small {
    double *values = own;
    int count = 0, room = 4;
    double own[4];

    void push(double value) {
        if (count == room) {
            double *more = new double[2 * room];
            std::copy(values, values + count, more);
            release();
            values = more, room *= 2;
        }
        values[count++] = value;
    }
    void release() {
        if (values != own) delete[] values;
    }
    void clear() { release(), values = own, count = 0, room = 4; }
    ~Small() { release(); }
};

static Small kept;

double pushed(const double *x, int n) {
    double s = 0;
    kept.clear();
    for (int i = 0; i < 11; i++) {
        kept.push(x[i % n] * x[0]);
        s += kept.values[0] * kept.values[i];
    }
    for (int i = 0; i < kept.count; i++) s += kept.values[i] * kept.values[i] * i;
    kept.clear();
    kept.push(x[1]);
    return s * kept.values[0];
}

int main() {
    PROBE(pushed, {0.3, 0.7, -0.4});
    PROBE(pushed, {1.3, 0.2});
    return failures != 0;
}
