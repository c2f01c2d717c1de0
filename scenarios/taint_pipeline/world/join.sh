#!/bin/sh
# @{join_words}
cd @{root} || exit 1
grep -h '^# @{mark}' @{work}/*@{suffix} | head -n 1 > @{work}/@{table}
echo '@{header}' >> @{work}/@{table}
grep -hv -e '^#' -e '^@{header}$' @{work}/*@{suffix} >> @{work}/@{table}
wc -l @{work}/@{table}
