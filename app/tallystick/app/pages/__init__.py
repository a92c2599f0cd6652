"""The pages people read: start, item, certificate, log; in English and Chinese, without JavaScript."""

from tallystick.app.pages.codes import install as install_codes
from tallystick.app.pages.install import install

__all__ = ["install", "install_codes"]
