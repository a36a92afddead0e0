import type { Reason } from "./reason.ts"

/** Reasons about sessions with BGP peers and the routes that they are told (ML420 to ML478). */
export const bgpReasons = {
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
  ML453: {
    title: "BGP peer was found on its link",
    short: "{address} is the router on {interface}",
    meaning:
      "A router advertises itself on the interface that a BGPPeer names, and the session goes to its link-local address.",
    fix: "",
  },
  ML454: {
    title: "Two routers on the link of an unnumbered BGP peer",
    short: "{address} advertises itself on {interface} too; the session stays with {chosen}",
    meaning:
      "An unnumbered peer is whatever router is heard on its interface, and the first one that is heard is taken until it has been silent for 30 s.",
    fix: "give the BGPPeer the peerAddress that is meant, or turn off router advertisements on the other router",
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
  ML458: {
    title: "BGP peer takes nothing at the moment",
    short: "{address} takes nothing at the moment, {count} changes wait",
    meaning:
      "The connection to the peer is full, so that changes wait in this node. A peer that takes nothing for eight minutes, or twice the hold time where that is longer, loses the session.",
    fix: "look whether {address} is overloaded, and whether the link to it loses packets",
  },
  ML459: {
    title: "BGP session was left for a restart",
    short: "left; the peer keeps the routes for now",
    meaning:
      "The speaker ends and another takes over. The peer was asked to keep the routes meanwhile (graceful restart).",
    fix: "",
  },
  ML460: {
    title: "Routes are about to be told",
    short: "{count} changes are being told",
    meaning: "The session is up and the peer takes what is sent; the rest of the changes follows at once.",
    fix: "",
  },
  ML461: {
    title: "Link of the BGP peer was not found",
    short: "no link of {where} leads to {address}",
    meaning:
      "The peer has a link-local address, which says nothing of the link it is on. It is looked for on the interface that has spec.sourceAddress, else on the one that has the node's own address, else on the first one; each must be up and have a link-local address.",
    fix: "on the node: ip -6 address show scope link; where another interface is meant, kubectl edit bgppeer {peer} -n {namespace} and set spec.sourceAddress to an address of it",
  },
  ML462: {
    title: "BGP peer does not answer, and its packets must show how near it is",
    short:
      "no answer from {address} port {port} within {seconds} s; does it send with a TTL of 255, from at most {hops} hops away?",
    meaning:
      "The BGPPeer has ttlSecurityHops (RFC 5082), so that packets with a TTL below {ttl} are dropped without a word. A router sends with 255 only where TTL security is turned on there too. A wrong password looks the same.",
    fix: "turn on TTL security for this node on {address} (kubectl metallb router-config prints it), or take spec.ttlSecurityHops out: kubectl edit bgppeer {peer} -n {namespace}",
  },
} as const satisfies Record<string, Reason>
