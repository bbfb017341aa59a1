"""A strict place to sign in: what azure-identity talks to, on one port of this machine."""

from login_server.directory import Application, Directory
from login_server.server import LoginServer

__all__ = ["Application", "Directory", "LoginServer"]
