import type { Reason } from "./reason.ts"

/** Reasons about BFD sessions (ML479 to ML499). */
export const bfdReasons = {
  ML479: {
    title: "VRF of a BFD session is not on this node",
    short: "this node has no {vrf}",
    meaning: "BFD over several hops is bound to the device of the peer's VRF, which does not exist here.",
    fix: "create {vrf} on the node, or keep the peer to nodes that have it with nodeSelectors of BGPPeer {name}",
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
} as const satisfies Record<string, Reason>
