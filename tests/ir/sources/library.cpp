// A C++ file that pulls in a great part of the standard library, with exceptions and classes.
#include <algorithm>
#include <any>
#include <array>
#include <atomic>
#include <bitset>
#include <chrono>
#include <cmath>
#include <complex>
#include <deque>
#include <functional>
#include <future>
#include <iomanip>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <queue>
#include <random>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <valarray>
#include <variant>
#include <vector>

namespace shapes {
struct Shape {
  virtual ~Shape() = default;
  virtual double area() const = 0;
  virtual std::string name() const { return "shape"; }
};
struct Tagged { virtual int tag() const { return 1; } virtual ~Tagged() {} };
struct Circle : Shape, virtual Tagged {
  double r;
  explicit Circle(double r) : r(r) { if (r < 0) throw std::invalid_argument("negative radius"); }
  double area() const override { return M_PI * r * r; }
  int tag() const override { return 2; }
};
struct Rectangle : Shape, virtual Tagged {
  double a, b;
  Rectangle(double a, double b) : a(a), b(b) {}
  double area() const override { return a * b; }
  std::string name() const override { return "rectangle"; }
};
struct Failure : std::runtime_error { using runtime_error::runtime_error; int code = 3; };
}  // namespace shapes

template <typename T, std::size_t N> struct Matrix {
  std::array<T, N * N> data{};
  T &operator()(std::size_t i, std::size_t j) { return data[i * N + j]; }
  friend Matrix operator*(Matrix a, Matrix b) {
    Matrix c;
    for (std::size_t i = 0; i < N; i++)
      for (std::size_t j = 0; j < N; j++)
        for (std::size_t k = 0; k < N; k++) c(i, j) += a(i, k) * b(k, j);
    return c;
  }
};
template <typename... T> auto sum(T... values) { return (values + ...); }
thread_local std::string scratch = "per thread";
inline int once() { static int value = std::rand(); return value; }

double collections(int n) {
  std::vector<double> v(n);
  std::iota(v.begin(), v.end(), 0.5);
  std::sort(v.begin(), v.end(), [](double a, double b) { return std::cos(a) < std::cos(b); });
  std::map<std::string, std::vector<int>> groups;
  std::unordered_map<int, std::unique_ptr<shapes::Shape>> owned;
  std::set<std::pair<int, double>> ordered;
  std::deque<int> d(n, 3);
  std::list<float> l{1, 2, 3};
  for (int i = 0; i < n; i++) {
    groups[std::to_string(i % 7)].push_back(i);
    if (i & 1) owned[i] = std::make_unique<shapes::Circle>(i);
    else owned.emplace(i, std::make_unique<shapes::Rectangle>(i, 2));
    ordered.insert({i, v[i]});
  }
  l.sort(std::greater<>());
  l.remove_if([&](float x) { return x > n; });
  std::priority_queue<double> queue(v.begin(), v.end());
  std::unordered_set<std::string> seen{"a", "b"};
  std::bitset<100> bits(n);
  std::valarray<double> arr(1.0, 10);
  arr = std::sin(arr) * 2.0 + arr;
  double total = std::accumulate(v.begin(), v.end(), 0.0) + arr.sum() + bits.count() + seen.size();
  for (auto &[key, value] : groups) total += key.size() * std::inner_product(value.begin(), value.end(), value.begin(), 0);
  for (auto &entry : owned) total += entry.second->area() + entry.second->name().size();
  std::partial_sum(v.begin(), v.end(), v.begin());
  std::stable_sort(d.begin(), d.end());
  std::shuffle(v.begin(), v.end(), std::mt19937_64{42});
  std::nth_element(v.begin(), v.begin() + n / 2, v.end());
  return total + queue.top() + std::get<1>(*ordered.begin());
}

std::string text(const std::string &input) {
  std::ostringstream out;
  out << std::setw(8) << std::hex << input.size() << std::setprecision(12) << 1.5 << '\n';
  std::regex pattern("([a-z]+)([0-9]*)");
  std::smatch match;
  if (std::regex_search(input, match, pattern)) out << match[1] << match[2].length();
  std::istringstream in(input);
  std::string word;
  while (in >> word) out << word.substr(word.size() / 2) << std::stod("1.25") << scratch;
  return out.str();
}

using Value = std::variant<int, double, std::string>;
double visited(const Value &v, std::optional<int> o, const std::any &a) {
  double base = std::visit([](auto const &x) -> double {
    if constexpr (std::is_arithmetic_v<std::decay_t<decltype(x)>>) return x;
    else return x.size();
  }, v);
  if (a.type() == typeid(int)) base += std::any_cast<int>(a);
  return base + o.value_or(3);
}

int guarded(int depth) try {
  std::shared_ptr<shapes::Circle> c = std::make_shared<shapes::Circle>(depth - 2);
  std::function<int(int)> f = [&](int k) { return k <= 0 ? c->tag() : f(k - 1) + 1; };
  try {
    if (depth > 5) throw shapes::Failure("deep");
    if (depth > 4) throw depth;
    std::vector<int>().at(depth);
  } catch (const shapes::Failure &e) {
    std::cerr << e.what() << e.code;
    throw;
  } catch (int value) {
    return value;
  } catch (const std::out_of_range &) {
    if (dynamic_cast<shapes::Tagged *>(c.get())) return f(depth);
  }
  return 0;
} catch (...) {
  return -1;
}
void quiet() noexcept { guarded(7); }

double parallel(int n) {
  std::mutex lock;
  std::atomic<double> total{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < n; i++)
    threads.emplace_back([&, i] {
      std::lock_guard<std::mutex> hold(lock);
      total.store(total.load() + std::sqrt(double(i)));
    });
  for (auto &t : threads) t.join();
  auto later = std::async(std::launch::async, collections, n);
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return total + later.get();
}

int main(int argc, char **argv) {
  Matrix<std::complex<double>, 3> m;
  m(0, 1) = {1, 2};
  std::cout << (m * m)(1, 1) << sum(1, 2.5, 3L) << once() << text(argv[0]) << parallel(argc)
            << visited(Value(2.0), std::nullopt, std::any(3)) << guarded(argc) << std::endl;
  int (shapes::Tagged::*member)() const = &shapes::Tagged::tag;
  shapes::Circle circle(1);
  quiet();
  return (circle.*member)();
}
