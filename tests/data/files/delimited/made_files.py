"""Files as loggers, offices and services write them, made up: each maker puts something else around the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

START = datetime(2023, 3, 30)  # the month ends within the rows
ROWS = 100
HOURS = [START + timedelta(hours=row) for row in range(ROWS)]
FIRST, SECOND = [row * 37.25 - 12 for row in range(ROWS)], [row % 24 for row in range(ROWS)]


@dataclass(frozen=True)
class MadeFile:
    """A file, and what is to be read from it, with the times of `HOURS`, `FIRST` and `SECOND`."""

    lines: list[str]
    columns: tuple[str, ...]  # their names; the last two are of these numbers, but for `after`
    said: tuple[str, ...]  # parts of the notes
    units: dict[str, str] = field(default_factory=dict)
    encoding: str = "utf-8"
    after: int = 0  # how many columns stand after these two


def _rows(write: Callable[[int, datetime, float, int], str]) -> Iterator[str]:
    return (write(row, HOURS[row], FIRST[row], SECOND[row]) for row in range(ROWS))


def _german(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


def _swedish(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans(",.", "\u00a0,"))


def _end_of_day(time: datetime, form: str) -> str:
    """Return a time as those write it for whom a day ends at 24:00."""
    return f"{time - timedelta(days=1):{form}} 24:00" if time.hour == 0 else f"{time:{form} %H:%M}"


def _end(time: datetime) -> datetime:
    return time + timedelta(hours=1)


MADE = {
    "campbell_toa5": MadeFile(
        [
            '"TOA5","Hill","CR1000","1234","CR1000.Std.31","CPU:hill.CR1","4711","Hourly"',
            '"TIMESTAMP","RECORD","AirTC_Avg","Count"',
            '"TS","RN","Deg C","1/h"',
            '"","","Avg","Tot"',
            *_rows(lambda row, time, a, b: f'"{time:%Y-%m-%d %H:%M:%S}",{row},{a},{b}'),
        ],
        ("RECORD", "AirTC_Avg", "Count"),
        ("dataset.format.skip=1", "units from line 3", "dataset.format.units_row=true"),
        {"RECORD": "RN", "AirTC_Avg": "Deg C", "Count": "1/h"},
    ),
    "hobo": MadeFile(
        [
            '"Plot Title: pond 7, deep"',
            '"#","Date Time, GMT+02:00","Temp, °C (LGR S/N: 1, SEN S/N: 1)","Intensity, Lux","End Of File"',
            *_rows(lambda row, time, a, b: f"{row + 1},{time:%m/%d/%y %I:%M:%S %p},{a},{b},"),
        ],
        ("#", "Temp, °C (LGR S/N: 1, SEN S/N: 1)", "Intensity, Lux", "End Of File"),
        ("'\"Plot Title: pond 7, deep\"' (dataset.format.skip=1)", "like %m/%d/%y %I:%M:%S %p"),
        after=1,
    ),
    "weatherlink": MadeFile(
        [
            "\t\tTemp\tHi",
            "Date\tTime\tOut\tOut",
            *_rows(
                lambda row, time, a, b: f"{time:%m/%d/%y}\t{time:%I:%M%p}\t{a}\t{b}".replace("AM", "a").replace(
                    "PM", "p"
                )
            ),
        ],
        ("Temp Out", "Hi Out"),
        ("'Date' + 'Time' like %m/%d/%y %I:%M%p",),
    ),
    "weather_service": MadeFile(
        [
            "STATIONS_ID;MESS_DATUM;  QN;TT_TU;RF_TU;eor",
            *_rows(lambda row, time, a, b: f"      44;{time:%Y%m%d%H};    3;  {a};  {b};eor"),
        ],
        ("STATIONS_ID", "QN", "TT_TU", "RF_TU"),
        ("like %Y%m%d%H", "'eor'"),
    ),
    "german_excel": MadeFile(
        [
            "Monatsbericht Energie;;;;",
            ";;;;",
            "Datum;Leistung;Anzahl;;",
            ";[kW];[1/h];;",
            *_rows(lambda row, time, a, b: f"{time:%d.%m.%Y %H:%M};{_german(a)};{b};;"),
            "Summe;999.999,99;1;;",
            ";;;;",
        ],
        ("Leistung", "Anzahl"),
        (
            "'Monatsbericht Energie;;;;' (dataset.format.skip=2)",
            "points between thousands: 1.",
            "dataset.format.footer=1",
        ),
        {"Leistung": "kW", "Anzahl": "1/h"},
        "cp1252",
    ),
    "scada": MadeFile(
        [
            "Station name: Süd, line 3",
            "Exported: 2023-04-05 06:00",
            "",
            "Time,Flow,State",
            "-----",
            *_rows(lambda row, time, a, b: f'{_end_of_day(time, "%Y-%m-%d")},"{a:,.2f}",{b}'),
            "",
            'Mean,"1,800.5",11',
            "Min,-12,0",
            'Max,"3,675.75",23',
            "Total (100 values)",
            "End of file",
        ],
        ("Flow", "State"),
        ("dataset.format.skip=3", "24:00 is 0:00", "commas between thousands", "dataset.format.footer=5"),
    ),
    "grid_operator": MadeFile(
        [
            '"MTU (CET/CEST)","Load","Forecast"',
            *_rows(lambda row, time, a, b: f'"{time:%d.%m.%Y %H:%M} - {_end(time):%d.%m.%Y %H:%M} (CET)","{a}","{b}"'),
        ],
        ("Load", "Forecast"),
        ("like %d.%m.%Y %H:%M - *",),
    ),
    "title_with_a_comma": MadeFile(
        [
            "Energy, March",
            "Datum;Wert;Zahl",
            *_rows(lambda row, time, a, b: f"{time:%d.%m.%Y %H:%M};{a};{b}.0".replace(".", ",").replace(",", ".", 2)),
        ],
        ("Wert", "Zahl"),
        ("'Energy, March' (dataset.format.skip=1)", "delimiter ';'"),
    ),
    "swiss": MadeFile(
        ["Zeit;Wert;Menge", *_rows(lambda row, time, a, b: f"{time:%d.%m.%Y %H:%M};{a:,.2f};{b}".replace(",", "'"))],
        ("Wert", "Menge"),
        ("apostrophes between thousands: 1'",),
    ),
    "swedish": MadeFile(
        [
            "Tid;Värde;Antal",
            *_rows(lambda row, time, a, b: f"{time:%Y-%m-%d %H:%M};{_swedish(a)};{b}"),
        ],
        ("Värde", "Antal"),
        ("blanks between thousands: 1\xa0", "decimal ','"),
        encoding="latin-1",
    ),
    "numpy": MadeFile(
        ["# saved by a script", "# time a b", *_rows(lambda row, time, a, b: f"{time:%Y-%m-%dT%H:%M} {a} {b}")],
        ("a", "b"),
        ("delimiter spaces",),
    ),
}
