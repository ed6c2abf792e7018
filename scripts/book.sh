#!/bin/sh
# Builds one book: BLOG, YEAR and OUT come from the Makefile, other arguments go to the command. Prints the PDF's path.
set -eu

case $BLOG in
    "~/"*) BLOG=$HOME/${BLOG#"~/"} ;; # not every shell expands it after BLOG=
esac
year=${YEAR:+--year=$YEAR}
name=$(basename "$(cd "$BLOG" 2>/dev/null && pwd || echo "$BLOG")")
mkdir -p build
exec .venv/bin/python -m yearbook build "$BLOG" $year -o "${OUT:-build/$name${YEAR:+-$YEAR}.pdf}" "$@"
