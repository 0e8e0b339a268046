// <enzyme/enzyme>: every order of arguments, every size of result, lambdas, functors, nested use.
#include "check.hpp"
#include <array>
#include <complex>
#include <enzyme/enzyme>
#include <string>
#include <vector>

using enzyme::Active;
using enzyme::autodiff;
using enzyme::Const;
using enzyme::Duplicated;
using enzyme::DuplicatedNoNeed;
using enzyme::Forward;
using enzyme::get;
using enzyme::Reverse;
using enzyme::ReverseWithPrimal;

static double area(double w, const double &h) { return w * h; }
static double mixed(int n, double a, const double &b, float c, const double *p) { return n * a * b * c * p[0]; }
static float narrow(float a, float b) { return a * a * b; }
static double twice(double x, double y) { return x * x * y; }
static double three(double x, double y, double z) { return x * y * z; }
static void scaled(const double *x, double &y, double k) { y = k * x[0] * x[1]; }
static double &reference(double &x) {
    x = x * x;
    return x;
}
struct Vec3 {
    double x, y, z;
};
static double norm2(Vec3 v) { return v.x * v.x + 2 * v.y * v.y + 3 * v.z * v.z; }
static Vec3 moved(double t) { return {t, t * t, t * t * t}; }
static std::vector<double> powers(double t) {
    std::vector<double> v;
    for (double p = t; v.size() < 4; p *= t) v.push_back(p);
    return v;
}
static double complex_norm(std::complex<double> z) { return z.real() * z.real() + z.imag(); }
static double summed(std::array<float, 3> a) { return a[0] * a[1] * a[2]; }
static long double wide(long double x) { return x * x * x; }
static int counted(double x, double &y) {
    y = x * x;
    return 7;
}
static double overloaded(double x) { return x * x; }
static float overloaded(float x) { return x; }
template <class T> static T templated(T x) { return x * x * x; }

struct Functor {
    double k;
    double operator()(double x) const { return k * x * x; }
};
struct Mutable {
    int calls = 0;
    double operator()(double x) {
        calls++;
        return x * calls;
    }
};

static void reverse_mode() {
    double h = 3, dh = 0;
    auto r = autodiff<Reverse>(area, Active<double>{2.0}, Duplicated<const double &>{h, dh});
    check_close("dw", get<0>(get<0>(r)), 3);
    check_close("dh", dh, 2);
    auto p = autodiff<ReverseWithPrimal>(area, Active<double>{2.0}, Const<const double &>{h});
    check_close("dw with primal", get<0>(get<0>(p)), 3);
    check_close("primal", get<1>(p), 6);

    double b = 5, db = 0, q[2] = {7, 0}, dq[2] = {0, 0}; // slot i belongs to argument i
    auto m = autodiff<Reverse>(mixed, Const<int>{2}, Active<double>{3.0}, Duplicated<const double &>{b, db},
        Active<float>{11.0f}, Duplicated<const double *>{q, dq});
    check_close("slot 1", get<1>(get<0>(m)), 2 * 5 * 11 * 7);
    check_close("slot 3", get<3>(get<0>(m)), 2 * 3 * 5 * 7);
    check_close("db", db, 2 * 3 * 11 * 7);
    check_close("dq", dq[0], 2 * 3 * 5 * 11);
    static_assert(std::is_same_v<decltype(get<0>(get<0>(m))), enzyme::nodiff &>);

    auto n = autodiff<Reverse>(narrow, Active<float>{3.0f}, Active<float>{2.0f});
    check_close("float 0", get<0>(get<0>(n)), 12);
    check_close("float 1", get<1>(get<0>(n)), 9);
    auto t = autodiff<ReverseWithPrimal>(three, Active{2.0}, Active{3.0}, Active{4.0});
    check_close("three", get<0>(get<0>(t)) + 10 * get<1>(get<0>(t)) + 100 * get<2>(get<0>(t)), 12 + 80 + 600);
    check_close("three's value", get<1>(t), 24);
    auto last = autodiff<Reverse>(twice, Const<double>{3.0}, Active<double>{2.0});
    check_close("only the last", get<1>(get<0>(last)), 9);

    double x[2] = {2, 3}, dx[2] = {0, 0}, y = 0, dy = 1;
    autodiff<Reverse>(scaled, Duplicated<const double *>{x, dx}, Duplicated<double &>{y, dy}, Const<double>{4.0});
    check_close("void", dx[0] + 10 * dx[1], 12 + 80);
    double z = 3, dz = 0;
    autodiff<Reverse>(reference, Duplicated<double &>{z, dz});
    check_close("a result by reference", dz, 6);

    auto v = get<0>(get<0>(autodiff<Reverse>(norm2, Active<Vec3>{Vec3{1, 2, 3}})));
    check_close("a struct", v.x + v.y + v.z, 2 + 8 + 18);
    auto c = get<0>(get<0>(autodiff<Reverse>(complex_norm, Active{std::complex<double>(3, 4)})));
    check_close("a complex number", c.real() + 10 * c.imag(), 6 + 10);
    auto a = get<0>(get<0>(autodiff<Reverse>(summed, Active{std::array<float, 3>{2, 3, 4}})));
    check_close("an array", a[0] + a[1] + a[2], 12 + 8 + 6);
    auto w = autodiff<Reverse, Active<long double>>(wide, Active<long double>{2.0L});
    check_close("long double", (double)get<0>(get<0>(w)), 12);
    double out = 0, dout = 1;
    auto i = autodiff<ReverseWithPrimal>(counted, Active<double>{3.0}, Duplicated<double &>{out, dout});
    check_close("an integer result", get<1>(i), 7);
    check_close("beside an integer", get<0>(get<0>(i)), 6);
}

