const IMAGES =
  /(?:^|\/)(?:golang|rust|gcc|maven|gradle|swift|haskell|buildpack-deps|dotnet\/sdk|(?:.*-)?jdk)(?:[:@]|$)|:[^@]*\b(?:jdk|sdk)\b/
const PACKAGES =
  /\b(?:build-essential|build-base|gcc|g\+\+|clang|rustc|golang(?:-go)?|default-jdk|openjdk-[0-9]+-jdk)\b/

/** The compiler that a stage leaves in its image, as far as its base image and its package installs tell. */
export function compilerIn(base: string, runs: string[]): string | undefined {
  if (IMAGES.test(base)) return base
  const install = runs.find((run) => /\b(?:apt-get|apt|apk|dnf|yum|microdnf)\b[\s\S]*\b(?:install|add)\b/.test(run))
  return install && !/\b(?:purge|remove|del)\b/.test(install) ? install.match(PACKAGES)?.[0] : undefined
}
