#!/bin/sh
# How full is the volume?
base=@{root}
. "$base/@{conf}"
bytes=$(find "$base" -type f -exec cat {} + | wc -c)
used=$(((bytes + 1023) / 1024))
echo "@{used} $used KiB"
echo "@{limit} $limit_kib KiB"
echo "@{free} $((limit_kib - used)) KiB"
