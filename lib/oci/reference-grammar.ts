// https://github.com/distribution/reference/blob/main/reference.go: the grammar's parts, to be joined by anchored patterns.
const IPV6 = "\\[[0-9a-fA-F:.]+\\]"
const DOMAIN = "(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*"

export const HOST = `(?:${IPV6}|${DOMAIN})(?::[0-9]{1,5})?`
export const NAME = "[a-z0-9]+(?:(?:\\.|_{1,2}|-+)[a-z0-9]+)*"
export const PATH = `${NAME}(?:/${NAME})*`
export const TAG = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
export const DIGEST = "sha256:[0-9a-f]{64}"
