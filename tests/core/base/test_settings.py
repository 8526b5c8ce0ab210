"""Preferences: they come back as left, and damage never costs more than the damaged key."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.base import paths
from core.base.settings import (
    BROKEN_NAME,
    FILE_NAME,
    MAX_RECENT,
    Settings,
    change_settings,
    load_settings,
)
from tests.support.elsewhere import elsewhere
from tests.support.settings import save_settings

ODD = Settings(
    theme="dark",
    gray_spelling="grey",
    model="/models/mit Leerzeichen ä 文/RN50 \"x\" '''.pt",
    device="cuda:1",
    precision="bf16",
    threads=7,
    autosave_seconds=0,
    csv_region="comma",
    confirm_stop=False,
    confirm_delete=False,
    tour_seen=True,
    probability_decimals=3,
    recent_documents=["C:\\Users\\é\\a.colorlab", "/home/ü/'b' #c = [1].colorlab"],
)


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / FILE_NAME
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_r50_settings_come_back_as_they_were_left(tmp_path):
    defaults = Settings()
    for field in Settings.__struct_fields__:  # every field takes part
        assert getattr(ODD, field) != getattr(defaults, field)
    assert save_settings(ODD, tmp_path) is None
    assert load_settings(tmp_path) == (ODD, ())
    assert save_settings(defaults, tmp_path) is None
    assert load_settings(tmp_path) == (defaults, ())


@given(
    st.text(min_size=1, max_size=50),
    st.lists(st.text(max_size=30), max_size=MAX_RECENT),
    st.integers(0, 1024),
)
def test_r50_any_text_comes_back(tmp_path_factory, model, recent, threads):
    folder = tmp_path_factory.mktemp("settings")
    settings = Settings(model=model, recent_documents=recent, threads=threads)
    save_settings(ODD, folder)  # an existing file is changed, not only a new one written
    assert save_settings(settings, folder) is None
    assert load_settings(folder) == (settings, ())


def test_without_a_file_the_defaults_hold_and_nothing_is_written(profile):
    assert load_settings() == (Settings(), ())
    assert not (profile / "config" / FILE_NAME).exists()
    assert save_settings(ODD) is None
    assert (profile / "config" / FILE_NAME).is_file()
    assert load_settings() == (ODD, ())


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('theme = "blue"', "theme"),
        ("theme = 3", "theme"),
        ('theme.x = "dark"', "theme"),
        ('gray_spelling = "graey"', "gray_spelling"),
        ('threads = "4"', "threads"),
        ("threads = -1", "threads"),
        ("threads = 2.5", "threads"),
        ("threads = true", "threads"),
        ("autosave_seconds = 99999", "autosave_seconds"),
        ('recent_documents = "a.colorlab"', "recent_documents"),
        ("recent_documents = [1]", "recent_documents"),
        ('model = ""', "model"),
        ('device = "toaster"', "device"),
        ("probability_decimals = 1979-05-27", "probability_decimals"),
    ],
)
def test_r50_a_broken_key_falls_back_alone_with_a_note(tmp_path, line, key):
    path = write(tmp_path, f'{line}\ncsv_region = "comma"\n')
    settings, notes = load_settings(tmp_path)
    assert settings == Settings(csv_region="comma")
    assert len(notes) == 1 and f"“{key}”" in notes[0] and "default" in notes[0]
    assert path.exists()
    # The next save repairs the key and keeps the other.
    assert save_settings(settings, tmp_path) is None
    assert load_settings(tmp_path) == (settings, ())


def test_r50_a_wholly_broken_file_is_moved_aside_with_a_note(tmp_path):
    for number, content in enumerate(
        [
            b'theme = "dark',
            b"\xff\xfe\x00broken",
            b"\x00" * 100,
            b'theme = "dark"\ntheme = "light"',
        ],
        1,
    ):
        path = write(tmp_path, content)
        settings, notes = load_settings(tmp_path)
        assert settings == Settings() and not path.exists()
        name = BROKEN_NAME if number == 1 else f"preferences.broken-{number}.toml"
        assert (tmp_path / name).read_bytes() == content
        assert len(notes) == 1 and name in notes[0] and "\n" not in notes[0]


def test_r50_an_unreadable_file_is_left_alone(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    settings, notes = load_settings(tmp_path)
    assert settings == Settings() and "cannot be read" in notes[0]
    note = save_settings(ODD, tmp_path)
    assert note is not None and "cannot be saved" in note
    assert (tmp_path / FILE_NAME).is_dir()


def test_r50_a_config_folder_that_cannot_be_used_costs_no_start(profile, monkeypatch):
    (profile / "config").write_text("a file where the folder should be")
    with pytest.raises(OSError):  # noqa: PT011 - the kind differs between systems
        paths.config_dir()
    settings, notes = load_settings()
    assert settings == Settings() and "cannot be read" in notes[0]
    note = save_settings(ODD)
    assert note is not None and "until the app is closed" in note


def test_unknown_keys_are_kept_and_named(tmp_path):
    write(tmp_path, 'colour = "red"\n[future]\nx = 1\n')
    settings, notes = load_settings(tmp_path)
    assert settings == Settings()
    assert ["colour" in notes[0], "future" in notes[1], len(notes)] == [True, True, 2]
    save_settings(ODD, tmp_path)
    assert load_settings(tmp_path)[0] == ODD
    kept = tomllib.loads((tmp_path / FILE_NAME).read_text(encoding="utf-8"))
    assert kept["colour"] == "red" and kept["future"] == {"x": 1}


def test_the_users_comments_are_kept(tmp_path):
    write(tmp_path, '# Lab 3, do not change\ntheme = "dark"  # the lamp is broken\nthreads = 3\n')
    settings, _ = load_settings(tmp_path)
    settings.theme = "light"
    save_settings(settings, tmp_path)
    text = (tmp_path / FILE_NAME).read_text(encoding="utf-8")
    assert "# Lab 3, do not change\n" in text and 'theme = "light"  # the lamp is broken\n' in text


def test_each_key_is_explained_above_it(tmp_path):
    save_settings(Settings(), tmp_path)
    lines = (tmp_path / FILE_NAME).read_text(encoding="utf-8").splitlines()
    for field in Settings.__struct_fields__:
        (number,) = [i for i, line in enumerate(lines) if line.startswith(f"{field} = ")]
        assert lines[number - 1].startswith("# ")
    assert all(len(line) <= 100 for line in lines)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    write(tmp_path, b'\xef\xbb\xbftheme = "dark"\r\nthreads = 5\r\n')
    assert load_settings(tmp_path) == (Settings(theme="dark", threads=5), ())
    save_settings(ODD, tmp_path)
    assert load_settings(tmp_path) == (ODD, ())


def test_recent_documents_are_newest_first_without_repeats():
    settings = Settings()
    for number in range(20):
        settings.add_recent(Path(f"{number}.colorlab"))
    settings.add_recent(Path("15.colorlab"))
    assert settings.recent_documents[:3] == ["15.colorlab", "19.colorlab", "18.colorlab"]
    assert len(settings.recent_documents) == MAX_RECENT
    assert Settings().recent_documents == []
    msgspec.convert(settings.recent_documents, list[str])


# --- two copies of the program on one profile ---


def test_r61_a_copy_changes_only_its_own_preferences(tmp_path):
    save_settings(Settings(), tmp_path)
    one, two = load_settings(tmp_path)[0], load_settings(tmp_path)[0]
    assert change_settings(one, lambda s: setattr(s, "theme", "dark"), tmp_path) is None
    assert change_settings(two, lambda s: setattr(s, "threads", 3), tmp_path) is None
    assert load_settings(tmp_path) == (Settings(theme="dark", threads=3), ())
    assert two.theme == "system"  # its window stays as it is
    assert change_settings(one, lambda s: setattr(s, "theme", "light"), tmp_path) is None
    assert load_settings(tmp_path)[0] == Settings(theme="light", threads=3)


def test_r61_recent_documents_of_all_copies_are_kept(tmp_path):
    save_settings(Settings(), tmp_path)
    one, two = load_settings(tmp_path)[0], load_settings(tmp_path)[0]
    change_settings(one, lambda s: s.add_recent(Path("a")), tmp_path)
    change_settings(two, lambda s: s.add_recent(Path("b")), tmp_path)
    change_settings(one, lambda s: s.add_recent(Path("c")), tmp_path)
    assert load_settings(tmp_path)[0].recent_documents == ["c", "b", "a"] == one.recent_documents
    change_settings(two, lambda s: setattr(s, "recent_documents", []), tmp_path)
    assert load_settings(tmp_path)[0].recent_documents == []


def test_r61_a_file_that_broke_meanwhile_gets_all_that_is_in_memory(tmp_path):
    settings = Settings(theme="dark", threads=3)
    write(tmp_path, "theme = ")
    assert change_settings(settings, lambda s: setattr(s, "threads", 4), tmp_path) is None
    assert load_settings(tmp_path) == (Settings(theme="dark", threads=4), ())


CHANGE = """
from core.base.settings import change_settings, load_settings
folder, letter = Path(sys.argv[1]), sys.argv[2]
settings, _ = load_settings(folder)
say("ready")
while number := asked():
    note = change_settings(settings, lambda s: s.add_recent(Path(letter + number)), folder)
    say(note or "saved")
