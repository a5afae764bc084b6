from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

Banc = Callable[..., Any]


def files(root: Path) -> dict[Path, tuple[bytes, int]]:
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()}


def test_a_line_for_each_written_file_or_folder_and_a_summary(banc: Banc, workspace: Path) -> None:
    done = banc("compile")
    assert (done.code, done.err) == (0, "")
    *lines, summary = done.out.splitlines()
    assert summary == "1 table: 7 stages, 2 of them trainings"
    groups = workspace / "pipelines"
    assert lines == [
        "wrote dvc.yaml",
        "wrote params.yaml",
        *(
            f"wrote pipelines/{group.name}/ ({len(files(group))} files)"
            for group in sorted(groups.glob("digits*"), key=lambda group: f"{group}/")
        ),
        "wrote pipelines/index.json",
        "wrote pipelines/tables/table-a-table.json",
    ]
    assert all(len(files(group)) > 1 for group in groups.glob("digits*"))


def test_a_second_call_says_that_nothing_was_to_do(banc: Banc, workspace: Path) -> None:
    banc("compile")
    before = files(workspace)
    again = banc("compile", "spec/a-table.toml")
    assert again.out == "1 table: 7 stages, 2 of them trainings; every file was up to date\n"
    assert files(workspace) == before


def test_shared_stages_are_counted(banc: Banc, workspace: Path) -> None:
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text.replace("generations = 1", "generations = 2"))
    done = banc("compile")
    assert done.out.splitlines()[-1] == "2 tables: 11 stages, 3 of them trainings, 6 shared between specs"


def test_check_lists_what_is_stale_and_writes_nothing(banc: Banc, workspace: Path) -> None:
    never = banc("compile", "--check")
    assert never.code == 2
    assert not (workspace / "dvc.yaml").exists()
    banc("compile")
    assert banc("compile", "--check").code == 0
    (workspace / "params.yaml").unlink()
    (group,) = workspace.glob("pipelines/*densenet*/dvc.yaml")
    group.write_text(group.read_text() + "# mine\n")
    (workspace / "pipelines/tables/table-gone.json").write_text("{}")
    before = files(workspace)
    stale = banc("compile", "--check", "spec/a-table.toml")
    assert stale.code == 2
    assert stale.out.splitlines() == [
        "stale params.yaml",
        f"stale {group.relative_to(workspace)}",
        "stale pipelines/tables/table-gone.json",
    ]
    assert "error: 3 generated files not up to date" in stale.err
    assert "hint: run `banc compile spec/a-table.toml`" in stale.err
    assert files(workspace) == before


def test_what_is_stale_is_told_by_folder(banc: Banc, workspace: Path) -> None:
    banc("compile")
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/a-table.toml").write_text(text.replace("growth = 2", "growth = 4"))
    stale = banc("compile", "--check")
    assert [line for line in stale.out.splitlines() if line.endswith(" files)")]
    assert len(stale.out.splitlines()) == len({line.split(" (")[0] for line in stale.out.splitlines()}) < 10


def test_what_goes_is_told(banc: Banc, workspace: Path) -> None:
    text = (workspace / "spec/a-table.toml").read_text()
    (workspace / "spec/b.toml").write_text(text.replace("generations = 1", "generations = 2"))
    banc("compile")
    done = banc("compile", "spec/a-table.toml")
    assert "removed pipelines/tables/table-b.json" in done.out.splitlines()
    assert banc("compile", "--check", "spec/a-table.toml").code == 0
    assert banc("compile", "--check").code == 2


def test_faults_of_a_spec_go_to_standard_error(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    path.write_text(path.read_text().replace("growth = 2", "growth = 0"))
    done = banc("compile")
    assert (done.code, done.out) == (2, "")
    assert "error[BANC013]" in done.err
    assert done.err.endswith("1 error\n")
    assert not (workspace / "dvc.yaml").exists()


def test_warnings_do_not_mix_with_what_was_written(banc: Banc, workspace: Path) -> None:
    path = workspace / "spec/a-table.toml"
    path.write_text(path.read_text().replace('["teacher", "ban-1"]', '["teacher"]'))
    done = banc("compile")
    assert done.code == 0
    assert "warning[BANC041]" in done.err
    assert "warning" not in done.out


def test_it_works_from_below_the_workspace(banc: Banc, workspace: Path, monkeypatch: Any) -> None:
    banc("compile")
    monkeypatch.chdir(workspace / "spec")
    assert banc("compile", "--check", "a-table.toml").code == 0
