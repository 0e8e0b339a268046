"""Make small instances for the samples `gmm`, `ba` and `lstm`, with the right answers.

Usage: python make_data.py FOLDER [SEED]

The instances have the formats of the ADBench suite (`lstm`: the one described in lstm.c). The
answers are independent of the C code: each objective is written a second time here, and its
derivatives come from complex steps, `f'(x) = Im f(x + ih) / h`, which are exact to rounding.
The same seed makes the same files.
"""

import cmath
import math
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TypeAlias

Number: TypeAlias = float | complex
Numbers: TypeAlias = Sequence[Number]

STEP = 1e-100


class Instance(NamedTuple):
    """The text of an instance, and how to compute the numbers of its answer."""

    text: str
    answer: Callable[[], list[float]]


def derivatives(f: Callable[[Numbers], Numbers], x: Sequence[float]) -> list[list[float]]:
    """The Jacobian of `f` at `x`: a row for each result, a column for each argument."""
    columns = [
        [complex(y).imag / STEP for y in f([*x[:i], complex(x[i], STEP), *x[i + 1 :]])]
        for i in range(len(x))
    ]
    return [list(row) for row in zip(*columns, strict=True)]


def value_and_gradient(f: Callable[[Numbers], Numbers], x: Sequence[float]) -> list[float]:
    """The single result of `f` at `x`, and its gradient."""
    (value,), (gradient,) = f(x), derivatives(f, x)
    return [real(value), *gradient]


def real(x: Number) -> float:
    """The value without its derivative."""
    return complex(x).real


def chunks(x: Numbers, size: int) -> list[Numbers]:
    """`x` in rows of `size`."""
    return [x[i : i + size] for i in range(0, len(x), size)]


def total(terms: Iterable[Number]) -> Number:
    """A sum that mypy accepts for real and complex terms alike."""
    result: Number = 0.0
    for term in terms:
        result += term
    return result


def log_sum_exp(x: Numbers) -> Number:
    """log(sum exp(x)), safe against overflow."""
    largest = max(map(real, x))
    return largest + cmath.log(total(cmath.exp(v - largest) for v in x))


# ---- gmm


def gmm_objective(
    d: int, k: int, points: list[Sequence[float]], gamma: float, m: int, parameters: Numbers
) -> Number:
    """The log-likelihood of a Gaussian mixture with a Wishart prior."""
    size = d * (d + 1) // 2
    alphas = parameters[:k]
    means = chunks(parameters[k : k + k * d], d)
    factors = chunks(parameters[k + k * d :], size)
    result: Number = 0.0
    for point in points:
        terms = []
        for alpha, mean, icf in zip(alphas, means, factors, strict=True):
            v = [x - c for x, c in zip(point, mean, strict=True)]
            lower = iter(icf[d:])
            y = [cmath.exp(icf[i]) * v[i] for i in range(d)]
            for j in range(d):
                for i in range(j + 1, d):
                    y[i] += next(lower) * v[j]
            terms.append(alpha + total(icf[:d]) - total(c * c for c in y) / 2)
        result += log_sum_exp(terms)
    n = len(points)
    result -= n * log_sum_exp(alphas) + n * d * math.log(2 * math.pi) / 2
    count = d + m + 1
    constant = count * d * (math.log(gamma) - math.log(2) / 2) - (
        d * (d - 1) / 4 * math.log(math.pi)
        + sum(math.lgamma(count / 2 + (1 - j) / 2) for j in range(1, d + 1))
    )
    for icf in factors:
        square = total(cmath.exp(2 * q) for q in icf[:d]) + total(q * q for q in icf[d:])
        result += gamma**2 / 2 * square - m * total(icf[:d]) - constant
    return result


def make_gmm(random_numbers: random.Random, d: int, k: int, n: int) -> Instance:
    """A mixture of `k` normal distributions in `d` dimensions, `n` points."""
    gauss = random_numbers.gauss
    gamma, m = 1.0, 2
    size = d * (d + 1) // 2
    alphas = [gauss(0, 1) for _ in range(k)]
    means = [gauss(0, 1) for _ in range(k * d)]
    icf = [gauss(0, 0.5) for _ in range(k * size)]
    points: list[Sequence[float]] = [[gauss(0, 1) for _ in range(d)] for _ in range(n)]
    parameters = [*alphas, *means, *icf]

    def objective(x: Numbers) -> Numbers:
        return [gmm_objective(d, k, points, gamma, m, x)]

    instance = rows([d, k, n], *([a] for a in alphas), *chunks(means, d), *chunks(icf, size))
    instance += rows(*points, [gamma, m])
    return Instance(instance, lambda: value_and_gradient(objective, parameters))


# ---- ba


def reproject(camera: Numbers, point: Numbers) -> Numbers:
    """Where a camera sees a point."""
    v = [point[i] - camera[3 + i] for i in range(3)]
    a, b, c = camera[:3]
    angle = cmath.sqrt(a * a + b * b + c * c)
    axis = [a / angle, b / angle, c / angle]
    turned = [
        axis[1] * v[2] - axis[2] * v[1],
        axis[2] * v[0] - axis[0] * v[2],
        axis[0] * v[1] - axis[1] * v[0],
    ]
    along = total(axis[i] * v[i] for i in range(3)) * (1 - cmath.cos(angle))
    seen = [
        cmath.cos(angle) * v[i] + cmath.sin(angle) * turned[i] + along * axis[i] for i in range(3)
    ]
    x, y = seen[0] / seen[2], seen[1] / seen[2]
    square = x * x + y * y
    scale = camera[6] * (1 + camera[9] * square + camera[10] * square**2)
    return [x * scale + camera[7], y * scale + camera[8]]


