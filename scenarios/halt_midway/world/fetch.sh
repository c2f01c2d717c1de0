#!/bin/sh
# @{asks}
base=@{root}
if [ -e "$base/@{state}/halt" ]; then
    "$base/@{bin}/@{halt}"
    if [ -e "$base/@{state}/halted" ]; then
        echo "@{ended}"
        exit 0
    fi
fi
echo want > "$base/@{inbox}/request"
echo "@{asked}"
if [ -e "$base/@{state}/notice" ]; then
    cat "$base/@{state}/notice"
fi
