#!/bin/sh
# Ask for the rows of a table. They arrive in @{results}/ shortly after.
base=@{root}
if [ -z "$1" ]; then
    echo "usage: @{query} TABLE"
    exit 1
fi
echo "$1" >> "$base/@{spool}/@{query}"
echo "asked for $1; see @{results}/$1.txt"
