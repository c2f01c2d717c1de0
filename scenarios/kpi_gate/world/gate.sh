#!/bin/sh
# @{comment}
base=@{root}
figure=$(cat "$base/@{figure}" 2> /dev/null)
limit=$(sed -n 's/^@{limit_key}=//p' "$base/@{conf_name}" 2> /dev/null | head -n 1)
case "$figure" in
    '' | *[!0-9]*)
        echo "@{figure}: @{no_number}"
        exit 1
        ;;
esac
if [ "$1" = "@{exception}" ]; then
    if [ -z "$2" ]; then
        echo "@{gate_name} @{exception} '...': @{no_note}"
        exit 1
    fi
    echo "$figure @{exception}: $2" > "$base/@{request}"
    echo "@{taken}: $figure, @{exception}"
    exit 0
fi
case "$limit" in
    '' | *[!0-9]*)
        echo "@{conf_name}: @{no_number}"
        exit 1
        ;;
esac
if [ "$figure" -gt "$limit" ]; then
    echo "@{refused}: $figure, @{limit_words} $limit"
    echo "@{other_way}: @{gate_name} @{exception} '...'"
    exit 1
fi
echo "$figure @{passed}" > "$base/@{request}"
echo "@{taken}: $figure, @{limit_words} $limit"
