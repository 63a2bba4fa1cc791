"""A command in Python that renders Markdown with an npm package: python3's argparse, marked from npm."""

import argparse
import sys

import interloop


def main() -> int:
    parser = argparse.ArgumentParser(description="Render Markdown as HTML")
    parser.add_argument("file", type=argparse.FileType("r"), help="the Markdown, or - for standard input")
    parser.add_argument("--inline", action="store_true", help="without a paragraph around it")
    options = parser.parse_args()
    marked = interloop.import_js("marked")
    render = marked.parseInline if options.inline else marked.parse
    sys.stdout.write(render(options.file.read().strip()).strip() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
