import assert from "node:assert/strict"
import { dirname } from "node:path"
import { describe, it, test } from "node:test"
import { mostBytes } from "../../../agent/ports/kept-file.ts"
import { excludeFile } from "../../../agent/speaker/excluded-interfaces.ts"
import { embeddedManifests, embeddedVersion } from "../../../plugin/cluster/embedded.ts"
import {
  at,
  isList,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  textAt,
} from "../../../plugin/cluster/json.ts"
import { readManifests } from "../../../plugin/cluster/manifest.ts"
import { containersOf } from "../../../plugin/cluster/objects.ts"
import { readDocuments } from "../../../plugin/cluster/yaml.ts"

const objects = readManifests(embeddedManifests(), { namespace: "metallb-system", image: undefined }).map(
  ({ object }) => object,
)
const ofKind = (kind: string) => objects.filter(object => object["kind"] === kind)
const named = (kind: string, name: string): JsonObject =>
  ofKind(kind).find(object => textAt(object, "metadata", "name") === name) ?? assert.fail(`no ${kind} ${name}`)
const crds = ofKind("CustomResourceDefinition")
const [controller, speaker] = [named("Deployment", "controller"), named("DaemonSet", "speaker")]
const pods = [controller, speaker].map(workload => at(workload, "spec", "template", "spec"))

/** Every map inside a value, with its path. */
const mapsIn = (value: Json, path = ""): readonly { readonly path: string; readonly map: JsonObject }[] =>
  isList(value)
    ? value.flatMap((item, place) => mapsIn(item, `${path}[${place}]`))
    : isObject(value)
      ? [{ path, map: value }, ...Object.entries(value).flatMap(([key, child]) => mapsIn(child, `${path}.${key}`))]
      : []

