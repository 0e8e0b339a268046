// Eigen: singular values and vectors of matrices that are not square. The solver of dynamic size holds
// two others, and expressions that hold the one or the other are copied to one place.
// needs: /usr/include/eigen3/Eigen/Dense
// flags: -isystem /usr/include/eigen3
#include "probe.hpp"
#include <Eigen/Dense>
using namespace Eigen;

double solution(const double *x, [[maybe_unused]] int n) {
    MatrixXd a = Map<const MatrixXd>(x, 3, 2);
    JacobiSVD<MatrixXd> s(a, ComputeThinU | ComputeThinV);
    VectorXd r = s.solve(Vector3d(1, 2, x[0]));
    return r.squaredNorm() + 2 * s.singularValues()(0) + s.matrixU()(2, 1) * s.matrixV()(0, 1);
}

int main() {
    PROBE(solution, {1, 2, 3, 4, 5, 7});
    return failures != 0;
}
