"""Writes the workbooks beside it: openpyxl 3.1.5 and XlsxWriter 3.3.1 wrote them.

    pip install openpyxl==3.1.5 XlsxWriter==3.3.1 && python make.py
"""

import datetime as dt

import openpyxl
import xlsxwriter
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import numbers


def types():
    """Every type of cell, by openpyxl; the second sheet is hidden."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Readings"
    sheet.append(["id", "value", "share", "day", "at", "clock", "took", "ok", "note", "code"])
    rows = [
        [1, 0.1 + 0.2, 0.12, dt.date(2026, 3, 1), dt.datetime(2026, 3, 1, 10, 11, 12), dt.time(10, 11, 12), dt.timedelta(hours=30, minutes=15), True, " two  spaces ", "007"],
        [2, 1e21, 1, dt.date(1900, 1, 1), dt.datetime(2026, 3, 2), dt.time(0, 0), dt.timedelta(seconds=1.5), False, "line\none", "12"],
        [3, -5, None, dt.date(9999, 12, 31), dt.datetime(1999, 12, 31, 23, 59, 59, 500000), dt.time(23, 59, 59, 250000), None, None, "a_x0041_b", "x"],
    ]
    for row in rows:
        sheet.append(row)
    for r in range(2, 5):
        sheet.cell(r, 3).number_format = "0%"
        sheet.cell(r, 4).number_format = "dd/mm/yyyy"
        sheet.cell(r, 5).number_format = "yyyy-mm-dd hh:mm:ss"
        sheet.cell(r, 6).number_format = "h:mm:ss AM/PM"
        sheet.cell(r, 7).number_format = "[h]:mm:ss"
        sheet.cell(r, 10).number_format = numbers.FORMAT_TEXT
    sheet["I3"] = CellRichText("line\n", TextBlock(InlineFont(b=True), "one"))
    for r in range(5, 40):  # rows and a column that are only formatted
        sheet.cell(r, 12).number_format = "0.00"
    sheet.row_dimensions[3].hidden = True
    hidden = book.create_sheet("Words, hidden")
    hidden.sheet_state = "hidden"
    hidden.append(["word"])
    hidden.append(["x"])
    book.save("types.xlsx")


def mac():
    """The days of 1904, and a formula that nothing has calculated, by openpyxl."""
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    sheet.append(["day", "twice"])
    sheet.append([dt.date(2026, 3, 1), "=1+1"])
    sheet.append([dt.date(1904, 1, 2), 4])
    book.save("mac.xlsx")


def budget():
    """A title, groups of columns, formulas, errors, a footer, by XlsxWriter."""
    book = xlsxwriter.Workbook("budget.xlsx")
    bold = book.add_format({"bold": True})
    money = book.add_format({"num_format": '#,##0.00 "€"'})
    sheet = book.add_worksheet("Budget 2025")
    sheet.merge_range("B2:F2", "Budget of all regions", bold)
    sheet.merge_range("B4:B5", "Region", bold)
    sheet.merge_range("C4:D4", 2025, bold)
    sheet.merge_range("E4:F4", 2026, bold)
    for column, name in enumerate(["Q1", "Q2", "Q1", "Q2"]):
        sheet.write(4, 2 + column, name, bold)
    for row, (region, values) in enumerate([("North", [10.5, 20, 30, 40]), ("South", [1234567.891, None, 5, 6]), ("West", [7, 8, 9, 10])]):
        sheet.write(5 + row, 1, region)
        for column, value in enumerate(values):
            sheet.write(5 + row, 2 + column, value, money)
    sheet.write_formula("D7", "=1/0", money, "#DIV/0!")
    sheet.write_formula("F8", "=E8+1", money, 10)
    sheet.write("B10", "Source: the regions")
    book.add_worksheet("Notes").write("A1", "nothing")
    book.close()


if __name__ == "__main__":
    types()
    mac()
    budget()
