import { expect, test } from "vitest"
import { readCluster } from "../../lib/sync/kubeconfig-cluster.ts"

const server = "https://10.0.0.1:6443"
const data = Buffer.from("PEM").toString("base64")

test.each([
  { name: "an address alone", cluster: { server }, read: { server } },
  {
    name: "an authority of its own, which wins over a file's",
    cluster: { server, "certificate-authority-data": data, "certificate-authority": "/etc/ca.crt" },
    read: { server, authority: "PEM" },
  },
  {
    name: "switches that are off",
    cluster: { server, "insecure-skip-tls-verify": false, "proxy-url": "", "disable-compression": true },
    read: { server },
  },
])("reads $name", ({ cluster, read }) => {
  expect(readCluster(cluster)).toEqual(read)
})

test.each([
  {
    cluster: { server, "certificate-authority": "/etc/ca.crt" },
    error: /got one with certificate-authority\. .*--flatten/,
  },
  {
    cluster: { server, "insecure-skip-tls-verify": true },
    error: /got one with insecure-skip-tls-verify\. The token would/,
  },
  {
    cluster: { server, "certificate-authority-data": data, "insecure-skip-tls-verify": true },
    error: /got one with insecure-skip-tls-verify\. /,
  },
  { cluster: { server, "proxy-url": "socks5://localhost:1080" }, error: /got one with proxy-url\. / },
  {
    cluster: { server, "certificate-authority-data": data, "proxy-url": "socks5://localhost:1080" },
    error: /got one with proxy-url\. /,
  },
  { cluster: {}, error: /a kubeconfig whose cluster has a server, got one without/ },
  { cluster: { server: "http://10.0.0.1:8080" }, error: /got "http:\/\/10\.0\.0\.1:8080"/ },
])("refuses $cluster", ({ cluster, error }) => {
  expect(() => readCluster(cluster)).toThrow(error)
})
