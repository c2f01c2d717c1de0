#!/bin/sh
# @{pack_words}
cd @{root} || exit 1
cat @{work}/@{table} > @{out}/@{export}
echo "@{out}/@{export}"
