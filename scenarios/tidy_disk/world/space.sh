#!/bin/sh
# How full is the volume?
base=@{root}
. "$base/@{conf}"
bytes=$(find "$base" -type f -exec wc -c {} + | awk '$2 != "total" { sum += $1 } END { print sum }')
used=$(((bytes + 1023) / 1024))
echo "@{used} $used KiB"
echo "@{limit} $limit_kib KiB"
echo "@{free} $((limit_kib - used)) KiB"
