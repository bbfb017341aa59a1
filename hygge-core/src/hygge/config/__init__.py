"""The configuration of a project: files in, checked values out."""

from hygge.config.model import EntityConfig, FlowConfig, JournalConfig, Options, Project, WatermarkConfig
from hygge.config.problem import Problem
from hygge.config.project import find_project, load_project

__all__ = [
    "EntityConfig",
    "FlowConfig",
    "JournalConfig",
    "Options",
    "Problem",
    "Project",
    "WatermarkConfig",
    "find_project",
    "load_project",
]
