"""Writes the sequences that script/benchmark measures, as token ids, so that every program computes the same.

dense.jsonl    24 sequences of 256 random tokens, the last quarter of each being labels
ragged.jsonl   real text of very different lengths: from the folder MTL_DATA (64 abstracts with a question of PubMedQA,
               64 passages of BC5CDR, 64 conversations of MTS-Dialog, at most 512 tokens) where it is set, else from the
               tasks that ship with the project
prompts.jsonl  32 prompts to continue
"""

import csv
import json
import os
import random
import subprocess
import sys


def tokenize(texts, mtl, base):
    lines = "\n".join(json.dumps(text) for text in texts) + "\n"
    result = subprocess.run(
        [mtl, "tokenize", "--base", base], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line)["ids"] for line in result.stdout.splitlines()]


def pubmedqa(folder):
    for item in json.load(open(folder + "/pubmedqa/ori_pqal.json")).values():
        yield "\n".join(item["CONTEXTS"]) + "\nQuestion: " + item["QUESTION"] + "\nAnswer:", " " + item["final_decision"]


def bc5cdr(folder):
    words, found = [], []
    for line in open(folder + "/bc5cdr/train.tsv"):
        parts = line.rstrip("\n").split("\t")
        if len(parts) < 2 or not parts[0]:
            if len(words) > 60:
                yield "List the chemicals and diseases.\n" + " ".join(words) + "\nAnswer:", " " + "; ".join(found or ["none"])
                words, found = [], []
            continue
        words.append(parts[0])
        if parts[-1].startswith("B"):
            found.append(parts[0])
        elif parts[-1].startswith("I") and found:
            found[-1] += " " + parts[0]


def mts_dialog(folder):
    for row in csv.DictReader(open(folder + "/mts_dialog/MTS-Dialog-TrainingSet.csv", newline="")):
        yield "Summarise the conversation.\n" + row["dialogue"] + "\nSummary:", " " + row["section_text"]


def shipped(folder):
    for name in sorted(os.listdir(folder)):
        if name.endswith(".train.jsonl"):
            for line in open(os.path.join(folder, name)):
                row = json.loads(line)
                yield row["instruction"] + "\n" + row["input"] + "\n", row["output"]


def first(pairs, count):
    chosen = []
    for pair in pairs:
        chosen.append(pair)
        if len(chosen) == count:
            break
    return chosen


def main():
    mtl, base, out, root = sys.argv[1:5]
    draw = random.Random(1)
    with open(out + "/dense.jsonl", "w") as file:
        for _ in range(24):
            ids = [draw.randrange(100, 49000) for _ in range(256)]
            file.write(json.dumps({"input_ids": ids, "labels": [-100] * 192 + ids[192:]}) + "\n")
    data = os.environ.get("MTL_DATA")
    if data:
        pairs = sum((first(reader(data), 64) for reader in (pubmedqa, bc5cdr, mts_dialog)), [])
    else:
        pairs = first(shipped(root + "/tasks/quickstart"), 1800)[::9]
    prompts = tokenize([pair[0] for pair in pairs], mtl, base)
    answers = tokenize([pair[1] for pair in pairs], mtl, base)
    rows = [
        {"input_ids": p + a, "labels": [-100] * len(p) + a}
        for p, a in zip(prompts, answers) if len(p) + len(a) <= 512 and a]
    draw.shuffle(rows)
    with open(out + "/ragged.jsonl", "w") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    with open(out + "/prompts.jsonl", "w") as file:
        for ids, pair in list(zip(prompts, pairs))[:32]:
            file.write(json.dumps({"input_ids": ids[-64:], "prompt": pair[0][-250:]}) + "\n")
    lengths = [len(row["input_ids"]) for row in rows]
    labels = sum(sum(label >= 0 for label in row["labels"]) for row in rows)
    print(f"ragged: {len(rows)} sequences, {sum(lengths) / len(rows):.0f} tokens in the mean, {labels / sum(lengths):.0%} labels")


if __name__ == "__main__":
    main()
