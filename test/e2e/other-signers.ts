/** Signers that differ from the one of the private instance, and the error of a verification by them. */
export const OTHER_SIGNERS = [
  {
    name: "another identity",
    names: { identity: "release@acme.example.evil" },
    says: /got a signature by another identity \(/,
  },
  {
    name: "another issuer",
    names: { issuer: "http://issuer.test:8081" },
    says: /got a signature by another issuer \(/,
  },
  {
    name: "a pattern that does not fit",
    names: { identity: undefined, identityPattern: "^deploy@acme\\.example$" },
    says: /got a signature by another identity \(/,
  },
]
