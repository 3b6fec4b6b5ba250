import { expect, test } from "vitest"
import { GRADLE, MAVEN } from "../../../lib/test/runners/java.ts"
import { projectOf } from "../project-of.ts"

const pom = (properties: string) => `<project><properties>${properties}</properties></project>`
const MVN = "--batch-mode --no-transfer-progress test"

test.each([
  { name: "Maven", files: { "pom.xml": pom("") }, image: "maven:3-eclipse-temurin-21", command: `mvn ${MVN}` },
  {
    name: "the project's Maven wrapper",
    files: { "pom.xml": pom("<maven.compiler.release>17</maven.compiler.release>"), mvnw: "" },
    image: "eclipse-temurin:17",
    command: `./mvnw ${MVN}`,
  },
  {
    name: "the release in Spring's property",
    files: { "pom.xml": pom("<java.version>25</java.version>") },
    image: "maven:3-eclipse-temurin-25",
    command: `mvn ${MVN}`,
  },
  {
    name: "the release in the old format",
    files: { "pom.xml": pom("<maven.compiler.source>1.8</maven.compiler.source>") },
    image: "maven:3-eclipse-temurin-8",
    command: `mvn ${MVN}`,
  },
  {
    name: "the next release with long-term support for one without it",
    files: { "pom.xml": pom("<java.version>19</java.version>") },
    image: "maven:3-eclipse-temurin-21",
    command: `mvn ${MVN}`,
  },
])("uses $name", ({ files, image, command }) => {
  expect(MAVEN.plan(projectOf(files))).toMatchObject({ image, commands: [command] })
})

test.each([
  { name: "Gradle", files: { "build.gradle": "" }, image: "gradle:jdk21", command: "gradle" },
  {
    name: "the project's Gradle wrapper",
    files: { "build.gradle.kts": "kotlin { jvmToolchain(17) }", gradlew: "" },
    image: "eclipse-temurin:17",
    command: "./gradlew",
  },
  {
    name: "the release of the toolchain",
    files: { "build.gradle": "java { toolchain { languageVersion = JavaLanguageVersion.of(25) } }" },
    image: "gradle:jdk25",
    command: "gradle",
  },
  {
    name: "the release in the old format",
    files: { "build.gradle": "sourceCompatibility = JavaVersion.VERSION_1_8" },
    image: "gradle:jdk8",
    command: "gradle",
  },
])("uses $name", ({ files, image, command }) => {
  expect(GRADLE.plan(projectOf(files))).toMatchObject({
    image,
    commands: [`${command} --no-daemon --console=plain test`],
  })
})

test("skips other projects", () => {
  expect(MAVEN.plan(projectOf({ "build.gradle": "" }))).toBeUndefined()
  expect(GRADLE.plan(projectOf({ "pom.xml": pom("") }))).toBeUndefined()
})
