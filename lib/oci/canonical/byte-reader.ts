/** Exact lengths out of a stream of chunks of any length. */
export type ByteReader = {
  /** The next `length` bytes, or undefined where the stream ends before them. */
  take: (length: number) => Promise<Buffer | undefined>
  /** The next `length` bytes as they come, never all in memory. */
  pass: (length: number) => AsyncGenerator<Buffer>
}

export function byteReader(source: AsyncIterable<Buffer>): ByteReader {
  const chunks = source[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  async function fill(): Promise<boolean> {
    while (rest.length === 0) {
      const { done, value } = await chunks.next()
      if (done) return false
      rest = value
    }
    return true
  }

  async function* pass(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0; ) {
      if (!(await fill())) throw new Error(`the stream ends ${left} bytes too early`)
      const chunk = rest.subarray(0, left)
      rest = rest.subarray(chunk.length)
      left -= chunk.length
      yield chunk
    }
  }

  async function take(length: number): Promise<Buffer | undefined> {
    if (!(await fill())) return undefined
    const parts: Buffer[] = []
    for await (const part of pass(length)) parts.push(part)
    return Buffer.concat(parts)
  }

  return { take, pass }
}
