"""Commands that show or pass simulated time: ``date``, ``sleep``, ``uptime``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from tempt.sandbox.calls import Call, Command, Options, Reply, UsageError, absolute, options, usage
from tempt.sandbox.machine import Machine

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DEFAULT = "%a %b %e %H:%M:%S %Z %Y"
_ISO = MappingProxyType(
    {
        "date": "%F",
        "hours": "%FT%H+00:00",
        "minutes": "%FT%H:%M+00:00",
        "seconds": "%FT%T+00:00",
        "ns": "%FT%T,%N+00:00",
    }
)
_ISO_SHORT = re.compile(r"-I(\w*)|--iso-8601(?!=)")
_UNIT_SECONDS = MappingProxyType(
    {"sec": 1, "second": 1, "min": 60, "minute": 60, "hour": 3600, "day": 86400, "week": 604_800}
)
_SUFFIXES = MappingProxyType({"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400})
_DIRECTIVE = re.compile(r"%([-_0^]?)(:?[a-zA-Z%])")
_DURATION = re.compile(r"(\d{1,12}(?:\.\d{0,12})?|\.\d{1,12})([smhd]?)")
_ABSOLUTE = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,9})?)?)?(?: ?(?:Z|UTC))?"
)
_RELATIVE = re.compile(r"([+-]?\d{1,9}) ?(sec|second|min|minute|hour|day|week)s?( ago)?")
_FOREVER = 30 * 86400

_FIELDS: Mapping[str, Callable[[datetime], str]] = MappingProxyType(
    {
        "%": lambda _: "%",
        "n": lambda _: "\n",
        "t": lambda _: "\t",
        "Y": lambda at: f"{at.year:04}",
        "y": lambda at: f"{at.year % 100:02}",
        "C": lambda at: f"{at.year // 100:02}",
        "m": lambda at: f"{at.month:02}",
        "d": lambda at: f"{at.day:02}",
        "e": lambda at: f"{at.day:2}",
        "H": lambda at: f"{at.hour:02}",
        "k": lambda at: f"{at.hour:2}",
        "I": lambda at: f"{(at.hour - 1) % 12 + 1:02}",
        "l": lambda at: f"{(at.hour - 1) % 12 + 1:2}",
        "M": lambda at: f"{at.minute:02}",
        "S": lambda at: f"{at.second:02}",
        "N": lambda at: f"{at.microsecond * 1000:09}",
        "s": lambda at: str(int(at.timestamp())),
        "p": lambda at: "AM" if at.hour < 12 else "PM",
        "P": lambda at: "am" if at.hour < 12 else "pm",
        "a": lambda at: DAYS[at.weekday()][:3],
        "A": lambda at: DAYS[at.weekday()],
        "b": lambda at: MONTHS[at.month - 1][:3],
        "h": lambda at: MONTHS[at.month - 1][:3],
        "B": lambda at: MONTHS[at.month - 1],
        "j": lambda at: f"{at.timetuple().tm_yday:03}",
        "u": lambda at: str(at.isoweekday()),
        "w": lambda at: str(at.isoweekday() % 7),
        "V": lambda at: f"{at.isocalendar().week:02}",
        "G": lambda at: f"{at.isocalendar().year:04}",
        "Z": lambda _: "UTC",
        "z": lambda _: "+0000",
        ":z": lambda _: "+00:00",
    }
)
_COMPOUNDS = MappingProxyType(
    {
        "F": "%Y-%m-%d",
        "T": "%H:%M:%S",
        "D": "%m/%d/%y",
        "R": "%H:%M",
        "r": "%I:%M:%S %p",
        "c": "%a %b %e %H:%M:%S %Y",
        "x": "%m/%d/%y",
        "X": "%H:%M:%S",
    }
)


def moment(seconds: float) -> datetime:
    """The UTC time ``seconds`` after 1970, exact to the microsecond."""
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)


def strftime(at: datetime, layout: str) -> str:
    """``at`` laid out as GNU date does in the C locale; an unknown directive stays as it is."""

    def field(match: re.Match[str]) -> str:
        flag, name = match.groups()
        if name in _COMPOUNDS:
            return strftime(at, _COMPOUNDS[name])
        if name not in _FIELDS:
            return match[0]
        return _padded(_FIELDS[name](at), flag)

    return _DIRECTIVE.sub(field, layout)


def _padded(text: str, flag: str) -> str:
    if flag == "^":
        return text.upper()
    bare = text.lstrip("0 ") or text[-1:]
    if flag == "-":
        return bare
    return bare.rjust(len(text), "0" if flag == "0" else " ") if flag else text


def date(machine: Machine, call: Call) -> Reply:
    """Print a time; the machine's own unless ``-d`` or ``-r`` gives another."""
    try:
        found, operands = options(
            [_ISO_SHORT.sub(_iso_long, word) for word in call.argv],
            "ud:r:Rs:",
            ["utc", "universal", "date=", "reference=", "rfc-email", "set=", "iso-8601="],
        )
        layout = _layout(found, operands)
        at = _asked(machine, call, found)
    except UsageError as error:
        return usage(call, error)
    except (ValueError, OverflowError, RuntimeError) as error:
        return Reply("", f"date: {error}\n", 1)
    if "-s" in found or "--set" in found:
        return Reply(
            strftime(at, layout) + "\n", "date: cannot set date: Operation not permitted\n", 1
        )
    return Reply(strftime(at, layout) + "\n")


