/* psi and its derivatives in one floating type; `digamma.c` includes this once a type.
 *
 * REAL             the type
 * REAL_CONST(c)    a literal of that type
 * REAL_NAME(f)     our function's name for the type
 * REAL_MATH(f)     the C library's function for the type
 * REAL_DIGITS      bits of precision: how far the series go
 *
 * Only straight-line code and scalars: each function stands alone when it is copied into an object.
 */

#define REAL_PI REAL_CONST(3.14159265358979323846264338327950288419717)

/* psi on [1, 2]: (x - root) times a Chebyshev series, so that no digit is lost at the root. */
static inline __attribute__((always_inline)) REAL REAL_NAME(psi_between_1_and_2)(REAL x) {
    const REAL t = 4 * (x - REAL_CONST(1.5)); /* twice the variable of the polynomials */
    REAL b1 = 0, b2 = 0, b0;
#define STEP(c) b0 = t * b1 - b2 + c, b2 = b1, b1 = b0;
#if REAL_DIGITS > 64
    STEP(REAL_CONST(-1.011026386793261404229263803410653057e-36))
    STEP(REAL_CONST(5.892693616641736813494210049060458337e-36))
    STEP(REAL_CONST(-3.43451353132688160489944888506514441e-35))
    STEP(REAL_CONST(2.001781182650663436764566519431268573e-34))
    STEP(REAL_CONST(-1.166723574297869433183969772838197331e-33))
    STEP(REAL_CONST(6.800163327727456967858500801355302075e-33))
    STEP(REAL_CONST(-3.963425639409919965770845161064950977e-32))
    STEP(REAL_CONST(2.310053750569857119309963189367389635e-31))
    STEP(REAL_CONST(-1.346397994146962521411493182087808438e-30))
    STEP(REAL_CONST(7.84738259179614687697786297228154097e-30))
    STEP(REAL_CONST(-4.573789757614435894024261666017680573e-29))
    STEP(REAL_CONST(2.665800030582432329983591799963936934e-28))
    STEP(REAL_CONST(-1.553742122685535391980834865610764235e-27))
    STEP(REAL_CONST(9.055872751984034672903624731777796542e-27))
    STEP(REAL_CONST(-5.278149457659759884292155353082746464e-26))
    STEP(REAL_CONST(3.076330965624685941978330385242328626e-25))
    STEP(REAL_CONST(-1.793017103159600667738583111704347598e-24))
    STEP(REAL_CONST(1.045046970415546248458704884708428393e-23))
    STEP(REAL_CONST(-6.090980292103354520597745077902180206e-23))
#endif
#if REAL_DIGITS > 53
    STEP(REAL_CONST(3.550083656331467334508915555526725734e-22))
    STEP(REAL_CONST(-2.069140567193183768090326986853515327e-21))
    STEP(REAL_CONST(1.205983678291821582931414312044331027e-20))
    STEP(REAL_CONST(-7.028989740861997203481707647333608914e-20))
    STEP(REAL_CONST(4.096797187161557730027653588330469035e-19))
#endif
    STEP(REAL_CONST(-2.38779010821886270003890985025193059e-18))
    STEP(REAL_CONST(1.391707769474154065082787226096863932e-17))
    STEP(REAL_CONST(-8.111484203465090032815735193038680442e-17))
    STEP(REAL_CONST(4.727736178601911391072807549474331839e-16))
    STEP(REAL_CONST(-2.755543137743881310651465658773773768e-15))
    STEP(REAL_CONST(1.606064636295075009882487576102086004e-14))
    STEP(REAL_CONST(-9.360993131036438156129161646402252672e-14))
    STEP(REAL_CONST(5.456147570322794184717432803775419116e-13))
    STEP(REAL_CONST(-3.180235365825530009628709709015827184e-12))
    STEP(REAL_CONST(1.853735192053637889837115310830458128e-11))
    STEP(REAL_CONST(-1.08059302888326601139148355209584894e-10))
    STEP(REAL_CONST(6.29971723610893090685046064056461144e-10))
    STEP(REAL_CONST(-3.673295918565179039294802140742830041e-9))
    STEP(REAL_CONST(2.142500932235947373406985339223617448e-8))
    STEP(REAL_CONST(-1.250288681355959551546893076760281471e-7))
    STEP(REAL_CONST(7.30276927246592304928599927966632061e-7))
    STEP(REAL_CONST(-4.272103402999332206989117791805693182e-6))
    STEP(REAL_CONST(2.506054346835914443960921629113506604e-5))
    STEP(REAL_CONST(-1.4773492650606043281979609276831421e-4))
    STEP(REAL_CONST(8.78865693782050533259494666258670664e-4))
    STEP(REAL_CONST(-5.320077271596547443846335347891988119e-3))
    STEP(REAL_CONST(3.33688990239301089718554445497664903e-2))
    STEP(REAL_CONST(-2.270640863346443966914268142260027548e-1))
#undef STEP
    const REAL series = t / 2 * b1 - b2 + REAL_CONST(9.835702604415669880057275389403717561e-1);
    const REAL near = x - REAL_CONST(1.4616321449683622457627052426687441766262054443359375);
    return (near - REAL_CONST(9.549995429965697715184199075967050885e-17)) * series;
}

