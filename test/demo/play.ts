import { strict as assert } from "node:assert"
import { fetchFromOutside, startProbe } from "../client/client.ts"
import type { Lab } from "../lab/lab.ts"
import { classicConfigMap, echoDeployment } from "./manifests.ts"
import type { Story } from "./story.ts"

/** What a scene measured, for the closing lines. Seconds. */
export type Times = { readonly installed: number; readonly firstAnswer: number; readonly outage: number }

type Stage = { readonly lab: Lab; readonly story: Story; readonly image: string }

/** Runs a kubectl command as the user of the story would type it, prints it with its output, and fails when it fails. */
const type = async ({ lab, story }: Stage, command: string, input?: string, expected = 0): Promise<string> => {
  const { code, stdout, stderr } = await lab.kubectl(command.split(" "), {
    ...(input === undefined ? {} : { input }),
    timeoutMs: 180_000,
  })
  story.typed(`kubectl ${command}`, code === expected ? stdout : stdout + stderr)
  assert.equal(code, expected, `kubectl ${command} ended with ${code}, expected ${expected}`)
  return stdout
}

const addressOf = async (lab: Lab, service: string): Promise<string> => {
  const { stdout } = await lab.kubectl([
    "get",
    "service",
    service,
    "-o",
    "jsonpath={.status.loadBalancer.ingress[0].ip}",
  ])
  return stdout.trim()
}

/** Pods that answered, by the name in the first word (name mode) or the last word (request mode) of the answer. */
const podsIn = (answers: readonly string[], deployment: string): ReadonlySet<string> =>
  new Set(answers.flatMap(answer => answer.match(new RegExp(`\\b${deployment}-[a-z0-9]+-[a-z0-9]+\\b`, "g")) ?? []))

/** Pods that are Ready by their condition: the container's own flag keeps its last value when a node dies. */
const readyPods = async (lab: Lab, component: string): Promise<number> => {
  const list = (await lab.get("pods", "-n", "metallb-system", "-l", `app=metallb,component=${component}`)) as {
    items: { status: { conditions?: { type: string; status: string }[] } }[]
  }
  return list.items.filter(pod => pod.status.conditions?.some(c => c.type === "Ready" && c.status === "True")).length
}

const announcerOf = async (lab: Lab, service: string): Promise<string> => {
  const selector = `metallb.io/service-name=${service},metallb.io/service-namespace=default`
  const { stdout } = await lab.kubectl([
    "get",
    "servicel2statuses",
    "-n",
    "metallb-system",
    "-l",
    selector,
    "-o",
    "jsonpath={.items[*].status.node}",
  ])
  return stdout.trim()
}

const install = async (stage: Stage): Promise<number> => {
  const { lab, story } = stage
  story.scene("The agents")
  await story.step("image loaded on every node", () => lab.load(stage.image))
  const began = story.seconds()
  await type(stage, "metallb install")
  const took = story.seconds() - began
  assert.equal(await readyPods(lab, "controller"), 1, "one controller is ready")
  assert.equal(await readyPods(lab, "speaker"), lab.nodes.length, "a speaker is ready on every node")
  story.fact(`1 controller and ${lab.nodes.length} speakers are ready`)
  return took
}

const expose = async (stage: Stage): Promise<void> => {
  const { lab, story } = stage
  story.scene("A pool, in the words of ten years ago, and two deployments")
  await type(stage, "apply -f -", classicConfigMap)
  await lab.apply([echoDeployment("web", "name"), echoDeployment("api", "request")])
  await story.step("two deployments of three replicas", () =>
    lab.mustKubectl(["rollout", "status", "deployment/web", "deployment/api", "--timeout=120s"]),
  )
  await type(stage, "expose deployment web --type=LoadBalancer --port=80 --target-port=8080")
  // The order of the addresses is the order of the asking, so the second service waits for the first.
  await lab.waitFor("service web has its address", () => addressOf(lab, "web"), { timeoutMs: 10_000 })
  await type(stage, "metallb expose deployment/api --port 80:8080")
  await type(stage, "get svc web api")
  assert.equal(await addressOf(lab, "web"), "192.168.1.11")
  assert.equal(await addressOf(lab, "api"), "192.168.1.12")
}

