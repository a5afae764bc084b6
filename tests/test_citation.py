"""CITATION.cff: the shape that its readers expect, and the same facts as elsewhere in the repository."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

import banc

PERSON = {
    "type": "object",
    "required": ["family-names", "given-names"],
    "additionalProperties": False,
    "properties": {"family-names": {"type": "string"}, "given-names": {"type": "string"}},
}
ENTITY = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {"name": {"type": "string", "minLength": 1}},
}
AUTHORS = {"type": "array", "minItems": 1, "uniqueItems": True, "items": {"anyOf": [PERSON, ENTITY]}}
TEXT = {"type": "string", "minLength": 1}
# What version 1.2.0 of the Citation File Format says of the keys that stand there; all others are refused.
SHAPE = {
    "type": "object",
    "required": ["cff-version", "message", "title", "authors"],
    "additionalProperties": False,
    "properties": {
        "cff-version": {"const": "1.2.0"},
        "message": TEXT,
        "type": {"enum": ["dataset", "software"]},
        "title": TEXT,
        "abstract": TEXT,
        "authors": AUTHORS,
        "version": {"type": ["string", "number"]},
        "license": TEXT,
        "keywords": {"type": "array", "minItems": 1, "uniqueItems": True, "items": TEXT},
        "references": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {
                "type": "object",
                "required": ["authors", "title", "type"],
                "additionalProperties": False,
                "properties": {
                    "type": {"enum": ["article", "conference-paper", "generic", "report"]},
                    "title": TEXT,
                    "notes": TEXT,
                    "authors": AUTHORS,
                    "year": {"type": "integer"},
                    "conference": ENTITY,
                    "url": {"type": "string", "pattern": "^https://"},
                    "identifiers": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["type", "value"],
                            "additionalProperties": False,
                            "properties": {"type": {"enum": ["doi", "url", "swh", "other"]}, "value": TEXT},
                        },
                    },
                },
            },
        },
    },
}


@pytest.fixture(scope="module")
def citation(checkout: Path) -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe", pure=True).load(checkout / "CITATION.cff")
    return found


def test_it_has_the_shape_of_its_format(citation: dict[str, Any]) -> None:
    assert [error.message for error in Draft202012Validator(SHAPE).iter_errors(citation)] == []


def test_it_says_what_the_package_says(citation: dict[str, Any], checkout: Path) -> None:
    project = tomllib.loads((checkout / "pyproject.toml").read_text())["project"]
    assert citation["title"] == project["name"]
    assert citation["version"] == banc.__version__
    assert citation["license"] == project["license"]
    assert citation["authors"] == project["authors"]
    assert citation["keywords"] == project["keywords"]
    assert citation["abstract"] == f"{project['description']}."
    assert citation["authors"][0]["name"] in (checkout / "LICENSE").read_text()


def test_it_cites_the_papers_that_the_manual_names(citation: dict[str, Any], checkout: Path) -> None:
    page = (checkout / "docs/paper.md").read_text()
    first = page.split("\n\n")[1]
    for reference in citation["references"]:
        assert f"*{reference['title']}*" in first
        assert re.search(rf"\b{reference['year']}\b", first)
        for author in reference["authors"]:
            assert author["family-names"] in first
    names = [
        {author["family-names"] for author in reference["authors"]} for reference in citation["references"]
    ]
    assert names[1] - names[0] == {"Tschannen"}
    assert citation["references"][1]["identifiers"][0]["value"] == "arXiv:1805.04770"
