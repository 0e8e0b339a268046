"""Functions of other files, called through pointers whose shadows the program hands over."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from calling import Enzcc

PLUG_IN = r"""
    #include <enzyme.h>
    #include <math.h>
    double drag(double v, const double *c, int n) { return c[0] * v * v + c[n] * sin(v); }
    void *drag_shadow(void) { return __enzyme_virtualreverse((void *)drag); }
    void push(double *s, float a) { s[0] = s[0] * a + s[1]; }
    void *push_shadow(void) { return __enzyme_virtualreverse((void *)push); }

    struct both { double value, tangent; };
    static struct both drag_tangent(double v, double dv, const double *c, const double *dc,
                                    int n, int dn) {
      return (struct both){drag(v, c, n), dc[0] * v * v + dc[n] * sin(v)
                                            + (2 * c[0] * v + c[n] * cos(v)) * dv};
    }
    static void push_tangent(double *s, double *ds, float a, float da) {
      ds[0] = ds[0] * a + s[0] * da + ds[1];
      s[0] = s[0] * a + s[1];
    }
    void *drag_forward[] = {(void *)drag_tangent}, *push_forward[] = {(void *)push_tangent};
"""
PROGRAM = r"""
    #include <enzyme.h>
    #include <stdio.h>
    typedef double force(double, const double *, int);
    typedef void step(double *, float);
    force drag;
    step push;
    void *drag_shadow(void), *push_shadow(void);
    extern void *drag_forward[], *push_forward[];
    struct plug_in { force *g; step *p; double k; };

    OWN /* whether the file itself has a function of that type, too */

    static double run(struct plug_in *p, double *x) {
      double s[2] = {x[0], x[1]};
      for (int i = 0; i < 4; i++) p->p(s, (float)x[2]), s[1] *= p->k;
      return s[0] * p->g(s[1], x, 1);
    }
    static double direct(force *g, double v, const double *c) {
      double s = 0;
      for (int i = 0; i < 3; i++) s += g(v * (i + 1), c, i) * v;
      return s;
    }
    static int compare(double got, double want) {
      if (got - want < 1e-5 && want - got < 1e-5) return 0;
      printf("%.9g, want %.9g\n", got, want);
      return 1;
    }
    int main(int count, char **words) {
      struct plug_in p = {drag, push, 0.75}, q = p;
      struct plug_in back = {(force *)drag_shadow(), (step *)push_shadow(), 0};
      struct plug_in forth = {(force *)drag_forward, (step *)push_forward, 0};
      double x[3] = {0.25, 0.5, 0.5}, dx[3] = {0}, e = 1.0 / 1024 / 8;
      int wrong = 0;
      if (count > 1) back = words[1][0] == 'n' ? (struct plug_in){0} : p;
      __enzyme_autodiff_void((void *)run, &p, &back, x, dx);
      for (int i = 0; i < 3; i++) {
        double a[3] = {x[0], x[1], x[2]}, b[3] = {x[0], x[1], x[2]}, t[3] = {0};
        a[i] += e, b[i] -= e, t[i] = 1;
        double want = (run(&p, a) - run(&p, b)) / (2 * e);
        wrong += compare(dx[i], want);
        wrong += compare(__enzyme_fwddiff((void *)run, &p, &forth, x, t), want);
      }
      q.k = p.k + e;
      double up = run(&q, x);
      q.k = p.k - e;
      wrong += compare(back.k, (up - run(&q, x)) / (2 * e));

      double c[3] = {1, 2, 3}, dc[3] = {0}, v = 0.5;
      double dv = __enzyme_autodiff((void *)direct, enzyme_dup, drag, drag_shadow(), v, c, dc);
      wrong += compare(dv, (direct(drag, v + e, c) - direct(drag, v - e, c)) / (2 * e));
      double t[3] = {0, 1, 0};
      wrong += compare(
          __enzyme_fwddiff((void *)direct, enzyme_dup, drag, drag_forward, v, 0.0, c, t), dc[1]);
      return wrong;
    }
"""
OWN = "static double own(double v, const double *c, int n) { return v * c[n]; } force *used = own;"


@pytest.mark.parametrize("level", ["-O0", "-O2"])
@pytest.mark.parametrize("own", ["", OWN], ids=["alone", "beside"])
def test_shadows_tell_the_derivatives(
    enzcc: Enzcc, clang: str, tmp_path: Path, level: str, own: str
) -> None:
    (tmp_path / "plug_in.c").write_text(PLUG_IN)
    (tmp_path / "main.c").write_text(PROGRAM.replace("OWN", own))
    done = enzcc(level, "main.c", "plug_in.c", "-o", "prog", "-lm", clang=clang)
    assert (done.returncode, done.stderr) == (0, "")
    ran = subprocess.run([tmp_path / "prog"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")
    for word in ("null", "same"):
        ran = subprocess.run([tmp_path / "prog", word], capture_output=True, text=True, check=False)
        assert ran.returncode != 0
        assert "main.c:16: the function called here through a pointer has no" in ran.stderr


def test_one_without_shadow_may_read_behind_pointers(
    enzcc: Enzcc, clang: str, tmp_path: Path
) -> None:
    """Though no function of the file that has its type does."""
    (tmp_path / "plug_in.c").write_text("""
        struct box { double *numbers; int n; };
        static double sum(const struct box *b) { return b->numbers[0] + b->numbers[1]; }
        void *chosen(void) { return (void *)sum; }
    """)
    (tmp_path / "main.c").write_text("""
        double __enzyme_autodiff(void *, ...);
        struct box { double *numbers; int n; };
        typedef double function(const struct box *);
        static double count(const struct box *b) { return b->n; }
        function *used = count, *chosen(void);
        static double f(double x) {
          double numbers[2] = {x, 2 * x};
          struct box b = {numbers, 2};
          return chosen()(&b) + x;
        }
        int main(void) { return (int)__enzyme_autodiff((void *)f, 2.0); }
    """)
    done = enzcc("-O1", "main.c", "plug_in.c", "-o", "prog", clang=clang)
    assert (done.returncode, done.stderr) == (0, "")
    ran = subprocess.run([tmp_path / "prog"], capture_output=True, text=True, check=False)
    assert ran.returncode < 0
    assert "main.c:10: the function called here through a pointer has no" in ran.stderr