describe("manifests of the agents", () => {
  it("there is no webhook, no certificate, no Secret and no Service", () => {
    const kinds = new Set(objects.map(object => object["kind"]))
    assert.deepEqual([...kinds].sort(), [
      "ClusterRole",
      "ClusterRoleBinding",
      "CustomResourceDefinition",
      "DaemonSet",
      "Deployment",
      "Namespace",
      "Role",
      "RoleBinding",
      "ServiceAccount",
    ])
  })

  it("both run as nobody special, read-only, without escalation, under the runtime's seccomp profile", () => {
    for (const pod of pods) {
      assert.deepEqual(mapAt(pod, "securityContext"), {
        runAsNonRoot: true,
        runAsUser: 65532,
        runAsGroup: 65532,
        fsGroup: 65532,
        seccompProfile: { type: "RuntimeDefault" },
      })
      const context = mapAt(pod, "containers", 0, "securityContext")
      assert.equal(context["allowPrivilegeEscalation"], false)
      assert.equal(context["readOnlyRootFilesystem"], true)
      assert.deepEqual(at(context, "capabilities", "drop"), ["ALL"])
      assert.equal(context["privileged"], undefined)
    }
  })

  it("the speaker alone adds a capability, NET_RAW, and shares the node's network", () => {
    const [ofController, ofSpeaker] = pods
    assert.equal(at(ofController, "containers", 0, "securityContext", "capabilities", "add"), undefined)
    assert.deepEqual(at(ofSpeaker, "containers", 0, "securityContext", "capabilities", "add"), ["NET_RAW"])
    assert.deepEqual([at(ofController, "hostNetwork"), at(ofSpeaker, "hostNetwork")], [undefined, true])
    for (const probe of ["readinessProbe", "livenessProbe"])
      assert.equal(at(ofSpeaker, "containers", 0, probe, "httpGet", "host"), "127.0.0.1")
  })

  it("memory is limited, CPU is not; probes begin at once; the end takes at most five seconds", () => {
    for (const pod of pods) {
      assert.deepEqual(Object.keys(mapAt(pod, "containers", 0, "resources", "limits")), ["memory"])
      for (const probe of ["readinessProbe", "livenessProbe"])
        assert.equal(at(pod, "containers", 0, probe, "initialDelaySeconds"), undefined)
      assert.equal(at(pod, "containers", 0, "readinessProbe", "periodSeconds"), 1)
      assert.equal(at(pod, "terminationGracePeriodSeconds"), 5)
      assert.equal(at(pod, "volumes", 0, "name"), "run")
      assert.equal(at(pod, "volumes", 0, "emptyDir", "medium"), "Memory")
    }
    assert.equal(listAt(pods[0], "volumes").length, 1)
  })

  it("they outlive a busy node and leave a dead one: priority classes, tolerations, one update at a time", () => {
    assert.deepEqual(
      pods.map(pod => textAt(pod, "priorityClassName")),
      ["system-cluster-critical", "system-node-critical"],
    )
    for (const key of ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"])
      assert.ok(
        listAt(pods[0], "tolerations").some(
          one => textAt(one, "key") === key && at(one, "effect") === "NoExecute" && at(one, "tolerationSeconds") === 30,
        ),
        key,
      )
    assert.deepEqual(
      listAt(pods[1], "tolerations").map(one => textAt(one, "key")),
      ["node-role.kubernetes.io/master", "node-role.kubernetes.io/control-plane"],
    )
    assert.deepEqual(at(speaker, "spec", "updateStrategy"), {
      type: "RollingUpdate",
      rollingUpdate: { maxUnavailable: 1 },
    })
    assert.equal(at(controller, "spec", "replicas"), 1)
    const { type, rollingUpdate } = (at(controller, "spec", "strategy") ?? {}) as {
      type?: string
      rollingUpdate?: object
    }
    assert.equal(type, "RollingUpdate")
    assert.deepEqual(
      rollingUpdate,
      { maxSurge: 1, maxUnavailable: 0 },
      "the new one warms up while the old one holds the Lease",
    )
    assert.ok(
      !(at(controller, "spec", "template", "spec", "containers", 0, "args") as string[]).includes(
        "--leader-elect=false",
      ),
    )
  })

  it("speakers know each other: the pod's address, the port and the labels are MetalLB's, and the secret may come later", () => {
    const [ofController, ofSpeaker] = pods
    const env = (pod: Json | undefined) =>
      new Map(listAt(pod, "containers", 0, "env").map(entry => [textAt(entry, "name"), entry]))
    const variables = env(ofSpeaker)
    assert.equal(textAt(variables.get("METALLB_ML_BIND_ADDR"), "valueFrom", "fieldRef", "fieldPath"), "status.podIP")
    assert.equal(textAt(variables.get("METALLB_ML_BIND_PORT"), "value"), "7946")
    assert.equal(textAt(variables.get("METALLB_ML_LABELS"), "value"), "app=metallb,component=speaker")
    const folder = textAt(variables.get("METALLB_ML_SECRET_KEY_PATH"), "value")
    const mounts = listAt(ofSpeaker, "containers", 0, "volumeMounts")
    const mount = mounts.find(entry => textAt(entry, "mountPath") === folder)
    const volume = listAt(ofSpeaker, "volumes").find(entry => textAt(entry, "name") === textAt(mount, "name"))
    const name = textAt(env(ofController).get("METALLB_ML_SECRET_NAME"), "value")
    assert.deepEqual(at(volume, "secret"), { secretName: name, optional: true })
    const ports = listAt(ofSpeaker, "containers", 0, "ports").filter(entry => at(entry, "containerPort") === 7946)
    assert.deepEqual(ports.map(entry => textAt(entry, "protocol")).sort(), ["TCP", "UDP"])
  })

  it("what outlives a container has room for itself and for what replaces it, well within the memory limit", () => {
    const mebi = (text: string) => Number(/^([0-9]+)Mi$/.exec(text)?.[1]) * 1024 * 1024
    const room = mebi(textAt(pods[1], "volumes", 0, "emptyDir", "sizeLimit"))
    assert.ok(room >= 2 * mostBytes + 1024 * 1024, `${room} bytes`)
    assert.ok(4 * room <= mebi(textAt(pods[1], "containers", 0, "resources", "limits", "memory")))
  })

  it("MetalLB's list of interfaces to exclude is where the speaker reads it, where there is one", () => {
    const mounts = listAt(pods[1], "containers", 0, "volumeMounts")
    const mount = mounts.find(entry => textAt(entry, "mountPath") === dirname(excludeFile))
    const volume = listAt(pods[1], "volumes").find(entry => textAt(entry, "name") === textAt(mount, "name"))
    assert.deepEqual(at(volume, "configMap"), { name: "metallb-excludel2", optional: true })
    assert.equal(at(mount, "subPath"), undefined)
  })

  it("image and labels are those of this version and of MetalLB's selectors", () => {
    for (const [workload, component] of [
      [controller, "controller"],
      [speaker, "speaker"],
    ] as const) {
      assert.equal(
        textAt(workload, "spec", "template", "spec", "containers", 0, "image"),
        `ghcr.io/kubectl-metallb/agent:${embeddedVersion()}`,
      )
      assert.deepEqual(at(workload, "spec", "selector", "matchLabels"), { app: "metallb", component })
      const args = listAt(workload, "spec", "template", "spec", "containers", 0, "args").map(String)
      assert.ok(args.includes(`--mode=${component}`))
      // V8's flags count only in front of the program.
      const program = args.indexOf("/app/agent.cjs")
      assert.ok(args.findIndex(arg => arg.startsWith("--max-old-space-size")) < program && program < args.length - 1)
    }
  })

  it("the namespace admits what the speaker needs", () => {
    const labels = mapAt(named("Namespace", "metallb-system"), "metadata", "labels")
    assert.equal(labels["pod-security.kubernetes.io/enforce"], "privileged")
  })

  it("no permission is a wildcard but reading the group's own kinds, and Secrets are read by the speaker and made by the controller, in their own namespace alone", () => {
    for (const role of [...ofKind("ClusterRole"), ...ofKind("Role")])
      for (const rule of listAt(role, "rules")) {
        const verbs = listAt(rule, "verbs").map(String)
        const resources = listAt(rule, "resources").map(String)
        const isRead = verbs.every(verb => ["get", "list", "watch"].includes(verb))
        assert.ok(!verbs.includes("*"), JSON.stringify(rule))
        assert.ok(
          !resources.includes("*") || (isRead && textAt(rule, "apiGroups", 0) === "metallb.io"),
          JSON.stringify(rule),
        )
        const secrets = resources.some(resource => resource.startsWith("secrets"))
        const of = textAt(role, "kind") === "Role" ? textAt(role, "metadata", "name") : ""
        const mayMake = of === "controller" && verbs.join() === "create"
        assert.ok(!secrets || (isRead && of === "speaker") || mayMake, JSON.stringify(rule))
      }
  })

  it("every binding names a role and a service account that are there", () => {
    for (const binding of [...ofKind("ClusterRoleBinding"), ...ofKind("RoleBinding")]) {
      named(textAt(binding, "roleRef", "kind"), textAt(binding, "roleRef", "name"))
      for (const subject of listAt(binding, "subjects")) named(textAt(subject, "kind"), textAt(subject, "name"))
    }
  })

  it("another namespace and image reach every object", () => {
    const moved = readManifests(embeddedManifests(), { namespace: "lb", image: "registry.example/a:1" })
    for (const { object } of moved) {
      const text = JSON.stringify({ ...object, metadata: { ...mapAt(object, "metadata"), name: "" }, roleRef: {} })
      assert.doesNotMatch(text, /"metallb-system"|ghcr\.io/, textAt(object, "metadata", "name"))
    }
  })
})

describe("resource definitions", () => {
  it("are the nine kinds of the group and one of our own, namespaced, with a short name and a status", () => {
    assert.deepEqual(crds.map(crd => textAt(crd, "spec", "names", "kind")).sort(), [
      "AddressReservation",
      "BFDProfile",
      "BGPAdvertisement",
      "BGPPeer",
      "Community",
      "ConfigurationState",
      "IPAddressPool",
      "L2Advertisement",
      "ServiceBGPStatus",
      "ServiceL2Status",
    ])
    const shortNames = crds.map(crd => textAt(crd, "spec", "names", "shortNames", 0))
    assert.equal(new Set(shortNames).size, 10)
    for (const crd of crds) {
      assert.equal(textAt(crd, "metadata", "name"), `${textAt(crd, "spec", "names", "plural")}.metallb.io`)
      assert.equal(textAt(crd, "spec", "scope"), "Namespaced")
      assert.equal(at(crd, "spec", "conversion", "webhook"), undefined)
      const versions = listAt(crd, "spec", "versions")
      assert.equal(versions.filter(version => at(version, "storage") === true).length, 1)
      for (const version of versions) assert.notEqual(at(version, "subresources", "status"), undefined)
    }
  })

  it("every list that a person writes is bounded, so that validation has a bounded cost", () => {
    for (const crd of crds)
      for (const version of listAt(crd, "spec", "versions"))
        for (const { path, map } of mapsIn(at(version, "schema", "openAPIV3Schema", "properties", "spec"))) {
          if (map["type"] !== "array" || /matchExpressions|\.values/.test(path)) continue
          const limit = map["maxItems"]
          const bound = /[sS]electors$/.test(path) ? 64 : 512
          assert.ok(typeof limit === "number" && limit <= bound, `${textAt(crd, "metadata", "name")} ${path}`)
        }
  })

  it("every field has a description, and every rule a message of its own", () => {
    for (const crd of crds)
      for (const version of listAt(crd, "spec", "versions")) {
        const schema = at(version, "schema", "openAPIV3Schema")
        for (const { path, map } of mapsIn(schema)) {
          const isField =
            /\.properties\.[a-zA-Z0-9]+$/.test(path) && !/conditions|\.(apiVersion|kind|metadata)$/.test(path)
          if (isField) assert.ok(map["description"], `${textAt(crd, "metadata", "name")} ${path}`)
          if (map["rule"] !== undefined) assert.ok(textAt(map, "message").length > 10, path)
        }
      }
  })

  it("a kustomization names every manifest", () => {
    const files = embeddedManifests()
    const text = files.find(({ path }) => path === "kustomization.yaml")?.text ?? ""
    const listed = listAt(readDocuments(text)[0], "resources").map(String)
    const there = files
      .map(({ path }) => path)
      .filter(path => path === "namespace.yaml" || /^(crds|agent)\//.test(path))
    assert.deepEqual([...listed].sort(), there)
  })
})

test("with --bgp-passive speakers listen on port 179 with the capability for it, and the controller is as before", () => {
  const wishes = { namespace: "metallb-system", image: undefined }
  const containers = (passive: boolean, kind: string) =>
    readManifests(embeddedManifests(), { ...wishes, bgpPassive: passive }).flatMap(({ object }) =>
      object["kind"] === kind ? containersOf(object) : [],
    )
  const [speaker] = containers(true, "DaemonSet")
  assert.deepEqual(at(speaker, "securityContext", "capabilities"), {
    drop: ["ALL"],
    add: ["NET_RAW", "NET_BIND_SERVICE"],
  })
  assert.ok(listAt(speaker, "args").includes("--bgp-listen-port=179"))
  assert.deepEqual(containers(true, "Deployment"), containers(false, "Deployment"))
  assert.doesNotMatch(JSON.stringify(containers(false, "DaemonSet")), /NET_BIND_SERVICE|bgp-listen/)
})

test("with --placement balanced every speaker is told so, and nobody where it is left out", () => {
  const wishes = { namespace: "metallb-system", image: undefined }
  const told = (placement: "hash" | "balanced") =>
    readManifests(embeddedManifests(), { ...wishes, placement }).flatMap(({ object }) =>
      containersOf(object).flatMap(container =>
        listAt(container, "args")
          .filter(word => String(word).startsWith("--placement"))
          .map(word => `${object["kind"]} ${word}`),
      ),
    )
  assert.deepEqual(told("balanced"), ["DaemonSet --placement=balanced"])
  assert.deepEqual(told("hash"), [])
})

test("a speaker may keep the objects that say what it announces, of both kinds, and the controller those of the link alone", () => {
  const allowed = (role: string, verb: string) =>
    listAt(named("Role", role), "rules").flatMap(rule =>
      listAt(rule, "verbs").includes(verb) ? listAt(rule, "resources") : [],
    )
  for (const kind of ["servicel2statuses", "servicebgpstatuses"]) {
    for (const verb of ["list", "watch", "create", "delete"])
      assert.ok(allowed("speaker", verb).includes(kind), `${verb} ${kind}`)
    assert.ok(allowed("speaker", "patch").includes(`${kind}/status`), kind)
  }
  assert.ok(!allowed("controller", "delete").includes("servicebgpstatuses"))
})
