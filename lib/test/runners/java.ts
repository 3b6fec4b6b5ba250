import { posix } from "node:path"
import { quoteWord } from "../command.ts"
import {
  CACHE_DIR,
  type Folder,
  findOutermost,
  findWorkspace,
  firstText,
  foldersUp,
  hasAny,
  type Membership,
  type Project,
  type Recipe,
  type Runner,
} from "./runner.ts"

const DEFAULT_RELEASE = 21
/** The releases with long-term support, for which every image has a tag. */
const RELEASES = [8, 11, 17, 21, 25]

/** The wrapper in the project pins its Maven: https://maven.apache.org/wrapper/ */
export const MAVEN: Runner = {
  name: "maven",
  looksFor: "pom.xml",
  reads: ["pom.xml"],
  plan: planMaven,
}

const GRADLE_BUILD = ["build.gradle.kts", "build.gradle"]
const GRADLE_SETTINGS = ["settings.gradle.kts", "settings.gradle"]
const GRADLE_WRAPPER = "gradle/wrapper/gradle-wrapper.properties"

/** The wrapper in the project pins its Gradle: https://docs.gradle.org/current/userguide/gradle_wrapper.html */
export const GRADLE: Runner = {
  name: "gradle",
  looksFor: "build.gradle, build.gradle.kts or a settings file of Gradle",
  reads: [...GRADLE_BUILD, ...GRADLE_SETTINGS, "gradle.lockfile", GRADLE_WRAPPER],
  plan: planGradle,
}

/**
 * Selects one build of a project with files for both, because both run the same tests: Maven, unless only Gradle has a
 * wrapper.
 */
export function oneJavaBuild(project: Project, runners: string[]): string[] {
  if (!runners.includes(MAVEN.name) || !runners.includes(GRADLE.name)) return runners
  const left = hasAny(project, "gradlew") && !hasAny(project, "mvnw") ? MAVEN.name : GRADLE.name
  return runners.filter((name) => name !== left)
}

function planMaven(project: Project): Recipe | undefined {
  if (project.text["pom.xml"] === undefined) return undefined
  const { root, member } = findOutermost(project, listsModule)
  const wrapper = wrapperAbove(project, root, "mvnw")
  const release = mavenRelease(project) ?? DEFAULT_RELEASE
  // -am builds a module's siblings, which would otherwise come from the public index.
  const module = member === "." ? "" : ` -pl ${quoteWord(member)} -am`
  return {
    image: wrapper ? `eclipse-temurin:${release}` : `maven:3-eclipse-temurin-${release}`,
    commands: [`${wrapper ?? "mvn"} --batch-mode --no-transfer-progress${module} test`],
    env: { MAVEN_ARGS: `-Dmaven.repo.local=${CACHE_DIR}/repository`, MAVEN_USER_HOME: `${CACHE_DIR}/maven` },
    lockFiles: ["pom.xml"],
    exclusiveCache: true,
    exclude: ["target", `${member}/target`],
    ...(root !== project && { directory: root.path }),
  }
}

/** Whether a pom lists the folder, or the pom in it, as a module, in a profile or not. */
function listsModule({ text }: Folder, part: string): boolean {
  const pom = (text["pom.xml"] ?? "").replace(/<!--[\s\S]*?-->/g, "")
  const modules = [...pom.matchAll(/<(?:module|subproject)>\s*([^<]+?)\s*</g)].map(([, path = ""]) => path)
  return modules.some((path) => posix.normalize(path.replace(/(?:^|\/)pom\.xml$/, "")).replace(/\/$/, "") === part)
}

/** The release in the project's pom, or else in the nearest parent folder's, because a module inherits from its parent. */
function mavenRelease(project: Project): number | undefined {
  const releases = foldersUp(project).map(({ text }) => requestedRelease(text["pom.xml"] ?? ""))
  return supportedRelease(releases.find((release) => release !== undefined))
}

function requestedRelease(pom: string): number | undefined {
  const text = pom.replace(/<!--[\s\S]*?-->/g, "")
  const [, release] =
    text.match(/<(?:maven\.compiler\.(?:release|source|target)|java\.version|release)>\s*(?:1\.)?(\d+)\s*</) ?? []
  return release === undefined ? undefined : Number(release)
}

