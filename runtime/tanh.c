/* The derivative of tanh: __enzcc_sech_squared(x, tanh(x)) in double, with suffix `l` in long double and `f128` in the
 * 128-bit type where the compiler has one.
 *
 * 1 - r * r for r = tanh(x), to all digits also where r is near 1: only there it takes an exponential.
 */

#define SECH_SQUARED(REAL, NAME, EXP)                                              \
  __attribute__((weak, visibility("hidden"))) REAL NAME(REAL x, REAL r) {          \
    if (r > (REAL)-0.9375 && r < (REAL)0.9375) return (1 - r) * (1 + r);           \
    const REAL decay = EXP(x > 0 ? -2 * x : 2 * x);                                \
    return 4 * decay / ((1 + decay) * (1 + decay));                                \
  }

SECH_SQUARED(double, __enzcc_sech_squared, __builtin_exp)
SECH_SQUARED(long double, __enzcc_sech_squaredl, __builtin_expl)
#if __LDBL_MANT_DIG__ == 113 /* long double is the 128-bit type: its functions under the other name */
SECH_SQUARED(long double, __enzcc_sech_squaredf128, __builtin_expl)
#elif defined(__SIZEOF_FLOAT128__)
__float128 expf128(__float128);
SECH_SQUARED(__float128, __enzcc_sech_squaredf128, expf128)
#endif