def _iso_long(match: re.Match[str]) -> str:
    asked = match[1] or "date"
    return f"--iso-8601={next((name for name in _ISO if name.startswith(asked)), asked)}"


def _layout(found: Options, operands: list[str]) -> str:
    if len(operands) > 1:
        raise ValueError(f"extra operand '{operands[1]}'")
    if operands and not operands[0].startswith("+"):
        raise ValueError(f"invalid date '{operands[0]}'")
    if operands:
        return operands[0][1:]
    if "-R" in found or "--rfc-email" in found:
        return "%a, %d %b %Y %H:%M:%S %z"
    if "--iso-8601" in found:
        precision = found["--iso-8601"]
        if precision not in _ISO:
            raise ValueError(f"invalid argument '{precision}' for '--iso-8601'")
        return _ISO[precision]
    return _DEFAULT


def _asked(machine: Machine, call: Call, found: Options) -> datetime:
    now = moment(machine.now)
    phrase = found.get("-d", found.get("--date"))
    if phrase is not None:
        return parse(phrase, now)
    name = found.get("-r", found.get("--reference"))
    if name is None:
        return now
    try:
        metadata = call.fs.stat(absolute(call, name))
    except RuntimeError as error:
        raise ValueError(f"{name}: No such file or directory") from error
    return moment(machine.file_time(metadata["modified"]))


def parse(phrase: str, now: datetime) -> datetime:
    """The time that ``phrase`` means.

    Understands ``@N``, ``now``, ``today``, ``yesterday``, ``tomorrow``, ISO dates and times, and
    ``N UNITs [ago]`` after any of them.

    Raises:
        ValueError: Anything else.
    """
    text = phrase.strip().lower()
    offset = 0
    for match in _RELATIVE.finditer(text):
        count = int(match[1]) * _UNIT_SECONDS[match[2]]
        offset += -count if match[3] else count
    base = _RELATIVE.sub("", text).strip().upper()
    return _base(base, now, phrase) + timedelta(seconds=offset)


def _base(text: str, now: datetime, phrase: str) -> datetime:
    days = {"": 0, "NOW": 0, "TODAY": 0, "YESTERDAY": -1, "TOMORROW": 1}
    if text in days:
        return now + timedelta(days=days[text])
    if re.fullmatch(r"@-?\d{1,12}(\.\d{1,9})?", text):
        return moment(float(text[1:]))
    if match := _ABSOLUTE.fullmatch(text):
        year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    raise ValueError(f"invalid date '{phrase}'")


def sleep(machine: Machine, call: Call) -> Reply:
    """Let simulated time pass; real time is not spent."""
    if not call.argv:
        return usage(call, UsageError("missing operand"))
    total = 0.0
    for word in call.argv:
        if word in {"inf", "infinity"}:
            total += _FOREVER
        elif match := _DURATION.fullmatch(word):
            total += float(match[1]) * _SUFFIXES[match[2]]
        else:
            return usage(call, UsageError(f"invalid time interval '{word}'"))
    machine.advance(min(total, _FOREVER))
    return Reply()


def uptime(machine: Machine, call: Call) -> Reply:  # noqa: ARG001 - every command has this shape
    """Print the machine's clock and how long it has been up."""
    up = timedelta(seconds=int(machine.now - machine.epoch) + 93_784)
    hours, minutes = divmod(up.seconds // 60, 60)
    clock = strftime(moment(machine.now), "%T")
    load = "load average: 0.08, 0.03, 0.01"
    return Reply(f" {clock} up {up.days} day, {hours:2}:{minutes:02},  1 user,  {load}\n")


COMMANDS: Mapping[str, Command] = MappingProxyType({"date": date, "sleep": sleep, "uptime": uptime})
