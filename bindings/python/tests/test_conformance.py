"""Every script of bindings/conformance gives what it must."""
import unittest

from conformance import SCRIPTS, run


class Conformance(unittest.TestCase):
    pass


def test_of(path):
    def test(self):
        self.assertIsNone(run(path))
    return test


for _path in sorted(SCRIPTS.glob("*.json")):
    setattr(Conformance, f"test_{_path.stem}", test_of(_path))

if __name__ == "__main__":
    unittest.main()
