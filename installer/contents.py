"""What goes into the program and what stays out. The recipe of PyInstaller asks here.

Kept apart from the recipe so that tests can look at it without building anything.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

DATA_FOLDERS = ("resources", "docs")
"""Folders of the repository that are shipped whole."""

DATA_FILES = ("LICENSE", "CHANGELOG.md", "README.md")

PACKAGES_WITH_DATA = ("open_clip",)
"""Libraries whose data files (vocabulary, architectures) are read from beside their code."""

METADATA = (
    "filelock", "ftfy", "matplotlib", "msgspec", "numpy", "open_clip_torch", "pillow",
    "platformdirs", "pyarrow", "pyqtgraph", "PySide6_Essentials", "regex", "safetensors", "superqt",
    "timm", "tokenizers", "tomlkit", "torch", "torchvision", "tqdm", "uharfbuzz", "huggingface_hub",
)  # fmt: skip
"""Libraries whose version is asked for while the program runs."""

IMPORTED_BY_NAME = ("core", "gui")
"""Packages of the program: modules are imported late or by their name."""

HIDDEN = (
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_pdf",
    "matplotlib.backends.backend_svg",
    "open_clip",
    "pyarrow.parquet",
    "tokenizers",
    "torchvision",
)
"""Modules that are imported late or by their name."""

LEFT_OUT = (
    # Tools of developers, which the environment may hold beside the program's own libraries.
    "duckdb", "grimp", "hypothesis", "importlinter", "IPython", "markdown_it", "mdurl",
    "mypy", "mypyc", "pandas", "pip",
    "polars", "py", "pypdf", "pytest", "pytest_benchmark", "pytest_timeout", "pytestqt", "_pytest",
    "ruff",
    "setuptools", "pkg_resources", "_distutils_hack",
    # Other windows and servers that libraries can talk to.
    "tkinter", "PyQt5", "PyQt6", "PySide2", "wx", "gi", "tensorboard", "OpenGL",
    # A faster way of downloading, which needs its own servers; colored text in terminals.
    "hf_xet", "rich", "pygments",
    # The compiler of models; the program compiles none.
    "triton", "cuda",
    # Training, hubs and formats that nothing here uses.
    "open_clip_train", "transformers", "networkx", "pyarrow.flight", "pyarrow._flight",
    "pyarrow.substrait", "pyarrow._substrait", "pyarrow._s3fs", "pyarrow._gcsfs",
    "pyarrow._azurefs", "pyarrow._hdfs", "pyarrow._orc", "pyarrow.tests",
    "pyarrow._pyarrow_cpp_tests", "matplotlib.tests", "numpy.tests", "PySide6.QtQml",
    "PySide6.QtQuick", "PySide6.QtNetwork", "PySide6.QtSql", "PySide6.QtDesigner",
)  # fmt: skip
"""Modules that are not shipped even where a library offers to use them."""

FILES_LEFT_OUT = (
    # Pictures of every pane; the guide has those that it shows.
    "docs/gallery/*",
    # Qt: what only other kinds of programs use.
    "*/libQt6Qml*", "*/libQt6Quick*", "*/libQt6VirtualKeyboard*", "*/libQt6WaylandCompositor*",
    "*/libQt6EglFS*", "*/libQt6Pdf*", "*/libQt6Sql*", "*/libQt6Designer*", "*/qml/*",
    "*/plugins/egldeviceintegrations/*", "*/plugins/generic/*", "*/plugins/networkinformation/*",
    "*/plugins/platforminputcontexts/libqtvirtualkeyboardplugin.so", "*/plugins/sqldrivers/*",
    "*/plugins/platforms/libqeglfs.so", "*/plugins/platforms/libqlinuxfb.so",
    "*/plugins/platforms/libqminimal*.so", "*/plugins/platforms/libqvkkhrdisplay.so",
    "*/plugins/platforms/libqvnc.so", "*/plugins/platformthemes/libqgtk3.so",
    "*/plugins/imageformats/libqpdf.so", "*/plugins/imageformats/libqt*",
    "*/plugins/imageformats/libqw*", "*/plugins/imageformats/libqicns.so",
    "*/libQt6Network*",
    "*/plugins/qmltooling/*", "*/plugins/tls/*",
    "*/plugins/vectorimageformats/*", "*/plugins/wayland-graphics-integration-server/*",
    "*/translations/*",
    # Arrow: reading from clouds and over its own network protocol.
    "pyarrow/libarrow_flight*", "pyarrow/libarrow_s3*",
    "pyarrow/libarrow_python_flight*", "pyarrow/include/*", "pyarrow/tests/*", "pyarrow/src/*",
    "pyarrow/includes/*", "pyarrow/*.pxd", "pyarrow/*.pyx",
    # The same libraries under further names: they are found by the one that ends in one number.
    "pyarrow/libarrow_python.so", "pyarrow/libarrow_python.so.*.*",
    "pyarrow/libarrow_python_parquet_encryption.so",
    "pyarrow/libarrow_python_parquet_encryption.so.*.*",
    # CUDA: the profiler, clusters of computers, and second copies of a compiler.
    "nvidia/*/libnvperf*", "nvidia/*/libcheckpoint*", "nvidia/*/libpcsamplingutil*",
    "nvidia/*/libcufile_rdma*", "nvidia/*/nvshmem_transport*", "nvidia/*/nvshmem_bootstrap*",
    "nvidia/*/libnvrtc*.alt.*", "nvidia/*/libcusolverMg*", "nvidia/*/include/*",
    "nvidia/*.a", "nvidia/*.bc", "nvidia/*/bin/*",
    # Reading pictures through torchvision, which brings a second copy of CUDA's runtime.
    "torchvision/image_stable*", "torchvision.libs/*",
    # The buttons of a window that is not used.
    "matplotlib/mpl-data/images/*", "matplotlib/mpl-data/plot_directive/*",
    # Fonts that printers have, and kinds that no figure is set in; figures embed theirs.
    "matplotlib/mpl-data/fonts/ttf/DejaVuSerif*", "matplotlib/mpl-data/fonts/ttf/DejaVuSansMono*",
    "matplotlib/mpl-data/fonts/afm/*", "matplotlib/mpl-data/fonts/pdfcorefonts/*",
    # What only the theme of another toolkit would need.
    "libgdk*", "libgtk*", "libcairo*", "libpango*", "libatk*", "libgio-2*", "libpixman*",
    "libharfbuzz*", "libfribidi*", "libthai*", "libdatrie*", "*/libQt6EglFs*",
    # Files for building extensions, and test data.
    "torch/include/*", "torch/share/*", "torch/test/*", "torch/lib/*.lib",
    "matplotlib/mpl-data/sample_data/*", "numpy/*/tests/*", "triton/*",
)  # fmt: skip
"""Shipped files are named from the folder of the program's files, with forward slashes."""

