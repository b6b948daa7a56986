"""`python3 -m tests.relevance [-v] [--tuned]`: how well the search finds what is meant, beside FTS5 and PostgreSQL."""

import argparse
import asyncio
import json
import os
import sys
from collections import defaultdict
from statistics import mean

from tests.house import ROOT, Missing, programs, venv

CONTESTANTS = ("wall", "fts5", "postgres")


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tests.relevance", description=__doc__)
    parser.add_argument("-v", dest="loud", action="store_true", help="every question, its score and what stood first")
    parser.add_argument("--tuned", action="store_true", help="leave out the questions that stay unseen while tuning")
    given = parser.parse_args(arguments)
    try:
        python = venv.prepare()
        if os.environ.get("WALL_RELEVANCE") != str(python):
            postgres = programs.find_or_install()["postgres"].parent
            own = {"WALL_RELEVANCE": str(python), "PYTHONPATH": str(ROOT), "TEST_POSTGRES_BIN": str(postgres)}
            os.execve(python, [str(python), "-m", "tests.relevance", *arguments], os.environ | own)
    except Missing as missing:
        print(f"\n{missing}", file=sys.stderr)
        return 2
    from tests.bench.machine import SHARED

    if not SHARED.is_file():
        print(f"The questions are about {SHARED.name}, which is not here.", file=sys.stderr)
        return 0
    return asyncio.run(measure(loud=given.loud, tuned=given.tuned))


async def measure(*, loud: bool, tuned: bool) -> int:
    """Ask everybody everything, print the table and end with one line of JSON."""
    import asyncpg

    from tests.relevance.contestants import Fts5, Postgres
    from tests.relevance.judged import BEST, board, ndcg, questions
    from tests.services import Postgres as Server
    from tests.services import private_folder
    from wall.find.finder import Finder

    wall, finder = board(), Finder()
    fts5 = Fts5(wall.cards.values())
    scores: dict[str, dict[str, list[float]]] = {name: defaultdict(list) for name in CONTESTANTS}
    with private_folder() as folder, Server(os.environ["TEST_POSTGRES_BIN"], folder / "postgres") as server:
        connection = await asyncpg.connect(server.url.replace("+asyncpg", ""))
        postgres = Postgres(connection)
        await postgres.learn(wall.cards.values())
        for question in questions():
            if tuned and question.unseen:
                continue
            answer = await finder.search(wall, question.asked, lambda card: True)
            found = {
                "wall": answer.ids,
                "fts5": fts5.ask(question.asked),
                "postgres": await postgres.ask(question.asked),
            }
            for name, ids in found.items():
                names = [wall.cards[card_id].name for card_id in ids[:BEST]]
                score = ndcg(names, question.worth)
                for group in ("all", question.about, "unseen" if question.unseen else "tuned"):
                    scores[name][group].append(score)
                if loud and name == "wall":
                    print(f"{score:.2f}  {question.asked}  ({len(ids)})")
                    for place in names if score < 0.9 else ():
                        print(f"        {question.worth.get(place, 0)}  {place}")
        await connection.close()
    groups = [group for group in scores["wall"] if group not in ("all", "tuned", "unseen")]
    print(f"nDCG@{BEST}      questions   wall   FTS5   PostgreSQL german")
    for group in (*groups, "tuned", "unseen", "all"):
        if group in scores["wall"]:
            values = [mean(scores[name][group]) for name in CONTESTANTS]
            print(f"{group:13}{len(scores['wall'][group]):8}{values[0]:9.3f}{values[1]:7.3f}{values[2]:9.3f}")
    result = {
        "ndcg10_tuned": round(mean(scores["wall"]["tuned"]), 3),
        "ndcg10_unseen": round(mean(scores["wall"]["unseen"]), 3) if not tuned else None,
        "fts5": round(mean(scores["fts5"]["all"]), 3),
        "postgres": round(mean(scores["postgres"]["all"]), 3),
    }
    print(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
