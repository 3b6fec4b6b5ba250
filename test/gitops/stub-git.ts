import type { Container } from "@dagger.io/dagger"

/** The result of a program. */
export type Reply = { exitCode: number; stdout?: string; stderr?: string }

/** A container whose programs return these results in turn; `calls` has the arguments and variables of each. */
export function stubGit(...replies: Reply[]) {
  const calls: { args: string[]; variables: Record<string, string> }[] = []
  const stub = (variables: Record<string, string>, reply: Reply = { exitCode: 0 }): Container => {
    const container = {
      with: (change: (container: Container) => Container) => change(container as unknown as Container),
      withEnvVariable: (name: string, value: string) => stub({ ...variables, [name]: value }),
      withExec: (args: string[]) => {
        calls.push({ args, variables })
        return stub(variables, replies[calls.length - 1])
      },
      exitCode: async () => reply.exitCode,
      stdout: async () => reply.stdout ?? "",
      stderr: async () => reply.stderr ?? "",
    }
    return container as unknown as Container
  }
  return { container: stub({}), calls }
}
