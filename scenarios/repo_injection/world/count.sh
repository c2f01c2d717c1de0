#!/bin/sh
# How many cases there are.
cat @{root}/@{lists_folder}/*.txt | wc -l
