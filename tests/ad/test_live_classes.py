"""Virtual calls mean the classes of which objects can come in, from wherever they come;
`tests/programs/cxx_live_classes.cpp` has those that are made in what is differentiated."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from calling import Enzcc, run_enzcc

PROGRAM = """
#include <cmath>
#include <cstdio>
#include <functional>
#include <memory>
#include <new>
#include <pthread.h>
#include <vector>
template <class R, class... T> R __enzyme_autodiff(T...);
struct Curve {
  virtual ~Curve() = default;
  virtual double at(double t) const = 0;
};
struct Linear : Curve {
  double at(double t) const override { return 2 * t; }
};
struct Rough : Curve {
  double at(double t) const override { return std::sin(t) * t; }
};
struct Nested : Curve {
  std::shared_ptr<Curve> inner = std::make_shared<Rough>();
  double at(double t) const override { return inner->at(2 * t); }
};
static double value(const Curve &c, double t) { return c.at(t) + c.at(2 * t) * t; }

static const Curve *current;
static double variable(const double *x) { return value(*current, *x); }
struct Settings {
  std::vector<std::shared_ptr<Curve>> curves;
  static Settings &instance() {
    static Settings only;
    return only;
  }
};
static double singleton(const double *x) {
  double s = 0;
  for (auto &c : Settings::instance().curves) s += value(*c, *x);
  return s;
}
const Curve *other_file();
static double from_function(const double *x) { return value(*other_file(), *x); }
void fill(Curve **);
static double from_output(const double *x) {
  Curve *c;
  fill(&c);
  return value(*c, *x);
}
struct Failure { virtual double cost() const { return 1; } };
struct Costly : Failure { double cost() const override { return 3; } };
void raise_it();
static double thrown(const double *x) {
  try {
    raise_it();
  } catch (const Failure &f) {
    return f.cost() * *x * *x;
  }
  return 0;
}

