"""Measures mtl beside PyTorch + PEFT, in alternation, and prints ratios of medians. Called by script/benchmark."""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile

LORA = ["--rank", "16", "--alpha", "16", "--batch-size", "8", "--learning-rate", "3e-4", "--warmup", "0", "--schedule",
        "constant", "--json"]


def run(command):
    """Standard output, standard error, and the peak memory of the process in bytes."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(command, stdout=out, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        out.seek(0)
        errors.seek(0)
        if status != 0:
            sys.exit(f"{' '.join(command)} failed:\n{errors.read()}")
        return out.read(), errors.read(), usage.ru_maxrss * 1024


def rate(steps):
    """Tokens a second over all steps but the first, which pays for warming up."""
    steps = steps[1:] if len(steps) > 1 else steps
    return sum(step["tokens"] for step in steps) / sum(step["seconds"] for step in steps)


class Benchmark:
    def __init__(self, arguments):
        self.a = arguments

    def mtl_train(self, data, *more, epochs=1, skip=0):
        out = os.path.join(self.a.folder, "run.h5")
        if os.path.exists(out):
            os.remove(out)
        text, _, peak = run(
            [self.a.mtl, "train", "--base", self.a.base, "--data", data, "--out", out, "--epochs", str(epochs), *LORA,
             *more])
        return rate([json.loads(line) for line in text.splitlines()][skip:]), peak

    def mtl_timed(self, command, data, *more):
        _, errors, peak = run([self.a.mtl, command, "--base", self.a.base, "--input", data, "--timing", *more])
        timing = json.loads(errors.splitlines()[-1])
        return timing["tokens"] / timing["seconds"], peak

    def peer(self, work, data, *more):
        text, _, _ = run([self.a.python, self.a.peer, work, data, "--base", self.a.base, *more])
        result = json.loads(text.splitlines()[-1])
        return rate(result["steps"]), result["peak_bytes"]

    def compare(self, title, ours, others):
        """Prints a row: our median, and for every other program its median and the ratio."""
        programs = [("mtl", ours), *others]
        samples = {name: [] for name, _ in programs}
        for _ in range(self.a.rounds):
            for name, measure in programs:
                samples[name].append(measure())
        median = {name: statistics.median(rate for rate, _ in values) for name, values in samples.items()}
        peak = {name: max(peak for _, peak in values) for name, values in samples.items()}
        cells = [f"| {title} | {median['mtl']:.0f} tok/s, {peak['mtl'] / 1e9:.2f} GB"]
        for name, _ in others:
            cells.append(f"{name}: {median[name]:.0f} tok/s, {peak[name] / 1e9:.2f} GB, **{median['mtl'] / median[name]:.2f}x**")
        print(" | ".join(cells) + " |", flush=True)

    def gemm(self):
        text, _, _ = run([self.a.mtl, "benchmark", "--json"])
        return json.loads(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mtl", required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--python", help="the peer's Python; without it only mtl is measured")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    arguments.peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "peft_peer.py")
    b = Benchmark(arguments)
    dense, ragged, prompts = (os.path.join(arguments.folder, name) for name in
                              ("dense.jsonl", "ragged.jsonl", "prompts.jsonl"))

    def peers(work, data, *variants):
        if not arguments.python:
            return []
        return [(name, lambda more=more: b.peer(work, data, *more)) for name, more in variants]

    fp32, bf16 = ("PEFT fp32", []), ("PEFT bf16", ["--dtype", "bfloat16"])
    best = ("PEFT bf16 sorted", ["--dtype", "bfloat16", "--sorted"])
    rows = {
        "dense": lambda: b.compare("training, dense 8 x 256", lambda: b.mtl_train(dense), peers(
            "train", dense, fp32, bf16)),
        "ragged": lambda: b.compare("training, ragged", lambda: b.mtl_train(ragged), peers(
            "train", ragged, ("PEFT fp32", ["--steps", "12"]), ("PEFT bf16 sorted", ["--dtype", "bfloat16", "--sorted", "--steps", "12"]))),
        "score": lambda: b.compare("scoring, ragged", lambda: b.mtl_timed("score", ragged), peers(
            "score", ragged, ("transformers fp32", ["--sorted", "--steps", "12"]))),
        "generate": lambda: b.compare("generation, batch 16", lambda: b.mtl_timed(
            "generate", prompts, "--max-new-tokens", "32", "--batch-size", "16"), peers(
            "generate", prompts, ("transformers fp32", []))),
        "workers": lambda: b.compare("training, dense, two workers", lambda: b.mtl_train(dense, "--workers", "2"), [
            ("one worker", lambda: b.mtl_train(dense, "--workers", "1"))]),
        "prefix": lambda: b.compare(
            "training, ragged, top 8 layers, second epoch",
            lambda: b.mtl_train(ragged, "--layers", "8", "--prefix-cache", epochs=2, skip=count(ragged)), [
                ("all layers", lambda: b.mtl_train(ragged))]),
    }
    print("| work | mtl | peers and ratios |\n|---|---|---|")
    for name, row in rows.items():
        if arguments.only in ("", name):
            row()
    peak = b.gemm()
    print(f"\nsgemm on the shapes of a step: {peak['gigaflops']:.0f} GFLOP/s with {peak['workers']} workers; "
          f"training, dense, is bound by it at {peak['boundTokensPerSecond']:.0f} tok/s")


def count(path):
    return -(-sum(1 for _ in open(path)) // 8)


if __name__ == "__main__":
    main()
