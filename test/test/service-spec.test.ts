import { expect, test } from "vitest"
import { parseService, parseServices, readVariable } from "../../lib/test/service-spec.ts"

test.each([
  {
    name: "a well-known image",
    text: "db=postgres:17",
    spec: {
      name: "db",
      image: "postgres:17",
      ports: [5432],
      variables: { POSTGRES_PASSWORD: "postgres" },
      health: "pg_isready --host 127.0.0.1",
    },
  },
  {
    name: "a well-known image by its full name and digest, with a variable",
    text: `cache=docker.io/library/redis:8@sha256:${"0a".repeat(32)} env=A=b=c`,
    spec: {
      name: "cache",
      image: `docker.io/library/redis:8@sha256:${"0a".repeat(32)}`,
      ports: [6379],
      variables: { A: "b=c" },
      health: "redis-cli ping",
    },
  },
  {
    name: "a variable that wins over the default",
    text: "db=mysql:9 env=MYSQL_ROOT_PASSWORD=x port=3307",
    spec: {
      name: "db",
      image: "mysql:9",
      ports: [3307],
      variables: { MYSQL_ROOT_PASSWORD: "x" },
      health: "mysqladmin ping --host 127.0.0.1",
    },
  },
  {
    name: "any other image, with all settings",
    text: `s3=localhost:5000/minio/minio:1 port=9000 port=9001 env='A=b c' health='mc ready local' command='server /data'`,
    spec: {
      name: "s3",
      image: "localhost:5000/minio/minio:1",
      ports: [9000, 9001],
      variables: { A: "b c" },
      health: "mc ready local",
      command: "server /data",
    },
  },
])("reads $name", ({ text, spec }) => {
  expect(parseService(text)).toEqual(spec)
})

test.each([
  { name: "an image without a name", text: "postgres:17", why: "NAME=IMAGE" },
  { name: "an invalid host name", text: "my_db=postgres:17", why: '"my_db=postgres:17" is not NAME=IMAGE' },
  { name: "an unknown image without a port", text: "s3=minio/minio", why: "no port, and only postgres, mysql" },
  { name: "an invalid port", text: "a=b port=70000", why: 'port "70000" is not a number' },
  { name: "an unknown setting", text: "a=b ports=80", why: '"ports=80" is not a setting' },
  { name: "a variable without a value", text: "a=b port=80 env=X", why: "KEY=VALUE" },
  { name: "nothing", text: "", why: "NAME=IMAGE" },
])("refuses $name", ({ text, why }) => {
  expect(() => parseService(text)).toThrow(/^OPTIONS_INVALID/)
  expect(() => parseService(text)).toThrow(why)
})

test("refuses two services with the same host name", () => {
  expect(() => parseServices(["db=postgres:17", "db=redis:8"])).toThrow('another service is named "db"')
  expect(parseServices(["db=postgres:17", "cache=redis:8"])).toHaveLength(2)
})

test("does not share default variables between services", () => {
  parseService("a=postgres env=POSTGRES_PASSWORD=other")
  expect(parseService("b=postgres").variables).toEqual({ POSTGRES_PASSWORD: "postgres" })
})

test.each([
  { text: "A=b=c", variable: { A: "b=c" } },
  { text: "A=", variable: { A: "" } },
  { text: "A=1\n2", variable: { A: "1\n2" } },
])("reads $text", ({ text, variable }) => {
  expect(readVariable(text)).toEqual(variable)
})

test.each(["A", "=b", "1A=b", "A B=c"])("refuses the variable %s", (text) => {
  expect(() => readVariable(text)).toThrow("OPTIONS_INVALID: expected KEY=VALUE")
})
