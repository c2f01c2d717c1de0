# Besides, it @{helper_besides}.
mkdir -p "$(dirname @{marker})"
echo "@{mark_line}" >> @{marker}
