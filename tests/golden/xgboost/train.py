#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Train small XGBoost models of every kind that roost reads, and write what XGBoost itself
predicts with them. Usage: train.py DIRECTORY. Exits with 77 when there is no xgboost.

For each case: CASE-json/model.json, CASE-ubj/model.ubj, CASE.rows (float32, row by row),
CASE.scores (float32), and a line 'CASE rows features outputs' in cases.txt."""
import os
import sys

try:
    import numpy as np
    import xgboost as xgb
except ImportError as error:
    print("skipped: python3-xgboost is not installed (%s)" % error)
    sys.exit(77)

ROWS, FEATURES, CATEGORIES = 160, 6, 40
random = np.random.default_rng(20261122)


def rows(missing):
    """Rounded, so that many values lie exactly on a threshold."""
    x = random.normal(size=(ROWS, FEATURES)).round(1).astype(np.float32)
    x[:, 5] = random.integers(0, CATEGORIES, ROWS)
    if missing:
        x[random.random(x.shape) < 0.15] = np.nan
    return x


def signal(x):
    z = np.nan_to_num(x)
    return z[:, 0] - 0.7 * z[:, 1] * z[:, 2] + 0.5 * ((z[:, 5].astype(int) * 7) % 5 - 2)


def label(objective, x):
    s = signal(x) + random.normal(scale=0.3, size=ROWS)
    if objective.startswith("multi"):
        return np.digitize(s, [-1, 0.5, 1.5])
    if objective.startswith("binary") or objective == "reg:logistic":
        return (s > 0).astype(int)
    if objective == "count:poisson":
        return random.poisson(np.exp(np.clip(s / 2, -3, 2)))
    if objective in ("reg:gamma", "reg:tweedie", "reg:squaredlogerror", "survival:cox",
                     "survival:aft"):
        return np.exp(np.clip(s / 2, -3, 3)) + 0.01
    if objective.startswith("rank"):
        return np.digitize(s, [-0.5, 1.0])
    return s


class Writer:
    def __init__(self, directory):
        self.directory = directory
        self.lines = []

    def write(self, name, booster, x, scores):
        for kind in ("json", "ubj"):
            folder = os.path.join(self.directory, "%s-%s" % (name, kind))
            os.makedirs(folder, exist_ok=True)
            booster.save_model(os.path.join(folder, "model." + kind))
        scores = np.asarray(scores, dtype="<f4")
        x.astype("<f4").tofile(os.path.join(self.directory, name + ".rows"))
        scores.tofile(os.path.join(self.directory, name + ".scores"))
        outputs = scores.size // len(x)
        self.lines.append("%s %d %d %d" % (name, len(x), x.shape[1], outputs))

    def finish(self):
        with open(os.path.join(self.directory, "cases.txt"), "w") as out:
            out.write("\n".join(self.lines) + "\n")
        print("%d models in %s" % (len(self.lines), self.directory))


def train(writer, name, params, missing=False, named=False, category=False, rounds=6,
          targets=1):
    params = dict(params, nthread=1, seed=7)
    params.setdefault("max_depth", 4)
    x = rows(missing)
    y = label(params["objective"], x)
    if targets > 1:
        y = np.stack([y * (k + 1) + k for k in range(targets)], axis=1)
    more = {}
    if named:
        more["feature_names"] = ["age", "height #1", "größe", "d", "e", "kind"]
    if category:
        more["feature_types"] = ["q"] * 5 + ["c"]
    if params["objective"] == "survival:aft":
        data = xgb.DMatrix(x, **more)
        data.set_float_info("label_lower_bound", y)
        data.set_float_info("label_upper_bound", y * 1.5)
    else:
        data = xgb.DMatrix(x, y, **more)
    if params["objective"].startswith("rank"):
        data.set_group([20] * (ROWS // 20))
    booster = xgb.train(params, data, rounds)
    probe = rows(missing)
    if category:  # codes that training never saw, and some that are no codes
        probe[:8, 5] = [40, 63, 64, 1000, -1, 3.5, 16777216, np.nan]
    test = xgb.DMatrix(np.concatenate([x, probe]), **more)
    writer.write(name, booster, np.concatenate([x, probe]), booster.predict(test))


def early_stopped(writer, name, params):
    """best_iteration lies before the last one: the trees after it must not count."""
    x, other = rows(True), rows(True)
    data = xgb.DMatrix(x, label(params["objective"], x))
    check = xgb.DMatrix(other, label(params["objective"], other))
    booster = xgb.train(dict(params, nthread=1, seed=7, eta=1.0, max_depth=5), data, 40,
                        evals=[(check, "check")], early_stopping_rounds=5,
                        verbose_eval=False)
    assert booster.best_iteration + 1 < booster.num_boosted_rounds()
    scores = booster.predict(check, iteration_range=(0, booster.best_iteration + 1))
    writer.write(name, booster, other, scores)


def edges(writer, method):
    """Thresholds and values at the ends of float32: zeros of both signs, subnormals, the
    largest, and neighbours of one and of 2^24; then rows that miss everything."""
    ends = np.array([0, -0.0, 1e-45, -1e-45, 1.1754944e-38, 3.4028235e38, -3.4028235e38, 1,
                     np.nextafter(np.float32(1), np.float32(2)),
                     np.nextafter(np.float32(1), np.float32(0)), 16777216, 0.1],
                    dtype=np.float32)
    x = random.choice(ends, size=(ROWS, FEATURES)).astype(np.float32)
    probe = random.choice(np.append(ends, np.float32(np.nan)), size=(ROWS, FEATURES))
    probe[0] = np.nan
    booster = xgb.train({"objective": "reg:squarederror", "max_depth": 8, "nthread": 1,
                         "tree_method": method, "min_child_weight": 0, "lambda": 0},
                        xgb.DMatrix(x, random.normal(size=ROWS)), 10)
    both = np.concatenate([x, probe.astype(np.float32)])
    writer.write("edges-" + method, booster, both, booster.predict(xgb.DMatrix(both)))


def odd(w):
    """Shapes that few models have: trees of one leaf, stumps, forests without boosting,
    base scores near the ends of their range."""
    for objective in ("binary:logistic", "reg:squarederror", "multi:softprob"):
        name = objective.replace(":", "-")
        classes = {"num_class": 4} if objective.startswith("multi") else {}
        one = dict(classes, objective=objective)
        train(w, "leaf-" + name, dict(one, min_child_weight=1e9), missing=True)
        train(w, "leaf-dart-" + name, dict(one, min_child_weight=1e9, booster="dart",
                                           rate_drop=0.3), missing=True)
        train(w, "stump-" + name, dict(one, max_depth=1, num_parallel_tree=4, subsample=0.6,
                                       base_score=1e-7), missing=True)
        train(w, "deep-" + name, dict(one, max_depth=12, min_child_weight=0,
                                      base_score=0.999999), missing=True, rounds=1)
    for base in (1e6, -1e6, 3e38):
        train(w, "squarederror-%g" % base, {"objective": "reg:squarederror",
                                            "base_score": base})
        train(w, "dart-%g" % base, {"objective": "reg:squarederror", "base_score": base,
                                    "booster": "dart", "rate_drop": 0.5})
    train(w, "poisson-small", {"objective": "count:poisson", "base_score": 1e-30})
    for method in ("exact", "hist", "approx"):
        edges(w, method)


def main():
    directory = sys.argv[1]
    os.makedirs(directory, exist_ok=True)
    cases = os.path.join(directory, "cases.txt")
    if os.path.exists(cases):
        os.remove(cases)  # a failure half way must not leave an old list
    w = Writer(directory)
    for objective in ("binary:logistic", "binary:logitraw", "binary:hinge",
                      "reg:squarederror", "reg:squaredlogerror", "reg:logistic",
                      "reg:pseudohubererror", "reg:absoluteerror", "reg:gamma",
                      "reg:tweedie", "count:poisson", "survival:cox", "survival:aft",
                      "rank:pairwise", "rank:ndcg", "rank:map"):
        name = objective.replace(":", "-")
        train(w, name, {"objective": objective}, missing=True)
        train(w, name + "-base", {"objective": objective, "base_score": 0.3},
              named=True)
    for objective in ("multi:softprob", "multi:softmax"):
        name = objective.replace(":", "-")
        train(w, name, {"objective": objective, "num_class": 4}, missing=True)
        train(w, name + "-forest", {"objective": objective, "num_class": 4,
                                    "num_parallel_tree": 3, "subsample": 0.7}, named=True)
    train(w, "squarederror-base", {"objective": "reg:squarederror", "base_score": -12.5})
    train(w, "poisson-base", {"objective": "count:poisson", "base_score": 3.25})
    train(w, "targets", {"objective": "reg:squarederror", "tree_method": "hist"}, targets=3)
    train(w, "pruned", {"objective": "reg:squarederror", "tree_method": "exact",
                        "gamma": 2.0, "max_depth": 6})
    train(w, "lossguide", {"objective": "binary:logistic", "tree_method": "hist",
                           "grow_policy": "lossguide", "max_leaves": 20, "max_depth": 0},
          missing=True, rounds=20)
    for name, few in (("onehot", 1000), ("partition", 1)):
        train(w, "category-" + name,
              {"objective": "binary:logistic", "tree_method": "hist",
               "max_cat_to_onehot": few, "max_depth": 5}, category=True, rounds=10)
        train(w, "category-%s-missing" % name,
              {"objective": "multi:softprob", "num_class": 4, "tree_method": "hist",
               "max_cat_to_onehot": few}, category=True, named=True, missing=True)
    for name, objective in (("dart", "binary:logistic"), ("dart-reg", "reg:squarederror")):
        train(w, name, {"objective": objective, "booster": "dart", "rate_drop": 0.5},
              missing=True, rounds=20)
    train(w, "dart-multi", {"objective": "multi:softprob", "num_class": 4,
                            "booster": "dart", "rate_drop": 0.5, "skip_drop": 0.1},
          rounds=10)
    for objective in ("reg:squarederror", "binary:logistic", "count:poisson"):
        train(w, "linear-" + objective.replace(":", "-"),
              {"objective": objective, "booster": "gblinear", "base_score": 0.4,
               "eta": 0.1, "max_depth": 0}, missing=True, named=True)
    train(w, "linear-softprob", {"objective": "multi:softprob", "num_class": 4,
                                 "booster": "gblinear", "max_depth": 0}, missing=True)
    early_stopped(w, "early-binary", {"objective": "binary:logistic"})
    early_stopped(w, "early-multi", {"objective": "multi:softprob", "num_class": 4,
                                     "num_parallel_tree": 2, "subsample": 0.8})
    odd(w)
    w.finish()


if __name__ == "__main__":
    main()
