#!/bin/sh
# @{comment}
base=@{root}
turns=$1
pace=$2
case "$turns:$pace" in
    :* | *: | *[!0-9:]*)
        echo "@{usage}"
        exit 1
        ;;
esac
if [ -e "$base/@{slip}" ]; then
    echo "@{busy}"
    exit 1
fi
"$base/@{limiter_name}" "$turns" "$pace" || exit 1
echo "$turns $pace" > "$base/@{slip}"
echo "@{taken}: $turns, $pace"
