"""Prints PriMock57 as JSON Lines: conversations put together from two transcripts each, with the clinician's note."""

import json
import os
import re
import sys
import zlib
from pathlib import Path

INTERVAL = re.compile(r'xmin = ([\d.]+)\s+xmax = [\d.]+\s+text = "((?:[^"]|"")*)"')


def turns(path, speaker):
    """The utterances of a Praat TextGrid file with their starts in seconds."""
    for start, text in INTERVAL.findall(path.read_text(encoding="utf-8-sig")):
        text = " ".join(re.sub(r"<[^>]*>", "", text.replace('""', '"')).split())
        if text:
            yield float(start), speaker, text


def main(split):
    if "MTL_DATA" not in os.environ:
        sys.exit("set MTL_DATA to the folder that holds primock57")
    folder = Path(os.environ["MTL_DATA"]) / "primock57"
    for note in sorted((folder / "notes").glob("*.json")):
        if (zlib.crc32(note.stem.encode()) % 4 == 0) != (split == "test"):
            continue
        content = json.loads(note.read_text(encoding="utf-8"))
        said = []
        for speaker in ("doctor", "patient"):
            said += turns(folder / "transcripts" / f"{note.stem}_{speaker}.TextGrid", speaker.capitalize())
        dialogue = "\n".join(f"{speaker}: {text}" for _, speaker, text in sorted(said))
        print(json.dumps({"id": note.stem, "dialogue": dialogue, "note": content["note"]}))


main(sys.argv[1])
