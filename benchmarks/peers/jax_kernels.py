"""The gradients of kernels by JAX on one core of the CPU, as far as they can be said in it.

    python jax_kernels.py KERNEL gradient|fingerprint MILLISECONDS SIZE|INSTANCE

Prints what the programs of `kernels/` print. A function here makes the same instance as its C file,
with the same numbers, or reads the file of one, and returns the point and the function; times are
those of the compiled gradient. Without variant: is the kernel here?
"""

import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

jax.config.update("jax_enable_x64", True)

Problem = tuple[Any, Callable[[Any], Any]]


def xorshift() -> Iterator[float]:
    """The numbers of `uniform` in harness.h, between 0 and 1."""
    state, mask = 88172645463325252, (1 << 64) - 1
    while True:
        state ^= (state << 13) & mask
        state ^= state >> 7
        state ^= (state << 17) & mask
        yield (state >> 11) * 2.0**-53


NUMBERS = xorshift()


def uniforms(count: int, low: float, high: float) -> Any:
    """As in harness.h."""
    return low + (high - low) * np.fromiter(NUMBERS, float, count)


def brusselator(n: int) -> Problem:
    x = uniforms(2 * n * n + 3, 0.5, 1.5)
    weights = uniforms(2 * n * n, -1, 1).reshape(2, n, n)
    x[-3:] = 3.4, 1, 10.0 / (n * n)
    step = 1.0 / (n - 1)
    at = np.arange(n) * step
    inside = (at[:, None] - 0.3) ** 2 + (at[None, :] - 0.6) ** 2 <= 0.1 * 0.1
    source = np.where(inside, 5.0, 0.0)

    def spread(u: Any) -> Any:
        wide = jnp.pad(u, 1, mode="edge")
        return wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, 2:] + wide[1:-1, :-2] - 4 * u

    def f(x: Any) -> Any:
        u, v = x[:-3].reshape(2, n, n)
        a, b, alpha = x[-3], x[-2], x[-1] / (step * step)
        reaction = u * u * v
        du = alpha * spread(u) + b + reaction - (a + 1) * u + source
        dv = alpha * spread(v) + a * u - reaction
        return jnp.sum(weights[0] * du) + jnp.sum(weights[1] * dv)

    return x, f


def heat(n: int) -> Problem:
    start, target = uniforms(n * n, 0, 1), uniforms(n * n, 0, 1)

    def step(u: Any, _: Any) -> Any:
        c = u[1:-1, 1:-1]
        new = c + 0.2 * (u[:-2, 1:-1] + u[2:, 1:-1] - 4 * c + u[1:-1, :-2] + u[1:-1, 2:])
        return u.at[1:-1, 1:-1].set(new), None

    def f(x: Any) -> Any:
        last, _ = lax.scan(step, x.reshape(n, n), None, length=50)
        return jnp.sum((last.ravel() - target) ** 2)

    return start, f


def cholesky(n: int) -> Problem:
    a = uniforms(n * n, -1, 1).reshape(n, n)
    a = np.tril(a, -1) + np.tril(a, -1).T + np.diag(np.full(n, 2.0 + n))

    def f(x: Any) -> Any:
        lower = jnp.tril(x.reshape(n, n))
        whole = lower + jnp.tril(lower, -1).T
        return 2 * jnp.sum(jnp.log(jnp.diag(jnp.linalg.cholesky(whole, symmetrize_input=False))))

    return a.ravel(), f


def nbody(n: int) -> Problem:
    x = uniforms(4 * n, 0.5, 1.5)
    below = np.tril(np.ones((n, n), bool), -1)

    def f(x: Any) -> Any:
        place, mass = x[: 3 * n].reshape(n, 3), x[3 * n :]
        square = jnp.sum((place[:, None] - place[None, :]) ** 2, axis=2) + 1e-4
        return -jnp.sum(jnp.where(below, mass[:, None] * mass[None, :] / jnp.sqrt(square), 0))

    return x, f


def log_sum_exp(n: int) -> Problem:
    return uniforms(n, -5, 5), jax.nn.logsumexp


def matrix_descent(n: int) -> Problem:
    return uniforms(n * n + n, -1, 1), lambda x: jnp.sum(
        (x[: n * n].reshape(n, n) @ x[n * n :]) ** 2
    )


def matrix_chain(n: int) -> Problem:
    def f(x: Any) -> Any:
        product, *others = x.reshape(8, n, n)
        for factor in others:
            product = product @ factor
        return jnp.sum(product**2)

    return uniforms(8 * n * n, -1, 1) / np.sqrt(n), f


