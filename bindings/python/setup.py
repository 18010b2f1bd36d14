"""The wheel carries the shared library: ARNY_LIBRARY=/path/to/libarny.so pip wheel bindings/python. Without it only the Python is packed,
and the library is looked for on the system."""
import os
import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

LIBRARY = os.environ.get("ARNY_LIBRARY")


class Build(build_py):
    def run(self):
        super().run()
        if LIBRARY:
            folder = Path(self.build_lib) / "arny" / "lib"
            folder.mkdir(parents=True, exist_ok=True)
            suffix = next((end for end in (".dylib", ".dll") if LIBRARY.endswith(end)), ".so")
            shutil.copyfile(LIBRARY, folder / ("arny.dll" if suffix == ".dll" else f"libarny{suffix}"))


class Wheel(bdist_wheel):
    def finalize_options(self):
        super().finalize_options()
        self.root_is_pure = not LIBRARY

    def get_tag(self):
        """Any Python 3 of this platform: ctypes asks for no more."""
        return ("py3", "none", super().get_tag()[2])


setup(cmdclass={"build_py": Build, "bdist_wheel": Wheel})
