import assert from "node:assert/strict"
import { join } from "node:path"
import { describe, it } from "node:test"
import { textAt } from "../../../plugin/cluster/json.ts"
import { kinds } from "../../../plugin/cluster/kinds.ts"
import { matchesFile } from "../../golden/golden.ts"
import { root } from "../../run/places.ts"
import { agentPod, controllerReady, establishCrds, install, speakersReady, waitingFor } from "./agents.ts"
import { FakeWorld } from "./fake-world.ts"

const golden = (name: string) => join(root, "test/golden/plugin", name)

/** A cluster in which the agents come up: CRDs after 0.1 s, the controller after 6 s, the last speaker after 11 s. */
const healthy = (): FakeWorld => {
  const world = new FakeWorld()
  world.api.put(kinds.node, {
    metadata: { name: "cp-1", labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "" } },
  })
  world.api.put(kinds.configMap, {
    metadata: { namespace: "kube-system", name: "kube-proxy" },
    data: { "config.conf": "mode: nftables\nipvs:\n  strictARP: false\n" },
  })
  world.after(100, () => establishCrds(world.api))
  world.after(6000, () => controllerReady(world.api))
  world.after(7000, () => speakersReady(world.api, 2))
  world.after(11_000, () => speakersReady(world.api, 3))
  return world
}

