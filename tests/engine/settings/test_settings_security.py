from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.settings import load_settings


def test_users_come_from_the_file_and_their_passwords_are_secrets(tmp_path: Path) -> None:
    (tmp_path / "synflow.toml").write_text('[security.users]\n"joe" = "$env{JOES_PASSWORD}"\n')
    settings = load_settings(tmp_path, environment={"JOES_PASSWORD": "correct horse"})
    assert settings.security.users == {"joe": "correct horse"}
    assert "correct horse" in settings.secrets
    assert "correct horse" not in repr(settings)


def test_a_password_that_is_no_text_is_an_error_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "synflow.toml").write_text("[security]\nusers = 7\n")
    with pytest.raises(ConfigError, match=r"synflow\.toml:2"):
        load_settings(tmp_path, environment={})
