"""The stage of a cut-over: files are dropped whole, the commands are those that people give, and all is waited for."""

import httpx

from ascbridge.cutover.comparison_rules import load
from ascbridge.simulator.cut_over_stage import NEW, OLD, CutOverStage
from ascbridge.simulator.cut_over_tale import CutOverTale
from ascbridge.simulator.discharge_team import Desk
from ascbridge.simulator.old_case_system import CsvFile
from ascbridge.simulator.running_bridge import free_port


def a_stage(folder) -> CutOverStage:
    return CutOverStage(folder, http_port=free_port(), mllp_port=free_port())


async def test_a_row_that_stands_twice_in_a_file_counts_once(tmp_path):
    async with a_stage(tmp_path) as stage:
        stage.drop([CsvFile(0, "packages_1.csv", b'"A","B"\r\n"1","2"\r\n"1","2"\r\n"1","3"\r\n', 3)])
        assert len(stage.rows) == 2
        stage.drop(files := CutOverTale(3).files(1))
        dropped = {file.name for file in (tmp_path / "extracts").iterdir()}
        assert dropped == {"packages_1.csv", *(file.name for file in files)}
        assert (tmp_path / "secret").stat().st_mode & 0o077 == 0
        assert load(tmp_path / "comparison-rules.toml").rule["review"].keys == ("due_on",)


async def test_a_command_is_answered_with_its_exit_code_and_what_it_printed(tmp_path):
    async with a_stage(tmp_path) as stage:
        code, said = await stage.command("status")  # no bridge runs here
    assert (code, "No token" in said or "not" in said) == (1, True)


async def test_all_is_settled_when_everything_is_kept_and_nothing_waits(tmp_path):
    found = {OLD: {"kept": 1, "waiting": 0}, NEW: {"kept": 2, "waiting": 1}}

    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=[{"feed": feed, **ledger} for feed, ledger in found.items()])

    async def token() -> str:
        return "token"

    async with a_stage(tmp_path) as stage:
        await stage.operations.close()
        stage.operations = Desk("http://invented", token)
        stage.operations._client = httpx.AsyncClient(
            base_url="http://invented", transport=httpx.MockTransport(answer)
        )
        stage.rows, stage.keys = {("a",)}, {"a", "b"}
        assert not await stage._is_settled()
        found[NEW]["waiting"] = 0
        assert await stage._is_settled()
        stage.keys.add("c")
        assert not await stage._is_settled()


async def test_all_is_paired_when_nothing_waits_and_no_round_is_under_way(tmp_path):
    async with a_stage(tmp_path) as stage:
        found = {"to_pair": 1, "looked_at_anew": False}

        async def asked(_what: str) -> dict[str, object]:
            return found

        stage.asked = asked
        assert not await stage._is_paired()
        found |= {"to_pair": 0, "looked_at_anew": True}
        assert not await stage._is_paired()
        found |= {"looked_at_anew": False}
        assert await stage._is_paired()
