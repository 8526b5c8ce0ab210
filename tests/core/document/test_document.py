"""Documents: saved whole, opened exactly, refused in words."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.ablation.setup import AblationSetup
from core.base.errors import DocumentError, InvalidInput
from core.color.terms import COLOR_TERMS, CSS, SATURATED, Palette
from core.document.document import (
    MAX_SEED,
    LabDocument,
    decode_document,
    default_document,
    encode_document,
    open_document,
    save_document,
)
from core.predict.prompts import Label, PromptSet, Template, prompt_set
from core.scans.state import ScanState
from core.stimuli.stimulus import SHAPES, PictureStimulus, ShapeStimulus, WordStimulus

DATA = Path(__file__).resolve().parents[2] / "data"

colors = st.tuples(*[st.integers(0, 255)] * 3)
places = {
    "figure_color": colors,
    "background_color": colors,
    "center_x": st.floats(-1, 2),
    "center_y": st.floats(-1, 2),
    "size": st.floats(0.005, 4),
    "rotation": st.floats(-720, 720),
    "side": st.integers(8, 1024),
}
words = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=60)
stimuli = st.one_of(
    st.builds(ShapeStimulus, shape=st.sampled_from(SHAPES), **places),
    st.builds(WordStimulus, word=words, font=st.just("lato-bold"), **places),
)
rows = {"text": st.text(max_size=20), "enabled": st.booleans()}
prompt_sets = st.builds(
    PromptSet,
    st.lists(st.builds(Template, **rows), max_size=4).map(tuple),
    st.lists(st.builds(Label, **rows), max_size=4).map(tuple),
)
palettes = st.one_of(
    st.sampled_from([CSS, SATURATED]),
    st.builds(
        Palette,
        st.text(max_size=9).filter(str.isprintable),
        st.fixed_dictionaries(dict.fromkeys(COLOR_TERMS, colors)),
    ),
)
documents = st.builds(
    LabDocument, stimuli, prompt_sets, palettes, st.integers(0, MAX_SEED), st.booleans()
)


def picture():
    buffer = io.BytesIO()
    Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)).save(buffer, "PNG")
    data = buffer.getvalue()
    return data, hashlib.sha256(data).hexdigest()


def picture_document():
    data, sha256 = picture()
    stimulus = PictureStimulus(sha256=sha256, name="Straße 街.png")
    return LabDocument(stimulus, prompt_set(("{}",), ("red",))), {sha256: data}


@given(documents)
def test_any_document_opens_as_it_was_saved(document):
    data = encode_document(document, {})
    assert decode_document(data, "a") == (document, {})
    json.loads(data, parse_constant=pytest.fail)  # strictly valid: no NaN, no Infinity


def test_the_default_document_is_a_stroop_stimulus_that_can_be_asked():
    document = default_document(side=96, gray="grey")
    assert isinstance(document.stimulus, WordStimulus) and document.stimulus.side == 96
    assert "grey" in document.prompts.active_labels()
    assert document.prompts.problems() == ()


def test_what_was_never_used_is_not_written():
    document = default_document()
    assert not {"scans", "ablation"} & set(json.loads(encode_document(document, {})))
    emptied = msgspec.structs.replace(document, scans=ScanState(), ablation=AblationSetup())
    assert encode_document(emptied, {}) == encode_document(document, {})
    used = msgspec.structs.replace(document, scans=ScanState(template=1))
    assert json.loads(encode_document(used, {}))["scans"] == {"template": 1}


def test_r27_an_embedded_picture_keeps_its_very_bytes(tmp_path):
    document, pictures = picture_document()
    unused = {"0" * 64: b"another picture of the session"}
    path = tmp_path / "mit Leerzeichen ä 文.colorlab"
    save_document(path, document, pictures | unused)
    assert open_document(path) == (document, pictures)


def test_a_missing_picture_is_not_saved_silently(tmp_path):
    document, _pictures = picture_document()
    path = tmp_path / "a.colorlab"
    with pytest.raises(DocumentError, match=r"Straße 街\.png"):
        save_document(path, document, {})
    assert not path.exists()


def test_a_name_that_is_no_text_can_be_saved():
    document, pictures = picture_document()
    stimulus = msgspec.structs.replace(document.stimulus, name="a\udcff.png")
    document = msgspec.structs.replace(document, stimulus=stimulus)
    reopened, _ = decode_document(encode_document(document, pictures), "a")
    assert reopened.stimulus.name == "a\ufffd.png"


@pytest.mark.parametrize("name", ["schema-1.colorlab", "schema-1-picture.colorlab"])
def test_documents_of_earlier_versions_open(name):
    """These files were saved once and must never be saved again."""
    document, pictures = open_document(DATA / name)
    assert document.seed == 1435 and not document.sort_bars
    assert document.palette == SATURATED
    assert document.prompts.templates[1] == Template("The color of the object is {}", False)
    assert document.prompts.labels[2] == Label("grey") and len(document.prompts.labels) == 12
    if "picture" in name:
        ((sha256, data),) = pictures.items()
        assert sha256 == hashlib.sha256(data).hexdigest()
        with Image.open(io.BytesIO(data)) as image:
            assert np.array_equal(np.asarray(image).ravel(), np.arange(48))
        assert document.stimulus == PictureStimulus(
            sha256=sha256, name="Straße 街.png", background_color=(9, 8, 7), side=96
        )
    else:
        assert document.stimulus == ShapeStimulus(
            shape="star",
            figure_color=SATURATED["green"],
            background_color=(1, 2, 3),
            center_x=0.25,
            center_y=0.625,
            size=0.3,
            rotation=12.5,
            side=96,
        )


def changed(**fields):
    """A document changed by hand, without the line of its checksum."""
    content = json.loads(encode_document(default_document(), {}))
    del content["checksum"]
    return json.dumps(content | fields).encode()


def test_a_newer_version_is_refused_in_words():
    with pytest.raises(DocumentError) as caught:
        decode_document(changed(schema=2, stimulus="of another kind"), "a.colorlab")
    assert "“a.colorlab”" in caught.value.message and "newer version" in caught.value.message
    assert "Update" in caught.value.hint


def test_unknown_fields_are_ignored():
    data = changed(plan={"images": 495000}, view={"sort_bars": False, "zoom": 3})
    document, _ = decode_document(data, "a")
    assert document == msgspec.structs.replace(default_document(), sort_bars=False)


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(40),
        b"<!DOCTYPE html><html></html>",
        b"[1, 2, 3]",
        b'{"format": "something else", "schema": 1}',
        b'{"version": "5.0", "shapes": []}',
        b"\xff\xfe{\x00}\x00",
        b'"clip"',
        b"[" * 100_000,
    ],
)
def test_foreign_files_are_named_as_such(data):
    with pytest.raises(DocumentError, match=r"“photo\.png” is no CLIP Color Lab document"):
        decode_document(data, "photo.png")


def truncated(share):
    data = encode_document(*picture_document())
    return data[: int(len(data) * share)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (truncated(0.3), "damaged"),
        (truncated(0.9), "damaged"),
        (b"", "empty"),
        (b" \n", "empty"),
        (changed(schema=0), "damaged"),
        (changed(seed=-1), "seed is -1"),
        (changed(seed=1.5), "damaged"),
        (changed(stimulus={"kind": "hologram"}), "hologram"),
        (changed(palette={"name": "x", "colors": {"red": [255, 0, 0]}}), "eleven"),
        (encode_document(default_document(), {}).replace(b"192", b"256"), "not an sRGB value"),
        (encode_document(default_document(), {}).replace(b"0.8", b"NaN"), "damaged"),
        (encode_document(default_document(), {}).replace(b"purple", b"pur\xffle"), "damaged"),
        (encode_document(default_document(), {}).replace(b'"side": 224', b'"side": 0'), "side"),
        (changed(pictures={"0" * 64: "AAAA"}), "does not match its SHA-256"),
        (changed(pictures={"0" * 64: "not base64!"}), "not base64"),
        (changed(stimulus={"kind": "picture", "sha256": "ab", "name": "p"}), "“p” is missing"),
    ],
)
def test_damaged_files_are_refused_naming_file_and_fault(data, words):
    with pytest.raises(DocumentError) as caught:
        decode_document(data, "work.colorlab")
    assert "“work.colorlab”" in caught.value.message and words in caught.value.message
    assert caught.value.message.endswith(".") and "\n" not in caught.value.message


def test_files_that_cannot_be_opened_are_named(tmp_path):
    for path in (tmp_path / "missing.colorlab", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(DocumentError, match="cannot be read"):
            open_document(path)


def test_a_failed_save_says_so_and_keeps_the_old_file(tmp_path):
    document = default_document()
    path = tmp_path / "a.colorlab"
    save_document(path, document, {})
    for target in (tmp_path / "nowhere" / "a.colorlab", path / "below", tmp_path / "a\0b"):
        with pytest.raises(DocumentError, match="cannot be written"):
            save_document(target, document, {})
    assert open_document(path)[0] == document


@pytest.mark.parametrize("seed", [-1, MAX_SEED + 1])
def test_seeds_out_of_range_are_refused(seed):
    with pytest.raises(InvalidInput, match="seed"):
        msgspec.structs.replace(default_document(), seed=seed)
