import { apiPort, type Plan, services } from "./plan.ts"

/** A user of the API, known by a token. */
export type Identity = { readonly file: string; readonly user: string; readonly groups: readonly string[] }

export const admin: Identity = { file: "admin", user: "admin", groups: ["system:masters"] }

/** Everyone who gets a kubeconfig: the administrator, the control plane's parts, kube-proxy and each node's kubelet. */
export function identities(plan: Plan): readonly Identity[] {
  return [
    admin,
    { file: "controller-manager", user: "system:kube-controller-manager", groups: [] },
    { file: "scheduler", user: "system:kube-scheduler", groups: [] },
    { file: "kube-proxy", user: "system:kube-proxy", groups: [] },
    ...plan.nodes.map(({ name }) => ({ file: name, user: `system:node:${name}`, groups: ["system:nodes"] })),
  ]
}

/** The API server's token file: token, user, uid and groups, one user a line. */
export function tokenFile(entries: readonly { readonly identity: Identity; readonly token: string }[]): string {
  return entries
    .map(({ identity: { user, file, groups }, token }) => `${token},${user},${file},"${groups.join(",")}"\n`)
    .join("")
}

/** A kubeconfig with one cluster; `certificate` is the text of the authority's certificate. */
export function kubeconfig(plan: Plan, server: string, certificate: string, token: string): string {
  const name = `lab-${plan.lab}`
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [
      {
        name,
        cluster: {
          server: `https://${server}:${apiPort}`,
          "certificate-authority-data": Buffer.from(certificate).toString("base64"),
        },
      },
    ],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  }
  return `${JSON.stringify(config, undefined, 2)}\n`
}

/** Names and addresses the API server's certificate is good for. */
export function certificateNames(plan: Plan): string {
  const names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"]
  const { controlPlane, hostLink } = plan
  const addresses = [
    "127.0.0.1",
    services.api4,
    services.api6,
    controlPlane.ipv4,
    controlPlane.ipv6,
    hostLink.controlPlane,
  ]
  return [...names.map(name => `DNS:${name}`), ...addresses.map(address => `IP:${address}`)].join(",")
}

/** One line for every request of a service account outside kube-system: what the tested programs asked for. */
export const auditPolicy = {
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  omitStages: ["RequestReceived"],
  rules: [
    { level: "None", userGroups: ["system:serviceaccounts:kube-system"] },
    { level: "Metadata", userGroups: ["system:serviceaccounts"] },
    { level: "None" },
  ],
} as const

/** Where the control plane's files lie. */
export type ControlFolders = {
  readonly pki: string
  readonly control: string
  readonly etcd: string
  readonly logs: string
}

export const controlParts = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const
export type ControlPart = (typeof controlParts)[number]

/** The command line of a part of the control plane. What is not named has Kubernetes' default. */
export function controlArguments(part: ControlPart, plan: Plan, folders: ControlFolders): readonly string[] {
  const { pki, control, etcd, logs } = folders
  const store = "http://127.0.0.1:2379"
  const peer = "http://127.0.0.1:2380"
  switch (part) {
    case "etcd":
      return [
        "--name=lab",
        `--data-dir=${etcd}`,
        `--listen-client-urls=${store}`,
        `--advertise-client-urls=${store}`,
        `--listen-peer-urls=${peer}`,
        `--initial-advertise-peer-urls=${peer}`,
        `--initial-cluster=lab=${peer}`,
        // A lab that loses its disk is made anew.
        "--unsafe-no-fsync",
        "--log-level=warn",
      ]
    case "kube-apiserver":
      return [
        `--etcd-servers=${store}`,
        `--advertise-address=${plan.controlPlane.ipv4}`,
        `--secure-port=${apiPort}`,
        `--tls-cert-file=${pki}/api.crt`,
        `--tls-private-key-file=${pki}/api.key`,
        "--service-account-issuer=https://kubernetes.default.svc",
        `--service-account-key-file=${pki}/service-account.key`,
        `--service-account-signing-key-file=${pki}/service-account.key`,
        `--service-cluster-ip-range=${services.ipv4},${services.ipv6}`,
        `--token-auth-file=${control}/tokens.csv`,
        "--authorization-mode=Node,RBAC",
        "--enable-admission-plugins=NodeRestriction",
        "--allow-privileged=true",
        "--kubelet-preferred-address-types=InternalIP",
        // There is no kube-proxy beside the API server, so webhooks are called at the pod's address.
        "--enable-aggregator-routing=true",
        `--audit-policy-file=${control}/audit.json`,
        `--audit-log-path=${logs}/audit.log`,
        "--audit-log-maxsize=2000",
      ]
    case "kube-controller-manager":
      return [
        `--kubeconfig=${control}/controller-manager.kubeconfig`,
        "--leader-elect=false",
        `--service-account-private-key-file=${pki}/service-account.key`,
        `--root-ca-file=${pki}/ca.crt`,
        "--use-service-account-credentials=true",
        "--bind-address=127.0.0.1",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
      ]
    case "kube-scheduler":
      return [
        `--kubeconfig=${control}/scheduler.kubeconfig`,
        "--leader-elect=false",
        "--bind-address=127.0.0.1",
        "--kube-api-qps=200",
        "--kube-api-burst=400",
      ]
  }
}
