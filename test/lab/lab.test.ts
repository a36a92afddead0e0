import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { packImage } from "../../agent/image/oci.ts"
import { root } from "../run/places.ts"
import { prepare } from "../setup/steps.ts"
import { down, isForeign } from "./cluster.ts"
import { labFaults, labPicture } from "./health.ts"
import { Lab } from "./lab.ts"
import { leftovers } from "./leftovers.ts"
import { namespacePath } from "./network.ts"
import { placesOf } from "./places.ts"
import { nodeOf } from "./plan.ts"
import { killAll, processesIn } from "./process.ts"
import { type Output, run } from "./run.ts"

// A lab of its own beside the one that other tests may be using.
const name = "selft"
const quiet = () => undefined
const cli = (...args: string[]): Promise<Output> =>
  run(process.execPath, [join(root, "test/lab/main.ts"), ...args], { env: { ...process.env, LAB: name } })

before(() => prepare(["lab"]))

describe("a lab", () => {
  let lab: Lab
  before(async () => {
    await down(name, {}, quiet)
    lab = await Lab.attachOrStart({ lab: name, nodes: 2, say: quiet })
  })
  after(() => down(name, {}, quiet))

  test("is started when there is none, and taken as it is when there is one", async () => {
    assert.equal(lab.started, true)
    const again = await Lab.attachOrStart({ lab: name, nodes: 2, say: quiet })
    assert.equal(again.started, false)
    assert.deepEqual(again.nodes, ["n1", "n2"])
  })

  test("is not taken for one of another size", async () => {
    await assert.rejects(Lab.attachOrStart({ lab: name, nodes: 3, say: quiet }), { message: /2 nodes/, fix: /down/ })
  })

  test("has Ready nodes, the first of them labelled as control plane, without taints", async () => {
    const { items } = (await lab.get("nodes")) as { items: NodeObject[] }
    assert.deepEqual(
      items.map(({ metadata, spec, status }) => [
        metadata.name,
        "node-role.kubernetes.io/control-plane" in metadata.labels,
        "node.kubernetes.io/exclude-from-external-load-balancers" in metadata.labels,
        spec.taints ?? [],
        status.conditions.find(one => one.type === "Ready")?.status,
      ]),
      [
        ["n1", true, false, [], "True"],
        ["n2", false, false, [], "True"],
      ],
    )
  })

  test("is whole as long as every part answers, and else says which does not", async () => {
    // A node is Ready before its kube-proxy listens.
    await lab.waitFor("every part answers", async () => (await labFaults(lab)).length === 0)
    const { stdout } = await lab.exec("n2", ["pidof", "kubelet"])
    await lab.exec("n2", ["kill", "-STOP", stdout.trim()])
    try {
      const [fault, ...others] = await labFaults(lab)
      assert.match(fault ?? "", /^kubelet of n2 does not answer: /)
      assert.deepEqual(others, [])
      assert.match(await labPicture(lab), /^load .*MemAvailable.*n2:\n.* Tl? .*kubelet --config/s)
    } finally {
      await lab.exec("n2", ["kill", "-CONT", stdout.trim()])
    }
    assert.deepEqual(await labFaults(lab), [])
  })

  test("is reached by a plain kubectl in a shell that took the lines of env", async () => {
    const { code, stdout } = await cli("env")
    assert.equal(code, 0)
    const shell = await run("bash", ["-c", `${stdout}\nkubectl get nodes -o name`])
    assert.equal(shell.stdout, "node/n1\nnode/n2\n", shell.stderr)
  })

  test("is reached by the same kubeconfig from inside a node and from the client", async () => {
    const command = [
      "env",
      `PATH=${lab.env["PATH"]}`,
      `KUBECONFIG=${lab.kubeconfig}`,
      "kubectl",
      "get",
      "nodes",
      "-o",
      "name",
    ]
    const answers = [await lab.exec("n2", command), await lab.client(command)]
    for (const { stdout, stderr } of answers) assert.equal(stdout, "node/n1\nnode/n2\n", stderr)
  })

  test("runs pods on both nodes, and the client reaches them by IPv4 and IPv6 through a node's port", async () => {
    await lab.apply(echoManifests)
    await lab.mustKubectl(["rollout", "status", "deployment/web", "--timeout=60s"])
    for (const host of ["192.168.1.101", "192.168.1.102", "[fd00:192:168:1::101]", "[fd00:192:168:1::102]"]) {
      const { stdout } = await lab.waitFor(`an answer from ${host}`, async () => {
        const answer = await lab.client(["curl", "-sS", "--max-time", "2", `http://${host}:30080/hello`])
        return answer.code === 0 ? answer : undefined
      })
      assert.match(stdout, /^GET \/hello HTTP\/1\.1\nclient .* port \d+\nserver .* port 8080\npod web-/)
    }
  })

  test("runs commands in a node as if on that machine, and passes their exit code on", async () => {
    assert.equal((await lab.exec("n2", ["hostname"])).stdout, "n2\n")
    assert.equal((await lab.exec("n2", ["pwd"])).stdout, `${process.cwd()}\n`)
    assert.equal((await cli("exec", "n1", "--", "sh", "-c", "exit 7")).code, 7)
    const nowhere = await cli("exec", "n9", "--", "true")
    assert.equal(nowhere.code, 2)
    assert.match(nowhere.stderr, /^error: lab selft has no node "n9"\n {2}fix {4}use one of n1, n2\n$/)
  })

  test("ends a command in a node when the program that holds it is killed", async () => {
    const [program, args] = lab.nodeCommand("n1", ["sleep", "86399"])
    const held = spawn(program, args, { stdio: "ignore" })
    const running = async () => (await lab.exec("n1", ["pgrep", "-fx", "sleep 86399"])).code === 0
    await lab.waitFor("the command runs", running)
    held.kill("SIGTERM")
    await lab.waitFor("the command has ended", async () => !(await running()), { timeoutMs: 5000 })
  })

  test("gives every node an image", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lab-load-"))
    try {
      const files = [{ path: "hello", kind: "file", mode: 0o644, data: Buffer.from("hello") }] as const
      const packed = packImage({ reference: "lab.local/hello:7", files, config: {}, architecture: "amd64" })
      writeFileSync(join(folder, "hello.tar"), packed.archive)
      assert.deepEqual(await lab.load(join(folder, "hello.tar")), ["n1", "n2"])
    } finally {
      rmSync(folder, { recursive: true })
    }
    for (const node of lab.nodes) {
      const { stdout } = await lab.exec(node, ["ctr", "-n", "k8s.io", "images", "ls", "-q"])
      assert.ok(stdout.split("\n").includes("lab.local/hello:7"), stdout)
    }
    await assert.rejects(lab.load("no-such.tar"), { message: /no-such\.tar/ })
  })

  test("calls a node that died a fault, and one that was powered off none", async () => {
    await lab.powerOff("n2")
    assert.deepEqual(await labFaults(lab), [])
    await lab.boot("n2")
    killAll(processesIn([namespacePath(nodeOf(lab.plan, "n2").namespace)]))
    await lab.waitFor("n2 is no longer on", () => !lab.isOn("n2"), { timeoutMs: 10_000 })
    assert.deepEqual(await labFaults(lab), ["n2 has ended by itself"])
    await lab.powerOff("n2")
    await lab.boot("n2")
    assert.deepEqual(await labFaults(lab), [])
  })

  test("loses all of a node at a power-off, and gets it back with a new boot and its pods", async () => {
    const boot = async () => ((await lab.get("node", "n2")) as NodeObject).status.nodeInfo.bootID
    const first = await boot()
    await lab.powerOff("n2")
    assert.equal(lab.isOn("n2"), false)
    assert.notEqual((await lab.client(["ping", "-c1", "-W1", "192.168.1.102"])).code, 0)
    assert.deepEqual(
      leftovers(name).filter(line => /-n2\b|\/n2\//.test(line)),
      [],
    )
    await assert.rejects(async () => lab.exec("n2", ["true"]), { message: /n2 is powered off/, fix: /boot n2/ })
    await lab.boot("n2")
    assert.notEqual(await boot(), first)
    assert.equal((await lab.client(["ping", "-c1", "-W1", "192.168.1.102"])).code, 0)
    await lab.waitFor("both pods run again", async () => {
      const { status } = (await lab.get("deployment", "web")) as { status: { readyReplicas?: number } }
      return status.readyReplicas === 2
    })
  })

  test("survives the loss of its API server", async () => {
    await lab.stopApiServer()
    assert.notEqual((await lab.kubectl(["get", "nodes", "--request-timeout=2s"])).code, 0)
    assert.equal((await cli("status")).code, 1)
    await lab.startApiServer()
    assert.equal(await lab.mustKubectl(["get", "nodes", "-o", "name"]), "node/n1\nnode/n2\n")
  })

  test("keeps the logs of every part within reach", async () => {
    assert.match((await cli("logs", "n1", "kubelet")).stdout, /Kubelet version/)
    assert.match((await cli("logs", "cp", "kube-apiserver")).stdout, /Version/)
    assert.match((await cli("logs", "n1", "../n2/kubelet")).stderr, /^error: n1 has no log/)
  })

  test("goes on from its kept disks", async () => {
    await lab.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "kept" }, data: { a: "b" } })
    await down(name, { keep: true }, quiet)
    assert.deepEqual(leftovers(name), [])
    lab = await Lab.attachOrStart({ lab: name, nodes: 2, say: quiet })
    assert.equal(lab.started, true)
    assert.equal(await lab.mustKubectl(["get", "configmap", "kept", "-o", "jsonpath={.data.a}"]), "b")
  })

  test("leaves nothing behind when it goes down, and going down twice is no error", async () => {
    assert.notDeepEqual(leftovers(name), [])
    assert.equal(await down(name, {}, quiet), true)
    assert.deepEqual(leftovers(name), [])
    assert.equal(await down(name, {}, quiet), false)
    assert.match((await cli("env")).stderr, /^error: lab selft is not up\n {2}fix {4}start it with npm run lab -- up/)
  })
})