static void forward_mode() {
    double h = 3, dh = 10;
    auto t = autodiff<Forward, Duplicated<double>>(
        area, Duplicated<double>{2.0, 1.0}, Const<const double &>{h});
    check_close("value", get<0>(t), 6);
    check_close("tangent", get<1>(t), 3);
    check_close("only the tangent",
        get<0>(autodiff<Forward>(area, Duplicated{2.0, 1.0}, Duplicated<const double &>{h, dh})), 3 + 20);
    check_close("only the value",
        get<0>(autodiff<Forward, Const<double>>(area, Duplicated{2.0, 1.0}, Const<const double &>{h})), 6);
    auto v = get<0>(autodiff<Forward, DuplicatedNoNeed<Vec3>>(moved, Duplicated{2.0, 1.0}));
    check_close("a struct", v.x + v.y + v.z, 1 + 4 + 12);
    auto p = autodiff<Forward, Duplicated<std::vector<double>>>(powers, Duplicated{2.0, 1.0});
    check_close("a vector", get<0>(p)[3], 16);
    check_close("its tangent", get<1>(p)[3], 32);
    double x[2] = {2, 3}, dx[2] = {1, 0}, y = 0, dy = 0;
    autodiff<Forward>(scaled, Duplicated<const double *>{x, dx}, Duplicated<double &>{y, dy}, Const<double>{4.0});
    check_close("void", y + dy, 24 + 12);
}

static void functions_of_all_kinds() {
    double k = 2;
    std::string word = "abc";
    auto captures = [k, &word](double x) { return k * x * x * (double)word.size(); };
    auto plain = [](double x) { return x * x; };
    auto generic = [](auto x) { return x * x; };
    Functor functor{4};
    const Functor constant{5};
    Mutable mutable_one;
    check_close("captures", get<0>(get<0>(autodiff<Reverse>(captures, Active{5.0}))), 60);
    check_close("plain", get<0>(get<0>(autodiff<Reverse>(plain, Active{5.0}))), 10);
    check_close("+plain", get<0>(get<0>(autodiff<Reverse>(+plain, Active{5.0}))), 10);
    check_close("generic", get<0>(get<0>(autodiff<Reverse>(generic, Active{5.0}))), 10);
    check_close("functor", get<0>(get<0>(autodiff<Reverse>(functor, Active{5.0}))), 40);
    check_close("constant", get<0>(get<0>(autodiff<Reverse>(constant, Active{5.0}))), 50);
    check_close("temporary", get<0>(get<0>(autodiff<Reverse>(Functor{6}, Active{5.0}))), 60);
    check_close("mutable", get<0>(get<0>(autodiff<Reverse>(mutable_one, Active{5.0}))), 1);
    check_close("called", mutable_one.calls, 1);
    check_close("overloaded", get<0>(get<0>(autodiff<Reverse>((double (*)(double))overloaded, Active{5.0}))), 10);
    check_close("templated", get<0>(get<0>(autodiff<Reverse>(templated<double>, Active{5.0}))), 75);
    double (*pointer)(double) = overloaded;
    check_close("pointer", get<0>(get<0>(autodiff<Reverse>(pointer, Active{5.0}))), 10);
    check_close("forward", get<0>(autodiff<Forward>(captures, Duplicated{5.0, 1.0})), 60);
    check_close("immediate", get<0>(autodiff<Forward>([&](double x) { return x * k; }, Duplicated{5.0, 1.0})), 2);

    struct Local {
        double value;
    };
    auto takes_local = [](Local l) { return l.value * l.value; };
    check_close("local type", get<0>(get<0>(autodiff<Reverse>(takes_local, Active{Local{3}}))).value, 6);
}

