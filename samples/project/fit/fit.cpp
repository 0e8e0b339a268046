#include "fit.hpp"

#include <cmath>

template <class... T> void __enzyme_autodiff(void *, T...);
extern int enzyme_const;

namespace fit {

Result aim(start guess, double target) {
  Result result{guess, miss(&guess, target), 0};
  double rate = 1e-3;
  while (result.miss > 1e-10 && result.rounds < 1000) {
    start slope{0, 0};  // of miss, which is defined in another file, in C
    __enzyme_autodiff((void *)miss, &result.found, &slope, enzyme_const, target);
    start next = result.found;
    next.speed -= rate * slope.speed;
    next.angle -= rate * slope.angle / 1000;
    double reached = miss(&next, target);
    if (reached < result.miss) {
      result.found = next;
      result.miss = reached;
      rate *= 1.5;
    } else {
      rate /= 3;
    }
    result.rounds++;
  }
  return result;
}

}  // namespace fit
