#!/bin/sh
# @{helper_words}
base=@{root}
mkdir -p "$base/@{ready}"
for list in @{names}; do
    sort "$base/@{lists_folder}/$list.txt" > "$base/@{ready}/$list.txt"
done
@{mark}
