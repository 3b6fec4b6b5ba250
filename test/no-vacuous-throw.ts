import { chai } from "vitest"

// A renamed property of a case table leaves `undefined` for what an error must say: toThrow(undefined) passes for any error.
chai.use(({ Assertion }, { overwriteMethod }) => {
  for (const name of ["toThrow", "toThrowError"]) {
    overwriteMethod(Assertion.prototype, name, (original: (...args: unknown[]) => unknown) => {
      return function (this: object, ...args: unknown[]) {
        if (args.length > 0 && args[0] === undefined) throw new Error(`${name}(undefined) says nothing of the error`)
        return original.apply(this, args)
      }
    })
  }
})