def neural_net(d: int) -> Problem:
    hidden, classes, n = 32, 10, 20
    x = uniforms(hidden * (d + 1) + classes * (hidden + 1), -0.1, 0.1)
    image = uniforms(n * d, 0, 1).reshape(n, d)
    label = np.arange(n) % classes
    cuts = np.cumsum([hidden * d, hidden, classes * hidden])

    def f(x: Any) -> Any:
        first, bias, second, last = jnp.split(x, cuts)
        inner = jnp.tanh(image @ first.reshape(hidden, d).T + bias)
        score = inner @ second.reshape(classes, hidden).T + last
        return jnp.sum(jnp.log(jnp.sum(jnp.exp(score), axis=1)) - score[np.arange(n), label])

    return x, f


def taylor_log(n: int) -> Problem:
    powers = np.arange(1, n + 1)
    return np.array([1 - 1e-6]), lambda x: jnp.sum(x[0] ** powers / powers)


def black_scholes(n: int) -> Problem:
    x = uniforms(4 * n + 1, 0.5, 1.5)
    x[3 * n : 4 * n] *= 0.3
    x[-1] = 0.03

    def normal(d: Any) -> Any:
        return 0.5 * jax.scipy.special.erfc(-d * np.sqrt(0.5))

    def f(x: Any) -> Any:
        price, strike, time, volatility = x[:-1].reshape(4, n)
        spread = volatility * jnp.sqrt(time)
        d1 = (jnp.log(price / strike) + (x[-1] + volatility**2 / 2) * time) / spread
        discount = jnp.exp(-x[-1] * time)
        return jnp.sum(price * normal(d1) - strike * discount * normal(d1 - spread))

    return x, f


def logistic(n: int) -> Problem:
    x, table = uniforms(21, -1, 1), uniforms(n * 20, -1, 1).reshape(n, 20)
    answer = np.where(uniforms(n, -1, 1) > 0, 1.0, -1.0)
    return x, lambda x: jnp.mean(jnp.log1p(jnp.exp(-answer * (table @ x[:20] + x[20]))))


def scan(n: int) -> Problem:
    x = uniforms(n + 3, -1, 1)
    x[:3] = 0.05, 0.1, 0.85

    def f(x: Any) -> Any:
        p = x[:3]

        def step(carry: Any, value: Any) -> Any:
            variance, total = carry
            square = value * value
            total += jnp.log(variance) + square / variance
            return (p[0] + p[1] * square + p[2] * variance, total), None

        (_, total), _ = lax.scan(step, (p[0] / (1 - p[1] - p[2]), 0.0), x[3:])
        return total / 2

    return x, f


def euler(n: int) -> Problem:
    def f(x: Any) -> Any:
        rate = x[2:]

        def step(u: Any, _: Any) -> Any:
            both = u[0] * u[1]
            slope = jnp.array([rate[0] * u[0] - rate[1] * both, rate[2] * both - rate[3] * u[1]])
            return u + 1e-4 * slope, None

        return jnp.sum(lax.scan(step, x[:2], None, length=n)[0])

    return np.array([2, 1, 1.1, 0.4, 0.1, 0.4]), f


def runge_kutta(slope: Callable[[Any], Any], h: float, u: Any, n: int) -> Any:
    """n steps of the classical method."""

    def step(u: Any, _: Any) -> Any:
        k1 = slope(u)
        k2 = slope(u + h / 2 * k1)
        k3 = slope(u + h / 2 * k2)
        k4 = slope(u + h * k3)
        return u + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4), None

    return lax.scan(step, u, None, length=n)[0]


def lorenz(n: int) -> Problem:
    def f(x: Any) -> Any:
        s, r, b = x[3:]

        def slope(u: Any) -> Any:
            return jnp.array([s * (u[1] - u[0]), u[0] * (r - u[2]) - u[1], u[0] * u[1] - b * u[2]])

        return runge_kutta(slope, 1e-5, x[:3], n) @ np.array([1.0, 2, 3])

    return np.array([1, 2, 20, 10, 28, 8.0 / 3]), f


def rk4(n: int) -> Problem:
    x = uniforms(48, -0.5, 0.2)
    for i in range(6):
        x[i], x[6 + 7 * i], x[42 + i] = 1 + 0.1 * i, -1, 1

    def f(x: Any) -> Any:
        rate, free = x[6:42].reshape(6, 6), x[42:]
        return runge_kutta(lambda u: u * (free + rate @ u), 1e-4, x[:6], n) @ np.arange(1.0, 7)

    return x, f


