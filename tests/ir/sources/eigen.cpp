// Dense and sparse linear algebra with Eigen.
#include <Eigen/Dense>
#include <Eigen/Sparse>
#include <iostream>

double solve(int n) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Random(n, n);
  Eigen::VectorXd b = Eigen::VectorXd::Ones(n);
  Eigen::MatrixXd spd = a * a.transpose() + n * Eigen::MatrixXd::Identity(n, n);
  Eigen::VectorXd x = spd.llt().solve(b);
  return (spd * x - b).norm() + a.partialPivLu().determinant() + b.cwiseAbs().maxCoeff();
}
double sparse(int n) {
  Eigen::SparseMatrix<double> m(n, n);
  std::vector<Eigen::Triplet<double>> entries;
  for (int i = 0; i < n; i++) entries.emplace_back(i, i, 2.0 + i);
  m.setFromTriplets(entries.begin(), entries.end());
  Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> solver(m);
  return solver.solve(Eigen::VectorXd::Ones(n)).sum();
}
Eigen::Vector3d rotate(const Eigen::Quaterniond &q, const Eigen::Vector3d &v) {
  return q.normalized().toRotationMatrix() * v + v.cross(Eigen::Vector3d::UnitX());
}
int main(int argc, char **) {
  std::cout << solve(argc + 3) << sparse(argc) << rotate({1, 2, 3, 4}, {1, 0, 0}) << std::endl;
}
