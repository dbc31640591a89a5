#!/usr/bin/env python3
"""Teaches the seal finder's trees, and measures it.

    pictures.py train --style train --seed 1 --count 1600;  seal train/*.jpg train/*.png > train.jsonl
    train.py teach train/truth.jsonl train.jsonl [more/truth.jsonl more.jsonl …] > src/intake/seal/trees.rs
    train.py measure test/truth.jsonl test.jsonl

where `seal` is `cargo run --release --example seal --`. Needs numpy and scikit-learn. Teaching prints, beside the
table, how the trees do on pictures that they didn't see (five folds): the thresholds in `score.rs` come from that.
"""

import collections
import json
import sys

import numpy as np

TREES, DEPTH, RATE = 200, 4, 0.1
ASKS = 2**DEPTH - 1
# In the order of `features::NAMES`.
NAMES = ("cov vis out inner gap runs sect asp rad h4 ringpk maxgap core fillmax align bg out2 thick wobble "
         "uneven patchy stroke spokes changes arc five same").split()


def load(truths, seen):
    truth = {}
    for line in open(truths):
        record = json.loads(line)
        truth[record["file"]] = record
    pictures = []
    for line in open(seen):
        record = json.loads(line)
        known = truth.get(record["file"].rsplit("/", 1)[-1])
        if known:
            pictures.append((known, record))
    return pictures


def overlap(one, other):
    width, height = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return 0.0
    area = lambda box: (box[2] - box[0]) * (box[3] - box[1])
    return width * height / (area(one) + area(other) - width * height)


def label(truth, candidate):
    """1 a stamp, 0 none, None neither (an ellipse inside a stamp, or a stamp in a grey picture)."""
    width, height = truth["size"]
    area = [candidate["area"][0] * width, candidate["area"][1] * height, candidate["area"][2] * width, candidate["area"][3] * height]
    best = max((overlap(area, box) for box in truth["seals"]), default=0.0)
    return 1 if best > 0.7 else None if best > 0.05 else 0


def teach(*files):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import GroupKFold

    rows, labels, groups, names = [], [], [], NAMES
    pictures = [picture for truths, seen in zip(files[::2], files[1::2]) for picture in load(truths, seen)]
    for at, (truth, record) in enumerate(pictures):
        for candidate in record["candidates"]:
            known = label(truth, candidate)
            if known is not None:
                rows.append([candidate["features"][name] for name in names])
                labels.append(known)
                groups.append(at)
    rows, labels, groups = np.array(rows), np.array(labels), np.array(groups)
    # A picture weighs the same whatever it shows.
    counts = collections.Counter(zip(groups, labels))
    weights = np.array([1 / counts[(group, known)] ** 0.5 for group, known in zip(groups, labels)])
    new = lambda: HistGradientBoostingClassifier(max_iter=TREES, max_depth=DEPTH, learning_rate=RATE, min_samples_leaf=15, early_stopping=False, random_state=1)
    unseen = np.zeros(len(labels))
    for known, held in GroupKFold(5).split(rows, labels, groups):
        unseen[held] = new().fit(rows[known], labels[known], sample_weight=weights[known]).predict_proba(rows[held])[:, 1]
    best = {kind: collections.defaultdict(float) for kind in (0, 1)}
    for group, known, score in zip(groups, labels, unseen):
        best[known][group] = max(best[known][group], score)
    sealed, bare = np.array(sorted(best[1].values())), np.array(sorted(best[0][group] for group in best[0] if group not in best[1]))
    print(f"{len(sealed)} stamps with a candidate, {len(bare)} red pictures without", file=sys.stderr)
    for threshold in (0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97):
        print(f"  {threshold}: found {(sealed >= threshold).mean():.3f}, false {(bare >= threshold).mean():.3f}", file=sys.stderr)
    print_rust(new().fit(rows, labels, sample_weight=weights))


