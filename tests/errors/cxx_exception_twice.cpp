// expect: 15:42: error: cannot differentiate again what throws active numbers
// note: exceptions carry the numbers of one derivative to their handler
template <class R, class... A> R __enzyme_fwddiff(A...);
__attribute__((noinline)) static double risky(double x) {
    if (x > 1) throw x * x;
    return x;
}
static double caught(double x) {
    try {
        return risky(x) * x;
    } catch (double e) {
        return e * x;
    }
}
static double tangent(double x) { return __enzyme_fwddiff<double>((void *)caught, x, 1.0); }
double second(double x) { return __enzyme_fwddiff<double>((void *)tangent, x, 1.0); }
