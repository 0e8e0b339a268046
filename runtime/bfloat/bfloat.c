/* Rounding to bfloat16, which LLVM calls where the processor cannot do it: adjoints of __bf16 are rounded also where the
   program itself only reads it, and libgcc has these functions from version 13 on. Nothing calls them before the backend
   does, so they say that they are used. */

#if defined(__x86_64__) && defined(__SSE2__) && !defined(__AVX512BF16__)
#define BACKEND ODR __attribute__((used))

BACKEND __bf16 __truncsfbf2(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  const uint32_t rounded = bits + 0x7fff + (bits >> 16 & 1); /* to nearest, ties to even */
  const uint16_t half = (uint16_t)((x == x ? rounded : bits | 0x400000) >> 16);
  __bf16 result;
  __builtin_memcpy(&result, &half, sizeof result);
  return result;
}

/* By way of the float whose last bit says whether anything was cut off, so that all is rounded once. */
BACKEND __bf16 __truncdfbf2(double x) {
  float near = (float)x;
  uint32_t bits;
  __builtin_memcpy(&bits, &near, sizeof bits);
  if (x == x && near != x && !(bits & 1)) {
    bits += __builtin_fabs((double)near) > __builtin_fabs(x) ? -1 : 1; /* the odd one on the other side */
    __builtin_memcpy(&near, &bits, sizeof near);
  }
  return __truncsfbf2(near);
}
#endif
