"""The peer: PyTorch + PEFT on the same sequences of token ids as mtl. Prints one JSON object.

    peft_peer.py train DATA.jsonl --base MODEL.gguf [--dtype bfloat16] [--sorted]
    peft_peer.py score DATA.jsonl --base MODEL.gguf
    peft_peer.py generate PROMPTS.jsonl --base MODEL.gguf
"""

import argparse
import json
import os
import random
import resource
import time

import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM


def batches(rows, size, is_sorted):
    order = list(range(len(rows)))
    random.Random(1).shuffle(order)
    if is_sorted:
        order.sort(key=lambda i: len(rows[i]["input_ids"]))
    groups = [[rows[i] for i in order[k : k + size]] for k in range(0, len(order), size)]
    random.Random(2).shuffle(groups)
    return groups


def padded(rows):
    width = max(len(row["input_ids"]) for row in rows)

    def pad(key, value):
        return torch.tensor([row[key] + [value] * (width - len(row[key])) for row in rows])

    ids, labels = pad("input_ids", 0), pad("labels", -100)
    mask = torch.tensor([[1] * len(row["input_ids"]) + [0] * (width - len(row["input_ids"])) for row in rows])
    return ids, mask, labels


def train(model, rows, arguments):
    config = LoraConfig(
        r=16, lora_alpha=16, lora_dropout=0.0, target_modules=["q_proj", "k_proj", "v_proj", "o_proj"],
        task_type="CAUSAL_LM")
    model = get_peft_model(model, config)
    model.train()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=3e-4, weight_decay=0.0)
    steps = []
    for group in batches(rows, 8, arguments.sorted)[: arguments.steps]:
        start = time.perf_counter()
        ids, mask, labels = padded(group)
        loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        tokens = sum(len(row["input_ids"]) for row in group)
        steps.append({"tokens": tokens, "seconds": time.perf_counter() - start, "loss": loss.item()})
    return steps


def score(model, rows, arguments):
    steps = []
    with torch.no_grad():
        for group in batches(rows, 8, arguments.sorted)[: arguments.steps]:
            start = time.perf_counter()
            ids, mask, labels = padded(group)
            model(input_ids=ids, attention_mask=mask, labels=labels).loss.item()
            steps.append({
                "tokens": sum(len(row["input_ids"]) for row in group), "seconds": time.perf_counter() - start})
    return steps


def generate(model, rows, arguments):
    steps = []
    for k in range(0, len(rows), 16):
        group = rows[k : k + 16]
        start = time.perf_counter()
        width = max(len(row["input_ids"]) for row in group)
        ids = torch.tensor([[0] * (width - len(row["input_ids"])) + row["input_ids"] for row in group])
        mask = torch.tensor([[0] * (width - len(row["input_ids"])) + [1] * len(row["input_ids"]) for row in group])
        with torch.no_grad():
            out = model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=arguments.new_tokens,
                min_new_tokens=arguments.new_tokens, do_sample=False, pad_token_id=0)
        steps.append({"tokens": (out.shape[1] - width) * len(group), "seconds": time.perf_counter() - start})
    return steps


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=["train", "score", "generate"])
    parser.add_argument("data")
    parser.add_argument("--base", required=True)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--sorted", action="store_true")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--new-tokens", type=int, default=32)
    arguments = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(os.cpu_count())
    rows = [json.loads(line) for line in open(arguments.data)]
    folder, file = os.path.split(os.path.abspath(arguments.base))
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=getattr(torch, arguments.dtype))
    work = {"train": train, "score": score, "generate": generate}[arguments.work]
    steps = work(model, rows, arguments)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"steps": steps, "peak_bytes": peak}))


if __name__ == "__main__":
    main()
