"""The bundled faces (R29, R30)."""

from __future__ import annotations

import re
from hashlib import sha256
from shutil import copy

import msgspec
import pytest
import uharfbuzz

from core.base.errors import FontError
from core.color.terms import COLOR_TERMS
from core.predict.provenance import library_versions
from core.stimuli import fonts
from core.stimuli.lettering import word_outline
from core.stimuli.render import render
from core.stimuli.stimulus import DEFAULT_FONT, WordStimulus
from core.sweeps.plan import drawing_versions


@pytest.fixture
def own_fonts(tmp_path, monkeypatch):
    """An empty folder in place of the bundled one; what was opened before is forgotten."""

    def forget():
        fonts.font_faces.cache_clear()
        fonts.harfbuzz_font.cache_clear()
        word_outline.cache_clear()

    monkeypatch.setattr(fonts, "fonts_dir", lambda: tmp_path)
    forget()
    yield tmp_path
    forget()


def bundle(folder, **changes):
    """Put one face into `folder`, with `changes` to its entry; returns the entry."""
    values = {
        "id": "roboto-bold",
        "family": "Roboto",
        "style": "Bold",
        "file": "Roboto-Bold.ttf",
        "category": "sans",
        "license": "Apache-2.0",
        "role": "stimulus",
    }
    copy(fonts.resources_dir() / "fonts" / "roboto" / "Roboto-Bold.ttf", folder)
    values["sha256"] = sha256((folder / "Roboto-Bold.ttf").read_bytes()).hexdigest()
    entry = "".join(f'{key} = "{value}"\n' for key, value in {**values, **changes}.items())
    (folder / "fonts.toml").write_text("[[face]]\n" + entry, encoding="utf-8")


def test_at_least_ten_families_make_up_the_word_set():
    chosen = fonts.stimulus_fonts()
    families = {fonts.font_face(font).family for font in chosen}
    assert len(families) == len(chosen) >= 10
    assert DEFAULT_FONT in fonts.font_faces()


def test_a_family_has_one_role():
    roles = {}
    for face in fonts.font_faces().values():
        assert roles.setdefault(face.family, face.role) == face.role
    assert set(roles.values()) == {"stimulus", "held-out", "extra"}


def test_every_face_is_the_file_that_is_listed_and_has_its_license_beside_it():
    for face in fonts.font_faces().values():
        assert sha256(face.path.read_bytes()).hexdigest() == face.sha256
        assert list(face.path.parent.glob("LICENSE*"))
        assert face.license


def test_the_faces_of_the_word_set_have_all_letters_and_both_cases():
    for role in ("stimulus", "held-out"):
        for face in fonts.faces_with_role(role):
            assert not face.caps_only
            for word in (*COLOR_TERMS, "grey"):
                assert word_outline(word, face.id)


def test_caps_only_says_whether_small_letters_are_capitals():
    for face in fonts.font_faces().values():
        letters = word_outline("n h", face.id)
        n = _height([contour for contour in letters if contour[:, 0].mean() < 0])
        h = _height([contour for contour in letters if contour[:, 0].mean() > 0])
        # A capital n is about as tall as an h, a small one two thirds of it.
        assert face.caps_only == (n / h > 0.85), face.id


def _height(contours):
    return max(c[:, 1].max() for c in contours) - min(c[:, 1].min() for c in contours)


def test_the_boldest_face_of_a_family_is_used():
    assert "roboto-bold" in fonts.stimulus_fonts()
    assert "roboto-regular" not in fonts.stimulus_fonts()


def test_faces_are_sorted_by_title():
    titles = [face.title.lower() for face in fonts.font_faces().values()]
    assert titles == sorted(titles)


def test_r29_an_unknown_font_is_an_error():
    stimulus = WordStimulus(
        word="red", font="comic-sans", figure_color=(0, 0, 0), background_color=(9, 9, 9)
    )
    with pytest.raises(FontError, match="“comic-sans”"):
        render(stimulus)


def test_r29_a_missing_font_file_is_an_error(own_fonts):
    bundle(own_fonts)
    assert word_outline("red", "roboto-bold")
    fonts.harfbuzz_font.cache_clear()
    word_outline.cache_clear()
    (own_fonts / "Roboto-Bold.ttf").unlink()
    with pytest.raises(FontError, match=r"Roboto Bold \(Roboto-Bold.ttf\) cannot be read"):
        word_outline("red", "roboto-bold")


@pytest.mark.parametrize("content", [b"", b"<html>", None])
def test_r29_another_file_in_a_fonts_place_is_an_error(own_fonts, content):
    bundle(own_fonts)
    path = own_fonts / "Roboto-Bold.ttf"
    path.write_bytes(path.read_bytes()[:-1] if content is None else content)
    with pytest.raises(FontError, match="damaged or of another version"):
        word_outline("red", "roboto-bold")


def test_r09_fonts_open_from_a_folder_with_spaces_and_any_letters(own_fonts, tmp_path, monkeypatch):
    folder = tmp_path / "Schriften für 色 🎨"
    folder.mkdir()
    bundle(folder)
    monkeypatch.setattr(fonts, "fonts_dir", lambda: folder)
    assert word_outline("red", "roboto-bold")


def test_a_missing_list_of_fonts_is_an_error(own_fonts):
    with pytest.raises(FontError, match="list of bundled fonts cannot be read"):
        fonts.font_faces()


@pytest.mark.parametrize("text", ["[[face]", 'face = "all"', '[[face]]\nid = "x"\n'])
def test_a_damaged_list_of_fonts_is_an_error(own_fonts, text):
    (own_fonts / "fonts.toml").write_text(text)
    with pytest.raises(FontError, match="list of bundled fonts is damaged"):
        fonts.font_faces()


def test_a_role_that_does_not_exist_is_an_error(own_fonts):
    bundle(own_fonts, role="favorite")
    with pytest.raises(FontError, match="damaged"):
        fonts.font_faces()


def test_r30_the_text_engine_is_recorded_with_its_versions():
    engine = {"uharfbuzz": uharfbuzz.__version__, "harfbuzz": uharfbuzz.version_string()}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in engine.values())
    # Every export tells them, and every plan: a run is not gone on with by another engine.
    assert engine.items() <= library_versions().items()
    assert drawing_versions()["uharfbuzz"] == uharfbuzz.__version__


def test_faces_can_be_stored():
    face = fonts.font_face("lato-bold")
    assert msgspec.json.decode(msgspec.json.encode(face), type=fonts.FontFace) == face
