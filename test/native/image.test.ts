import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, test } from "node:test"
import { type BuiltImage, buildImage } from "../../agent/image/build-image.ts"
import { arpRequest } from "./arp-frame.ts"
import { Probe } from "./probe.ts"
import { makeSegment, type Segment } from "./segment.ts"

/** The agent's image with the probe in place of the agent, so that what the container may do can be asked step by step. */
const entry = join(import.meta.dirname, "probe-program.ts")
const work = mkdtempSync(join(tmpdir(), "image-test-"))
const container = join(work, "container")
const runAsPod = join(work, "run-as-pod")
let image: BuiltImage
let segment: Segment

before(async () => {
  execFileSync("cc", ["-o", runAsPod, join(import.meta.dirname, "run-as-pod.c")])
  image = await buildImage({ entry, output: join(work, "image.tar") })
  unpack(image.path, container)
  segment = makeSegment()
})
after(() => {
  segment.remove()
  rmSync(work, { recursive: true })
})

type Index = { readonly manifests: readonly { readonly digest: string }[] }
type Manifest = {
  readonly layers: readonly { readonly digest: string }[]
  readonly config: { readonly digest: string }
}

const unpack = (archive: string, folder: string) => {
  const layout = join(work, "layout")
  for (const path of [layout, folder]) mkdirSync(path)
  execFileSync("tar", ["-xf", archive, "-C", layout])
  const blob = (digest: string) => join(layout, "blobs", digest.replace(":", "/"))
  const read = (path: string) => JSON.parse(readFileSync(path, "utf8")) as unknown
  const [manifest] = (read(join(layout, "index.json")) as Index).manifests
  assert.equal(manifest?.digest, image.digest)
  for (const layer of (read(blob(manifest?.digest ?? "")) as Manifest).layers) {
    const attributes = ["--xattrs", "--xattrs-include=security.capability"]
    execFileSync("tar", ["-xzpf", blob(layer.digest), ...attributes, "-C", folder])
  }
}

/** The probe in its container: uid 65532, no new privileges, and no other capabilities than those named. */
const start = (capabilities: string, flags: readonly string[] = []) =>
  new Probe([...segment.node.enter, runAsPod, capabilities, container], ["/usr/bin/node", ...flags, "/app/agent.cjs"])

const openEth0 = { do: "open", interface: "eth0", targets: "everything" } as const

test("built again, from another folder, the image is the same byte for byte", async () => {
  const before = process.cwd()
  process.chdir(work)
  const again = await buildImage({ entry, output: join(work, "again.tar") })
  process.chdir(before)
  assert.equal(again.digest, image.digest)
  assert.ok(readFileSync(again.path).equals(readFileSync(image.path)))
})

test("an archive packed from the same files before is left alone", async () => {
  const began = performance.now()
  assert.deepEqual(await buildImage({ entry, output: image.path }), image)
  assert.ok(performance.now() - began < 5000)
})

test("the speaker, with NET_RAW alone, opens a packet socket once it has raised what it holds", async () => {
  const speaker = start("net_raw")
  assert.deepEqual(await speaker.ask({ do: "held" }), { effective: [], permitted: ["CAP_NET_RAW"] })
  await assert.rejects(speaker.ask(openEth0), /EPERM/)
  assert.deepEqual(await speaker.ask({ do: "raise" }), { effective: ["CAP_NET_RAW"], permitted: ["CAP_NET_RAW"] })
  await speaker.ask(openEth0)
  const peer = new Probe(segment.peer.enter)
  await peer.ask(openEth0)
  await peer.ask({ do: "send", frame: arpRequest({ mac: segment.peer.mac, ip: "10.77.0.2" }, "10.77.0.9") })
  await speaker.next("received")
  for (const probe of [peer, speaker]) probe.kill()
})

test("a worker started after the raise may open packet sockets too", async () => {
  const speaker = start("net_raw")
  await speaker.ask({ do: "raise" })
  await speaker.ask({ do: "worker", first: openEth0 })
  await speaker.next("done")
  speaker.kill()
})

test("the controller, with every capability dropped, runs from the same image and is refused a packet socket", async () => {
  const controller = start("-")
  assert.deepEqual(await controller.ask({ do: "raise" }), { effective: [], permitted: [] })
  await assert.rejects(controller.ask(openEth0), /EPERM/)
  assert.equal(await controller.end(), 0)
})

test("interfaces are read and watched without any capability", async () => {
  const controller = start("-")
  assert.ok((await controller.interfaces()).some(({ name }) => name === "eth0"))
  await controller.ask({ do: "watch" })
  segment.node.ip("addr", "add", "10.77.0.99/24", "dev", "eth0")
  await controller.next("changed")
  controller.kill()
})

test("node takes the V8 flags that the manifests give", async () => {
  const flags = ["--optimize-for-size", "--max-semi-space-size=1", "--max-old-space-size=128", "--v8-pool-size=1"]
  const controller = start("-", flags)
  assert.deepEqual(await controller.ask({ do: "held" }), { effective: [], permitted: [] })
  assert.equal(await controller.end(), 0)
})
