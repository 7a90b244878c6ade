import re

import pytest
from tests.architecture.house import ROOT, kept_files

#: The first folders of machines and of people's homes; written in pieces, so that this file passes itself.
_MACHINE = re.compile(rb"(?:^|[^A-Za-z0-9_.])/(?:" + b"|".join([b"work", b"root", b"home", b"Users"]) + rb")/[A-Za-z]")
_UNMERGED = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
_HOST = re.compile(r"https?://|^\s*(--)?(extra-)?index-url|find-links", re.MULTILINE)


@pytest.mark.parametrize("name", ["LICENSE", "README.md", "GLOSSARY.md", "CHANGELOG.md", "CONTRIBUTING.md"])
def test_the_house_has_its_papers(name):
    assert (ROOT / name).is_file(), f"{name} is missing: write it, readers look for it first."


def test_lock_files_name_no_host():
    locks = sorted((ROOT / "requirements").glob("*.lock"))
    found = [lock.name for lock in locks if _HOST.search(lock.read_text(encoding="utf-8"))]

    assert len(locks) == 5
    assert not found, f"{found} name a host. Run `make lock`: it writes versions and hashes only."


def test_every_locked_package_has_a_hash():
    for lock in (ROOT / "requirements").glob("*.lock"):
        text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
        bare = [line for line in text.splitlines() if "==" in line and "--hash=sha256:" not in line]
        assert not bare, f"{lock.name}: {bare} can be replaced on the way. Run `make lock`."


def test_no_path_of_a_machine_is_kept():
    files = kept_files()
    if not files:
        pytest.skip("This is no checkout; git is not there to tell what is kept.")
    found = [str(path.relative_to(ROOT)) for path in files if _MACHINE.search(path.read_bytes())]

    assert not found, f"{found} name a folder of one machine. Write the path relative to the project."


def test_nothing_is_left_half_merged():
    found = [str(path.relative_to(ROOT)) for path in kept_files() if _UNMERGED.search(path.read_bytes())]

    assert not found, f"{found} hold the marks of a merge. Choose one side, or write what both mean."
