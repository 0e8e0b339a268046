/* Functions of Boost's Math that look for arguments whose result they have ready, as bodies to be differentiated: their
   own return there what does not depend on the argument. The C library has the same functions.

   ..._by      with a policy, which is of no use here
   ..._signed  where to put the sign goes along, or null */

#include <math.h>

#define ODR __attribute__((weak, visibility("hidden")))

#define OF_ONE(NUMBER, S, NAME)                                                                 \
  ODR NUMBER __enzcc_boost_##NAME##S(NUMBER x) { return NAME##S(x); }                           \
  ODR NUMBER __enzcc_boost_##NAME##S##_by(NUMBER x, const void *policy) { return NAME##S(x); }

#define FUNCTIONS(NUMBER, S)                                                                    \
  OF_ONE(NUMBER, S, erf)                                                                        \
  OF_ONE(NUMBER, S, erfc)                                                                       \
  OF_ONE(NUMBER, S, tgamma)                                                                     \
  NUMBER lgamma##S##_r(NUMBER x, int *sign);                                                    \
  ODR NUMBER __enzcc_boost_lgamma##S(NUMBER x) {                                                \
    int sign;                                                                                   \
    return lgamma##S##_r(x, &sign);                                                             \
  }                                                                                             \
  ODR NUMBER __enzcc_boost_lgamma##S##_by(NUMBER x, const void *policy) {                       \
    int sign;                                                                                   \
    return lgamma##S##_r(x, &sign);                                                             \
  }                                                                                             \
  ODR NUMBER __enzcc_boost_lgamma##S##_signed(NUMBER x, int *sign) {                            \
    int own;                                                                                    \
    return lgamma##S##_r(x, sign ? sign : &own);                                                \
  }                                                                                             \
  ODR NUMBER __enzcc_boost_lgamma##S##_signed_by(NUMBER x, int *sign, const void *policy) {     \
    int own;                                                                                    \
    return lgamma##S##_r(x, sign ? sign : &own);                                                \
  }

FUNCTIONS(float, f)
FUNCTIONS(double, )
FUNCTIONS(long double, l)
