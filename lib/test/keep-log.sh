#!/bin/sh
log=$1
shift
"$@" 2>&1 | tee "$log"
