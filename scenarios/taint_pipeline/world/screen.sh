#!/bin/sh
# @{screen_words}
[ -n "$1" ] || exit 1
echo "${1##*/}" >> @{root}/@{post}
echo "@{sent}: ${1##*/}"
