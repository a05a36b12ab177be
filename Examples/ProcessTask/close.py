"""Judges answers: a point where the number is within one per cent of the right one.

Reads a line {"prediction", "references", ...} for each answer, prints a line {"parts": [points]} for each."""
import json
import re
import sys


def number(text):
    found = re.search(r"-?\d+(\.\d+)?", text)
    return float(found.group()) if found else None


for line in sys.stdin:
    answer = json.loads(line)
    said = number(answer.get("prediction") or "")
    right = [number(reference) for reference in answer["references"]]
    is_close = said is not None and any(r is not None and abs(said - r) <= 0.01 * abs(r) for r in right)
    print(json.dumps({"parts": [1.0 if is_close else 0.0]}))
