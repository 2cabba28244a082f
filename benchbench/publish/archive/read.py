"""Print the newest ranking of each board of this archive, checked against its records: python read.py [TASK…]"""

import hashlib
import json
import pathlib
import sys

for board in sorted((pathlib.Path(__file__).resolve().parent / "leaderboards").glob("*/v*")):
    if sys.argv[1:] and board.parent.name not in sys.argv[1:]:
        continue
    lines = (board / "records.jsonl").read_text(encoding="utf-8").splitlines()
    records = {hashlib.sha256(line.encode()).hexdigest(): json.loads(line) for line in lines}
    previous = ""
    for file in sorted((board / "editions").glob("[0-9]*.json")):
        edition = json.loads(file.read_text(encoding="utf-8"))
        assert edition["previous"] == previous, f"{file}: the edition before it was changed"
        assert set(edition["records"]) <= records.keys(), f"{file}: a record that it shows was changed"
        previous = hashlib.sha256(file.read_bytes()).hexdigest()
    name = f"{board.parent.name} {board.name}, edition {edition['number']}"
    sys.stdout.write(f"{name}, {edition['date']}, by {edition['ranked_by']}\n")
    for row in edition["standings"]:
        scores = [score for key in row["records"] for score in records[key]["scores"]]
        values = [score["value"] for score in scores if score["metric"] == edition["ranked_by"]]
        assert abs(sum(values) / len(values) - row["value"]) < 1e-9, f"{row['label']}: not the mean of its records"
        ranks = f"{row['best']}-{row['worst']}"
        sys.stdout.write(f"{ranks:>9}  {row['value']:.4f}  {row['label']}  ({len(values)} records)\n")
