from __future__ import annotations

import dataclasses
import re
import textwrap
from pathlib import Path

import pytest

from engine.errors import ConfigError
from engine.settings import Settings, json_xml_properties, load_settings
from engine.settings.model import SECTIONS
from engine.settings.template import default_file

REPOSITORY = Path(__file__).parents[3]


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    return folder


def load(folder: Path, environment: dict[str, str] | None = None, **options: object) -> Settings:
    return load_settings(folder, environment=environment or {}, options=options)


def test_shipped_file_shows_every_setting_with_its_default() -> None:
    shipped = (REPOSITORY / "conf" / "synflow.toml").read_text()
    assert shipped == default_file(), "run python -m engine.settings.template > conf/synflow.toml"


def test_shipped_file_with_every_comment_removed_is_the_defaults(tmp_path: Path) -> None:
    text, removed = re.subn(r'^# (?=(?:[a-z0-9_]+|"[^"]+") = )', "", default_file(), flags=re.MULTILINE)
    write(tmp_path, "synflow.toml", text)
    loaded = load(tmp_path)
    for section in SECTIONS:
        assert getattr(loaded, section) == getattr(Settings(), section)
    assert removed > 60


def test_file_value_replaces_default(tmp_path: Path) -> None:
    settings = load(write(tmp_path, "synflow.toml", "[listener]\nport = 9000\nheader_timeout = 3\n"))
    assert settings.listener.port == 9000
    assert settings.listener.header_timeout == 3.0
    assert settings.listener.host == "127.0.0.1"


def test_command_line_wins_over_environment_over_file(tmp_path: Path) -> None:
    write(tmp_path, "synflow.toml", '[listener]\nport = 1\nhost = "file"\nhttps_port = 3\n')
    environment = {"SYNFLOW_LISTENER_PORT": "2", "SYNFLOW_LISTENER_HOST": "environment"}
    settings = load_settings(tmp_path, environment=environment, options={"listener.port": 4, "management.port": None})
    assert (settings.listener.port, settings.listener.host, settings.listener.https_port) == (4, "environment", 3)
    assert settings.management.port == 9164


def test_environment_takes_flags_and_lists(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        {
            "SYNFLOW_DEPLOYMENT_HOT_RELOAD": "off",
            "SYNFLOW_CORS_ALLOWED_ORIGINS": "http://a, http://b",
            "SYNFLOW_PORT": "tcp://10.0.0.1:80",
        },
    )
    assert settings.deployment.hot_reload is False
    assert settings.cors.allowed_origins == ("http://a", "http://b")


def test_wrong_environment_value_names_the_variable() -> None:
    with pytest.raises(ConfigError, match=r"\[listener\] port must be a whole number.*SYNFLOW_LISTENER_PORT"):
        load_settings(environment={"SYNFLOW_LISTENER_PORT": "many"})


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[listener]\n\nprot = 8290\n", 3, "did you mean 'port'?"),
        ("[listner]\nport = 1\n", 1, "did you mean 'listener'?"),
        ("\n[logging]\nloggers = { a = 1 }\n", 3, "must be a table of texts"),
        ("[listener]\nhost = 5\n", 2, "must be a text in quotes"),
        ("[listener]\nport = true\n", 2, "must be a whole number"),
        ("[listener]\nport = 70000\n", 2, "at most 65535"),
        ("[listener]\nport = -1\n", 2, "at least 0"),
        ("[deployment]\nhot_reload = 1\n", 2, "true or false"),
        ('[logging]\nformat = "jsn"\n', 2, "did you mean 'json'?"),
        ('[connectors]\nfolders = "x"\n', 2, "list of texts"),
        ('x = """\n[listener]\n"""\n[logging]\nlevl = "INFO"\n', 1, "there is no setting x"),
        ("[logging]\nredact = [\n  'a',\n]\nlevl = 'INFO'\n", 5, "did you mean 'level'?"),
        ("[listener]\nport = \n", 2, "not valid TOML"),
        ("[listener\n", 1, "not valid TOML"),
        ('[content_types]\nbuilders = { "a/b" = "com.acme.Builder" }\n', 2, "com.acme.Builder"),
    ],
)
def test_mistakes_are_located(tmp_path: Path, text: str, line: int, words: str) -> None:
    (tmp_path / "synflow.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert caught.value.line == line
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path / 'synflow.toml'}:{line}: ")


