from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from banc.language.codes import Code
from banc.language.schema import schema_text

Banc = Callable[..., Any]


def spoil(workspace: Path, old: str, new: str) -> Path:
    path = workspace / "spec/a-table.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_a_good_spec_is_told_in_one_line(banc: Banc, workspace: Path) -> None:
    done = banc("check", "spec/a-table.toml")
    assert (done.code, done.out, done.err) == (0, "1 spec checked: no faults\n", "")


def test_faults_go_to_standard_output(banc: Banc, workspace: Path) -> None:
    """They are what was asked for, so that they can be piped and paged."""
    spoil(workspace, "growth = 2", 'growth = "2"')
    done = banc("check", "spec/a-table.toml")
    assert (done.code, done.err) == (2, "")
    assert "error[BANC012]" in done.out
    assert "--> spec/a-table.toml:8:" in done.out
    assert "^^^" in done.out
    assert done.out.endswith("1 error\n")


def test_a_warning_is_no_failure(banc: Banc, workspace: Path) -> None:
    spoil(workspace, '["teacher", "ban-1"]', '["teacher"]')
    done = banc("check", "spec/a-table.toml")
    assert done.code == 0
    assert "warning[BANC041]" in done.out
    assert done.out.endswith("1 spec checked: 1 warning\n")


def test_every_spec_is_checked_though_one_is_bad(banc: Banc, workspace: Path) -> None:
    text = (workspace / "spec/a-table.toml").read_text()
    for name in ("b", "c"):
        (workspace / f"{name}.toml").write_text(text.replace("seeds = [0]", "seeds = [0, 0]"))
    done = banc("check", "b.toml", "spec/a-table.toml", "c.toml")
    assert done.code == 2
    assert done.out.count("error[BANC025]") == 2
    assert done.out.endswith("2 errors\n")


@pytest.mark.parametrize("format", ["json", "github", "sarif"])
def test_machines_get_nothing_but_their_format(banc: Banc, workspace: Path, format: str) -> None:
    good = banc("check", "--format", format, "spec/a-table.toml")
    assert good.code == 0
    spoil(workspace, "growth = 2", "growth = 0")
    bad = banc("check", "--format", format, "spec/a-table.toml")
    assert (bad.code, bad.err) == (2, "")
    if format == "github":
        assert good.out == ""
        assert bad.out.startswith("::error file=spec/a-table.toml,line=8,")
        assert len(bad.out.splitlines()) == 1
    else:
        json.loads(good.out)
        assert "BANC013" in json.dumps(json.loads(bad.out))


def test_every_code_is_explained(banc: Banc) -> None:
    for code in Code:
        done = banc("explain-error", code.code)
        assert done.code == 0
        assert code.title in done.out and code.cause in done.out and code.cure in done.out
    assert banc("explain-error", "banc12").out == banc("explain-error", "BANC012").out


def test_the_schema_is_printed_and_nothing_else(banc: Banc) -> None:
    done = banc("schema")
    assert (done.code, done.out, done.err) == (0, schema_text(), "")


def test_without_a_spec_all_of_them_are_checked(banc: Banc, workspace: Path) -> None:
    spec = workspace / "spec/a-table.toml"
    (workspace / "spec/b-table.toml").write_text(spec.read_text().replace("seeds = [0]", "seeds = [0, 0]"))
    done = banc("check")
    assert done.code == 2
    assert "--> spec/b-table.toml:5:" in done.out, "as GitHub's annotations need it"
    (workspace / "spec/b-table.toml").unlink()
    assert banc("check").out == "1 spec checked: no faults\n"
    spec.unlink()
    done = banc("check")
    assert (done.code, done.out) == (2, "")
    assert "no spec in `spec/`" in done.err


def test_one_specs_error_hides_no_others_warning(banc: Banc, workspace: Path) -> None:
    text = (workspace / "spec/a-table.toml").read_text()
    warned = text.replace('["teacher", "ban-1"]', '["teacher"]')
    for name, said in (("z", warned), ("y", "nonsense"), ("x", warned)):
        (workspace / f"{name}.toml").write_text(said)
    done = banc("check", "--format", "json", "z.toml", "y.toml", "x.toml")
    assert done.code == 2
    faults = [(fault["file"], fault["severity"]) for fault in json.loads(done.out)]
    assert faults == [("z.toml", "warning"), ("y.toml", "error"), ("x.toml", "warning")]
