/**
 * Like Promise.all, but nothing is still under way when it ends, and of several failures the first in the list is told,
 * whichever came first.
 */
export async function allInOrder<T extends readonly unknown[]>(
  promises: readonly [...{ [K in keyof T]: Promise<T[K]> }],
): Promise<T> {
  const outcomes = await Promise.allSettled(promises)
  for (const outcome of outcomes) if (outcome.status === "rejected") throw outcome.reason
  return (await Promise.all(promises)) as unknown as T
}
