// Eigen: a rotation from one vector to another needs, for vectors that are nearly opposite, the singular
// values of a matrix of fixed size that is not square. Its solver holds another one, and calls kernels
// for large matrices, of which the sizes tell that they are not meant.
// needs: /usr/include/eigen3/Eigen/Geometry
// flags: -isystem /usr/include/eigen3
// sanitizers: when full
#include "probe.hpp"
#include <Eigen/Geometry>
using namespace Eigen;

double turned(const double *x, [[maybe_unused]] int n) {
    const Vector3d from(x[0], x[1], x[2]), to(x[3], x[4], x[5]);
    const Quaterniond q = Quaterniond::FromTwoVectors(from, to);
    return (q * Vector3d(1, 2, 3)).dot(Vector3d(3, x[0], 1)) + q.w();
}

int main() {
    PROBE(turned, {1, 2, 3, 4, 5, 7});
    return failures != 0;
}
