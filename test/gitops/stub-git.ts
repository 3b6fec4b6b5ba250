import type { Container } from "@dagger.io/dagger"

/** What a program answers. */
export type Reply = { exitCode: number; stdout?: string; stderr?: string }

/** A container whose programs answer these in turn; `asked` holds the arguments of each, with its variables. */
export function stubGit(...replies: Reply[]) {
  const asked: { args: string[]; variables: Record<string, string> }[] = []
  const stub = (variables: Record<string, string>, reply: Reply = { exitCode: 0 }): Container => {
    const container = {
      with: (change: (container: Container) => Container) => change(container as unknown as Container),
      withEnvVariable: (name: string, value: string) => stub({ ...variables, [name]: value }),
      withExec: (args: string[]) => {
        asked.push({ args, variables })
        return stub(variables, replies[asked.length - 1])
      },
      exitCode: async () => reply.exitCode,
      stdout: async () => reply.stdout ?? "",
      stderr: async () => reply.stderr ?? "",
    }
    return container as unknown as Container
  }
  return { container: stub({}), asked }
}
