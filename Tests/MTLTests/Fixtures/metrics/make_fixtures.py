"""Writes the metric fixtures beside this file with rouge-score, sacrebleu, scikit-learn and seqeval.

    pip install rouge-score==0.1.2 sacrebleu==2.6.0 scikit-learn==1.9.1 seqeval==1.2.2 && python make_fixtures.py
"""

import json
import pathlib
import random
import string
from collections import Counter

from rouge_score import rouge_scorer
from nltk.stem.porter import PorterStemmer
import sacrebleu
from sacrebleu.metrics import BLEU, CHRF
from seqeval.metrics.sequence_labeling import get_entities
from sklearn.metrics import f1_score

here = pathlib.Path(__file__).parent
random.seed(20240607)

SUBJECTS = ["The patient", "A 54-year-old man", "She", "The infant", "An 81-year-old woman with diabetes", "He"]
VERBS = ["denies", "reports", "was treated with", "developed", "has a history of", "is allergic to", "stopped taking"]
OBJECTS = [
    "chest pain", "naproxen 500 mg b.i.d.", "β-blockers", "3.5 mg/kg of amiodarone", "naïve T-cell lymphoma",
    "Sjögren's syndrome", "1,000 mL of 0.9% saline", "a rash (pruritic)", "Crohn's disease", "γ-globulin", "5-HT3 antagonists",
    "relational disturbances", "conditional responses", "hyperglycaemia", "operations", "dying tissue", "skies",
]
TAILS = [
    ".", "!", "", " since 2019.", " for 3 days; no fever.", " - see note.", ", and was hospitalised twice", " & discharged.",
    " (p < 0.05).", " after 12/03/2020", "\nPlan: follow-up in 2 weeks.", " \u2014 resolved", "\u00a0today", " e.g. at night...",
]
HAND = [
    ("", ""), ("", "a reference"), ("an answer", ""), (" ", "\n"), (".", "."), ("...", "…"), ("a", "a"), ("a", "b"),
    ("the the the the the the the", "the cat is on the mat"), ("the cat", "the cat is on the mat"),
    ("cat", "the cat is on the mat"), ("It's 3.5, not 3,5!", "It's 3.5 , not 3,5 !"), ("1-2 days", "1 - 2 days"),
    ("state-of-the-art", "state of the art"), ("a -\nb", "a b"), ("&quot;x&quot; &amp; y", '"x" & y'),
    ("&lt;b&gt;", "<b>"), ("<skipped>", "skipped"), ("tab\tseparated\twords", "tab separated words"),
    ("日本語の文", "日本語の 文"), ("中文，标点。", "中文标点"), ("한국어 문장", "한국어 문장입니다"), ("Ωmega ΣΙΓΜΑ", "ωmega σιγμα"),
    ("İstanbul", "istanbul"), ("straße", "strasse"), ("ﬁne", "fine"), ("e\u0301clair", "\u00e9clair"),
    ("👩‍⚕️ doctor", "👩 doctor"), ("🙂🙃", "🙃🙂"), ("na\u0308ive", "näive"), ("\u212a\u212b", "kå"),
    ("\u3000wide\u3000space\u3000", "wide space"), ("zero\u200bwidth", "zero width"), ("line\u2028sep", "line sep"),
    ("\x1cfile\x1dgroup", "file group"), ("word\u00a0word", "word word"), ("trailing   ", "trailing"),
    ("ALL CAPS", "all caps"), ("a.b.c,d", "a. b. c, d"), ("x,y,z 1,2,3", "x , y , z 1,2,3"), ("don't", "don ' t"),
    ("yyyy yyyyy", "yyy"), ("caresses ponies ties caress cats", "caress poni ti caress cat"),
    ("feed agreed plastered bled motoring sing", "fed agree plaster bleed motor sings"),
    ("happily flying tries spied died", "happy fly try spy die"), ("generalizations oscillators", "generalize oscillate"),
    ("rolling controlling hopping falling", "roll control hop fall"), ("http://a.b/c?d=e&f", "http://a.b/c?d=e & f"),
]


def sentence():
    return random.choice(SUBJECTS) + " " + random.choice(VERBS) + " " + random.choice(OBJECTS) + random.choice(TAILS)


def damaged(text):
    words = text.split(" ")
    for _ in range(random.randint(0, 3)):
        place = random.randrange(len(words))
        what = random.random()
        if what < 0.35 and len(words) > 1:
            del words[place]
        elif what < 0.6:
            words.insert(place, random.choice(["not", "severe", "of", "–", "42", "β", "."]))
        elif what < 0.8:
            words[place] = words[place].upper()
        else:
            other = random.randrange(len(words))
            words[place], words[other] = words[other], words[place]
    return " ".join(words)


pairs = [(a, [b]) for a, b in HAND]
while len(pairs) < 240:
    reference = " ".join(sentence() for _ in range(random.choice([1, 1, 2, 3])))
    prediction = damaged(reference) if random.random() < 0.8 else sentence()
    references = [reference] + [damaged(reference) for _ in range(random.choice([0, 0, 1, 3]))]
    if random.random() < 0.05:
        references.append("")
    pairs.append((prediction, references))


