"""A real SFTP server on loopback that serves one folder, and can be told to misbehave."""

import os
import socket
import threading
import time
from base64 import b64encode
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import paramiko

USER, PASSWORD = "wollstube", "garn-und-nadel"


class SftpServer:
    """Serves `folder` until closed. `silence` makes it accept and never say a word."""

    def __init__(self, folder: Path, *, silence: bool = False, customer_key: paramiko.PKey | None = None) -> None:
        self.folder = folder
        self.key = paramiko.ECDSAKey.generate()
        self.silence = silence
        self.customer_key = customer_key
        self.sign_ins: list[str] = []
        self._transports: list[paramiko.Transport] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def fingerprint(self) -> str:
        return "SHA256:" + b64encode(sha256(self.key.asbytes()).digest()).decode().rstrip("=")

    def close(self) -> None:
        with suppress(OSError):  # closed before
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes the one who accepts, so that the port is free at once
        self._socket.close()
        for transport in self._transports:
            transport.close()

    def _accept(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            if self.silence:
                threading.Thread(target=lambda line=line: (time.sleep(30), line.close()), daemon=True).start()
                continue
            transport = paramiko.Transport(line)
            self._transports.append(transport)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, self.folder)
            try:
                transport.start_server(server=_Door(self))
            except (paramiko.SSHException, EOFError, OSError):  # the caller has gone
                continue


class _Door(paramiko.ServerInterface):
    def __init__(self, server: SftpServer) -> None:
        self._server = server

    def check_auth_password(self, username: str, password: str) -> int:
        self._server.sign_ins.append(username)
        return paramiko.AUTH_SUCCESSFUL if (username, password) == (USER, PASSWORD) else paramiko.AUTH_FAILED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        known = self._server.customer_key
        return paramiko.AUTH_SUCCESSFUL if known and username == USER and key == known else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        del username
        return "password,publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        del kind, chanid
        return paramiko.OPEN_SUCCEEDED


class _Files(paramiko.SFTPServerInterface):
    def __init__(self, server: paramiko.ServerInterface, folder: Path) -> None:
        super().__init__(server)
        self._folder = folder

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        try:
            found = sorted(self._inside(path).iterdir())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return [paramiko.SFTPAttributes.from_stat(one.stat(), one.name) for one in found]

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        try:
            return paramiko.SFTPAttributes.from_stat(self._inside(path).stat())
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        del attr
        is_written = bool(flags & (os.O_WRONLY | os.O_RDWR))
        try:
            file = os.fdopen(os.open(self._inside(path), flags, 0o600), "wb" if is_written else "rb")
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        handle = paramiko.SFTPHandle(flags)
        setattr(handle, "writefile" if is_written else "readfile", file)
        return handle

    def rename(self, oldpath: str, newpath: str) -> int:
        if self._inside(newpath).exists():
            return paramiko.SFTP_FAILURE
        try:
            self._inside(oldpath).rename(self._inside(newpath))
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return paramiko.SFTP_OK

    def remove(self, path: str) -> int:
        try:
            self._inside(path).unlink()
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno)
        return paramiko.SFTP_OK

    def _inside(self, path: str) -> Path:
        return self._folder / path.lstrip("/")
