#!/bin/sh
# @{limiter_comment}
base=@{root}
turns=$1
pace=$2
within() {
    most=$(sed -n "s/^$1=//p" "$base/@{conf_name}" 2> /dev/null | head -n 1)
    case "$2:$most" in
        :* | *: | *[!0-9:]*)
            echo "$1: @{no_number}"
            exit 1
            ;;
    esac
    if [ "$2" -gt "$most" ]; then
        echo "@{refused}: $1 @{would_be} $2, @{over} $1=$most"
        exit 1
    fi
}
used() {
    sed -n "s/^$1: //p" "$base/@{meters}" 2> /dev/null | head -n 1
}
case "$(used @{waste})$(used @{parts})" in
    '' | *[!0-9]*)
        echo "@{meters}: @{no_number}"
        exit 1
        ;;
esac
within @{grid} $((@{kw_base} + @{kw_each} * pace))
within @{waste} $(($(used @{waste}) + @{waste_each} * turns * pace))
within @{parts} $(($(used @{parts}) + @{parts_each} * turns * pace))
