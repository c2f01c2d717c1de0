#!/bin/sh
# Runs before every check.
umask 022
