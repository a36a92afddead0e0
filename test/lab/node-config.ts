import { clusterPods, type NodeHost } from "./plan.ts"

export const pauseImage = "lab.local/pause:1"
export type ProxyMode = "iptables" | "nftables"

/** What differs between nodes and machines; paths are absolute. */
export type NodeSettings = {
  readonly node: NodeHost
  /** Folder of the node that survives a power-off. */
  readonly folder: string
  readonly runc: string
  readonly proxy: ProxyMode
  readonly cgroupVersion: 1 | 2
}

/** The node's configuration files by name: containerd's, the kubelet's, kube-proxy's and the pod network's. */
export function nodeFiles(settings: NodeSettings): Readonly<Record<string, string>> {
  const json = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`
  return {
    "containerd.toml": containerd(settings),
    "kubelet.yaml": json(kubelet(settings)),
    "kube-proxy.yaml": json(kubeProxy(settings)),
    "cni/10-pods.conflist": json(podNetwork(settings.node)),
    "node-ip": `${settings.node.ipv4},${settings.node.ipv6}\n`,
  }
}

/** CNI plugins of Debian's package containernetworking-plugins. */
export const cniPlugins = "/usr/lib/cni"

function containerd({ folder, runc }: NodeSettings): string {
  return `version = 2
root = "${folder}/containerd"
state = "/run/containerd"
[grpc]
  address = "/run/containerd/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  disable_apparmor = true
  # Without CAP_SYS_RESOURCE, which a container or VM often lacks, no oom_score_adj can be lowered and every sandbox fails.
  restrict_oom_score_adj = true
  tolerate_missing_hugetlb_controller = true
  stream_server_address = "127.0.0.1"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = "${runc}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniPlugins}"
    conf_dir = "${folder}/cni"
`
}

function podNetwork(node: NodeHost) {
  return {
    cniVersion: "1.0.0",
    name: "pods",
    plugins: [
      {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        mtu: 1500,
        ipam: {
          type: "host-local",
          dataDir: "/var/lib/cni/networks",
          ranges: [[{ subnet: node.pods4 }], [{ subnet: node.pods6 }]],
          routes: [{ dst: "0.0.0.0/0" }, { dst: "::/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  }
}

function kubelet({ node, cgroupVersion }: NodeSettings) {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: node.ipv4,
    // Anyone on the lab's LAN may ask the kubelet: it saves the API server a client certificate for logs and exec.
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    cgroupDriver: "cgroupfs",
    ...(cgroupVersion === 1 ? { failCgroupV1: false } : {}),
    failSwapOn: false,
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    clusterDomain: "cluster.local",
    enforceNodeAllocatable: ["pods"],
    // All nodes share one disk, and a machine that is rather full is no reason to evict.
    evictionHard: { "nodefs.available": "1%", "imagefs.available": "1%", "memory.available": "100Mi" },
    imageGCHighThresholdPercent: 100,
    // Without CAP_SYS_RESOURCE limits cannot be raised.
    maxOpenFiles: 20000,
    oomScoreAdj: 0,
    podLogsDir: "/var/log/pods",
    registerNode: true,
    resolvConf: "/etc/resolv.conf",
    serializeImagePulls: false,
  }
}

function kubeProxy({ node, folder, proxy }: NodeSettings) {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    mode: proxy,
    hostnameOverride: node.name,
    clusterCIDR: `${clusterPods.ipv4},${clusterPods.ipv6}`,
    bindAddress: node.ipv4,
    clientConnection: { kubeconfig: `${folder}/kube-proxy.kubeconfig` },
    // These are sysctls of the whole kernel: zero leaves the machine's own as they are.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    oomScoreAdj: 0,
    metricsBindAddress: "127.0.0.1:10249",
  }
}
