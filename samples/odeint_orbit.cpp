// An orbit by Boost.Odeint: the derivative of where a planet is in the end by how it started and by
// the mass of its sun, through the integrator as it stands in its headers.
#include <array>
#include <boost/numeric/odeint.hpp>
#include <cmath>
#include <cstdio>
#include <enzyme/enzyme>

using State = std::array<double, 4>; // place, then speed

static double distance(const double *start, double mass) {
    State state = {start[0], start[1], start[2], start[3]};
    auto gravity = [mass](const State &s, State &rate, double /*time*/) {
        const double square = s[0] * s[0] + s[1] * s[1], pull = mass / (square * std::sqrt(square));
        rate = {s[2], s[3], -pull * s[0], -pull * s[1]};
    };
    boost::numeric::odeint::runge_kutta4<State> method;
    boost::numeric::odeint::integrate_const(method, gravity, state, 0.0, 2.0, 0.01);
    return std::hypot(state[0], state[1]);
}

int main() {
    const double start[4] = {1, 0, 0, 1.2}, mass = 1.0, h = 1e-6;
    double d_start[4] = {};
    const double d_mass = __enzyme_autodiff<double>((void *)distance, enzyme_dup, start, d_start,
                                                    enzyme_out, mass);
    double worst = std::fabs(d_mass - (distance(start, mass + h) - distance(start, mass - h)) / (2 * h));
    for (int i = 0; i < 4; i++) {
        double up[4] = {1, 0, 0, 1.2}, down[4] = {1, 0, 0, 1.2};
        up[i] += h, down[i] -= h;
        const double want = (distance(up, mass) - distance(down, mass)) / (2 * h);
        worst = std::fmax(worst, std::fabs(d_start[i] - want));
    }
    std::printf("distance %.6f; by the start %.6f %.6f %.6f %.6f, by the mass %.6f; off by %.1e\n",
                distance(start, mass), d_start[0], d_start[1], d_start[2], d_start[3], d_mass, worst);
    return worst < 1e-7 ? 0 : 1;
}
