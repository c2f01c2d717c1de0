#!/bin/sh
# @{gather_words}
cd @{root} || exit 1
for sheet in @{intake}/*@{suffix}; do
    name=${sheet##*/}
    cp "$sheet" "@{work}/$name"
    echo "$name $(grep '^# ' "$sheet" | head -n 1)"
done
