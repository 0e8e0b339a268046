#include "physics.h"

#include <math.h>

static double coefficient = 0.01;

double drag(double velocity) { return coefficient * velocity * fabs(velocity); }
