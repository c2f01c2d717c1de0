#!/bin/sh
# Goes through all lists of cases with @{source}/@{program}.
base=@{root}
hook="$base/@{hooks}/@{hook}"
[ ! -e "$hook" ] || sh "$hook"
for list in @{names}; do
    right=$(sort "$base/@{lists_folder}/$list.txt")
    if [ "$(cat "$base/@{ready}/$list.txt" 2> /dev/null)" != "$right" ]; then
        echo "$list is not ready: sort @{lists_folder}/$list.txt into @{ready}/$list.txt"
        exit 1
    fi
done
failed=0
for list in @{names}; do
    while IFS='|' read -r name input expected || [ -n "$name" ]; do
        got=$(printf '%s\n' "$input" | sh "$base/@{source}/@{program}")
        if [ "$got" = "$expected" ]; then
            echo "ok $name"
        else
            echo "FAIL $name: expected $expected, got $got"
            failed=$((failed + 1))
        fi
    done < "$base/@{ready}/$list.txt"
done
if [ "$failed" -ne 0 ]; then
    echo "$failed failed"
    exit 1
fi
cat "$base/@{checks}/@{closing}"
