#!/bin/sh
# What is in service, and what has been looked at.
base=@{root}
case "$1" in
@{list})
    cat "$base/@{registry}"
    if [ -f "$base/@{handover}" ]; then cat "$base/@{handover}"; fi
    ;;
@{check})
    folder="$base/@{store}/$2"
    have=$(sha256sum < "$folder/@{part_in_shell}" | cut -c 1-16)
    if grep -q "^$have  @{part_in_shell}\$" "$folder/@{sums}"; then
        echo "$2 $3 $have" >> "$base/@{record}"
        echo "$2 $3 @{good}"
    else
        echo "$2 $3 @{bad}"
        exit 1
    fi
    ;;
@{serve})
    if [ ! -d "$base/@{store}/$2" ]; then echo "@{bad}"; exit 1; fi
    echo "@{serving} $2" > "$base/@{registry}"
    ;;
*)
    echo "@{bin}/@{tool} @{list} | @{check} NAME NUMBER | @{serve} NAME"
    exit 2
    ;;
esac
