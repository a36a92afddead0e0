import assert from "node:assert/strict"
import { execFileSync, spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { after, before, test } from "node:test"
import { type BuiltImage, buildImage } from "../../agent/image/build-image.ts"
import { bundle, root } from "../../agent/image/bundle.ts"
import { arpRequest } from "./arp-frame.ts"
import { Probe } from "./probe.ts"
import { makeSegment, type Segment } from "./segment.ts"
import { waitFor } from "./wait.ts"

const work = mkdtempSync(join(tmpdir(), "image-test-"))
const container = join(work, "container")
const runAsPod = join(work, "run-as-pod")
let image: BuiltImage
let segment: Segment

before(async () => {
  segment = makeSegment()
  execFileSync("cc", ["-o", runAsPod, join(import.meta.dirname, "run-as-pod.c")])
  image = await buildImage({ output: join(work, "image.tar") })
  unpack(image.path, container)
  // Beside the agent, so that what a container may do can be asked step by step.
  const entry = join(import.meta.dirname, "probe-program.ts")
  await bundle({ entry, output: join(container, "app/probe.cjs"), target: "node26", firstLine: '"use strict";' })
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

/** How a pod starts: uid 65532, no new privileges, and no other capabilities than those named. */
const enter = (capabilities: string) => [...segment.node.enter, runAsPod, capabilities, container]
const start = (capabilities: string) => new Probe(enter(capabilities), ["/usr/bin/node", "/app/probe.cjs"])

const openEth0 = { do: "open", interface: "eth0", targets: "everything" } as const

test("built again, from another folder, the image is the same byte for byte", async () => {
  const before = process.cwd()
  process.chdir(work)
  const again = await buildImage({ output: join(work, "again.tar") })
  process.chdir(before)
  assert.equal(again.digest, image.digest)
  assert.ok(readFileSync(again.path).equals(readFileSync(image.path)))
})

test("an archive packed from the same files before is left alone", async () => {
  const written = () => statSync(image.path).mtimeMs
  const before = written()
  assert.deepEqual(await buildImage({ output: image.path }), image)
  assert.equal(written(), before)
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

/** The command line that a manifest gives the container. */
const manifestArgs = (name: string): readonly string[] => {
  const text = readFileSync(join(root, "manifests/agent", name), "utf8")
  const list = /^ *args:\n((?: *- --?\S+\n| *- \/\S+\n)+)/m.exec(text)?.[1] ?? ""
  return list.split("\n").flatMap(line => /- (\S+)$/.exec(line)?.[1] ?? [])
}

const kubeconfig = `apiVersion: v1
kind: Config
current-context: none
contexts: [{ name: none, context: { cluster: none, user: none } }]
clusters: [{ name: none, cluster: { server: "http://127.0.0.1:1" } }]
users: [{ name: none, user: {} }]
`

for (const [mode, capabilities, raised] of [
  ["controller", "-", undefined],
  ["speaker", "net_raw", ["CAP_NET_RAW"]],
] as const) {
  test(`the ${mode} starts from the image with its manifest's arguments and capabilities, and stops when asked to`, async () => {
    writeFileSync(join(container, "etc/kubeconfig"), kubeconfig)
    const args = manifestArgs(`${mode}.yaml`)
    assert.ok(args.includes(`--mode=${mode}`), `the manifest's args: ${args.join(" ")}`)
    const [file, ...rest] = [
      ...enter(capabilities),
      "/usr/bin/node",
      ...args,
      "--kubeconfig=/etc/kubeconfig",
      "--node-name=n1",
    ]
    const agent = spawn(file ?? "", rest, { stdio: ["ignore", "pipe", "inherit"] })
    const lines: Readonly<Record<string, unknown>>[] = []
    createInterface({ input: agent.stdout }).on("line", line => lines.push(JSON.parse(line)))
    try {
      await waitFor(`the ${mode} answers its probe`, () => {
        assert.equal(agent.exitCode, null, `it ended: ${JSON.stringify(lines)}`)
        const port = args.find(arg => arg.startsWith("--health-probe-port="))?.split("=")[1]
        const script = `fetch("http://127.0.0.1:${port}/healthz").then(r => process.exit(r.status === 200 ? 0 : 1), () => process.exit(1))`
        const asked = spawnSync(segment.node.enter[0] ?? "", [
          ...segment.node.enter.slice(1),
          process.execPath,
          "-e",
          script,
        ])
        return asked.status === 0 ? true : undefined
      })
      const told = () => lines.find(({ msg }) => msg === "capabilities")
      // Its lines reach us a little after its answer to the probe.
      if (raised !== undefined)
        assert.deepEqual((await waitFor(`the ${mode} says what it may do`, told))["effective"], raised)
      agent.kill("SIGTERM")
      await waitFor("the agent ended", () => agent.exitCode ?? agent.signalCode ?? undefined)
      assert.equal(agent.exitCode, 0)
      if (raised === undefined) assert.equal(told(), undefined)
    } finally {
      agent.kill("SIGKILL")
    }
  })
}
