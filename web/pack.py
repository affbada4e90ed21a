#!/usr/bin/python3
"""Packs the pages into one C file, plain and compressed: pack.py WEB OUT. The charts come from npm (web/package.json)."""
import gzip
import hashlib
import sys
from pathlib import Path

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml", ".webmanifest": "application/manifest+json"}
OTHERS = {"/vendor/uplot.js": "uplot/dist/uPlot.esm.js", "/vendor/uplot.css": "uplot/dist/uPlot.min.css"}


def found(web):
    modules = web / "node_modules"
    for file in sorted(web.rglob("*")):
        if file.suffix in TYPES and modules not in file.parents:
            yield "/" + file.relative_to(web).as_posix(), file
    for path, name in OTHERS.items():
        if (modules / name).exists():
            yield path, modules / name


def array(name, data):
    rows = (",".join(str(byte) for byte in data[at:at + 512]) for at in range(0, len(data), 512))
    return f"static const uint8_t {name}[] = {{\n" + ",\n".join(rows) + "};\n"


def main():
    web, out = Path(sys.argv[1]), Path(sys.argv[2])
    parts, rows = ['#include "web/assets.h"\n\n'], []
    for index, (path, file) in enumerate(sorted(found(web))):
        plain = file.read_bytes()
        packed = gzip.compress(plain, 9, mtime=0)
        parts += [array(f"plain_{index}", plain), array(f"gzip_{index}", packed)]
        etag = hashlib.sha256(plain).hexdigest()[:16]
        rows.append(f'    {{"{path}", "{TYPES[file.suffix]}", "\\"{etag}\\"", plain_{index}, gzip_{index}, '
                    f'{len(plain)}, {len(packed)}}},\n')
    parts.append("\nconst struct asset assets[] = {\n" + "".join(rows) + "};\n"
                 "const size_t assets_count = sizeof assets / sizeof assets[0];\n")
    out.write_text("".join(parts))


main()
