import assert from "node:assert/strict"
import { test } from "node:test"
import { nodeCapability } from "../../../agent/image/file-capability.ts"
import { imageConfig, imageFiles } from "../../../agent/image/image-files.ts"
import { packImage } from "../../../agent/image/oci.ts"

const bytes = (text: string) => new TextEncoder().encode(text)
const parts = {
  node: bytes("node"),
  libraries: [
    { path: "/lib/x86_64-linux-gnu/libc.so.6", data: bytes("libc") },
    { path: "/lib64/ld-linux-x86-64.so.2", data: bytes("loader") },
  ],
  agent: bytes("agent"),
  addon: bytes("addon"),
  licences: bytes("licences"),
}
const files = imageFiles(parts)
const at = (path: string) => {
  const found = files.find(file => file.path === path)
  assert.ok(found, `${path} is in the image`)
  return found
}

test("the image holds node, its libraries, the agent, what the C library looks up, and the licences", () => {
  const regular = files.filter(({ kind }) => kind === "file").map(({ path }) => path)
  assert.deepEqual(regular.sort(), [
    "app/agent.cjs",
    "app/agent.node",
    "etc/group",
    "etc/nsswitch.conf",
    "etc/passwd",
    "lib/x86_64-linux-gnu/libc.so.6",
    "lib64/ld-linux-x86-64.so.2",
    "licenses/third-party.txt",
    "usr/bin/node",
  ])
})

test("every file's folder is an entry of its own, and /tmp is anybody's", () => {
  const folders = files.filter(({ kind }) => kind === "dir").map(({ path }) => path)
  assert.deepEqual(folders.sort(), [
    "app",
    "etc",
    "lib",
    "lib/x86_64-linux-gnu",
    "lib64",
    "licenses",
    "tmp",
    "usr",
    "usr/bin",
  ])
  assert.equal(at("tmp").mode, 0o1777)
})

test("node alone carries capabilities: net_bind_service and net_raw, permitted and not effective", () => {
  const carriers = files.filter(({ capability }) => capability !== undefined).map(({ path }) => path)
  assert.deepEqual(carriers, ["usr/bin/node"])
  assert.equal(Buffer.from(nodeCapability()).toString("hex"), "0000000200240000000000000000000000000000")
})

test("nothing in the image may be written by the agent but /tmp, and nothing is set-uid", () => {
  for (const { path, mode } of files) {
    if (path !== "tmp") assert.equal(mode & 0o022, 0, path)
    assert.equal(mode & 0o6000, 0, path)
  }
})

test("the user of the image is known by name and is not root", () => {
  assert.match(Buffer.from(at("etc/passwd").data ?? []).toString(), /^nonroot:x:65532:65532:/m)
  assert.match(Buffer.from(at("etc/group").data ?? []).toString(), /^nonroot:x:65532:$/m)
  assert.equal(imageConfig("1.2.3").User, "65532:65532")
})

test("the pod's args are the whole command line of node", () => {
  const { Entrypoint, Cmd, Labels } = imageConfig("1.2.3")
  assert.deepEqual(Entrypoint, ["/usr/bin/node"])
  assert.equal(Cmd, undefined)
  assert.equal(Labels?.["org.opencontainers.image.version"], "1.2.3")
})

test("the same parts give the same image, other parts another one", () => {
  const digest = (changed: Partial<typeof parts>) =>
    packImage({
      reference: "example/agent:1",
      files: imageFiles({ ...parts, ...changed }),
      config: imageConfig("1"),
      architecture: "amd64",
    }).digest
  assert.equal(digest({}), digest({ libraries: [...parts.libraries].reverse() }))
  assert.notEqual(digest({}), digest({ agent: bytes("another") }))
})
