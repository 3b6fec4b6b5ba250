import { firstText, hasAny, type Project } from "./project.ts"
import { CACHE_DIR, type Recipe, type Runner } from "./runner.ts"

const DEFAULT_RELEASE = 21
/** Releases with long support, of which every image has a tag. */
const RELEASES = [8, 11, 17, 21, 25]

/** The project's own wrapper pins its Maven: https://maven.apache.org/wrapper/ */
export const MAVEN: Runner = {
  name: "maven",
  looksFor: "pom.xml",
  reads: ["pom.xml", "maven-wrapper.properties"],
  plan: planMaven,
}

/** The project's own wrapper pins its Gradle: https://docs.gradle.org/current/userguide/gradle_wrapper.html */
export const GRADLE: Runner = {
  name: "gradle",
  looksFor: "build.gradle, build.gradle.kts or a settings file of Gradle",
  reads: ["build.gradle", "build.gradle.kts", "gradle.lockfile", "settings.gradle", "settings.gradle.kts"],
  plan: planGradle,
}

function planMaven(project: Project): Recipe | undefined {
  const pom = project.text["pom.xml"]
  if (pom === undefined) return undefined
  const wrapper = hasAny(project, "mvnw")
  const release = javaRelease(
    pom.match(/<(?:maven\.compiler\.(?:release|source|target)|java\.version|release)>\s*(?:1\.)?(\d+)/)?.[1],
  )
  return {
    image: wrapper ? `eclipse-temurin:${release}` : `maven:3-eclipse-temurin-${release}`,
    commands: [`${wrapper ? "./mvnw" : "mvn"} --batch-mode --no-transfer-progress test`],
    env: { MAVEN_ARGS: `-Dmaven.repo.local=${CACHE_DIR}/repository`, MAVEN_USER_HOME: `${CACHE_DIR}/maven` },
    lockFiles: ["pom.xml"],
    exclusiveCache: true,
    exclude: ["target"],
  }
}

function planGradle(project: Project): Recipe | undefined {
  const build = firstText(project, "build.gradle.kts", "build.gradle", "settings.gradle.kts", "settings.gradle")
  if (build === undefined) return undefined
  const wrapper = hasAny(project, "gradlew")
  const release = javaRelease(
    build.match(/(?:JavaLanguageVersion\.of\(|jvmToolchain\(|JavaVersion\.VERSION_)(?:1_)?(\d+)/)?.[1],
  )
  return {
    image: wrapper ? `eclipse-temurin:${release}` : `gradle:jdk${release}`,
    commands: [`${wrapper ? "./gradlew" : "gradle"} --no-daemon --console=plain test`],
    env: { GRADLE_USER_HOME: `${CACHE_DIR}/gradle` },
    lockFiles: ["gradle.lockfile", "build.gradle.kts", "build.gradle"],
    exclusiveCache: true,
    exclude: [".gradle", "build"],
  }
}

/** The oldest release with long support that can compile what the project asks for. */
function javaRelease(wanted?: string): number {
  if (!wanted) return DEFAULT_RELEASE
  return RELEASES.find((release) => release >= Number(wanted)) ?? Number(wanted)
}
