"""One section of an INI file to the v1 tree of the same options.

Kinder than frp, which drops an integer or a boolean that it cannot read without a word: here that is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from frpg.config.decode import field_hint
from frpg.config.faults import Fault, Place, join
from frpg.config.ini import DEFAULT, IniSection
from frpg.config.legacy_keys import SCOPES, Keys
from frpg.config.sources import Part
from frpg.config.values import PortRange, nearest, parse_bool_ini, parse_int_ini, parse_port_ranges, split_list_ini

_NOTE = re.compile(r"\s#\s")  # `value # note`


class SectionReader:
    """Moves the keys of one section into the tree of `part`, noting what each option is called here."""

    def __init__(self, section: IniSection, file: str, label: str = "") -> None:
        self.section = section
        self.tree: dict[str, Any] = {}
        self._names: dict[str, str] = {}  # v1 key path to `[section] key`
        self._prefix = "" if section.name == DEFAULT else f"[{label or section.name}]"
        self.part = Part(tree=self.tree, place=Place(file, self._prefix, self._names))
        self._known: set[str] = set()

    def options(self, cls: type, keys: Keys) -> None:
        """Take the plain options of `keys`; `cls` is the model that their v1 paths lead into."""
        own = [key for key in self.section.keys if key in keys]
        for key in (*own, *(key for key in keys if key not in own)):  # faults come in the order of the file
            path = keys[key]
            text = self.text(key, path)
            if text:
                self._put(path, text, field_hint(cls, path))

    def text(self, key: str, path: str) -> str:
        """The value of one key, "" without one."""
        self._call(path, key)
        found = self.section.get(key)
        if found and _NOTE.search(found.value) and key in self.section.keys:
            self.warn(path, "has a note behind its value, which belongs to the value; give the note a line of its own")
        return found.value if found else ""

    def flag(self, key: str, path: str) -> bool:
        """The value of a boolean that has no v1 option of its own."""
        text = self.text(key, path)
        value = self._converted(path, text, bool) if text else None
        return bool(value)

    def maps(self, keys: Keys) -> None:
        """Take prefix maps: `meta_a = b` to {a: b} at the v1 path."""
        for prefix, path in keys.items():
            found = self.section.prefix_map(prefix)
            for rest in found:
                self._call(f"{path}.{rest}", prefix + rest)
            if found:
                put(self.tree, path, found)

    def raw_options(self, cls: type, prefix: str, keys: Keys, base: str) -> None:
        """Take the keys of a prefix map that are options themselves, below the v1 path `base`."""
        for key, path in keys.items():
            found = self.section.keys.get(prefix + key)
            self._call(f"{base}.{path}", prefix + key)
            if found and found.value:
                self._put(f"{base}.{path}", found.value, field_hint(cls, path))

    def scopes(self) -> None:
        """Take the booleans that stand for `auth.additionalScopes`."""
        chosen = [scope for key, scope in SCOPES.items() if self.flag(key, f"auth.additionalScopes.{scope}")]
        if chosen:
            put(self.tree, "auth.additionalScopes", chosen)

    def adopt(self, other: SectionReader, path: str) -> None:
        """Take over what was found in another section, whose options stand at the v1 path `path` here."""
        self._names.update({join(path, below): name for below, name in other._names.items()})
        self.part.faults += [Fault(join(path, fault.path), fault.text) for fault in other.part.faults]
        for warning in other.part.warnings:
            self._names[join(path, warning.path)] = other.part.place.name(warning.path)
            self.warn(join(path, warning.path), warning.text)

    def fault(self, path: str, text: str) -> None:
        self.part.faults.append(Fault(path, text))

    def warn(self, path: str, text: str) -> None:
        self.part.warnings.append(Fault(path, text))

    def warn_of_unknown(self, dead: Keys, elsewhere: Collection[str] = (), kind: str = "") -> None:
        """Warn of the keys that nothing has asked for; frp ignores them without a word.

        `dead` has the texts for keys of old releases, `elsewhere` keys that only another type than `kind` has.
        """
        for key in self.section.keys:
            if key in self._known:
                continue
            if key in dead:
                self.warn(key, dead[key])
            elif key in elsewhere:
                self.warn(key, f"has no effect for {kind}")
            else:
                near = nearest(key, sorted(self._known))
                self.warn(key, "unknown key, ignored" + (f', did you mean "{near}"?' if near else ""))

    def _call(self, path: str, key: str) -> None:
        self._known.add(key)
        self._names[path] = f"{self._prefix} {key}" if self._prefix else key

    def _put(self, path: str, text: str, hint: Any) -> None:
        value = self._converted(path, text, hint)
        if value is not None:
            put(self.tree, path, value)

    def _converted(self, path: str, text: str, hint: Any) -> object:
        try:
            if hint is int:
                return parse_int_ini(text)
            if hint is bool:
                return parse_bool_ini(text)
            if hint == list[str]:
                return split_list_ini(text)
            if hint == list[PortRange]:
                return [{"start": ports.start, "end": ports.end} for ports in parse_port_ranges(text)]
        except ValueError as problem:
            self.fault(path, _expected(hint, str(problem)))
            return None
        return text


def _expected(hint: Any, problem: str) -> str:
    if hint is int:
        return f"expected integer: {problem}"
    if hint is bool:
        return f"expected boolean: {problem}"
    return f'{problem}, write ports and ranges such as "1000-2000,3000"'


def put(tree: dict[str, Any], path: str, value: object) -> None:
    """Set the value at a v1 key path, making the objects on the way."""
    *above, last = path.split(".")
    for key in above:
        tree = tree.setdefault(key, {})
    tree[last] = value
