#!/bin/sh
# @{ends}
base=@{root}
echo halted > "$base/@{state}/halted"
