/** So many questions at once: a registry limits them, and each is a container. */
const AT_ONCE = 8

/** All answers in the items' order, a few at a time. */
export async function sideBySide<T, R>(items: T[], ask: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  const next = items.entries()
  async function work(): Promise<void> {
    for (const [at, item] of next) answers[at] = await ask(item)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return answers
}
