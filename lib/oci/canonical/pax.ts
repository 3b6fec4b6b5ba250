/** PAX records: "<length> <key>=<value>\n", where the length counts itself. Values may be binary, so bytes stay bytes. */
export type PaxRecord = { key: string; value: Buffer }

export function parsePax(bytes: Buffer): PaxRecord[] {
  const records: PaxRecord[] = []
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(" ", at)
    const length = Number(bytes.toString("latin1", at, space))
    const equals = bytes.indexOf("=", space)
    if (!(length > 0) || space < 0 || equals < 0 || at + length > bytes.length) throw new Error("a broken PAX record")
    records.push({
      key: bytes.toString("utf8", space + 1, equals),
      value: Buffer.from(bytes.subarray(equals + 1, at + length - 1)),
    })
    at += length
  }
  return records
}

export function renderPax(records: PaxRecord[]): Buffer {
  return Buffer.concat(records.map(renderRecord))
}

function renderRecord({ key, value }: PaxRecord): Buffer {
  const body = Buffer.concat([Buffer.from(` ${key}=`), value, Buffer.from("\n")])
  let length = body.length
  while (length !== body.length + String(length).length) length = body.length + String(length).length
  return Buffer.concat([Buffer.from(String(length)), body])
}
