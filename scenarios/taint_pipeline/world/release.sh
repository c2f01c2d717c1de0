#!/bin/sh
# @{release_words}
cd @{root} || exit 1
if grep -q '^# @{mark}' @{out}/@{export}; then
    echo "@{export}: @{refused}"
    grep '^# @{mark}' @{out}/@{export}
    exit 1
fi
cp @{out}/@{export} @{public}/@{export}
echo "@{public}/@{export}"
