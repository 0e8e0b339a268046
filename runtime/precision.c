/* Rounding to a format that no processor has: `exponent` and `significand` are its bits. */
#include <stdint.h>

/* Ties to even; what is too large becomes infinite, what is too small zero or subnormal. */
__attribute__((weak)) double __enzcc_round_64_52(double x, int64_t exponent, int64_t significand) {
  union { double x; uint64_t bits; } in = {x}, power;
  if (exponent > 11) exponent = 11;
  if (exponent < 2) exponent = 2;
  if (significand > 52) significand = 52;
  if (significand < 1) significand = 1;
  uint64_t sign = in.bits & ((uint64_t)1 << 63), magnitude = in.bits ^ sign;
  if (magnitude == 0 || magnitude >> 52 == 0x7ff) return x;
  int raised = (int)(magnitude >> 52); /* as it is biased; subnormal numbers count as 1 */
  uint64_t mantissa = magnitude & (((uint64_t)1 << 52) - 1);
  if (raised == 0)
    raised = 1;
  else
    mantissa |= (uint64_t)1 << 52;
  int bias = (1 << (exponent - 1)) - 1;
  int least = 1 - bias, most = bias; /* of a normal number of the format */
  int top = raised - 1023;
  if (raised == 1) /* perhaps subnormal: where its first bit is */
    for (uint64_t bit = (uint64_t)1 << 52; bit > 1 && !(mantissa & bit); bit >>= 1) top--;
  int quantum = (top > least ? top : least) - (int)significand; /* of the result's last bit */
  int drop = quantum - (raised - 1023 - 52);
  if (drop > 0) {
    if (drop > 54) drop = 54;
    uint64_t half = (uint64_t)1 << (drop - 1), rest = mantissa & ((half << 1) - 1);
    mantissa >>= drop;
    mantissa += rest > half || (rest == half && (mantissa & 1));
  } else {
    quantum = raised - 1023 - 52;
  }
  power.bits = quantum >= -1022 ? (uint64_t)(quantum + 1023) << 52 : (uint64_t)1 << (quantum + 1074);
  union { double x; uint64_t bits; } out = {(double)mantissa * power.x};
  union { double x; uint64_t bits; } limit;
  limit.bits = most >= 1023 ? (uint64_t)0x7ff << 52 : (uint64_t)(most + 1 + 1023) << 52;
  if (out.x >= limit.x) out.bits = (uint64_t)0x7ff << 52;
  out.bits |= sign;
  return out.x;
}

__attribute__((weak)) float __enzcc_round_32_23(float x, int64_t exponent, int64_t significand) {
  return (float)__enzcc_round_64_52(x, exponent, significand);
}
