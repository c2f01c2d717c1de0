#!/bin/sh
# @{tidy_words}
cd @{root} || exit 1
grep -v '^#' @{work}/@{table} > @{work}/@{table}.tidy
cat @{work}/@{table}.tidy > @{work}/@{table}
rm @{work}/@{table}.tidy
wc -l @{work}/@{table}
