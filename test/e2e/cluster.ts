import { strict as assert } from "node:assert"
import { join } from "node:path"
import { fetchFromOutside } from "../client/client.ts"
import { echoDeployment } from "../demo/manifests.ts"
import { down } from "../lab/cluster.ts"
import { type AttachOptions, Lab } from "../lab/lab.ts"
import { root } from "../run/places.ts"

export const installNamespace = "metallb-system"

type Ingress = { readonly ip?: string }
type ServiceObject = {
  readonly metadata: { readonly uid: string; readonly annotations?: Readonly<Record<string, string>> }
  readonly status: { readonly loadBalancer: { readonly ingress?: readonly Ingress[] } }
}

export type ServiceWish = {
  readonly name: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly spec?: Readonly<Record<string, unknown>>
}

/** A lab with the agents installed, and one namespace of it that belongs to one test file. */
export class Cluster {
  readonly lab: Lab
  readonly namespace: string

  private constructor(lab: Lab, namespace: string) {
    this.lab = lab
    this.namespace = namespace
  }

  /** Takes the running lab or starts one (and says which), installs the agents, and makes `namespace` with a deployment `echo`. */
  static async ready(namespace: string, wish: AttachOptions = {}): Promise<Cluster> {
    process.env["PATH"] = `${join(root, "dist")}:${process.env["PATH"] ?? ""}`
    const lab = await Lab.attachOrStart({ nodes: 4, ...wish })
    await lab.load(join(root, "dist/agent-image.tar"))
    await lab.mustKubectl(["metallb", "install", "--yes"], { timeoutMs: 180_000 })
    const cluster = new Cluster(lab, namespace)
    await cluster.remove()
    await lab.mustKubectl(["create", "namespace", namespace])
    await cluster.apply(echoDeployment("echo", "name"))
    await cluster.kubectl(["rollout", "status", "deployment/echo", "--timeout=120s"])
    return cluster
  }

  /** kubectl in this cluster's namespace; an Error when it fails. */
  kubectl(args: readonly string[]): Promise<string> {
    return this.lab.mustKubectl(["-n", this.namespace, ...args])
  }

  apply(object: { readonly metadata: object }): Promise<string> {
    return this.lab.apply({ ...object, metadata: { ...object.metadata, namespace: this.namespace } })
  }

