/**
 * Every reason that a decision can carry, once. The agent's events and metrics, the plugin's `why-ip` and `explain`, and
 * docs/reasons.md are all printed from this table.
 *
 * Numbers: ML0xx service, ML1xx allocation, ML2xx configuration, ML3xx layer 2 announcement, ML4xx BGP (ML48x and ML49x
 * BFD), ML6xx cluster and installation, ML9xx the program itself. A number is never given a second meaning; a code that is no longer used stays listed as retired.
 * `title` and `meaning` are sentences for people; `short` is what a table row or an event says, and `fix` is what to type or
 * change ({name} placeholders of both are filled from the facts of the step, see sentence.ts). Without `short` the title is
 * said. A code that says "yes" has an empty fix.
 */
export type Reason = {
  readonly title: string
  readonly short?: string
  readonly meaning: string
  readonly fix: string
  readonly see?: string
}

const table = {
  ML001: {
    title: "Service is not of type LoadBalancer",
    meaning: "Only services of type LoadBalancer get an address from a pool.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"type":"LoadBalancer"}}\'',
  },
  ML002: {
    title: "Service belongs to another load balancer",
    meaning:
      "spec.loadBalancerClass names a class that this installation does not serve, so it is left to whoever does.",
    fix: "create the service again without spec.loadBalancerClass, or start the agents with --lb-class={class}",
  },
  ML201: {
    title: "Object cannot be read",
    meaning:
      "A field of the object does not have the type that its API promises, so nothing can be said about the object.",
    fix: "kubectl edit {kind} {name} -n {namespace}, and correct {field}",
  },
  ML202: {
    title: "Object is outside the installation's namespace",
    meaning: "Pools and advertisements are read from the namespace of the agents alone; this object has no effect.",
    fix: "create {kind} {name} in namespace {installNamespace}",
  },
  ML210: {
    title: "Addresses of a pool cannot be read",
    meaning: "An entry is neither a CIDR nor a range of two addresses of one family, so the whole pool is left out.",
    fix: "write the entry as a CIDR (192.168.1.0/24, fd00::/120) or as a range (192.168.1.11-192.168.1.13)",
  },
  ML211: {
    title: "Pool has no addresses",
    meaning: "A pool needs at least one CIDR or range.",
    fix: "add an entry to the addresses of pool {pool}, or delete the pool",
  },
  ML212: {
    title: "Pool overlaps itself",
    meaning: "Two entries of one pool share addresses, so the pool is left out.",
    fix: "remove or narrow {entry} in pool {pool}",
  },
  ML213: {
    title: "Pool overlaps an older pool",
    meaning:
      "An address belongs to one pool only. Of two overlapping pools the older one is used, of equally old ones the first by name.",
    fix: "remove {entry} from pool {pool}, or {otherEntry} from pool {other}",
  },
  ML214: {
    title: "Pool of the ConfigMap gives way to a resource",
    meaning:
      "An IPAddressPool covers addresses of this pool or has its name; the resource wins and the pool of the ConfigMap is left out.",
    fix: "remove pool {pool} from the ConfigMap, or remove {entry} from it",
  },
  ML215: {
    title: "Two pools of the ConfigMap have one name",
    meaning: "The name of a pool stands in annotations and advertisements, so the second pool is left out.",
    fix: "give the second pool {pool} another name",
  },
  ML216: {
    title: "No namespace may use the pool",
    meaning:
      "The pool is restricted to namespaces by label and no namespace carries the label, so no service gets an address from it.",
    fix: "kubectl label namespace NAME with the labels of {selectors}, or change the namespaceSelectors of pool {pool}",
  },
  ML217: {
    title: "Priority of a pool is negative",
    meaning: "0 is the lowest priority and among positive numbers the lower wins; a negative number counts as 0.",
    fix: "set serviceAllocation.priority of pool {pool} to 0 or more",
  },
  ML218: {
    title: "Allocation order cannot be used as written",
    meaning:
      "spec.allocationOrder is none that is known, or spec.coolingTime is no duration up to 168h or has no order to go with; the pool is used without it.",
    fix: "kubectl edit ipaddresspool {pool} -n {namespace}: allocationOrder lowest, random or least-recently-used; coolingTime such as 10m with the last of them",
  },
  ML219: {
    title: "Conflict check cannot be used as written",
    meaning: "spec.conflictCheck is none that is known; the pool is used as if it said auto.",
    fix: "kubectl edit ipaddresspool {pool} -n {namespace}: conflictCheck auto, icmp or none",
  },
  ML220: {
    title: "Label selector is not valid",
    meaning:
      "Kubernetes itself would refuse this selector, so what it means to select is unknown and the object is left out.",
    fix: "correct {field}: operators are In and NotIn with values, Exists and DoesNotExist without",
  },
  ML221: {
    title: "Something is listed twice",
    meaning: "The second mention changes nothing, but one of the two is probably meant to be something else.",
    fix: "remove {field} or correct it",
  },
  ML230: {
    title: "Advertisement names a pool that does not exist",
    meaning: "The name has no effect until a pool of that name is created.",
    fix: "kubectl get ipaddresspools -n {namespace}, and correct {field}",
  },
  ML231: {
    title: "Advertisement selects no pool",
    meaning: "No pool carries the labels that the advertisement selects, so it announces nothing.",
    fix: "kubectl label ipaddresspool NAME -n {namespace} with the labels of {selectors}, or name the pools in spec.ipAddressPools",
  },
  ML232: {
    title: "Weight of a preference is out of range",
    meaning: "A preferred node selector weighs 1 to 100; the advertisement is left out.",
    fix: "set {field} to a number from 1 to 100",
  },
  ML240: {
    title: "ConfigMap has no key config",
    meaning:
      "The configuration is the text under data.config; without that key nothing can be read from the ConfigMap.",
    fix: "put the text under data.config, or delete the ConfigMap {name}",
  },
  ML241: {
    title: "Text of the ConfigMap is not YAML",
    meaning: "The text under data.config cannot be parsed, so none of it is used.",
    fix: "kubectl edit configmap {name} -n {namespace}, and correct line {line} of data.config",
  },
  ML242: {
    title: "Unknown key in the ConfigMap",
    meaning: "The key has no meaning here and is ignored.",
    fix: "kubectl edit configmap {name} -n {namespace}, and correct line {line} of data.config; allowed keys: {allowed}",
  },
  ML243: {
    title: "Value in the ConfigMap is not allowed",
    meaning: "The value has another type than the key takes, or is not one of those that it allows.",
    fix: "kubectl edit configmap {name} -n {namespace}, and correct line {line} of data.config; allowed: {allowed}",
  },
  ML244: {
    title: "Required key is missing in the ConfigMap",
    meaning: "The entry cannot be used without the key.",
    fix: "kubectl edit configmap {name} -n {namespace}, and add {key} to the entry on line {line} of data.config",
  },
  ML245: {
    title: "Key of the ConfigMap lacks its colon",
    meaning:
      "YAML takes a word without a colon and a space behind it for text, so the lines below it lose their meaning.",
    fix: 'kubectl edit configmap {name} -n {namespace}, and write "{key}: " on line {line} of data.config',
  },
  ML246: {
    title: "Pool is announced by BGP only",
    meaning: "Its protocol is bgp, which is not built yet: services get its addresses, but no node announces them.",
    fix: "set protocol: layer2 for pool {pool} in the ConfigMap, or name the pool in an L2Advertisement",
  },
  ML247: {
    title: "Section of the ConfigMap is not used yet",
    meaning: "It is read and kept, and belongs to BGP, which is not built yet.",
    fix: "nothing to do for layer 2; remove the section to silence this warning",
  },
  ML250: {
    title: "Value is not allowed",
    meaning: "The field holds something that its kind of object does not take, so the object or the entry is left out.",
    fix: "set {field} of {kind} {name} to {allowed}",
  },
  ML251: {
    title: "Fields of a BGPPeer contradict each other",
    meaning: "Some fields exclude each other and of some exactly one is needed, so the peer is left out.",
    fix: "kubectl edit {kind} {name} -n {namespace}: one of peerASN and dynamicASN, one of peerAddress and interface, at most one of password and passwordSecret, ebgpMultiHop only for peers of another AS",
  },
  ML252: {
    title: "Timer of a BGPPeer is not allowed",
    meaning: "Sessions cannot be kept with this timer, so the peer is left out.",
    fix: "set {field} of {kind} {name} to {allowed}",
  },
  ML253: {
    title: "Two peers mean one session",
    meaning:
      "A router cannot tell two sessions apart that come from one node to one address and port, so the older peer is used.",
    fix: "delete {peer}, or give it a sourceAddress or nodeSelectors of its own",
  },
  ML254: {
    title: "BFDProfile does not exist",
    meaning: "The peer names a profile that is not there. Its session works without BFD until the profile is created.",
    fix: "create BFDProfile {profile} in namespace {namespace}, or remove {field} from {kind} {name}",
  },
  ML255: {
    title: "Password of a peer cannot be had",
    meaning:
      "A session with a password needs a Secret of type kubernetes.io/basic-auth with the key password in the namespace of the agents.",
    fix: "kubectl create secret generic {secret} -n {namespace} --type=kubernetes.io/basic-auth --from-literal=password=PASSWORD",
  },
  ML256: {
    title: "Field has no effect",
    meaning: "The field is accepted for the sake of old manifests and changes nothing.",
    fix: "remove {field} from {kind} {name}",
  },
  ML257: {
    title: "Timers of a BGP session are off",
    meaning:
      "With a hold time of 0s a dead peer is never noticed. Objects written through v1beta1 without timers carry 0s although nobody asked for it.",
    fix: "remove holdTime and keepaliveTime from {kind} {name}, or set holdTime: 90s",
  },
  ML258: {
    title: "Entry of the ConfigMap gives way to a resource",
    meaning: "A resource says the same or something else about it; the resource wins and the entry is left out.",
    fix: "remove {entry} from the ConfigMap; {other} is used",
  },
  ML261: {
    title: "Aggregate is larger than the pool",
    meaning:
      "A route of this length would claim addresses that the pool does not have, so the pool's addresses are announced one by one.",
    fix: "set {field} of {kind} {name} to {prefix} or more, or leave pool {pool} out of it",
  },
  ML262: {
    title: "Aggregation and service selectors exclude each other",
    meaning: "An aggregate covers every service in it, so it cannot be announced for some services only.",
    fix: "remove serviceSelectors or the aggregation lengths from {kind} {name}",
  },
  ML263: {
    title: "Two advertisements give one route different preferences",
    meaning:
      "A peer would get the same route with two local preferences; for this pool the older advertisement is used.",
    fix: "give {name} and {other} the same localPref, or peers, nodes or aggregation lengths of their own",
  },
  ML264: {
    title: "Community alias is not defined",
    meaning:
      "No Community defines the name, and without it the routes might go further than meant: nothing is announced.",
    fix: "define {community} in a Community in namespace {namespace}, or correct {field}",
  },
  ML265: {
    title: "Community cannot be read",
    meaning: "A community is two numbers up to 65535, or the word large and three numbers up to 4294967295.",
    fix: "write {field} as A:B or large:A:B:C",
  },
  ML266: {
    title: "Advertisement names a peer that does not exist",
    meaning: "The name has no effect until a BGPPeer of that name is created.",
    fix: "kubectl get bgppeers -n {namespace}, and correct {field}",
  },
  ML267: {
    title: "Community alias is defined twice",
    meaning: "A name means one community; the older definition is used.",
    fix: "remove {community} from {name} or from {other}",
  },
  ML268: {
    title: "BFD echo does not work over IPv6",
    meaning: "Echo packets exist for IPv4 only; the session uses BFD without them.",
    fix: "give {name} a BFDProfile without echoMode in the place of {profile}",
  },
  ML269: {
    title: "Two entries of the ConfigMap have one name",
    meaning: "The name stands in other entries, so the second one is left out.",
    fix: "give the second {entry} another name",
  },
  ML270: {
    title: "Community alias is not known at present",
    meaning: "Communities could not be read, so the alias may exist; the advertisement stays as it was known last.",
    fix: "kubectl get communities -n {namespace}; where the kind is not known: kubectl metallb install",
  },
  ML003: {
    title: "Service has no cluster IP",
    short: "no cluster IP (clusterIPs: {clusterIPs})",
    meaning: "The families of a service's addresses follow its cluster IPs, and it has none that can be read.",
    fix: "create the service again without clusterIP: None; kubectl get service {service} -n {namespace} -o jsonpath='{.spec.clusterIPs}' shows what it has",
  },
  ML004: {
    title: "Service requires two families but has one cluster IP",
    short: "RequireDualStack, but one cluster IP",
    meaning: "ipFamilyPolicy RequireDualStack needs a cluster IP of each family; the cluster gave one.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"ipFamilyPolicy":"PreferDualStack"}}\'',
  },
  ML005: {
    title: "Service has two cluster IPs but a single-stack policy",
    short: "two cluster IPs, ipFamilyPolicy {policy}",
    meaning: "With ipFamilyPolicy SingleStack and two cluster IPs nothing says which family is wanted.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"ipFamilyPolicy":"PreferDualStack"}}\'',
  },
  ML006: {
    title: "Address was written by somebody else",
    short: "{addresses} was written by somebody else",
    meaning:
      "The service carries an address that is in no pool and that this installation has no record of giving, so it is left alone.",
    fix: 'if nobody else serves it: kubectl patch service {service} -n {namespace} --subresource=status -p \'{"status":{"loadBalancer":null}}\'',
  },
  ML007: {
    title: "Addresses are asked for in two ways",
    short: "spec.loadBalancerIP and an annotation both ask",
    meaning: "Both spec.loadBalancerIP and the annotation metallb.io/loadBalancerIPs are set; one of them has to go.",
    fix: 'kubectl patch service {service} -n {namespace} -p \'{"spec":{"loadBalancerIP":null}}\'',
  },
  ML008: {
    title: "Requested address cannot be read",
    short: '"{value}" is not an IP address',
    meaning: "spec.loadBalancerIP or the annotation loadBalancerIPs holds something that is no IP address.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/loadBalancerIPs=ADDRESS",
  },
  ML009: {
    title: "More addresses requested than one of each family",
    short: "{value} is more than one address of each family",
    meaning: "A service gets one address, or one IPv4 and one IPv6 address.",
    fix: "kubectl annotate service {service} -n {namespace} --overwrite metallb.io/loadBalancerIPs=IPV4-ADDRESS,IPV6-ADDRESS",
  },
  ML010: {
    title: "Requested addresses have another family than the service",
    short: "service is {families}, asks for {requested}",
    meaning: "The addresses asked for must be of exactly the families of the service's cluster IPs.",
    fix: 'ask for one address of each family of the service, or kubectl patch service {service} -n {namespace} -p \'{"spec":{"ipFamilies":["{requested}"]}}\'',
  },
  ML011: {
    title: "Service has no address",
    short: "no address",
    meaning: "Only a service with an address in status.loadBalancer is announced.",
    fix: "kubectl metallb why-ip {service} -n {namespace}",
  },
  ML012: {
    title: "Service is being deleted",
    short: "being deleted",
    meaning: "It keeps its address until it is gone, gets nothing new and is no longer announced.",
    fix: "kubectl get service {service} -n {namespace} -o jsonpath='{.metadata.finalizers}' shows who still holds it",
  },
  ML013: {
    title: "Service does not exist",
    short: "no such service",
    meaning: "No service of this name was found in this namespace.",
    fix: "kubectl get services -n {namespace}",
  },
  ML014: {
    title: "Annotation with the old prefix",
    short: "{annotation} has the old prefix",
    meaning: "metallb.universe.tf/ is still read, but metallb.io/ replaces it.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/{suffix}={value} {annotation}-",
  },
  ML015: {
    title: "Status carries an entry that is no address",
    short: "{entry} is no address",
    meaning:
      "An entry of status.loadBalancer.ingress is a host name or cannot be read as an address, so somebody else wrote it.",
    fix: 'if nobody else serves it: kubectl patch service {service} -n {namespace} --subresource=status -p \'{"status":{"loadBalancer":null}}\'',
  },
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
      "No valid pool has the address, but part of the configuration is broken or unread; an address is cleared only by a valid configuration that excludes it.",
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
    title: "Address is also held by an older service",
    short: "{address} belongs to {holders}, which is older",
    meaning: "Of two claims the older service keeps the address, so this one gets another.",
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
  ML138: {
    title: "Pool serves the service",
    short: "{why}",
    meaning: "The pool was chosen.",
    fix: "",
  },
  ML170: {
    title: "Address is quarantined",
    short: "{address} is quarantined until {until}: {mac} answers for it",
    meaning:
      "Another machine answered for the address before it was announced for the first time, so no service is given it unless it asks for it. When the time is over it is tried again; each time that somebody answers the next quarantine is twice as long, 24 hours at most.",
    fix: "take {address} out of the pool; or free it on {mac} and kubectl metallb pools unquarantine {pool} {address}",
  },
  ML171: {
    title: "Another machine answers for the new address",
    short: "{mac} answers for {address}",
    meaning:
      "The node that was to announce the address asked for it first, and a machine that is no node of the cluster answered. The service gets another address and this one is quarantined.",
    fix: "find {mac} in the switch's address table; kubectl metallb pools show {pool} --addresses lists what is quarantined",
  },
  ML172: {
    title: "Pool's free addresses are withheld",
    short: "full: {used} of {size} held, {withheld} withheld",
    meaning:
      "Every free address of the family is one that a node carries or that is quarantined, because another machine answers for it.",
    fix: "kubectl metallb pools show {pool} --addresses says why; kubectl metallb pools add {pool} --range FIRST-LAST",
  },
  ML173: {
    title: "Another machine answers for the address asked for",
    short: "{mac} answers for {address}, which is kept as asked for and not announced",
    meaning:
      "The service asks for this very address and another machine has it. The service keeps it and nobody announces it; the owner asks again every 5 s and less often later, and announces it as soon as nobody answers.",
    fix: "take {address} away from {mac}, or kubectl annotate service {service} -n {namespace} metallb.io/loadBalancerIPs-",
  },
  ML300: {
    title: "Node announces the address",
    short: "first of {eligible} in the order",
    meaning: "It is first in the order: preference of the advertisement, then SHA-256 of node name and address.",
    fix: "",
  },
  ML301: {
    title: "Node stands by",
    short: "stands by",
    meaning: "It may announce the address and comes later in the order.",
    fix: "",
  },
  ML302: {
    title: "Node has no ready endpoint",
    short: "no ready endpoint (externalTrafficPolicy Local)",
    meaning:
      "With externalTrafficPolicy Local a node may announce only if it runs an endpoint of the service that can serve. Seen when pods sit on other nodes or are not ready.",
    fix: 'schedule a pod there, or kubectl patch service {service} -n {namespace} -p \'{"spec":{"externalTrafficPolicy":"Cluster"}}\'',
  },
  ML303: {
    title: "Node is not ready",
    short: "node is not ready",
    meaning: "Its condition Ready is False.",
    fix: "kubectl describe node {node}",
  },
  ML304: {
    title: "Node's readiness is unknown",
    short: "node has stopped reporting",
    meaning: "Its kubelet has stopped reporting: the node is off, cut off, or its kubelet is down.",
    fix: "kubectl describe node {node}, then look at the machine",
  },
  ML305: {
    title: "Node runs no speaker",
    short: "no speaker pod",
    meaning: "No speaker pod is scheduled there.",
    fix: "kubectl get daemonset speaker -n {install} -o wide, then its node selector and tolerations against node {node}",
  },
  ML306: {
    title: "Speaker on the node is not ready",
    short: "speaker {pod} is not ready",
    meaning: "The pod is there and does not pass its readiness probe.",
    fix: "kubectl logs -n {install} {pod}",
  },
  ML307: {
    title: "Node's network is unavailable",
    short: "network unavailable",
    meaning: "Its condition NetworkUnavailable is True.",
    fix: "kubectl describe node {node}, then the CNI plugin there",
  },
  ML308: {
    title: "Node is excluded from load balancers",
    short: "label exclude-from-external-load-balancers",
    meaning: "It carries the label node.kubernetes.io/exclude-from-external-load-balancers.",
    fix: "kubectl label node {node} node.kubernetes.io/exclude-from-external-load-balancers-",
  },
  ML309: {
    title: "No advertisement selects the node",
    short: "not selected by {advertisements}",
    meaning: "The nodeSelectors of the advertisements that cover the service do not match the labels of the node.",
    fix: "kubectl label node {node} KEY=VALUE as a nodeSelector asks, or kubectl edit l2advertisement -n {install} {advertisements}",
  },
  ML310: {
    title: "Pool is not advertised",
    short: "pool {pool} is named by no L2Advertisement",
    meaning: "No L2Advertisement names the pool: the address is given and nobody is told.",
    fix: "kubectl metallb pools add {pool} --advertise l2",
  },
  ML311: {
    title: "No advertisement selects the service",
    short: "service labels match no serviceSelector of {advertisements}",
    meaning: "The serviceSelectors of the advertisements of the pool do not match the labels of the service.",
    fix: "kubectl label service {service} -n {namespace} KEY=VALUE, as one of the serviceSelectors asks",
  },
  ML312: {
    title: "No endpoint can serve",
    short: "no ready endpoint anywhere",
    meaning: "No pod behind the service is ready, or its selector matches none.",
    fix: "kubectl get endpointslices -n {namespace} -l kubernetes.io/service-name={service}",
  },
  ML313: {
    title: "Shared address under an advertisement by service label",
    short: "allow-shared-ip together with serviceSelectors of {advertisements}",
    meaning:
      "A service with the annotation allow-shared-ip is not announced where an advertisement has serviceSelectors, because its sharers might be selected differently.",
    fix: "kubectl annotate service {service} -n {namespace} metallb.io/allow-shared-ip-, or remove serviceSelectors from l2advertisement {advertisements}",
  },
  ML314: {
    title: "Address is in no pool",
    short: "{addresses} is in no pool",
    meaning: "The valid configuration has no pool with the address, so it is not announced.",
    fix: "kubectl metallb why-ip {service} -n {namespace}",
  },
  ML315: {
    title: "Announced while the configuration is in doubt",
    short: "announced although {doubt}",
    meaning:
      "No valid pool or advertisement covers the address, but part of the configuration is broken or unread; it stays announced until a valid configuration excludes it.",
    fix: "kubectl describe configurationstate controller -n metallb-system shows what is wrong; mend it, or remove the broken object",
  },
  ML316: {
    title: "No node may announce",
    short: "no node may announce",
    meaning: "Every node was turned down; each has its own reason.",
    fix: "kubectl metallb why-ip {service} -n {namespace}",
  },
  ML317: {
    title: "No node is known to be alive",
    short: "first in the order, not known to be alive",
    meaning:
      "Every node that could announce is not ready or its speaker is not; the first of them in the order goes on if it still runs.",
    fix: "kubectl get nodes; kubectl get pods -n {install} -o wide",
  },
  ML318: {
    title: "Another service on the address decides",
    short: "decided by {decidedBy}",
    meaning:
      "Services that share an address are announced from one node; the oldest of them that has an owner decides.",
    fix: "",
  },
  ML319: {
    title: "Another node announces",
    short: "{owner} announces",
    meaning: "This node may announce the address and is not first in the order.",
    fix: "",
  },
  ML320: {
    title: "Owner has no interface for the address",
    short: "node {node} has no usable interface among {interfaces}",
    meaning:
      "This node is the owner, but none of the interfaces that the advertisement allows exists there, is up, and speaks ARP.",
    fix: "kubectl edit l2advertisements: list interfaces that node {node} has (ip link shows them), or none for all",
  },
  ML321: {
    title: "Owner has no interface with IPv6 for the address",
    short: "node {node} has no link-local IPv6 address on a usable interface among {interfaces}",
    meaning:
      "This node is the owner, but none of the interfaces that the advertisement allows exists there, is up, and has a link-local address: IPv6 is switched off there.",
    fix: "sysctl net.ipv6.conf.all.disable_ipv6 on node {node} shows whether IPv6 is off; =0 switches it on",
  },
  ML322: {
    title: "Node announces the address, evenly spread",
    short: "spread evenly: {load} addresses here, {least} to {most} a node",
    meaning:
      "The placement is balanced: of the nodes that the advertisement prefers most, each announces as many addresses as the others, as far as who may announce what allows that, and nothing moves that need not.",
    fix: "",
  },
  ML330: {
    title: "Request answered",
    short: "answered",
    meaning: "An ARP request or a neighbour solicitation asked for an address that this node announces.",
    fix: "",
  },
  ML331: {
    title: "Frame for another station",
    short: "sent to {destination}",
    meaning: "The Ethernet destination is neither everybody, nor the group asked, nor the interface's own address.",
    fix: "tcpdump -e -nn 'arp or icmp6' on the node shows who sends it",
  },
  ML332: {
    title: "Request for an address not announced here",
    short: "{address} is not announced here",
    meaning: "Another host or node answers it, or nobody.",
    fix: "kubectl metallb why-ip {address} names the node that should answer",
  },
  ML333: {
    title: "Request on an interface that is not to answer",
    short: "{address} is not announced on {interface}",
    meaning: "An advertisement names the interfaces for this address, and this one is not among them.",
    fix: "kubectl get l2advertisements -A -o wide shows the interfaces",
  },
  ML334: {
    title: "Malformed ARP frame or neighbour message",
    short: "{fault}",
    meaning: "A field is not what RFC 826 asks for on Ethernet with IPv4, or RFC 4861 section 7.1 for IPv6.",
    fix: "tcpdump -e -vvnn 'arp or icmp6' on the node shows who sends it",
  },
  ML335: {
    title: "Reply, not a request",
    short: "a reply of {sender}",
    meaning: "ARP replies and neighbour advertisements are for whoever asked.",
    fix: "tcpdump -e -nn 'arp or icmp6' on the node shows them",
  },
  ML336: {
    title: "Own frame",
    short: "sent by this interface",
    meaning: "A frame that this interface sent came back.",
    fix: "look for a loop between switch ports; tcpdump -e -nn 'arp or icmp6' on the node shows the frames",
  },
  ML337: {
    title: "New address is asked for",
    short: "asked for before its first announcement",
    meaning:
      "Nobody of the cluster has announced the address yet, so its owner asks the link first whether somebody else has it: three probes in 200 ms.",
    fix: "",
  },
  ML338: {
    title: "Nobody has the new address",
    short: "nobody answered",
    meaning: "Nobody answered within 200 ms, so the address is announced.",
    fix: "",
  },
  ML339: {
    title: "A station answers for everything on the link",
    short: "{mac} answers for more than 3 free addresses on {interface}",
    meaning:
      "That is proxy ARP, or a proxy of neighbour discovery: its answers say nothing about an address. On this link nothing is asked for an hour, and new addresses are announced at once.",
    fix: "switch the proxy off for the addresses of the pools, on {mac}; or set conflictCheck: none in the pool",
  },
  ML340: {
    title: "Address announced",
    short: "announced",
    meaning:
      "By gratuitous ARP or an unsolicited neighbour advertisement: taken over just now, repeated within five seconds of that, refreshed, or defended.",
    fix: "",
  },
  ML341: {
    title: "Nothing to announce",
    short: "nothing due",
    meaning: "No announcement is due.",
    fix: "",
  },
  ML342: {
    title: "Another station claims the address",
    short: "{mac} claims {address} on {interface}",
    meaning:
      "A station that is not this node says that it has an address which this node announces, so traffic may go there. This node announces the address once more, at most every ten seconds.",
    fix: "find {mac} in the switch's address table and take {address} away from it, or exclude the address from the pool",
  },
  ML343: {
    title: "Claim noted",
    short: "claimed by another station",
    meaning: "An address that moves is claimed by two for a moment: a second later it is defended if it is still ours.",
    fix: "",
  },
  ML344: {
    title: "Address defended again",
    short: "announced against a claim",
    meaning: "The other station goes on, and people were told already.",
    fix: "",
  },
  ML345: {
    title: "Another machine has a new address",
    short: "{mac} answers for {address} on {interface}, so it is not announced",
    meaning:
      "Before its first announcement the address was asked for, and a station that is no node of the cluster answered or asked for it as well. It is asked for again after 5 s and less often later.",
    fix: "find {mac} in the switch's address table and take {address} away from it, or take the address out of the pool",
  },
  ML346: {
    title: "New address could not be asked for",
    short: "{address} was announced without having been asked for",
    meaning:
      "No interface took the probes, or the cluster has more nodes than can be asked whether it was one of them that answered. What is not known is no conflict: the address is announced.",
    fix: "the speaker's log names the interface and the error",
  },
  ML347: {
    title: "A node answered for a new address",
    short: "a node of the cluster answered",
    meaning:
      "Only nodes of the cluster answered for the address, as they do with kube-proxy in IPVS mode without strictARP. That is no conflict, so the address is announced.",
    fix: "",
  },
  ML348: {
    title: "Nothing to ask for",
    short: "nothing to ask for",
    meaning: "No new address is this node's, or answers are awaited.",
    fix: "",
  },
  ML350: {
    title: "Heartbeats of a node do not arrive",
    short: "heartbeats of {node} do not arrive on {link}, and it lives",
    meaning: "The node answers for its addresses, or another speaker hears it, so nothing moves.",
    fix: "look at UDP port 7946 between the nodes: a firewall, a full queue or a lossy path",
  },
  ML351: {
    title: "Speaker gone",
    short: "{node} answers for itself and not for its VIPs",
    meaning: "The node's kernel answers and its speaker does not: it is stopped, hung or starved of CPU.",
    fix: "kubectl get pods -n metallb-system -l component=speaker -o wide, and kubectl logs of the one on {node}",
  },
  ML352: {
    title: "Node or cable dead",
    short: "neither {node} nor its VIPs answer on {link}",
    meaning:
      "Others are heard on the link and this node is not: it is powered off, or its cable, port or driver failed.",
    fix: "kubectl get node {node}, and look at the switch port",
  },
  ML353: {
    title: "This speaker is cut off",
    short: "nobody is heard on {link}",
    meaning: "A speaker that hears nothing cannot tell who is alive, so it takes nothing over.",
    fix: "look at the cable and the switch port of this node",
  },
  ML354: {
    title: "Speaker's process gone",
    short: "{node} refuses the connection",
    meaning: "The node's kernel says that nobody listens any more: the speaker was killed or crashed.",
    fix: "kubectl get pods -n metallb-system -l component=speaker -o wide, and kubectl logs --previous of the one on {node}",
  },
  ML356: {
    title: "Node heard again",
    short: "{node} is heard again on {link}",
    meaning: "Heartbeats returned, or another speaker hears it.",
    fix: "",
  },
  ML357: {
    title: "Node gone, as others say",
    short: "others say that {node} is gone",
    meaning: "Told by a watcher or by the membership; this speaker is not next in order and has not looked for itself.",
    fix: "kubectl get node {node}",
  },
  ML360: {
    title: "First in the order",
    short: "first in the order",
    meaning: "Nobody owned the address.",
    fix: "",
  },
  ML361: {
    title: "Taken over from a node that is gone",
    short: "taken over from {from}",
    meaning: "The owner answers no more, and this node is the next in the order.",
    fix: "",
  },
  ML362: {
    title: "Taken over from an owner that hands over",
    short: "handed over by {from}",
    meaning: "The owner may not or will not announce any longer; this node spoke before it stopped.",
    fix: "",
  },
  ML363: {
    title: "Failed back",
    short: "failed back from {from}",
    meaning: "This node comes first in the order again, and the failback policy allows the move.",
    fix: "",
  },
  ML364: {
    title: "Yielded to the better owner",
    short: "yielded to {to}",
    meaning: "Another node announces the address too and comes first in the order.",
    fix: "",
  },
  ML365: {
    title: "Handed over",
    short: "handed over to {to}",
    meaning: "The next owner has spoken, so this node stopped.",
    fix: "",
  },
  ML366: {
    title: "Not wanted any more",
    short: "not wanted any more",
    meaning: "The service or its address is gone, or no node may announce it.",
    fix: "",
  },
  ML367: {
    title: "Link lost",
    short: "{link} is down",
    meaning: "The interface is down, without carrier or gone.",
    fix: "look at the cable and the switch port of this node",
  },
  ML368: {
    title: "Silent while it learns",
    short: "learns who owns the address",
    meaning:
      "The speaker just started, its link came up, or its loop stood still: another may have taken over meanwhile.",
    fix: "",
  },
  ML369: {
    title: "Another took over meanwhile",
    short: "{to} took over meanwhile",
    meaning: "While this speaker stood still another one took the address and keeps it.",
    fix: "",
  },
  ML370: {
    title: "Another node owns it",
    short: "{owner} owns it",
    meaning: "A living owner is left alone.",
    fix: "",
  },
  ML371: {
    title: "Waits for a better successor",
    short: "{ahead} come first in the order",
    meaning: "The next in the order takes over; this node follows if none of them does.",
    fix: "",
  },
  ML372: {
    title: "Hears nobody on the link",
    short: "nobody is heard on {link}",
    meaning: "A speaker that hears nothing on a link takes nothing there.",
    fix: "look at the cable and the switch port of this node",
  },
  ML373: {
    title: "Another machine claims the address",
    short: "{mac} claims {address}",
    meaning: "A machine that is no speaker of this cluster sends ARP or neighbour advertisements for the address.",
    fix: "find {mac} on the switch and give it another address, or take {address} out of the pool",
    see: "RFC 5227 section 2.4",
  },
  ML374: {
    title: "Failback waits",
    short: "{owner} keeps it for now",
    meaning:
      "This node comes first in the order, and the failback policy, or an API server that is away, holds the move back.",
    fix: "kubectl metallb status shows the failback policy",
  },
  ML375: {
    title: "Kept until the next owner speaks",
    short: "kept until the next owner speaks",
    meaning: "This node may not announce it any longer, and goes on answering until the next one does.",
    fix: "",
  },
  ML376: {
    title: "Nobody took it over",
    short: "nobody took it over",
    meaning: "This node may not announce the address, and no successor spoke in time.",
    fix: "kubectl metallb why-ip {address} names the nodes and why they may not",
  },
  ML377: {
    title: "Announced again",
    short: "announced again: {other} claimed it too",
    meaning: "Another node announced the address and comes later in the order, so the better owner spoke again.",
    fix: "",
  },
  ML379: {
    title: "Goes on after a pause",
    short: "goes on after a pause",
    meaning: "The speaker stood still or its link was away, and nobody took the address meanwhile.",
    fix: "",
  },
  ML378: {
    title: "Not eligible",
    short: "may not announce it",
    meaning: "This node is not among those that may announce the address.",
    fix: "kubectl metallb why-ip {address} says why",
  },
  ML380: {
    title: "Speaker declared dead",
    short: "declared dead: answers nobody",
    meaning:
      "Nobody got an answer from it, directly, through others or over TCP, and it did not defend itself in its time. Its addresses go to others.",
    fix: "kubectl get pods -n {namespace} -o wide --field-selector spec.nodeName={node} shows whether it runs",
  },
  ML381: {
    title: "Speaker has another membership key",
    short: "{peer} has another key ({fault})",
    meaning:
      "What it sends is encrypted with a key that this speaker does not have, or not encrypted at all. They do not become members of each other.",
    fix: "kubectl rollout restart daemonset speaker -n {namespace} makes all of them read the Secret memberlist anew",
  },
  ML382: {
    title: "Two addresses for one node name",
    short: "{node} is claimed from another address",
    meaning:
      "A speaker uses the name of a node that lives at another address; the first one keeps it until it has left.",
    fix: "kubectl get pods -n {namespace} -o wide shows two speakers on {node}, or give the nodes different names",
  },
  ML383: {
    title: "Speaker is reached over TCP alone",
    short: "{node} answers over TCP and not over UDP",
    meaning: "It stays a member, but its death would be noticed late: pings use UDP.",
    fix: "allow UDP port 7946 between the nodes in both directions",
  },
  ML384: {
    title: "Membership protocols do not fit",
    short: "{node} speaks a version that not all understand",
    meaning: "Two groups of speakers met whose protocol versions have none in common; they stay apart.",
    fix: "kubectl get pods -n {namespace} -o wide, and bring all speakers to one version",
  },
  ML385: {
    title: "Mixed with speakers of MetalLB",
    short: "mixed: compatibility order",
    meaning:
      "A live speaker without our mark is a member, so all of ours keep MetalLB's order and its slower detection until it has gone.",
    fix: "kubectl metallb status names the nodes that still run it",
  },
  ML386: {
    title: "This speaker stood still",
    short: "stood still for {time}",
    meaning: "It could hear nobody meanwhile, so it holds that silence against nobody.",
    fix: "kubectl top node {node}, and look for CPU limits on the speaker",
  },
  ML387: {
    title: "Packet is no membership message",
    short: "{peer} sent what is no message ({fault})",
    meaning: "Something on port 7946 is damaged or comes from another program.",
    fix: "see what sends to UDP or TCP port 7946 from {peer}",
  },
  ML388: {
    title: "Node is drained",
    short: "node is drained",
    meaning:
      "It carries the annotation metallb.io/drain: somebody asked that it announces nothing, and others took over what it had. Pods and their traffic are not touched.",
    fix: "kubectl metallb undrain {node}",
  },
  ML389: {
    title: "Addresses would be left to nobody",
    short: "{count} of the addresses of {node} would be announced by nobody: {addresses}",
    meaning:
      "No other node may announce them: often the only ready endpoint of a service with externalTrafficPolicy Local runs there, or an advertisement selects no other node.",
    fix: "kubectl metallb drain {node} --dry-run says why for each; --force drains it all the same",
  },
  ML420: {
    title: "BGP session is established",
    short: "established",
    meaning: "Both sides agreed, and the peer has the routes of this node.",
    fix: "",
  },
  ML421: {
    title: "BGP session is off",
    short: "off",
    meaning:
      "The session was not begun, or it was ended on purpose: the speaker ends, or the peer is not for this node any more.",
    fix: "nothing to do while the speaker ends; otherwise see the nodeSelectors: kubectl get bgppeer {peer} -n {namespace} -o yaml",
  },
  ML422: {
    title: "Connection to the BGP peer is being opened",
    short: "connecting to {address} port {port}",
    meaning: "The peer has not answered yet.",
    fix: "where it stays so: let TCP port {port} pass from this node to {address}",
  },
  ML423: {
    title: "BGP peer refuses connections",
    short: "{address} refuses connections on port {port}",
    meaning: "The host is there, and no BGP speaker listens on that port for this node.",
    fix: "turn on BGP on {address} with this node as neighbour, or correct the peer: kubectl edit bgppeer {peer} -n {namespace}",
  },
  ML424: {
    title: "BGP peer does not answer",
    short: "no answer from {address} port {port} within {seconds} s",
    meaning: "Nothing came back: the host is off, the address is wrong, or a firewall drops the packets.",
    fix: "let TCP port {port} pass from this node to {address}, or correct the peer: kubectl edit bgppeer {peer} -n {namespace}",
  },
  ML425: {
    title: "BGP peer does not answer, and a password is set",
    short: "no answer from {address} port {port} within {seconds} s; do the passwords differ?",
    meaning:
      "Packets that carry a wrong password, or none where one is expected, are dropped without a word, so that a wrong password looks like a peer that is off.",
    fix: "set the same password on {address} and for BGPPeer {peer}; then let TCP port {port} pass",
  },
  ML426: {
    title: "No way to the BGP peer",
    short: "no way to {address}: {why}",
    meaning:
      "The routing table of this node has no way to the address, or a router on the way says that there is none.",
    fix: "on the node: ip route get {address}",
  },
  ML427: {
    title: "Source address is not on this node",
    short: "this node does not have {source}",
    meaning: "The sourceAddress of the peer must be an address of the node, and it is not.",
    fix: "give the node {source}, or correct spec.sourceAddress: kubectl edit bgppeer {peer} -n {namespace}",
  },
  ML428: {
    title: "Interface or VRF of the BGP peer is not on this node",
    short: "this node has no {device}",
    meaning: "The connection is to be bound to a device that does not exist here.",
    fix: "create {device} on the node, or correct the peer: kubectl edit bgppeer {peer} -n {namespace}",
  },
  ML429: {
    title: "Connection to the BGP peer cannot be opened",
    short: "cannot connect to {address}: {why}",
    meaning: "The kernel refused to open the connection, for the reason it names.",
    fix: "mend what the reason names; then the next attempt succeeds by itself",
  },
  ML430: {
    title: "BGP peer has not said OPEN yet",
    short: "connected to {address}, waiting for its OPEN",
    meaning: "The connection stands and this node has introduced itself. The peer's answer is missing.",
    fix: "where it stays so: configure this node as a neighbour on {address}",
  },
  ML431: {
    title: "BGP peer has yet to agree",
    short: "waiting for {address} to confirm",
    meaning: "Each side has read the other's OPEN. The session is up once the peer confirms it.",
    fix: "where it stays so: look in the log of {address}",
  },
  ML432: {
    title: "BGP peer closed the connection without a word",
    short: "{address} closed the connection in state {state}",
    meaning:
      "No NOTIFICATION said why. In OpenSent it mostly means that the peer does not know this node; in Established, that the peer ended or restarted.",
    fix: "look in the log of {address}; where this node is no neighbour there, configure it",
  },
  ML433: {
    title: "BGP peer ended the session",
    short: "{address} says: {words}",
    meaning: "The peer closed the session with a NOTIFICATION that says why.",
    fix: "look in the log of {address}",
  },
  ML434: {
    title: "BGP peer was shut down by its operator",
    short: "shut down at {address}{text}",
    meaning: "Somebody turned the session off at the router. It comes back when it is turned on there.",
    fix: "turn the neighbour on again at {address}",
  },
  ML435: {
    title: "BGP peer expects another AS of this node",
    short: "{address} does not take AS {asn}",
    meaning: "The peer refused the AS number that this node shows.",
    fix: "have {address} expect AS {asn}, or correct spec.myASN: kubectl edit bgppeer {peer} -n {namespace}",
  },
  ML436: {
    title: "BGP peer is of another AS than expected",
    short: "{address} is AS {found}, expected is {expected}",
    meaning: "The AS number that the peer shows is not the one in the BGPPeer, so the session is refused.",
    fix: "correct spec.peerASN to {found}, or the AS of the router: kubectl edit bgppeer {peer} -n {namespace}",
  },
  ML437: {
    title: "BGP identifiers are equal",
    short: "{address} has the identifier {identifier} of this node",
    meaning: "Two speakers of one AS must have different identifiers (router IDs).",
    fix: "give the router or this node another one: kubectl edit bgppeer {peer} -n {namespace}, spec.routerID",
  },
  ML439: {
    title: "BGP peer has no address family in common",
    short: "{address} takes none of {families}",
    meaning: "The peer did not announce any address family that this session carries.",
    fix: "activate the address family for this node on {address}, or set spec.dualStackAddressFamily: kubectl edit bgppeer {peer} -n {namespace}",
  },
  ML440: {
    title: "BGP peer fell silent",
    short: "nothing heard from {address} for {seconds} s",
    meaning: "The hold time passed without a message, so the peer or the path to it is dead. The session was closed.",
    fix: "look whether {address} is up and reachable: ping it from the node",
  },
  ML441: {
    title: "BGP peer broke the protocol",
    short: "{address} sent what cannot be read: {words}",
    meaning: "A message of the peer was malformed or came at the wrong moment. It was told so, and the session closed.",
    fix: "report it to the maker of the router, with its log; kubectl logs of the speaker has ours",
  },
  ML442: {
    title: "BGP peer sends without end",
    short: "{address} sent more than {limit} messages at once",
    meaning: "The peer floods this node with messages that say nothing new, and the session was closed.",
    fix: "look at the BGP process of {address}, and report it to the maker of the router",
  },
  ML443: {
    title: "BGP peer sent too many routes",
    short: "{address} sent more than {limit} routes at once",
    meaning:
      "This node uses no route that it learns. A peer that sends a large table does so by mistake, and the session was closed.",
    fix: "have {address} send no routes to this node: an outgoing filter that denies everything",
  },
  ML444: {
    title: "BGP session is damped",
    short: "lost {losses} times in a row, next attempt in {seconds} s; last: {before}",
    meaning:
      "A session that is lost again and again would unsettle the network, so the wait before each attempt doubles, up to two minutes. It is forgotten after five minutes of a session that stays up.",
    fix: "mend what ended the session last: {before}",
  },
  ML445: {
    title: "BFD lost the BGP peer",
    short: "BFD lost {address}",
    meaning: "The path to the peer failed, as BFD noticed, and the session was closed at once.",
    fix: "look at the link between this node and {address}",
  },
  ML446: {
    title: "BGP peer was not found on its link",
    short: "no router is heard on {address}",
    meaning: "An unnumbered peer is found by the router advertisements (IPv6) that it sends on the link.",
    fix: "turn on IPv6 router advertisements on the router's interface, and look whether the link is up",
  },
  ML447: {
    title: "BGP session begins anew with other settings",
    short: "new settings",
    meaning: "The BGPPeer, its password or its place changed. Only this session is affected.",
    fix: "",
  },
  ML448: {
    title: "BGP session was reset by hand",
    short: "reset",
    meaning: "Somebody asked for a fresh start of the session.",
    fix: "",
  },
  ML449: {
    title: "BGP peer does not take what is sent",
    short: "{address} took nothing for {seconds} s",
    meaning:
      "The peer acknowledges packets and reads none, so that it would never learn of a change. The session was closed.",
    fix: "look whether the BGP process of {address} hangs",
  },
  ML450: {
    title: "One of two BGP connections was closed",
    short: "two connections met",
    meaning: "Both sides connected at the same time; by the rule of the protocol one connection stays.",
    fix: "",
  },
  ML451: {
    title: "BGP peer restarted",
    short: "{address} restarted and connected again",
    meaning: "The peer keeps the routes over its restart, and gets them anew.",
    fix: "",
  },
  ML452: {
    title: "Waiting for the BGP peer to connect",
    short: "waiting for {address} to connect",
    meaning: "This side opens no connection; the peer has to.",
    fix: "have {address} connect to this node on port 179",
  },
  ML455: {
    title: "BGP peer does not take an address family",
    short: "{address} does not take routes of {family}",
    meaning: "The family was not agreed on when the session began, so its routes are not sent to this peer.",
    fix: "activate {family} unicast for this node on {address}; where the session is of the other family, also set spec.dualStackAddressFamily: kubectl edit bgppeer {peer} -n {namespace}",
  },
  ML456: {
    title: "No next hop for an address family",
    short: "this node has no {family} address towards {address}",
    meaning:
      "Routes say where packets are to go, and this node has no address of the family on the interface to the peer.",
    fix: "give the interface towards {address} an {family} address, or let a peer of that family have the routes",
  },
  ML457: {
    title: "Routes with too many attributes",
    short: "{count} routes do not fit a message",
    meaning: "The communities of a route leave no room in a BGP message, so the route is not announced.",
    fix: "take communities out of the BGPAdvertisements",
  },
  ML459: {
    title: "BGP session was left for a restart",
    short: "left; the peer keeps the routes for now",
    meaning:
      "The speaker ends and another takes over. The peer was asked to keep the routes meanwhile (graceful restart).",
    fix: "",
  },
  ML480: {
    title: "BFD session is up",
    short: "BFD up",
    meaning: "Both sides hear each other at the agreed pace.",
    fix: "",
  },
  ML481: {
    title: "BFD peer was not heard yet",
    short: "BFD waits for {peer}",
    meaning: "Packets are sent once a second, and nothing has come back. The BGP session works without BFD meanwhile.",
    fix: "turn on BFD for {local} on the router {peer}, and let UDP port {port} pass both ways",
  },
  ML482: {
    title: "BFD session is being set up",
    short: "BFD hears {peer}, which has yet to hear us",
    meaning: "The peer's packets arrive. The session is up once they show that ours do too.",
    fix: "where it stays so: let UDP port {port} pass from {local} to {peer}",
  },
  ML483: {
    title: "BFD peer fell silent",
    short: "nothing heard from {peer} for {detection} ms",
    meaning:
      "No packet came for the detection time, so the path or the peer is dead. The BGP session is closed at once.",
    fix: "look whether {peer} runs and the link to it is up; if it does this while both are well, give the BFDProfile longer intervals",
  },
  ML484: {
    title: "BFD echo packets do not come back any more",
    short: "{peer} returns no echo packets",
    meaning: "The peer's data path returned our echo packets and stopped, so it does not forward to us.",
    fix: "look whether {peer} forwards IPv4, or set echoMode: false in the BFDProfile",
  },
  ML485: {
    title: "BFD peer ended the session",
    short: "{peer} signals down: {remoteDiagnostic}",
    meaning: "The peer says that it lost the session: it did not hear us, or it was started again.",
    fix: "see on {peer} why; if it did not hear us: let UDP port {port} pass from {local}",
  },
  ML486: {
    title: "BFD is turned off at the peer",
    short: "{peer} turned BFD off",
    meaning:
      "The peer's administrator turned the session off, which says nothing about the path: BGP goes on without BFD.",
    fix: "turn BFD on again at {peer}, or take bfdProfile out of the BGPPeer",
  },
  ML487: {
    title: "BFD is turned off here",
    short: "BFD off: {diagnostic}",
    meaning: "This speaker ends or makes its node ready for maintenance, and told the peer that this is no failure.",
    fix: "nothing to do while the speaker ends; otherwise restart it",
  },
  ML488: {
    title: "BFD waits for the peer to begin",
    short: "BFD passive, {peer} has not begun",
    meaning: "With passiveMode nothing is sent until the peer has spoken.",
    fix: "turn on BFD for {local} on the router {peer} in active mode, or set passiveMode: false in the BFDProfile",
  },
  ML489: {
    title: "BFD peer is in no network of this node",
    short: "{peer} is not a neighbour",
    meaning:
      "BFD over one hop needs an interface whose network contains the peer; a link-local peer needs the interface's name.",
    fix: "set ebgpMultiHop: true in BGPPeer {name}, or name the interface that reaches {peer}",
  },
  ML490: {
    title: "BFD's port cannot be used",
    short: "BFD cannot start: {why}",
    meaning:
      "The kernel refuses a socket. Another BFD program on the node may have the port; it is tried again every 10 s.",
    fix: "ss -ulnp 'sport = :{port}' on the node says which program has it; stop that one",
  },
  ML491: {
    title: "BFD peer wants authentication",
    short: "{peer} authenticates its packets ({type})",
    meaning: "BFD is spoken here without authentication, and RFC 5880 has such packets dropped.",
    fix: "turn off BFD authentication for {local} on the router {peer}",
  },
  ML492: {
    title: "BFD packets come from too far away",
    short: "packets of {peer} have TTL {ttl}, {least} is the least",
    meaning: "A peer over one hop must show TTL 255; over several hops the profile's minimumTtl is the bound.",
    fix: "if {peer} is a neighbour: let it send with TTL 255; if not: set ebgpMultiHop: true in the BGPPeer, or a lower minimumTtl in the BFDProfile",
  },
  ML493: {
    title: "BFD packets of the peer are not valid",
    short: "packets of {peer} are dropped: {refusal}",
    meaning: "What comes from the peer breaks a rule of RFC 5880, section 6.8.6.",
    fix: "compare the BFD settings for {local} on the router {peer}, one hop or several among them",
  },
  ML494: {
    title: "BFD peer wants no packets",
    short: "{peer} asks for no periodic packets",
    meaning: "The peer says a receive interval of 0, so it does not watch over this node.",
    fix: "give BFD for {local} on the router {peer} a receive interval",
  },
  ML495: {
    title: "Too many BFD sessions",
    short: "1,024 sessions are the most, {peer} has none",
    meaning: "A speaker keeps at most 1,024 BFD sessions. The BGP session works without BFD.",
    fix: "use nodeSelectors in the BGPPeers, so that not every node has every peer",
  },
  ML496: {
    title: "BFD echo is asked for and does not work",
    short: "no echo with {peer}: {why}",
    meaning: "The session works without echo packets, by control packets alone.",
    fix: "turn on the echo function for {local} on the router {peer}, or set echoMode: false in the BFDProfile",
  },
  ML497: {
    title: "BFD packets cannot be sent",
    short: "cannot send to {peer}: {why}",
    meaning: "The kernel takes no packets for the peer.",
    fix: "look at route and link to {peer}: ip route get {peer}",
  },
  ML498: {
    title: "Source address is not on this node",
    short: "{local} is on no interface",
    meaning: "The session is to use an address that no interface of the node has.",
    fix: "correct sourceAddress in BGPPeer {name}, or keep the peer to nodes that have it with nodeSelectors",
  },
  ML499: {
    title: "BFD peer is in Demand mode",
    short: "{peer} asks for no packets while up",
    meaning: "The peer looks after the path in another way and asks only now and then; this node answers.",
    fix: "",
  },
  ML601: {
    title: "Kubernetes is too old",
    meaning: "The resources check themselves with functions that the API server has since Kubernetes 1.31.",
    fix: "upgrade the cluster to Kubernetes 1.31 or later; it is {version}",
  },
  ML602: {
    title: "Another load balancer implementation runs here",
    short: "{product} runs here ({object})",
    meaning: "Two implementations that serve the same services overwrite each other's addresses.",
    fix: "switch {product} off for services, or keep them apart by spec.loadBalancerClass",
  },
  ML603: {
    title: "kube-proxy answers ARP for every address",
    short: "kube-proxy is in ipvs mode without strictARP: every node answers for every address",
    meaning:
      "In ipvs mode all addresses are on an interface of each node, and without strictARP each node answers ARP for them.",
    fix: "kubectl edit configmap -n kube-system kube-proxy, set ipvs.strictARP to true, then kubectl rollout restart daemonset -n kube-system kube-proxy",
    see: "https://kubernetes.io/docs/reference/config-api/kube-proxy-config.v1alpha1/",
  },
  ML604: {
    title: "A permission is missing",
    short: "you may not {verb} {resource}",
    meaning: "The API server's access control does not let you do a step of the command.",
    fix: "run the command as an administrator of the cluster; kubectl auth can-i {verb} {resource} checks it",
  },
  ML605: {
    title: "MetalLB's own agents run here",
    short: "MetalLB runs here ({objects})",
    meaning: "Its controller and speakers would serve the same services and answer for the same addresses.",
    fix: "remove MetalLB first (its pools and advertisements may stay), or take its place with --adopt",
  },
  ML606: {
    title: "Image cannot be pulled",
    short: "{pod} cannot pull {image}",
    meaning: "The node cannot get the image of the agents, so waiting longer does not help.",
    fix: "check that the nodes reach the registry, or pass --image with a copy that they reach",
  },
  ML607: {
    title: "Agent keeps crashing",
    short: "{pod} keeps crashing",
    meaning: "The container ended several times in a row.",
    fix: "kubectl logs -n {install} {pod} --previous",
  },
  ML608: {
    title: "Agents are not installed",
    short: "no agents in namespace {install}",
    meaning: "Neither the controller nor the speakers exist, so no service gets an address.",
    fix: "kubectl metallb install",
  },
  ML609: {
    title: "Agent is not ready",
    short: "{component} {ready} of {wanted} ready",
    meaning: "Pods of the component are missing or do not pass their readiness probe.",
    fix: "kubectl get pods -n {install} -l app=metallb,component={component} -o wide",
  },
  ML611: {
    title: "Node will not announce",
    short: "{nodes} carries exclude-from-external-load-balancers: it will not announce",
    meaning:
      "The label node.kubernetes.io/exclude-from-external-load-balancers keeps a node from announcing addresses; tools set it on control plane nodes.",
    fix: "kubectl label node {nodes} node.kubernetes.io/exclude-from-external-load-balancers-",
  },
  ML612: {
    title: "Pods of an agent cannot be made",
    short: "{component}: {why}",
    meaning: "Kubernetes refuses to create or to place the pods.",
    fix: "kubectl describe {object} -n {install}",
  },
  ML613: {
    title: "Pool contains an address of a node",
    short: "{range} contains {address} of node {node}",
    meaning: "A service with that address would take the node off the network.",
    fix: "leave {address} out of the range; --yes adds it all the same",
  },
  ML614: {
    title: "Addresses of the pool are in use",
    short: "{count} addresses of pool {pool} are held by {holders}",
    meaning: "The services would lose their address, so nothing was removed.",
    fix: "move or delete the services, or pass --force",
  },
  ML615: {
    title: "A question needs an answer",
    short: "nobody can be asked here",
    meaning: "The command asks before it does something that cannot be undone, and there is no terminal to ask on.",
    fix: "pass --yes",
  },
  ML616: {
    title: "Waited and gave up",
    short: "{missing}",
    meaning: "What was waited for did not come true within --timeout.",
    fix: "kubectl metallb status shows what is missing; a longer --timeout waits on",
  },
  ML617: {
    title: "Address refuses connections",
    short: "{address}:{port} refuses connections",
    meaning:
      "A node answers for the address and nothing behind it takes the connection: the pods are not ready or listen on another port.",
    fix: "kubectl get endpointslices -n {namespace} -l kubernetes.io/service-name={service}",
  },
  ML618: {
    title: "Components have different versions",
    short: "{component} runs {versions}",
    meaning: "An upgrade is going on or was broken off.",
    fix: "kubectl metallb install completes it",
  },
  ML630: {
    title: "Something could not be read",
    short: "cannot read {what} ({why})",
    meaning: "A read failed, so what depends on it stays unknown.",
    fix: "ask for the permission to read {what}",
  },
  ML900: {
    title: "Bug in this program",
    meaning: "Something happened that its authors held for impossible.",
    fix: "report it with the file named above and the command line that led to it",
  },
} as const satisfies Record<string, Reason>

export type ReasonCode = keyof typeof table

/** The entry of a code. */
export const reasonOf = (code: ReasonCode): Reason => table[code]

/** All codes in ascending order. */
export const reasonCodes = (): readonly ReasonCode[] => (Object.keys(table) as ReasonCode[]).sort()

/** Whether a text, of whatever origin, is a code of this table. */
export const isReasonCode = (text: string): text is ReasonCode => Object.hasOwn(table, text)
