#include "fit.hpp"

#include <cmath>
#include <cstdio>

int main() {
  const double target = 40;
  fit::Result result = fit::aim({20, 0.6}, target);
  std::printf("target %.0f m: %.4f m/s at %.4f rad, misses by %.1e m\n", target,
              result.found.speed, result.found.angle, std::sqrt(result.miss));
  const bool good = result.miss < 1e-8 && steps_taken() > 1000;
  std::puts(good ? "hit" : "MISSED");
  return good ? 0 : 1;
}