  /** A Service of type LoadBalancer on port 80 that leads to the deployment `echo`. */
  expose(wish: ServiceWish): Promise<string> {
    return this.apply({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: wish.name, annotations: wish.annotations ?? {} },
      spec: { type: "LoadBalancer", selector: { app: "echo" }, ports: [{ port: 80, targetPort: 8080 }], ...wish.spec },
    } as { metadata: object })
  }

  /** A pool of resources with its advertisement in layer 2, in the agents' namespace; `more` is in the pool's spec. */
  async pool(name: string, addresses: readonly string[], more: object = {}): Promise<void> {
    const metadata = { name, namespace: installNamespace }
    await this.lab.apply([
      { apiVersion: "metallb.io/v1beta1", kind: "IPAddressPool", metadata, spec: { addresses, ...more } },
      { apiVersion: "metallb.io/v1beta1", kind: "L2Advertisement", metadata, spec: { ipAddressPools: [name] } },
    ])
  }

  async removePool(name: string): Promise<void> {
    await this.lab.mustKubectl([
      "-n",
      installNamespace,
      "delete",
      "ipaddresspool,l2advertisement",
      name,
      "--ignore-not-found",
    ])
  }

  /** The classic ConfigMap with this text, or none when undefined. */
  async classic(text: string | undefined): Promise<void> {
    if (text === undefined) {
      await this.lab.mustKubectl(["-n", installNamespace, "delete", "configmap", "config", "--ignore-not-found"])
      return
    }
    await this.lab.apply({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "config", namespace: installNamespace },
      data: { config: text },
    })
  }

  async service(name: string): Promise<ServiceObject> {
    return (await this.lab.get("-n", this.namespace, "service", name)) as ServiceObject
  }

  /** Addresses a service has now. */
  async addresses(name: string): Promise<readonly string[]> {
    const { status } = await this.service(name)
    return status.loadBalancer.ingress?.flatMap(entry => entry.ip ?? []) ?? []
  }

  /** Waits until the service has exactly these addresses. */
  async expectAddresses(name: string, expected: readonly string[], timeoutMs = 15_000): Promise<void> {
    await this.lab.waitFor(
      `service ${this.namespace}/${name} has ${expected.join(", ") || "no address"}`,
      async () => {
        const now = await this.addresses(name)
        if (now.join() === expected.join()) return true
        throw new Error(`it has ${now.join(", ") || "none"}`)
      },
      { timeoutMs },
    )
  }

  /** Waits until the outside client gets `count` answers in a row from an address; gives the names of the pods. */
  async expectAnswers(address: string, count = 3, timeoutMs = 20_000): Promise<readonly string[]> {
    return this.lab.waitFor(`${address} answers the outside client`, () => fetchFromOutside(this.lab, address, count), {
      timeoutMs,
    })
  }

  /** MACs that answer ARP for an address, asked twice by the outside client. */
  async macsOf(address: string): Promise<ReadonlySet<string>> {
    const { stdout, stderr } = await this.lab.client(["arping", "-c", "2", "-w", "2", "-I", "eth0", address])
    assert.match(stdout, /^Sent [12] probes/m, `arping did not ask: ${stderr}`)
    return new Set(
      stdout
        .toLowerCase()
        .match(/\[(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\]/g)
        ?.map(mac => mac.slice(1, -1)) ?? [],
    )
  }

  /** Reasons of the events of an object of this namespace, oldest first, with how often each was seen. */
  async events(
    name: string,
    namespace = this.namespace,
  ): Promise<readonly { reason: string; message: string; count: number }[]> {
    const list = (await this.lab.get("-n", namespace, "events", `--field-selector=involvedObject.name=${name}`)) as {
      items: { reason: string; message: string; count?: number; lastTimestamp?: string }[]
    }
    return list.items.map(({ reason, message, count }) => ({ reason, message, count: count ?? 1 }))
  }

  async waitForEvent(name: string, reason: string, timeoutMs = 15_000): Promise<string> {
    const found = await this.lab.waitFor(
      `an event ${reason} about ${name}`,
      async () => {
        const events = await this.events(name)
        const event = events.find(e => e.reason === reason)
        if (event === undefined) throw new Error(`there are ${events.map(e => e.reason).join(", ") || "none"}`)
        return event
      },
      { timeoutMs },
    )
    return found.message
  }

  /** Runs the plugin; gives exit code and output. */
  async plugin(
    args: readonly string[],
  ): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
    return this.lab.kubectl(["metallb", ...args, "-n", this.namespace], { timeoutMs: 60_000 })
  }

  /** The one pod of a component on a node (or anywhere), by name. */
  async agentPod(component: "controller" | "speaker", node?: string): Promise<string> {
    const where = node === undefined ? [] : [`--field-selector=spec.nodeName=${node}`]
    const out = await this.lab.mustKubectl([
      "-n",
      installNamespace,
      "get",
      "pods",
      "-l",
      `app=metallb,component=${component}`,
      ...where,
      "-o",
      "jsonpath={.items[*].metadata.name}",
    ])
    const [name, ...others] = out.trim().split(/\s+/)
    assert.ok(name !== undefined && name !== "" && others.length === 0, `one ${component} pod: ${out}`)
    return name
  }

  /** One field of a pod of the agents, by its JSONPath. */
  async #podField(pod: string, path: string): Promise<string> {
    const text = await this.lab.mustKubectl(["-n", installNamespace, "get", "pod", pod, "-o", `jsonpath={${path}}`])
    return text.trim()
  }

  /** How often the container of a pod was started again. */
  async restarts(pod: string): Promise<number> {
    return Number(await this.#podField(pod, ".status.containerStatuses[0].restartCount"))
  }

  /** Kills the agent process inside a pod with SIGKILL, as a crash would; kubelet starts it again. */
  async crash(pod: string): Promise<void> {
    const node = await this.#podField(pod, ".spec.nodeName")
    const id = await this.#podField(pod, ".status.containerStatuses[0].containerID")
    const before = await this.restarts(pod)
    const { code, stderr } = await this.lab.exec(node, [
      "ctr",
      "-n",
      "k8s.io",
      "tasks",
      "kill",
      "-s",
      "SIGKILL",
      id.replace("containerd://", ""),
    ])
    assert.equal(code, 0, stderr)
    await this.lab.waitFor(`${pod} was started again`, async () => (await this.restarts(pod)) > before, {
      timeoutMs: 60_000,
    })
  }

  /** Node that announces a service, by its ServiceL2Status. */
  async announcer(service: string): Promise<string> {
    const selector = `metallb.io/service-name=${service},metallb.io/service-namespace=${this.namespace}`
    return (
      await this.lab.mustKubectl([
        "-n",
        installNamespace,
        "get",
        "servicel2statuses",
        "-l",
        selector,
        "-o",
        "jsonpath={.items[*].status.node}",
      ])
    ).trim()
  }

  /** Deletes the namespace and everything in it. */
  async remove(): Promise<void> {
    await this.lab.mustKubectl([
      "delete",
      "namespace",
      this.namespace,
      "--ignore-not-found",
      "--wait=true",
      "--timeout=120s",
    ])
  }

  /** Ends the lab itself, for a program that started it. */
  async takeDown(): Promise<void> {
    await down(this.lab.plan.lab, { keep: false }, line => process.stderr.write(`lab: ${line}\n`))
  }
}
