/* psi, the derivative of lgamma, and its derivatives: no C library has them.
 *
 * __enzcc_digamma(x), __enzcc_polygamma(n, x) in double, with suffix `l` in long double and `f128` in the 128-bit type where the compiler has one. Results are right to a few units in the last place; between
 * the poles at negative x, to as many units of psi(1 - x).
 */

#define REAL_ODR __attribute__((weak, visibility("hidden")))

#define REAL double
#define REAL_CONST(c) c
#define REAL_NAME(f) __enzcc_##f
#define REAL_MATH(f) __builtin_##f
#define REAL_DIGITS 53
#define REAL_FAR 10
#include "digamma.h"
#undef REAL
#undef REAL_CONST
#undef REAL_NAME
#undef REAL_MATH
#undef REAL_DIGITS
#undef REAL_FAR

#define REAL long double
#define REAL_CONST(c) c##L
#define REAL_NAME(f) __enzcc_##f##l
#define REAL_MATH(f) __builtin_##f##l
#define REAL_DIGITS __LDBL_MANT_DIG__
#define REAL_FAR (REAL_DIGITS > 64 ? 24 : 13)
#include "digamma.h"
#undef REAL
#undef REAL_CONST
#undef REAL_NAME
#undef REAL_MATH
#undef REAL_DIGITS
#undef REAL_FAR

#if __LDBL_MANT_DIG__ == 113 /* long double is the 128-bit type: its functions under the other name */
#define REAL long double
#define REAL_CONST(c) c##L
#define REAL_NAME(f) __enzcc_##f##f128
#define REAL_MATH(f) __builtin_##f##l
#define REAL_DIGITS 113
#define REAL_FAR 24
#include "digamma.h"
#elif defined(__SIZEOF_FLOAT128__)
__float128 expf128(__float128);
__float128 logf128(__float128);
__float128 tanf128(__float128);
__float128 rintf128(__float128);
#define REAL __float128
#define REAL_CONST(c) c##Q
#define REAL_NAME(f) __enzcc_##f##f128
#define REAL_MATH(f) f##f128
#define REAL_DIGITS 113
#define REAL_FAR 24
#include "digamma.h"
#endif