static double reference(const Curve &c, const double *x) { return value(c, *x); }
static double owners(const std::vector<std::unique_ptr<Curve>> &all, const double *x) {
  double s = 0;
  for (auto &c : all) s += value(*c, *x);
  return s;
}
using Function = std::function<double(double)>;
static double closure(const Function &f, const double *x) { return f(*x) * *x; }
static double word(void *any, const double *x) { return value(*static_cast<Curve *>(any), *x); }
struct Holder {
  const Curve *curve;
  double k, more[4];
};
static double holder(Holder h, const double *x) { return value(*h.curve, *x) * h.k; }
static double member(const Holder *h, const double *x) { return value(*h->curve, *x) * h->k; }
static double integer(unsigned long any, const double *x) {
  return value(*reinterpret_cast<Curve *>(any), *x);
}
alignas(16) static unsigned char bytes[sizeof(Nested)];
static double in_bytes(const double *x) {
  return value(*reinterpret_cast<const Curve *>(bytes), *x);
}
static unsigned long word_of;
static double in_word(const double *x) {
  return value(*reinterpret_cast<const Curve *>(word_of), *x);
}
static pthread_key_t key;
static double of_thread(const double *x) {
  return value(*static_cast<const Curve *>(pthread_getspecific(key)), *x);
}
static __attribute__((noinline)) double all_of(const Curve *const *c, int n, double t) {
  double s = t * t;
  for (int i = 0; i < n; i++) s += c[i]->at(t);
  return s;
}
static double of_nothing(const double *x) {
  const Curve *none[2] = {};
  return all_of(none, *x < 0, *x);
}
static double numbers(const std::vector<double> &more, const double *x) {
  std::vector<std::unique_ptr<Curve>> all;
  for (int i = 0; i < 3; i++) all.push_back(std::make_unique<Linear>());
  return value(*all[more.size()], *x) * more[0];
}
#if defined(OTHER_FILE)
const Curve *other_file() { static Nested c; return &c; }
void fill(Curve **c) { *c = new Nested; }
void raise_it() { throw Costly(); }
#else
extern int enzyme_const, enzyme_dup;
int main() {
  Nested nested;
  current = new (bytes) Nested;
  word_of = reinterpret_cast<unsigned long>(current);
  pthread_key_create(&key, nullptr);
  pthread_setspecific(key, current);
  Settings::instance().curves = {std::make_shared<Nested>(), std::make_shared<Rough>()};
  std::vector<std::unique_ptr<Curve>> all;
  all.push_back(std::make_unique<Nested>());
  Function f = [c = std::make_shared<Nested>()](double t) { return value(*c, t); };
  std::vector<double> more{1.5};
  Holder h{&nested, 2, {}};
  (void)f, (void)more, (void)h;
  double x = 0.75, dx = 0, step = 1e-5, up = x + step, down = x - step;
#ifdef GIVEN
  double want = (ROOT(GIVEN, &up) - ROOT(GIVEN, &down)) / (2 * step);
  __enzyme_autodiff<void>((void *)ROOT, enzyme_const, PASSED, enzyme_dup, &x, &dx);
#else
  double want = (ROOT(&up) - ROOT(&down)) / (2 * step);
  __enzyme_autodiff<void>((void *)ROOT, enzyme_dup, &x, &dx);
#endif
  if (std::fabs(dx - want) < 1e-6) return 0;
  std::printf("%g, want %g\\n", dx, want);
  return 1;
}
#endif
"""

OUTSIDE = {
    "variable": (),
    "singleton": (),
    "from_function": (),
    "from_output": (),
    "thrown": (),
    "reference": ("nested", "&nested"),
    "owners": ("all", "&all"),
    "closure": ("f", "&f"),
    "word": ("&nested", "&nested"),
    "holder": ("h", "h"),
    "member": ("&h", "&h"),
    "integer": ("(unsigned long)&nested", "(unsigned long)&nested"),
    "in_bytes": (),
    "in_word": (),
    "of_thread": (),
    "of_nothing": (),
}


FLAGS = ("-O1", "-w", "-std=c++17", "-c")


@pytest.fixture(scope="module")
def other_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The object with main, and with objects of which the differentiated file knows nothing."""
    folder = tmp_path_factory.mktemp("other")
    (folder / "f.cpp").write_text(PROGRAM)
    done = run_enzcc([*FLAGS, "-DOTHER_FILE", "-o", "g.o", "f.cpp"], cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "g.o"


@pytest.mark.parametrize("root", OUTSIDE)
def test_objects_from_elsewhere_are_met(
    root: str, enzcc: Enzcc, tmp_path: Path, other_file: Path
) -> None:
    (tmp_path / "f.cpp").write_text(PROGRAM)
    given = OUTSIDE[root]
    words = [f"-DGIVEN={given[0]}", f"-DPASSED={given[1]}"] if given else []
    done = enzcc(*FLAGS, *words, f"-DROOT={root}", "-o", "f.o", "f.cpp")
    if done.returncode and root in ("from_function", "from_output", "thrown"):
        assert "error: " in done.stderr  # nothing is known of the other file: as it always was
        return
    assert done.returncode == 0, done.stderr
    done = enzcc("f.o", other_file, "-lstdc++", "-lm", "-o", "program")
    assert done.returncode == 0, done.stderr
    ran = subprocess.run([tmp_path / "program"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def compared(enzcc: Enzcc, tmp_path: Path, root: str, *words: str) -> set[str]:
    """The classes with whose functions the derivative compares what it calls."""
    (tmp_path / "f.cpp").write_text(PROGRAM)
    flags = ["-O1", "-w", "-std=c++17", "-S", "-emit-llvm", "-o", "f.ll"]
    done = enzcc(*flags, f"-DROOT={root}", *words, "f.cpp")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "f.ll").read_text()
    return set(re.findall(r" = icmp eq ptr [^\n]*@_ZNK\d([A-Z][a-z]+)2atEd\b", text))


def test_classes_of_which_nobody_makes_objects_are_left_out(enzcc: Enzcc, tmp_path: Path) -> None:
    given = ["-DGIVEN=more", "-DPASSED=&more"]
    assert compared(enzcc, tmp_path, "numbers", *given) <= {"Linear"}
    given = ["-DGIVEN=nested", "-DPASSED=&nested"]
    assert compared(enzcc, tmp_path, "reference", *given) == {"Rough", "Nested"}
