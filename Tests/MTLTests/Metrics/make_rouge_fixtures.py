"""Makes Fixtures/metrics/rouge.json with Google's rouge-score (pip install rouge-score): run in this folder."""

import json
import os
import random

from rouge_score import rouge_scorer

WORDS = "the patient has no chest pain but reports nausea and takes metformin 500 mg twice daily for type 2 diabetes".split()
ODD = ["", " ", "naïve", "β-blocker", "COVID-19", "e.g.", "x2", "发烧", "O'Brien", "mg/dL", "--", "Don't"]


def text(draw):
    words = [draw.choice(WORDS + ODD) for _ in range(draw.randrange(0, 18))]
    return " ".join(w.upper() if draw.random() < 0.1 else w for w in words)


def main():
    draw = random.Random(7)
    scorer = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=False)
    rows = []
    for _ in range(240):
        references = [text(draw) for _ in range(draw.choice([1, 1, 1, 2, 3]))]
        prediction = draw.choice([text(draw), references[0], references[0] + " " + text(draw)])
        scores = scorer.score_multi(references, prediction)
        rows.append({
            "prediction": prediction, "references": references,
            "scores": {name: score.fmeasure for name, score in scores.items()}})
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "metrics")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "rouge.json"), "w") as file:
        json.dump(rows, file, ensure_ascii=False, indent=0)


if __name__ == "__main__":
    main()