def make_ba(random_numbers: random.Random, cameras: int, points: int, n: int) -> Instance:
    """One camera that sees one point, which stand for all."""
    uniform = random_numbers.uniform
    camera = [uniform(-1, 1) for _ in range(3)] + [uniform(-2, 2) for _ in range(3)]
    camera += [uniform(300, 500), uniform(-10, 10), uniform(-10, 10)]
    camera += [uniform(-0.1, 0.1), uniform(-0.01, 0.01)]
    point = [uniform(-1, 1), uniform(-1, 1), uniform(5, 8)]
    weight = uniform(0.2, 0.9)
    feature = [real(p) + uniform(-2, 2) for p in reproject(camera, point)]

    def errors(x: Numbers) -> Numbers:
        projected = reproject(x[:11], x[11:14])
        return [x[14] * (p - f) for p, f in zip(projected, feature, strict=True)]

    def answer() -> list[float]:
        inputs = [*camera, *point, weight]
        jacobian = derivatives(errors, inputs)
        values = [real(error) for error in errors(inputs)]
        return [*values, *jacobian[0], *jacobian[1], 1 - weight**2, -2 * weight]

    return Instance(rows([cameras, points, n], camera, point, [weight], feature), answer)


# ---- lstm


def sigmoid(x: Number) -> Number:
    """The logistic function."""
    return 1 / (1 + cmath.exp(-x))


def lstm_loss(
    layers: int, bits: int, start: Sequence[float], text: list[Sequence[float]], x: Numbers
) -> Number:
    """The mean cross entropy of the network's predictions."""
    gates = [chunks(row, bits) for row in chunks(x[: 8 * layers * bits], 8 * bits)]
    in_scale, out_scale, out_bias = chunks(x[8 * layers * bits :], bits)
    hidden: list[list[Number]] = [list(row[:bits]) for row in chunks(start, 2 * bits)]
    cells: list[list[Number]] = [list(row[bits:]) for row in chunks(start, 2 * bits)]
    result: Number = 0.0
    for character, following in pairwise(text):
        signal: list[Number] = [c * s for c, s in zip(character, in_scale, strict=True)]
        for gate, h, cell in zip(gates, hidden, cells, strict=True):
            for i in range(bits):
                forget = sigmoid(signal[i] * gate[0][i] + gate[4][i])
                ingate = sigmoid(h[i] * gate[1][i] + gate[5][i])
                outgate = sigmoid(signal[i] * gate[2][i] + gate[6][i])
                candidate = cmath.tanh(h[i] * gate[3][i] + gate[7][i])
                cell[i] = cell[i] * forget + ingate * candidate
                h[i] = outgate * cmath.tanh(cell[i])
            signal = h
        scores = [s * signal[i] + out_bias[i] for i, s in enumerate(out_scale)]
        normaliser = log_sum_exp(scores)
        result += total(f * (s - normaliser) for f, s in zip(following, scores, strict=True))
    return -result / ((len(text) - 1) * bits)


def make_lstm(random_numbers: random.Random, layers: int, n: int, bits: int) -> Instance:
    """`layers` layers that read `n` characters of `bits` bits."""
    gauss = random_numbers.gauss
    parameters = [gauss(0, 1) for _ in range((8 * layers + 3) * bits)]
    start = [gauss(0, 0.5) for _ in range(2 * layers * bits)]
    text: list[Sequence[float]] = [
        [float(random_numbers.randrange(2)) for _ in range(bits)] for _ in range(n)
    ]

    def loss(x: Numbers) -> Numbers:
        return [lstm_loss(layers, bits, start, text, x)]

    weights, scales = parameters[: 8 * layers * bits], parameters[8 * layers * bits :]
    instance = rows([layers, n, bits], *chunks(weights, 8 * bits), *chunks(scales, bits))
    instance += rows(*chunks(start, 2 * bits), *text)
    return Instance(instance, lambda: value_and_gradient(loss, parameters))


# ---- files


def rows(*lines: Numbers) -> str:
    """Lines of numbers separated by spaces, each number to the last bit."""
    return "".join(" ".join(map(repr, line)) + "\n" for line in lines)


def column(numbers: Iterable[float]) -> str:
    """One number a line."""
    return "".join(f"{number:.17g}\n" for number in numbers)


def make(folder: Path, seed: int = 1) -> list[Path]:
    """Write all instances and their answers into `folder`; the instances' paths are returned."""
    numbers = random.Random(seed)
    made = {
        "gmm_d2_K3": make_gmm(numbers, 2, 3, 40),
        "gmm_d4_K5": make_gmm(numbers, 4, 5, 25),
        "gmm_d1_K1": make_gmm(numbers, 1, 1, 7),
        "ba_n2_m3_p10": make_ba(numbers, 2, 3, 10),
        "ba_n1_m1_p1": make_ba(numbers, 1, 1, 1),
        "lstm_l2_c12": make_lstm(numbers, 2, 12, 4),
        "lstm_l1_c2": make_lstm(numbers, 1, 2, 2),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, instance in made.items():
        (folder / f"{name}.txt").write_text(instance.text)
        (folder / f"{name}.expected.txt").write_text(column(instance.answer()))
    return [folder / f"{name}.txt" for name in made]


def main() -> None:
    """Write the files named on the command line."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    for path in make(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else 1):
        print(path)


if __name__ == "__main__":
    main()
