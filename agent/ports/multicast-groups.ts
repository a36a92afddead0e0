/** Memberships of this host in multicast groups of IPv6, which the kernel tells the link (MLD, RFC 2710 and 3810). */
export type MulticastGroups = {
  /**
   * Joins a group, as a number, on an interface by its index; once for each pair. Throws an Error with `code`: ENODEV (no such
   * interface, or one without IPv6), EMFILE, ENOMEM, EAFNOSUPPORT (no IPv6 at all).
   */
  readonly join: (interfaceIndex: number, group: bigint) => void
  /** What was never joined, or went with its interface, is left in silence. */
  readonly leave: (interfaceIndex: number, group: bigint) => void
  /** Leaves all of them. */
  readonly close: () => void
}
