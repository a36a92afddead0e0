import assert from "node:assert/strict"
import { test } from "node:test"
import {
  certificateNames,
  controlArguments,
  controlParts,
  identities,
  kubeconfig,
  tokenFile,
} from "../../lab/control-config.ts"
import { type NodeSettings, nodeFiles } from "../../lab/node-config.ts"
import { nodeOf, planLab } from "../../lab/plan.ts"

const plan = planLab("lb", 2, 1)
const settings: NodeSettings = {
  node: nodeOf(plan, "n2"),
  folder: "/lab/nodes/n2",
  runc: "/usr/sbin/runc",
  proxy: "iptables",
  cgroupVersion: 1,
}

function file(name: string, changed: Partial<NodeSettings> = {}): string {
  const text = nodeFiles({ ...settings, ...changed })[name]
  assert.ok(text, `${name} is written`)
  return text
}

test("the kubelet keeps Kubernetes' own timing, so that a dead node is noticed as late as in production", () => {
  const kubelet = JSON.parse(file("kubelet.yaml"))
  assert.equal(kubelet.nodeStatusUpdateFrequency, undefined)
  assert.equal(kubelet.nodeLeaseDurationSeconds, undefined)
  const manager = controlArguments("kube-controller-manager", plan, folders).join(" ")
  assert.doesNotMatch(manager, /grace|monitor-period/)
})

test("cgroup version 1 is allowed to the kubelet where the machine has it, and not named where it has version 2", () => {
  assert.equal(JSON.parse(file("kubelet.yaml")).failCgroupV1, false)
  assert.equal("failCgroupV1" in JSON.parse(file("kubelet.yaml", { cgroupVersion: 2 })), false)
})

test("a node's pods get both families from the node's own ranges", () => {
  const [bridge] = JSON.parse(file("cni/10-pods.conflist")).plugins
  assert.deepEqual(bridge.ipam.ranges, [[{ subnet: "10.244.2.0/24" }], [{ subnet: "fd00:10:244:2::/64" }]])
})

test("containerd keeps its images on the node's disk and its sockets in the node's memory", () => {
  const text = file("containerd.toml")
  assert.match(text, /^root = "\/lab\/nodes\/n2\/containerd"$/m)
  assert.match(text, /^state = "\/run\/containerd"$/m)
  assert.match(text, /sandbox_image = "lab\.local\/pause:1"/)
})

test("kube-proxy changes no sysctl of the whole kernel, in either mode", () => {
  for (const proxy of ["iptables", "nftables"] as const) {
    const config = JSON.parse(file("kube-proxy.yaml", { proxy }))
    assert.equal(config.mode, proxy)
    assert.deepEqual(config.conntrack, {
      maxPerCore: 0,
      min: 0,
      tcpEstablishedTimeout: "0s",
      tcpCloseWaitTimeout: "0s",
    })
  }
})

const folders = { pki: "/lab/pki", control: "/lab/control", etcd: "/lab/etcd", logs: "/lab/log" }

test("every node's kubelet is a user of its own, in the group that the node authorizer knows", () => {
  const users = identities(plan).map(({ user, groups }) => `${user} ${groups.join(",")}`.trim())
  assert.deepEqual(users, [
    "admin system:masters",
    "system:kube-controller-manager",
    "system:kube-scheduler",
    "system:kube-proxy",
    "system:node:n1 system:nodes",
    "system:node:n2 system:nodes",
  ])
})

test("the token file has one line a user: token, name, uid and quoted groups", () => {
  const [admin] = identities(plan)
  assert.ok(admin)
  assert.equal(tokenFile([{ identity: admin, token: "abc" }]), 'abc,admin,admin,"system:masters"\n')
})

test("the API server's certificate is good for every address a kubeconfig or a pod uses", () => {
  const names = certificateNames(plan).split(",")
  for (const address of ["192.168.1.100", "169.254.77.6", "10.96.0.1", "fd00:10:96::1", "127.0.0.1"]) {
    assert.ok(names.includes(`IP:${address}`), address)
  }
  assert.ok(names.includes("DNS:kubernetes.default.svc"))
})

test("a kubeconfig carries the certificate inside, so that it can be used from any folder", () => {
  const config = JSON.parse(kubeconfig(plan, plan.hostLink.controlPlane, "CERTIFICATE", "abc"))
  const [{ cluster }] = config.clusters
  assert.equal(cluster.server, "https://169.254.77.6:6443")
  assert.equal(Buffer.from(cluster["certificate-authority-data"], "base64").toString(), "CERTIFICATE")
  assert.equal(config.users[0].user.token, "abc")
  assert.equal(config.contexts[0].name, config["current-context"])
})

test("the API server listens on every address of its namespace and tells the cluster the one on the LAN", () => {
  const args = controlArguments("kube-apiserver", plan, folders)
  assert.ok(args.includes("--advertise-address=192.168.1.100"))
  assert.equal(
    args.some(arg => arg.startsWith("--bind-address")),
    false,
  )
})

test("no part of the control plane waits for a leader's lease", () => {
  for (const part of controlParts.filter(name => name === "kube-controller-manager" || name === "kube-scheduler")) {
    assert.ok(controlArguments(part, plan, folders).includes("--leader-elect=false"), part)
  }
})
