"""What the package says of C is what C says."""
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from arny import native
from arny.library import lib

ROOT = Path(__file__).resolve().parents[3]


class Headers(unittest.TestCase):
    def test_nothing_has_to_be_written_anew(self):
        run = subprocess.run([sys.executable, ROOT / "bindings/generate.py", "--check"], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout)

    def test_every_exported_function_is_bound(self):
        listing = subprocess.run(["nm", "-D", "--defined-only", os.environ["ARNY_LIBRARY"]], capture_output=True, text=True, check=True).stdout
        exported = {line.split()[-1] for line in listing.splitlines() if " T arny_" in line}
        engines = {name for name in exported if name.startswith("arny_engine_")}  # arny/sys: for engines, not for applications
        self.assertEqual(exported - engines, set(native.FUNCTIONS))
        for name in native.FUNCTIONS:
            self.assertTrue(getattr(lib, name))

    def test_every_field_is_where_c_has_it(self):
        with tempfile.TemporaryDirectory() as folder:
            source, program = Path(folder) / "layout.c", Path(folder) / "layout"
            text = subprocess.run([sys.executable, ROOT / "bindings/generate.py", "--layout"], capture_output=True, text=True, check=True).stdout
            source.write_text(text, encoding="utf-8")
            subprocess.run(["cc", "-I", ROOT / "include", source, "-o", program], check=True)
            told = json.loads(subprocess.run([program], capture_output=True, text=True, check=True).stdout)
        self.assertEqual(set(told), set(native.STRUCTS))
        for name, struct in native.STRUCTS.items():
            ours = {field[0].rstrip("_"): getattr(struct, field[0]).offset for field in struct._fields_}
            ours["size"] = ctypes.sizeof(struct)
            self.assertEqual(ours, told[name], name)


if __name__ == "__main__":
    unittest.main()
