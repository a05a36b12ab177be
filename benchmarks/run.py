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
        """Measures all programs in alternation and prints a row for each: medians, and our ratios to the others."""
        samples = {name: [] for name, _ in [*ours, *others]}
        for _ in range(self.a.rounds):
            for name, measure in [*ours, *others]:
                samples[name].append(measure())
        median = {name: statistics.median(rate for rate, _ in values) for name, values in samples.items()}
        for name, values in samples.items():
            ratios = ", ".join(
                f"{median[name] / median[other]:.2f} x {other}" for other, _ in others if name in dict(ours))
            peak = max(peak for _, peak in values) / 1e9
            print(f"| {title} | {name} | {median[name]:.0f} tok/s | {peak:.2f} GB | {ratios} |", flush=True)

    def gemm(self, *more):
        text, _, _ = run([self.a.mtl, "benchmark", "--json", *more])
        return json.loads(text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--mtl", required=True)
    parser.add_argument("--base", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--python", help="the peer's Python; without it only mtl is measured")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--sequences", type=int, default=96, help="sequences of the ragged text that are used")
    arguments = parser.parse_args()
    arguments.peer = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peers", "peft_peer.py")
    b = Benchmark(arguments)
    dense, ragged, prompts = (os.path.join(arguments.folder, name) for name in
                              ("dense.jsonl", "ragged.jsonl", "prompts.jsonl"))
    with open(ragged) as file:
        part = file.readlines()[: arguments.sequences]
    ragged = os.path.join(arguments.folder, "part.jsonl")
    with open(ragged, "w") as file:
        file.writelines(part)

    def peers(work, data, **variants):
        if not arguments.python:
            return []
        return [(name.replace("_", " "), lambda more=more: b.peer(work, data, *more)) for name, more in variants.items()]

    def mtl(measure):
        bf16 = ["--base-compute", "bf16", "--base-storage", "bf16"]
        return [("mtl fp32", lambda: measure()), ("mtl bf16", lambda: measure(*bf16))]

    half = ["--dtype", "bfloat16"]
    rows = {
        "dense": lambda: b.compare(
            "training, dense", mtl(lambda *more: b.mtl_train(dense, *more)),
            peers("train", dense, PEFT_fp32=[], PEFT_bf16=half)),
        "ragged": lambda: b.compare(
            "training, ragged", mtl(lambda *more: b.mtl_train(ragged, *more)),
            peers("train", ragged, PEFT_fp32=[], PEFT_bf16_sorted=[*half, "--sorted"])),
        "score": lambda: b.compare(
            "scoring, ragged", mtl(lambda *more: b.mtl_timed("score", ragged, *more)),
            peers("score", ragged, transformers_fp32_sorted=["--sorted"])),
        "generate": lambda: b.compare(
            "generation, batch 16", mtl(lambda *more: b.mtl_timed(
                "generate", prompts, "--max-new-tokens", "32", "--batch-size", "16", *more)),
            peers("generate", prompts, transformers_fp32=[])),
        "workers": lambda: b.compare(
            "training, dense", [("mtl fp32, two workers", lambda: b.mtl_train(dense, "--workers", "2"))],
            [("mtl fp32, one worker", lambda: b.mtl_train(dense, "--workers", "1"))]),
        "prefix": lambda: b.compare(
            "training, ragged", [("mtl fp32, top 8 layers, second epoch", lambda: b.mtl_train(
                ragged, "--layers", "8", "--prefix-cache", epochs=2, skip=-(-len(part) // 8)))],
            [("mtl fp32, all layers", lambda: b.mtl_train(ragged))]),
    }
    print("| work | program | speed | peak memory | ratios |\n|---|---|---|---|---|")
    for name, row in rows.items():
        if arguments.only in ("", name):
            row()
    for precision in ("fp32", "bf16"):
        peak = b.gemm("--base-compute", precision)
        print(f"\nThe products of a dense step alone, {precision}: {peak['gigaflops']:.0f} GFLOP/s with {peak['workers']} "
              f"workers, so at most {peak['boundTokensPerSecond']:.0f} tok/s.")


if __name__ == "__main__":
    main()
