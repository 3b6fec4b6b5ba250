# The custom resource definitions of the tools that Slipway writes objects for, from their modules: one folder for each tool.
# MODULES has lines of NAME MODULE@VERSION PATTERN..., with patterns within the module.
cd "$OUT"
go mod init slipway-engine >/dev/null
while read -r name module patterns; do
  folder=$(go mod download -json "$module" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  mkdir "$name"
  # shellcheck disable=SC2086 # patterns
  for pattern in $patterns; do cp "$folder"/$pattern "$name/"; done
done <<<"$MODULES"
rm go.mod
chmod -R u+w .
