#!/bin/sh
# End the session. Called by @{fetch} when a halt is due.
base=@{root}
echo halted > "$base/@{state}/halted"
