"""The same application as the tests of privacy have."""

from tests.target.privacy.conftest import with_uploads, world

__all__ = ["with_uploads", "world"]
