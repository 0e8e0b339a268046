// A double in bytes that nobody reads as one goes from an argument through local objects to another argument.
#include <cstdio>
#include <cstring>

extern int enzyme_dup;
template <class... T> void __enzyme_autodiff(T...);

struct record {
    double a;
    bool b;
    unsigned char rest[15]; // a double in the last eight
};
__attribute__((noinline)) static record smaller(const record &x, const record &y) { return x.a < y.a ? x : y; }
__attribute__((noinline)) static void squared(record *in, record *out) {
    record none{};
    none.a = 100;
    record t = *in, r = smaller(t, none);
    r.a *= r.a;
    *out = smaller(none, r);
}

int main() {
    record in{}, out{}, din{}, dout{};
    double x = 5, one = 1, dx;
    in.a = 3, dout.a = 1;
    std::memcpy(in.rest + 7, &x, 8);
    std::memcpy(dout.rest + 7, &one, 8);
    __enzyme_autodiff((void *)squared, enzyme_dup, &in, &din, enzyme_dup, &out, &dout);
    std::memcpy(&dx, din.rest + 7, 8);
    if (din.a == 6 && dx == 1) return 0;
    std::printf("%g %g, want 6 1\n", din.a, dx);
    return 1;
}
