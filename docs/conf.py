"""Pages of consilience: `make docs` builds them against the installed wheel."""

from importlib.metadata import version as version_of

project = "consilience"
author = "the consilience developers"
copyright = "2026, the consilience developers"
version = release = version_of("consilience")

extensions = [
    "myst_nb",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
]
exclude_patterns = ["_build", "jupyter_execute", "requirements.txt"]
html_theme = "furo"
html_title = f"consilience {version}"
html_show_sourcelink = False
html_use_index = True

# Notebooks are executed on every build: what a page shows is what the library does.
nb_execution_mode = "force"
nb_execution_timeout = 300
nb_execution_raise_on_error = True
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "none"
autodoc_member_order = "bysource"
autosummary_generate = False
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