"""


def test_r61_copies_that_write_at_once_lose_nothing(tmp_path):
    save_settings(Settings(theme="dark"), tmp_path)
    with elsewhere(CHANGE, tmp_path, "a") as one, elsewhere(CHANGE, tmp_path, "b") as two:
        for number in range(20):
            one.tell(str(number))
            two.tell(str(number))
            assert (one.heard(), two.heard()) == ("saved", "saved")
            recent = load_settings(tmp_path)[0].recent_documents
            assert set(recent[:2]) == {f"a{number}", f"b{number}"}
    assert [entry.name for entry in tmp_path.iterdir()] == [FILE_NAME]


def test_r62_r63_preferences_outlast_passing_refusals_and_missing_locks(tmp_path, faults):
    faults.no_locks()
    faults.refuse("rename", "write", times=3)
    assert save_settings(ODD, tmp_path) is None
    faults.refuse("read", times=2)
    assert load_settings(tmp_path) == (ODD, ())
    assert [entry.name for entry in tmp_path.iterdir()] == [FILE_NAME]


def test_r61_the_file_does_not_grow_with_every_change(tmp_path):
    lengths = set()
    for number in range(6):

        def change(settings, number=number):
            settings.autosave_seconds = 30 + number

        change_settings(Settings(), change, tmp_path)
        lengths.add(len((tmp_path / "preferences.toml").read_text().splitlines()))
    assert len(lengths) == 1
