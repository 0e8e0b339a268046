// Eigen: products, decompositions, a convolution of tensors, by its own vector code.
// needs: /usr/include/eigen3/unsupported/Eigen/CXX11/Tensor
// flags: -isystem /usr/include/eigen3 -DEIGEN_MAX_ALIGN_BYTES=32
#include "probe.hpp"
#include <Eigen/Dense>
#include <unsupported/Eigen/CXX11/Tensor>
using namespace Eigen;

double products(const double *x, [[maybe_unused]] int n) {
    Map<const Vector3d> v(x);
    Matrix3d a;
    a << 1, 2, x[0], 4, x[1], 6, 7, 8, 10;
    return (a * v).squaredNorm() + v.dot(a.transpose() * v) + a.inverse().sum() + a.determinant();
}

double convolution(const double *x, [[maybe_unused]] int n) {
    Tensor<double, 2> a = TensorMap<Tensor<const double, 2>>(x, 4, 3);
    Tensor<double, 2> k = TensorMap<Tensor<const double, 2>>(x + 2, 2, 2);
    Eigen::array<int, 2> d{0, 1};
    Tensor<double, 2> c = a.convolve(k, d);
    Tensor<double, 0> s = c.square().sum();
    return s(0);
}

double eigenvalues(const double *x, [[maybe_unused]] int n) {
    Matrix3d a;
    a << x[0] * x[1], x[1], x[2], x[1], x[2] * x[2] + 4, x[0], x[2], x[0], 9 + x[2];
    SelfAdjointEigenSolver<Matrix3d> s(a);
    return s.eigenvalues()(0) + 3 * s.eigenvalues()(2) + s.eigenvectors().col(1).cwiseAbs().maxCoeff();
}

double grown(const double *x, int n) {
    VectorXd v(1);
    v(0) = x[0];
    for (int i = 1; i < 5; i++) {
        v.conservativeResize(i + 1);
        v(i) = v(i - 1) * x[i % n];
    }
    return v.squaredNorm();
}

int main() {
    PROBE(grown, {0.6, 0.7, 1.4});
    PROBE(products, {1, 2, 3});
    PROBE(convolution, {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3});
    PROBE(eigenvalues, {1, 2, 3});
    return failures != 0;
}
