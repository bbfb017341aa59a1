"""The configuration of a project: files in, checked values out."""

from hygge.config.model import (
    DriftConfig,
    EntityConfig,
    FlowConfig,
    GuardConfig,
    JournalConfig,
    Options,
    PolishConfig,
    Project,
    WatermarkConfig,
)
from hygge.config.problem import Problem
from hygge.config.project import find_project, load_project

__all__ = [
    "DriftConfig",
    "EntityConfig",
    "FlowConfig",
    "GuardConfig",
    "JournalConfig",
    "Options",
    "PolishConfig",
    "Problem",
    "Project",
    "WatermarkConfig",
    "find_project",
    "load_project",
]
