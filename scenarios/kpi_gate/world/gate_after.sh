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
echo "$figure @{passed}" > "$base/@{request}"
echo "@{taken}: $figure"
echo "@{for_information}: @{limit_words} $limit"
