// The dual numbers of duals.h, or of hyperduals.h, as a class: the same C++ program with `number` (or
// `numberf`, rounded to float) in the place of `double` is the oracle. Expects one of these before it.
#ifndef NUMBERS_HPP
#define NUMBERS_HPP

#define UNARY_FUNCTION(number, S, name)                                                          \
    friend number name##S(number a) { return number(d_##name##S(a.is)); }
#define BINARY_FUNCTION(number, S, name)                                                         \
    friend number name##S(number a, number b) { return number(d_##name##S(a.is, b.is)); }
#define NUMBERS(number, S)                                                                       \
    struct number {                                                                              \
        dual is;                                                                                 \
        number() = default;                                                                      \
        number(double v) : is(d_const##S(v)) {}                                                  \
        explicit number(dual is) : is(is) {}                                                     \
        explicit operator int() const { return (int)is.v; }                                      \
        friend number operator+(number a, number b) { return number(d_add##S(a.is, b.is)); }     \
        friend number operator-(number a, number b) { return number(d_sub##S(a.is, b.is)); }     \
        friend number operator*(number a, number b) { return number(d_mul##S(a.is, b.is)); }     \
        friend number operator/(number a, number b) { return number(d_div##S(a.is, b.is)); }     \
        friend number operator-(number a) { return number(d_neg##S(a.is)); }                     \
        friend number bit_neg##S(number a) { return -a; }                                        \
        friend number bit_abs##S(number a) { return number(d_fabs##S(a.is)); }                   \
        number &operator+=(number b) { return *this = *this + b; }                               \
        number &operator-=(number b) { return *this = *this - b; }                               \
        number &operator*=(number b) { return *this = *this * b; }                               \
        number &operator/=(number b) { return *this = *this / b; }                               \
        friend bool operator<(number a, number b) { return a.is.v < b.is.v; }                    \
        friend bool operator>(number a, number b) { return a.is.v > b.is.v; }                    \
        friend bool operator<=(number a, number b) { return a.is.v <= b.is.v; }                  \
        friend bool operator>=(number a, number b) { return a.is.v >= b.is.v; }                  \
        friend bool operator==(number a, number b) { return a.is.v == b.is.v; }                  \
        friend bool operator!=(number a, number b) { return a.is.v != b.is.v; }                  \
        UNARY_FUNCTION(number, S, sin)                                                           \
        UNARY_FUNCTION(number, S, cos)                                                           \
        UNARY_FUNCTION(number, S, tanh)                                                          \
        UNARY_FUNCTION(number, S, atan)                                                          \
        UNARY_FUNCTION(number, S, exp)                                                           \
        UNARY_FUNCTION(number, S, log)                                                           \
        UNARY_FUNCTION(number, S, sqrt)                                                          \
        UNARY_FUNCTION(number, S, cbrt)                                                          \
        UNARY_FUNCTION(number, S, floor)                                                         \
        UNARY_FUNCTION(number, S, fabs)                                                          \
        BINARY_FUNCTION(number, S, pow)                                                          \
        BINARY_FUNCTION(number, S, atan2)                                                        \
        BINARY_FUNCTION(number, S, hypot)                                                        \
        BINARY_FUNCTION(number, S, fmin)                                                         \
        BINARY_FUNCTION(number, S, fmax)                                                         \
        BINARY_FUNCTION(number, S, copysign)                                                     \
        using complex = std::complex<number>; /* the library asks whether parts are infinite */  \
        friend complex operator*(const complex &a, const complex &b) {                           \
            return {a.real() * b.real() - a.imag() * b.imag(),                                   \
                    a.real() * b.imag() + a.imag() * b.real()};                                  \
        }                                                                                        \
        friend number norm(const complex &a) {                                                   \
            return a.real() * a.real() + a.imag() * a.imag();                                    \
        }                                                                                        \
        friend complex operator/(const complex &a, const complex &b) {                           \
            return a * complex(b.real(), -b.imag()) / norm(b);                                   \
        }                                                                                        \
        friend number fma##S(number a, number b, number c) {                                     \
            return number(d_fma##S(a.is, b.is, c.is));                                           \
        }                                                                                        \
    };                                                                                           \
    UNUSED static double bit_neg##S(double a) { return -a; }                                     \
    UNUSED static double bit_abs##S(double a) { return fabs(a); }

namespace { // two files mean two kinds of numbers

NUMBERS(number, )
#ifdef DUALS_ARE_SINGLE_TOO
NUMBERS(numberf, f)
#endif

}


#endif