static void nested() {
    auto cube = [](double x) { return x * x * x; };
    auto slope_of = [&](double x) { return get<0>(autodiff<Forward>(cube, Duplicated{x, 1.0})); };
    auto gradient_of = [&](double x) { return get<0>(get<0>(autodiff<Reverse>(cube, Active{x}))); };
    check_close("forward over forward", get<0>(autodiff<Forward>(slope_of, Duplicated{3.0, 1.0})), 18);
    check_close("reverse over forward", get<0>(get<0>(autodiff<Reverse>(slope_of, Active{3.0}))), 18);
    check_close("forward over reverse", get<0>(autodiff<Forward>(gradient_of, Duplicated{3.0, 1.0})), 18);
    check_close("reverse over reverse", get<0>(get<0>(autodiff<Reverse>(gradient_of, Active{3.0}))), 18);
}

static void smaller_things() {
    double h = 3;
    check_close("primal_call", enzyme::primal_call(area, Active{2.0}, Const<const double &>{h}), 6);
    enzyme::tuple<int, double, float> t{1, 2.5, 3.5f};
    auto [a, b, c] = t;
    check_close("tuple", a + b + c, 7);
    auto joined = enzyme::tuple_cat(t, enzyme::tuple<>{}, enzyme::tuple{4.0, 'x'});
    static_assert(enzyme::tuple_size_v<decltype(joined)> == 5);
    check_close("tuple_cat", get<3>(joined), 4);
    static_assert((char *)0 == (char *)0 && sizeof(enzyme::tuple<double, double>) == 16);
    check_close("order", (double)((char *)&get<1>(t) > (char *)&get<0>(t)), 1);
    get<1>(enzyme::forward_as_tuple(a, h)) = 8;
    check_close("forward_as_tuple", h, 8);
    static_assert(enzyme::type_info<Active<double>>::is_active && enzyme::type_info<Duplicated<double &>>::is_duplicated);
    static_assert(std::is_same_v<enzyme::remove_cvref_t<const double &>, double>);
    static_assert(std::is_same_v<enzyme::concatenated<enzyme::tuple<int>, char>::type, enzyme::tuple<int, char>>);
    static_assert(std::is_same_v<enzyme::autodiff_return<Forward, Duplicated<double>>::type, enzyme::tuple<double, double>>);
    static_assert(std::is_same_v<decltype(autodiff<Forward>(area, Duplicated{1.0, 1.0}, Const<const double &>{h})),
        enzyme::tuple<double>>);
    Duplicated<double &> d{h, h};
    check_close("expand_args", get<2>(enzyme::expand_args(Duplicated{1.0, 2.0})), 2);
    check_close("expand_shadows", get<0>(enzyme::expand_shadows(Duplicated{1.0, 2.0})), 2);
    check_close("primal_args", *get<0>(enzyme::primal_args(d)), 8);
    check_close("forward", get<0>(enzyme::forward(area, Duplicated{2.0, 1.0}, Const<const double &>{h})), 8);
    check_close("reverse", get<0>(get<0>(enzyme::reverse(area, Active{2.0}, Const<const double &>{h}))), 8);
}

int main() {
    reverse_mode();
    forward_mode();
    functions_of_all_kinds();
    nested();
    smaller_things();
    return report();
}
