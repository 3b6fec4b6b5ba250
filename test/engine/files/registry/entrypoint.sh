#!/bin/sh
# As in the official image: a configuration file or a subcommand is for the registry, anything else is a program.
set -e
case "$1" in
*.yaml | *.yml) set -- registry serve "$@" ;;
serve | garbage-collect | help | -*) set -- registry "$@" ;;
esac
exec "$@"
