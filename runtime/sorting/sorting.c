/* Functions of the C library that call back, as bodies that can be inlined and differentiated where active data goes
   through them. They are never called where nothing is differentiated.

   The order of elements that compare equal is kept, as the C library's merge sort does. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define ODR __attribute__((weak, visibility("hidden")))

/* Merges two neighbouring runs of indices. Elements are compared where they lie, and moved once, at the end. */
#define SORT(COMPARED)                                                                                 \
  if (count < 2) return;                                                                               \
  size_t *order = malloc(2 * count * sizeof *order), *other = order + count;                           \
  char *copy = malloc(count * size);                                                                   \
  memcpy(copy, base, count * size);                                                                    \
  for (size_t i = 0; i < count; i++) order[i] = i;                                                     \
  for (size_t width = 1; width < count; width *= 2) {                                                  \
      for (size_t start = 0; start < count; start += 2 * width) {                                      \
        size_t middle = start + width < count ? start + width : count;                                 \
        size_t end = start + 2 * width < count ? start + 2 * width : count;                            \
        size_t left = start, right = middle;                                                           \
        for (size_t k = start; k < end; k++) {                                                         \
          int from_left = right >= end;                                                                \
          if (left < middle && right < end) {                                                          \
            const void *a = copy + order[left] * size, *b = copy + order[right] * size;                \
            from_left = (COMPARED) <= 0;                                                               \
          }                                                                                            \
          other[k] = from_left ? order[left++] : order[right++];                                       \
        }                                                                                              \
      }                                                                                                \
    memcpy(order, other, count * sizeof *order);                                                       \
  }                                                                                                    \
  for (size_t i = 0; i < count; i++) memcpy((char *)base + i * size, copy + order[i] * size, size);    \
  free(copy);                                                                                          \
  free(order);

ODR void __enzcc_qsort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *)) {
  SORT(compare(a, b))
}

ODR void __enzcc_qsort_r(void *base, size_t count, size_t size,
                         int (*compare)(const void *, const void *, void *), void *context) {
  SORT(compare(a, b, context))
}

/* What libc++ keeps in its library of `std::sort`: numbers, by `<`. */
#define SORT_NUMBERS(NAME, NUMBER)                                       \
  ODR void __enzcc_sort_##NAME(NUMBER *base, NUMBER *end_of_all, void *less) { \
    size_t count = (size_t)(end_of_all - base), size = sizeof(NUMBER);   \
    (void)less;                                                          \
    SORT(*(const NUMBER *)b < *(const NUMBER *)a)                        \
  }
SORT_NUMBERS(float, float)
SORT_NUMBERS(double, double)
SORT_NUMBERS(long_double, long double)

ODR void *__enzcc_bsearch(const void *key, const void *base, size_t count, size_t size,
                          int (*compare)(const void *, const void *)) {
  size_t low = 0;
  while (low < count) {
    size_t middle = (low + count) / 2;
    const void *place = (const char *)base + middle * size;
    int order = compare(key, place);
    if (order == 0) return (void *)place;
    if (order < 0)
      count = middle;
    else
      low = middle + 1;
  }
  return NULL;
}

ODR void *__enzcc_lfind(const void *key, const void *base, size_t *count, size_t size,
                        int (*compare)(const void *, const void *)) {
  for (size_t i = 0; i < *count; i++) {
    const void *place = (const char *)base + i * size;
    if (compare(key, place) == 0) return (void *)place;
  }
  return NULL;
}
