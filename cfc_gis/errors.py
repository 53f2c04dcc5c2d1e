"""The error tree. A message says what was found, what was wanted and how to fix it, in Chinese and English.

::

    CfcError                        exit 1: our own fault
    +- UserError (ValueError)       exit 2: the user's call or file
    |  +- InputMissing              a named file is not there
    |  +- InputDamaged              a file is there and cannot be read as what it should be
    |  +- PlaceMismatch             the data lie somewhere else than the place asked for
    |  +- CrsMissing                a layer does not say its coordinate reference system
    |  +- TableFault                a table breaks its contract; all its faults at once
    |  +- ChoiceUnknown             a name, key or option that does not exist
    |  +- ProjectChanged            another planner changed the project after it was read
    |  +- MoveRefused               a project may not go from this stage to that
    +- WorldError (OSError)         exit 3: network or disk
       +- NotWritable               the output folder cannot be written
       +- DirLocked                 another run works in the same folder
       +- LibraryBusy               another planner writes into the project library
       +- NetworkUnavailable        a live source cannot be reached
       +- BrowserMissing            no browser is here to print a report, or it does not print

Each error is raised with a key of the locale tables and the facts that fill it: ``str(error)`` shows both languages,
:meth:`CfcError.text` one.
"""

from __future__ import annotations

from cfc_gis import locale


class CfcError(Exception):
    """Base of all errors of the package.

    Parameters
    ----------
    key
        Key in the section ``error`` of the locale tables.
    **facts
        Values for the placeholders of that message.

    Examples
    --------
    >>> error = InputMissing("input_missing", path="a.osm.pbf")
    >>> error.exit_code
    2
    >>> "a.osm.pbf" in error.text("zh")
    True
    """

    exit_code = 1

    def __init__(self, key: str, **facts: object) -> None:
        self.key = key
        self.facts = facts
        super().__init__(key)

    def text(self, lang: str) -> str:
        """Return the message in one language."""
        return locale.say(f"error.{self.key}", lang, **self.facts)

    def __str__(self) -> str:
        return "\n".join(self.text(lang) for lang in locale.LANGS)


class UserError(CfcError, ValueError):
    """The user's call or file is at fault."""

    exit_code = 2


class InputMissing(UserError, FileNotFoundError):
    """A named input file is not there."""


class InputDamaged(UserError):
    """An input file cannot be read as what it should be."""


class PlaceMismatch(UserError):
    """The data lie somewhere else than the place asked for."""


class CrsMissing(UserError):
    """A layer does not say its coordinate reference system."""


class TableFault(UserError):
    """A table breaks its contract; the message lists every fault found."""


class ChoiceUnknown(UserError, KeyError):
    """A name, key or option does not exist."""

    __str__ = CfcError.__str__


class ProjectChanged(UserError):
    """Another planner changed the project after it was read."""


class MoveRefused(UserError):
    """A project may not go from this stage to that."""


class WorldError(CfcError, OSError):
    """The outside world failed: network or disk."""

    exit_code = 3
    __str__ = CfcError.__str__


class NotWritable(WorldError):
    """The output folder cannot be written."""


class DirLocked(WorldError):
    """Another run works in the same folder."""


class LibraryBusy(WorldError):
    """Another planner writes into the project library."""


class NetworkUnavailable(WorldError):
    """A live source cannot be reached."""


class BrowserMissing(WorldError):
    """There is no browser that prints a report, or it does not print."""
