#!/usr/bin/env python3
"""Holds what the readers see in files against what other programs see: examples/compare_readers.py FOLDER…

For each document in the folders, the text of `document_text` is compared with that of LibreOffice (`soffice`), of
`pdftotext`, `antiword`, `catdoc`, python-docx, openpyxl, pypdf and pdfminer, as far as they are there and know the
format. `docs/readers.md` says what came of it. A file is listed where another
program sees words that the reader doesn't: with the share of them that is missing, and the first of them. What a
reader leaves out on purpose (comments, hidden sheets, deleted text, numbering, embedded objects) is listed too: each
line is to be mended or explained. Build the example first: cargo build --release --example document_text.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

KINDS = {
    "doc": ("soffice", "antiword", "catdoc"), "wps": ("soffice",), "dot": ("soffice", "antiword", "catdoc"), "rtf": ("soffice",), "odt": ("soffice",),
    "docx": ("soffice", "python-docx"), "docm": ("soffice",), "dotx": ("soffice",), "dotm": ("soffice",),
    "xls": ("sheets",), "et": ("sheets",), "xlsx": ("sheets", "openpyxl"), "xlsm": ("sheets", "openpyxl"), "ods": ("sheets",),
    "pdf": ("pdftotext", "pypdf", "pdfminer"),
}
WORD = re.compile(r"[0-9A-Za-z_]+|[^\W\d_]|[□☐☑☒✓✔√■●]")


PROFILE = tempfile.TemporaryDirectory()


def run(command, seconds):
    try:
        done = subprocess.run(command, capture_output=True, timeout=seconds)
    except (subprocess.TimeoutExpired, OSError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def by_soffice(path, target, seconds):
    """Word documents as text; sheets as a web page, since only that holds all of them."""
    with tempfile.TemporaryDirectory() as folder:
        # Its own name may mean something to the program.
        copy = Path(folder) / f"file{path.suffix}"
        shutil.copyfile(path, copy)
        profile = f"-env:UserInstallation=file://{PROFILE.name}"
        run(["soffice", profile, "--headless", "--convert-to", target, "--outdir", folder, str(copy)], seconds)
        made = [made for made in Path(folder).iterdir() if made != copy and made.suffix in (".txt", ".html")]
        text = made[0].read_text("utf-8-sig", "replace") if made else None
    if text and made[0].suffix == ".html":
        text = re.sub(r"(?s)<(style|script|title|head).*?</\1>|<!--.*?-->", " ", text)
        text = re.sub(r"<[^>]*>", " ", text)
        for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&nbsp;", " "), ("&amp;", "&")):
            text = text.replace(entity, character)
    return text


def by_docx(path):
    """The texts of the body, wherever they stand; what is said twice for older programs once."""
    try:
        from docx import Document

        body = Document(str(path)).element.body
    except Exception:  # noqa: BLE001 - a program that can't read the file is no witness
        return None
    for fallback in list(body.iter("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")):
        fallback.getparent().remove(fallback)
    shown = {"p": lambda node: "\n", "tab": lambda node: "\t", "br": lambda node: "\n", "t": lambda node: node.text or ""}
    tags = ((str(node.tag).rpartition("}")[2], node) for node in body.iter())
    return "".join(shown[tag](node) for tag, node in tags if tag in shown)


def by_openpyxl(path):
    import openpyxl

    sheets = [sheet for sheet in openpyxl.load_workbook(path, data_only=True).worksheets if sheet.sheet_state == "visible"]
    return "\n".join(str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value is not None)


def by_pypdf(path):
    import pypdf

    return "\n".join(page.extract_text() for page in pypdf.PdfReader(str(path)).pages)


def by_pdfminer(path):
    from pdfminer.high_level import extract_text

    return extract_text(str(path))


def witness(read, path):
    """A program that can't read the file, or isn't there, says nothing."""
    try:
        return read(path)
    except Exception:  # noqa: BLE001
        return None


def seen_by(program, path, seconds):
    match program:
        case "soffice":
            return by_soffice(path, "txt:Text (encoded):UTF8", seconds)
        case "sheets":
            return by_soffice(path, "html:HTML (StarCalc)", seconds)
        case "antiword":
            return run(["antiword", "-m", "UTF-8.txt", str(path)], seconds)
        case "catdoc":
            return run(["catdoc", "-d", "utf-8", "-w", str(path)], seconds)
        case "openpyxl":
            return witness(by_openpyxl, path)
        case "pypdf":
            return witness(by_pypdf, path)
        case "pdfminer":
            return witness(by_pdfminer, path)
        case "pdftotext":
            return run(["pdftotext", "-enc", "UTF-8", str(path), "-"], seconds)
        case "python-docx":
            return by_docx(path)


def words(text):
    return Counter(WORD.findall(text or ""))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--reader", default="target/release/examples/document_text", help="the built example")
    parser.add_argument("--share", type=float, default=0.02, help="list a file where more than this share of words is missing")
    parser.add_argument("--seconds", type=int, default=60, help="what a program may take for a file")
    parser.add_argument("--programs", nargs="+", help="only these of the programs named above, and sheets")
    options = parser.parse_args()
    files = sorted(path for folder in options.folders for path in folder.rglob("*") if path.suffix.lower()[1:] in KINDS)
    compared = listed = 0
    for path in files:
        done = subprocess.run([options.reader, str(path)], capture_output=True, timeout=300)
        ours, why = words(done.stdout.decode("utf-8", "replace")), done.stderr.decode("utf-8", "replace").strip().rpartition(": ")[2]
        for program in KINDS[path.suffix.lower()[1:]]:
            if options.programs and program not in options.programs:
                continue
            theirs = words(seen_by(program, path, options.seconds))
            if not theirs:
                continue
            compared += 1
            missing = theirs - ours
            share = sum(missing.values()) / sum(theirs.values())
            if share > options.share and sum(missing.values()) > 3:
                listed += 1
                some = " ".join(word for word, _ in missing.most_common(12))
                print(f"{share:5.0%} of {sum(theirs.values()):6} {program:11} {path}: {why or some}", flush=True)
    print(f"{len(files)} files, {compared} comparisons, {listed} listed", file=sys.stderr)


if __name__ == "__main__":
    main()