def print_rust(model):
    first = float(model._baseline_prediction[0][0])
    print("//! The trees that score a candidate, written by `benches/seal/train.py`: don't edit.\n")
    print(f"/// How often a tree asks.\npub(super) const DEPTH: usize = {DEPTH};\n")
    print("/// Nodes as in a heap, then the leaves from left to right.\npub(super) struct Tree {")
    print("    /// Which number is compared, with what: at most goes left.\n    pub(super) asks: [(u8, f32); (1 << DEPTH) - 1],")
    print("    /// What is added.\n    pub(super) leaves: [f32; 1 << DEPTH],\n}\n")
    print(f"/// What is added first.\npub(super) const FIRST: f32 = {first:.5};\n")
    print("/// Added up.\n#[rustfmt::skip]\npub(super) const TREES: &[Tree] = &[")
    for (predictor,) in model._predictors:
        nodes, asks, leaves = predictor.nodes, [(0, 9e9)] * ASKS, [0.0] * (ASKS + 1)

        def walk(node, place):
            if node["is_leaf"]:
                # A short branch: all its leaves say the same.
                low = high = place
                while low < ASKS:
                    low, high = 2 * low + 1, 2 * high + 2
                for leaf in range(low, high + 1):
                    leaves[leaf - ASKS] = node["value"]
                return
            asks[place] = (node["feature_idx"], node["num_threshold"])
            walk(nodes[node["left"]], 2 * place + 1)
            walk(nodes[node["right"]], 2 * place + 2)

        walk(nodes[0], 0)
        # What looks like a number with a name (the root of a half, pi / 6) is taken for it by clippy.
        named = {"0.7071": "0.7072", "0.5235": "0.5234", "0.5236": "0.5237", "0.7854": "0.7855", "0.6931": "0.6932", "0.3183": "0.3184"}
        rounded = lambda value: f"{value:.4f}"
        digits = lambda value: named.get(rounded(value), rounded(value)).rstrip("0")
        number = lambda value: digits(value) + ("0" if digits(value).endswith(".") else "")
        print("    Tree { asks: [" + ", ".join(f"({at}, {number(by)})" for at, by in asks) + "], leaves: [" + ", ".join(number(leaf) for leaf in leaves) + "] },")
    print("];")


def measure(truths, seen):
    found, total = collections.Counter(), collections.Counter()
    wrong, doubt = collections.Counter(), collections.Counter()
    missed = []
    for truth, record in load(truths, seen):
        sight = record["sight"]
        if truth.get("grey"):
            total["grey"] += 1
            found["grey"] += sight == "GreyPage"
            continue
        if not truth["seals"]:
            kind = truth["class"]
            total[kind] += 1
            wrong[kind] += sight == "Stamp"
            doubt[kind] += sight in ("Doubtful", "Square")
            continue
        share, alpha, cut = truth["share"], truth["alpha"], truth["cut"]
        keys = ["all", truth["class"], "head" if truth["head"] else "no head", truth["camera"], "size " + ("<10%" if share < 0.1 else "10-20%" if share < 0.2 else ">=20%"),
                "ink " + ("<.45" if alpha < 0.45 else ".45-.7" if alpha < 0.7 else ">=.7"), "cut" if cut else "whole",
                "quality " + ("<50" if truth["quality"] < 50 else "50-75" if truth["quality"] < 75 else ">=75")]
        if share >= 0.1:
            keys.append("share>=10%")
            if alpha >= 0.45 and not cut:
                keys.append("PLAIN")
        for key in keys:
            total[key] += 1
            found[key] += sight == "Stamp"
            doubt[key] += sight in ("Doubtful", "Square")
        if sight != "Stamp" and "PLAIN" in keys:
            missed.append((truth["file"], sight, share, alpha, truth["blur"], truth["quality"]))
    print("class: found as a stamp / doubtful / of")
    for key in total:
        if key in found:
            print(f"  {key:12} {found[key]:4} {doubt[key]:4} {total[key]:4}  {found[key] / total[key]:.3f}")
    print("no stamp: called a stamp / doubtful or square / of")
    for key in sorted(key for key in total if key not in found):
        print(f"  {key:12} {wrong[key]:4} {doubt[key]:4} {total[key]:4}")
    red = [key for key in total if key not in found and key not in ("plain",)]
    print(f"  red pictures: {sum(wrong[key] for key in red)} of {sum(total[key] for key in red)}")
    print("plain and missed:", missed)


if __name__ == "__main__":
    {"teach": teach, "measure": measure}[sys.argv[1]](*sys.argv[2:])
