"""How PyInstaller collects torch: what is reached by imports, and all of its libraries.

The hook that comes with PyInstaller names every module of torch, and imports each to do so. Nothing
here needs those of training on clusters, of exporting or of testing.
"""

from PyInstaller.utils.hooks import (
    PY_DYLIB_PATTERNS,
    collect_data_files,
    collect_dynamic_libs,
    collect_submodules,
)

# Functions that are compiled by torch.jit are read from their source.
module_collection_mode = "pyz+py"
hiddenimports = ["torch._C", "torch._dynamo", "torch.jit", "torch.nn.functional"]
# Imported by their names, from a list that torch makes while it runs.
hiddenimports += collect_submodules("torch._dynamo.polyfills")
datas = collect_data_files("torch", includes=["bin/torch_shm_manager"])
binaries = collect_dynamic_libs("torch", search_patterns=[*PY_DYLIB_PATTERNS, "*.so.*"])

# torch finds the libraries that it loads late beside those it loaded first.
bindepend_symlink_suppression = ["**/torch/lib/*.so*"]
