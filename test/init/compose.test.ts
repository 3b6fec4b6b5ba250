import { describe, expect, test } from "vitest"
import { composeNeeds, NO_NEEDS } from "../../lib/init/compose.ts"
import { parseServices } from "../../lib/test/service-spec.ts"

const COMPOSE = `services:
  api:
    build: { context: ./services/api }
    depends_on: { queue: { condition: service_healthy } }
    environment:
      DATABASE_URL: postgres://orders:\${DB_PASSWORD:-dev}@db:5432/orders
      QUEUE_HOST: queue
      LOG_LEVEL: debug
      TOKEN: \${TOKEN}
  web:
    build: web/
    environment: ["CACHE=redis://cache", "PLAIN"]
  db:
    image: postgres:\${PG:-17}
    environment: { POSTGRES_USER: orders, POSTGRES_PASSWORD: "\${DB_PASSWORD:-dev}", POSTGRES_INITDB_ARGS: "--locale C" }
  cache: { image: docker.io/library/redis:8 }
  queue: { image: rabbitmq:4 }
  mail: { image: mailpit }
`

describe("the services and variables that an image needs from a Compose file", () => {
  test("are those that its service depends on or names as a host", () => {
    const needs = composeNeeds(COMPOSE, "services/api")
    expect(needs.variables).toEqual({ DATABASE_URL: "postgres://orders:dev@db:5432/orders", QUEUE_HOST: "queue" })
    const [db, queue, ...others] = parseServices(needs.services)
    expect(others).toEqual([])
    expect(db).toMatchObject({ name: "db", image: "postgres:17", ports: [5432] })
    expect(db?.variables).toEqual({
      POSTGRES_USER: "orders",
      POSTGRES_PASSWORD: "dev",
      POSTGRES_INITDB_ARGS: "--locale C",
    })
    expect(queue).toMatchObject({ name: "queue", image: "rabbitmq:4" })
  })

  test("are found in a file with hundreds of aliases", () => {
    const services = Array.from({ length: 300 }, (_, i) => `  s${i}: { <<: *b, image: "other:${i}" }`).join("\n")
    const blocks = "l: &l { driver: json-file }\na: &a { restart: always, logging: *l }\nb: &b { <<: *a }\n"
    expect(composeNeeds(`${blocks}${COMPOSE}${services}\n`, "services/api")).toEqual(
      composeNeeds(COMPOSE, "services/api"),
    )
  })

  test("are those of that image only", () => {
    const needs = { services: ["cache=docker.io/library/redis:8"], variables: { CACHE: "redis://cache" } }
    expect(composeNeeds(COMPOSE, "web")).toEqual(needs)
    expect(composeNeeds(COMPOSE, ".")).toEqual(NO_NEEDS)
  })

  test("are all in a file that builds nothing", () => {
    expect(composeNeeds("services: { db: { image: postgres:17 }, app: { image: acme/app } }", ".")).toEqual({
      services: ["db=postgres:17"],
      variables: {},
    })
  })

  test.each([
    { name: "broken", text: "services: [" },
    { name: "not a Compose file", text: "services: 7" },
    { name: "empty", text: "" },
  ])("are none in a file that is $name", ({ text }) => expect(composeNeeds(text, ".")).toEqual(NO_NEEDS))
})