def test_placeholders_are_filled_from_environment_and_files(tmp_path: Path) -> None:
    write(tmp_path, "secrets/key", "  from-file\n")
    write(
        tmp_path,
        "synflow.toml",
        """
        [listener]
        host = "$env{HOST}"
        private_key_password = "$file{secrets/key}"
        """,
    )
    settings = load(tmp_path, {"HOST": "0.0.0.0"})
    assert settings.listener.host == "0.0.0.0"
    assert settings.listener.private_key_password == "from-file"
    assert settings.secrets == {"from-file"}
    assert "from-file" not in repr(settings)


@pytest.mark.parametrize("text", ["$env{NOT_THERE}", "$file{not/there}"])
def test_missing_placeholder_names_line_and_variable(tmp_path: Path, text: str) -> None:
    write(tmp_path, "synflow.toml", f'[listener]\nhost = "{text}"\n')
    with pytest.raises(ConfigError, match=r"synflow.toml:2: .*(NOT_THERE|not/there)"):
        load(tmp_path)


def test_content_types_lie_over_the_defaults(tmp_path: Path) -> None:
    write(
        tmp_path,
        "synflow.toml",
        """
        [content_types.builders]
        "Text/HTML" = "text"
        "application/pdf" = "none"
        "application/x-own" = "acme.formats:Own"
        [content_types.formatters]
        "text/html" = "org.apache.axis2.format.PlainTextFormatter"
        """,
    )
    types = load(tmp_path).content_types
    assert types.builders["text/html"] == "text"
    assert types.builders["application/x-own"] == "acme.formats:Own"
    assert "application/pdf" not in types.builders
    assert types.builders["application/json"] == "json"
    assert types.formatters["text/html"] == "text"


def test_axis2_lines_of_the_documentation_register_text_csv(tmp_path: Path) -> None:
    write(
        tmp_path,
        "axis2.xml",
        """\
        <?xml version="1.0"?>
        <axisconfig name="AxisJava2.0">
          <messageFormatters>
            <messageFormatter contentType="text/x" class="org.apache.axis2.format.PlainTextFormatter"/>
          </messageFormatters>
          <messageBuilders>
            \t<messageBuilder contentType="text/x" class="org.apache.axis2.format.PlainTextBuilder"/>
            <messageBuilder contentType="text/y" class="com.acme.Own"/>
            <messageBuilder contentType="multipart/related" class="org.apache.axis2.builder.MIMEBuilder"/>
          </messageBuilders>
        </axisconfig>
        """,
    )
    settings = load(tmp_path)
    assert settings.content_types.builders["text/x"] == "text"
    assert settings.content_types.formatters["text/x"] == "text"
    assert "text/y" not in settings.content_types.builders
    assert settings.notices == (
        f"{tmp_path / 'axis2.xml'}:8: the class com.acme.Own is not known here; text/y keeps its builder",
    )


def test_axis2_file_of_bare_lines_is_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        "axis2/axis2.xml",
        """\
        <messageFormatter contentType="text/x" class="org.apache.axis2.format.PlainTextFormatter"/>
        <messageBuilder contentType="text/x" class="org.apache.axis2.format.PlainTextBuilder"/>
        """,
    )
    types = load(tmp_path).content_types
    assert (types.builders["text/x"], types.formatters["text/x"]) == ("text", "text")