def token_f1(prediction, references):
    """SQuAD's normalisation and F1, written from its definition."""

    def words(text):
        kept = "".join(c for c in text.lower() if c not in string.punctuation)
        return [w for w in kept.split() if w not in ("a", "an", "the")]

    best = 0.0
    for reference in references:
        a, b = words(prediction), words(reference)
        if not a or not b:
            value = float(a == b)
        else:
            value = 2 * sum((Counter(a) & Counter(b)).values()) / (len(a) + len(b))
        best = max(best, value)
    return best


plain = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"])
stemmed = rouge_scorer.RougeScorer(["rouge1", "rouge2", "rougeL"], use_stemmer=True)


def rouge(scorer, prediction, references):
    scores = scorer.score_multi(references, prediction)
    return [scores[name].fmeasure for name in ("rouge1", "rouge2", "rougeL")]


def streams(references):
    """sacrebleu's layout: the first references of all examples, then the second ones, None where there is none."""
    return [[r[i] if i < len(r) else None for r in references] for i in range(max(map(len, references)))]


def corpus(chosen):
    hypotheses = [p for p, _ in chosen]
    references = streams([r for _, r in chosen])
    return {
        "bleu": BLEU().corpus_score(hypotheses, references).score,
        "bleu_lower": BLEU(lowercase=True).corpus_score(hypotheses, references).score,
        "bleu_none": BLEU(tokenize="none", force=True).corpus_score(hypotheses, references).score,
        "chrf": CHRF().corpus_score(hypotheses, references).score,
        "chrf++": CHRF(word_order=2).corpus_score(hypotheses, references).score,
        "chrf_lower": CHRF(lowercase=True).corpus_score(hypotheses, references).score,
    }


with open(here / "pairs.jsonl", "w", encoding="utf-8") as out:
    for prediction, references in pairs:
        row = {"prediction": prediction, "references": references}
        row["rouge"] = rouge(plain, prediction, references)
        row["rouge_stemmed"] = rouge(stemmed, prediction, references)
        row["token_f1"] = token_f1(prediction, references)
        row |= corpus([(prediction, references)])
        out.write(json.dumps(row, ensure_ascii=False) + "\n")

samples = [list(range(len(pairs))), list(range(48)), list(range(48, 240))]
samples += [sorted(random.choices(range(len(pairs)), k=60)) for _ in range(5)]
with open(here / "corpora.json", "w", encoding="utf-8") as out:
    json.dump([{"indices": s} | corpus([pairs[i] for i in s]) for s in samples], out)

stemmer = PorterStemmer()
vocabulary = """abilities able adjustable adoption agreed allowance analogously angularity bowdlerize caress cats cease
communism conditional conflated conformably controlling defensible dependent died differently digitizer dying easily
effective electrical electricity enjoying exceed failing falling feed filing fizzed flies formative formalize gas goodness
gyroscopic happy hesitancy hissing homologous hopeful hopefully hopping inference innings irritant lies motoring news
operator owed pathologically plastered ponies predication probate radically rational relational replacement revival roll
sensibility sensitivity sing sized sky spied syzygy tanned their ties toy tree triplicate troubled try tying valency vietnamization
vilely 2020s 500mg b12 ory yy logically analogical ideologies""".split()
with open(here / "stems.json", "w") as out:
    json.dump({word: stemmer.stem(word) for word in vocabulary}, out, indent=0)

labels = ["yes", "no", "maybe"]
cases = []
for size in (1, 2, 5, 20, 60):
    for weights in ((1, 1, 1), (8, 2, 0), (1, 0, 0)):
        gold = random.choices(labels, weights, k=size)
        answer = [g if random.random() < 0.5 else random.choice(labels + ["unparsed"]) for g in gold]
        present = sorted(set(gold) | (set(answer) - {"unparsed"}))
        score = f1_score(gold, answer, labels=present, average="macro", zero_division=0)
        cases.append({"gold": gold, "answers": answer, "macro_f1": score})
with open(here / "macro-f1.json", "w") as out:
    json.dump(cases, out)

tags = ["O", "O", "O", "B-Chemical", "I-Chemical", "B-Disease", "I-Disease"]
cases = []
for i in range(120):
    alphabet = tags if i < 90 else tags + ["E-Disease", "S-Disease", "E-Chemical", "S-Chemical"]
    gold = random.choices(alphabet, k=random.randint(1, 14))
    answer = [g if random.random() < 0.7 else random.choice(alphabet) for g in gold]
    a, b = set(get_entities(answer)), set(get_entities(gold))
    cases.append({"gold": gold, "answer": answer, "correct": len(a & b), "found": len(a), "wanted": len(b)})
with open(here / "chunks.json", "w") as out:
    json.dump(cases, out)
