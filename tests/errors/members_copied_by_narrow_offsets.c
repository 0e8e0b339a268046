// expect: 14:45: error: cannot tell whether the data moved here are floating values
// note: the functions that are differentiated use these bytes as a floating value and as a pointer or an integer, or as floating values of several types, or that overlap
extern void *memcpy(void *, const void *, unsigned long);
struct data { int k; double a, b; double *p; };
struct member { unsigned short at, size; };
static struct member members[3] = {{8, 8}, {16, 8}, {24, 8}};
int first;
__attribute__((noinline)) static void move(struct data *to, const struct data *from, int n) {
    for (int k = first; k < n; k++)
        memcpy((char *)to + members[k].at, (char *)from + members[k].at, members[k].size);
}
static double f(const double *x, int n) {
    double h[1] = {x[2]};
    struct data s = {1, x[0], x[1] * 2, h}, d = {2, 0, 0, 0};
    move(&d, &s, n);
    return d.a * d.b * *d.p;
}
void set(int k, struct member m) { members[k] = m; }
extern double __enzyme_autodiff(void *, ...);
double slope(double *x, double *dx, int n) { return __enzyme_autodiff((void *)f, x, dx, n); }
