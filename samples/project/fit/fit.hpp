// Finding the start of a shot: the interface of the library aim.
#pragma once

#include "physics.h"

namespace fit {

struct Result {
  start found;
  double miss;  // squared
  int rounds;
};

/// Starts from a guess and goes down the gradient of `miss` until the target is hit.
Result aim(start guess, double target);

}  // namespace fit
