"""What stands below a board's table, in words: what it is made of, and what must be known beside each number; pure."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

from benchbench.core.edition import Edition
from benchbench.core.record import Record, Score
from benchbench.core.specification import name_of
from benchbench.core.uncertainty import SEEDS, Uncertainty
from benchbench.leaderboards import judged, tiers
from benchbench.leaderboards.attested import has_tiers
from benchbench.leaderboards.checkpoints import Checkpoints
from benchbench.leaderboards.divisions import DIVISIONS_MEAN, is_divided, why_open
from benchbench.leaderboards.phrases import spans
from benchbench.leaderboards.ranks import RULE, Tested
from benchbench.leaderboards.rows import Board, Row
from benchbench.leaderboards.tiers import ORDER
from benchbench.leaderboards.unfinished import in_words, is_unfinished
from benchbench.publish import cost, words
from benchbench.publish.words import listed
from benchbench.stats.paired import LEVEL

UNFINISHED = "‡"
"""The mark of a row whose training is not known to be finished."""
OBJECTED = "§"
"""The mark of a row that somebody objects to."""
JUDGED = "¶"
"""The mark of a row that was trained on the extractor that ranks it."""
NAMED_DETAILS = 2
"""How many values of a detail are said with their rows; of more, the range."""
UNFINISHED_MEANS = "unfinished (a training still improves, fails a health check, or kept no validation curve)"
JUDGED_MEANS = "trained on the extractor that ranks it"


def caption(board: Board, edition: Edition | None = None) -> str:
    """Return what the table is made of: protocol, what the ranks rest on, the kind of each ±, what the marks mean."""
    if not board.rows:
        return "no records"
    sentences = [
        f"Edition {edition.number}, {edition.date}" if edition else "",
        _made_of(board.rows[0].record),
        _ranking(board),
        "ref: reads the answers, not ranked" if any(row.rank is None for row in board.rows) else "",
        _unfinished(board),
        _judged(board),
        _tiers(board),
        _divisions(board),
        _uncertainties(board),
        _trainings(board),
        _machines(board),
        _variants(board),
        cost.caption(board),
    ]
    return ". ".join(filter(None, sentences)) + "."


def _made_of(record: Record) -> str:
    """Return the task and the protocol of a board."""
    task, protocol = record.task, record.protocol
    off = "; OFF-PROTOCOL, not for a leaderboard" if protocol.off_protocol else ""
    return (
        f"{task.name}@{task.version} ({task.fingerprint[:8]}), protocol {protocol.name}@{protocol.version}:"
        f" {protocol.num_conditions} conditions x {protocol.samples_per_condition} samples{off}"
    )


def _ranking(board: Board) -> str:
    """Return what the ranks rest on, and what was tested."""
    by, tests = f"Ranked by {board.ranked_by}", board.tested
    if sum(row.rank is not None for row in board.rows) < 2:
        return by
    if tests is None:
        return f"{by}, by value alone (untested: these records lack its values by condition)"
    if tests.deviation is not None:
        shared = f"; standard deviation between trainings typically {tests.deviation:.2g}, learned from all rows"
    else:
        shared = ""
    return f"{by}. {LETTERS} ({_test(tests, board.rule)}{shared}; rule {board.rule}){_untested(tests)}"


LETTERS = "Rows that share a letter are not distinguishable"


def checkpoints_caption(found: Checkpoints) -> str:
    """Return what the table of checkpoints answers, and how."""
    asked = (
        "Which of these checkpoints is better? Each training stands alone, and is tested on the conditions alone; which"
        " way of training is better is another question, of the table before"
    )
    if found.tested is None:
        return f"{asked}. Ranked by {found.ranked_by}, by value alone."
    return f"{asked}. Ranked by {found.ranked_by}. {LETTERS} ({_test(found.tested, RULE)}){_untested(found.tested)}."


def _test(tests: Tested, rule: int) -> str:
    """Return what was tested: `paired test on 300 conditions in 32 groups, 190 pairs together, 5 %`."""
    groups = "" if tests.groups == tests.conditions else f" in {tests.groups} group{'s' * (tests.groups > 1)}"
    together = f"Holm over {tests.pairs} pairs" if rule == 1 else f"{tests.pairs} pairs together"
    many = "" if tests.pairs == 1 else f", {together}"
    return f"paired test on {tests.conditions} conditions{groups}{many}, {100 * LEVEL:g} %"


def _untested(tests: Tested) -> str:
    """Return which rows were not tested, and why."""
    if not tests.untested:
        return ""
    return f". Not tested, for lack of values by condition: {listed(list(dict.fromkeys(tests.untested)))}"


def _unfinished(board: Board) -> str:
    """Return what the mark of unfinished trainings means, where a row has it."""
    if not any(map(is_unfinished, board.rows)):
        return ""
    return f"{UNFINISHED}: {UNFINISHED_MEANS}"


def _judged(board: Board) -> str:
    """Return what the mark of rows that were trained on their judge means, where a row has it."""
    found = any(judged.saw_its_judge(row.records, board.ranked_by) for row in board.rows)
    return f"{JUDGED}: {JUDGED_MEANS}" if found else ""


def _tiers(board: Board) -> str:
    """Return what the letters of the tiers mean, those that rows have, the highest first; empty without a column."""
    if not has_tiers(board):
        return ""
    found = sorted({row.tier for row in board.rows}, key=ORDER.index, reverse=True)
    return "Tier: " + "; ".join(f"{tiers.LETTERS[each]} {each} ({tiers.MEANINGS[each]})" for each in found)


def _divisions(board: Board) -> str:
    """Return what the divisions mean, where rows differ."""
    return f"Division: {DIVISIONS_MEAN}" if is_divided(board) else ""


def _uncertainties(board: Board) -> str:
    """Return which columns have which kind of ±, of which rows where these differ; trainings are named once."""
    columns: dict[tuple[str, str], dict[str, list[str]]] = {}
    for column in board.columns:
        kinds: dict[tuple[str, str], list[str]] = {}
        for label, score in _column(board, column).items():
            if score.uncertainty is not None:
                kinds.setdefault(_kind(score.uncertainty), []).append(label)
        most = max(map(len, kinds.values()), default=0)
        for kind, labels in kinds.items():
            who = "" if len(labels) == most else f" of {listed(labels)}"
            columns.setdefault(kind, {}).setdefault(who, []).append(column)
    if len(columns) < 2:
        return "".join(f"±: {kind} over {over}" for kind, over in columns)
    parts = [
        (kind, over, "; ".join(f"{', '.join(_short(board, names))}{who}" for who, names in found.items()))
        for (kind, over), found in columns.items()
    ]
    if len({over for _, over in columns}) == 1:
        return f"± over {parts[0][1]}: " + "; ".join(f"{kind} ({names})" for kind, _, names in parts)
    return "±: " + "; ".join(f"{kind} over {over} ({names})" for kind, over, names in parts)


def _kind(stated: Uncertainty) -> tuple[str, str]:
    """Return the kind of an uncertainty and what it is over, without its trainings unless it is over these alone."""
    over = f"{stated.training_seeds} training seeds" if stated.kind == SEEDS else words.over(stated)
    return words.kind_of(stated), over


def _trainings(board: Board) -> str:
    """Return which rows hold the spread of trainings in their ±, and which cannot."""
    numbers = sorted({len(row.records) for row in board.rows if len(row.records) > 1})
    if not any(row.seeds for row in board.rows):
        return ""
    single = listed([row.label for row in board.rows if num_seeds(row) == 1])
    one = f"one training seed: {single}, whose ± is of conditions and draws, not of training again" if single else ""
    if board.tested and board.tested.pooled:
        one += f"; *: the tests give {listed(board.tested.pooled)} the spread of the other rows' trainings"
    if not numbers:
        return one
    many = f"Rows of {listed([str(number) for number in numbers], 'or')} training seeds are means over them"
    return f"{many}; their ± and the tests hold the spread of the seeds too" + (f"; {one}" if one else "")


def num_seeds(row: Row) -> int:
    """Return how many training seeds the row has; 0 where nothing was trained."""
    return len(row.seeds) or int(row.record.method.checkpoint is not None)


def _machines(board: Board) -> str:
    """Return what the rows were trained on, and in which precision."""
    trainings = [record.training for row in board.rows for record in row.records if record.training]
    found = sorted(
        {
            each.processor + (f" ({each.precision})" if each.precision != "float32" else "")
            for each in trainings
            if each.processor
        }
    )
    return f"Trained on {listed(found)}{', each as its record says' * (len(found) > 1)}" if found else ""


def _variants(board: Board) -> str:
    """Return in full the scores that depend on more than extractor and size of the images: `ms-ssim@1[window=3]`."""
    scores = [score for column in board.columns for score in _column(board, column).values()]
    found = dict.fromkeys(score.id for score in scores if score.variant)
    return f"Scores in full: {', '.join(found)}" if found else ""


def footnotes(board: Board) -> list[str]:
    """Return a line for each value that is not defined, flag and reason for a mark of rows, then the details."""
    flags: dict[str, list[str]] = {}
    details: dict[str, list[str]] = {}
    for column in board.columns:
        scores = _column(board, column)
        for flag in dict.fromkeys(score.flag for score in scores.values() if score.flag):
            labels = [label for label, score in scores.items() if score.flag == flag]
            flags.setdefault(flag, []).append(column if len(labels) == len(scores) else f"{column} of {listed(labels)}")
        if any(words.detail(score) for score in scores.values()):
            details.setdefault(_detail(scores), []).append(column)
    lacking: dict[str, list[str]] = {}
    for row in board.rows:
        for metric, why in row.record.undefined.items():
            if metric in board.columns:
                lacking.setdefault(f"{metric}: {why}", []).append(row.label)
    unfinished: dict[str, list[str]] = {}
    for row in board.rows:
        if is_unfinished(row):
            unfinished.setdefault(in_words(row), []).append(row.label)
    opened: dict[str, list[str]] = {}
    for row in board.rows if is_divided(board) else ():
        for reason in why_open(row):
            opened.setdefault(reason, []).append(row.label)
    return [
        *(f"No value of {reason} ({listed(labels)})" for reason, labels in lacking.items()),
        *(f"† {', '.join(columns)}: {flag}" for flag, columns in flags.items()),
        *(f"{UNFINISHED} {listed(labels)}: {why}" for why, labels in unfinished.items()),
        *(f"{JUDGED} {row.label}: {told}" for row in board.rows if (told := judged.in_words(row, board))),
        *(f"open: {listed(labels)}: {reason}" for reason, labels in opened.items()),
        *_objections(board),
        *(f"{', '.join(columns)}: {detail}" for detail, columns in details.items()),
    ]


def _objections(board: Board) -> list[str]:
    """Return a line for each objection to a row."""
    return [
        f"{OBJECTED} {row.label}: objection of {each.date} ({each.state}), {each.rule}: {each.text}"
        for row in board.rows
        for each in row.objections
    ]


def _detail(scores: Mapping[str, Score]) -> str:
    """Return the commonest detail, then what differs for other methods: `6000 samples (copy: 300 samples)`.

    Phrases of many rows that are alike but for their numbers are one, with ranges.
    """
    written = spans((phrase for score in scores.values() for phrase in score.detail), most=NAMED_DETAILS)
    scores = {
        label: dataclasses.replace(score, detail=tuple(written[phrase] for phrase in score.detail))
        for label, score in scores.items()
    }
    said = {label: words.detail(score) for label, score in scores.items()}
    common = Counter(filter(None, said.values())).most_common(1)[0][0]
    parts = next(words.details(score) for label, score in scores.items() if said[label] == common)
    others: dict[str, list[str]] = {}
    for label, score in scores.items():
        if said[label] != common:
            own = ", ".join(part for part in words.details(score) if part not in parts)
            others.setdefault(own or said[label] or "none", []).append(label)
    return common + (f" ({'; '.join(f'{listed(who)}: {own}' for own, who in others.items())})" if others else "")


def _column(board: Board, column: str) -> dict[str, Score]:
    """Return the scores of a column by the labels of their rows."""
    return {row.label: row.scores[column] for row in board.rows if column in row.scores}


def _short(board: Board, columns: Sequence[str]) -> list[str]:
    """Return the columns' names without their extractor, where the table has one extractor alone."""
    extractors = {score.features for column in board.columns for score in _column(board, column).values()} - {None}
    return [name_of(column) for column in columns] if len(extractors) < 2 else list(columns)
