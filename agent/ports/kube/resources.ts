/** Paths of the kinds that the agent reads and writes. https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
const metallb = (namespace: string, plural: string): string =>
  `/apis/metallb.io/v1beta1/namespaces/${namespace}/${plural}`

export const paths = {
  services: "/api/v1/services",
  serviceStatus: (namespace: string, name: string): string => `/api/v1/namespaces/${namespace}/services/${name}/status`,
  endpointSlices: "/apis/discovery.k8s.io/v1/endpointslices",
  nodes: "/api/v1/nodes",
  namespaces: "/api/v1/namespaces",
  pods: (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`,
  configMaps: (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`,
  pools: (namespace: string): string => metallb(namespace, "ipaddresspools"),
  poolStatus: (namespace: string, name: string): string => `${metallb(namespace, "ipaddresspools")}/${name}/status`,
  l2Advertisements: (namespace: string): string => metallb(namespace, "l2advertisements"),
  /** The version that is stored; objects written through v1beta1 are served in it too. */
  bgpPeers: (namespace: string): string => `/apis/metallb.io/v1beta2/namespaces/${namespace}/bgppeers`,
  bgpAdvertisements: (namespace: string): string => metallb(namespace, "bgpadvertisements"),
  bfdProfiles: (namespace: string): string => metallb(namespace, "bfdprofiles"),
  communities: (namespace: string): string => metallb(namespace, "communities"),
  configStatus: (namespace: string, kind: ConfigKind, name: string): string =>
    `${paths[configLists[kind]](namespace)}/${name}/status`,
  reservations: (namespace: string): string => metallb(namespace, "addressreservations"),
  reservationStatus: (namespace: string, name: string): string =>
    `${metallb(namespace, "addressreservations")}/${name}/status`,
  secrets: (namespace: string): string => `/api/v1/namespaces/${namespace}/secrets`,
  serviceL2Statuses: (namespace: string): string => metallb(namespace, "servicel2statuses"),
  serviceL2Status: (namespace: string, name: string): string => `${metallb(namespace, "servicel2statuses")}/${name}`,
  serviceBgpStatuses: (namespace: string): string => metallb(namespace, "servicebgpstatuses"),
  leases: (namespace: string): string => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`,
  configurationStates: (namespace: string): string => metallb(namespace, "configurationstates"),
} as const

/** The kinds of the configuration as problems name them, and where their objects are. */
const configLists = {
  ipaddresspool: "pools",
  l2advertisement: "l2Advertisements",
  bgppeer: "bgpPeers",
  bgpadvertisement: "bgpAdvertisements",
  bfdprofile: "bfdProfiles",
  community: "communities",
} as const

export type ConfigKind = keyof typeof configLists
