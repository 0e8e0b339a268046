/* Sums whose overflow a sanitizer looks at are sums. */
// flags: -fsanitize=signed-integer-overflow -fsanitize-trap=all
#include "bits_slopes.c"