describe("a start that is killed", () => {
  after(() => down(name, {}, quiet))

  for (const moment of ["nodes are powered on", "API server is ready"]) {
    test(`when it says "${moment}" leaves what down removes`, async () => {
      await killedUp(moment)
      assert.notDeepEqual(leftovers(name), [])
      assert.equal(await down(name, {}, quiet), true)
      assert.deepEqual(leftovers(name), [])
    })
  }

  test("does not hinder the next start", async () => {
    await killedUp("nodes are powered on")
    const lab = await Lab.attachOrStart({ lab: name, nodes: 1, say: quiet })
    assert.equal(await lab.mustKubectl(["get", "nodes", "-o", "name"]), "node/n1\n")
  })
})

describe("a lab whose state was lost", () => {
  after(() => down(name, { force: true }, quiet))

  test("is neither taken nor ended by mistake, only when that is asked for", async () => {
    await Lab.attachOrStart({ lab: name, nodes: 1, say: quiet })
    rmSync(placesOf(name).state)
    const foreign = { message: /not started from this folder/, fix: /--force/ }
    await assert.rejects(Lab.attachOrStart({ lab: name, nodes: 1, say: quiet }), foreign)
    await assert.rejects(down(name, {}, quiet), foreign)
    assert.equal(isForeign(name), true)
    assert.equal(await down(name, { force: true }, quiet), true)
    assert.deepEqual(leftovers(name), [])
    assert.equal(isForeign(name), false)
  })
})

/** Starts `up` in a process of its own and kills it as soon as it says so. */
async function killedUp(moment: string): Promise<void> {
  const child = spawn(process.execPath, [join(root, "test/lab/main.ts"), "up", "--lab", name, "--nodes", "2"], {
    stdio: ["ignore", "ignore", "pipe"],
  })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text
    if (said.includes(moment)) child.kill("SIGKILL")
  })
  const signal = await new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (_, by) => resolve(by))
  })
  assert.equal(signal, "SIGKILL", said)
}

type NodeObject = {
  metadata: { name: string; labels: Record<string, string> }
  spec: { taints?: unknown[] }
  status: { conditions: { type: string; status: string }[]; nodeInfo: { bootID: string } }
}

const labels = { app: "web" }
const echoManifests = [
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web" },
    spec: {
      replicas: 2,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "DoNotSchedule",
              labelSelector: { matchLabels: labels },
            },
          ],
          containers: [{ name: "echo", image: "lab.local/echo:1", args: ["request"] }],
        },
      },
    },
  },
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web" },
    spec: {
      type: "NodePort",
      ipFamilyPolicy: "RequireDualStack",
      selector: labels,
      ports: [{ port: 80, targetPort: 8080, nodePort: 30080 }],
    },
  },
]
