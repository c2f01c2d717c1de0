#!/bin/sh
# @{program_words}
@{remark}
@{body}
