"""HTML as a list of elements, enough to look into pages."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "input", "br", "hr", "img"}


@dataclass
class Element:
    name: str
    attributes: dict[str, str]
    text: str = ""
    inside: list["Element"] = field(default_factory=list)

    def all(self, name: str = "", **attributes: str) -> list["Element"]:
        """Elements in this one, by name, and by attributes; `class_` names one of its classes."""
        return [each for each in self.inside if each.fits(name, attributes)]

    def one(self, name: str = "", **attributes: str) -> "Element":
        found = self.all(name, **attributes)
        assert len(found) == 1, f"{len(found)} elements {name} {attributes}"
        return found[0]

    def fits(self, name: str, attributes: dict[str, str]) -> bool:
        classes = self.attributes.get("class", "").split()
        return (not name or self.name == name) and all(
            value in classes if key == "class_" else self.attributes.get(key) == value
            for key, value in attributes.items()
        )

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("document", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        for outer in self.open:
            outer.inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].name == tag, f"</{tag}> closes <{self.open[-1].name}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for outer in self.open:
            outer.text += data


def parse(text: str) -> Element:
    """Parse a page; elements that are not closed are an error."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    assert len(parser.open) == 1, [element.name for element in parser.open]
    return parser.open[0]
