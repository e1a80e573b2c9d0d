"""Configuration files as templates: Go's text/template with the environment as its data."""

from frpg.config.template.executor import render
from frpg.config.template.pipelines import TemplateError

__all__ = ["TemplateError", "render"]
