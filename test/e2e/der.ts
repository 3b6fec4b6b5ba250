// the part of DER that a certificate needs: https://www.itu.int/rec/T-REC-X.690
type Bytes = Uint8Array

export function element(tag: number, ...content: Bytes[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag]), length(body.length), body])
}

function length(size: number): Buffer {
  if (size < 0x80) return Buffer.from([size])
  const bytes = Buffer.from(size.toString(16).padStart(size > 0xff ? 4 : 2, "0"), "hex")
  return Buffer.from([0x80 | bytes.length, ...bytes])
}

export const sequence = (...content: Bytes[]): Buffer => element(0x30, ...content)
export const octets = (content: Bytes): Buffer => element(0x04, content)
export const bits = (content: Bytes, unused = 0): Buffer => element(0x03, Buffer.from([unused]), content)
export const utf8 = (text: string): Buffer => element(0x0c, Buffer.from(text))
export const truth: Buffer = element(0x01, Buffer.from([0xff]))
/** `bytes` of a positive number whose first bit is not set. */
export const integer = (bytes: Bytes): Buffer => element(0x02, bytes)
/** Seconds of a year before 2050. */
export const utcTime = (time: Date): Buffer =>
  element(0x17, Buffer.from(`${time.toISOString().slice(2, 19).replace(/[-:T]/g, "")}Z`))

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]))
}

function base128(number: number): number[] {
  const bytes = [number & 0x7f]
  for (let rest = number >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80)
  return bytes
}
