/** One object that the API server takes or refuses; `words` is the message of the rule that it breaks. */
export type Row = {
  readonly kind: string
  readonly version?: string
  readonly what: string
  readonly spec: Readonly<Record<string, unknown>>
  readonly words?: string
}

export const alias = (value: string) => ({ communities: [{ name: "x", value }] })

export const pool = (what: string, spec: Row["spec"], words?: string): Row => row("IPAddressPool", what, spec, words)

export const ad = (what: string, spec: Row["spec"], words?: string): Row => row("BGPAdvertisement", what, spec, words)

export const community = (what: string, value: string, words?: string): Row =>
  row("Community", what, alias(value), words)

export const bfd = (what: string, spec: Row["spec"], words?: string): Row => row("BFDProfile", what, spec, words)

export const l2 = (what: string, spec: Row["spec"], words?: string): Row => row("L2Advertisement", what, spec, words)

export const row = (kind: string, what: string, spec: Row["spec"], words?: string): Row => ({
  kind,
  what,
  spec,
  ...(words === undefined ? {} : { words }),
})

export const reservation = (what: string, spec: Row["spec"], words?: string): Row =>
  row("AddressReservation", what, spec, words)

export const peers = (what: string, spec: Row["spec"], words?: string): Row => ({
  ...row("BGPPeer", what, spec, words),
  version: "v1beta2",
})

export const peers1 = (what: string, spec: Row["spec"], words?: string): Row => ({
  ...row("BGPPeer", what, spec, words),
  version: "v1beta1",
})

export const ofBothVersions = (rows: (of: typeof peers) => readonly Row[]): readonly Row[] => [
  ...rows(peers),
  ...rows(peers1),
]