def numbers_of(path: str, integers: int, sizes: Callable[..., list[int]]) -> tuple[Any, ...]:
    """The integers that a file begins with, then arrays of the sizes that follow from them."""
    words = Path(path).read_text().split()
    first = [int(word) for word in words[:integers]]
    cuts = np.cumsum(sizes(*first))
    return (*first, *np.split(np.array(words[integers:], float), cuts[:-1]))


def gmm(path: str) -> Problem:
    d, k, n, x, points, (gamma, m) = numbers_of(
        path, 3, lambda d, k, n: [k * (1 + d + d * (d + 1) // 2), n * d, 2]
    )
    points = points.reshape(n, d)
    column, row = np.triu_indices(d, 1)  # the strictly lower triangle, column by column

    def f(x: Any) -> Any:
        alphas, means, icf = jnp.split(x, [k, k + k * d])
        means, icf = means.reshape(k, d), icf.reshape(k, -1)
        diagonals, sums = jnp.exp(icf[:, :d]), jnp.sum(icf[:, :d], axis=1)
        factors = jnp.zeros((k, d, d)).at[:, row, column].set(icf[:, d:])
        factors += diagonals[:, :, None] * np.eye(d)
        scaled = jnp.einsum("kij,nkj->nki", factors, points[:, None] - means)
        terms = alphas + sums - 0.5 * jnp.sum(scaled**2, axis=2)
        square = jnp.sum(diagonals**2) + jnp.sum(icf[:, d:] ** 2)
        prior = 0.5 * gamma**2 * square - m * jnp.sum(sums)
        each = jax.nn.logsumexp(terms, axis=1)
        return jnp.sum(each) - n * jax.nn.logsumexp(alphas) + prior  # and what is constant

    return x, f


def lstm(path: str) -> Problem:
    layers, n, bits, x, start, text = numbers_of(
        path, 3, lambda layers, n, bits: [(8 * layers + 3) * bits, 2 * layers * bits, n * bits]
    )
    start, text = start.reshape(layers, 2, bits), text.reshape(n, bits)

    def f(x: Any) -> Any:
        gates = x[: 8 * layers * bits].reshape(layers, 2, 4, bits)
        scale, out, bias = x[8 * layers * bits :].reshape(3, bits)

        def step(state: Any, both: Any) -> Any:
            character, following = both
            signal, new = character * scale, []
            for (hidden, cell), (w, b) in zip(state, gates, strict=True):
                forget, outgate = jax.nn.sigmoid(signal * w[::2] + b[::2])
                ingate = jax.nn.sigmoid(hidden * w[1] + b[1])
                cell = cell * forget + ingate * jnp.tanh(hidden * w[3] + b[3])
                signal = outgate * jnp.tanh(cell)
                new.append(jnp.stack([signal, cell]))
            scores = signal * out + bias
            return jnp.stack(new), jnp.sum(following * (scores - jax.nn.logsumexp(scores)))

        _, terms = lax.scan(step, jnp.asarray(start), (text[:-1], text[1:]))
        return -jnp.sum(terms) / ((n - 1) * bits)

    return x, f


OF_SIZE = {
    f.__name__: f
    for f in (brusselator, heat, cholesky, nbody, log_sum_exp, matrix_descent, matrix_chain)
    + (neural_net, taylor_log, black_scholes, logistic, scan, euler, lorenz, rk4)
}
OF_FILE = {f.__name__: f for f in (gmm, lstm)}


def seconds_of(call: Callable[[], object], seconds: float) -> float:
    """Processor time of one call, the middle one of several that fill `seconds` together."""
    call()
    times: list[float] = []
    begin = time.process_time()
    while len(times) < 3 or time.process_time() - begin < seconds:
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return sorted(times)[len(times) // 2]


def main() -> None:
    if len(sys.argv) == 2:
        sys.exit(sys.argv[1] not in {*OF_SIZE, *OF_FILE})
    kernel, variant, milliseconds, instance = sys.argv[1:]
    x, f = OF_FILE[kernel](instance) if kernel in OF_FILE else OF_SIZE[kernel](int(instance))
    point, gradient = jnp.asarray(x), jax.jit(jax.grad(f))
    if variant == "fingerprint":
        found = np.asarray(gradient(point))
        weights = 1 + np.arange(found.size) * 7 % 11
        print(f"fingerprint {np.sum(found * weights):.17g} {np.sum(abs(found)):.17g}")
        return
    taken = seconds_of(lambda: gradient(point).block_until_ready(), 1e-3 * float(milliseconds))
    print(f"seconds {taken:g}")
    print(f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}")


if __name__ == "__main__":
    main()
