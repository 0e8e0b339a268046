// Bundle adjustment with Eigen: cameras and points are moved until what the cameras should see is
// what they saw. One call of reverse mode gives the gradient of the error by all of them.
#include <Eigen/Dense>
#include <cmath>
#include <cstdio>
#include <enzyme/enzyme>
#include <vector>

using Eigen::Map;
using Eigen::Matrix3d;
using Eigen::Vector2d;
using Eigen::Vector3d;

struct Sighting {
    int camera, point;
    Vector2d at;
};

// A camera is a rotation vector, a place, and a focal length.
constexpr int camera_size = 7;

static Vector2d project(const double *camera, const Vector3d &point) {
    Map<const Vector3d> turn(camera), place(camera + 3);
    const double angle = std::sqrt(turn.squaredNorm() + 1e-12);
    const Matrix3d rotation = Eigen::AngleAxisd(angle, turn / angle).toRotationMatrix();
    const Vector3d seen = rotation * (point - place);
    return camera[6] * seen.head<2>() / seen.z();
}

static double error(const double *cameras, const double *points, const Sighting *sightings,
                    int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        const Sighting &s = sightings[i];
        Map<const Vector3d> point(points + 3 * s.point);
        sum += (project(cameras + camera_size * s.camera, point) - s.at).squaredNorm();
    }
    return sum;
}

static double gradient(const std::vector<double> &cameras, const std::vector<double> &points,
                       const std::vector<Sighting> &sightings, std::vector<double> &d_cameras,
                       std::vector<double> &d_points) {
    d_cameras.assign(cameras.size(), 0.0);
    d_points.assign(points.size(), 0.0);
    const int count = (int)sightings.size();
    __enzyme_autodiff<void>((void *)error, enzyme_dup, cameras.data(), d_cameras.data(), enzyme_dup,
                            points.data(), d_points.data(), enzyme_const, sightings.data(),
                            enzyme_const, count);
    return error(cameras.data(), points.data(), sightings.data(), count);
}

int main() {
    std::vector<double> cameras = {0.1, -0.2, 0.05, 0, 0, -4, 1.1, -0.1, 0.3, 0, 1, 0, -5, 0.9};
    std::vector<double> points;
    for (int i = 0; i < 8; i++)
        for (double p : {i & 1 ? 1.0 : -1.0, i & 2 ? 1.0 : -1.0, i & 4 ? 0.5 : -0.5})
            points.push_back(p);
    std::vector<Sighting> sightings;
    for (int c = 0; c < 2; c++)
        for (int p = 0; p < 8; p++) {
            Map<const Vector3d> point(points.data() + 3 * p);
            sightings.push_back({c, p, project(cameras.data() + camera_size * c, point)});
        }
    for (size_t i = 0; i < points.size(); i++) points[i] += 0.05 * std::sin(7.0 * i);

    std::vector<double> d_cameras, d_points;
    const double start = gradient(cameras, points, sightings, d_cameras, d_points);

    double worst = 0; // against differences
    for (size_t i = 0; i < cameras.size() + points.size(); i++) {
        const bool camera = i < cameras.size();
        double &x = camera ? cameras[i] : points[i - cameras.size()];
        const double got = camera ? d_cameras[i] : d_points[i - cameras.size()], kept = x, h = 1e-6;
        const int count = (int)sightings.size();
        x = kept + h;
        const double up = error(cameras.data(), points.data(), sightings.data(), count);
        x = kept - h;
        const double down = error(cameras.data(), points.data(), sightings.data(), count);
        x = kept;
        worst = std::fmax(worst, std::fabs(got - (up - down) / (2 * h)));
    }

    double now = start;
    for (int step = 0; step < 2000; step++) {
        for (size_t i = 0; i < points.size(); i++) points[i] -= 0.5 * d_points[i];
        now = gradient(cameras, points, sightings, d_cameras, d_points);
    }
    std::printf("error %.3e, after 2000 steps %.3e; gradient off by %.1e\n", start, now, worst);
    return worst < 1e-7 && now < 1e-3 * start ? 0 : 1;
}