describe("install", () => {
  it("checks, applies in order, waits, makes the pool and says what is next", async () => {
    const world = healthy()
    assert.equal(await world.run("install --pool public=203.0.113.16/28"), 0, world.err)
    matchesFile(golden("install.txt"), world.out)
    matchesFile(golden("install-progress.txt"), world.err)
    const order = world.api.writes.filter(write => write.startsWith("PATCH")).map(write => write.split("/").at(-2))
    assert.equal(order[0], "namespaces")
    const before = (plural: string, names: RegExp) =>
      order.slice(1, order.indexOf(plural)).filter(name => names.test(name ?? "")).length
    assert.equal(before("deployments", /role|serviceaccounts/), 12)
    assert.equal(before("ipaddresspools", /customresourcedefinitions/), 10)
    assert.equal(before("ipaddresspools", /deployments|daemonsets/), 2)
    assert.deepEqual(order.slice(-2), ["ipaddresspools", "l2advertisements"])
  })

  it("run again it changes nothing and says so", async () => {
    const world = healthy()
    await world.run("install")
    assert.equal(await world.run("install"), 0)
    assert.match(world.out, /10 customresourcedefinitions unchanged\n/)
    assert.match(world.out, /daemonset\/speaker unchanged +3 of 3 ready after 0\.0s/)
    assert.equal(world.err, "")
  })

  it("makes the speakers' Secret before the speakers, with 16 random bytes in it, and shows the key nowhere", async () => {
    const world = healthy()
    assert.equal(await world.run("install --v=6"), 0, world.err)
    const data = textAt(world.api.stored(kinds.secret, install, "memberlist"), "data", "secretkey")
    const key = Buffer.from(data, "base64").toString()
    assert.equal(key, "AAECAwQFBgcICQoLDA0ODw")
    assert.doesNotMatch(world.out + world.err, new RegExp(`${key}|${data.replaceAll("=", "")}`))
    const { writes } = world.api
    const made = writes.indexOf(`POST /api/v1/namespaces/${install}/secrets`)
    assert.ok(made >= 0 && made < writes.findIndex(write => write.endsWith("/daemonsets/speaker")), writes.join("\n"))
  })

  it("leaves a Secret that is there as it is", async () => {
    const world = healthy()
    world.api.put(kinds.secret, { metadata: { namespace: install, name: "memberlist" }, data: { secretkey: "b2xk" } })
    assert.equal(await world.run("install"), 0, world.err)
    assert.match(world.out, /secret\/memberlist unchanged\n/)
    assert.equal(textAt(world.api.stored(kinds.secret, install, "memberlist"), "data", "secretkey"), "b2xk")
  })

  it("goes on where Secrets may not be created: the controller makes it then", async () => {
    const world = healthy()
    world.api.refuse(/POST .*\/secrets/)
    assert.equal(await world.run("install"), 0, world.err)
    assert.doesNotMatch(world.out, /secret\//)
    assert.match(world.out, /daemonset\/speaker created/)
  })

  it("a server dry run tries the Secret too, and neither keeps it nor shows its key", async () => {
    const world = healthy()
    world.api.put(kinds.namespace, { metadata: { name: install } })
    assert.equal(await world.run("install --dry-run=server -v=6"), 0, world.err)
    assert.match(world.out, /secret\/memberlist created \(server dry run\)\n/)
    assert.doesNotMatch(world.out + world.err, /AAECAwQFBgcICQoLDA0ODw|QUFFQ0F3/)
    assert.equal(world.api.stored(kinds.secret, install, "memberlist"), undefined)
  })

  it("refuses Kubernetes before 1.31 in one sentence, and changes nothing", async () => {
    const world = healthy()
    world.api.serverMinor = "30+"
    assert.equal(await world.run("install"), 6)
    assert.match(world.err, /^error: Kubernetes 1\.30 is too old: 1\.31 or later is needed \[ML601\]\n/)
    assert.deepEqual(
      world.api.writes.filter(write => !write.includes("selfsubjectaccessreviews")),
      [],
    )
  })

  it("refuses a cluster that MetalLB serves unless --adopt says to take its place", async () => {
    const world = healthy()
    const metallb = {
      metadata: { namespace: "metallb-system", name: "speaker", labels: { app: "metallb", component: "speaker" } },
      spec: { template: { spec: { containers: [{ image: "quay.io/metallb/speaker:v0.16.1" }] } } },
    }
    world.api.put(kinds.daemonSet, metallb)
    world.api.put(kinds.validatingWebhook, { metadata: { name: "metallb-webhook-configuration" } })
    assert.equal(await world.run("install"), 6)
    assert.match(
      world.err,
      /error: MetalLB runs here \(daemonset\/speaker, validatingwebhookconfiguration\/metallb-webhook-configuration\) \[ML605\]/,
    )
    assert.match(world.err, /--adopt/)
    assert.equal(await world.run("install --adopt"), 6, "nobody can be asked, and --yes is not given")
    assert.equal(await world.run("install --adopt --yes"), 0, world.err)
    assert.match(world.out, /daemonset\/speaker deleted\n/)
    assert.equal(world.api.stored(kinds.validatingWebhook, "", "metallb-webhook-configuration"), undefined)
    assert.match(JSON.stringify(world.api.stored(kinds.daemonSet, install, "speaker")), /kubectl-metallb\/agent/)
  })

  it("a conversion webhook of MetalLB's CRD is gone afterwards", async () => {
    const world = healthy()
    world.api.put(kinds.crd, {
      metadata: { name: "bgppeers.metallb.io" },
      spec: { conversion: { strategy: "Webhook", webhook: { clientConfig: {} } } },
    })
    assert.equal(await world.run("install"), 0, world.err)
    const crd = world.api.stored(kinds.crd, "", "bgppeers.metallb.io")
    assert.equal(textAt(crd, "spec", "conversion", "strategy"), "None")
    assert.doesNotMatch(JSON.stringify(crd), /webhook/)
  })

  it("warns of other products and of kube-proxy without strictARP, and goes on", async () => {
    const world = healthy()
    world.api.put(kinds.daemonSet, {
      metadata: { namespace: "kube-system", name: "svclb-traefik" },
      spec: { template: { spec: { containers: [{ image: "rancher/klipper-lb:v0.4.9" }] } } },
    })
    world.api.put(kinds.configMap, {
      metadata: { namespace: "kube-system", name: "kube-proxy" },
      data: { "config.conf": "mode: ipvs\n" },
    })
    assert.equal(await world.run("install"), 0, world.err)
    assert.match(world.out, /warning {2}ML602 k3s ServiceLB runs here \(daemonset\/svclb-traefik in kube-system\)/)
    assert.match(world.out, /warning {2}ML603 kube-proxy is in ipvs mode without strictARP/)
  })

  it("a check that cannot be made is unknown, not fine", async () => {
    const world = healthy()
    world.api.refuse(/GET \/api\/v1\/namespaces\/kube-system\/configmaps/)
    assert.equal(await world.run("install"), 0, world.err)
    assert.match(world.out, /unknown {2}ML630 cannot read ConfigMap kube-system\/kube-proxy \(forbidden\)/)
    assert.doesNotMatch(world.out, /ok +kube-proxy/)
  })

  it("names the missing permission and changes nothing", async () => {
    const world = healthy()
    const send = world.api.send.bind(world.api)
    world.api.send = async request =>
      JSON.stringify(request.body ?? "").includes('"resource":"clusterroles"')
        ? { status: 201, body: { status: { allowed: false } } }
        : send(request)
    assert.equal(await world.run("install"), 6)
    assert.match(world.err, /error: you may not patch clusterroles\.rbac\.authorization\.k8s\.io \[ML604\]/)
  })

  it("gives up at once on an image that cannot be pulled", async () => {
    const world = new FakeWorld()
    world.after(100, () => establishCrds(world.api))
    world.after(3000, () => world.api.put(kinds.pod, agentPod("speaker", "node-b", waitingFor("ImagePullBackOff"))))
    const began = world.now
    assert.equal(await world.run("install"), 1)
    assert.match(world.err, /error: speaker-node-b cannot pull ghcr\.io\/kubectl-metallb\/agent:v0\.1\.0 \[ML606\]/)
    assert.ok(world.now - began < 4000, "it does not wait for the timeout")
  })

  it("gives up at once on a crash loop, and names the command that shows the log", async () => {
    const world = new FakeWorld()
    world.after(100, () => establishCrds(world.api))
    world.after(3000, () => world.api.put(kinds.pod, agentPod("controller", "node-b", waitingFor("CrashLoopBackOff"))))
    assert.equal(await world.run("install"), 1)
    assert.match(world.err, /fix {4}kubectl logs -n metallb-system controller-node-b --previous/)
  })

  it("says why the server makes no pods of the speaker", async () => {
    const world = new FakeWorld()
    world.after(100, () => establishCrds(world.api))
    world.after(2000, () => {
      world.api.change(kinds.daemonSet, install, "speaker", {
        status: { observedGeneration: 1, desiredNumberScheduled: 3, updatedNumberScheduled: 0, numberReady: 0 },
      })
      world.api.put(kinds.event, {
        metadata: { namespace: install, name: "e1" },
        message: 'violates PodSecurity "restricted:latest"',
      })
    })
    assert.equal(await world.run("install"), 1)
    assert.match(world.err, /speaker: violates PodSecurity "restricted:latest" \[ML612\]/)
  })

  it("ends with 5 when time is up and says what is missing; --timeout=0 looks once", async () => {
    const world = new FakeWorld()
    world.after(100, () => establishCrds(world.api))
    world.after(200, () => speakersReady(world.api, 2))
    assert.equal(await world.run("install --timeout 10s"), 5)
    assert.match(
      world.err,
      /error: gave up waiting: controller 0 of \? ready; speaker 2 of 3 ready, node-c creating the container \[ML616\]/,
    )
    const again = world.now
    assert.equal(await world.run("install --timeout 0"), 5)
    assert.equal(world.now, again)
  })

  it("waits for the namespace of an earlier installation to be gone", async () => {
    const world = healthy()
    world.api.put(kinds.namespace, { metadata: { name: install, deletionTimestamp: "2026-01-01T14:00:00Z" } })
    world.after(50, () => void world.api.send({ method: "DELETE", path: `/api/v1/namespaces/${install}` }))
    world.after(400, () => establishCrds(world.api))
    assert.equal(await world.run("install"), 0, world.err)
    assert.match(world.out, /namespace\/metallb-system created\n/)
  })

  it("Ctrl-C says what is half done and how to go on, and ends with 130", async () => {
    const world = healthy()
    world.after(3000, () => world.interrupt())
    assert.equal(await world.run("install"), 130)
    assert.match(
      world.err,
      /what was applied stays and goes on starting; the same command again completes it\ninterrupted\n$/,
    )
  })

  it("--dry-run lists every object and sends nothing", async () => {
    const world = healthy()
    assert.equal(await world.run("install --dry-run"), 0)
    assert.equal(world.out.match(/\(dry run\)/g)?.length, 26)
    assert.deepEqual(
      world.api.writes.filter(write => !write.includes("selfsubjectaccessreviews")),
      [],
    )
  })

  it("--export prints the manifests for another namespace and image without asking the cluster", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("install --export --install-namespace lb --image registry.example/agent:v1"), 0)
    const { readDocuments } = await import("../../../plugin/cluster/yaml.ts")
    const documents = readDocuments(world.out)
    assert.doesNotMatch(world.out, /kind: Secret/)
    assert.equal(documents.length, 25)
    assert.doesNotMatch(world.out, /namespace: metallb-system|ghcr\.io/)
    assert.equal(textAt(documents[0], "metadata", "name"), "lb")
    assert.equal(world.wishes.length, 0)
    assert.equal(await world.run("install --list-images"), 0)
    assert.equal(world.out, "ghcr.io/kubectl-metallb/agent:v0.1.0\n")
  })

  it("a pool that cannot be read is refused before anything is sent", async () => {
    const world = new FakeWorld()
    assert.equal(await world.run("install --pool public=192.168.1.300-192.168.1.301"), 2)
    assert.match(world.err, /^error: .*192\.168\.1\.300/)
    assert.equal(world.wishes.length, 0)
  })
})
