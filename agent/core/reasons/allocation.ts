import type { Reason } from "./reason.ts"

/** Reasons about which address is given, and why another is not (ML100 to ML145). */
export const allocationReasons = {
  ML100: {
    title: "Address given",
    short: "{addresses}: lowest free",
    meaning: "The lowest free address of the first pool that may serve the service.",
    fix: "",
  },
  ML101: {
    title: "Pool is full",
    short: "full: {used} of {size} held",
    meaning: "All addresses of the family are held.",
    fix: "kubectl metallb pools add {pool} --range FIRST-LAST",
  },
  ML102: {
    title: "Pool gives addresses only on request",
    short: "autoAssign is off",
    meaning: "autoAssign is false: the pool serves services that name it or one of its addresses.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/address-pool={pool}",
  },
  ML103: {
    title: "Pool has no addresses of the family",
    short: "no {family} range, the service asks for {asked}",
    meaning: "The pool has no range of a family that the service needs.",
    fix: "kubectl metallb pools add {pool} --range FIRST-LAST with {family} addresses, or change spec.ipFamilies of service {service}",
  },
  ML104: {
    title: "Pool does not serve the namespace",
    short: "does not serve namespace {namespace}",
    meaning: "serviceAllocation allows other namespaces, by name or by namespaceSelectors.",
    fix: "kubectl edit ipaddresspool {pool} -n {install}: add {namespace} to spec.serviceAllocation.namespaces",
  },
  ML105: {
    title: "Pool does not serve services with these labels",
    short: "service labels match none of {selectors}",
    meaning: "None of the pool's serviceAllocation.serviceSelectors matches the labels of the service.",
    fix: "kubectl label service {service} -n {namespace} KEY=VALUE, as one of the selectors asks",
  },
  ML106: {
    title: "Not tried: an earlier pool had room",
    short: "an earlier pool had room",
    meaning: "Pools are tried in order: restricted pools by priority, then open pools by name.",
    fix: "",
  },
  ML107: {
    title: "Not tried: the service asks for something else",
    short: "the service asks for {asked}",
    meaning: "An annotation or spec.loadBalancerIP names another pool or an address outside this one.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/address-pool- metallb.io/loadBalancerIPs-",
  },
  ML108: {
    title: "Pool asked for does not exist",
    short: "no valid pool is named {pool}",
    meaning: "The valid configuration has no pool of the name in the annotation address-pool.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/address-pool=POOL, or kubectl metallb pools add {pool} --range FIRST-LAST",
  },
  ML109: {
    title: "Address asked for is in no pool",
    short: "{address} is in no pool",
    meaning: "The address asked for is outside every pool.",
    fix: "kubectl metallb pools add NAME --range {address}-{address}, or ask for an address that kubectl metallb pools lists",
  },
  ML110: {
    title: "Addresses asked for are in different pools",
    short: "{addresses} are in different pools",
    meaning: "Both addresses of a service come from one pool.",
    fix: "ask for two addresses of one pool; kubectl metallb pools lists them",
  },
  ML111: {
    title: "Address is held by another service",
    short: "{address} is held by {holders}",
    meaning: "A service has the address, and not both have a sharing key.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/allow-shared-ip=KEY, the same on {holders}; or ask for another address",
  },
  ML112: {
    title: "Address is shared under another key",
    short: '{address} is shared under the key "{theirs}", not "{ours}"',
    meaning: "Services share an address only under the same value of the annotation allow-shared-ip.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/allow-shared-ip={theirs}",
  },
  ML113: {
    title: "Services on one address need the same endpoints",
    short: "{address} is held by {holders} with other endpoints",
    meaning: "With externalTrafficPolicy Local only services with the same policy and selector may share an address.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"externalTrafficPolicy":"Cluster"}}\', the same on {holders}',
  },
  ML114: {
    title: "Port is taken on the shared address",
    short: "{ports} on {address} belongs to {holders}",
    meaning: "Services on one address need different ports (TCP and UDP count apart).",
    fix: "give service {service} in namespace {namespace} another port, or another address",
  },
  ML115: {
    title: "Pool avoids addresses that end in .0 or .255",
    short: "pool {pool} avoids {address}",
    meaning: "avoidBuggyIPs is set on the pool, so the first and last address of every /24 is never given.",
    fix: 'ask for another address, or kubectl patch ipaddresspool {pool} -n {install} --type=merge -p \'{"spec":{"avoidBuggyIPs":false}}\'',
  },
  ML116: {
    title: "Pool and address asked for disagree",
    short: "{address} is in pool {pool}, the service asks for pool {asked}",
    meaning: "The annotations address-pool and loadBalancerIPs contradict each other.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/address-pool={pool}",
  },
  ML117: {
    title: "There is no pool",
    short: "no pool",
    meaning: "No IPAddressPool and no entry of the ConfigMap can be used.",
    fix: "kubectl metallb pools add public --range FIRST-LAST",
  },
  ML118: {
    title: "No pool can give an address",
    short: "{pools}",
    meaning: "Every pool was turned down; each has its own reason.",
    fix: "kubectl metallb why-ip {service} -n {namespace}",
  },
  ML119: {
    title: "Address kept",
    short: "{addresses} kept",
    meaning: "What the service has is still in a pool that may serve it and is still what it asks for.",
    fix: "",
  },
  ML120: {
    title: "Address kept while the configuration is in doubt",
    short: "{addresses} kept: {doubt}",
    meaning:
      "No valid pool has the address for this service, but part of the configuration is broken or unread; an address is cleared only by a valid configuration that excludes it.",
    fix: "kubectl describe configurationstate controller -n metallb-system shows what is wrong; mend it, or remove the broken object",
  },
  ML121: {
    title: "Address is in no pool any more",
    short: "{addresses} is in no pool any more",
    meaning: "The valid configuration does not contain the address.",
    fix: "kubectl metallb pools add POOL --range FIRST-LAST brings it back",
  },
  ML122: {
    title: "Service asks for another address or pool now",
    short: "has {addresses}, asks for {asked}",
    meaning: "What the service has is not what its annotations or spec.loadBalancerIP ask for.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/address-pool- metallb.io/loadBalancerIPs- lets it keep what it has",
  },
  ML123: {
    title: "Addresses do not fit the families of the service",
    short: "has {addresses}, is {families}",
    meaning: "The families of the addresses and of the cluster IPs differ.",
    fix: "kubectl get service {service} -n {namespace} -o jsonpath='{.spec.ipFamilies}' shows the families it has now",
  },
  ML124: {
    title: "Address shared",
    short: "{addresses}: shared with {holders}",
    meaning: "The lowest address that is free or may be shared is held by services with the same key and other ports.",
    fix: "",
  },
  ML125: {
    title: "Second family could not be added",
    short: "pool {pool} cannot add {family}: {why}",
    meaning: "The service prefers two families, has an address of one, and its pool cannot give the other.",
    fix: "kubectl metallb pools add {pool} --range FIRST-LAST with {family} addresses",
  },
  ML126: {
    title: "Address was given to another service before",
    short: "{address} belongs to {holders}, which was given it before",
    meaning:
      "Two services carry the address, as happens when a controller writes that leads no more. Who was given it first keeps it (by the API server's time of the write, then the older service, then by name), and the other gets another one.",
    fix: "kubectl metallb why-ip {address} shows both",
  },
  ML127: {
    title: "Configuration is not known yet",
    short: "the configuration is not known yet",
    meaning: "Nothing is given or taken before the pools are read.",
    fix: "kubectl metallb status shows which read fails",
  },
  ML128: {
    title: "Address belongs to a service of another load balancer",
    short: "{address} is in the status of {holders}",
    meaning: "The address is in the status of a service that this installation does not serve.",
    fix: "ask for another address, or take {address} out of the pool",
  },
  ML129: {
    title: "Address is free",
    short: "free",
    meaning: "Nobody holds it.",
    fix: "",
  },
  ML130: {
    title: "Address is held",
    short: "held by {holders}",
    meaning: "A service has it in its status.",
    fix: "",
  },
  ML131: {
    title: "Pool could have given an address",
    short: "has room",
    meaning: "The pool may serve the service and has a free address.",
    fix: "",
  },
  ML132: {
    title: "Address given as asked for",
    short: "{addresses}: asked for",
    meaning: "The service asks for this address, it is in a pool that may serve the service, and nobody else holds it.",
    fix: "",
  },
  ML133: {
    title: "Service needs no address any more",
    short: "type is {type}",
    meaning: "The service carries an address that this installation gave, and is no longer of type LoadBalancer.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"type":"LoadBalancer"}}\'',
  },
  ML134: {
    title: "Service prefers two families and has one",
    short: "one family of two: {why}",
    meaning: "No pool can give both families, so the service has an address of one.",
    fix: "kubectl metallb pools add {pool} --range FIRST-LAST of the other family",
  },
  ML135: {
    title: "Address belongs to a node",
    short: "{address} is an address of node {node}",
    meaning: "A node carries the address itself, so no service is given it unless it asks for this very address.",
    fix: "take {address} out of the pool",
  },
  ML136: {
    title: "Lowest free address",
    short: "lowest free",
    meaning: "The lowest address of the pool that was free when it was given.",
    fix: "",
  },
  ML137: {
    title: "Address it has already",
    short: "has it already",
    meaning: "A service keeps its address when a lower one becomes free.",
    fix: "",
  },
  ML138: {
    title: "Pool serves the service",
    short: "{why}",
    meaning: "The pool was chosen.",
    fix: "",
  },
  ML139: {
    title: "Address asked for",
    short: "asked for",
    meaning: "An annotation or spec.loadBalancerIP asks for this address.",
    fix: "",
  },
  ML140: {
    title: "Pool is draining",
    short: "draining: gives no new address",
    meaning:
      "spec.drain is set on the pool: services keep the addresses that they have from it, and nobody gets another one.",
    fix: "kubectl metallb pools undrain {pool}",
  },
  ML141: {
    title: "Free addresses are cooling",
    short: "every free {family} address was held less than {coolingTime} ago",
    meaning:
      "The pool gives an address again only when spec.coolingTime has passed since it was given back, so that stale ARP and DNS entries do not lead to another service. The service gets one as soon as the time is over.",
    fix: "kubectl metallb pools add {pool} --range FIRST-LAST, or wait",
  },
  ML142: {
    title: "Address given by the name of the service",
    short: "{addresses}: place of the service",
    meaning:
      "allocationOrder of the pool is random: namespace and name of the service decide where the search for a free address begins.",
    fix: "",
  },
  ML143: {
    title: "Address given that was held longest ago",
    short: "{addresses}: least recently used",
    meaning:
      "allocationOrder of the pool is least-recently-used: an address that was never held since the controller started, else the one given back longest ago.",
    fix: "",
  },
  ML144: {
    title: "Address by the name of the service",
    short: "place of the service",
    meaning: "allocationOrder of the pool is random, so lower addresses may be free.",
    fix: "",
  },
  ML145: {
    title: "Address that was held longest ago",
    short: "was held longest ago",
    meaning: "allocationOrder of the pool is least-recently-used, so lower addresses may be free.",
    fix: "",
  },
} as const satisfies Record<string, Reason>
