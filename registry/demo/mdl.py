# SPDX-License-Identifier: MIT
"""Bin edges by the minimum description length principle (Fayyad and Irani, 1993)."""
import numpy as np


def _entropy(ones, total):
    p = np.clip(ones / np.maximum(total, 1), 1e-300, 1)
    q = np.clip(1 - ones / np.maximum(total, 1), 1e-300, 1)
    return -(p * np.log2(p) + q * np.log2(q))


def _best_cut(x, y):
    """(index of the first value right of the cut, its gain), or None. x is sorted."""
    n = len(x)
    left = np.arange(1, n)
    ones_left = np.cumsum(y)[:-1]
    ones = y.sum()
    split = (left * _entropy(ones_left, left) +
             (n - left) * _entropy(ones - ones_left, n - left)) / n
    split[x[1:] == x[:-1]] = np.inf
    at = int(np.argmin(split))  # the lowest cut wins a tie
    if not np.isfinite(split[at]):
        return None
    return at + 1, float(_entropy(ones, n) - split[at])


def _accepted(y, at, gain):
    n = len(y)

    def stats(part):
        classes = len(np.unique(part))
        return classes, classes * float(_entropy(part.sum(), len(part)))
    k, weighted = stats(y)
    _, weighted_left = stats(y[:at])
    _, weighted_right = stats(y[at:])
    delta = np.log2(3.0 ** k - 2) - (weighted - weighted_left - weighted_right)
    return gain > (np.log2(n - 1) + delta) / n


def edges(values, labels, most=16):
    """Increasing edges of at most `most` bins of the values; bins are half-open [a, b)."""
    order = np.argsort(values, kind="stable")
    x, y = np.asarray(values)[order], np.asarray(labels)[order]
    found, pending = [], [(0, len(x))]
    while pending and len(found) < most - 1:
        first, last = pending.pop(0)  # widest first, so that `most` cuts the finest ones
        if last - first < 2:
            continue
        cut = _best_cut(x[first:last], y[first:last])
        if cut is None or not _accepted(y[first:last], *cut):
            continue
        at = first + cut[0]
        found.append((float(x[at - 1]) + float(x[at])) / 2)
        pending += [(first, at), (at, last)]
    return sorted(found)
