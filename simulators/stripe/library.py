"""Reads the installed `stripe` library's parameter types without importing it (it would cost 40 MB).

Every endpoint of the simulator accepts exactly the parameters named in the library's generated
TypedDicts, nested ones included, so a parameter Stripe dropped or never had is refused here too.
"""

import ast
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@dataclass(slots=True, frozen=True)
class Shape:
    """What one parameter may hold; a union type switches on several of these."""

    text: bool = False
    integer: bool = False
    number: bool = False
    boolean: bool = False
    blank: bool = False
    mapping: bool = False
    choices: tuple[str, ...] = ()
    items: "Shape | None" = None
    fields: "dict[str, Slot] | None" = None

    def __or__(self, other: "Shape") -> "Shape":
        return Shape(
            text=self.text or other.text,
            integer=self.integer or other.integer,
            number=self.number or other.number,
            boolean=self.boolean or other.boolean,
            blank=self.blank or other.blank,
            mapping=self.mapping or other.mapping,
            choices=self.choices + other.choices,
            items=self.items or other.items,
            fields=self.fields or other.fields,
        )


@dataclass(slots=True, frozen=True)
class Slot:
    required: bool
    shape: Shape


Fields = dict[str, Slot]

SIMPLE = {
    "str": Shape(text=True),
    "int": Shape(integer=True),
    "float": Shape(number=True),
    "Decimal": Shape(number=True),
    "bool": Shape(boolean=True),
}


@cache
def folder() -> Path:
    spec = find_spec("stripe")
    if spec is None or spec.origin is None:
        raise RuntimeError("the stripe library is not installed, so its parameters cannot be read")
    return Path(spec.origin).parent


def api_version() -> str:
    """The API version the installed library speaks, e.g. 2026-10-28.endive."""
    tree = ast.parse((folder() / "_api_version.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id="CURRENT")], value=ast.Constant(value=str(version))):
                return version
    raise RuntimeError("the stripe library no longer names its API version in _api_version.py")


def parameters(module: str) -> Fields:
    """The parameters of one endpoint, from `stripe/params/<module>.py`; its first class is the endpoint's."""
    source = (folder() / "params" / f"{module}.py").read_text(encoding="utf-8")
    classes = {node.name: node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)}
    return _fields(next(iter(classes)), classes)


def _fields(name: str, classes: dict[str, ast.ClassDef]) -> Fields:
    return {
        node.target.id: _slot(node.annotation, classes)
        for node in classes[name].body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }


def _slot(annotation: ast.expr, classes: dict[str, ast.ClassDef]) -> Slot:
    match annotation:
        case ast.Subscript(value=ast.Name(id="NotRequired"), slice=inner):
            return Slot(required=False, shape=_shape(inner, classes))
    return Slot(required=True, shape=_shape(annotation, classes))


def _shape(node: ast.expr, classes: dict[str, ast.ClassDef]) -> Shape:
    match node:
        case ast.Constant(value=str(quoted)):
            return _shape(ast.parse(quoted.strip(), mode="eval").body, classes)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _union([left, right], classes)
        case ast.Name(id=name) if name in SIMPLE:
            return SIMPLE[name]
        case ast.Name(id=name) if name in classes:
            return Shape(fields=_fields(name, classes))
        case ast.Subscript(value=ast.Name(id="Literal"), slice=literal):
            words = literal.elts if isinstance(literal, ast.Tuple) else [literal]
            values = tuple(str(word.value) for word in words if isinstance(word, ast.Constant))
            return Shape(blank="" in values, choices=tuple(value for value in values if value))
        case ast.Subscript(value=ast.Name(id="Union"), slice=ast.Tuple(elts=members)):
            return _union(members, classes)
        case ast.Subscript(value=ast.Name(id="List"), slice=item):
            return Shape(items=_shape(item, classes))
        case ast.Subscript(value=ast.Name(id="Dict" | "UntypedStripeObject")):
            return Shape(mapping=True)
    raise RuntimeError(f"the stripe library uses a parameter type unknown here: {ast.dump(node)}")


def _union(members: list[ast.expr], classes: dict[str, ast.ClassDef]) -> Shape:
    shapes = [_shape(member, classes) for member in members]
    whole = shapes[0]
    for shape in shapes[1:]:
        whole |= shape
    # The library writes `Literal[...] | str` so that old code survives new values; the API is closed.
    return replace(whole, text=False) if whole.choices else whole