@pytest.mark.parametrize(("text", "line"), [("<a>\n<b>\n</a>", 3), ('<a>\n<messageBuilder contentType="x/y"/></a>', 2)])
def test_wrong_axis2_is_located(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "axis2.xml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(tmp_path)
    assert caught.value.line == line


def test_deployment_toml_keys_that_mean_something_are_taken(tmp_path: Path) -> None:
    write(
        tmp_path,
        "deployment.toml",
        """
        [server]
        hostname = "localhost"
        offset = 20
        hot_deployment = false
        [transport.http]
        socket_timeout = 60000
        preserve_http_headers = ["Content-Type", "User-Agent"]
        enable_message_size_validation = true
        max_message_size_bytes = 1000
        listener.bind_address = ""
        [mediation]
        synapse.global_timeout_interval = "$ref{other.interval}"
        preserve_namespace_on_xml_to_json = true
        [synapse_properties]
        'synapse.rest.CORSConfig.Access-Control-Allow-Origin' = "http://a, http://b"
        'synapse.commons.json.output.autoPrimitive' = "false"
        'my.own' = true
        [message_builders]
        text_plain = "org.apache.axis2.format.BinaryBuilder"
        [[custom_message_builders]]
        content_type = "text/csv"
        class = "org.apache.axis2.format.PlainTextBuilder"
        [[custom_message_formatters]]
        content_type = "text/html"
        class = "com.acme.Own"
        [keystore.primary]
        file_name = "a.jks"
        [other]
        interval = 5
        """.replace('"$ref{other.interval}"', "5000"),
    )
    settings = load(tmp_path)
    assert (settings.listener.port, settings.listener.https_port, settings.management.port) == (8300, 8263, 9174)
    assert settings.listener.host == "0.0.0.0"
    assert settings.deployment.hot_reload is False
    assert settings.http_client.read_timeout == 60.0
    assert settings.http_client.preserve_headers == ("Content-Type", "User-Agent")
    assert settings.payload.max_bytes == 1000
    assert settings.mediation.endpoint_timeout == 5.0
    assert settings.json_xml.preserve_namespace is True
    assert settings.json_xml.auto_primitive is False
    assert settings.cors.allowed_origins == ("http://a", "http://b")
    assert settings.content_types.builders["text/plain"] == "binary"
    assert settings.content_types.builders["text/csv"] == "text"
    assert settings.synapse_properties["my.own"] == "true"
    unknown_class, unused = settings.notices
    assert "com.acme.Own" in unknown_class
    assert unused == f"{tmp_path / 'deployment.toml'}: not used here: other.interval"


def test_deployment_toml_placeholders(tmp_path: Path) -> None:
    write(
        tmp_path,
        "deployment.toml",
        """
        [server]
        name = "eth"
        [transport.http]
        listener.bind_address = "$env{ADDRESS}"
        correlation_header_name = "$ref{server.name}-$secret{word}"
        [secrets]
        word = "[plain]"
        """,
    )
    settings = load(tmp_path, {"ADDRESS": "10.0.0.1"})
    assert settings.listener.host == "10.0.0.1"
    assert settings.mediation.correlation_header == "eth-plain"
    with pytest.raises(ConfigError, match=r"deployment.toml:5: .*'ADDRESS' is not set"):
        load(tmp_path)


def test_listener_port_of_deployment_toml_is_offset(tmp_path: Path) -> None:
    settings = load(write(tmp_path, "deployment.toml", "[transport.http]\nlistener.port = 8000\n"))
    assert settings.listener.port == 8010
    assert settings.management.port == 9164
    with pytest.raises(ConfigError, match=r"deployment.toml:2: server.offset must be a whole number"):
        load(write(tmp_path, "deployment.toml", "[server]\noffset = '1'\n"))


def test_own_file_wins_over_the_files_of_mi(tmp_path: Path) -> None:
    write(tmp_path, "deployment.toml", "[server]\noffset = 20\n")
    write(tmp_path, "synflow.toml", "[listener]\nport = 1234\n")
    settings = load(tmp_path)
    assert (settings.listener.port, settings.listener.https_port) == (1234, 8263)


def test_missing_conf_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such conf folder"):
        load(tmp_path / "nowhere")


def test_conversion_settings_go_by_their_synapse_names() -> None:
    properties = json_xml_properties(Settings())
    assert properties["synapse.commons.json.output.autoPrimitive"] == "true"
    assert properties["synapse.commons.json.output.namespaceSepChar"] == "_"


def test_settings_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().listener.port = 1  # type: ignore[misc]
