"""The document of the user, and its autosaved copies."""

from core.document.document import LabDocument, default_document, open_document, save_document

__all__ = ["LabDocument", "default_document", "open_document", "save_document"]
