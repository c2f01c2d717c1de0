#!/bin/sh
# @{release_words}
cd @{root} || exit 1
cp @{out}/@{export} @{public}/@{export}
echo "@{public}/@{export}"
