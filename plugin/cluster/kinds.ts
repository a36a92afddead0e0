/** Where the API server keeps a kind of object. */
export type Kind = {
  readonly apiVersion: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
}

const kind = (apiVersion: string, name: string, plural: string, namespaced = true): Kind => ({
  apiVersion,
  kind: name,
  plural,
  namespaced,
})

/** Every kind that the plugin reads or writes. */
export const kinds = {
  namespace: kind("v1", "Namespace", "namespaces", false),
  node: kind("v1", "Node", "nodes", false),
  pod: kind("v1", "Pod", "pods"),
  service: kind("v1", "Service", "services"),
  configMap: kind("v1", "ConfigMap", "configmaps"),
  secret: kind("v1", "Secret", "secrets"),
  event: kind("v1", "Event", "events"),
  serviceAccount: kind("v1", "ServiceAccount", "serviceaccounts"),
  replicationController: kind("v1", "ReplicationController", "replicationcontrollers"),
  deployment: kind("apps/v1", "Deployment", "deployments"),
  daemonSet: kind("apps/v1", "DaemonSet", "daemonsets"),
  replicaSet: kind("apps/v1", "ReplicaSet", "replicasets"),
  statefulSet: kind("apps/v1", "StatefulSet", "statefulsets"),
  endpointSlice: kind("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
  crd: kind("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", false),
  clusterRole: kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", false),
  clusterRoleBinding: kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", false),
  role: kind("rbac.authorization.k8s.io/v1", "Role", "roles"),
  roleBinding: kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
  validatingWebhook: kind(
    "admissionregistration.k8s.io/v1",
    "ValidatingWebhookConfiguration",
    "validatingwebhookconfigurations",
    false,
  ),
  accessReview: kind("authorization.k8s.io/v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews", false),
  pool: kind("metallb.io/v1beta1", "IPAddressPool", "ipaddresspools"),
  l2Advertisement: kind("metallb.io/v1beta1", "L2Advertisement", "l2advertisements"),
  bgpPeer: kind("metallb.io/v1beta2", "BGPPeer", "bgppeers"),
  bgpAdvertisement: kind("metallb.io/v1beta1", "BGPAdvertisement", "bgpadvertisements"),
  bfdProfile: kind("metallb.io/v1beta1", "BFDProfile", "bfdprofiles"),
  community: kind("metallb.io/v1beta1", "Community", "communities"),
  bgpStatus: kind("metallb.io/v1beta1", "ServiceBGPStatus", "servicebgpstatuses"),
  reservation: kind("metallb.io/v1beta1", "AddressReservation", "addressreservations"),
  l2Status: kind("metallb.io/v1beta1", "ServiceL2Status", "servicel2statuses"),
} as const satisfies Record<string, Kind>

/** The kind of an object as written in a manifest; undefined for one that the plugin does not know. */
export const kindOf = (apiVersion: string, name: string): Kind | undefined =>
  Object.values(kinds).find(known => known.kind === name && known.apiVersion === apiVersion)

/** Path of one object or, without a name, of all of them; without a namespace those of every namespace. */
export const pathOf = (of: Kind, namespace?: string, name?: string): string => {
  const base = of.apiVersion.includes("/") ? `/apis/${of.apiVersion}` : `/api/${of.apiVersion}`
  const scope = of.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ""
  return `${base}${scope}/${of.plural}${name === undefined ? "" : `/${encodeURIComponent(name)}`}`
}