function planGradle(project: Project): Recipe | undefined {
  if (firstText(project, ...GRADLE_BUILD, ...GRADLE_SETTINGS) === undefined) return undefined
  const { root, member } = gradleBuild(project)
  const wrapper = wrapperAbove(project, root, "gradlew")
  const release = gradleRelease(project, wrapper ? gradleVersion(project) : undefined)
  return {
    image: wrapper ? `eclipse-temurin:${release}` : `gradle:jdk${release}`,
    commands: [`${wrapper ?? "gradle"} --no-daemon --console=plain ${gradleTask(root, member)}`],
    env: { GRADLE_USER_HOME: `${CACHE_DIR}/gradle` },
    lockFiles: ["gradle.lockfile", ...GRADLE_BUILD],
    exclusiveCache: true,
    exclude: [".gradle", "build", `${member}/build`],
    ...(root !== project && { directory: root.path }),
  }
}

/** Gradle finds a project's settings in its parent folders; without settings each folder is a separate build. */
function gradleBuild(project: Project): Membership {
  if (firstText(project, ...GRADLE_SETTINGS) !== undefined) return { root: project, member: "." }
  return findWorkspace(project, (folder) => firstText(folder, ...GRADLE_SETTINGS) !== undefined)
}

/** The task by the project path in the settings, or by the folder if the settings compute the path. */
function gradleTask(root: Folder, member: string): string {
  if (member === ".") return "test"
  const settings = firstText(root, ...GRADLE_SETTINGS) ?? ""
  const path = placedProject(settings, member) ?? includedProject(settings, member)
  return path ? `${quoteWord(path)}:test` : `--project-dir ${quoteWord(member)} test`
}

/** project(":api").projectDir = file("services/api") */
function placedProject(settings: string, member: string): string | undefined {
  const placed = settings.matchAll(/project\s*\(\s*["'](:[^"']+)["']\s*\)\.projectDir\s*=[^\n]*?["']([^"']+)["']/g)
  return [...placed].find(([, , folder = ""]) => posix.normalize(folder) === member)?.[1]
}

/** include(":services:api"), or 'services:api': colons are slashes in the folder's path. */
function includedProject(settings: string, member: string): string | undefined {
  const strings = [...settings.matchAll(/["']([^"'\n]+)["']/g)].map(([, text = ""]) => text.replace(/^:/, ""))
  const path = member.replaceAll("/", ":")
  return strings.some((text) => text === path || text === member) ? `:${path}` : undefined
}

/** The release that the build requires, or else the newest one that its Gradle supports. */
function gradleRelease(project: Project, version: number | undefined): number {
  const releases = foldersUp(project).map(({ text }) =>
    GRADLE_BUILD.map((name) => javaVersion(text[name] ?? "")).find((release) => release !== undefined),
  )
  const required = supportedRelease(releases.find((release) => release !== undefined))
  if (version === undefined) return required ?? DEFAULT_RELEASE
  return Math.max(required ?? Math.min(DEFAULT_RELEASE, newestFor(version)), version >= 9 ? 17 : 8)
}

const GRADLE_RELEASE =
  /(?:JavaLanguageVersion\.of\(|jvmToolchain\(|JavaVersion\.VERSION_|(?:source|target)Compatibility\s*=?\s*["']?)(?:1[_.])?(\d+)/

function javaVersion(build: string): number | undefined {
  const [, release] = build.match(GRADLE_RELEASE) ?? []
  return release === undefined ? undefined : Number(release)
}

/** The first Gradle that supports each release: https://docs.gradle.org/current/userguide/compatibility.html */
const RUNS_ON: [release: number, gradle: number][] = [
  [25, 9.01],
  [21, 8.05],
  [17, 7.03],
  [11, 5],
]

function newestFor(gradle: number): number {
  return RUNS_ON.find(([, first]) => gradle >= first)?.[0] ?? 8
}

/** The version as a comparable number: 8.14 as 8.14, and 8.5 as 8.05. */
function gradleVersion(project: Project): number | undefined {
  const text = foldersUp(project).map((folder) => folder.text[GRADLE_WRAPPER])
  const [, major, minor] = text.find((found) => found !== undefined)?.match(/gradle-(\d+)\.(\d+)/) ?? []
  return major === undefined ? undefined : Number(major) + Number(minor) / 100
}

/** The nearest wrapper upwards, relative to the folder in which the build runs. */
function wrapperAbove(project: Project, root: Folder, name: string): string | undefined {
  const folder = foldersUp(project).find((one) => !isBelow(one, root) && hasAny(one, name))
  if (!folder) return undefined
  const path = posix.join(posix.relative(root.path, folder.path) || ".", name)
  return quoteWord(path.includes("/") ? path : `./${path}`)
}

function isBelow({ path }: Folder, root: Folder): boolean {
  return path !== root.path && (root.path === "." || path.startsWith(`${root.path}/`))
}

/** The oldest release with long-term support that can compile for the project's release. */
function supportedRelease(required: number | undefined): number | undefined {
  return required === undefined ? undefined : (RELEASES.find((release) => release >= required) ?? required)
}
