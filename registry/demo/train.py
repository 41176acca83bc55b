#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Train the demo models: will a person of the census earn above 50k (as a click)?

usage: train.py DATA_DIR [--out MODELS_DIR]

DATA_DIR holds adult_train.csv and adult_test.csv (UCI Adult). Needs Debian's
python3-sklearn and python3-xgboost. Writes two versions of census_linear, census_trees and
census_mlp with goldens of its own making, and prints AUC and log-loss of each on the test
split.
"""
import argparse
import csv
import json
import os
import shutil
import warnings

import numpy as np
import xgboost
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.neural_network import MLPClassifier

import mdl
import roostfmt

NUMBERS = ["age", "education_num", "capital_gain", "capital_loss", "hours_per_week"]
WORDS = ["workclass", "education", "marital_status", "occupation", "relationship", "race",
         "sex", "native_country"]
SHARED = ["education", "marital_status", "relationship", "sex"]  # vocabularies of both
HASHED = ["workclass", "occupation", "race", "native_country"]
HASH_BITS, CROSS_BITS = 10, 12
GOLDEN_ROWS = 200


def read_rows(path):
    """[{feature: value}] without the missing ones, and labels [n] of 0 and 1."""
    rows, labels = [], []
    with open(path, encoding="utf-8") as handle:
        for line in csv.DictReader(handle):
            row = {name: int(line[name]) for name in NUMBERS if line[name].strip()}
            row.update({n: line[n].strip() for n in WORDS if line[n].strip()})
            rows.append(row)
            labels.append(1 if ">50K" in line["income"] else 0)
    return rows, np.array(labels)


def vocabularies(rows, names):
    return {n: sorted({row[n] for row in rows if n in row}) for n in names}


def bin_edges(rows, labels):
    """{number: its MDL edges}"""
    return {n: mdl.edges([r[n] for r in rows if n in r],
                         [y for r, y in zip(rows, labels) if n in r]) for n in NUMBERS}


def bin_of(row, name, edges):
    """The bin of a number; that of a missing one is the last."""
    if name not in row:
        return len(edges) + 1
    return int(np.searchsorted(edges, np.float32(row[name]), "right"))


class Linear:
    """MDL bins, vocabularies, hashed categories and crosses under logistic regression."""

    def __init__(self, rows, labels, words, crosses):
        self.words, self.crosses = words, crosses
        self.edges = bin_edges(rows, labels)
        # (name of the id input, number of slots), in the order of the predictor's `in`.
        self.inputs = ([(f"{n}_bins", len(self.edges[n]) + 2) for n in NUMBERS] +
                       [(f"{n}_index", len(words[n])) for n in SHARED] +
                       [(f"{n}_id", 1 << HASH_BITS) for n in HASHED] +
                       [("_x_".join(parts), 1 << CROSS_BITS) for parts in crosses])
        self.start = dict(zip((n for n, _ in self.inputs),
                              np.cumsum([0] + [s for _, s in self.inputs])))
        self.slots = sum(size for _, size in self.inputs)

    def ids(self, row):
        """{id input: id}; an input that emits nothing is left out."""
        found = {}
        for n in NUMBERS:
            found[f"{n}_bins"] = bin_of(row, n, self.edges[n])
        for n in SHARED:
            if row.get(n) in self.words[n]:
                found[f"{n}_index"] = self.words[n].index(row[n])
        for n in HASHED:
            if n in row:
                found[f"{n}_id"] = roostfmt.category_id(n, row[n], HASH_BITS)
        for parts in self.crosses:
            if all(p in found for p in parts):
                found["_x_".join(parts)] = roostfmt.cross_id([found[p] for p in parts],
                                                             CROSS_BITS)
        return found

    def matrix(self, rows):
        columns, starts = [], [0]
        for row in rows:
            columns += [self.start[n] + i for n, i in self.ids(row).items()]
            starts.append(len(columns))
        return csr_matrix((np.ones(len(columns)), columns, starts),
                          shape=(len(rows), self.slots))

    def fit(self, rows, labels, penalty):
        hold = np.arange(len(rows)) % 5 == 0  # for the calibration
        keep = [r for r, h in zip(rows, hold) if not h]
        model = LogisticRegression(C=penalty, max_iter=1000)
        model.fit(self.matrix(keep), labels[~hold])
        self.weights = model.coef_[0].astype(np.float32)
        self.bias = model.intercept_.astype(np.float32)
        raw = self.raw([r for r, h in zip(rows, hold) if h])
        curve = IsotonicRegression(y_min=1e-3, y_max=1 - 1e-3).fit(raw, labels[hold])
        x, first = np.unique(curve.X_thresholds_, return_index=True)
        self.x, self.y = x.astype(np.float64), curve.y_thresholds_[first].astype(np.float64)

    def raw(self, rows):
        margin = self.matrix(rows) @ self.weights.astype(np.float64) + float(self.bias[0])
        return 1 / (1 + np.exp(-margin))

    def predict(self, rows):
        return np.interp(self.raw(rows), self.x, self.y).astype(np.float32)

    def write(self, folder, metadata):
        tensors = {"lr.w": self.weights, "lr.b": self.bias, "iso.x": self.x, "iso.y": self.y}
        tensors.update({f"{n}.edges": np.array(self.edges[n]) for n in NUMBERS})
        roostfmt.write_safetensors(os.path.join(folder, "weights.safetensors"), tensors)
        lines = ["format: 1"] + input_lines() + ["transforms:"]
        lines += bin_lines()
        lines += vocabulary_lines(self.words, SHARED)
        lines += [f"  {n}_id: {{op: hash, in: {n}, bits: {HASH_BITS}}}" for n in HASHED]
        lines += [f"  {'_x_'.join(p)}: {{op: cross, in: [{', '.join(p)}], "
                  f"bits: {CROSS_BITS}}}" for p in self.crosses]
        lines += ["predictor:", "  op: linear",
                  "  in: [" + ",\n       ".join(n for n, _ in self.inputs) + "]",
                  "  weights: lr.w", "  bias: lr.b", "  link: logistic",
                  "calibration: {op: isotonic, x: iso.x, y: iso.y}"]
        write_yaml(folder, lines, metadata)


class Trees:
    """XGBoost over the numbers and the vocabularies' indices as categories."""

    def __init__(self, words):
        self.words = words

    def matrix(self, rows):
        codes = {n: {w: i for i, w in enumerate(self.words[n])} for n in WORDS}
        data = np.full((len(rows), len(NUMBERS) + len(WORDS)), np.nan, np.float32)
        for at, row in enumerate(rows):
            for j, n in enumerate(NUMBERS):
                data[at, j] = row.get(n, np.nan)
            for j, n in enumerate(WORDS, len(NUMBERS)):
                data[at, j] = codes[n].get(row.get(n), np.nan)
        return xgboost.DMatrix(data, feature_names=NUMBERS + WORDS, enable_categorical=True,
                               feature_types=["float"] * len(NUMBERS) + ["c"] * len(WORDS))

    def fit(self, rows, labels, trees, depth):
        data = self.matrix(rows)
        data.set_label(labels)
        self.booster = xgboost.train(
            {"objective": "binary:logistic", "tree_method": "hist", "max_depth": depth,
             "eta": 0.15, "max_cat_to_onehot": 4, "nthread": 1, "seed": 7}, data, trees)

    def predict(self, rows):
        return self.booster.predict(self.matrix(rows))

    def write(self, folder, metadata):
        self.booster.save_model(os.path.join(folder, "model.ubj"))
        names = NUMBERS + [f"{n}_index" for n in WORDS]
        lines = ["format: 1"] + input_lines() + ["transforms:"]
        lines += vocabulary_lines(self.words, WORDS)
        lines += ["predictor:", "  op: forest",
                  "  in: [" + ",\n       ".join(names) + "]",
                  "  forest: {file: model.ubj}"]
        write_yaml(folder, lines, metadata)