/* psi(x) for x >= 1. */
static inline __attribute__((always_inline)) REAL REAL_NAME(psi_from_1)(REAL x) {
    REAL sum = 0;
    if (x < REAL_FAR) {
        while (x > 2) {
            x -= 1;
            sum += 1 / x;
        }
        return sum + REAL_NAME(psi_between_1_and_2)(x);
    }
    const REAL u = 1 / x / x;
#define STEP(numerator, denominator) sum = (sum + REAL_CONST(numerator) / REAL_CONST(denominator)) * u;
#if REAL_DIGITS > 64
    STEP(151628697551.0, 12.0)
    STEP(-7709321041217.0, 16320.0)
    STEP(1723168255201.0, 85932.0)
    STEP(-3392780147.0, 3480.0)
    STEP(657931.0, 12.0)
#endif
#if REAL_DIGITS > 53
    STEP(-236364091.0, 65520.0)
    STEP(77683.0, 276.0)
#endif
    STEP(-174611.0, 6600.0)
    STEP(43867.0, 14364.0)
    STEP(-3617.0, 8160.0)
    STEP(1.0, 12.0)
    STEP(-691.0, 32760.0)
    STEP(1.0, 132.0)
    STEP(-1.0, 240.0)
    STEP(1.0, 252.0)
    STEP(-1.0, 120.0)
    STEP(1.0, 12.0)
#undef STEP
    return REAL_MATH(log)(x) - (REAL_CONST(0.5) / x + sum);
}

/* The derivative of lgamma. At 0 minus or plus infinity by the sign of the zero, NaN at the other poles. */
REAL_ODR REAL REAL_NAME(digamma)(REAL x) {
    if (x >= 1) return x + 1 > x ? REAL_NAME(psi_from_1)(x) : REAL_MATH(log)(x);
    if (x >= 0) return REAL_NAME(psi_between_1_and_2)(1 + x) - 1 / x;
    const REAL above = x - REAL_MATH(rint)(x); /* exact; pi * x would not be */
    if (above == 0 || x - x != 0) return REAL_CONST(0.0) / REAL_CONST(0.0);
    return REAL_NAME(psi_from_1)(1 - x) - REAL_PI / REAL_MATH(tan)(REAL_PI * above);
}

/* (-1)^(n+1) times the n-th derivative of psi, for x > 0 and n >= 1: all terms are positive. */
static inline __attribute__((always_inline)) REAL REAL_NAME(polygamma_positive)(int n, REAL x) {
    REAL sum = 0;
    while (x < REAL_FAR + n) { /* n! / x^(n+1) */
        REAL term = 1 / x;
        for (int j = 1; j <= n; ++j) term *= j / x;
        sum += term;
        x += 1;
    }
    REAL leading = 1 / x; /* (n-1)! / x^n */
    for (int j = 1; j < n; ++j) leading *= j / x;
    REAL series = 1 + n / (2 * x), scale = 1;
    REAL k = 0; /* scale = (2k+n-1)! / ((2k)! (n-1)! x^2k), times the Bernoulli number 2k */
#define STEP(numerator, denominator)                                            \
    scale *= (2 * k + n) / (2 * k + 1) / x * ((2 * k + n + 1) / (2 * k + 2) / x); \
    k += 1;                                                                     \
    series += REAL_CONST(numerator) / REAL_CONST(denominator) * scale;
    STEP(1.0, 6.0)
    STEP(-1.0, 30.0)
    STEP(1.0, 42.0)
    STEP(-1.0, 30.0)
    STEP(5.0, 66.0)
    STEP(-691.0, 2730.0)
    STEP(7.0, 6.0)
    STEP(-3617.0, 510.0)
    STEP(43867.0, 798.0)
    STEP(-174611.0, 330.0)
#if REAL_DIGITS > 53
    STEP(854513.0, 138.0)
    STEP(-236364091.0, 2730.0)
#endif
#if REAL_DIGITS > 64
    STEP(8553103.0, 6.0)
    STEP(-23749461029.0, 870.0)
    STEP(8615841276005.0, 14322.0)
    STEP(-7709321041217.0, 510.0)
    STEP(2577687858367.0, 6.0)
#endif
#undef STEP
    return sum + leading * series;
}

/* The n-th derivative of psi, 0 <= n <= 60. */
REAL_ODR REAL REAL_NAME(polygamma)(int n, REAL x) {
    const REAL none = REAL_CONST(0.0) / REAL_CONST(0.0);
    const REAL sign = n & 1 ? 1 : -1;
    if (n == 0) return REAL_NAME(digamma)(x);
    if (n < 0 || n > 60 || x != x) return none;
    if (x > 0) return x + x == x ? 0 * sign : sign * REAL_NAME(polygamma_positive)(n, x);
    const REAL above = x - REAL_MATH(rint)(x);
    if (x == 0) return n & 1 ? 1 / (x * x) : -1 / x;
    if (above != above) return none;
    if (above == 0) return n & 1 ? 1 / REAL_CONST(0.0) : none;
    /* (-1)^n psi_n(1 - x) - psi_n(x) is the n-th derivative of pi cot(pi x), a polynomial in cot: p */
    REAL p[64], factor = REAL_PI;
    const REAL cot = 1 / REAL_MATH(tan)(REAL_PI * above);
    p[0] = 0, p[1] = 1;
    for (int j = 1; j <= n; ++j) { /* p := -(1 + cot^2) p' */
        p[j + 1] = 0;
        for (int i = 0; i <= j; ++i) p[i] = (i + 1) * p[i + 1];
        p[j] = 0;
        for (int i = j + 1; i >= 2; --i) p[i] += p[i - 2];
        factor *= -REAL_PI;
    }
    REAL value = 0;
    for (int i = n + 1; i >= 0; --i) value = value * cot + p[i];
    return -REAL_NAME(polygamma_positive)(n, 1 - x) - factor * value;
}

#undef REAL_PI
