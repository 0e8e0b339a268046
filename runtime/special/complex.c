/* Complex functions of the C++ libraries, as bodies to be differentiated: their own look whether a part of the number is
   zero, and return there what does not depend on it, or give a zero a sign.

   A real power has the same value on the real axis as the library's: the angle is 0, and so is its sine.
   Where the ABI returns classes and numbers of C differently, results go to memory (`..._to`). */

#include <complex.h>
#include <math.h>

#define ODR __attribute__((weak, visibility("hidden")))

#define OF_ONE(NUMBER, S, NAME)                                                                    \
  ODR NUMBER _Complex __enzcc_complex_##NAME##S(const NUMBER _Complex *z) { return c##NAME##S(*z); } \
  ODR void __enzcc_complex_##NAME##S##_to(NUMBER _Complex *to, const NUMBER _Complex *z) { *to = c##NAME##S(*z); }

#define FUNCTIONS(NUMBER, S)                                                                        \
  ODR NUMBER _Complex __enzcc_complex_pow##S(const NUMBER _Complex *base, const NUMBER *exponent) { \
    NUMBER x = creal##S(*base), y = cimag##S(*base), radius = hypot##S(x, y);                       \
    NUMBER size = y == 0 ? pow##S(radius, *exponent) : exp##S(*exponent * log##S(radius));          \
    NUMBER angle = *exponent * atan2##S(y, x), high = size * sin##S(angle);                         \
    return __builtin_complex(size * cos##S(angle), isinf(size) && angle == 0 ? angle : high);       \
  }                                                                                                 \
  ODR void __enzcc_complex_pow##S##_to(NUMBER _Complex *to, const NUMBER _Complex *base,            \
                                       const NUMBER *exponent) {                                    \
    *to = __enzcc_complex_pow##S(base, exponent);                                                   \
  }                                                                                                 \
  OF_ONE(NUMBER, S, exp)                                                                            \
  OF_ONE(NUMBER, S, cosh)                                                                           \
  OF_ONE(NUMBER, S, asinh)                                                                          \
  OF_ONE(NUMBER, S, acosh)                                                                          \
  OF_ONE(NUMBER, S, atanh)                                                                          \
  OF_ONE(NUMBER, S, acos)

FUNCTIONS(float, f)
FUNCTIONS(double, )
FUNCTIONS(long double, l)
