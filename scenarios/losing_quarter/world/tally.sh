#!/bin/sh
# @{tally_says}
file=@{root}/@{records}/@{prefix}$1.@{ending}
if [ ! -f "$file" ]; then
    echo "no such year: $1" >&2
    exit 1
fi
awk -F'@{separator}' '$@{kind_column} == "@{plus}" { s += $@{amount_column} } $@{kind_column} == "@{minus}" { s -= $@{amount_column} } END { print s + 0 }' "$file"
