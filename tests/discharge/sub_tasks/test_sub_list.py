"""Lists of split-off work: due first, by team, and one with its story."""

from ascbridge.discharge.lists.task_lists import Asked
from ascbridge.discharge.sub_tasks.sub_list import SUB_VIEWS, sub_counts, sub_rows, sub_story, subs_of
from tests.discharge.builders import Bench, at, death, details, not_ready, ready
from tests.discharge.split import act, split

NOW = at("2026-03-06T14:30")


def kinds(bench: Bench, view: str, **more: str) -> list[str]:
    lists = Asked(NOW, **more)
    return [row.fact.kind for row in bench.write(lambda c: sub_rows(c, view, lists))]  # type: ignore[arg-type]  # a view


def test_each_list_holds_what_its_name_says(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    ids = {kind: split(bench, kind) for kind in ("therapy", "brokerage", "transport")}
    ids["equipment"] = split(bench, "equipment", thing="bed", before=True)
    act(bench, ids["transport"], "claim")
    assert kinds(bench, "open")[0] == "brokerage"  # an hour to ask providers
    assert set(kinds(bench, "open")) == set(ids)
    assert kinds(bench, "mine", actor="sam") == ["transport"]
    assert kinds(bench, "mine") == []
    assert kinds(bench, "late") == ["brokerage", "equipment"]
    assert kinds(bench, "blocking") == ["equipment"]
    assert kinds(bench, "open", team="Brokerage Team") == ["brokerage"]
    act(bench, ids["therapy"], "stop", "declined")
    assert kinds(bench, "closed-today") == ["therapy"]
    bench.say(not_ready("2026-03-06T13:00"))
    assert set(kinds(bench, "paused")) == set(ids) - {"therapy"}
    bench.say(death("2026-03-06T13:30"))
    assert kinds(bench, "to-tell") == ["transport"]
    counts = bench.write(lambda c: sub_counts(c, Asked(NOW)))
    assert set(counts) == set(SUB_VIEWS)
    assert (counts["to-tell"], counts["open"]) == (1, 0)


def test_one_of_them_with_its_story(bench: Bench) -> None:
    bench.say(details("2026-03-02T10:00"), ready("2026-03-06T11:30"))
    id = split(bench, "transport", text="Wheelchair")
    story = bench.write(lambda c: sub_story(c, id, NOW))
    assert story is not None
    assert [(one.act, one.sealed is not None) for one in story.acts] == [("split", True)]
    assert bench.write(lambda c: sub_story(c, "u0", NOW)) is None
    assert [row.fact.task for row in bench.write(lambda c: subs_of(c, "s1", NOW))] == [id]
