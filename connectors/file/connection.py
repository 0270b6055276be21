"""The connection of the file connector: which folder paths are taken from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.files.paths import Root, root_for
from engine.mediators.connector import Connection, connection, parameter
from engine.source.node import Node

_REMOTE = "for remote connections only"


def _remote(name: str, *, secret: bool = False) -> Any:
    return parameter(name, _REMOTE, default=None, secret=secret, ignored=True)


@connection("file")
class FileConnection(Connection):
    """`<file.init>`: a folder of this machine."""

    display_name: str | None = parameter("name", "name of the connection", default=None)
    connection_type: str = parameter(
        "connectionType",
        "kind of file system; only LOCAL is supported",
        kind="choice",
        default="LOCAL",
        choices=("LOCAL", "FTP", "FTPS", "SFTP", "SMB", "SMB2"),
    )
    working_folder: str | None = parameter(
        "workingDir",
        "folder that all paths are below, a leading slash included; without it the data folder of the settings",
        default=None,
    )
    lock_scheme: str = parameter(
        "fileLockScheme",
        "Local: locks within this process; Cluster: a `.lock` file beside the file",
        kind="choice",
        default="Local",
        choices=("Local", "Cluster"),
        fold=True,
    )
    max_failure_retries: int = parameter(
        "maxFailureRetryCount",
        "how often a failed connection is tried again; a local one needs none",
        kind="integer",
        default=0,
    )
    host: str | None = _remote("host")
    port: str | None = _remote("port")
    username: str | None = _remote("username")
    password: str | None = _remote("password", secret=True)
    encode_password: str | None = _remote("encodePassword")
    user_dir_is_root: str | None = _remote("userDirIsRoot")
    is_passive: str | None = _remote("isPassive")
    ftp_connection_timeout: str | None = _remote("ftpConnectionTimeout")
    ftp_socket_timeout: str | None = _remote("ftpSocketTimeout")
    retry_count: str | None = _remote("retryCount")
    key_store_path: str | None = _remote("keyStorePath")
    key_store_password: str | None = _remote("keyStorePassword", secret=True)
    key_password: str | None = _remote("keyPassword", secret=True)
    trust_store_path: str | None = _remote("trustStorePath")
    trust_store_password: str | None = _remote("trustStorePassword", secret=True)
    implicit_mode: str | None = _remote("implicitModeEnabled")
    channel_protection: str | None = _remote("channelProtectionLevel")
    sftp_connection_timeout: str | None = _remote("sftpConnectionTimeout")
    sftp_session_timeout: str | None = _remote("sftpSessionTimeout")
    strict_host_key_checking: str | None = _remote("strictHostKeyChecking")
    private_key_path: str | None = _remote("privateKeyFilePath")
    private_key_password: str | None = _remote("privateKeyPassword", secret=True)
    avoid_permission: str | None = _remote("setAvoidPermission")
    sftp_path_from_root: str | None = _remote("sftpPathFromRoot")
    sftp_pool_aged_timeout: str | None = _remote("sftpPoolConnectionAgedTimeout")
    max_active_connections: str | None = _remote("maxActiveConnections")
    max_idle_connections: str | None = _remote("maxIdleConnections")
    max_wait_time: str | None = _remote("maxWaitTime")
    min_eviction_time: str | None = _remote("minEvictionTime")
    eviction_check_interval: str | None = _remote("evictionCheckInterval")
    exhausted_action: str | None = _remote("exhaustedAction")
    enable_encryption: str | None = _remote("enableEncryption")
    cache_file_stats: str | None = parameter("cacheFileStats", "no caching is needed here", default=None, ignored=True)
    file_cache: str | None = parameter("fileCacheEnabled", "no caching is needed here", default=None, ignored=True)
    suspend_on_failure: str | None = _remote("suspendOnConnectionFailure")
    retries_before_suspension: str | None = _remote("retriesBeforeSuspension")
    suspend_initial_duration: str | None = _remote("suspendInitialDuration")
    suspend_progression: str | None = _remote("suspendProgressionFactor")
    suspend_maximum_duration: str | None = _remote("suspendMaximumDuration")

    @classmethod
    def check(cls, node: Node, constants: Mapping[str, Any], given: frozenset[str]) -> None:
        """Remote file systems are refused when the connection is deployed, not when a message needs it."""
        kind = constants.get("connection_type", "LOCAL")
        if kind != "LOCAL":
            node.error(
                "SYN086",
                f"file connections of type {kind} are not supported here; only LOCAL is",
                hint="mount the remote folder on this machine and give its path as workingDir",
            )

    def root(self, settings: Any) -> Root:
        """Where paths of this connection lead."""
        return root_for(settings, self.working_folder)
