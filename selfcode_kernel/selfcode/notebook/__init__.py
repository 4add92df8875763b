"""The notebook layer: everything that knows IPython and Jupyter."""
