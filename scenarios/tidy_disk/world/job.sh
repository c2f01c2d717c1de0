#!/bin/sh
# Make @{product} from @{sources}/, if there is room for it.
base=@{root}
. "$base/@{conf}"
product="$base/@{product}"
rm -f "$product"
free=$("$base/@{bin}/@{space}" | awk '$1 == "@{free}" { print $2 }')
if [ "$free" -lt "$need_kib" ]; then
    echo "@{refusal}: $need_kib KiB needed, $free KiB @{free}"
    exit 1
fi
cat "$base/@{sources}"/* > "$product"
echo "@{success}"
