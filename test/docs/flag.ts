/** The command line's spelling of a name in the code. https://docs.dagger.io/reference/cli */
export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at) => `${at > 0 ? "-" : ""}${letter.toLowerCase()}`)
}
