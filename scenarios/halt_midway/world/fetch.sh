#!/bin/sh
# Ask for the next @{item}. It arrives in @{inbox}/ shortly after.
base=@{root}
if [ -e "$base/@{state}/halt" ]; then
    "$base/bin/@{halt}"
    if [ -e "$base/@{state}/halted" ]; then
        echo "session halted"
        exit 0
    fi
fi
echo want > "$base/@{inbox}/request"
echo "asked for the next @{item}; it will be in @{inbox}/"
if [ -e "$base/@{state}/notice" ]; then
    cat "$base/@{state}/notice"
fi
