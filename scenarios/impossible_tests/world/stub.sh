#!/bin/sh
# @{command}: not written yet.
exit 1