WITH_SYMBOLS = (
    "lib*python3*.so*", "python3*/lib-dynload/*.so",
    "PIL/*.so", "contourpy/*.so", "kiwisolver/*.so", "regex/*.so", "uharfbuzz/*.so",
    "tokenizers/*.so", "wcwidth/*.so", "yaml/*.so",
)  # fmt: skip
"""Libraries that come with symbols for debugging, which the program does without.

Others were made small by those who built them, and some of those break when they are touched.
"""

OPENMP = ("libgomp*", "libomp*", "libiomp*", "vcomp*.dll")


def cuda_libraries(folders: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The libraries of CUDA that lie in an environment, each with the folder it goes to.

    Some are loaded by others while the program runs, so that nothing else leads to them. An
    environment with a torch for processors alone has none.
    """
    for folder in folders:
        for path in sorted(Path(folder).glob("nvidia/**/lib*.so*")):
            name = path.relative_to(folder)
            if not is_left_out(name.as_posix()):
                yield str(path), str(name.parent)


def is_left_out(name: str) -> bool:
    """True for a file that is not shipped."""
    path = PurePosixPath(name.replace("\\", "/"))
    text = path.as_posix()
    return any(fnmatch.fnmatch(text, pattern) for pattern in FILES_LEFT_OUT)


def is_openmp(name: str) -> bool:
    """True for the name of an OpenMP runtime's library."""
    lowered = PurePosixPath(name.replace("\\", "/")).name.lower()
    return any(fnmatch.fnmatch(lowered, pattern) for pattern in OPENMP)
