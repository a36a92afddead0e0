import assert from "node:assert/strict"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type TestContext, test } from "node:test"
import { kubeconfigAccess, kubeconfigFiles } from "../../../agent/ports/kube/kubeconfig.ts"
import { parseYaml } from "../../../agent/ports/yaml.ts"

const folderOf = (t: TestContext, files: Readonly<Record<string, string>>): string => {
  const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const access = async (...files: readonly string[]) => kubeconfigAccess(files, parseYaml, () => 0)

const config = (user: string, cluster = "") => `
apiVersion: v1
kind: Config
current-context: lab
contexts:
- name: lab
  context: {cluster: lab, user: admin}
clusters:
- name: lab
  cluster:
    server: https://192.0.2.1:6443
${cluster}
users:
- name: admin
  user:
${user}
`

test("certificates given as files relative to the kubeconfig, and inline, are read", async t => {
  const folder = folderOf(t, {
    "ca.crt": "CA",
    config: config(
      `    client-certificate-data: ${btoa("CERT")}\n    client-key-data: ${btoa("KEY")}`,
      "    certificate-authority: ca.crt\n    tls-server-name: kubernetes",
    ),
  })
  const found = await access(join(folder, "config"))
  assert.equal(found.server.href, "https://192.0.2.1:6443/")
  assert.equal(found.tlsServerName, "kubernetes")
  assert.equal(found.insecureSkipTlsVerify, false)
  assert.deepEqual(await found.credentials(), { ca: "CA", cert: "CERT", key: "KEY", token: undefined })
})

test("a token file is read again when the server refuses the token, a wrong certificate check can be switched off", async t => {
  const folder = folderOf(t, {
    token: "one\n",
    config: config("    tokenFile: token", "    insecure-skip-tls-verify: true"),
  })
  const found = await access(join(folder, "config"))
  assert.equal(found.insecureSkipTlsVerify, true)
  assert.equal((await found.credentials()).token, "one")
  writeFileSync(join(folder, "token"), "two\n")
  assert.equal((await found.credentials()).token, "one")
  found.refused()
  assert.equal((await found.credentials()).token, "two")
})

test("of several files the first that sets something wins, and one that does not exist is passed over", async t => {
  const folder = folderOf(t, {
    one: config("    token: from-one"),
    two: config("    token: from-two").replace("current-context: lab", "current-context: other"),
  })
  const found = await access(join(folder, "none"), join(folder, "one"), join(folder, "two"))
  assert.equal((await found.credentials()).token, "from-one")
  assert.match(found.origin, /context lab/)
})

test("the flag goes before KUBECONFIG, which goes before the home folder", () => {
  const env = { KUBECONFIG: "/a:/b", HOME: "/home/x" }
  assert.deepEqual(kubeconfigFiles("/f", env), ["/f"])
  assert.deepEqual(kubeconfigFiles("", env), ["/a", "/b"])
  assert.deepEqual(kubeconfigFiles("", { HOME: "/home/x" }), ["/home/x/.kube/config"])
})

for (const [what, text, message] of [
  ["an exec plugin", config("    exec: {command: aws}"), /user "admin" uses "exec".*token/],
  [
    "a context that is not there",
    config("    token: x").replace("current-context: lab", "current-context: prod"),
    /"prod" is not among the contexts: there is lab/,
  ],
  ["no current context", config("    token: x").replace("current-context: lab", ""), /current-context is not set/],
  [
    "a server that is no URL",
    config("    token: x").replace("https://192.0.2.1:6443", "192.0.2.1"),
    /server "192.0.2.1" is no http or https URL/,
  ],
  ["a proxy", config("    token: x", "    proxy-url: http://p"), /"proxy-url"/],
  ["broken YAML", "a: [", /line \d+, column \d+/],
] as const)
  test(`${what} is refused in words that name the file`, async t => {
    const folder = folderOf(t, { config: text })
    await assert.rejects(access(join(folder, "config")), error => {
      assert.ok(error instanceof Error)
      assert.match(error.message, message)
      assert.ok(error.message.includes(join(folder, "config")))
      return true
    })
  })

test("no kubeconfig at all is said", async () => {
  await assert.rejects(access("/nonexistent/config"), /no such file/)
})
