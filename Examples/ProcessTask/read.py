"""Prints the rows of a split as JSON Lines: {"id", "from", "to", "unit"}."""
import json
import sys

split = sys.argv[1]
milligrams = range(100, 2100, 100)
for number, amount in enumerate(milligrams):
    if (number % 4 == 0) == (split == "test"):
        row = {"id": f"{amount} mg", "from": f"{amount} mg", "to": amount / 1000, "unit": "g"}
        print(json.dumps(row))