const visit = async ({ lab, story }: Stage): Promise<number> => {
  story.scene("A machine outside the cluster, on the same LAN")
  const began = story.seconds()
  const first = await lab.waitFor("192.168.1.11 answers", () => fetchFromOutside(lab, "192.168.1.11", 1), {
    timeoutMs: 15_000,
  })
  const took = story.seconds() - began
  story.typed("curl http://192.168.1.11/", first.join("\n"))
  for (const [name, address] of [
    ["web", "192.168.1.11"],
    ["api", "192.168.1.12"],
  ] as const) {
    const answers = await fetchFromOutside(lab, address, 30)
    const pods = podsIn(answers, name)
    assert.equal(answers.length, 30)
    assert.equal(pods.size, 3, `all three pods of ${name} answer; these did: ${[...pods].join(", ")}`)
    story.fact(`${address}: 30 of 30 answered, by ${[...pods].sort().join(", ")}`)
  }
  const [sample = ""] = await fetchFromOutside(lab, "192.168.1.12", 1)
  story.typed("curl http://192.168.1.12/", sample)
  return took
}

const exhaust = async (stage: Stage): Promise<void> => {
  const { lab, story } = stage
  story.scene("The pool runs out, and says so")
  await type(stage, "metallb pools")
  await type(stage, "expose deployment web --type=LoadBalancer --port=80 --target-port=8080 --name=third")
  await lab.waitFor("service third has its address", () => addressOf(lab, "third"), { timeoutMs: 10_000 })
  assert.equal(await addressOf(lab, "third"), "192.168.1.13")
  await type(stage, "expose deployment web --type=LoadBalancer --port=80 --target-port=8080 --name=fourth")
  await lab.waitFor(
    "the controller has refused service fourth",
    async () =>
      (
        await lab.mustKubectl([
          "get",
          "events",
          "--field-selector=involvedObject.name=fourth,reason=AllocationFailed",
          "-o",
          "name",
        ])
      ).trim(),
    { timeoutMs: 10_000 },
  )
  await type(stage, "get svc")
  const why = await type(stage, "metallb why-ip fourth", undefined, 1)
  assert.match(why, /ML101/, "why-ip names the reason")
  assert.match(why, /kubectl edit configmap config -n metallb-system/, "why-ip says what to type")
  assert.equal(await addressOf(lab, "fourth"), "", "the fourth service stays pending")
}

const powerOff = async (stage: Stage): Promise<number> => {
  const { lab, story } = stage
  story.scene("The announcing node loses its power")
  await type(stage, "metallb why-ip web")
  const owner = await lab.waitFor("the announcing node is known", () => announcerOf(lab, "web"), { timeoutMs: 10_000 })
  const probe = await startProbe(lab, "192.168.1.11", 80, 20, 1000)
  try {
    await lab.powerOff(owner)
    story.fact(`${owner} is off`)
    await lab.waitFor(
      "another node announces",
      async () => {
        const now = await announcerOf(lab, "web")
        return now !== "" && !now.split(" ").includes(owner) ? now : undefined
      },
      { timeoutMs: 120_000, everyMs: 250 },
    )
    // The pods of the dead node leave the service only when Kubernetes marks them not ready, so served means ten in a row.
    await lab.waitFor("the client is served again", () => fetchFromOutside(lab, "192.168.1.11", 10), {
      timeoutMs: 90_000,
      everyMs: 250,
    })
    const next = await announcerOf(lab, "web")
    const report = await probe.stop()
    assert.ok(report.lost > 0, "the probe saw the outage")
    assert.ok(report.outageMs < 3000, `the client waited ${report.outageMs} ms for an answer`)
    story.fact(
      `${next} announces 192.168.1.11; the client was without an answer for ${(report.outageMs / 1000).toFixed(2)} s`,
    )
    story.fact(
      `${report.lost} of ${report.attempts} connections were lost: kube-proxy goes on choosing the dead node's pods until Kubernetes calls it dead, 40 to 50 s later`,
    )
    await story.step(`${owner} is switched on again`, () => lab.boot(owner))
    await lab.waitFor(
      "a speaker is ready on every node",
      async () => (await readyPods(lab, "speaker")) === lab.nodes.length,
      { timeoutMs: 90_000, everyMs: 250 },
    )
    story.fact(`${lab.nodes.length} speakers are ready again`)
    return report.outageMs / 1000
  } finally {
    probe.kill()
  }
}

/** Removes what the story made; the lab itself stays. */
export const clear = async (stage: Stage): Promise<void> => {
  const { story } = stage
  story.scene("All clean")
  await type(stage, "delete service web api third fourth --ignore-not-found")
  await type(stage, "delete deployment web api --ignore-not-found")
  await type(stage, "delete configmap config -n metallb-system --ignore-not-found")
  await type(stage, "metallb uninstall --purge --yes")
}

/** Plays the reference scenario on a running lab and throws at the first sentence that is not true. */
export const play = async (stage: Stage): Promise<Times> => {
  const installed = await install(stage)
  await expose(stage)
  const firstAnswer = await visit(stage)
  await exhaust(stage)
  const outage = await powerOff(stage)
  return { installed, firstAnswer, outage }
}
