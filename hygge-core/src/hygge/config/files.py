"""Which files make up the flows of a project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from hygge.config.place import Place, Source
from hygge.config.problem import Problem, problem_at
from hygge.errors import ConfigurationError

__all__ = ["FlowFiles", "find_flows", "relative_name"]

_FLOW_NAME = re.compile(r"[^\W][^\x00-\x1f\x7f\ud800-\udfff.:=*?\[\]/\\]*")


@dataclass(slots=True, kw_only=True)
class FlowFiles:
    """The files of one flow, and what is wrong with their names."""

    name: str
    file: Path
    entity_files: tuple[Path, ...] = ()
    problems: list[Problem] = field(default_factory=list)


def find_flows(root: Path) -> list[FlowFiles]:
    """The flows under ``flows/``, sorted by name; hidden files are left alone."""
    found: dict[str, FlowFiles] = {}
    for files in _readable_candidates(root):
        _check_name(files, root)
        other = found.setdefault(files.name, files)
        if other is not files:
            message = f"the flow {files.name!r} stands also in {relative_name(other.file, root)}"
            other.problems.append(_at_file(files.file, root, "HYG113", message, "Remove one of them."))
            other.problems.extend(files.problems)
    return [found[name] for name in sorted(found)]


def _readable_candidates(root: Path) -> list[FlowFiles]:
    try:
        return list(_candidates(root))
    except OSError as error:
        raise ConfigurationError(
            f"the folder {error.filename} cannot be read: {error.strerror}",
            code="HYG116",
            remedy="Check its permissions.",
        ) from error


def _candidates(root: Path) -> Iterator[FlowFiles]:
    folder = root / "flows"
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if files := _folder(path, root):
                yield files
        elif path.suffix in (".yml", ".yaml"):
            yield _suffix_checked(FlowFiles(name=path.stem, file=path), root)


def _folder(path: Path, root: Path) -> FlowFiles | None:
    yamls = [item for item in sorted(path.iterdir()) if item.suffix in (".yml", ".yaml")]
    entities = path / "entities"
    listed = sorted(entities.iterdir()) if entities.is_dir() else []
    entity_files = [
        item for item in listed if item.suffix in (".yml", ".yaml") and not item.name.startswith(".")
    ]
    if not yamls and not entity_files:
        return None
    files = FlowFiles(
        name=path.name,
        file=path / "flow.yml",
        entity_files=tuple(item for item in entity_files if item.suffix == ".yml"),
    )
    for item in [*yamls, *entity_files]:
        if item.suffix == ".yaml":
            files.problems.append(_yaml_suffix(item, root))
    files.problems += [_astray(item, root) for item in yamls if item.name not in ("flow.yml", "flow.yaml")]
    if not files.file.exists() and not files.problems:
        message = f"the folder of the flow {path.name!r} has no flow.yml"
        files.problems.append(_at_file(files.file, root, "HYG106", message, "Write it: `home` and `store`."))
    return files


def _suffix_checked(files: FlowFiles, root: Path) -> FlowFiles:
    if files.file.suffix == ".yaml":
        files.problems.append(_yaml_suffix(files.file, root))
    return files


def _yaml_suffix(path: Path, root: Path) -> Problem:
    return _at_file(path, root, "HYG113", "the name ends in .yaml", f"Rename it to {path.stem}.yml.")


def _astray(path: Path, root: Path) -> Problem:
    remedy = f"The flow itself is flow.yml; an entity of it belongs into entities/{path.name}."
    return _at_file(path, root, "HYG113", "a file in a flow's folder that is not read", remedy)


def _check_name(files: FlowFiles, root: Path) -> None:
    if not _FLOW_NAME.fullmatch(files.name) or files.name != files.name.strip():
        message = f"{files.name!r} cannot name a flow"
        remedy = "Begin with a letter, a digit or _, and use none of . : = * ? [ ] in it."
        files.problems.append(_at_file(files.file, root, "HYG113", message, remedy))


def _at_file(path: Path, root: Path, code: str, message: str, remedy: str) -> Problem:
    return problem_at(Place(Source(name=relative_name(path, root)), 1, 1), code, message, remedy)


def relative_name(path: Path, root: Path) -> str:
    """What people call a file of the project."""
    # a name that is not UTF-8 is shown escaped
    return path.relative_to(root).as_posix().encode("utf-8", "backslashreplace").decode("utf-8")
