"""The commands of the time machine, as somebody types them."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from typer.testing import CliRunner

from ascbridge.cli import app
from tests.bootstrap.shadowed import city, publish

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.web.city import City

__all__ = ["city"]


def run(city: City, *words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, ["shadow", *words, "--data-dir", str(city.folder)])
    return found.exit_code, found.output


def test_a_shadow_is_built_compared_shown_and_let_go(
    city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.nice", lambda _: 0)  # it would last for this process
    monkeypatch.setenv("ASCBRIDGE_SINK__NAME", city.settings.sink.name)
    publish(city)
    path = tmp_path / "itk-v24.toml"
    text = (files("ascbridge.intake.sources") / "profiles" / "itk-v24.toml").read_text("utf-8")
    path.write_text(text.replace('"19" = "19"', '"19" = "79"'))
    code, said = run(city, "build", "next", "--with", str(path))
    assert code == 0, said
    assert "feed profile itk-v24" in said
    assert said.splitlines()[-1].startswith("built\t")
    code, said = run(city, "compare", "next")
    assert (code, "feed itk-v24 is read otherwise" in said) == (1, True)
    code, said = run(city, "show", "next", "--kind", "task")
    assert (code, "ADEYEMI" in said, "why\tmessage" in said) == (0, False, True)
    assert "next\tbuilt\t" in run(city, "list")[1]
    assert run(city, "stop", "next")[0] == 0
    assert run(city, "build", "next", "--resume")[0] == 0
    assert run(city, "let-go", "next")[0] == 0
    code, said = run(city, "compare", "next")
    assert (code, "there is no shadow" in said) == (2, True)
    code, said = run(city, "build", "next", "--from", "2026-10-01")
    assert (code, "says no zone" in said) == (2, True)
