"""matplotlib's SVG, made small and fit for a page.

In: the text of a file that matplotlib wrote. Out: an ``svg`` element without what nobody reads: groups that
say nothing, identifiers that nothing refers to, fonts. Colours become variables of a style sheet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

from banc.document.pictures.style import COLOURS, PAPER

_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif"
_LOOK = f"{_FONT};stroke-linejoin:round;stroke-linecap:butt"
_EDGE = 12
"""Around a picture that stands alone, in points."""
_NAMESPACE = "http://www.w3.org/2000/svg"
_LEFT_OUT = ("metadata", "title", "style")
_BY_LIGHT = {colour.light: colour for colour in COLOURS}


def slim(text: str, title: str, key: str, *, alone: bool) -> str:
    """The element.

    Args:
        title: what it shows, for those who do not see it.
        key: what its identifiers begin with, since several pictures stand in one page.
        alone: whether it is a file of its own, which says its colours itself.
    """
    names = dict.fromkeys(re.findall(r'(?:href="#|url\(#)([^")]+)', text))
    for number, name in enumerate(names):
        text = re.sub(rf'(id="|"#|\(#){re.escape(name)}(?=["\)])', rf"\g<1>{key}{number}", text)
    root = ET.fromstring(text)
    wide, high = map(float, root.attrib["viewBox"].split()[2:])
    edge = _EDGE if alone else 0
    place = {
        "x": f"{-edge}",
        "y": f"{-edge}",
        "width": f"{wide + 2 * edge:g}",
        "height": f"{high + 2 * edge:g}",
    }
    box, size = " ".join(place.values()), {key: place[key] for key in ("width", "height")}
    made = ET.Element("svg", {"viewBox": box, **size, "role": "img", "style": _LOOK})
    ET.SubElement(made, "title").text = title
    if alone:
        made.set("xmlns", _NAMESPACE)
        dark = ";".join(f"{colour.variable}:{colour.dark}" for colour in COLOURS)
        sheet = ET.SubElement(made, "style")
        sheet.text = f"@media (prefers-color-scheme:dark){{svg{{{dark}}}}}"
        # A ground of its own, since a page may be dark where its reader's system is light.
        ground = f"fill:{_variable(PAPER.light, alone=alone)}"
        ET.SubElement(made, "rect", {**place, "rx": "6", "style": ground})
    for child in root:
        made.extend(_kept(child, alone=alone))
    return ET.tostring(made, encoding="unicode") + ("\n" if alone else "")


def _kept(element: ET.Element, *, alone: bool) -> Iterator[ET.Element]:
    """What remains of an element: itself, its children, or nothing."""
    tag = element.tag.rpartition("}")[2]
    if tag in _LEFT_OUT:
        return
    attributes = dict(_attributes(element, tag, alone=alone))
    children = [kept for child in element for kept in _kept(child, alone=alone)]
    if tag in ("g", "defs") and not attributes and (tag == "g" or not children):
        yield from children
        return
    if attributes.get("style") == "fill:none" and tag == "path":
        return
    made = ET.Element(tag, attributes)
    made.text = element.text.strip() if element.text else None
    made.extend(children)
    yield made


def _attributes(element: ET.Element, tag: str, *, alone: bool) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        name = key.rpartition("}")[2]
        match name:
            # Nothing refers to these.
            case "id" if tag in ("g", "text"):
                continue
            case "transform" if value.startswith("rotate(-0 "):
                continue
            case "style":
                yield name, _style(value, alone=alone)
            case "d":
                yield name, _rounded(re.sub(r"\s+", " ", value).strip())
            case "x" | "y":
                yield name, _rounded(value)
            case _:
                yield name, value


def _rounded(numbers: str) -> str:
    """To a tenth of a point, which no screen shows."""
    return re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}".removesuffix(".0"), numbers)


def _style(text: str, *, alone: bool) -> str:
    parts = [part.strip() for part in text.split(";") if part.strip()]
    kept = [part.replace(": ", ":") for part in parts if not part.startswith("font-family")]
    return re.sub(r"#[0-9a-f]{6}", lambda found: _variable(found[0], alone=alone), ";".join(kept))


def _variable(hue: str, *, alone: bool) -> str:
    colour = _BY_LIGHT.get(hue)
    if colour is None:
        return hue
    return f"var({colour.variable},{hue})" if alone else f"var({colour.variable})"
