"""Write the typed Python client of the interface from its description: `python scripts/make_client.py`."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "clients/python/zahlmeister_client.py"
BEGINNING = Path(__file__).with_name("client_beginning.py.txt")
QUOTES = '"'
_PLAIN = {"string": "str", "integer": "int", "boolean": "bool", "number": "float", "null": "None"}


def source_of(told: dict[str, Any]) -> str:
    """The source of the client: a type for each schema, and a method for each call."""
    schemas = told["components"]["schemas"]
    parts = [BEGINNING.read_text(encoding="utf-8").rstrip()]
    parts += [_type_of_schema(name, schema) for name, schema in sorted(schemas.items())]
    methods = [
        _method(path, method, said) for path, methods in told["paths"].items() for method, said in methods.items()
    ]
    head = 'class Zahlmeister(Calls):\n    """A house, with a method for each of its calls."""\n\n'
    parts.append(head + textwrap.indent("\n\n".join(sorted(methods)), "    "))
    return _formatted("\n\n\n".join(parts) + "\n")


def _type_of_schema(name: str, schema: dict[str, Any]) -> str:
    said = schema.get("description", "").replace("\n", " ")
    if "enum" in schema:
        return f"#: {said or name}\n{name} = Literal[{', '.join(json.dumps(value) for value in schema['enum'])}]"
    required = set(schema.get("required", []))
    lines = [f"class {name}(TypedDict):", f'    """{said or name}"""', ""]
    for field, of in schema["properties"].items():
        kind = _type(of)
        lines.append(f"    {field}: {kind if field in required else f'NotRequired[{kind}]'}")
    return "\n".join(lines)


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return f'"{schema["$ref"].rpartition("/")[2]}"'
    if "allOf" in schema:
        return _type(schema["allOf"][0])
    if "anyOf" in schema:
        return _joined([_type(one) for one in schema["anyOf"]])
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(value) for value in schema['enum'])}]"
    if schema.get("type") == "array":
        return f"list[{_type(schema['items'])}]"
    return _PLAIN.get(schema.get("type", ""), "Any")


def _joined(kinds: list[str]) -> str:
    """`X | None`; a name in quotes takes the whole into its quotes."""
    told = " | ".join(dict.fromkeys(kinds))
    return '"' + told.replace('"', "") + '"' if '"' in told else told


def _method(path: str, method: str, said: dict[str, Any]) -> str:
    of = {where: [one for one in said["parameters"] if one["in"] == where] for where in ("path", "query")}
    arguments = ["self", *(f"{one['name']}: str" for one in of["path"])]
    body = said.get("requestBody", {}).get("content", {}).get("application/json")
    arguments += [f"content: {_type(body['schema'])}"] if body else []
    named = [f"{one['name']}: {_type(one['schema']).removesuffix(' | None')} | None = None" for one in of["query"]]
    named += [] if method == "get" else ['once: str = ""']
    arguments += ["*", *named] if named else []
    [answer] = [
        _type(one["content"]["application/json"]["schema"])
        for status, one in said["responses"].items()
        if status < "300"
    ]
    asked = ", ".join(f'"{one["name"]}": {one["name"]}' for one in of["query"])
    sent = [
        f'"{method.upper()}"',
        f'{"f" if of["path"] else ""}"{_address(path)}"',
        *([f"{{{asked}}}"] if asked else []),
    ]
    sent += [] if method == "get" else [f"content={'content' if body else 'None'}", "once=once"]
    return (
        f"def {said['operationId']}({', '.join(arguments)}) -> {answer}:\n"
        f'    """{said["summary"]}."""\n'
        f"    told: {answer.strip(QUOTES)} = self.call({', '.join(sent)})\n"
        "    return told"
    )


def _address(path: str) -> str:
    return path.replace("{", "{plain(").replace("}", ")}")


def _formatted(source: str) -> str:
    command = [str(Path(sys.executable).with_name("ruff")), "format", "--stdin-filename", str(TARGET), "-"]
    return subprocess.run(command, input=source, capture_output=True, text=True, check=True, cwd=ROOT).stdout


def main() -> None:
    """Write the client's file anew."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "zahlmeister.project.test_settings")
    import django

    django.setup()
    from zahlmeister.api.v1.document import document

    TARGET.write_text(source_of(document()), encoding="utf-8")


if __name__ == "__main__":
    main()
