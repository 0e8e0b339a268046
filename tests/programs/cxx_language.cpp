// Bindings, placement and all forms of new, closures, references, moves, statics, complex numbers.
#include "check.hpp"
#include <vector>
#include <memory>
#include <new>
#include <complex>
#include <functional>
#include <utility>
#include <tuple>
#include <string>
struct V {
    double x, y;
    V operator+(const V& o) const {
        return {x+o.x, y+o.y};
    }
    V operator*(double k) const {
        return {x*k, y*k};
    }
    double dot(const V&o) const {
        return x*o.x+y*o.y;
    }
};
double l1(double x) {
    V v{x, x*x};
    auto [a,b] = v*2+v;
    return a*b;
}
double l2(double x) {
    alignas(double) unsigned char buf[sizeof(V)];
    V* p = new (buf) V{x, 2*x};
    double r = p->dot(*p);
    p->~V();
    return r;
}
struct alignas(64) Big {
    double d[8];
};
double l3(double x) {
    Big* b = new Big;
    for (int i=0;i<8;i++) b->d[i]=x*i;
    double s=0;
    for (double d: b->d) s+=d*d;
    delete b;
    double* a = new double[5];
    for(int i=0;i<5;i++) a[i]=s*x;
    s=a[4];
    delete[] a;
    double* n = new (std::nothrow) double(s);
    s = *n * x;
    delete n;
    Big* bb = new Big[2];
    bb[1].d[3]=s;
    s=bb[1].d[3]*x;
    delete[] bb;
    return s;
}
double l4(double x) {
    std::complex<double> z(x, 1);
    auto w = z*z + std::exp(z);
    return std::norm(w) + std::abs(z) + std::arg(z);
}
double l5(double x) {
    std::function<double(double)> f = [x](double y){
        return x*y;
    };
    std::function<double(double)> g = f;
    return g(f(x));
}
struct RM {
    double& r;
    const double& c;
    double get() const {
        return r*c;
    }
};
double l6(double x) {
    double y = x*x;
    RM m{x, y};
    m.r += 1;
    return m.get();
}
struct Own {
    double* p;
    Own(double v):p(new double(v)){}
    Own(Own&&o) noexcept:p(std::exchange(o.p,nullptr)){}
    Own& operator=(Own&&o) noexcept {
        std::swap(p,o.p);
        return *this;
    }
    Own(const Own&o):p(new double(*o.p)){}
    ~Own(){
        delete p;
    }
};
double l7(double x) {
    Own a(x), b(2*x);
    Own c(std::move(a));
    b = std::move(c);
    Own d = b;
    *d.p *= *b.p;
    return *d.p;
}
static double table_(int i) {
    static const std::vector<double> t{1,2,3};
    return t[i];
}
double l8(double x) {
    double s=0;
    for (int i=0;i<3;i++) s += table_(i)*std::pow(x,i+1);
    return s;
}
thread_local double tl = 2;
inline double inl = 3;
constexpr double cx(int n) {
    double r=1;
    for(int i=0;i<n;i++) r*=1.5;
    return r;
}
double l9(double x) {
    constexpr double c = cx(4);
    return tl*inl*c*x*x;
}
template<class F> double apply(F&& f, double x) {
    return f(x);
}
double l10(double x) {
    double acc = 0;
    auto add = [&acc](double v) mutable {
        acc += v*v;
        return acc;
    };
    for (int i=0;i<4;i++) apply(add, x*i);
    auto rec = [](auto self, int n, double v) -> double {
        return n ? v*self(self,n-1,v) : 1;
    };
    return acc*rec(rec,3,x);
}
template<class... A> double sum(A... a) {
    return (a + ...);
}
double l11(double x) {
    auto t = std::make_tuple(x, x*x, 3);
    return sum(std::get<0>(t), std::get<1>(t)*std::get<2>(t));
}
struct Mat {
    std::vector<double> d;
    int n;
    Mat(int n):d(n*n),n(n){}
    double& operator()(int i,int j){
        return d[i*n+j];
    }
};
double l12(double x) {
    Mat a(3);
    for(int i=0;i<3;i++)for(int j=0;j<3;j++) a(i,j)=x*(i+1)+j;
    Mat b=a;
    double s=0;
    for(int i=0;i<3;i++)for(int j=0;j<3;j++)for(int k=0;k<3;k++) s+=a(i,k)*b(k,j);
    return s;
}
struct S {
    double k;
    double m(double x) const {
        return k*x*x;
    }
    static double st(double x) {
        return x*x*x;
    }
};
double l13(double x) {
    S s{x};
    std::string log = "x";
    log += std::to_string(3);
    return s.m(x)*log.size();
}
enum class Op { Add, Mul };
double l14(double x) {
    Op ops[]={Op::Add,Op::Mul,Op::Mul};
    double r=x;
    for (auto o: ops) switch(o) {
        case Op::Add: r+=x;
        break;
        case Op::Mul: r*=x;
        break;
    }
    return r;
}
int main() {
    CHECK_AT(l1, 1.1);
    CHECK_AT(l2, 1.2);
    CHECK_AT(l3, 0.9);
    CHECK_AT(l4, 0.7);
    CHECK_AT(l5, 1.4);
    CHECK_AT(l6, 0.5);
    CHECK_AT(l7, 1.5);
    CHECK_AT(l8, 0.3);
    CHECK_AT(l9, 0.4);
    CHECK_AT(l10, 0.8);
    CHECK_AT(l11, 0.6);
    CHECK_AT(l12, 0.2);
    CHECK_AT(l13, 0.9);
    CHECK_AT(l14, 1.2);
    {
        S s{3}, ds{0};
        double g = __enzyme_autodiff<double>((void*)+[](const S* s, double x){ return s->m(x); }, enzyme_dup, &s, &ds, 2.0);
        check_close("lam", g, 12);
        check_close("lam k", ds.k, 4);
    }
    {
        check_close("static member", __enzyme_autodiff<double>((void*)&S::st, 2.0), 12);
    }
    return report();
}
