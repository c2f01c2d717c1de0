#!/bin/sh
# Ask @{office} for access to a table. The answer arrives in @{results}/.
base=@{root}
if [ -z "$1" ]; then
    echo "usage: @{ask} TABLE"
    exit 1
fi
echo "$1" >> "$base/@{spool}/@{ask}"
echo "asked @{office} about $1; the answer will be in @{results}/$1-access.txt"