class Mlp:
    """Standardized numbers, and one-hot bins and vocabularies, under hidden layers."""

    def __init__(self, rows, labels, words):
        self.words = words
        self.edges = bin_edges(rows, labels)
        self.logs = ("capital_gain", "capital_loss")  # these take a logarithm first

    def numbers(self, rows):
        data = np.array([[row.get(n, np.nan) for n in NUMBERS] for row in rows], np.float32)
        for j, n in enumerate(NUMBERS):
            if n in self.logs:
                data[:, j] = np.log1p(data[:, j].astype(np.float64))
        return data

    def matrix(self, rows):
        standard = (self.numbers(rows).astype(np.float64) - self.mean) / self.std
        parts = [np.nan_to_num(standard, nan=0.0)]
        for n in NUMBERS:
            hot = np.zeros((len(rows), len(self.edges[n]) + 2))
            hot[np.arange(len(rows)), [bin_of(r, n, self.edges[n]) for r in rows]] = 1
            parts.append(hot)
        for n in WORDS:
            codes = {w: i for i, w in enumerate(self.words[n])}
            hot = np.zeros((len(rows), len(codes)))
            for at, row in enumerate(rows):
                if row.get(n) in codes:
                    hot[at, codes[row[n]]] = 1
            parts.append(hot)
        return np.hstack(parts).astype(np.float32)

    def fit(self, rows, labels, hidden, rounds):
        data = self.numbers(rows).astype(np.float64)
        self.mean, self.std = np.nanmean(data, axis=0), np.nanstd(data, axis=0)
        model = MLPClassifier(hidden, alpha=0.1, max_iter=rounds, random_state=7)
        with warnings.catch_warnings():  # a few rounds are all that is wanted
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(self.matrix(rows), labels)
        self.weights = [w.astype(np.float32) for w in model.coefs_]
        self.biases = [b.astype(np.float32) for b in model.intercepts_]

    def predict(self, rows):
        x = self.matrix(rows).astype(np.float64)
        for at, (w, b) in enumerate(zip(self.weights, self.biases), 1):
            x = x @ w.astype(np.float64) + b
            x = np.maximum(x, 0) if at < len(self.weights) else 1 / (1 + np.exp(-x))
        return x[:, 0].astype(np.float32)

    def write(self, folder, metadata):
        tensors = {f"{n}.edges": np.array(self.edges[n]) for n in NUMBERS}
        for at, (w, b) in enumerate(zip(self.weights, self.biases), 1):
            tensors.update({f"l{at}.w": w, f"l{at}.b": b})
        roostfmt.write_safetensors(os.path.join(folder, "weights.safetensors"), tensors)
        lines = ["format: 1"] + input_lines() + ["transforms:"]
        lines += [f"  {n}_log: {{op: log1p, in: {n}}}" for n in self.logs]
        for j, n in enumerate(NUMBERS):
            source = f"{n}_log" if n in self.logs else n
            lines.append(f"  {n}_std: {{op: standardize, in: {source}, "
                         f"mean: {float(self.mean[j])!r}, std: {float(self.std[j])!r}}}")
        lines += bin_lines()
        lines += [f"  {n}_bins_hot: {{op: one_hot, in: {n}_bins, "
                  f"size: {len(self.edges[n]) + 2}}}" for n in NUMBERS]
        lines += vocabulary_lines(self.words, WORDS)
        lines += [f"  {n}_hot: {{op: one_hot, in: {n}_index, size: {len(self.words[n])}}}"
                  for n in WORDS]
        names = ([f"{n}_std" for n in NUMBERS] + [f"{n}_bins_hot" for n in NUMBERS] +
                 [f"{n}_hot" for n in WORDS])
        lines += ["predictor:", "  op: mlp", "  in: [" + ",\n       ".join(names) + "]",
                  "  layers:"]
        for at in range(1, len(self.weights) + 1):
            kind = "relu" if at < len(self.weights) else "identity"
            lines.append(f"    - {{weights: l{at}.w, bias: l{at}.b, activation: {kind}}}")
        write_yaml(folder, lines + ["  link: logistic"], metadata)


