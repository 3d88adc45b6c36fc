"""What `rdadmin generate` makes of files: every form of the same rosters, includes, directories, pipes."""

import os
import shutil

import pytest
from lab.programs import rdadmin
from small import read

FIXTURES = os.path.join(os.path.dirname(__file__), "../RostersTests/Fixtures")
SPACES = "xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'"
FORMS = ["world.tsv", "world.xml", "world-old.xml", "split/main.xml", "split", "ejabberd-old.csv",
         "ejabberd-old.tsv", "ejabberd-new.csv", "mongooseim.csv", "mongooseim.tsv", "openfire.csv",
         "openfire.tsv", "prosody.csv", "prosody.tsv"]


def generate(place, *arguments, **more):
    return rdadmin(place, "generate", "--partitions", "1", "--output",
                   place.file("redirect.new.db"), *arguments, **more)


def users(place) -> list[str]:
    lines = read(place.file("redirect.new.db")).decode().splitlines()
    return [line for line in lines if not line.startswith("#")]


def facts(place) -> list[str]:
    """The lines of the header that tell how many users and ties there are."""
    lines = read(place.file("redirect.new.db")).decode().splitlines()
    return [line for line in lines if line.startswith(("# users:", "# ties:"))]


def document(*includes: str) -> str:
    inside = "".join(f"\n<xi:include href='{name}'/>" for name in includes)
    return f"<server-data {SPACES}>{inside}</server-data>"


def host(inside: str, domain: str = "x.example") -> str:
    return f"<host {SPACES} jid='{domain}'>{inside}</host>"


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_same_rosters(place, form):
    """Worked out by hand: Tests/RostersTests/WorldTests.swift."""
    generate(place, "--domain", "a.example", os.path.join(FIXTURES, form))
    assert facts(place) == ["# users: 6", "# ties: 5"]
    assert users(place) == [f"{name}@a.example\t1"
                            for name in ("alice", "bob", "carol", "dave", "frank", "gina")]


@pytest.mark.parametrize("includes, complaint", [
    (["missing.xml"], "main.xml:2: includes missing.xml: No such file or directory"),
    (["main.xml"], "main.xml:2: includes main.xml, which leads back to itself"),
    (["good.xml", "good.xml"], "main.xml:3: includes good.xml, which was included before"),
    (["loop.xml"], "loop.xml:1: includes loop.xml, which leads back to itself"),
    (["pipe"], "main.xml:2: includes pipe, which is no file"),
    (["http://x.example/"], "main.xml:2: includes \"http://x.example/\"; expected the path"),
    (["user.xml"], "user.xml:1: this file is included where it does not fit"),
    (["cut.xml"], "cut.xml:1: not well-formed XML"),
])
def test_includes_that_cannot_be_followed(place, includes, complaint):
    place.file("good.xml", host("<user name='a'/>"))
    place.file("loop.xml", host("<xi:include href='loop.xml'/>"))
    place.file("user.xml", f"<user {SPACES} name='a'/>")
    place.file("cut.xml", f"<host {SPACES} jid='x.example'><user name='a'/>")
    os.mkfifo(place.file("pipe"))
    main = place.file("main.xml", document(*includes))
    ended = generate(place, main, check=False, seconds=20)
    assert ended.returncode not in (0, -6, -11)
    assert complaint in ended.stderr
    assert not os.path.exists(place.file("redirect.new.db"))


def test_includes_are_relative_to_the_file_that_includes(place):
    """As written first, then with the escapes of a URI undone."""
    place.file("one/main.xml", document("two/x.xml"))
    place.file("one/two/x.xml", host("<xi:include href='three%20%C3%A4/a.xml'/>"
                                     "<xi:include href='b%41.xml'/>"))
    place.file("one/two/three ä/a.xml", f"<user {SPACES} name='a'/>")
    place.file("one/two/b%41.xml", f"<user {SPACES} name='b'/>")
    generate(place, place.file("one/main.xml"))
    assert users(place) == ["a@x.example\t1", "b@x.example\t1"]


def test_a_directory(place):
    """Parts of documents are read through the file that includes them, or alone if none does."""
    shutil.copytree(os.path.join(FIXTURES, "split"), place.file("rosters"))
    place.file("rosters/other.xml", host("<user name='y'/>", "y.example"))
    place.file("rosters/more.tsv", "z@z.example\ty@y.example\n")
    place.file("rosters/prosody.log", "not a roster")
    place.directory("rosters/empty.csv")
    generate(place, place.file("rosters"))
    assert facts(place) == ["# users: 8", "# ties: 6"]


def test_standard_input_and_files_together(place):
    one = place.file("one.tsv", "a@x.example\tb@x.example\n")
    generate(place, one, "-", input="b@x.example\ta@x.example\nc@x.example\n")
    assert facts(place) == ["# users: 3", "# ties: 1"]


@pytest.mark.parametrize("content, complaint", [
    (b"\x1f\x8b\x08\x00", "compressed"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"# format: 1\n# generation: 1\n", "a redirect.db"),
    (b"name,mail\na,b\n", ":1: columns \"name,mail\" are of no roster table"),
    (b"username,server,jid,subscription\n", "--format ejabberd or --format mongooseim"),
    (b"username,jid,sub\n", "exactly one --domain"),
    (b"a@x\tb@x\t4294967295\nb@x\ta@x\t1\n", ":2: the weights of this pair"),
    (b"<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", ":1: a document type declaration"),
])
def test_what_cannot_be_read(place, content, complaint):
    ended = generate(place, place.file("rosters", content), check=False)
    assert ended.returncode not in (0, -6, -11)
    assert complaint in ended.stderr
