"""Networks that were trained elsewhere, on the whole way from a spec to a graph, and drawn."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import attrs
import pytest

from banc.emit.emit import emit, index_of
from banc.graph.draw import draw
from banc.graph.expand import SMOKE_SEED, expand
from banc.graph.graph import Graph
from banc.graph.link import link
from banc.graph.lower import lower
from banc.language.declare import declare
from banc.language.smoke import smoke
from banc.language.spec import Spec
from banc.stage.index import Index
from banc.stage.kinds import Import, Predict, Score, Train
from banc.stage.names import find_stage, find_stages, label

CONTENT = b"weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
TEXT = """
    [pretrained]
    hub = { model = "a", file = "FILE", sha256 = "DIGEST" }
    other = { model = "c", file = "other.pt", sha256 = "DIGEST" }
    [transfers]
    t = { teacher = "a/hub", students = ["b", "a"] }
    [ensembles]
    both = { of = "a", members = ["hub", "t"] }
    pool = { of = "a", members = ["hub", "c/other"] }
    all = { of = "a", members = ["hub", "t"], across_seeds = true }
    [table]
    rows = ["a", "b", "c"]
    columns = ["parameters", "hub", "t", "both", "pool", "all", "other"]
"""
ReadSpec = Callable[..., Spec]


@pytest.fixture
def read(read_spec: ReadSpec, tmp_path: Path) -> Callable[..., Spec]:
    (tmp_path / ".dvc").mkdir()

    def of(file: str = "hub.safetensors", text: str = TEXT) -> Spec:
        for name in (file, "other.pt"):
            (tmp_path / name).write_bytes(CONTENT)
        return read_spec(text.replace("FILE", file).replace("DIGEST", DIGEST))

    return of


def graph(spec: Spec, name: str = "t") -> Graph:
    return lower(expand(spec, name), f"spec/{name}.toml")


def test_it_is_one_stage_for_all_seeds_and_teaches_every_one(read: Callable[..., Spec]) -> None:
    made = graph(read())
    imports = {
        placed.stage.model.slug: (where, placed)
        for where, placed in made.stages.items()
        if isinstance(placed.stage, Import)
    }
    assert len(imports) == 2
    where, hub = imports["densenet-bc-10-2"]
    assert (hub.stage.digest, hub.stage.format) == (DIGEST, "safetensors")
    assert imports["densenet-bc-16-2"][1].stage.format == "state-dict"
    assert hub.names == ("a hub",)
    assert hub.file == "hub.safetensors"
    students = [stage.stage for stage in made.stages.values() if isinstance(stage.stage, Train)]
    stores = {
        stage.model
        for stage in (linked.stage for linked in made.stages.values())
        if isinstance(stage, Predict)
    }
    assert stores == {where}
    assert len({student.teacher_outputs for student in students}) == 1, "one store for all seeds"
    seeds = sorted(student.seed for student in students)
    assert seeds == [1003, 1003, 1005, 1005], "students are of the first generation, one a seed"


def test_its_cell_has_one_score_and_ensembles_of_each_seed_have_it(read: Callable[..., Spec]) -> None:
    made = graph(read())
    layout = made.layouts["t"]
    counts = {name: len(layout.scores["a", name]) for name in ("hub", "t", "both", "pool", "all")}
    assert counts == {"hub": 1, "t": 2, "both": 2, "pool": 1, "all": 1}
    members = [made.stages[score].stage.members for score in layout.scores["a", "both"]]
    assert all(
        sum(address.startswith("import-") for address in each) == 1 and len(each) == 2 for each in members
    )
    (pool,) = layout.scores["a", "pool"]
    assert pool not in layout.seed_of, "an ensemble of networks without seeds has none"
    assert len(made.stages[layout.scores["a", "all"][0]].stage.members) == 3
    assert [weights.run for weights in layout.elsewhere("a", "pool")] == ["a/hub", "c/other"]
    assert layout.elsewhere("a", "hub")[0].file == "hub.safetensors"
    assert layout.elsewhere("a", "t") == ()
    assert set(layout.parameters) == {"a", "b", "c"}


def test_where_it_lies_and_what_it_is_called_move_no_address(read: Callable[..., Spec]) -> None:
    first = graph(read())
    moved = graph(read("else where's.safetensors"))
    renamed = graph(read(text=TEXT.replace("hub", "web")))
    assert first.stages.keys() == moved.stages.keys() == renamed.stages.keys()


def test_another_digest_or_another_form_of_the_recipe_s_numbers_does(read: Callable[..., Spec]) -> None:
    spec = read()
    stages = graph(spec).stages.keys()
    other = attrs.evolve(spec.pretrained["hub"], sha256="0" * 64)
    assert graph(attrs.evolve(spec, pretrained={**spec.pretrained, "hub": other})).stages.keys() != stages
    longer = attrs.evolve(spec, recipe=attrs.evolve(spec.recipe, epochs=8))
    halved = attrs.evolve(spec, recipe=attrs.evolve(spec.recipe, precision="bfloat16"))
    imports = [
        {stage for stage in graph(each).stages if stage.startswith("import-")}
        for each in (spec, longer, halved)
    ]
    assert imports[0] == imports[1] != imports[2]


def test_the_path_is_in_the_command_and_among_the_inputs(read: Callable[..., Spec]) -> None:
    made = graph(read("it's ${HOME} -- here.safetensors"))
    (where,) = (address for address, linked in made.stages.items() if "a hub" in linked.names)
    files = emit(made)
    (text,) = (text for name, text in files.items() if name.endswith("dvc.yaml") and f"{where}:" in text)
    assert f"banc run {where} --file='it'\\\"'\\\"'s \\\\${{HOME}} -- here.safetensors'" in text
    assert '"it\'s \\\\${HOME} -- here.safetensors"' in text
    (parameters,) = (text for name, text in files.items() if name.endswith(f"{where}.json"))
    assert "here" not in parameters


def test_two_specs_with_two_copies_are_one_stage_in_either_order(read: Callable[..., Spec]) -> None:
    one, two = graph(read("z.safetensors"), "one"), graph(read("b.safetensors"), "two")
    both = link([one, two])
    assert both == link([two, one])
    assert both.stages.keys() >= one.stages.keys()
    (hub,) = (stage for stage in both.stages.values() if "a hub" in stage.names)
    assert hub.files == {"z.safetensors", "b.safetensors"}
    assert hub.file == "b.safetensors"


def test_people_find_it_by_name(read: Callable[..., Spec]) -> None:
    index: Index = index_of(graph(read()))
    (where,) = find_stages(index, "a/hub")
    assert where.startswith("import-")
    assert find_stage(index, "a/hub", kind="import") == where
    assert find_stage(index, "a/hub", kind="score").startswith("score-")
    assert index.stages[where].file == "hub.safetensors"
    assert label(index, where) == "a hub"


def test_a_picture_says_that_it_was_trained_elsewhere(read: Callable[..., Spec]) -> None:
    spec = read()
    text = draw({"t": spec}, "text")
    assert "├── a: hub  [trained elsewhere: hub.safetensors]\n│   ├── b: t  [ban-l]" in text
    assert '[("a: hub")]' in draw({"t": spec}, "mermaid")
    assert 'label="a: hub", shape=cylinder' in draw({"t": spec}, "dot")


def test_in_a_smoke_run_two_names_of_one_network_are_one_network(read: Callable[..., Spec]) -> None:
    again = 'again = { model = "a", file = "FILE", sha256 = "DIGEST" }\n    other ='
    spec = read(
        text=TEXT.replace("other =", again).replace('"hub", "t", "both"', '"hub", "again", "t", "both"')
    )
    real, tiny = graph(spec), graph(smoke(spec), "t-smoke")
    assert len(tiny.stages) == len(real.stages)
    (hub,) = [placed for placed in tiny.stages.values() if "a hub" in placed.names]
    assert hub.names == ("a again", "a hub")


def test_in_a_smoke_run_a_small_network_stands_for_it(read: Callable[..., Spec]) -> None:
    spec = read()
    tiny = smoke(spec)
    assert declare(tiny).keys() == declare(spec).keys()
    made = graph(tiny, "t-smoke")
    trained = {stage.stage.seed for stage in made.stages.values() if isinstance(stage.stage, Train)}
    stand_ins = {seed for seed in trained if seed >= SMOKE_SEED}
    assert len(stand_ins) == 2, "no run of the spec is that network"
    assert not any(isinstance(stage.stage, Import) for stage in made.stages.values())
    real = graph(spec)
    scores = [sum(isinstance(stage.stage, Score) for stage in each.stages.values()) for each in (made, real)]
    assert scores[0] == scores[1]
    assert made.layouts["t-smoke"].scores.keys() == real.layouts["t"].scores.keys()
    assert made.layouts["t-smoke"].imported == {}
