import type { Reason } from "./reason.ts"

/** Reasons about pools, advertisements and peers as they are written (ML2xx). */
export const configurationReasons = {
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
  ML203: {
    title: "API server would refuse the object",
    meaning:
      "The object breaks the schema of its kind or one of the rules in it, so it could not be stored as it is written here.",
    fix: "correct {field} of {kind} {name}",
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
  ML250: {
    title: "Value is not allowed",
    meaning: "The field holds something that its kind of object does not take, so the object or the entry is left out.",
    fix: "set {field} of {kind} {name} to {allowed}",
  },
  ML251: {
    title: "Fields of a BGPPeer contradict each other",
    meaning: "Some fields exclude each other and of some exactly one is needed, so the peer is left out.",
    fix: "kubectl edit {kind} {name} -n {namespace}: one of peerASN and dynamicASN, one of peerAddress and interface, at most one of password and passwordSecret, ebgpMultiHop only for peers of another AS and not with ttlSecurityHops 1",
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
  ML271: {
    title: "Dead node stays in a peer's routes for long",
    meaning:
      "Without BFD a router notices that a node is dead when the hold time of its session is over, and sends its traffic to nobody until then.",
    fix: "give {peer} a bfdProfile (receiveInterval 300, detectMultiplier 3 notice after 0.9s), or set holdTime: 9s and keepaliveTime: 3s",
  },
} as const satisfies Record<string, Reason>
