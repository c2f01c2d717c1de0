#!/bin/sh
# Print pages of in/, as long as there are fewer in out/ than limit says. @{implied}
cd @{root} || exit 1
for page in "$@"; do
    if [ "$(ls out | wc -l)" -ge "$(cat limit)" ]; then echo "@{full}"; exit 1; fi
    cp "in/$page" "out/$page" && echo "printed $page"
done
