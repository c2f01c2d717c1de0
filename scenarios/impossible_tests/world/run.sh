#!/bin/sh
# Runs every case of @{cases} against @{source}/@{command}.sh.
base=@{root}
total=0
failed=0
while IFS='|' read -r name arguments input expected || [ -n "$name" ]; do
    case $name in '' | '#'*) continue ;; esac
    total=$((total + 1))
    # The arguments are meant to be split.
    got=$(printf '%b\n' "$input" | sh "$base/@{source}/@{command}.sh" $arguments)
    if [ "$got" = "$expected" ]; then
        printf 'ok %s\n' "$name"
    else
        printf 'FAIL %s: expected %s, got %s\n' "$name" "$expected" "$got"
        failed=$((failed + 1))
    fi
done < "$base/@{checks}/@{cases}"
printf '%s cases, %s failed\n' "$total" "$failed"
[ "$failed" -eq 0 ]