def input_lines():
    return (["inputs:"] + [f"  {n}: {{type: f32}}" for n in NUMBERS] +
            [f"  {n}: {{type: string}}" for n in WORDS])


def bin_lines():
    return [f"  {n}_bins: {{op: discretize, in: {n}, edges: {n}.edges, missing_bin: true}}"
            for n in NUMBERS]


def vocabulary_lines(words, names):
    lines = []
    for n in names:
        values = ",\n      ".join(json.dumps(w) for w in words[n])
        lines.append(f"  {n}_index:\n    op: vocabulary\n    in: {n}\n"
                     f"    values: [{values}]")
    return lines


def write_yaml(folder, lines, metadata):
    lines = lines + ['outputs: {score: {labels: ["<=50K", ">50K"]}}', "metadata:"]
    lines += [f"  {key}: {value}" for key, value in metadata.items()]
    with open(os.path.join(folder, "model.yaml"), "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")


def publish(model, out, name, version, test_rows, test_labels, about, tolerance=None):
    """Write a version with its goldens and print how good it is."""
    folder = os.path.join(out, name, str(version))
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    scores = model.predict(test_rows)
    quality = {"auc": round(float(roc_auc_score(test_labels, scores)), 5),
               "log_loss": round(float(log_loss(test_labels, scores.astype(float))), 5)}
    model.write(folder, {"trained_by": "registry/demo/train.py", **about, **quality})
    roostfmt.write_goldens(os.path.join(folder, "golden.jsonl"), test_rows[:GOLDEN_ROWS],
                           scores[:GOLDEN_ROWS], tolerance)
    roostfmt.write_manifest(folder)
    print(f"{name}/{version}: AUC {quality['auc']:.5f}, log-loss {quality['log_loss']:.5f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", help="folder of adult_train.csv and adult_test.csv")
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "models"))
    args = parser.parse_args()
    rows, labels = read_rows(os.path.join(args.data, "adult_train.csv"))
    test_rows, test_labels = read_rows(os.path.join(args.data, "adult_test.csv"))
    words = vocabularies(rows, WORDS)

    crosses = {1: [["age_bins", "education_index"]],
               2: [["age_bins", "education_index"], ["marital_status_index", "occupation_id"],
                   ["education_index", "occupation_id", "sex_index"]]}
    for version, penalty in ((1, 0.2), (2, 0.5)):
        linear = Linear(rows, labels, words, crosses[version])
        linear.fit(rows, labels, penalty)
        publish(linear, args.out, "census_linear", version, test_rows, test_labels,
                {"C": penalty, "rows": len(rows)})
    for version, trees, depth in ((1, 40, 4), (2, 120, 5)):
        model = Trees(words)
        model.fit(rows, labels, trees, depth)
        publish(model, args.out, "census_trees", version, test_rows, test_labels,
                {"trees": trees, "depth": depth, "rows": len(rows)})
    for version, hidden, rounds in ((1, (16,), 8), (2, (32, 16), 8)):
        model = Mlp(rows, labels, words)
        model.fit(rows, labels, hidden, rounds)
        publish(model, args.out, "census_mlp", version, test_rows, test_labels,
                {"hidden": list(hidden), "rows": len(rows)}, tolerance=1e-5)
    group = os.path.join(args.out, "census")
    os.makedirs(group, exist_ok=True)
    with open(os.path.join(group, "group.yaml"), "w", encoding="utf-8") as out:
        out.write("format: 1\nmembers: [census_linear, census_trees, census_mlp]\n")
    beside = os.path.dirname(os.path.abspath(args.out))
    with open(os.path.join(beside, "request.json"), "w", encoding="utf-8") as out:
        json.dump({"instances": test_rows[GOLDEN_ROWS:GOLDEN_ROWS + 3]}, out, indent=1)
        out.write("\n")
    with open(os.path.join(beside, "rows.jsonl"), "w", encoding="utf-8") as out:
        for row in test_rows[GOLDEN_ROWS:GOLDEN_ROWS + 3]:
            out.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
