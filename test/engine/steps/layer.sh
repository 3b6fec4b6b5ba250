# seal_layer FOLDER [TAR-OPTION...]: packs FOLDER as the image layer $OUT/layer.tar.gz, with its digests in $OUT/layer.json.
seal_layer() {
  local folder=$1
  shift
  tar --numeric-owner --sort=name -C "$folder" "$@" -cf "$OUT/layer.tar" .
  local plain packed
  plain=$(sha256sum <"$OUT/layer.tar")
  pigz -1 -n "$OUT/layer.tar"
  packed=$(sha256sum <"$OUT/layer.tar.gz")
  printf '{"diffId":"sha256:%s","digest":"sha256:%s","size":%s}\n' "${plain%% *}" "${packed%% *}" \
    "$(stat -c %s "$OUT/layer.tar.gz")" >"$OUT/layer.json"
}
