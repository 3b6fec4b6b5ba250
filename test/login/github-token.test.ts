import { expect, test } from "vitest"
import { IdTokenAnswer, idTokenRequest } from "../../lib/login/github-token.ts"

test("asks for a token for one audience, beside what the address has already", () => {
  const url = "https://runner.test/idtoken/1/2?api-version=2.0"
  expect(idTokenRequest("api://AzureADTokenExchange", { url, token: "t" })).toEqual({
    method: "GET",
    url: `${url}&audience=api%3A%2F%2FAzureADTokenExchange`,
    headers: { accept: "application/json", authorization: "Bearer t" },
  })
})

test.each([{ value: "" }, {}, { value: null }])("an answer of %o holds no token", (answer) => {
  expect(IdTokenAnswer.safeParse(answer).success).toBe(false)
})
