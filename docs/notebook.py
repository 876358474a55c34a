"""Runs a notebook against a server, and compares the texts that it prints with
those that it has.

    python notebook.py URL NOTEBOOK [update]

With update it writes the notebook anew instead, with pictures.
"""

import difflib
import os
import sys

import nbclient
import nbformat


def texts(notebook):
    """The texts of all outputs, by cell, without pictures and their captions."""
    for i, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                yield f"cell {i}: a picture"
            elif "text/plain" in data:
                yield f"cell {i}: {data['text/plain']}"
            elif "text" in output:
                yield f"cell {i}: {output['text']}"


def main(url, path, update):
    os.environ["HERBARIUM_URL"] = url
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    notebook = nbformat.read(path, as_version=4)
    want = "\n".join(texts(notebook)).splitlines()
    nbclient.NotebookClient(notebook, timeout=120, record_timing=False).execute()
    nbformat.validate(notebook)
    if update:
        nbformat.write(notebook, path)
        return 0
    got = "\n".join(texts(notebook)).splitlines()
    difference = list(difflib.unified_diff(want, got, "committed", "now", lineterm=""))
    print("\n".join(difference))
    return 1 if difference or not want else 0


sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:] == ["update"]))
